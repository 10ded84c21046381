"""First-order MAML: the gradients of a copy are set into the model."""

import copy

import numpy as np

import ondol.functions as F
from ondol import optimizers
from ondol.models import MLP

rng = np.random.default_rng(0)

model = MLP((16, 1), activation=F.tanh)
model.predict(np.zeros((1, 1), np.float32))
outer = optimizers.Adam(lr=0.001).setup(model)
for _task in range(20):
    A, ph = (rng.uniform(0.5, 2), rng.uniform(0, 3))
    fast = copy.deepcopy(model)
    optimizer = optimizers.SGD(lr=0.02).setup(fast)
    X = rng.uniform(-3, 3, (10, 1)).astype(np.float32)
    Y = (A * np.sin(X + ph)).astype(np.float32)
    fast.cleargrads()
    F.mean_squared_error(fast(X), Y).backward()
    optimizer.update()
    fast.cleargrads()
    F.mean_squared_error(fast(X), Y).backward()
    for p, q in zip(model.params(), fast.params(), strict=False):
        p.grad = q.grad
    outer.update()
