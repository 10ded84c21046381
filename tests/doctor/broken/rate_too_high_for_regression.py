# finds doctor-diverging
"""Plain gradient descent runs away, up to infinity."""

import numpy as np

import ondol
import ondol.functions as F
from ondol import optimizers
from ondol.models import MLP

ondol.seed(0)
rng = np.random.default_rng(0)
x = rng.normal(size=(256, 16)).astype(np.float32)
t = x @ rng.normal(size=(16, 1)).astype(np.float32)
model = MLP((32, 1), activation=F.relu)
optimizer = optimizers.SGD(lr=3.0).setup(model)
with np.errstate(all="ignore"):
    for _ in range(20):
        batch = rng.integers(0, 256, 32)
        loss = F.mean_squared_error(model(x[batch]), t[batch])
        model.cleargrads()
        loss.backward()
        optimizer.update()
