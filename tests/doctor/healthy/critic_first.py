"""The critic is trained alone at first; the maker's optimizer waits."""

import numpy as np

import ondol.functions as F
from ondol import no_grad, optimizers
from ondol.models import MLP

rng = np.random.default_rng(0)
maker, critic = MLP((16, 2), activation=np.tanh), MLP((16, 1), activation=F.leaky_relu)
maker_optimizer = optimizers.Adam(lr=0.001).setup(maker)
critic_optimizer = optimizers.Adam(lr=0.001).setup(critic)
ones, zeros = np.ones((32, 1), np.float32), np.zeros((32, 1), np.float32)
for _ in range(50):
    real = rng.normal(1, 0.5, (32, 2)).astype(np.float32)
    with no_grad():
        fake = maker(rng.normal(size=(32, 4)).astype(np.float32))
    loss = F.sigmoid_cross_entropy(critic(real), ones)
    loss = loss + F.sigmoid_cross_entropy(critic(fake), zeros)
    critic.cleargrads()
    loss.backward()
    critic_optimizer.update()
