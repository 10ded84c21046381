# finds doctor-cut
"""The plain array of a hidden layer goes on, without its graph."""

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
        self.first, self.last = L.Linear(50), L.Linear(10)

    def forward(self, x):
        h = np.maximum(self.first(x).data, 0)
        return self.last(h)


model = Net()
optimizer = optimizers.Adam(lr=0.003).setup(model)
for x, t in loader:
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
