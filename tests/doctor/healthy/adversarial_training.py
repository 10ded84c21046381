"""Each batch is moved a little along its own gradient, by a Parameter of its own."""

import numpy as np

import ondol.functions as F
from ondol import Parameter, optimizers
from ondol.data import DataLoader, digits
from ondol.models import MLP

x, t = digits(train=True)
loader = DataLoader((x.reshape(-1, 64), t), batch_size=32, seed=0)
model = MLP((50, 10), activation=F.relu)
optimizer = optimizers.Adam(lr=0.003).setup(model)
for x, t in loader:
    shift = Parameter(np.zeros_like(x), "shift")
    F.softmax_cross_entropy(model(x + shift), t).backward()
    x = x + 0.05 * np.sign(shift.grad.data)
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
