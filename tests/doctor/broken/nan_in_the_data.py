# finds doctor-not-finite
"""A measurement that is missing, and stands as NaN in the data."""

import numpy as np

import ondol.functions as F
from ondol import optimizers
from ondol.models import MLP

rng = np.random.default_rng(0)
x = rng.normal(size=(512, 8)).astype(np.float32)
t = np.tanh(x[:, :1])
x[100:200, 3] = np.nan
model = MLP((32, 1), activation=np.tanh)
optimizer = optimizers.Adam(lr=0.003).setup(model)
for _ in range(30):
    batch = rng.integers(0, 512, 64)
    loss = F.mean_squared_error(model(x[batch]), t[batch])
    model.cleargrads()
    loss.backward()
    optimizer.update()
