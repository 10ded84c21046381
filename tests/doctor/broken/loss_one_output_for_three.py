# finds doctor-broadcast
"""The last layer has one output, the targets have three columns."""

import numpy as np

from ondol import optimizers
from ondol.models import MLP

rng = np.random.default_rng(3)
x = rng.normal(size=(256, 4)).astype(np.float32)
t = np.tanh(x[:, :3])

model = MLP((16, 1))
optimizer = optimizers.Adam(lr=0.01).setup(model)
for _ in range(40):
    batch = rng.integers(0, 256, 32)
    loss = np.sum((model(x[batch]) - t[batch]) ** 2) / 32
    model.cleargrads()
    loss.backward()
    optimizer.update()
