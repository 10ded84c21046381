"""Predictions of float32; only the loss meets targets of float64."""

import numpy as np

from ondol import optimizers
from ondol.models import MLP

rng = np.random.default_rng(0)
x = rng.normal(size=(256, 4)).astype(np.float32)
t = rng.normal(size=256) + x.sum(axis=1)
model = MLP((16, 1))
optimizer = optimizers.Adam(lr=0.01).setup(model)
for _ in range(30):
    batch = rng.integers(0, 256, 32)
    loss = np.mean((model(x[batch])[:, 0] - t[batch]) ** 2)
    model.cleargrads()
    loss.backward()
    optimizer.update()
