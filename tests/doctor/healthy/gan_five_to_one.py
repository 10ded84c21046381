"""A critic trained five times as often, its weights clipped, no graph of forgeries."""

import numpy as np

import ondol.functions as F
import ondol.layers as L
from ondol import no_grad, optimizers

rng = np.random.default_rng(0)
maker = L.Sequential(L.Linear(32), L.BatchNorm(), F.relu, L.Linear(2))
critic = L.Sequential(L.Linear(32), F.leaky_relu, L.Linear(1))
maker_optimizer = optimizers.RMSprop(lr=0.0005).setup(maker)
critic_optimizer = optimizers.RMSprop(lr=0.0005).setup(critic)


def noise():
    return rng.normal(size=(32, 4)).astype(np.float32)


for i in range(40):
    if i % 5 == 4:
        loss = -critic(maker(noise())).mean()
        maker.cleargrads()
        loss.backward()
        maker_optimizer.update()
        continue
    real = rng.normal(1, 0.5, (32, 2)).astype(np.float32)
    with no_grad():
        fake = maker(noise()).data
    loss = critic(fake).mean() - critic(real).mean()
    critic.cleargrads()
    loss.backward()
    critic_optimizer.update()
    for p in critic.params():
        p.data = np.clip(p.data, -0.1, 0.1)
