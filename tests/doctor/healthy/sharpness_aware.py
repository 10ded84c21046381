"""Weights are moved uphill, and put back before the update."""

import numpy as np

import ondol.functions as F
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import MLP

x_train, t_train = digits(train=True)
x_train = x_train.reshape(-1, 64)
model = MLP((32, 10), activation=F.relu)
optimizer = optimizers.SGD(lr=0.1).setup(model)
for x, t in DataLoader((x_train, t_train), 32, seed=0):
    model.cleargrads()
    F.softmax_cross_entropy(model(x), t).backward()
    ps = [*model.params()]
    n = np.sqrt(sum(float((p.grad.data**2).sum()) for p in ps))
    old = [p.data for p in ps]
    for p in ps:
        p.data = p.data + np.float32(0.05 / n) * p.grad.data
    model.cleargrads()
    F.softmax_cross_entropy(model(x), t).backward()
    for p, o in zip(ps, old, strict=False):
        p.data = o
    optimizer.update()
