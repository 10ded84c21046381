# finds doctor-old-graph
"""The hidden state goes on from step to step with its graph."""

import numpy as np

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers

rng = np.random.default_rng(0)
cell, out = (L.Linear(16), L.Linear(1))
optimizer = optimizers.Adam(lr=0.01).setup([cell, out])
h = np.zeros((8, 16), np.float32)
s = rng.normal(size=(8, 40, 1)).astype(np.float32)
for i in range(30):
    h = np.tanh(cell(np.concatenate([s[:, i], h], axis=1)))
    loss = F.mean_squared_error(out(h), s[:, i + 1])
    cell.cleargrads()
    out.cleargrads()
    loss.backward()
    optimizer.update()
