"""A table of ids of which each batch uses a few, targets negative sampling's."""

import numpy as np

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.models import Model

rng = np.random.default_rng(0)


class SkipGram(Model):
    def __init__(self):
        small = L.initial.normal(std=0.1)
        self.word = L.Embedding(500, 16, W_init=small)
        self.context = L.Embedding(500, 16, W_init=small)

    def forward(self, word, context):
        return np.sum(self.word(word) * self.context(context), axis=1)


model = SkipGram()
optimizer = optimizers.Adam(lr=0.01).setup(model)
for _ in range(30):
    words = rng.integers(0, 500, 64)
    true = rng.random(64) < 0.5
    contexts = np.where(true, (words + 1) % 500, rng.integers(0, 500, 64))
    loss = F.sigmoid_cross_entropy(model(words, contexts), true.astype(np.float32))
    model.cleargrads()
    loss.backward()
    optimizer.update()
