"""Layers with learning rates of their own, one optimizer for each."""

import ondol.functions as F
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import MLP

x, t = digits(train=True)
loader = DataLoader((x.reshape(-1, 64), t), batch_size=32, seed=0)
model = MLP((50, 10), activation=F.relu)
slow = optimizers.SGD(lr=0.01).setup(model.layers[0])
fast = optimizers.SGD(lr=0.1).setup(model.layers[1])
for x, t in loader:
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    slow.update()
    fast.update()
