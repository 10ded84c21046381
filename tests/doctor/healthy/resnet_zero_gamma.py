"""Residual blocks whose last normalisation begins with 0, as is good practice."""

import numpy as np

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import Model

x, t = digits(train=True)
loader = DataLoader((x, t), batch_size=32, seed=0)


class Block(Model):
    def __init__(self, size):
        self.conv, self.norm = L.Conv2d(size, 3, pad=1), L.BatchNorm(size=size)
        self.conv2, self.norm2 = L.Conv2d(size, 3, pad=1), L.BatchNorm(size=size)
        self.norm2.gamma.data = np.zeros(size, np.float32)

    def forward(self, x):
        h = F.relu(self.norm(self.conv(x)))
        return F.relu(x + self.norm2(self.conv2(h)))


model = L.Sequential(
    L.Conv2d(8, 3, pad=1),
    *(Block(8) for _ in range(2)),
    lambda x: x.mean(axis=(2, 3)),
    L.Linear(10),
)
optimizer = optimizers.MomentumSGD(lr=0.05).setup(model)
for x, t in loader:
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
