"""Three noisy targets for each prediction."""

import numpy as np

from ondol import optimizers
from ondol.data import DataLoader
from ondol.models import MLP

rng = np.random.default_rng(0)
X = rng.normal(size=(320, 5)).astype(np.float32)
model = MLP((8, 1))
optimizer = optimizers.Adam(lr=0.01).setup(model)
for (x,) in DataLoader((X,), 16, seed=0):
    ann = x.sum(1, keepdims=True)[None] + rng.normal(0, 0.1, (3, len(x), 1)).astype(
        np.float32
    )
    loss = np.mean((model(x) - ann) ** 2)
    model.cleargrads()
    loss.backward()
    optimizer.update()
