# finds doctor-vanishing-gradients
"""A branch that is scaled down to nothing: its layers hardly get a gradient."""

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
        self.deep = L.Sequential(L.Linear(50), np.tanh, L.Linear(50), np.tanh)
        self.skip, self.head = L.Linear(50), L.Linear(10)

    def forward(self, x):
        return self.head(self.skip(x) + 1e-7 * self.deep(x))


model = Net()
optimizer = optimizers.SGD(lr=0.1).setup(model)
for x, t in loader:
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
