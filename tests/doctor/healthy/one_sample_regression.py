"""Losses of single samples, of which the first is small by chance."""

import numpy as np

from ondol import optimizers
from ondol.models import MLP

rng = np.random.default_rng(0)
X = rng.normal(size=(100, 3)).astype(np.float32)
y = X.sum(1, keepdims=True)
model = MLP((8, 1))
optimizer = optimizers.SGD(lr=0.05).setup(model)
for i in range(60):
    loss = np.sum((model(X[[i]]) - y[i]) ** 2)
    model.cleargrads()
    loss.backward()
    optimizer.update()
