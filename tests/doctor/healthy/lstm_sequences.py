"""An LSTM over whole sequences, gradients clipped."""

import numpy as np

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.models import Model
from ondol.optimizers import ClipGrad

rng = np.random.default_rng(0)
x = rng.normal(size=(256, 8, 3)).astype(np.float32)
t = (x[:, :, 0].sum(axis=1) > 0).astype(np.int64)


class Net(Model):
    def __init__(self):
        self.lstm, self.head = L.SequenceLSTM(24), L.Linear(2)

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])


model = Net()
optimizer = optimizers.Adam(lr=0.003).setup(model)
optimizer.add_hook(ClipGrad(1.0))
for _ in range(30):
    batch = rng.integers(0, 256, 32)
    loss = F.softmax_cross_entropy(model(x[batch]), t[batch])
    model.cleargrads()
    loss.backward()
    optimizer.update()
