"""A critic with a gradient penalty, five steps for one of the generator."""

import numpy as np

import ondol.functions as F
import ondol.layers as L
from ondol import Variable, no_grad, optimizers

rng = np.random.default_rng(0)
gen = L.Sequential(L.Linear(32), F.relu, L.Linear(2))
critic = L.Sequential(L.Linear(32), F.leaky_relu, L.Linear(1))
g_opt = optimizers.Adam(lr=0.0001, beta1=0.0).setup(gen)
c_opt = optimizers.Adam(lr=0.0001, beta1=0.0).setup(critic)
for i in range(30):
    real = rng.normal(2, 0.5, (32, 2)).astype(np.float32)
    with no_grad():
        fake = gen(rng.standard_normal((32, 4), np.float32)).data
    e = rng.random((32, 1), np.float32)
    mix = Variable(e * real + (1 - e) * fake)
    s = np.sum(critic(mix))
    s.backward(create_graph=True)
    gp = np.mean((np.sqrt(np.sum(mix.grad**2, axis=1) + 1e-12) - 1) ** 2)
    critic.cleargrads()
    loss = np.mean(critic(fake)) - np.mean(critic(real)) + 10 * gp
    loss.backward()
    c_opt.update()
    if i % 5 == 4:
        loss = -np.mean(critic(gen(rng.standard_normal((32, 4), np.float32))))
        gen.cleargrads()
        loss.backward()
        g_opt.update()
