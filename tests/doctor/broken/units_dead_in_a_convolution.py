# finds doctor-dead
"""Pixels of 0 to 1 less a brightness of 20: no filter with positive weights opens."""

import numpy as np

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.data import DataLoader, digits

ondol.seed(0)
x, t = digits(train=True)
loader = DataLoader((x, t), batch_size=32, seed=0)


def positive(shape, dtype):
    return np.abs(L.initial.he_normal(shape, dtype))


convolution = L.Conv2d(8, 3, W_init=positive)
convolution.b.data = np.full(8, -20, np.float32)
model = L.Sequential(convolution, lambda x: np.maximum(x, 0), F.flatten, L.Linear(10))
optimizer = optimizers.Adam(lr=0.003).setup(model)
for x, t in loader:
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
