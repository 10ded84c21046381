"""The gamma distribution and what is made of its draws."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import functions as F
from ..core.graph import Variable, lift
from .distribution import POSITIVE, REAL, Distribution, off_simplex, split_event
from .sampling import draw_gamma, gamma_sample


def standard_gamma(shape: tuple[int, ...], a: Variable) -> Variable:
    """Draws of rate 1, whose gradients reach the concentration `a`."""
    return gamma_sample(a, draw_gamma(shape, a.data))


class Gamma(Distribution):
    """The gamma distribution: ``rate**a * x**(a - 1) * exp(-rate * x) / gamma(a)``.

    Args:
        concentration: `a`, positive.
        rate: positive; one over the scale.
    """

    reparameterized = True

    concentration: Any
    rate: Any

    def __init__(self, concentration: Any, rate: Any = 1.0) -> None:
        super().__init__(concentration=(concentration, POSITIVE), rate=(rate, POSITIVE))

    def _draw(self, shape: tuple[int, ...], *parameters: Any) -> Variable:
        a, rate = parameters
        return standard_gamma(shape, a) / rate

    def _outside(self, x: Any, *parameters: Any) -> Any:
        return (x < 0) | (x == np.inf)

    def _log_prob(self, x: Any, *parameters: Any) -> Variable:
        a, rate = parameters
        return F.xlogy(a - 1, x) + a * F.log(rate) - rate * x - F.gammaln(a)

    def _cdf(self, x: Any, *parameters: Any) -> Variable:
        a, rate = parameters
        return F.gammainc(a, rate * F.maximum(x, 0))

    def _entropy(self, *parameters: Any) -> Variable:
        a, rate = parameters
        return a - F.log(rate) + F.gammaln(a) + (1 - a) * F.digamma(a)

    def _mean(self, *parameters: Any) -> Variable:
        a, rate = parameters
        return a / rate

    def _variance(self, *parameters: Any) -> Variable:
        a, rate = parameters
        return a / F.square(rate)


class Exponential(Distribution):
    """The waiting time for what comes at a constant `rate`, positive."""

    reparameterized = True

    rate: Any

    def __init__(self, rate: Any = 1.0) -> None:
        super().__init__(rate=(rate, POSITIVE))

    def _draw(self, shape: tuple[int, ...], *parameters: Any) -> Variable:
        return lift(-np.log(self._uniform(shape))) / parameters[0]

    def _outside(self, x: Any, *parameters: Any) -> Any:
        return x < 0

    def _log_prob(self, x: Any, *parameters: Any) -> Variable:
        (rate,) = parameters
        return F.log(rate) - rate * x

    def _cdf(self, x: Any, *parameters: Any) -> Variable:
        return -F.expm1(-parameters[0] * F.maximum(x, 0))

    def _icdf(self, p: Any, *parameters: Any) -> Variable:
        return -F.xlog1py(1.0, -p) / parameters[0]

    def _entropy(self, *parameters: Any) -> Variable:
        return 1 - F.log(parameters[0])

    def _mean(self, *parameters: Any) -> Variable:
        return 1 / parameters[0]

    def _variance(self, *parameters: Any) -> Variable:
        return 1 / F.square(parameters[0])


class Beta(Distribution):
    """The beta distribution: ``x**(alpha - 1) * (1 - x)**(beta - 1)``, normalised.

    Args:
        alpha: positive.
        beta: positive.
    """

    reparameterized = True

    alpha: Any
    beta: Any

    def __init__(self, alpha: Any, beta: Any) -> None:
        super().__init__(alpha=(alpha, POSITIVE), beta=(beta, POSITIVE))

    def _draw(self, shape: tuple[int, ...], *parameters: Any) -> Variable:
        one, other = (standard_gamma(shape, a) for a in parameters)
        limits = np.finfo(self.dtype)  # the ends themselves have no finite log_prob
        return F.clip(one / (one + other), limits.tiny, 1 - limits.epsneg)

    def _outside(self, x: Any, *parameters: Any) -> Any:
        return (x < 0) | (x > 1)

    def _inside(self, x: Variable) -> Any:
        return 0.5

    def _log_prob(self, x: Any, *parameters: Any) -> Variable:
        alpha, beta = parameters
        y = F.xlogy(alpha - 1, x) + F.xlog1py(beta - 1, -x)
        return y - F.betaln(alpha, beta)

    def _cdf(self, x: Any, *parameters: Any) -> Variable:
        alpha, beta = parameters
        return F.betainc(alpha, beta, F.clip(x, 0, 1))

    def _entropy(self, *parameters: Any) -> Variable:
        a, b = parameters
        y = F.betaln(a, b) + (a + b - 2) * F.digamma(a + b)
        return y - (a - 1) * F.digamma(a) - (b - 1) * F.digamma(b)

    def _mean(self, *parameters: Any) -> Variable:
        a, b = parameters
        return a / (a + b)

    def _variance(self, *parameters: Any) -> Variable:
        a, b = parameters
        return a * b / (F.square(a + b) * (a + b + 1))


class StudentT(Distribution):
    """Student's distribution: a normal one whose precision is a gamma draw.

    Args:
        df: the degrees of freedom, positive.
        loc: the center.
        scale: positive; not the standard deviation.
    """

    reparameterized = True

    df: Any
    loc: Any
    scale: Any

    def __init__(self, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> None:
        super().__init__(df=(df, POSITIVE), loc=(loc, REAL), scale=(scale, POSITIVE))

    def _draw(self, shape: tuple[int, ...], *parameters: Any) -> Variable:
        df, loc, scale = parameters
        precision = standard_gamma(shape, df / 2) * 2 / df
        return loc + scale * self._normal(shape) / F.sqrt(precision)

    def _log_prob(self, x: Any, *parameters: Any) -> Variable:
        df, loc, scale = parameters
        z = (x - loc) / scale
        tail = (df + 1) / 2 * F.log1p(z * z / df)
        return -tail - F.log(scale) - F.log(df) / 2 - F.betaln(df / 2, 0.5)

    def _cdf(self, x: Any, *parameters: Any) -> Variable:
        """In the middle by the part between -z and z, outside by the tails.

        At 0 itself by the slope, which these formulas lose.
        """
        df, loc, scale = parameters
        z = (x - loc) / scale
        squares = F.where(z.data * z.data > 0, z * z, df)
        near = squares.data < df.data
        inner = F.where(near, squares, 0)
        middle = F.betainc(0.5, df / 2, inner / (df + inner)) / 2
        tail = F.betainc(df / 2, 0.5, df / (df + squares)) / 2
        left = F.where(near, 0.5 - middle, tail)
        y = F.where(z.data < 0, left, 1 - left)
        slope = F.exp(-F.betaln(df / 2, 0.5)) / F.sqrt(df)
        return F.where(z.data * z.data > 0, y, 0.5 + z * slope)

    def _entropy(self, *parameters: Any) -> Variable:
        df, _, scale = parameters
        half = (df + 1) / 2
        y = half * (F.digamma(half) - F.digamma(df / 2)) + F.log(df) / 2
        return y + F.betaln(df / 2, 0.5) + F.log(scale)

    def _mean(self, *parameters: Any) -> Variable:
        df, loc, _ = parameters
        return F.where(df.data > 1, loc, np.nan)

    def _variance(self, *parameters: Any) -> Variable:
        """Infinite up to 2 degrees of freedom, none up to 1."""
        df, _, scale = parameters
        ratio = df / F.where(df.data > 2, df - 2, 1)
        y = F.square(scale) * F.where(df.data > 2, ratio, np.inf)
        return F.where(df.data > 1, y, np.nan)


class Dirichlet(Distribution):
    """Points of the simplex: numbers from 0 to 1 that sum to 1.

    Args:
        concentration: ``(..., n)``, positive; `n` of 2 or more.
    """

    reparameterized = True

    concentration: Any

    def __init__(self, concentration: Any) -> None:
        super().__init__(concentration=(concentration, POSITIVE))

    def _shapes(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        batch, n = split_event("Dirichlet: concentration", self.concentration, 2)
        return batch, (n,)

    def _draw(self, shape: tuple[int, ...], *parameters: Any) -> Variable:
        y = standard_gamma((*shape, *self.event_shape), parameters[0])
        return y / F.sum(y, axis=-1, keepdims=True)

    def _outside(self, x: Any, *parameters: Any) -> Any:
        return off_simplex(x)

    def _inside(self, x: Variable) -> Any:
        return 1 / x.shape[-1]

    def _log_prob(self, x: Any, *parameters: Any) -> Variable:
        (a,) = parameters
        return F.sum(F.xlogy(a - 1, x), axis=-1) - log_beta(a)

    def _entropy(self, *parameters: Any) -> Variable:
        (a,) = parameters
        total = F.sum(a, axis=-1)
        y = log_beta(a) + (total - a.shape[-1]) * F.digamma(total)
        return y - F.sum((a - 1) * F.digamma(a), axis=-1)

    def _mean(self, *parameters: Any) -> Variable:
        (a,) = parameters
        return a / F.sum(a, axis=-1, keepdims=True)

    def _variance(self, *parameters: Any) -> Variable:
        total = F.sum(parameters[0], axis=-1, keepdims=True)
        mean = parameters[0] / total
        return mean * (1 - mean) / (total + 1)


def log_beta(a: Variable) -> Variable:
    """The logarithm of the beta function of many arguments, over the last axis."""
    return F.sum(F.gammaln(a), axis=-1) - F.gammaln(F.sum(a, axis=-1))
