"""Rows of the table of cases: activations."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import references
from references import elementwise

import ondol
import ondol.functions as F
from cases.makers import CUBE, EMPTY, MATRIX, POINT, Call, Case, Draw, unary
from ondol import test_mode
from ondol.random import generator

SELU = 1.6732632423543772, 1.0507009873554805
WIDE = Draw((3, 5), -5, 5, away=(-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0))
ALONE = Draw((), -5, 5, away=(-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0))
EVEN = Draw((2, 4))


def clipped(x: float, low: float = -1.0, high: float = 1.0) -> float:
    return max(low, min(high, x))


def softplus(x: float) -> float:
    return math.log(1 + math.exp(x))


def elu(x: float, alpha: float) -> float:
    return x if x > 0 else alpha * (math.exp(x) - 1)


# Formulas of one number that bend somewhere, with further arguments to try.
BENT: dict[str, tuple[Callable[..., float], list[Any]]] = {
    "hardtanh": (clipped, [(-2.0, 0.5), (0, 3)]),
    "relu6": (lambda x: clipped(x, 0, 6), []),
    "hardsigmoid": (lambda x: clipped(x / 6 + 0.5, 0, 1), []),
    "hardswish": (lambda x: x * clipped(x / 6 + 0.5, 0, 1), []),
    "hardshrink": (lambda x, b=0.5: x if abs(x) > b else 0.0, [(1.0,)]),
    "softshrink": (
        lambda x, b=0.5: math.copysign(max(abs(x) - b, 0.0), x), [(1.0,), (0.0,)],
    ),
    "selu": (lambda x: SELU[1] * elu(x, SELU[0]), []),
    "celu": (lambda x, a=1.0: x if x > 0 else a * (math.exp(x / a) - 1), [(2.0,)]),
    "softsign": (lambda x: x / (1 + abs(x)), []),
}  # fmt: skip

SMOOTH: dict[str, Callable[..., float]] = {
    "tanhshrink": lambda x: x - math.tanh(x),
    "log_sigmoid": lambda x: -softplus(-x),
    "mish": lambda x: x * math.tanh(softplus(x)),
    "squareplus": lambda x: (x + math.sqrt(x * x + 4)) / 2,
}


def halves(name: str) -> Callable[..., Any]:
    def reference(x: Any, axis: int = -1) -> Any:
        a, b = np.split(x, 2, axis)
        return a * getattr(references, name)(b)

    return reference


def prelu(x: Any, slope: Any) -> Any:
    y = np.array(x, np.result_type(x, slope))
    for i in np.ndindex(x.shape):
        a = slope.item() if slope.size == 1 else slope[i[1]]
        y[i] = x[i] if x[i] > 0 else a * x[i]
    return y


def maxout(x: Any, pieces: int, axis: int = -1) -> Any:
    groups = [
        x.take(range(i, i + pieces), axis).max(axis)
        for i in range(0, x.shape[axis], pieces)
    ]
    return np.stack(groups, axis)


def softmin(x: Any, axis: int = -1) -> Any:
    return references.softmax(-x, axis)


def seeded(name: str) -> Callable[..., Any]:
    def function(*args: Any, **kwargs: Any) -> Any:
        ondol.seed(3)
        return getattr(F, name)(*args, **kwargs)

    return function


def drawn(shape: tuple[int, ...], dtype: Any) -> Any:
    ondol.seed(3)
    return generator.uniform(shape, dtype)


def rrelu(x: Any, low: float = 1 / 8, high: float = 1 / 3) -> Any:
    dtype = x.dtype if x.dtype.kind == "f" else float
    u = drawn(x.shape, dtype)
    return np.where(x > 0, x, x * (low + (high - low) * u))


def gumbel_softmax(
    x: Any, temperature: float = 1.0, hard: bool = False, axis: int = -1
) -> Any:
    dtype = x.dtype if x.dtype.kind == "f" else float
    noise = -np.log(-np.log(drawn(x.shape, float))).astype(dtype)
    y = references.softmax((x + noise) / temperature, axis)
    return (y == y.max(axis, keepdims=True)).astype(dtype) if hard else y


def predicted_rrelu(*args: Any) -> Any:
    with test_mode():
        return F.rrelu(*args)


def empty_or(reference):
    """NumPy has no largest element of nothing."""
    return lambda x, *args, **kwargs: (
        reference(x, *args, **kwargs) if x.size else x * 1.0
    )


def rows() -> Iterator[Case]:
    for name in ("sigmoid", "softplus", "silu", "gelu"):
        yield unary(name, reference=getattr(references, name))
    for name, formula in SMOOTH.items():
        yield unary(name, reference=elementwise(formula))
    for name, (formula, settings) in BENT.items():
        calls = Call(WIDE), Call(ALONE), Call(EMPTY)
        more = (Call(WIDE, *setting) for setting in settings)
        yield Case(name, (*calls, *more), elementwise(formula))
    yield unary("relu", away=(0.0,), reference=references.relu)
    kinked = Draw((2, 3), away=(0.0,))
    leaks = Call(kinked), Call(kinked, 0.1), Call(kinked, slope=0.0), Call(POINT)
    yield Case("leaky_relu", leaks, references.leaky_relu)
    bends = Call(kinked), Call(kinked, 0.5), Call(kinked, alpha=2.0), Call(EMPTY)
    yield Case("elu", bends, references.elu)
    jumps = Call(WIDE, 1.0, -2.0), Call(ALONE, 0.5, 0.0), Call(EMPTY, 0, 20)
    yield Case("threshold", jumps, elementwise(lambda x, t, v: x if x > t else v))
    images = Draw((2, 3, 2), away=(0.0,))
    yield Case("prelu", (
        Call(kinked, Draw((3,))), Call(images, Draw((3,))), Call(images, POINT),
        Call(images, Draw((1,))), Call(EMPTY, Draw((3,))),
    ), prelu)  # fmt: skip
    random = Call(kinked), Call(kinked, 0.1, 0.9), Call(EMPTY), Call(POINT)
    yield Case("rrelu", random, rrelu, seeded("rrelu"))
    forms = Call(MATRIX), Call(CUBE, 1), Call(CUBE, axis=(0, 2)), Call(EMPTY)
    for name in ("softmax", "log_softmax"):
        yield Case(
            name, (*forms, Call(Draw((2, 0)))), empty_or(getattr(references, name))
        )
    yield Case("softmin", forms, softmin)
    cuts = Call(EVEN), Call(Draw((4, 3)), 0), Call(CUBE, axis=-3), Call(Draw((0, 2)))
    gates = {"glu": "sigmoid", "reglu": "relu", "geglu": "gelu", "swiglu": "silu"}
    for name, gate in gates.items():
        yield Case(name, cuts, halves(gate))
    groups = Call(EVEN, 2), Call(EVEN, 4), Call(CUBE, 3, axis=1), Call(EMPTY, 1)
    yield Case("maxout", groups, maxout)
    choices = Call(MATRIX), Call(CUBE, 0.5, axis=1), Call(EMPTY)
    yield Case("gumbel_softmax", choices, gumbel_softmax, seeded("gumbel_softmax"))
