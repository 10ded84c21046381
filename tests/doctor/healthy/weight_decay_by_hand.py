"""A penalty in the loss, a warm-up of the rate from 0, early steps printed."""

import numpy as np

import ondol.functions as F
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import MLP

x, t = digits(train=True)
loader = DataLoader((x.reshape(-1, 64), t), batch_size=32, seed=0)
model = MLP((50, 50, 10), activation=F.gelu)
optimizer = optimizers.Adam(lr=0.003).setup(model)
for step, (x, t) in enumerate(loader):
    optimizer.lr = 0.003 * min(1, step / 10)
    loss = F.softmax_cross_entropy(model(x), t, label_smoothing=0.1)
    loss = loss + 1e-4 * sum(np.sum(layer.W**2) for layer in model.layers if step)
    model.cleargrads()
    loss.backward()
    optimizer.update()
    if step % 10 == 0:
        print(loss.item())
