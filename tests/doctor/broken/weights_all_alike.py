# finds doctor-symmetric
"""Weights that begin with the same number."""

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.data import DataLoader, digits

x, t = digits(train=True)
loader = DataLoader((x, t), batch_size=32, seed=0)
alike = L.initial.constant(0.1)
model = L.Sequential(
    L.Conv2d(4, 3, W_init=alike), F.relu, F.flatten, L.Linear(10, W_init=alike)
)
optimizer = optimizers.MomentumSGD(lr=0.01).setup(model)
for x, t in loader:
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
