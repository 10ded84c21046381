"""A recurrent layer along a sequence, cut every ten steps."""

import numpy as np

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.models import Model

wave = np.sin(np.arange(400) / 5).astype(np.float32)


class Net(Model):
    def __init__(self):
        self.rnn, self.head = L.RNN(16), L.Linear(1)

    def forward(self, x):
        return self.head(self.rnn(x))


model = Net()
optimizer = optimizers.Adam(lr=0.01).setup(model)
loss = 0
for i in range(399):
    now, then = wave[i].reshape(1, 1), wave[i + 1].reshape(1, 1)
    loss = loss + F.mean_squared_error(model(now), then)
    if i % 10 == 9:
        model.cleargrads()
        loss.backward()
        loss.unchain_backward()
        optimizer.update()
        loss = 0
