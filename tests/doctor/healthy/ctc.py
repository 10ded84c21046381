"""Sequences without an alignment."""

import numpy as np

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.models import Model

rng = np.random.default_rng(0)


class Net(Model):
    def __init__(self):
        self.rnn = L.SequenceLSTM(16)
        self.out = L.Linear(6)

    def forward(self, x):
        h = self.rnn(x)
        h = h[0] if isinstance(h, tuple) else h
        return self.out(h)


model = Net()
optimizer = optimizers.Adam(lr=0.003).setup(model)
for _i in range(25):
    x = rng.normal(size=(8, 20, 5)).astype(np.float32)
    t = rng.integers(1, 6, (8, 5))
    loss = F.ctc_loss(
        model(x), t, input_lengths=np.full(8, 20), target_lengths=rng.integers(2, 6, 8)
    )
    model.cleargrads()
    loss.backward()
    optimizer.update()
