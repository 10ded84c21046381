"""A small language model."""

import numpy as np

import ondol.functions as F
from ondol import optimizers
from ondol.models import GPT

text = np.frombuffer(b"the floor is warm because the stones are warm. " * 40, np.uint8)
letters, ids = np.unique(text, return_inverse=True)
rng = np.random.default_rng(0)
model = GPT(len(letters), context=16, depth=2, size=16, heads=4, dropout=0.1)
optimizer = optimizers.AdamW(lr=0.001).setup(model)
for _ in range(25):
    starts = rng.integers(0, len(ids) - 17, 16)
    rows = np.stack([ids[s : s + 17] for s in starts])
    loss = F.softmax_cross_entropy(model(rows[:, :-1]), rows[:, 1:])
    model.cleargrads()
    loss.backward()
    optimizer.update()
