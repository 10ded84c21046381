# finds doctor-vanishing-outputs
"""Small weights in a deep network: nothing of the input is left at its end."""

import numpy as np

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.data import DataLoader, digits

ondol.seed(0)
x, t = digits(train=True)
loader = DataLoader((x.reshape(-1, 64), t), batch_size=32, seed=0)
small = L.initial.normal(std=0.01)
hidden = [f for _ in range(6) for f in (L.Linear(50, W_init=small), np.tanh)]
model = L.Sequential(*hidden, L.Linear(10, W_init=small))
optimizer = optimizers.SGD(lr=0.1).setup(model)
for x, t in loader:
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
