"""More functions of single elements, whose gradients need care at their edges.

Those that take a number apart, sums of exponentials, an angle, and sinc.
"""

from __future__ import annotations

from math import factorial, perm
from typing import Any

import numpy as np

from ..arrays import primitive
from .compare import nothing
from .register import rule

__all__ = [
    "arctan2",
    "copysign",
    "frexp",
    "ldexp",
    "logaddexp",
    "logaddexp2",
    "modf",
    "nan_to_num",
    "nextafter",
    "sinc",
    "spacing",
]


def _grad_copysign(g: Any, y: Any, a: Any, b: Any) -> Any:
    """For the magnitude: 1 or -1, and at 0 as the kink of |a| has it, 0."""
    slope = g * np.sign(a)
    return np.where(np.signbit(b), -slope, slope)


copysign = rule(np.copysign, _grad_copysign, nothing)
nextafter = rule(np.nextafter, lambda g, y, a, b: g, nothing)
spacing = rule(np.spacing, nothing)
modf = rule(np.modf, lambda g, y, x: g[0])
frexp = rule(np.frexp, lambda g, y, x: np.ldexp(g[0], -y[1]))
ldexp = rule(np.ldexp, lambda g, y, x1, x2: np.ldexp(g, x2), None)
nan_to_num = rule(
    np.nan_to_num,
    lambda g, y, x, *, nan=0.0, posinf=None, neginf=None: np.where(
        np.isfinite(x), g, 0
    ),
)


def apart(a: Any, b: Any) -> Any:
    """``a - b``; of the same infinity 0, so that both get half the gradient."""
    same = np.isinf(a) & (a == b)
    return np.where(same, 0, a) - np.where(same, 0, b)


# The share of exp(a) in exp(a) + exp(b); by exp(a - y) it would be lost at infinity.
logaddexp = rule(
    np.logaddexp,
    lambda g, y, a, b: g * np.exp(-np.logaddexp(0, apart(b, a))),
    lambda g, y, a, b: g * np.exp(-np.logaddexp(0, apart(a, b))),
)
logaddexp2 = rule(
    np.logaddexp2,
    lambda g, y, a, b: g * np.exp2(-np.logaddexp2(0, apart(b, a))),
    lambda g, y, a, b: g * np.exp2(-np.logaddexp2(0, apart(a, b))),
)


def _inverted(a: Any, b: Any) -> Any:
    """``a / (a * a + b * b)``, where the squares may overflow; 0 at the origin."""
    size = np.hypot(a, b)
    size = np.where(size == 0, 1, size)
    return a / size / size


arctan2 = rule(
    np.arctan2,
    lambda g, y, a, b: g * _inverted(b, a),
    lambda g, y, a, b: -g * _inverted(a, b),
)


@primitive
def _sinc_derivative(x: Any, n: int) -> Any:
    """The nth derivative of ``sinc(x) = sin(pi x) / (pi x)``.

    Away from 0 by the product rule on ``x sinc(x)``, step by step; near 0, where that
    would divide small differences by `x`, by the power series, whose terms are below
    the rounding error from the 16th on.
    """
    far = np.where(np.abs(x) < 1, 1, x)
    y = np.sinc(far)
    for k in range(1, n + 1):
        y = (np.pi ** (k - 1) * np.sin(np.pi * far + k * np.pi / 2) - k * y) / far
    near = np.where(np.abs(x) < 1, x, 0)
    series = sum(
        (-1) ** k * np.pi ** (2 * k) / factorial(2 * k + 1) * perm(2 * k, n)
        * near ** (2 * k - n)
        for k in range((n + 1) // 2, n + 16)
    )  # fmt: skip
    return np.where(np.abs(x) < 1, series, y)


rule(_sinc_derivative, lambda g, y, x, n: g * _sinc_derivative(x, n + 1))
sinc = rule(np.sinc, lambda g, y, x: g * _sinc_derivative(x, 1))
