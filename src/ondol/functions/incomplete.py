"""The incomplete gamma function and its derivatives by both arguments, by quadrature.

With ``s = log(t)`` the gamma density becomes ``exp(a * s - exp(s))``, smooth and with
one peak. From `x` away from the peak it falls off ever faster, so few steps of the
double exponential formula for half a line give all digits (Takahasi, Mori, "Double
exponential formulas for numerical integration", 1974). No case is special, and the
weights ``log(t)**k``, of which the derivatives by `a` are made, cost nothing more.
"""

from __future__ import annotations

from math import comb, pi
from typing import Any

import numpy as np

from .special_values import digamma, gammaln, numeric, polygamma, stirling_rest

_STEP = 1 / 12
_GRID = np.arange(-3.7, 4.5, _STEP)
_POINTS = np.exp(_GRID - np.exp(-_GRID))
_WEIGHTS = _STEP * (1 + np.exp(-_GRID)) * _POINTS
_NODES = [*zip(_POINTS.tolist(), _WEIGHTS.tolist(), strict=True)]


@numeric
def gamma_moment(k: int, upper: int, a: Any, x: Any) -> Any:
    """The integral of ``(log(t) - digamma(a))**k`` times the gamma density.

    Args:
        k: the power, a whole number.
        upper: integrate from `x` on instead of up to `x`.
        a: the shape of the density.
        x: where the integral ends or begins.
    """
    wrong = (a < 0) | (x < 0) | np.isnan(a) | np.isnan(x)
    limits = np.finfo(x.dtype)
    a, x = np.maximum(a, 1e-30), np.clip(x, limits.tiny, limits.max / 4)
    below = (x < a) | (x < 1)  # the side on which the density falls off from x
    length = np.where(
        below,
        1 / np.where(x < 1, a, np.abs(a - x) + np.sqrt(x)),
        np.log1p(1 / (np.abs(x - a) + np.sqrt(x))),
    )
    sign, center = np.where(below, -1, 1) * length, np.log(x) - digamma(a)
    part = 0 * center
    for point, weight in _NODES:
        t = point * sign
        density = weight * np.exp((a - x) * t - x * (np.expm1(t) - t))
        part = part + (density * (center + t) ** k if k else density)
    part = part * length * np.exp(_log_density(a, x))
    y = np.where(below != bool(upper), part, _total(k, a) - part)
    return np.where(wrong, np.nan, y)


def _log_density(a: Any, x: Any) -> Any:
    """``log(x**a * exp(-x) / gamma(a))``; for large `a` by Stirling's formula."""
    large = np.maximum(a, 10)
    excess = (x - large) / large
    log_ratio = np.where(np.abs(excess) < 0.5, np.log1p(excess), np.log(x / large))
    far = -large * (excess - log_ratio) + np.log(large / (2 * pi)) / 2
    near = a * np.log(x) - x - gammaln(a)
    return np.where(a < 10, near, far - stirling_rest(large))


def _total(k: int, a: Any) -> Any:
    """The integral over all `t`: moment `k` from its cumulants, the polygammas."""
    moments = [1.0, 0.0]
    for n in range(1, k):
        terms = (comb(n, j) * moments[n - j] * polygamma(j, a) for j in range(1, n + 1))
        moments.append(sum(terms))
    return moments[k]
