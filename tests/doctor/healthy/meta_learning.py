"""MAML: the gradient of a step of gradient descent."""

import numpy as np

import ondol
from ondol import Variable

rng = np.random.default_rng(0)


def net(p, x):
    return np.tanh(x @ p["a"] + p["b"]) @ p["c"] + p["d"]


p = {
    "a": Variable(rng.normal(size=(1, 20)).astype(np.float32)),
    "b": Variable(np.zeros(20, np.float32)),
    "c": Variable(rng.normal(0, 0.2, (20, 1)).astype(np.float32)),
    "d": Variable(np.zeros(1, np.float32)),
}


def inner(q, x, y):
    return np.mean((net(q, x) - y) ** 2)


for _i in range(20):
    A, ph = (rng.uniform(0.5, 2), rng.uniform(0, 3))
    X = rng.uniform(-3, 3, (10, 1)).astype(np.float32)
    Y = (A * np.sin(X + ph)).astype(np.float32)
    g = ondol.grad(inner)(p, X, Y)
    q = {k: p[k] - 0.01 * g[k] for k in p}
    loss = inner(q, X, Y)
    for v in p.values():
        v.cleargrad()
    loss.backward()
    for v in p.values():
        v.data = v.data - np.float32(0.01) * v.grad.data
