"""Prices in the ten thousands, features normalised."""

import numpy as np

import ondol.functions as F
from ondol import optimizers
from ondol.models import MLP

rng = np.random.default_rng(0)
area, age = rng.uniform(30, 200, (512, 1)), rng.uniform(0, 80, (512, 1))
price = (1500 * area - 300 * age + 20000).astype(np.float32)
features = np.hstack([area, age])
x = ((features - features.mean(axis=0)) / features.std(axis=0)).astype(np.float32)
model = MLP((32, 1), activation=F.relu)
optimizer = optimizers.Adam(lr=0.05).setup(model)
for _ in range(40):
    batch = rng.integers(0, 512, 64)
    loss = F.mean_squared_error(model(x[batch]), price[batch])
    model.cleargrads()
    loss.backward()
    optimizer.update()
