"""Proof of derivatives: compare them with differences of the function itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .core import Variable, as_variable
from .core.graph import as_operand, data_of
from .errors import (
    ArgumentError,
    DtypeError,
    GradientError,
    tell,
)

Scalar = Callable[..., Variable]


def check_grads(
    f: Callable[..., Any],
    *xs: Any,
    order: int = 2,
    eps: float = 1e-5,
    rtol: float = 1e-5,
    atol: float = 1e-6,
    seed: int = 0,
) -> None:
    """Check the derivatives of `f` at `xs`, up to `order`, against central differences.

    All outputs of `f` are folded into one number with random weights, so that one
    backward pass checks every element of every gradient. The next order is checked on
    the gradients in the same way.

    Args:
        f: takes as many arguments as there are `xs`, always Variables for the real
            ones; returns a Variable (or an array) or several. Called many times; it
            has to return the same each time, so a random one sets its seed inside.
        xs: arrays, numbers or Variables. Copies of the real ones are differentiated,
            in float64; anything else (ids, an axis, None) is handed on as it is.
        order: 1 for gradients, 2 for gradients of gradients, and so on.
        eps: the step of the differences.
        rtol: the largest difference allowed, in proportion to the value.
        atol: the largest difference allowed at zero.
        seed: of the random weights.

    Raises:
        GradientError: an element differs, or is not finite. The message gives the
            worst one: which argument (counted from 0), where, expected, got, and their
            ratio. Also if `f` returns something else when it is called again.
        ArgumentError: `order` is below 1, or no argument is real.
        DtypeError: an argument is complex.
    """
    values = [_prepared(x) for x in xs]
    if order < 1 or not any(map(_is_real, values)):
        raise tell(ArgumentError, "check-grads-nothing", xs, order=order)
    rng = np.random.default_rng(seed)
    for level in range(1, order + 1):
        scalar = _projected(f, rng)
        _check_level(scalar, values, level, eps, rtol, atol)
        f = _gradient(scalar)


def numerical_gradient(
    f: Callable[..., Any], xs: Sequence[Any], i: int, eps: float = 1e-5
) -> np.ndarray:
    """The gradient of a number ``f(*xs)`` by argument i, by central differences.

    ``(f(x + eps) - f(x - eps)) / (2 * eps)`` for each element (book step 4).

    Args:
        f: returns one number, as an array or a Variable.
        xs: its arguments; the one at `i` is a float array.
        i: which argument.
        eps: the step.
    """
    gradient = np.zeros_like(xs[i])
    for at in np.ndindex(xs[i].shape):
        ends = []
        for step in (eps, -eps):
            moved = xs[i].copy()
            moved[at] += step
            ends.append(float(data_of(f(*xs[:i], moved, *xs[i + 1 :]))))
        gradient[at] = (ends[0] - ends[1]) / (2 * eps)
    return gradient


def _prepared(x: Any) -> Any:
    """A float64 copy of what is real; anything else as it came, outside any graph."""
    kind = getattr(as_operand(data_of(x)), "dtype", np.dtype(object)).kind
    if kind == "c":
        raise tell(DtypeError, "check-grads-complex", [x])
    if kind == "f":
        return np.array(data_of(x), np.float64)
    return x.detach() if isinstance(x, Variable) else x


def _is_real(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def _leaves(xs: Sequence[Any]) -> list[Any]:
    """The real arrays as new Variables, anything else as it is."""
    return [Variable(x.copy()) if _is_real(x) else x for x in xs]


def _projected(f: Callable[..., Any], rng: np.random.Generator) -> Scalar:
    """`f` with its outputs folded into one number, with weights drawn once."""
    weights: list[np.ndarray] = []

    def scalar(*xs: Any) -> Variable:
        ys = f(*_leaves(xs))
        ys = [as_variable(y) for y in (ys if isinstance(ys, tuple | list) else [ys])]
        while len(weights) < len(ys):
            weights.append(rng.uniform(0.5, 1.5, ys[len(weights)].shape))
        parts = [np.sum(y * w) for y, w in zip(ys, weights, strict=True)]
        return sum(parts, Variable(np.array(0.0)))

    return scalar


def _gradient(scalar: Scalar) -> Callable[..., tuple[Any, ...]]:
    """The gradients of `scalar`, as a function that can be differentiated again."""

    def gradient(*xs: Any) -> tuple[Any, ...]:
        reals = [x for x in xs if isinstance(x, Variable) and x.dtype.kind == "f"]
        scalar(*xs).backward(create_graph=True)
        grads = tuple(x.grad for x in reals if x.grad is not None)
        for x in reals:
            x.cleargrad()
        return grads

    return gradient


def _check_level(
    scalar: Scalar,
    values: list[Any],
    level: int,
    eps: float,
    rtol: float,
    atol: float,
) -> None:
    """Compare the gradient of `scalar` by every real argument with differences."""
    leaves = _leaves(values)
    y = scalar(*leaves)
    _check_repeats(y, scalar(*values))
    if y.creator is not None:
        y.backward()
    for i, leaf in enumerate(leaves):
        if not _is_real(values[i]):
            continue
        got = np.zeros(leaf.shape) if leaf.grad is None else leaf.grad.data
        expected = numerical_gradient(scalar, values, i, eps)
        _compare(got, expected, i, level, rtol, atol)


def _check_repeats(first: Variable, second: Variable) -> None:
    """Refuse a function whose differences would compare unlike things."""
    if not np.allclose(first.data, second.data, 1e-9, 1e-9, equal_nan=True):
        apart = float(abs(first.data - second.data))
        raise tell(GradientError, "check-grads-random", apart=apart)


def _compare(
    got: np.ndarray, expected: np.ndarray, i: int, level: int, rtol: float, atol: float
) -> None:
    """Raise an error that shows the element that is furthest off."""
    excess = np.abs(got - expected) / (atol + rtol * np.abs(expected))
    excess = np.where(np.isfinite(excess), excess, np.inf)
    if not excess.size or excess.max() <= 1:
        return
    worst = np.unravel_index(excess.argmax(), excess.shape)
    at = tuple(int(n) for n in worst)
    e, g = expected[worst], got[worst]
    raise tell(
        GradientError,
        "check-grads-wrong",
        order=level,
        i=i,
        at=at,
        expected=float(e),
        got=float(g),
        ratio=float(g / e) if e else np.inf,
        off=int((excess > 1).sum()),
        size=excess.size,
    )
