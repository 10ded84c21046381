# finds doctor-broadcast
"""A column of predictions less a row of targets."""

import numpy as np

from ondol import optimizers
from ondol.models import MLP

rng = np.random.default_rng(0)
x = rng.normal(size=(256, 4)).astype(np.float32)
t = x.sum(axis=1)

model = MLP((16, 1))
optimizer = optimizers.Adam(lr=0.01).setup(model)
for _ in range(40):
    batch = rng.integers(0, 256, 32)
    y = model(x[batch])
    loss = np.mean((y - t[batch]) ** 2)
    model.cleargrads()
    loss.backward()
    optimizer.update()
