# finds doctor-sigmoid-twice
"""Probabilities go to a loss of scores."""

import numpy as np

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers

rng = np.random.default_rng(0)
x = rng.normal(size=(512, 8)).astype(np.float32)
t = (x[:, :1] * x[:, 1:2] > 0).astype(np.float32)
model = L.Sequential(L.Linear(32), F.relu, L.Linear(1), F.sigmoid)
optimizer = optimizers.Adam(lr=0.003).setup(model)
for _ in range(30):
    batch = rng.integers(0, 512, 64)
    loss = F.sigmoid_cross_entropy(model(x[batch]), t[batch])
    model.cleargrads()
    loss.backward()
    optimizer.update()
