# finds doctor-broadcast
"""Values (32,) against rewards (32, 1)."""

import numpy as np

from ondol import optimizers
from ondol.models import MLP

rng = np.random.default_rng(0)
q = MLP((16, 3))
optimizer = optimizers.Adam(lr=0.001).setup(q)
for _i in range(25):
    S = rng.normal(size=(32, 4)).astype(np.float32)
    A = rng.integers(0, 3, 32)
    R = rng.normal(size=(32, 1)).astype(np.float32)
    y = q(S)[np.arange(32), A]
    loss = np.mean(np.abs(R - y))
    q.cleargrads()
    loss.backward()
    optimizer.update()
