# finds doctor-chance
"""A gate that is closed: nothing of the input gets through."""

import numpy as np

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import Model

ondol.seed(0)
x, t = digits(train=True)
loader = DataLoader((x.reshape(-1, 64), t), batch_size=32, seed=0)


class Net(Model):
    def __init__(self):
        self.first, self.last = L.Linear(50), L.Linear(10)
        self.gate = np.zeros(50, np.float32)

    def forward(self, x):
        return self.last(F.relu(self.first(x)) * self.gate)


model = Net()
optimizer = optimizers.SGD(lr=0.01).setup(model)
for x, t in loader:
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
