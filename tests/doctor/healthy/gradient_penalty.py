"""A second backward pass through the gradient of the first."""

import numpy as np

import ondol.layers as L
from ondol import Variable, optimizers

rng = np.random.default_rng(0)
critic = L.Sequential(L.Linear(32), np.tanh, L.Linear(1))
optimizer = optimizers.Adam(lr=0.001).setup(critic)
for _ in range(20):
    real = rng.normal(1, 0.5, (32, 2)).astype(np.float32)
    fake = rng.normal(size=(32, 2)).astype(np.float32)
    between = Variable(0.5 * (real + fake))
    critic(between).sum().backward(create_graph=True)
    slope = np.sqrt(np.sum(between.grad**2, axis=1))
    loss = critic(fake).mean() - critic(real).mean() + 10 * np.mean((slope - 1) ** 2)
    critic.cleargrads()
    loss.backward()
    optimizer.update()
