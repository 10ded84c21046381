# finds doctor-not-finite
"""The slope of a square root at 0 is infinite: distances of equal pictures."""

import numpy as np

from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import MLP

x, t = digits(train=True)
loader = DataLoader((x.reshape(-1, 64), t), batch_size=32, seed=0)
model = MLP((50, 8), activation=np.tanh)
optimizer = optimizers.Adam(lr=0.003).setup(model)
with np.errstate(all="ignore"):
    for x, t in loader:
        y = model(x)
        distance = np.sqrt(np.sum((y[:, None] - y[None]) ** 2, axis=2))
        loss = np.mean(np.where(t[:, None] == t[None], distance, -distance))
        model.cleargrads()
        loss.backward()
        optimizer.update()
