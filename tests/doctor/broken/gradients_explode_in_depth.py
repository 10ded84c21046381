# finds doctor-exploding-gradients
"""Normalised layers hide that each multiplies the gradient by ten."""

import numpy as np

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.models import Model

ondol.seed(0)
rng = np.random.default_rng(0)
x = rng.normal(size=(256, 16)).astype(np.float32)
t = (x[:, 0] > 0).astype(np.int64)


class Net(Model):
    def __init__(self):
        large = L.initial.normal(std=3.0)
        self.layers = [L.Linear(16, W_init=large) for _ in range(8)]
        self.head = L.Linear(2)

    def forward(self, x):
        for layer in self.layers:
            x = np.sin(layer(x))
        return self.head(x)


model = Net()
optimizer = optimizers.Adam(lr=0.0001).setup(model)
for _ in range(20):
    batch = rng.integers(0, 256, 32)
    loss = F.softmax_cross_entropy(model(x[batch]), t[batch])
    model.cleargrads()
    loss.backward()
    optimizer.update()
