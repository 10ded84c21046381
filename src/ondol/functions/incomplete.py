"""The incomplete gamma and beta functions and their derivatives, by quadrature.

With ``s = log(t)`` the gamma density becomes ``exp(a * s - exp(s))``, smooth and with
one peak; with ``s = log(t / (1 - t))`` so does the beta density. From `x` away from the
peak it falls off ever faster, so few steps of the double exponential formula for half a
line give all digits (Takahasi, Mori, "Double exponential formulas for numerical
integration", 1974). Weights of powers of ``log(t)``, of which the derivatives by `a`
are made, cost nothing more.
"""

from __future__ import annotations

from math import comb, pi
from typing import Any

import numpy as np

from .special_values import (
    betaln,
    digamma,
    gammaln,
    numeric,
    polygamma,
    stirling_rest,
    xlog1py,
    xlogy,
)

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
    limits, end = np.finfo(x.dtype), x == 0
    a, x = np.clip(a, 1e-30, limits.max / 4), np.clip(x, limits.tiny, limits.max / 4)
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
        # Neither form keeps its digits on both sides: t is large where `a` is small.
        fall = np.where(
            x < 1, x * np.expm1(t) - a * t, x * (np.expm1(t) - t) - (a - x) * t
        )
        density = weight * np.exp(-fall)
        part = part + (density * (center + t) ** k if k else density)
    part = np.where(end, 0, part * length * np.exp(_log_density(a, x)))
    y = np.where(below != bool(upper), part, _total(k, a) - part)
    return np.where(wrong, np.nan, y if k else np.clip(y, 0, 1))


def _log_density(a: Any, x: Any) -> Any:
    """``log(x**a * exp(-x) / gamma(a))``; for large `a` by Stirling's formula."""
    large = np.maximum(a, 10)
    excess = (x - large) / large
    log_ratio = _log1p(excess, x / large)
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


@numeric
def beta_moment(j: int, k: int, upper: int, a: Any, b: Any, x: Any) -> Any:
    """The integral of powers of two logarithms times the beta density.

    Args:
        j: the power of ``log(t)`` less its mean.
        k: the power of ``log(1 - t)`` less its mean.
        upper: integrate from `x` on instead of up to `x`.
        a: of the density.
        b: of the density.
        x: where the integral ends or begins.
    """
    wrong = (a < 0) | (b < 0) | (x < 0) | (x > 1) | np.isnan(a + b + x)
    limits, ends = np.finfo(x.dtype), (x == 0) | (x == 1)
    a, b = np.maximum(a, 1e-30), np.maximum(b, 1e-30)
    x = np.clip(x, limits.tiny, 1 - limits.epsneg)
    n = a + b
    # The side on which the density falls off: near an end that of the end.
    large = np.maximum(n, 4)
    left = np.where(large * (1 - x) < 1, False, (large * x < 1) | (n * x < a))
    y, rest, rate = (
        np.where(left, one, other) for one, other in ((x, 1 - x), (1 - x, x), (a, b))
    )
    slope = np.abs(a - n * x) + np.sqrt(n * x * (1 - x))
    length = 1 / np.where((large * y < 1) | (n < 4), rate, slope)
    log_t, log_u = np.log(x) - digamma(a), np.log1p(-x) - digamma(b)
    log_t, log_u = log_t + digamma(n), log_u + digamma(n)
    part = 0 * log_t
    for point, weight in _NODES:
        v = point * length
        step = y * np.expm1(-v)
        q = np.where(step > -0.5, np.log1p(step), np.log(rest + y * np.exp(-v)))
        density = weight * np.exp(-rate * v - n * q)
        if j:
            density = density * (log_t - q - np.where(left, v, 0)) ** j
        if k:
            density = density * (log_u - q - np.where(left, 0, v)) ** k
        part = part + density
    part = np.where(ends, 0, part * length * np.exp(_log_beta_density(a, b, x)))
    y = np.where(left != bool(upper), part, _beta_total(j, k, a, b) - part)
    return np.where(wrong, np.nan, y)


def _log_beta_density(a: Any, b: Any, x: Any) -> Any:
    """``log(x**a * (1 - x)**b / beta(a, b))``; for large `a`, `b` by Stirling."""
    near = xlogy(a, x) + xlog1py(b, -x) - betaln(a, b)
    large, other = np.maximum(a, 10), np.maximum(b, 10)
    n = large + other
    excess = n * x - large
    far = large * _log1p(excess / large, n * x / large)
    far = far + other * _log1p(-excess / other, n * (1 - x) / other)
    far = far + np.log(large / (2 * pi) * (other / n)) / 2 + stirling_rest(n)
    far = far - stirling_rest(large) - stirling_rest(other)
    return np.where((a < 10) | (b < 10), near, far)


def _log1p(excess: Any, whole: Any) -> Any:
    """The logarithm of `whole`, which is ``1 + excess``."""
    return np.where(np.abs(excess) < 0.5, np.log1p(excess), np.log(whole))


def _beta_total(j: int, k: int, a: Any, b: Any) -> Any:
    """The integral over all `t`: a joint moment, from the joint cumulants."""
    if j + k < 2:
        return 1.0 - j - k
    if not j:
        return _beta_total(k, j, b, a)
    total = 0.0
    for p in range(1, j + 1):
        for q in range(k + 1):
            if p + q > 1:
                ways = comb(j - 1, p - 1) * comb(k, q)
                others = _beta_total(j - p, k - q, a, b)
                total = total + ways * _cumulant(p, q, a, b) * others
    return total


def _cumulant(p: int, q: int, a: Any, b: Any) -> Any:
    """The joint cumulant of ``log(t)``, `p` times, and ``log(1 - t)``, `q` times."""
    y = -polygamma(p + q - 1, a + b)
    y = y if q else y + polygamma(p - 1, a)
    return y if p else y + polygamma(q - 1, b)
