# finds doctor-inputs
"""Whole numbers from 0 to 255 go into a layer."""

import numpy as np

import ondol.functions as F
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import MLP

x_train, t_train = digits(train=True)
x_train = x_train.reshape(-1, 64)
images = (x_train * 255).astype(np.uint8)
model = MLP((32, 10), activation=F.relu)
optimizer = optimizers.Adam(lr=0.001).setup(model)
for x, t in DataLoader((images, t_train), 32, seed=0):
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
