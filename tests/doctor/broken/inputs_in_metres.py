# finds doctor-inputs
"""Lengths of light waves, in metres."""

import numpy as np

import ondol.functions as F
from ondol import optimizers
from ondol.data import DataLoader
from ondol.models import MLP

rng = np.random.default_rng(0)
X = (rng.normal(size=(500, 4)) * 1e-09).astype(np.float32)
T = (X.sum(1, keepdims=True) * 1000000000.0).astype(np.float32)
model = MLP((16, 1), activation=F.tanh)
optimizer = optimizers.Adam(lr=0.01).setup(model)
for x, t in DataLoader((X, T), 16, seed=0):
    loss = F.mean_squared_error(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
