"""A scale that begins with ones, and hardly moves."""

import numpy as np

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import MLP, Model

x_train, t_train = digits(train=True)
x_train = x_train.reshape(-1, 64)


class Net(Model):
    def __init__(self):
        self.scale = L.Parameter(np.ones((8, 8), np.float32))
        self.body = MLP((32, 10), activation=F.relu)

    def forward(self, x):
        return self.body((x.reshape(-1, 8, 8) * self.scale).reshape(-1, 64))


model = Net()
optimizer = optimizers.SGD(lr=0.001).setup(model)
for x, t in DataLoader((x_train, t_train), 32, seed=0):
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
