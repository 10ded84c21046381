"""Everything in float64, data and weights."""

import numpy as np

import ondol.functions as F
from ondol import optimizers
from ondol.models import MLP

rng = np.random.default_rng(0)
x = rng.normal(size=(256, 4))
t = np.tanh(x.sum(axis=1, keepdims=True))
model = MLP((16, 1), activation=np.tanh, dtype=np.float64)
optimizer = optimizers.Adam(lr=0.01).setup(model)
for _ in range(30):
    batch = rng.integers(0, 256, 32)
    loss = F.mean_squared_error(model(x[batch]), t[batch])
    model.cleargrads()
    loss.backward()
    optimizer.update()
