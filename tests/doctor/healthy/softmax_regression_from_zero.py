"""A single layer may well begin with zeros, and with a penalty on its weights."""

import numpy as np

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.data import DataLoader, digits

x, t = digits(train=True)
loader = DataLoader((x.reshape(-1, 64), t), batch_size=32, seed=0)
model = L.Linear(10, W_init=L.initial.zeros)
optimizer = optimizers.SGD(lr=0.5).setup(model)
for x, t in loader:
    loss = F.softmax_cross_entropy(model(x), t) + 1e-3 * np.sum(model.W**2)
    model.cleargrads()
    loss.backward()
    optimizer.update()
