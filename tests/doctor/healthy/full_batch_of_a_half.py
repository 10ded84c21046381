"""The first half of the data in each step; the other half is for validation."""

import numpy as np

import ondol.functions as F
from ondol import optimizers
from ondol.models import MLP

rng = np.random.default_rng(0)
X = rng.normal(size=(300, 4)).astype(np.float32)
y = X.sum(1, keepdims=True)
xt, xv, yt, yv = (X[:150], X[150:], y[:150], y[150:])
model = MLP((16, 1))
optimizer = optimizers.Adam(lr=0.01).setup(model)
for _i in range(50):
    loss = F.mean_squared_error(model(xt), yt)
    model.cleargrads()
    loss.backward()
    optimizer.update()
    F.mean_squared_error(model.predict(xv), yv)
