"""Batches of what can only be iterated."""

import ondol.functions as F
from ondol import optimizers
from ondol.data import StreamLoader, digits
from ondol.models import MLP


class Stream:
    def __iter__(self):
        x, t = digits(train=True)
        return iter(zip(x.reshape(-1, 64), t, strict=True))


model = MLP((32, 10), activation=F.relu)
optimizer = optimizers.Adam(lr=0.003).setup(model)
for x, t in StreamLoader(Stream(), 32):
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
