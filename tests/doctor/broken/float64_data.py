# finds doctor-float64
"""random() makes float64, and the network goes along."""

import numpy as np

import ondol.functions as F
from ondol import optimizers
from ondol.models import MLP

rng = np.random.default_rng(0)
x = rng.random((512, 8))
t = (x[:, 0] > x[:, 1]).astype(np.int64)
model = MLP((32, 2), activation=F.relu)
optimizer = optimizers.Adam(lr=0.003).setup(model)
for _ in range(30):
    batch = rng.integers(0, 512, 64)
    loss = F.softmax_cross_entropy(model(x[batch]), t[batch])
    model.cleargrads()
    loss.backward()
    optimizer.update()
