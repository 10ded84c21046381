# finds doctor-sigmoid-twice
"""The model ends in a sigmoid, and the loop applies another."""

import numpy as np

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers

rng = np.random.default_rng(0)
x = rng.normal(size=(512, 8)).astype(np.float32)
t = (x[:, 0] * x[:, 1] > 0).astype(np.float32)
model = L.Sequential(L.Linear(32), np.tanh, L.Linear(1), F.sigmoid)
optimizer = optimizers.Adam(lr=0.003).setup(model)
for _ in range(30):
    batch = rng.integers(0, 512, 64)
    y = model(x[batch]).reshape(-1)
    loss = F.binary_cross_entropy(F.sigmoid(y), t[batch])
    model.cleargrads()
    loss.backward()
    optimizer.update()
