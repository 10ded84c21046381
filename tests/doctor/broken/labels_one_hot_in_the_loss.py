# finds doctor-one-hot
"""One-hot rows of integers where the loss takes class ids."""

import numpy as np

import ondol.functions as F
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import MLP

x, t = digits(train=True)
one_hot = np.eye(10, dtype=np.int64)[t]
loader = DataLoader((x.reshape(-1, 64), one_hot), batch_size=32, seed=0)
model = MLP((50, 10), activation=F.relu)
optimizer = optimizers.Adam(lr=0.003).setup(model)
for x, t in loader:
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
