# finds doctor-labels
"""Targets of -1 and 1 in a binary cross-entropy by hand."""

import numpy as np

import ondol.functions as F
from ondol import optimizers
from ondol.models import MLP

rng = np.random.default_rng(0)
x = rng.normal(size=(512, 8)).astype(np.float32)
t = np.sign(x[:, :1] * x[:, 1:2])
model = MLP((32, 1), activation=F.relu)
optimizer = optimizers.Adam(lr=0.001).setup(model)
for _ in range(30):
    batch = rng.integers(0, 512, 64)
    p = F.sigmoid(model(x[batch]))
    loss = -np.mean(t[batch] * np.log(p) + (1 - t[batch]) * np.log(1 - p))
    model.cleargrads()
    loss.backward()
    optimizer.update()
