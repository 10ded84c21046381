"""The last bias begins at the mean of large targets."""

import numpy as np

import ondol.functions as F
from ondol import optimizers
from ondol.data import DataLoader
from ondol.models import MLP

rng = np.random.default_rng(0)
X = rng.normal(size=(600, 6)).astype(np.float32)
y = (300 * X[:, :1] + 50000).astype(np.float32)
model = MLP((32, 1), activation=F.relu)
model.predict(X[:1])
model.layers[-1].b.data = np.array([50000.0], np.float32)
optimizer = optimizers.Adam(lr=0.1).setup(model)
for x, t in DataLoader((X, y), 20, seed=0):
    loss = F.mean_squared_error(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
