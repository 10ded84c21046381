"""What the tests of training train: small, and with all that has a state."""

import numpy as np

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.models import Model


def points(n=50, seed=0):
    """Points of three classes: float32 ``(n, 4)`` and int64 ``(n,)``."""
    rng = np.random.default_rng(seed)
    t = np.arange(n) % 3
    x = rng.normal(size=(n, 4)) + 2 * np.eye(3, 4)[t]
    return x.astype(np.float32), t


class Net(Model):
    """A small network with dropout and running statistics; its layers are lazy."""

    def __init__(self, ratio=0.2):
        self.hidden, self.norm, self.out = L.Linear(8), L.BatchNorm(), L.Linear(3)
        self.ratio = ratio

    def forward(self, x):
        h = F.relu(self.norm(self.hidden(x)))
        return self.out(F.dropout(h, self.ratio))


def made(seed=0, **settings):
    """A new network, with an optimizer."""
    ondol.seed(seed)
    return Net(**settings), optimizers.Adam(lr=0.01)


def bits(model, optimizer):
    """Everything that was trained, to the last bit."""
    arrays = {name: p.data for name, p in model.named_params()}
    arrays |= {"mean": model.norm.mean.data, **optimizer.state_arrays()}
    return {name: (array.dtype, array.tobytes()) for name, array in arrays.items()}
