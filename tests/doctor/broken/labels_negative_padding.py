# finds doctor-labels
"""-1 marks what is unknown, and chooses the last class."""

import numpy as np

import ondol.functions as F
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import MLP

x, t = digits(train=True)
t[::7] = -1
loader = DataLoader((x.reshape(-1, 64), t), batch_size=32, seed=0)
model = MLP((50, 10), activation=F.relu)
optimizer = optimizers.Adam(lr=0.003).setup(model)
for x, t in loader:
    log_p = F.log_softmax(model(x))
    loss = -log_p[np.arange(len(t)), t].mean()
    model.cleargrads()
    loss.backward()
    optimizer.update()
