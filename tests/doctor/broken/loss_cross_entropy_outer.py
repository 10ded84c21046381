# finds doctor-broadcast
"""A binary cross-entropy by hand, of a column and a row."""

import numpy as np

import ondol.functions as F
from ondol import optimizers
from ondol.models import MLP

rng = np.random.default_rng(2)
x = rng.normal(size=(256, 4)).astype(np.float32)
t = (x.sum(axis=1) > 0).astype(np.float32)

model = MLP((16, 1))
optimizer = optimizers.Adam(lr=0.01).setup(model)
for _ in range(40):
    batch = rng.integers(0, 256, 32)
    p = F.sigmoid(model(x[batch]))
    loss = -np.mean(t[batch] * np.log(p) + (1 - t[batch]) * np.log(1 - p))
    model.cleargrads()
    loss.backward()
    optimizer.update()
