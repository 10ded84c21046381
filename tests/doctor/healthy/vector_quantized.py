"""Codes that are chosen, and gradients that pass them by."""

import numpy as np

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.data import DataLoader, digits

rng = np.random.default_rng(0)
x_train, t_train = digits(train=True)
x_train = x_train.reshape(-1, 64)
enc, dec = (L.Linear(8), L.Linear(64))
book = L.Parameter(rng.normal(0, 0.5, (32, 8)).astype(np.float32), name="book")
optimizer = optimizers.Adam(lr=0.003).setup([enc, dec, book])
for (x,) in DataLoader((x_train,), 32, seed=0):
    z = enc(x)
    k = ((z.data[:, None] - book.data) ** 2).sum(2).argmin(1)
    e = book[k]
    q = z + (e - z).detach()
    loss = (
        F.mean_squared_error(dec(q), x)
        + np.mean((e - z.detach()) ** 2)
        + 0.25 * np.mean((e.detach() - z) ** 2)
    )
    enc.cleargrads()
    dec.cleargrads()
    book.cleargrad()
    loss.backward()
    optimizer.update()
