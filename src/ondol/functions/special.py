"""Special functions: SciPy's names and meaning, with derivatives of any order.

They are computed by `special_values` and `incomplete`; here are their gradients. A rule
reads ``lambda g, y, *arguments``. The derivatives are those of the "Digital Library of
Mathematical Functions" (DLMF), chapters 5, 7, 8 and 10.
"""

from __future__ import annotations

from math import log, pi, sqrt
from operator import index
from typing import Any

import numpy as np

from ..core.graph import Variable, apply, lift
from ..errors import ArgumentError, tell
from . import special_values as values
from .incomplete import beta_moment, gamma_moment
from .math import exp
from .register import composite, rule

__all__ = [
    "beta",
    "betainc",
    "betaln",
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfcinv",
    "erfcx",
    "erfinv",
    "gamma",
    "gammainc",
    "gammaincc",
    "gammaln",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "log_ndtr",
    "logit",
    "multigammaln",
    "ndtr",
    "ndtri",
    "polygamma",
    "rel_entr",
    "xlog1py",
    "xlogy",
]

_SQRT_PI, _SQRT_2PI = sqrt(pi), values.SQRT_2PI

# -- the error function and the normal distribution -----------------------------------

erf = rule(values.erf, lambda g, y, x: g * np.exp(-x * x) * (2 / _SQRT_PI))
erfc = rule(values.erfc, lambda g, y, x: g * np.exp(-x * x) * (-2 / _SQRT_PI))
erfcx = rule(values.erfcx, lambda g, y, x: g * (2 * x * y - 2 / _SQRT_PI))
erfinv = rule(values.erfinv, lambda g, y, x: g * np.exp(y * y) * (_SQRT_PI / 2))
erfcinv = rule(values.erfcinv, lambda g, y, x: g * np.exp(y * y) * (-_SQRT_PI / 2))
ndtr = rule(values.ndtr, lambda g, y, x: g * np.exp(-0.5 * x * x) / _SQRT_2PI)
ndtri = rule(values.ndtri, lambda g, y, p: g * np.exp(0.5 * y * y) * _SQRT_2PI)


def _log_ndtr_slope(x: Any) -> Any:
    """The density over the distribution function, which may both underflow."""
    left, right = np.minimum(x, 0), np.maximum(x, 0)
    far = sqrt(2 / pi) / values.erfcx(-left * sqrt(0.5))
    near = np.exp(-0.5 * right * right) / (_SQRT_2PI * values.ndtr(right))
    return np.where(x > 0, near, far)


log_ndtr = rule(values.log_ndtr, lambda g, y, x: g * _log_ndtr_slope(x))

# -- the gamma function and its relatives ---------------------------------------------

gammaln = rule(values.gammaln, lambda g, y, x: g * values.digamma(x))
gamma = rule(values.gamma, lambda g, y, x: g * y * values.digamma(x))
digamma = rule(values.digamma, lambda g, y, x: g * values.polygamma(1, x))
polygamma = rule(
    values.polygamma, None, lambda g, y, n, x: g * values.polygamma(index(n) + 1, x)
)
betaln = rule(
    values.betaln,
    lambda g, y, a, b: g * (values.digamma(a) - values.digamma(a + b)),
    lambda g, y, a, b: g * (values.digamma(b) - values.digamma(a + b)),
)


def beta(a: Any, b: Any) -> Variable:
    """The beta function of positive numbers, ``gamma(a) * gamma(b) / gamma(a + b)``."""
    return exp(betaln(a, b))


def multigammaln(a: Any, d: int) -> Variable:
    """The logarithm of the multivariate gamma function of `d` dimensions.

    Args:
        a: any shape, larger than ``(d - 1) / 2``; elsewhere it is no number to use.
        d: a whole number from 1 on.

    Raises:
        ArgumentError: `d` is none.
    """
    if not isinstance(d, int) or d < 1:
        raise tell(ArgumentError, "multigammaln-dimensions", got=d)
    a = lift(a) if hasattr(a, "dtype") else a
    total = gammaln(a) + d * (d - 1) / 4 * log(pi)
    for j in range(1, d):
        total = total + gammaln(a - j / 2)
    return total


def _by_shape(g: Any, y: Any, k: int, upper: int, a: Any, x: Any) -> Any:
    slope = gamma_moment(k + 1, upper, a, x)
    if k:
        lower = gamma_moment(k - 1, upper, a, x)
        slope = slope - k * values.polygamma(1, a) * lower
    return g * slope


def _by_end(g: Any, y: Any, k: int, upper: int, a: Any, x: Any) -> Any:
    density = np.exp(values.xlogy(a - 1, x) - x - values.gammaln(a))
    if k:
        density = density * (np.log(x) - values.digamma(a)) ** k
    return -g * density if upper else g * density


_moment = rule(gamma_moment, None, None, _by_shape, _by_end)


def gammainc(a: Any, x: Any) -> Variable:
    """The regularised lower incomplete gamma function: the gamma distribution's cdf.

    Args:
        a: the shape, positive.
        x: 0 or larger; the two broadcast.

    Returns:
        Numbers from 0 to 1, right to 12 digits in float64 (to 9 where `a` is below
        0.001), and to 5 in float32; NaN where an argument is negative. Both arguments
        get gradients.
    """
    return _moment(0, 0, a, x)


def gammaincc(a: Any, x: Any) -> Variable:
    """``1 - gammainc(a, x)``, exact where it is small.

    Args:
        a: the shape, positive.
        x: 0 or larger; the two broadcast.

    Returns:
        As of gammainc. Below ``x = 1`` it is a difference from 1.
    """
    return _moment(0, 1, a, x)


def _beta_by_a(
    g: Any, y: Any, j: int, k: int, upper: int, a: Any, b: Any, x: Any
) -> Any:
    slope = beta_moment(j + 1, k, upper, a, b, x)
    shared = values.polygamma(1, a + b) if j or k else 0
    if j:
        mean = values.polygamma(1, a) - shared
        slope = slope - j * mean * beta_moment(j - 1, k, upper, a, b, x)
    if k:
        slope = slope + k * shared * beta_moment(j, k - 1, upper, a, b, x)
    return g * slope


def _beta_by_b(
    g: Any, y: Any, j: int, k: int, upper: int, a: Any, b: Any, x: Any
) -> Any:
    slope = beta_moment(j, k + 1, upper, a, b, x)
    shared = values.polygamma(1, a + b) if j or k else 0
    if k:
        mean = values.polygamma(1, b) - shared
        slope = slope - k * mean * beta_moment(j, k - 1, upper, a, b, x)
    if j:
        slope = slope + j * shared * beta_moment(j - 1, k, upper, a, b, x)
    return g * slope


def _beta_by_end(
    g: Any, y: Any, j: int, k: int, upper: int, a: Any, b: Any, x: Any
) -> Any:
    density = values.xlogy(a - 1, x) + values.xlog1py(b - 1, -x)
    density = np.exp(density - values.betaln(a, b))
    mean = values.digamma(a + b) if j or k else 0
    if j:
        density = density * (np.log(x) - values.digamma(a) + mean) ** j
    if k:
        density = density * (np.log1p(-x) - values.digamma(b) + mean) ** k
    return -g * density if upper else g * density


_beta_moment = rule(beta_moment, None, None, None, _beta_by_a, _beta_by_b, _beta_by_end)


def betainc(a: Any, b: Any, x: Any) -> Variable:
    """The regularised incomplete beta function: the beta distribution's cdf.

    Args:
        a: positive.
        b: positive.
        x: from 0 to 1; the three broadcast.

    Returns:
        Numbers from 0 to 1, within 1e-12 in float64 and 2e-4 in float32; NaN where
        `a` or `b` is negative or `x` outside. All arguments get gradients.
    """
    return _beta_moment(0, 0, 0, a, b, x)


# -- the modified Bessel functions ----------------------------------------------------


def _over(y: Any, x: Any) -> Any:
    """``i1(x) / x``, also at 0."""
    return np.where(x == 0, 0.5, y / np.where(x == 0, 1, x))


rule(np.i0, lambda g, y, x: g * values.i1(x))
i1 = rule(values.i1, lambda g, y, x: g * (np.i0(x) - _over(y, x)))
i0e = rule(values.i0e, lambda g, y, x: g * (values.i1e(x) - np.sign(x) * y))
i1e = rule(
    values.i1e,
    lambda g, y, x: g * (values.i0e(x) - np.sign(x) * y - _over(y, x)),
)


@composite(np.i0)
def i0(x: Any) -> Variable:
    """The modified Bessel function of the first kind of order 0, as ``np.i0``."""
    return apply(np.i0, (lift(x),))  # NumPy's makes NaN of None


# -- logarithms that meet 0 -----------------------------------------------------------


def _log_but(y: Any, nothing: Any) -> Any:
    """``log(y)``, but 0 where there is `nothing` to multiply it with."""
    return np.log(np.where(nothing, 1, y))


def _inverse_but(y: Any, nothing: Any) -> Any:
    return 1 / np.where(nothing, 1, y)


logit = rule(values.logit, lambda g, y, p: g / (p * (1 - p)))
xlogy = rule(
    values.xlogy,
    lambda g, z, x, y: g * _log_but(y, (x == 0) & (y == 0)),
    lambda g, z, x, y: g * x * _inverse_but(y, (x == 0) & (y == 0)),
)
xlog1py = rule(
    values.xlog1py,
    lambda g, z, x, y: g * _log_but(1 + y, (x == 0) & (y == -1)),
    lambda g, z, x, y: g * x * _inverse_but(1 + y, (x == 0) & (y == -1)),
)
entr = rule(
    values.entr,
    lambda g, y, x: g * np.where(x == 0, np.inf, -1 - _log_but(x, x <= 0)),
)
rel_entr = rule(
    values.rel_entr,
    lambda g, z, x, y: (
        g * np.where(x == 0, -np.inf, 1 + _log_but(x, x <= 0) - _log_but(y, y <= 0))
    ),
    lambda g, z, x, y: -g * x * _inverse_but(y, y == 0),
)
