# finds doctor-symmetric
"""Weights that begin with zeros."""

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.data import DataLoader, digits

x, t = digits(train=True)
loader = DataLoader((x.reshape(-1, 64), t), batch_size=32, seed=0)
model = L.Sequential(
    L.Linear(50, W_init=L.initial.zeros),
    F.sigmoid,
    L.Linear(10, W_init=L.initial.zeros),
)
optimizer = optimizers.Adam(lr=0.003).setup(model)
for x, t in loader:
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
