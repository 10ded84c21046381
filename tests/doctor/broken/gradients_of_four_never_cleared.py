# finds doctor-accumulated
"""Four batches make an update, and nobody clears after it."""

import ondol.functions as F
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import MLP

x_train, t_train = digits(train=True)
x_train = x_train.reshape(-1, 64)
model = MLP((32, 10), activation=F.relu)
optimizer = optimizers.Adam(lr=0.003).setup(model)
for i, (x, t) in enumerate(DataLoader((x_train, t_train), 16, seed=0)):
    (F.softmax_cross_entropy(model(x), t) / 4).backward()
    if i % 4 == 3:
        optimizer.update()
