"""The whole of a small data set in each step, weights by hand in float64."""

import numpy as np

import ondol.functions as F
from ondol import Variable

rng = np.random.default_rng(0)
x = rng.uniform(0, 1, (100, 1))
t = np.sin(2 * np.pi * x) + rng.uniform(0, 1, (100, 1))
W1, b1 = Variable(rng.normal(size=(1, 10))), Variable(np.zeros(10))
W2, b2 = Variable(rng.normal(size=(10, 1))), Variable(np.zeros(1))
for _ in range(60):
    y = F.linear(F.sigmoid(F.linear(x, W1, b1)), W2, b2)
    loss = F.mean_squared_error(y, t)
    for p in (W1, b1, W2, b2):
        p.cleargrad()
    loss.backward()
    for p in (W1, b1, W2, b2):
        p.data -= 0.2 * p.grad.data
