# finds doctor-cut
"""An embedding inside of no_grad()."""

import numpy as np

import ondol.functions as F
import ondol.layers as L
from ondol import no_grad, optimizers
from ondol.models import Model

rng = np.random.default_rng(0)


class Net(Model):
    def __init__(self):
        self.e = L.Embedding(30, 8)
        self.h = L.Linear(16)
        self.o = L.Linear(2)

    def forward(self, x):
        with no_grad():
            h = np.mean(self.e(x), axis=1)
        return self.o(F.relu(self.h(h)))


model = Net()
optimizer = optimizers.Adam(lr=0.01).setup(model)
for _i in range(25):
    x = rng.integers(0, 30, (16, 20))
    loss = F.softmax_cross_entropy(model(x), (x[:, 0] > 15).astype(int))
    model.cleargrads()
    loss.backward()
    optimizer.update()
