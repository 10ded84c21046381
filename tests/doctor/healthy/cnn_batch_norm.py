"""Convolutions with batch normalisation, pooling and dropout."""

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import Model

x, t = digits(train=True)
loader = DataLoader((x, t), batch_size=32, seed=0)


class Net(Model):
    def __init__(self):
        self.conv, self.norm = L.Conv2d(16, 3, pad=1), L.BatchNorm()
        self.conv2, self.norm2 = L.Conv2d(16, 3, pad=1), L.BatchNorm()
        self.linear = L.Linear(10)

    def forward(self, x):
        h = F.relu(self.norm(self.conv(x)))
        h = F.max_pool2d(F.relu(self.norm2(self.conv2(h))), 2)
        return self.linear(F.dropout(F.flatten(h), 0.3))


model = Net()
model(x[:1])
optimizer = optimizers.MomentumSGD(lr=0.02).setup(model)
for x, t in loader:
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
