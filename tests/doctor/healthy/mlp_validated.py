# options --validation x_test
"""With a record, an accuracy of the batch, and a validation in test mode."""

import numpy as np

import ondol.functions as F
import ondol.layers as L
from ondol import no_grad, optimizers, test_mode
from ondol.data import DataLoader, digits

x, t = digits(train=True)
x_test, t_test = digits(train=False)
loader = DataLoader((x.reshape(-1, 64), t), batch_size=128, seed=0)
model = L.Sequential(L.Linear(50), F.relu, L.Dropout(0.5), L.Linear(10))
optimizer = optimizers.AdamW(lr=0.003).setup(model)
history = []
for _ in range(2):
    for x, t in loader:
        y = model(x)
        loss = F.softmax_cross_entropy(y, t)
        model.cleargrads()
        loss.backward()
        optimizer.update()
        history.append((loss.item(), F.accuracy(y, t).item()))
    with no_grad(), test_mode():
        y = model(x_test.reshape(-1, 64))
        print(np.mean(history), F.softmax_cross_entropy(y, t_test))
