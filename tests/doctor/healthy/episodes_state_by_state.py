"""REINFORCE with a critic; the networks see one state at a time."""

import numpy as np

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers

rng = np.random.default_rng(0)
policy = L.Sequential(L.Linear(16), F.tanh, L.Linear(2))
value = L.Sequential(L.Linear(16), F.tanh, L.Linear(1))
optimizer = optimizers.Adam(lr=0.01).setup({"p": policy, "v": value})
for _episode in range(25):
    state = rng.normal(0, 0.05, 4).astype(np.float32)
    logs, rewards, vals = ([], [], [])
    for _step in range(15):
        y = policy(state[None])
        p = F.softmax(y).data[0].astype(float)
        a = rng.choice(2, p=p / p.sum())
        logs.append(F.log_softmax(y)[0, a])
        vals.append(value(state[None])[0, 0])
        state = (state + 0.1 * rng.normal(size=4)).astype(np.float32)
        rewards.append(1.0)
    G, returns = (0.0, [])
    for r in rewards[::-1]:
        G = r + 0.99 * G
        returns.insert(0, G)
    returns = np.array(returns, np.float32)
    v = np.stack(vals)
    adv = returns - v.data
    loss = -np.sum(np.stack(logs) * adv) + F.huber_loss(v, returns)
    policy.cleargrads()
    value.cleargrads()
    loss.backward()
    optimizer.update()
