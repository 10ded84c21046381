"""Functions that fold axes away (book steps 39 and 40)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.graph import Variable, lift
from ..core.rules import RULES
from ..errors import ArgumentError, tell
from .checks import axes_of
from .complexes import conjugate, real
from .joining import concatenate
from .math import exp, log, sqrt
from .register import composite, constant, rule
from .shape import astype, expand_dims, reshape, transpose

__all__ = [
    "all",
    "any",
    "argmax",
    "argmin",
    "count_nonzero",
    "logsumexp",
    "max",
    "mean",
    "min",
    "prod",
    "ptp",
    "std",
    "sum",
    "var",
]

Axes = int | tuple[int, ...] | None


def _unfold(y: Any, x: Any, axis: Axes, keepdims: bool) -> Any:
    """Put the folded axes back, with length 1, so that `y` broadcasts against `x`."""
    if keepdims or axis is None or not x.ndim:  # NumPy sums a number over axis 0
        return y
    return np.expand_dims(y, axis)


def _spread(g: Any, x: Any, axis: Axes, keepdims: bool) -> Any:
    """Repeat the gradient of a reduction over the axes that were folded."""
    if isinstance(g, np.generic):  # what `broadcast_to` does, in a fifth of its time
        one = np.asarray(g)
        one.flags.writeable = False
        return np.ndarray(x.shape, one.dtype, one, strides=(0,) * x.ndim)
    return np.broadcast_to(_unfold(g, x, axis, keepdims), x.shape)


def _sum(a: Any, axis: Axes = None, *, keepdims: bool = False) -> Any:
    """NumPy's sum; of an array in half the time."""
    total: Any = np.add.reduce if type(a) is np.ndarray else np.sum
    return total(a, axis, keepdims=keepdims)


def _extreme(
    g: Any, y: Any, a: Any, axis: Axes = None, *, keepdims: bool = False
) -> Any:
    """The gradient of max and min: elements that tie for it share it evenly."""
    hit = (a == _unfold(y, a, axis, keepdims)) | (a != a)  # a NaN is the extreme
    return _shared(g, hit, axis, keepdims)


def left_extreme(
    g: Any, y: Any, a: Any, axis: Axes = None, *, keepdims: bool = False
) -> Any:
    """As `_extreme`, of what is left without NaN."""
    return _shared(g, a == _unfold(y, a, axis, keepdims), axis, keepdims)


def _shared(g: Any, hit: Any, axis: Axes, keepdims: bool) -> Any:
    """The gradient of a reduction in even parts to the elements that were hit."""
    ties = np.maximum(np.sum(hit, axis=axis, keepdims=keepdims), 1)
    share = (g / ties).astype(g.dtype)  # in this order, as float16 ends at 65504 ties
    return np.where(hit, _unfold(share, hit, axis, keepdims), 0)


sum = rule(
    np.sum,
    lambda g, y, a, axis=None, *, keepdims=False: _spread(g, a, axis, keepdims),
)
RULES[np.sum].forward = _sum
mean = rule(
    np.mean,
    lambda g, y, a, axis=None, *, keepdims=False: _spread(
        g * ((y.size or 1) / (a.size or 1)), a, axis, keepdims
    ),
)
max = rule(np.max, _extreme)
min = rule(np.min, _extreme)
composite(np.amax)(max)
composite(np.amin)(min)

argmax = constant(np.argmax)
argmin = constant(np.argmin)
any = constant(np.any)
all = constant(np.all)
count_nonzero = constant(np.count_nonzero)


@composite(np.var)
def var(
    a: Any, axis: Axes = None, *, ddof: int = 0, keepdims: bool = False
) -> Variable:
    """The variance over `axis`: the sum of squared deviations over (n - ddof)."""
    a = lift(a)
    if a.dtype == np.float16:  # its squares overflow; NumPy computes in float32 too
        wide = var(astype(a, np.float32), axis, ddof=ddof, keepdims=keepdims)
        return astype(wide, np.float16)
    n = math.prod(a.shape[i] for i in axes_of("var", a, axis))
    if n <= ddof:
        raise tell(ArgumentError, "var-freedom", {"a": a}, ddof=ddof, axis=axis, got=n)
    deviation = a - mean(a, axis=axis, keepdims=True)
    squares = mean(squared_size(deviation), axis=axis, keepdims=keepdims)
    return squares * (n / (n - ddof)) if ddof else squares


def squared_size(x: Variable) -> Variable:
    """The square of the absolute value of each element."""
    return real(x * conjugate(x)) if x.dtype.kind == "c" else x * x


@composite(np.std)
def std(
    a: Any, axis: Axes = None, *, ddof: int = 0, keepdims: bool = False
) -> Variable:
    """The standard deviation over `axis`; its gradient is not finite where it is 0."""
    return sqrt(var(a, axis=axis, ddof=ddof, keepdims=keepdims))


@composite(np.prod)
def prod(a: Any, axis: Axes = None, *, keepdims: bool = False) -> Variable:
    """The product over `axis`, multiplied up in pairs.

    Pairs need no division in the gradient, so zeros are no special case, in any order
    of derivative.
    """
    a = lift(a)
    if a.dtype.kind in "biu":  # as NumPy does: small integers would overflow
        a = astype(a, np.uint64 if a.dtype.kind == "u" else np.int64)
    folded = axes_of("prod", a, axis)
    x = fold_last(a, folded)
    if not x.shape[-1]:
        x = concatenate([x, np.ones_like(a.data, shape=(*x.shape[:-1], 1))], axis=-1)
    while x.shape[-1] > 1:
        half = x.shape[-1] // 2
        pairs = x[..., :half] * x[..., half : 2 * half]
        x = concatenate([pairs, x[..., 2 * half :]], axis=-1)
    y = x[..., 0]
    return expand_dims(y, folded) if keepdims else y


@composite(np.ptp)
def ptp(a: Any, axis: Axes = None, *, keepdims: bool = False) -> Variable:
    """The largest less the smallest element over `axis`; ties share the gradient."""
    high = max(a, axis=axis, keepdims=keepdims)
    return high - min(a, axis=axis, keepdims=keepdims)


def as_real(x: Any) -> Variable:
    """`x` as a Variable of real numbers: integers become float64."""
    x = lift(x)
    return astype(x, np.float64) if x.dtype.kind in "biu" else x


def fold_last(a: Variable, folded: tuple[int, ...]) -> Variable:
    """The axes to be folded as one, behind those that stay: ``(*kept, n)``."""
    kept = tuple(i for i in range(a.ndim) if i not in folded)
    shape = tuple(a.shape[i] for i in kept)
    n = math.prod(a.shape[i] for i in folded)
    return reshape(transpose(a, kept + folded), (*shape, n))


def logsumexp(x: Any, axis: Axes = None, keepdims: bool = False) -> Variable:
    """``log(sum(exp(x)))`` without overflow, by shifting with the largest element.

    Args:
        x: any shape.
        axis: what to sum over; None for all.
        keepdims: keep the summed axes with length 1.
    """
    x = lift(x)
    top = max(x.data, axis=axis, keepdims=True).data
    top = np.where(np.isfinite(top), top, 0) * 1.0  # unsigned integers would wrap
    y = log(sum(exp(x - top), axis=axis, keepdims=keepdims))
    return y + (top if keepdims else np.reshape(top, y.shape))
