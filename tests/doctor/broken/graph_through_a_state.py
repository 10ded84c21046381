# finds doctor-old-graph
"""The state of a recurrent layer hangs on all steps before."""

import numpy as np

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.models import Model

rng = np.random.default_rng(0)
wave = np.sin(np.arange(400) / 5).astype(np.float32)


class Net(Model):
    def __init__(self):
        self.rnn, self.head = L.RNN(16), L.Linear(1)

    def forward(self, x):
        return self.head(self.rnn(x))


model = Net()
optimizer = optimizers.SGD(lr=0.01).setup(model)
for i in range(100):
    loss = F.mean_squared_error(model(wave[i].reshape(1, 1)), wave[i + 1].reshape(1, 1))
    model.cleargrads()
    loss.backward()
    optimizer.update()
