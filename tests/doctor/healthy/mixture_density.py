"""Targets that are compared with several predictions each."""

import numpy as np

import ondol.functions as F
from ondol import optimizers
from ondol.models import MLP

rng = np.random.default_rng(0)
t = rng.uniform(-1, 1, (512, 1)).astype(np.float32)
x = (t + 0.3 * np.sin(7 * t)).astype(np.float32)
model = MLP((32, 9), activation=np.tanh)
optimizer = optimizers.Adam(lr=0.003).setup(model)
for _ in range(30):
    batch = rng.integers(0, 512, 64)
    y = model(x[batch])
    weight, mean, log_std = F.log_softmax(y[:, :3]), y[:, 3:6], y[:, 6:]
    log_p = -0.5 * ((t[batch] - mean) / np.exp(log_std)) ** 2 - log_std
    loss = -F.logsumexp(weight + log_p, axis=1).mean()
    model.cleargrads()
    loss.backward()
    optimizer.update()
