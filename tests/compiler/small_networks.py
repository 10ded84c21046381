"""A handful of networks, whose compiled code is looked at as text and by sanitizers."""

import numpy as np

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import no_grad, optimizers
from ondol.models import GPT, MLP, Model


class CNN(Model):
    def __init__(self, channels):
        self.conv = L.Conv2d(channels, 3, pad=1)
        self.head = L.Linear(3)

    def forward(self, x):
        y = F.max_pool2d(F.relu(self.conv(x)), 2)
        return self.head(F.reshape(y, (len(x), -1)))


class Recurrent(Model):
    def __init__(self, size):
        self.cell = L.LSTM(size)
        self.head = L.Linear(1)

    def forward(self, x):
        self.cell.reset_state()
        for t in range(x.shape[1]):
            h = self.cell(x[:, t])
        return self.head(h)


def training(model, loss, optimizer=None):
    """A step of gradient descent, or, without an optimizer, both passes alone."""
    if optimizer:
        optimizer.setup(model)

    def step(x, t):
        model.cleargrads()
        error = loss(model(x), t)
        error.backward()
        if optimizer:
            optimizer.update()
        return error

    return step


def floats(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def classes(*shape):
    return np.random.default_rng(1).integers(0, 3, shape)


def mlp(scale):
    n = 4 * scale
    step = training(MLP((n, 3)), F.softmax_cross_entropy, optimizers.SGD(lr=0.1))
    return step, (floats(2 * n, n), classes(2 * n))


def cnn(scale):
    n = 2 * scale
    step = training(CNN(n), F.softmax_cross_entropy)
    return step, (floats(n, 1, 2 * n, 2 * n), classes(n))


def lstm(scale):
    n = 4 * scale
    step = training(Recurrent(n), F.mean_squared_error)
    return step, (floats(n, 3, n), floats(n, 1))


def gpt(scale):
    n = 4 * scale
    step = training(
        GPT(5, n, depth=1, size=2 * n, heads=2),
        F.softmax_cross_entropy,
        optimizers.Adam(lr=0.001),
    )
    return step, (classes(2, n), classes(2, n))


def elementwise(scale):
    def function(x, y):
        with no_grad():
            return F.tanh(x * 2 + y) * F.exp(-x * x) / (1 + y * y) + F.sin(x)

    return function, (floats(50 * scale, 40), floats(40))


def block(scale):
    """A product that more follows than a bias."""
    n = 96 * scale
    first, norm = L.Linear(n), L.LayerNorm()

    def function(x):
        with no_grad():
            return norm(F.gelu(first(x)) + x)

    return function, (floats(128, n),)


NETWORKS = {f.__name__: f for f in (mlp, cnn, lstm, gpt, elementwise, block)}


def compiled(name, scale=1):
    """A compiled network, the arguments of a call, and an eager twin of it."""
    ondol.seed(0)
    twin, arguments = NETWORKS[name](scale)
    twin(*arguments)
    ondol.seed(0)
    step, arguments = NETWORKS[name](scale)
    step = ondol.compile(step)
    step(*arguments)  # the first call runs as it stands
    return step, arguments, twin
