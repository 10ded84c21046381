"""What every library is given for a row: sizes, weights, inputs, and the FLOPs.

NumPy alone, so that a process of one library does not load another. Weights go by
dotted names; a matrix is ``(in, out)``, filters are ``(out, in, height, width)``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

Sizes = dict[str, Any]
Shapes = dict[str, tuple[int, ...]]

# The optimizers of all rows. With a rate of 0.1 the mlp is unstable, and 20 steps
# amplify the rounding of float32.
RATES = {"sgd": 0.01, "adam": 0.001, "adamw": 0.001}
DECAY = 0.01  # of AdamW
MOMENTUM = 0.1  # share of a batch in the running statistics of batch normalisation
EPS = 1e-5  # of both normalisations


@dataclass(frozen=True)
class Row:
    """One row of the tables.

    Attributes:
        work: which of the networks or functions.
        kind: "training" steps, "inference", or the "gradient" of a function.
        sizes: of the row.
        quick: sizes that only show that it works.
        optimizer: of a training step.
        rtol: how far results of two libraries may be apart after 20 steps, relative
            to the largest number in them.
    """

    work: str
    kind: str
    sizes: Sizes
    quick: Sizes
    optimizer: str = ""
    rtol: float = 1e-4


@dataclass(frozen=True)
class Given:
    """The start of a row.

    Attributes:
        row: what it is the start of.
        sizes: those of the row, or the quick ones.
        weights: arrays by dotted name.
        x: the input; float32, or class ids of int64.
        t: class ids, int64; None where there is no loss.
        flops: additions and multiplications in the matrix products of one step.
    """

    row: Row
    sizes: Sizes
    weights: dict[str, np.ndarray]
    x: np.ndarray
    t: np.ndarray | None
    flops: int


def training(work: str, optimizer: str, sizes: Sizes, quick: Sizes, rtol: float) -> Row:
    return Row(work, "training", sizes, sizes | quick, optimizer, rtol)


def infer(batch: int) -> Row:
    sizes = {"features": (784, 1000, 10), "activation": "sigmoid", "batch": batch}
    return Row("mlp", "inference", sizes, sizes | {"features": (6, 5, 4)})


def language_model(**tokens: int) -> Row:
    sizes = {"vocabulary": 65, "depth": 4, "size": 256, "heads": 4}
    quick = {"batch": 2, "context": 6, "vocabulary": 11, "depth": 1, "size": 8}
    return training("gpt", "adamw", tokens | sizes, quick | {"heads": 2}, rtol=1e-3)


ROWS = {
    "scalar": Row("scalar", "gradient", {}, {}, rtol=1e-12),
    "spiral": training(
        "mlp",
        "sgd",
        {"features": (2, 10, 3), "activation": "sigmoid", "batch": 30},
        {},
        rtol=1e-4,
    ),
    "mlp": training(
        "mlp",
        "sgd",
        {"features": (784, 1000, 10), "activation": "sigmoid", "batch": 100},
        {"features": (12, 20, 10)},
        rtol=1e-4,
    ),
    "mlp-adam": training(
        "mlp",
        "adam",
        {"features": (784, 1000, 1000, 10), "activation": "relu", "batch": 100},
        {"features": (12, 20, 20, 10)},
        rtol=1e-3,
    ),
    "cnn": training(
        "cnn",
        "adam",
        {"batch": 64, "size": 28, "channels": (1, 32, 64), "hidden": 128},
        {"batch": 8, "size": 8, "channels": (1, 3, 4), "hidden": 10},
        rtol=1e-3,
    ),
    "lstm": training(
        "lstm",
        "adam",
        {"batch": 32, "steps": 50, "vocabulary": 65, "features": 64, "hidden": 128},
        {"batch": 2, "steps": 4, "vocabulary": 11, "features": 5, "hidden": 6},
        rtol=1e-3,
    ),
    "gpt": language_model(batch=8, context=128),
    "gpt-long": language_model(batch=1, context=1024),
    "elementwise": Row(
        "elementwise", "gradient", {"count": 10_000_000}, {"count": 1000}
    ),
    "mlp-infer-1": infer(1),
    "mlp-infer-1000": infer(1000),
}
# Nobody compiles a loop of 1,000 scalars; this row is of `eager.py`.
CHAIN = Row("chain", "gradient", {"nodes": 1000}, {"nodes": 1000}, rtol=1e-9)


def start(row: Row, quick: bool = False) -> Given:
    """The same numbers at each call."""
    rng = np.random.default_rng(0)
    sizes = row.quick if quick else row.sizes
    shapes, products = NETWORKS[row.work](**sizes) if row.work in NETWORKS else ({}, [])
    weights = {name: draw(name, shape, rng) for name, shape in shapes.items()}
    x, t = INPUTS[row.work](rng, **sizes)
    flops = sum(product.flops(row.kind == "training") for product in products)
    return Given(row, sizes, weights, x, t, flops)


def draw(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Ones for scales, zeros for biases, else normal of variance 1 / inputs."""
    if len(shape) == 1:
        return np.full(shape, name.endswith("gamma"), np.float32)
    inputs = math.prod(shape[1:]) if len(shape) == 4 else shape[0]
    scale = 0.02 if name.startswith(("token", "position")) else inputs**-0.5
    return (rng.standard_normal(shape) * scale).astype(np.float32)


# -- the shapes of weights, and the matrix products of one forward pass ----------------


@dataclass(frozen=True)
class Product:
    """`count` products of ``(rows, inner)`` and ``(inner, columns)``.

    A training step needs two more of the same size, for the gradients of both
    factors; one if the first factor is the input of the network.
    """

    rows: int
    inner: int
    columns: int
    count: int = 1
    of_input: bool = False

    def flops(self, training: bool) -> int:
        """Additions and multiplications of one step."""
        times = 3 - self.of_input if training else 1
        return 2 * self.rows * self.inner * self.columns * self.count * times


def linear(name: str, inputs: int, outputs: int) -> Shapes:
    return {f"{name}.W": (inputs, outputs), f"{name}.b": (outputs,)}


def norm(name: str, size: int) -> Shapes:
    return {f"{name}.gamma": (size,), f"{name}.beta": (size,)}


def mlp(
    features: tuple[int, ...], activation: str, batch: int
) -> tuple[Shapes, list[Product]]:
    shapes: Shapes = {}
    products = []
    for i, (inputs, outputs) in enumerate(pairwise(features)):
        shapes |= linear(f"layers.{i}", inputs, outputs)
        products.append(Product(batch, inputs, outputs, of_input=i == 0))
    return shapes, products


def cnn(
    batch: int, size: int, channels: tuple[int, ...], hidden: int
) -> tuple[Shapes, list[Product]]:
    shapes: Shapes = {}
    products = []
    for i, (inputs, outputs) in enumerate(pairwise(channels), 1):
        shapes |= {f"conv{i}.W": (outputs, inputs, 3, 3), f"conv{i}.b": (outputs,)}
        shapes |= norm(f"norm{i}", outputs)
        products.append(Product(batch * size**2, inputs * 9, outputs, of_input=i == 1))
        size //= 2
    flat = channels[-1] * size**2
    shapes |= linear("hidden", flat, hidden) | linear("out", hidden, 10)
    products += [Product(batch, flat, hidden), Product(batch, hidden, 10)]
    return shapes, products


def lstm(
    batch: int, steps: int, vocabulary: int, features: int, hidden: int
) -> tuple[Shapes, list[Product]]:
    """The gates f, i, o, u side by side, with one bias."""
    shapes = {
        "embedding.W": (vocabulary, features),
        "lstm.Wx": (features, 4 * hidden),
        "lstm.Wh": (hidden, 4 * hidden),
        "lstm.b": (4 * hidden,),
        **linear("out", hidden, vocabulary),
    }
    products = [
        Product(batch * steps, features, 4 * hidden),
        Product(batch, hidden, 4 * hidden, count=steps),
        Product(batch * steps, hidden, vocabulary),
    ]
    return shapes, products


def gpt(
    batch: int, context: int, vocabulary: int, depth: int, size: int, heads: int
) -> tuple[Shapes, list[Product]]:
    """Queries, keys and values of all heads side by side; the head has no bias.

    Causal attention is counted in full, as most libraries compute it.
    """
    shapes = {"token.W": (vocabulary, size), "position.W": (context, size)}
    for i in range(depth):
        at = f"blocks.{i}"
        shapes |= norm(f"{at}.norm1", size) | linear(f"{at}.qkv", size, 3 * size)
        shapes |= linear(f"{at}.out", size, size) | norm(f"{at}.norm2", size)
        shapes |= linear(f"{at}.up", size, 4 * size)
        shapes |= linear(f"{at}.down", 4 * size, size)
    shapes |= norm("norm", size) | {"head.W": (size, vocabulary)}
    tokens, width = batch * context, size // heads
    products = [
        Product(tokens, size, 12 * size, count=depth),
        Product(context, width, context, count=2 * depth * batch * heads),
        Product(tokens, size, vocabulary),
    ]
    return shapes, products


NETWORKS: dict[str, Callable[..., tuple[Shapes, list[Product]]]] = {
    "mlp": mlp,
    "cnn": cnn,
    "lstm": lstm,
    "gpt": gpt,
}


# -- inputs ----------------------------------------------------------------------------


def numbers(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.standard_normal(shape, np.float32)


def without_zeros(x: np.ndarray) -> np.ndarray:
    """No zeros, where the absolute value has no derivative and libraries differ."""
    return np.where(x == 0, np.float32(1), x)


INPUTS: dict[str, Callable[..., tuple[np.ndarray, np.ndarray | None]]] = {
    "scalar": lambda rng: (np.array(0.5), None),
    "chain": lambda rng, nodes: (np.array(1.0001), None),
    "elementwise": lambda rng, count: (without_zeros(numbers(rng, count)), None),
    "mlp": lambda rng, features, activation, batch: (
        numbers(rng, batch, features[0]),
        rng.integers(features[-1], size=batch),
    ),
    "cnn": lambda rng, batch, size, channels, hidden: (
        numbers(rng, batch, channels[0], size, size),
        rng.integers(10, size=batch),
    ),
    "lstm": lambda rng, batch, steps, vocabulary, features, hidden: (
        rng.integers(vocabulary, size=(batch, steps)),
        rng.integers(vocabulary, size=(batch, steps)),
    ),
    "gpt": lambda rng, batch, context, vocabulary, **_: (
        rng.integers(vocabulary, size=(batch, context)),
        rng.integers(vocabulary, size=(batch, context)),
    ),
}
