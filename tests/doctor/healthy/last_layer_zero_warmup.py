"""A last layer of zeros, and a long warmup."""

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import Model

x_train, t_train = digits(train=True)
x_train = x_train.reshape(-1, 64)


class Net(Model):
    def __init__(self):
        self.a = L.Linear(32)
        self.b = L.Linear(10, W_init=L.initial.zeros)

    def forward(self, x):
        return self.b(F.relu(self.a(x)))


model = Net()
optimizer = optimizers.Adam(lr=0.001).setup(model)
s = optimizers.Warmup(10000).setup(optimizer)
for x, t in DataLoader((x_train, t_train), 32, seed=0):
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
    s.update()
