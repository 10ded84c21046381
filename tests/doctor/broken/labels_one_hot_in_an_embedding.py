# finds doctor-one-hot
"""One-hot rows go into an embedding, which takes each 0 and 1 for an id."""

import numpy as np

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.models import Model

rng = np.random.default_rng(0)
words = rng.integers(0, 12, 512)


class Net(Model):
    def __init__(self):
        self.embedding = L.Embedding(12, 8)
        self.linear = L.Linear(2)

    def forward(self, ids):
        return self.linear(F.flatten(self.embedding(ids)))


model = Net()
optimizer = optimizers.Adam(lr=0.003).setup(model)
for _ in range(30):
    batch = words[rng.integers(0, 512, 64)]
    ids = np.eye(12, dtype=np.int64)[batch]
    loss = F.softmax_cross_entropy(model(ids), batch % 2)
    model.cleargrads()
    loss.backward()
    optimizer.update()
