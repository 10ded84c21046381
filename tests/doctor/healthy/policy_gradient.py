"""REINFORCE: logarithms of probabilities times returns of any size."""

import numpy as np

import ondol.functions as F
from ondol import no_grad, optimizers
from ondol.models import MLP

rng = np.random.default_rng(0)
policy = MLP((16, 3), activation=np.tanh)
optimizer = optimizers.Adam(lr=0.01).setup(policy)
for _ in range(30):
    state = rng.normal(size=(32, 4)).astype(np.float32)
    with no_grad():
        p = F.softmax(policy(state)).data
    action = np.array([rng.choice(3, p=row / row.sum()) for row in p.astype(float)])
    reward = np.where(action == state[:, :3].argmax(axis=1), 5.0, -5.0)
    log_p = F.log_softmax(policy(state))[np.arange(32), action]
    loss = -np.mean(reward.astype(np.float32) * log_p)
    policy.cleargrads()
    loss.backward()
    optimizer.update()
