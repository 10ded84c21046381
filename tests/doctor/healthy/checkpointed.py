"""Blocks that keep no results in between."""

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import Model

x, t = digits(train=True)
loader = DataLoader((x.reshape(-1, 64), t), batch_size=32, seed=0)


class Net(Model):
    def __init__(self):
        self.first, self.last = L.Linear(50, in_size=64), L.Linear(10)
        self.middle = L.Linear(50, in_size=50)

    def forward(self, x):
        block = ondol.checkpoint(lambda h: F.relu(self.middle(h)))
        return self.last(block(F.relu(self.first(x))))


model = Net()
optimizer = optimizers.Adam(lr=0.003).setup(model)
for x, t in loader:
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
