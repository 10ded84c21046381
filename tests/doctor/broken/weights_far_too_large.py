# finds doctor-exploding-outputs
"""Normal weights of deviation 1 in a wide network."""

import numpy as np

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import optimizers

ondol.seed(0)
rng = np.random.default_rng(0)
x = rng.normal(size=(512, 64)).astype(np.float32)
t = (x[:, 0] > 0).astype(np.int64)
large = L.initial.normal(std=1.0)
model = L.Sequential(
    L.Linear(128, W_init=large),
    F.relu,
    L.Linear(128, W_init=large),
    F.relu,
    L.Linear(2, W_init=large),
)
optimizer = optimizers.Adam(lr=0.001).setup(model)
for _ in range(20):
    batch = rng.integers(0, 512, 32)
    loss = F.softmax_cross_entropy(model(x[batch]), t[batch])
    model.cleargrads()
    loss.backward()
    optimizer.update()
