"""Weights without layers; a table looked up by index; the state begins with zeros."""

import numpy as np

import ondol.functions as F
from ondol import Variable

rng = np.random.default_rng(0)
P = {
    k: Variable(rng.normal(0, 0.2, s).astype(np.float32))
    for k, s in {"E": (20, 16), "U": (16, 16), "W": (16, 16), "V": (16, 20)}.items()
}
s = rng.integers(0, 20, 1000)
for _i in range(25):
    k = rng.integers(0, 980, 16)
    h = np.zeros((16, 16), np.float32)
    loss = 0
    for j in range(6):
        h = np.tanh(P["E"][s[k + j]] @ P["U"] + h @ P["W"])
        loss = loss + F.softmax_cross_entropy(h @ P["V"], s[k + j + 1])
    for p in P.values():
        p.cleargrad()
    (loss / 6).backward()
    for p in P.values():
        p.data = p.data - np.float32(0.1) * p.grad.data
