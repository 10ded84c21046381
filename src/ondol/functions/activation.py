"""Activations, and the functions that turn scores into probabilities (book step 47)."""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

import numpy as np

from ..core.graph import Variable, as_operand, lift
from ..errors import not_numbers
from .compare import where
from .math import expm1, logaddexp, tanh
from .register import differentiable

__all__ = [
    "elu",
    "erf",
    "gelu",
    "leaky_relu",
    "log_softmax",
    "relu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
]

# The whole numbers below log(largest float), by the size of the float in bytes.
_LARGEST_EXPONENT = {2: 11, 4: 88, 8: 709}


def real(x: Any) -> Any:
    """Integers as real numbers: below 0 an unsigned one would wrap around."""
    x = as_operand(x)
    if x.dtype.kind not in "biufc":
        raise not_numbers(x)
    return x if x.dtype.kind in "fc" else x.astype(np.float64)


@differentiable(lambda g, y, x: g * y * (1 - y))
def sigmoid(x: Any) -> Any:
    """``1 / (1 + exp(-x))``, exact at both ends: nothing overflows or rounds to 0."""
    x = real(x)
    return 1 / (
        1 + np.exp(np.minimum(-x, _LARGEST_EXPONENT.get(x.dtype.itemsize, 709)))
    )


@differentiable(lambda g, y, x: g * (x > 0))
def relu(x: Any) -> Any:
    """``max(x, 0)``; the gradient at 0 is 0."""
    return np.maximum(x, 0)


@differentiable(
    lambda g, y, x, axis=-1: y * (g - np.sum(g * y, axis=axis, keepdims=True))
)
def softmax(x: Any, axis: int = -1) -> Any:
    """``exp(x) / sum(exp(x))`` over `axis`."""
    x = real(x)
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


@differentiable(
    lambda g, y, x, axis=-1: g - np.exp(y) * np.sum(g, axis=axis, keepdims=True)
)
def log_softmax(x: Any, axis: int = -1) -> Any:
    """The logarithm of softmax, exact where softmax itself would be 0."""
    x = real(x)
    x = x - np.max(x, axis=axis, keepdims=True)
    return x - np.log(np.sum(np.exp(x), axis=axis, keepdims=True))


# The error function by the rational approximations of W. J. Cody, "Rational Chebyshev
# approximations for the error function", Math. Comp. 23 (1969); highest power first.
# The numerator near 0 is his less the denominator: of erf(x) / x - 1, which is small.
_ERF_NEAR = (
    (-8.14222293815396847e-1, -2.044016720847355530e1, -1.30160483783394017e2,
     -9.05131288392070259e2, 3.6514075569929885e2),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3,
     2.84423683343917062e3),
)  # fmt: skip
_ERFC_MIDDLE = (
    (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0,
     6.61191906371416295e1, 2.98635138197400131e2, 8.81952221241769090e2,
     1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3),
    (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2,
     1.62138957456669019e3, 3.29079923573345963e3, 4.36261909014324716e3,
     3.43936767414372164e3, 1.23033935480374942e3),
)  # fmt: skip


def _ratio(x: Any, polynomials: tuple[tuple[float, ...], ...]) -> Any:
    """One polynomial over another, by Horner's rule."""
    above, below = (0 * x + part[0] for part in polynomials)
    for a, b in zip(polynomials[0][1:], polynomials[1][1:], strict=True):
        above, below = above * x + a, below * x + b
    return above / below


@differentiable(lambda g, y, x: g * np.exp(-x * x) * (2 / sqrt(pi)))
def erf(x: Any) -> Any:
    """The error function, within 2 units in the last place of float64.

    Beyond 6 it is 1 to the last bit of float64, so the middle formula, whose relative
    error is fixed, serves for all the rest. Its powers overflow float16.
    """
    x = real(x)
    if x.dtype == np.float16:
        return erf(x.astype(np.float32)).astype(np.float16)
    size = np.minimum(np.abs(x), 6)
    near = x + x * _ratio(np.minimum(size, 0.5) ** 2, _ERF_NEAR)
    far = np.sign(x) * (1 - np.exp(-size * size) * _ratio(size, _ERFC_MIDDLE))
    return np.where(size <= 0.5, near, far)


def leaky_relu(x: Any, slope: float = 0.2) -> Variable:
    """`x` where it is positive, ``slope * x`` elsewhere, the gradient at 0 too."""
    x = lift(real(x))
    return where(x > 0, x, x * slope)


def softplus(x: Any) -> Variable:
    """``log(1 + exp(x))``, a smooth relu."""
    return logaddexp(real(x), 0)


def silu(x: Any) -> Variable:
    """``x * sigmoid(x)`` (Elfwing, Uchibe, Doya 2017; also called swish)."""
    x = lift(real(x))
    return x * sigmoid(x)


def elu(x: Any, alpha: float = 1.0) -> Variable:
    """`x` where it is positive, ``alpha * (exp(x) - 1)`` elsewhere (Clevert 2015)."""
    x = lift(real(x))
    return where(x > 0, x, alpha * expm1(where(x > 0, 0, x)))


def gelu(x: Any, approximate: bool = False) -> Variable:
    """`x` times the normal distribution function of x (Hendrycks, Gimpel 2016).

    Args:
        x: any shape.
        approximate: use the paper's tanh formula, within 5e-4 of the exact one.
    """
    x = lift(real(x))
    if approximate:
        return 0.5 * x * (1 + tanh(sqrt(2 / pi) * x * (1 + 0.044715 * (x * x))))
    return 0.5 * x * (1 + erf(x * sqrt(0.5)))
