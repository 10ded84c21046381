"""Reductions that leave out NaN, which stands for a value that is missing.

What is left out gets gradient 0. Where nothing is left a mean, a variance and a
quantile are NaN; a sum is 0, a product 1; an extreme is NaN too, and NumPy warns.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.graph import Variable, lift
from .checks import at_least_0
from .compare import where
from .math import sqrt
from .reduce import (
    Axes,
    as_real,
    left_extreme,
    mean,
    prod,
    squared_size,
    sum,
)
from .register import composite, constant, rule
from .running import cumprod, cumsum
from .shape import astype

__all__ = [
    "nanargmax",
    "nanargmin",
    "nancumprod",
    "nancumsum",
    "nanmax",
    "nanmean",
    "nanmin",
    "nanprod",
    "nanstd",
    "nansum",
    "nanvar",
]

nanmax = rule(np.nanmax, left_extreme)
nanmin = rule(np.nanmin, left_extreme)
nanargmax = constant(np.nanargmax)
nanargmin = constant(np.nanargmin)


def _filled(a: Any, value: int) -> Variable:
    """`a` with `value` for what is missing."""
    a = lift(a)
    return where(np.isnan(a.data), value, a)


@composite(np.nansum)
def nansum(a: Any, axis: Axes = None, *, keepdims: bool = False) -> Variable:
    """The sum over `axis` of what is no NaN."""
    return sum(_filled(a, 0), axis=axis, keepdims=keepdims)


@composite(np.nanprod)
def nanprod(a: Any, axis: Axes = None, *, keepdims: bool = False) -> Variable:
    """The product over `axis` of what is no NaN."""
    return prod(_filled(a, 1), axis, keepdims=keepdims)


@composite(np.nancumsum)
def nancumsum(a: Any, axis: int | None = None) -> Variable:
    """The running sum along `axis`, past each NaN."""
    return cumsum(_filled(a, 0), axis=axis)


@composite(np.nancumprod)
def nancumprod(a: Any, axis: int | None = None) -> Variable:
    """The running product along `axis`, past each NaN."""
    return cumprod(_filled(a, 1), axis=axis)


def _mean_of(x: Any, left: Any, axis: Axes, less: float, keepdims: bool) -> Variable:
    """The sum of `x` over as many as are `left`, but for `less`; NaN if over nothing.

    By way of the mean, which does not overflow in float16.
    """
    y = mean(x, axis=axis, keepdims=keepdims)
    count = np.sum(left, axis=axis, keepdims=keepdims) - less
    n = x.size / (y.size or 1)
    share = n / np.where(count > 0, count, np.nan)
    return y * share.astype(y.dtype)


@composite(np.nanmean)
def nanmean(a: Any, axis: Axes = None, *, keepdims: bool = False) -> Variable:
    """The mean over `axis` of what is no NaN."""
    a = as_real(a)
    return _mean_of(_filled(a, 0), ~np.isnan(a.data), axis, 0, keepdims)


@composite(np.nanvar)
def nanvar(
    a: Any, axis: Axes = None, *, ddof: float = 0, keepdims: bool = False
) -> Variable:
    """The variance over `axis` of what is no NaN; NaN if that is not above `ddof`."""
    a, ddof = as_real(a), at_least_0("nanvar: ddof", ddof)
    if a.dtype == np.float16:  # its squares overflow
        wide = nanvar(astype(a, np.float32), axis, ddof=ddof, keepdims=keepdims)
        return astype(wide, np.float16)
    deviation = _filled(a - nanmean(a, axis, keepdims=True), 0)
    left = ~np.isnan(a.data)
    return _mean_of(squared_size(deviation), left, axis, ddof, keepdims)


@composite(np.nanstd)
def nanstd(
    a: Any, axis: Axes = None, *, ddof: float = 0, keepdims: bool = False
) -> Variable:
    """The standard deviation over `axis` of what is no NaN; steep where it is 0."""
    return sqrt(nanvar(a, axis, ddof=ddof, keepdims=keepdims))
