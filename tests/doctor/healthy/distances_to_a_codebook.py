"""As many codes as samples in a batch; each is compared with each, on purpose."""

import numpy as np

import ondol.functions as F
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import MLP

rng = np.random.default_rng(0)
x_train, t_train = digits(train=True)
x_train = x_train.reshape(-1, 64)
C = rng.normal(size=(32, 4)).astype(np.float32)
model = MLP((32, 4))
optimizer = optimizers.Adam(lr=0.003).setup(model)
for x, t in DataLoader((x_train, t_train), 32, seed=0):
    d = np.sum((model(x)[:, None] - C) ** 2, axis=2)
    loss = F.softmax_cross_entropy(-d, t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
