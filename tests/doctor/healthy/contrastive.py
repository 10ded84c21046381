"""Two views of each sample; the labels are the places in the batch."""

import numpy as np

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import MLP

rng = np.random.default_rng(0)
x_train, t_train = digits(train=True)
x_train = x_train.reshape(-1, 64)
encoder = MLP((64, 32), activation=F.relu)
head = L.Linear(16)
optimizer = optimizers.Adam(lr=0.001).setup([encoder, head])
for (x,) in DataLoader((x_train,), 32, seed=0):
    a = x + 0.1 * rng.standard_normal(x.shape, np.float32)
    b = x + 0.1 * rng.standard_normal(x.shape, np.float32)
    za = F.normalize(head(F.relu(encoder(a))))
    zb = F.normalize(head(F.relu(encoder(b))))
    s = za @ zb.T / 0.1
    labels = np.arange(len(x))
    loss = (
        F.softmax_cross_entropy(s, labels) + F.softmax_cross_entropy(s.T, labels)
    ) / 2
    encoder.cleargrads()
    head.cleargrads()
    loss.backward()
    optimizer.update()
