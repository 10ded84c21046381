"""Two networks, two optimizers; the critic sees the forgeries detached."""

import numpy as np

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers

rng = np.random.default_rng(0)
maker = L.Sequential(L.Linear(32), L.BatchNorm(), F.relu, L.Linear(2))
critic = L.Sequential(L.Linear(32), F.leaky_relu, L.Linear(1))
maker_optimizer = optimizers.Adam(lr=0.0002).setup(maker)
critic_optimizer = optimizers.Adam(lr=0.0002).setup(critic)
ones, zeros = np.ones((32, 1), np.float32), np.zeros((32, 1), np.float32)
for _ in range(20):
    real = rng.normal(1, 0.5, (32, 2)).astype(np.float32)
    fake = maker(rng.normal(size=(32, 4)).astype(np.float32))
    loss = F.sigmoid_cross_entropy(critic(real), ones)
    loss = loss + F.sigmoid_cross_entropy(critic(fake.detach()), zeros)
    critic.cleargrads()
    loss.backward()
    critic_optimizer.update()

    loss = F.sigmoid_cross_entropy(critic(fake), ones)
    maker.cleargrads()
    loss.backward()
    maker_optimizer.update()
