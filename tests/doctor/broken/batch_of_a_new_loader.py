# finds doctor-same-batch
"""A new loader for each step, always with its first batch."""

import ondol.functions as F
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import MLP

x_train, t_train = digits(train=True)
x_train = x_train.reshape(-1, 64)
model = MLP((32, 10), activation=F.relu)
optimizer = optimizers.Adam(lr=0.003).setup(model)
for _i in range(25):
    x, t = next(iter(DataLoader((x_train, t_train), 32, seed=1)))
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
