# finds doctor-saturated
"""Weights so large that tanh is at its ends for every sample."""

import numpy as np

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.data import DataLoader, digits

ondol.seed(0)
x, t = digits(train=True)
loader = DataLoader((x.reshape(-1, 64), t), batch_size=32, seed=0)
model = L.Sequential(
    L.Linear(50, W_init=L.initial.normal(std=20.0)), np.tanh, L.Linear(10)
)
optimizer = optimizers.Adam(lr=0.003).setup(model)
for x, t in loader:
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
