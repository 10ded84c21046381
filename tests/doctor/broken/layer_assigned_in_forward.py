# finds doctor-new-layer
"""A layer that replaces itself in each call."""

import numpy as np

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import Model

x, t = digits(train=True)
loader = DataLoader((x.reshape(-1, 64), t), batch_size=32, seed=0)


class Net(Model):
    def __init__(self):
        self.last = L.Linear(10)

    def forward(self, x):
        self.first = L.Linear(50)
        return self.last(np.tanh(self.first(x)))


model = Net()
optimizer = optimizers.SGD(lr=0.1).setup(model)
for x, t in loader:
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
