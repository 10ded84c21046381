# finds doctor-missing
"""Layers inside of an object that is no Layer are not found."""

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import Model

x, t = digits(train=True)
loader = DataLoader((x.reshape(-1, 64), t), batch_size=32, seed=0)


class Block:
    def __init__(self, size):
        self.linear = L.Linear(size)

    def __call__(self, x):
        return F.relu(self.linear(x))


class Net(Model):
    def __init__(self):
        self.block = Block(50)
        self.last = L.Linear(10)

    def forward(self, x):
        return self.last(self.block(x))


model = Net()
optimizer = optimizers.Adam(lr=0.003).setup(model)
for x, t in loader:
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
