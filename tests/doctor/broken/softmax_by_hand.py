# finds doctor-softmax-twice
"""A softmax by hand before the loss."""

import numpy as np

import ondol.functions as F
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import MLP

x, t = digits(train=True)
loader = DataLoader((x.reshape(-1, 64), t), batch_size=32, seed=0)
model = MLP((50, 10), activation=F.relu)
optimizer = optimizers.Adam(lr=0.003).setup(model)
for x, t in loader:
    powers = np.exp(model(x))
    p = powers / powers.sum(axis=1, keepdims=True)
    loss = F.softmax_cross_entropy(p, t, label_smoothing=0.1)
    model.cleargrads()
    loss.backward()
    optimizer.update()
