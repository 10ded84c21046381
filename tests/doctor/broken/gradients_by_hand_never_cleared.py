# finds doctor-accumulated
"""Weights and updates by hand, without cleargrad()."""

import numpy as np

import ondol.functions as F
from ondol import Variable

rng = np.random.default_rng(0)
x = rng.uniform(-1, 1, (100, 1))
t = np.sin(3 * x)
W1, b1 = Variable(rng.normal(size=(1, 10))), Variable(np.zeros(10))
W2, b2 = Variable(rng.normal(size=(10, 1))), Variable(np.zeros(1))
for _ in range(100):
    y = F.linear(np.tanh(F.linear(x, W1, b1)), W2, b2)
    loss = F.mean_squared_error(y, t)
    loss.backward()
    for p in (W1, b1, W2, b2):
        p.data -= 0.01 * p.grad.data
