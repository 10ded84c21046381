# finds doctor-other-model
"""The optimizer has a copy of the model."""

import copy

import ondol.functions as F
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import MLP

x_train, t_train = digits(train=True)
x_train = x_train.reshape(-1, 64)

model = MLP((32, 10), activation=F.relu)
model.predict(x_train[:1])
optimizer = optimizers.Adam(lr=0.003).setup(copy.deepcopy(model))
for x, t in DataLoader((x_train, t_train), 32, seed=0):
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
