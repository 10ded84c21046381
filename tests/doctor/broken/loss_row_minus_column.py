# finds doctor-broadcast
"""A row of predictions less a column of targets, in absolute values."""

import numpy as np

import ondol.functions as F
from ondol import optimizers
from ondol.models import MLP

rng = np.random.default_rng(1)
x = rng.normal(size=(256, 4)).astype(np.float32)
t = x[:, :1] * x[:, 1:2]

model = MLP((16, 1), activation=F.relu)
optimizer = optimizers.Adam(lr=0.01).setup(model)
for _ in range(40):
    batch = rng.integers(0, 256, 32)
    y = model(x[batch])[:, 0]
    loss = abs(t[batch] - y).mean()
    model.cleargrads()
    loss.backward()
    optimizer.update()
