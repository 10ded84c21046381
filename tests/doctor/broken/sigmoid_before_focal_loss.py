# finds doctor-sigmoid-twice
"""A focal loss takes scores, and gets probabilities."""

import numpy as np

import ondol.functions as F
from ondol import optimizers
from ondol.models import MLP

rng = np.random.default_rng(0)
x = rng.normal(size=(512, 8)).astype(np.float32)
t = (x[:, :2] > 1).astype(np.float32)
model = MLP((32, 2), activation=F.relu)
optimizer = optimizers.Adam(lr=0.003).setup(model)
for _ in range(30):
    batch = rng.integers(0, 512, 64)
    loss = F.focal_loss(F.sigmoid(model(x[batch])), t[batch])
    model.cleargrads()
    loss.backward()
    optimizer.update()
