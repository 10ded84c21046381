"""Each layer has a loss and an optimizer of its own."""

import ondol.functions as F
import ondol.layers as L
from ondol import Variable, optimizers
from ondol.data import DataLoader, digits

x_train, t_train = digits(train=True)
x_train = x_train.reshape(-1, 64)
layers = [L.Linear(32) for _ in range(3)]
heads = [L.Linear(10) for _ in range(3)]
all_optimizers = [
    optimizers.Adam(lr=0.003).setup([layer, h])
    for layer, h in zip(layers, heads, strict=False)
]
for x, t in DataLoader((x_train, t_train), 32, seed=0):
    h = Variable(x)
    for layer, head, optimizer in zip(layers, heads, all_optimizers, strict=False):
        h = F.relu(layer(h.detach()))
        loss = F.softmax_cross_entropy(head(h), t)
        layer.cleargrads()
        head.cleargrads()
        loss.backward()
        optimizer.update()
