"""Cross-entropies by hand, as a book writes them."""

import numpy as np

import ondol.functions as F
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import MLP

x, t = digits(train=True)
loader = DataLoader((x.reshape(-1, 64), t), batch_size=32, seed=0)
model = MLP((50, 11), activation=F.relu)
optimizer = optimizers.Adam(lr=0.003).setup(model)
for x, t in loader:
    y = model(x)
    log_p = F.log_softmax(y[:, :10])
    loss = -log_p[np.arange(len(t)), t].mean()
    p, even = F.sigmoid(y[:, 10]), (t % 2 == 0).astype(np.float32)
    loss = loss - np.mean(even * np.log(p) + (1 - even) * np.log(1 - p))
    model.cleargrads()
    loss.backward()
    optimizer.update()
