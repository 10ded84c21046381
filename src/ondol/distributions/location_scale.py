"""Families that are one standard distribution, moved and stretched."""

from __future__ import annotations

from math import log, pi
from typing import Any

import numpy as np

from .. import functions as F
from ..core.graph import Variable
from .distribution import POSITIVE, REAL, Distribution, check

LOG_SQRT_2PI = log(2 * pi) / 2


class LocationScale(Distribution):
    """``loc + scale * z`` with `z` from a standard distribution.

    Args:
        loc: any real numbers.
        scale: positive.
    """

    reparameterized = True
    standard_entropy = 0.0
    standard_mean = 0.0
    standard_variance = 1.0

    loc: Any
    scale: Any

    def __init__(self, loc: Any = 0.0, scale: Any = 1.0) -> None:
        super().__init__(loc=(loc, REAL), scale=(scale, POSITIVE))

    def _draw(self, shape: tuple[int, ...], *parameters: Any) -> Variable:
        loc, scale = parameters
        return loc + scale * self._noise(shape)

    def _log_prob(self, x: Any, *parameters: Any) -> Variable:
        loc, scale = parameters
        return self._log_density((x - loc) / scale) - F.log(scale)

    def _cdf(self, x: Any, *parameters: Any) -> Variable:
        loc, scale = parameters
        return self._standard_cdf((x - loc) / scale)

    def _icdf(self, p: Any, *parameters: Any) -> Variable:
        loc, scale = parameters
        return loc + scale * self._standard_icdf(p)

    def _noise(self, shape: tuple[int, ...]) -> Any:
        raise NotImplementedError

    def _log_density(self, z: Any) -> Variable:
        raise NotImplementedError

    def _standard_cdf(self, z: Any) -> Variable:
        raise NotImplementedError

    def _standard_icdf(self, p: Any) -> Variable:
        raise NotImplementedError

    def _entropy(self, *parameters: Any) -> Variable:
        _, scale = parameters
        return F.log(scale) + self.standard_entropy

    def _mean(self, *parameters: Any) -> Variable:
        loc, scale = parameters
        return loc + scale * self.standard_mean

    def _variance(self, *parameters: Any) -> Variable:
        _, scale = parameters
        return scale * scale * self.standard_variance


class Normal(LocationScale):
    """The normal distribution, of mean `loc` and standard deviation `scale`."""

    standard_entropy = 0.5 + LOG_SQRT_2PI

    def _noise(self, shape: tuple[int, ...]) -> Any:
        return self._normal(shape)

    def _log_density(self, z: Any) -> Variable:
        return -0.5 * z * z - LOG_SQRT_2PI

    def _standard_cdf(self, z: Any) -> Variable:
        return F.ndtr(z)

    def _standard_icdf(self, p: Any) -> Variable:
        return F.ndtri(p)


class Laplace(LocationScale):
    """The distribution of Laplace: exponential on both sides of `loc`."""

    standard_entropy = 1 + log(2)
    standard_variance = 2.0

    def _noise(self, shape: tuple[int, ...]) -> Any:
        one, two = np.log(self._uniform((2, *shape)))
        return one - two

    def _log_density(self, z: Any) -> Variable:
        return -F.absolute(z) - log(2)

    def _standard_cdf(self, z: Any) -> Variable:
        tail = F.exp(-F.absolute(z)) / 2
        return F.where(z.data < 0, tail, 1 - tail)

    def _standard_icdf(self, p: Any) -> Variable:
        left = p.data < 0.5
        z = F.xlogy(1.0, 2 * F.where(left, p, 1 - p))
        return F.where(left, z, -z)


class Cauchy(LocationScale):
    """The distribution of Cauchy, whose tails are so heavy that it has no mean."""

    standard_entropy = log(4 * pi)
    standard_mean = np.nan
    standard_variance = np.nan

    def _noise(self, shape: tuple[int, ...]) -> Any:
        return np.tan(pi * (self._uniform(shape) - 0.5))

    def _log_density(self, z: Any) -> Variable:
        return -2 * F.log(F.hypot(1, z)) - log(pi)

    def _standard_cdf(self, z: Any) -> Variable:
        return F.arctan2(1, -z) / pi

    def _standard_icdf(self, p: Any) -> Variable:
        return F.tan(pi * (p - 0.5))


class Gumbel(LocationScale):
    """The distribution of the largest of many draws (Gumbel 1958)."""

    standard_mean = float(np.euler_gamma)
    standard_entropy = 1 + standard_mean
    standard_variance = pi * pi / 6

    def _noise(self, shape: tuple[int, ...]) -> Any:
        smallest = np.finfo(self.dtype).tiny  # the largest uniform number is 1
        return -np.log(np.maximum(-np.log(self._uniform(shape)), smallest))

    def _outside(self, x: Any, *parameters: Any) -> Any:
        return x == -np.inf

    def _log_density(self, z: Any) -> Variable:
        return -z - F.exp(-z)

    def _standard_cdf(self, z: Any) -> Variable:
        return F.exp(-F.exp(-z))

    def _standard_icdf(self, p: Any) -> Variable:
        return -F.xlogy(1.0, -F.xlogy(1.0, p))


class Logistic(LocationScale):
    """The distribution whose cdf is the sigmoid function."""

    standard_entropy = 2.0
    standard_variance = pi * pi / 3

    def _noise(self, shape: tuple[int, ...]) -> Any:
        smallest = np.finfo(self.dtype).tiny  # the largest uniform number is 1
        one, two = np.log(smallest - np.log(self._uniform((2, *shape))))
        return one - two

    def _log_density(self, z: Any) -> Variable:
        size = F.absolute(z)  # the density is even
        return -size - 2 * F.softplus(-size)

    def _standard_cdf(self, z: Any) -> Variable:
        return F.sigmoid(z)

    def _standard_icdf(self, p: Any) -> Variable:
        return F.logit(p)


class LogNormal(Distribution):
    """The exponential of a normal distribution.

    Args:
        loc: the mean of the logarithm.
        scale: its standard deviation, positive.
    """

    reparameterized = True

    loc: Any
    scale: Any

    def __init__(self, loc: Any = 0.0, scale: Any = 1.0) -> None:
        super().__init__(loc=(loc, REAL), scale=(scale, POSITIVE))
        self.log = Normal(loc, scale)

    def _draw(self, shape: tuple[int, ...], *parameters: Any) -> Variable:
        return F.exp(self.log._draw(shape, *parameters))

    def _outside(self, x: Any, *parameters: Any) -> Any:
        return x <= 0

    def _log_prob(self, x: Any, *parameters: Any) -> Variable:
        log_x = F.log(x)
        return self.log._log_prob(log_x, *parameters) - log_x

    def _cdf(self, x: Any, *parameters: Any) -> Variable:
        log_x = F.log(F.where(x.data > 0, x, 1))
        return F.where(x.data > 0, self.log._cdf(log_x, *parameters), 0)

    def _icdf(self, p: Any, *parameters: Any) -> Variable:
        return F.exp(self.log._icdf(p, *parameters))

    def _entropy(self, *parameters: Any) -> Variable:
        return self.log._entropy(*parameters) + parameters[0]

    def _mean(self, *parameters: Any) -> Variable:
        loc, scale = parameters
        return F.exp(loc + scale * scale / 2)

    def _variance(self, *parameters: Any) -> Variable:
        loc, scale = parameters
        square = scale * scale
        return F.expm1(square) * F.exp(2 * loc + square)


class Uniform(Distribution):
    """All numbers from `low` to `high` alike.

    Raises:
        ArgumentError: `low` is not below `high`.
    """

    reparameterized = True

    low: Any
    high: Any

    def __init__(self, low: Any = 0.0, high: Any = 1.0) -> None:
        super().__init__(low=(low, REAL), high=(high, REAL))
        low, high = self._own()
        check(POSITIVE, "Uniform: high - low", high - low)

    def _draw(self, shape: tuple[int, ...], *parameters: Any) -> Variable:
        low, high = parameters
        return low + (high - low) * (1 - self._uniform(shape))

    def _outside(self, x: Any, *parameters: Any) -> Any:
        low, high = parameters
        return (x < low) | (x > high)

    def _log_prob(self, x: Any, *parameters: Any) -> Variable:
        low, high = parameters
        return 0 * x - F.log(high - low)

    def _cdf(self, x: Any, *parameters: Any) -> Variable:
        low, high = parameters
        return F.clip((x - low) / (high - low), 0, 1)

    def _icdf(self, p: Any, *parameters: Any) -> Variable:
        low, high = parameters
        return low + (high - low) * p

    def _entropy(self, *parameters: Any) -> Variable:
        low, high = parameters
        return F.log(high - low)

    def _mean(self, *parameters: Any) -> Variable:
        low, high = parameters
        return (low + high) / 2

    def _variance(self, *parameters: Any) -> Variable:
        low, high = parameters
        return F.square(high - low) / 12
