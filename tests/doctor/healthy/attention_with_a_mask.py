"""Scores of pairs, a trained table of positions, and a mask of large numbers."""

import numpy as np

import ondol.functions as F
import ondol.layers as L
from ondol import Parameter, optimizers
from ondol.models import Model

rng = np.random.default_rng(0)
mask = np.where(np.tri(8) > 0, 0, -1e9).astype(np.float32)


class Net(Model):
    def __init__(self):
        self.token = L.Embedding(12, 16)
        self.q, self.k, self.v, self.head = (L.Linear(16) for _ in range(4))
        self.out = L.Linear(12)
        self.near = Parameter(np.zeros((8, 8), np.float32), "near")

    def forward(self, ids):
        x = self.token(ids)
        scores = self.q(x) @ self.k(x).swapaxes(1, 2) / 4 + (self.near + mask)
        x = x + self.head(F.softmax(scores) @ self.v(x))
        return self.out(F.layer_norm(x))


model = Net()
optimizer = optimizers.Adam(lr=0.003).setup(model)
for _ in range(30):
    ids = np.cumsum(rng.integers(1, 3, (32, 9)), axis=1) % 12
    loss = F.softmax_cross_entropy(model(ids[:, :-1]), ids[:, 1:])
    model.cleargrads()
    loss.backward()
    optimizer.update()
