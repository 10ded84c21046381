"""A language model whose embedding gives the scores too; its state begins at 0."""

import numpy as np

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.models import Model

rng = np.random.default_rng(0)
V, D = (20, 16)
text = rng.integers(0, V, 2000)


class LM(Model):
    def __init__(self):
        self.emb = L.Embedding(V, D)
        self.rnn = L.SequenceGRU(D)

    def forward(self, x):
        h = self.rnn(self.emb(x))
        h = h[0] if isinstance(h, tuple) else h
        return h @ self.emb.W.T


model = LM()
optimizer = optimizers.AdamW(lr=0.002).setup(model)
optimizer.add_hook(optimizers.ClipGrad(1.0))
for _i in range(30):
    s = rng.integers(0, 1900, 16)
    w = np.stack([text[j : j + 17] for j in s])
    y = model(w[:, :-1])
    loss = F.softmax_cross_entropy(y, w[:, 1:])
    model.cleargrads()
    loss.backward()
    optimizer.update()
