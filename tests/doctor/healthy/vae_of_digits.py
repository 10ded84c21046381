"""A variational autoencoder; its decoder gives scores of pixels."""

import numpy as np

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import Model

x, _ = digits(train=True)
loader = DataLoader((x.reshape(-1, 64),), batch_size=32, seed=0)
rng = np.random.default_rng(0)


class Net(Model):
    def __init__(self):
        self.inner, self.mean, self.log_var = L.Linear(64), L.Linear(4), L.Linear(4)
        self.outer, self.pixels = L.Linear(64), L.Linear(64)

    def forward(self, x):
        h = F.softplus(self.inner(x))
        mean, log_var = self.mean(h), self.log_var(h)
        noise = rng.standard_normal(mean.shape, np.float32)
        z = mean + noise * np.exp(log_var / 2)
        return self.pixels(F.softplus(self.outer(z))), mean, log_var


model = Net()
optimizer = optimizers.Adam(lr=0.001).setup(model)
for (x,) in loader:
    y, mean, log_var = model(x)
    loss = F.sigmoid_cross_entropy(y, x, reduction="sum") / len(x)
    loss = loss - 0.5 * np.sum(1 + log_var - mean**2 - np.exp(log_var)) / len(x)
    model.cleargrads()
    loss.backward()
    optimizer.update()
