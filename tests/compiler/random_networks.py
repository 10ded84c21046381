"""Networks that are put together at random, trained as they stand and compiled.

python tests/compiler/random_networks.py 100 200    tries the seeds from 100 to 199
"""

import sys

import numpy as np

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.models import Model

ACTIVATIONS = [
    F.relu, F.gelu, F.silu, F.tanh, F.sigmoid, F.elu, F.leaky_relu, F.softplus, F.mish,
]  # fmt: skip
LOSSES = [
    F.softmax_cross_entropy, F.multi_margin_loss, F.mean_squared_error, F.huber_loss,
    F.mean_absolute_error, F.smooth_l1_loss, F.sigmoid_cross_entropy,
]  # fmt: skip
# With a large eps: of a gradient that is next to nothing they would make a whole step,
# and of its rounding, too.
OPTIMIZERS = [
    lambda: optimizers.SGD(lr=0.02),
    lambda: optimizers.MomentumSGD(lr=0.01, momentum=0.8),
    lambda: optimizers.Adam(lr=0.003, eps=1e-3),
    lambda: optimizers.AdamW(lr=0.003, weight_decay=0.1, eps=1e-3),
    lambda: optimizers.RMSprop(lr=0.002, eps=1e-3),
    lambda: optimizers.AdaGrad(lr=0.01, eps=1e-3),
    lambda: optimizers.AdaDelta(),
]
HOOKS = [None, optimizers.WeightDecay(0.01), optimizers.ClipGrad(0.5)]


def convolution(rng, rank, channels):
    """The settings of a convolution; small images stay large enough."""
    size, pad = zip(*rng.choice([(1, 0), (2, 1), (3, 1), (3, 2)], rank), strict=True)
    small = max(size) < 3 or min(pad) == 2
    return {
        "out_channels": 2 * int(rng.integers(1, 13)),
        "kernel_size": size,
        "pad": pad,
        "stride": int(rng.choice([1, 1, 1, 2])),
        "dilation": int(rng.choice([1, 2])) if small else 1,
        "groups": int(rng.choice([1, 1, 2])) if channels % 2 == 0 else 1,
        "in_channels": channels,
    }


def blocks(rng, rank, channels):
    """Layers for images, one after the other."""
    pools = {
        1: (L.MaxPool1d, L.AvgPool1d),
        2: (L.MaxPool2d, L.AvgPool2d),
        3: (L.MaxPool3d, L.AvgPool3d),
    }[rank]
    for _ in range(int(rng.integers(1, 4))):
        settings, kind = convolution(rng, rank, channels), rng.integers(5)
        channels = settings["out_channels"]
        # Behind a norm a bias has no gradient but rounding, which Adam takes for one.
        yield (L.Conv1d, L.Conv2d, L.Conv3d)[rank - 1](nobias=kind < 3, **settings)
        if kind < 3:
            yield (L.BatchNorm(), L.GroupNorm(2), L.InstanceNorm())[kind]
        yield ACTIVATIONS[rng.integers(len(ACTIVATIONS))]
        kind = rng.integers(4)
        if kind < 2:
            size = int(rng.integers(2, 4))
            yield pools[kind](size, stride=int(rng.integers(1, 3)), pad=1)
        elif kind == 2:
            yield L.Dropout(0.3)


class Residual(Model):
    """Adds to its input what layers make of it."""

    def __init__(self, *layers):
        self.body = L.Sequential(*layers)

    def forward(self, x):
        return x + self.body(x)


def dense(rng):
    """A network of products, of which the rows are bent, added and normalised."""
    rows, size = int(rng.integers(20, 400)), 2 * int(rng.integers(24, 120))
    layers = []
    for _ in range(int(rng.integers(1, 4))):
        inner = size + 16 * int(rng.integers(3))
        body = [L.Linear(inner), ACTIVATIONS[rng.integers(len(ACTIVATIONS))]]
        body += [L.Dropout(0.2)] * bool(rng.integers(2))
        norm = (L.LayerNorm, L.RMSNorm, None)[rng.integers(3)]
        layers += [Residual(*body, L.Linear(size)), *([norm()] if norm else [])]
    x = rng.standard_normal((rows, size), np.float32)
    return L.Sequential(*layers, L.Linear(3)), x


def network(rng):
    """A network and numbers for it, images or rows."""
    return dense(rng) if rng.integers(3) == 0 else convolutional(rng)


def convolutional(rng):
    """A network and images for it."""
    rank = int(rng.choice([1, 2, 2, 2, 3]))
    channels = int(rng.integers(1, 5))
    most = {1: 60, 2: 18, 3: 7}[rank]
    image = rng.integers(most // 2, most, size=rank)
    x = rng.standard_normal((int(rng.integers(2, 7)), channels, *image), np.float32)
    tail = [L.LayerNorm()] * bool(rng.integers(2))
    layers = [
        *blocks(rng, rank, channels),
        F.flatten,
        L.Linear(int(rng.integers(5, 80))),
    ]
    layers += [*tail, ACTIVATIONS[rng.integers(len(ACTIVATIONS))], L.Linear(3)]
    return L.Sequential(*layers), x


def targets(rng, loss, n):
    """What a loss compares scores ``(n, 3)`` with."""
    if loss in (F.softmax_cross_entropy, F.multi_margin_loss):
        return rng.integers(3, size=n)
    return rng.uniform(size=(n, 3)).astype(np.float32)


def trained(seed, compiled):
    """The losses of some steps and the parameters behind them."""
    rng = np.random.default_rng(seed)
    ondol.seed(seed)
    model, x = network(rng)
    loss = LOSSES[rng.integers(len(LOSSES))]
    optimizer = OPTIMIZERS[rng.integers(len(OPTIMIZERS))]().setup(model)
    hook = HOOKS[rng.integers(len(HOOKS))]
    if hook:
        optimizer.add_hook(hook)
    t = targets(rng, loss, len(x))

    def step(x, t):
        error = loss(model(x), t)
        model.cleargrads()
        error.backward()
        optimizer.update()
        return error

    step = ondol.compile(step) if compiled else step
    losses = [float(step(x, t).data) for _ in range(4)]
    return losses, {name: p.data for name, p in model.named_params()}


def check(seed, compiled=True):
    """A network learns what it learns by NumPy alone, compiled or by kernels."""
    with ondol.numpy_only():
        losses, parameters = trained(seed, False)
    got, found = trained(seed, compiled)
    np.testing.assert_allclose(got, losses, rtol=2e-3, atol=1e-5)
    assert found.keys() == parameters.keys()
    for name, expected in parameters.items():
        size = max(np.abs(expected).max(), 1e-2)
        np.testing.assert_allclose(
            found[name], expected, rtol=1e-2, atol=2e-2 * size, err_msg=name
        )


if __name__ == "__main__":
    for seed in range(*map(int, sys.argv[1:3])):
        try:
            check(seed)
        except Exception as error:
            print(seed, type(error).__name__, str(error).strip()[:400])
