"""Distances between all pairs: broadcasting that is meant."""

import numpy as np

import ondol.functions as F
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import MLP

x, t = digits(train=True)
loader = DataLoader((x.reshape(-1, 64), t), batch_size=32, seed=0)
model = MLP((50, 8), activation=F.relu)
optimizer = optimizers.Adam(lr=0.003).setup(model)
for x, t in loader:
    y = model(x)
    distance = np.sum((y[:, None] - y[None]) ** 2, axis=2)
    same = (t[:, None] == t[None]).astype(np.float32)
    loss = np.mean(same * distance + (1 - same) * F.relu(1 - distance))
    model.cleargrads()
    loss.backward()
    optimizer.update()
