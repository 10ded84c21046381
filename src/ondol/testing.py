"""Proof of derivatives: compare them with differences of the function itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .core import GradientError, Variable, as_variable
from .core.graph import as_operand, data_of

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
        f: takes as many arguments as there are `xs`; returns a Variable or several.
        xs: arrays, numbers or Variables. Real ones are differentiated, in float64;
            integers and truth values are passed on as they are.
        order: 1 for gradients, 2 for gradients of gradients, and so on.
        eps: the step of the differences.
        rtol: the largest difference allowed, in proportion to the value.
        atol: the largest difference allowed at zero.
        seed: of the random weights.

    Raises:
        GradientError: an element differs. The message gives the worst one: which
            argument, where, expected, got, and their ratio.
    """
    values = [np.array(data_of(as_operand(x))) for x in xs]
    values = [x.astype(np.float64) if x.dtype.kind == "f" else x for x in values]
    rng = np.random.default_rng(seed)
    for level in range(1, order + 1):
        scalar = _projected(f, rng)
        _check_level(scalar, values, level, eps, rtol, atol)
        f = _gradient(scalar)


def numerical_gradient(
    f: Callable[..., Any], xs: list[np.ndarray], i: int, eps: float = 1e-5
) -> np.ndarray:
    """The gradient of a number ``f(*xs)`` by argument i, by central differences.

    ``(f(x + eps) - f(x - eps)) / (2 * eps)`` for each element (book step 4).
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


def _projected(f: Callable[..., Any], rng: np.random.Generator) -> Scalar:
    """`f` with its outputs folded into one number, with weights drawn once."""
    weights: list[np.ndarray] = []

    def scalar(*xs: Any) -> Variable:
        ys = f(*xs)
        ys = [as_variable(y) for y in (ys if isinstance(ys, tuple | list) else [ys])]
        while len(weights) < len(ys):
            weights.append(rng.uniform(0.5, 1.5, ys[len(weights)].shape))
        parts = [np.sum(y * w) for y, w in zip(ys, weights, strict=True)]
        return sum(parts, Variable(np.array(0.0)))

    return scalar


def _gradient(scalar: Scalar) -> Callable[..., tuple[Any, ...]]:
    """The gradients of `scalar`, as a function that can be differentiated again."""

    def gradient(*xs: Any) -> tuple[Any, ...]:
        operands = _leaves(xs)
        scalar(*operands).backward(create_graph=True)
        leaves = [x for x in operands if isinstance(x, Variable)]
        grads = tuple(x.grad for x in leaves if x.grad is not None)
        for x in leaves:
            x.cleargrad()
        return grads

    return gradient


def _leaves(xs: Any) -> list[Any]:
    """The real arguments as Variables, the others as they are."""
    return [
        x if isinstance(x, Variable) or x.dtype.kind != "f" else Variable(x) for x in xs
    ]


def _check_level(
    scalar: Scalar,
    values: list[np.ndarray],
    level: int,
    eps: float,
    rtol: float,
    atol: float,
) -> None:
    """Compare the gradient of `scalar` by every real argument with differences."""
    leaves = _leaves(values)
    y = scalar(*leaves)
    if y.creator is not None:
        y.backward()
    for i, leaf in enumerate(leaves):
        if not isinstance(leaf, Variable):
            continue
        got = np.zeros(leaf.shape) if leaf.grad is None else leaf.grad.data
        expected = numerical_gradient(scalar, values, i, eps)
        _compare(got, expected, i, level, rtol, atol)


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
    raise GradientError(
        f"the derivative of order {level} by argument {i} is wrong, worst at {at}: "
        f"expected {e:.10g}, got {g:.10g}, ratio {g / e if e else np.inf:.6g}; "
        f"{int((excess > 1).sum())} of {excess.size} elements are off"
    )
