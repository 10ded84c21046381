"""A loss by hand that leaves padding out."""

import numpy as np

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers

rng = np.random.default_rng(0)
V = 30
model = L.Sequential(L.Embedding(V, 16), L.Linear(32), F.relu, L.Linear(V))
optimizer = optimizers.Adam(lr=0.001).setup(model)
for _i in range(25):
    x = rng.integers(1, V, (8, 12))
    n = rng.integers(4, 13, 8)
    keep = (np.arange(12) < n[:, None]).astype(np.float32)
    t = (x + 1) % V
    lp = np.take_along_axis(F.log_softmax(model(x)), t[..., None], axis=-1)[..., 0]
    loss = -np.sum(lp * keep) / keep.sum()
    model.cleargrads()
    loss.backward()
    optimizer.update()
