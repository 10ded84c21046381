"""Steps of one sample: its scores differ from nothing."""

import numpy as np

import ondol.functions as F
from ondol import optimizers
from ondol.data import digits
from ondol.models import MLP

rng = np.random.default_rng(0)
x_train, t_train = digits(train=True)
x_train = x_train.reshape(-1, 64)
model = MLP((32, 10), activation=F.relu)
optimizer = optimizers.SGD(lr=0.01).setup(model)
for _i in range(60):
    k = rng.integers(0, 1000)
    loss = F.softmax_cross_entropy(model(x_train[k : k + 1]), t_train[k : k + 1])
    model.cleargrads()
    loss.backward()
    optimizer.update()
