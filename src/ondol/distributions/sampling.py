"""Samples that take more than a formula, drawn from ``ondol.random.generator``.

They are made on the host in float64 whatever the parameters are, so that the same seed
gives the same draws on every device.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..functions.incomplete import gamma_moment
from ..functions.register import differentiable
from ..functions.special_values import gammaln, xlogy
from ..random import generator


def uniform(size: int) -> np.ndarray:
    """Numbers from (0, 1] in float64."""
    return 1 - generator.uniform((size,), np.float64)


def on_host(x: Any) -> np.ndarray:
    """A copy in main memory, in float64."""
    return np.array(x.get() if hasattr(x, "get") else x, np.float64)


def draw_gamma(shape: tuple[int, ...], a: Any) -> Any:
    """Draws from the gamma distribution of rate 1, where `a` is.

    By rejection (Marsaglia, Tsang, "A simple method for generating gamma variables",
    ACM TOMS 26, 2000), which needs shapes of 1 or more: a smaller `a` is raised by 1
    and the draw multiplied by ``u ** (1 / a)``.
    """
    shapes = np.broadcast_to(on_host(a), shape).ravel()
    d = np.where(shapes < 1, shapes + 1, shapes) - 1 / 3
    y, todo = np.empty(d.size), np.arange(d.size)
    while todo.size:
        rest = d[todo]
        x = generator.normal((todo.size,), np.float64)
        v = np.maximum(1 + x / np.sqrt(9 * rest), 0) ** 3
        bound = x * x / 2 + rest * (1 - v + np.log(np.where(v > 0, v, 1)))
        accepted = (v > 0) & (np.log(uniform(todo.size)) < bound)
        y[todo[accepted]] = (rest * v)[accepted]
        todo = todo[~accepted]
    with np.errstate(under="ignore"):
        y = y * np.where(shapes < 1, uniform(d.size) ** (1 / shapes), 1)
    y = np.maximum(y.reshape(shape), np.finfo(a.dtype).tiny)  # its logarithm is finite
    return np.asarray(y.astype(a.dtype), like=a)


def _slope(a: Any, y: Any) -> Any:
    """How a draw moves with its shape: implicitly, as its cdf stays where it is."""
    density = np.exp(xlogy(a - 1, y) - y - gammaln(a))
    return -gamma_moment(1, 0, a, y) / density


@differentiable(lambda g, y, a, drawn: g * _slope(a, y), None)
def gamma_sample(a: Any, drawn: Any) -> Any:
    """What was drawn from the gamma distribution, as a function of its shape.

    Its derivative is ``-(dF/da) / (dF/dy)`` of the distribution function F (Figurnov,
    Mohamed, Mnih, "Implicit reparameterization gradients", 2018).
    """
    return drawn + 0 * a


def draw_poisson(rate: np.ndarray) -> np.ndarray:
    """Draws from the Poisson distribution; `rate` and they are flat, float64."""
    y = np.empty(rate.size)
    large = rate >= 10
    y[~large] = _poisson_by_counting(rate[~large])
    y[large] = _poisson_by_rejection(rate[large])
    return y


def _poisson_by_counting(rate: np.ndarray) -> np.ndarray:
    """The number of terms of the distribution function that a uniform number passes."""
    u, term = 1 - uniform(rate.size), np.exp(-rate)
    y, total = np.zeros(rate.size), np.exp(-rate)
    for k in range(1, 60):  # of a rate below 10 the rest is less than 1e-25
        y += u >= total
        term = term * rate / k
        total = total + term
    return y


def _poisson_by_rejection(rate: np.ndarray) -> np.ndarray:
    """Algorithm PTRS for a rate of 10 or more.

    W. Hörmann, "The transformed rejection method for generating Poisson random
    variables", Insurance: Mathematics and Economics 12, 1993.
    """
    b = 0.931 + 2.53 * np.sqrt(rate)
    a = -0.059 + 0.02483 * b
    y, todo = np.empty(rate.size), np.arange(rate.size)
    while todo.size:
        r, a1, b1 = rate[todo], a[todo], b[todo]
        u, v = uniform(todo.size) - 0.5, uniform(todo.size)
        us = 0.5 - np.abs(u)
        us = np.where(us > 0, us, np.finfo(float).tiny)
        k = np.floor((2 * a1 / us + b1) * u + r + 0.43)
        scale = np.log(v * (1.1239 + 1.1328 / (b1 - 3.4)) / (a1 / (us * us) + b1))
        fits = scale <= k * np.log(r) - r - gammaln(np.maximum(k, 0) + 1)
        quick = (us >= 0.07) & (v <= 0.9277 - 3.6224 / (b1 - 2))
        accepted = quick | (fits & (k >= 0) & ((us >= 0.013) | (v <= us)))
        y[todo[accepted]] = k[accepted]
        todo = todo[~accepted]
    return y
