# finds doctor-dead
"""Nothing comes out of a convolution along a sequence."""

import numpy as np

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.data import DataLoader, digits

x_train, t_train = digits(train=True)
x_train = x_train.reshape(-1, 64)
model = L.Sequential(
    L.Conv1d(16, 3, pad=1), F.relu, lambda h: np.mean(h, axis=2), L.Linear(10)
)
model.predict(x_train[:1, None])
model.layers[0].b.data = np.full_like(model.layers[0].b.data, -50)
optimizer = optimizers.SGD(lr=0.01).setup(model)
for x, t in DataLoader((x_train, t_train), 32, seed=0):
    loss = F.softmax_cross_entropy(model(x[:, None]), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
