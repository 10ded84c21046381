"""Functions that fold an axis away, or run along it (book steps 39 and 40)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.graph import Variable, lift
from ..errors import ArgumentError, operands
from .complexes import conjugate, real
from .math import exp, log, sqrt
from .register import composite, constant, rule
from .shape import astype, concatenate, expand_dims, reshape, transpose

__all__ = [
    "all",
    "any",
    "argmax",
    "argmin",
    "argsort",
    "count_nonzero",
    "cumsum",
    "logsumexp",
    "max",
    "mean",
    "min",
    "prod",
    "std",
    "sum",
    "var",
]

Axes = int | tuple[int, ...] | None


def _unfold(y: Any, axis: Axes, keepdims: bool) -> Any:
    """Put the folded axes back, with length 1, so that `y` broadcasts against `x`."""
    return y if keepdims or axis is None else np.expand_dims(y, axis)


def _spread(g: Any, x: Any, axis: Axes, keepdims: bool) -> Any:
    """Repeat the gradient of a reduction over the axes that were folded."""
    return np.broadcast_to(_unfold(g, axis, keepdims), x.shape)


def _extreme(
    g: Any, y: Any, a: Any, axis: Axes = None, *, keepdims: bool = False
) -> Any:
    """The gradient of max and min: elements that tie for it share it evenly."""
    hit = (a == _unfold(y, axis, keepdims)) | (a != a)  # a NaN is the extreme
    ties = np.maximum(np.sum(hit, axis=axis, keepdims=keepdims), 1)
    return np.where(hit, _unfold(g / ties.astype(g.dtype), axis, keepdims), 0)


def _run_back(g: Any, y: Any, a: Any, axis: int | None = None) -> Any:
    """The gradient of a running sum is the running sum from the other end."""
    along = 0 if axis is None else axis
    back = np.flip(np.cumsum(np.flip(g, along), axis=along), along)
    return np.reshape(back, a.shape)


sum = rule(
    np.sum,
    lambda g, y, a, axis=None, *, keepdims=False: _spread(g, a, axis, keepdims),
)
mean = rule(
    np.mean,
    lambda g, y, a, axis=None, *, keepdims=False: _spread(
        g * ((y.size or 1) / (a.size or 1)), a, axis, keepdims
    ),
)
max = rule(np.max, _extreme)
min = rule(np.min, _extreme)
cumsum = rule(np.cumsum, _run_back)

argmax = constant(np.argmax)
argmin = constant(np.argmin)
argsort = constant(np.argsort)
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
    n = _length(a.shape, axis)
    if n <= ddof:
        raise ArgumentError(
            f"var: ddof={ddof} needs more than {ddof} elements, axis {axis} has {n}"
            f"{operands((a,))}"
        )
    deviation = a - mean(a, axis=axis, keepdims=True)
    squares = mean(_size(deviation), axis=axis, keepdims=keepdims)
    return squares * (n / (n - ddof)) if ddof else squares


@composite(np.std)
def std(
    a: Any, axis: Axes = None, *, ddof: int = 0, keepdims: bool = False
) -> Variable:
    """The standard deviation over `axis`; its gradient is not finite where it is 0."""
    return sqrt(var(a, axis=axis, ddof=ddof, keepdims=keepdims))


def _size(x: Variable) -> Variable:
    """The square of the absolute value of each element."""
    return real(x * conjugate(x)) if x.dtype.kind == "c" else x * x


@composite(np.prod)
def prod(a: Any, axis: Axes = None, *, keepdims: bool = False) -> Variable:
    """The product over `axis`, multiplied up in pairs.

    Pairs need no division in the gradient, so zeros are no special case, in any order
    of derivative.
    """
    a = lift(a)
    if a.dtype.kind in "biu":  # as NumPy does: small integers would overflow
        a = astype(a, np.uint64 if a.dtype.kind == "u" else np.int64)
    folded = _axes(axis, a.ndim)
    kept = tuple(i for i in range(a.ndim) if i not in folded)
    shape = tuple(a.shape[i] for i in kept)
    x = reshape(transpose(a, kept + folded), (*shape, _length(a.shape, axis)))
    if not x.shape[-1]:
        x = concatenate([x, np.ones_like(a.data, shape=(*shape, 1))], axis=-1)
    while x.shape[-1] > 1:
        half = x.shape[-1] // 2
        pairs = x[..., :half] * x[..., half : 2 * half]
        x = concatenate([pairs, x[..., 2 * half :]], axis=-1)
    return expand_dims(x[..., 0], folded) if keepdims else x[..., 0]


def _axes(axis: Axes, ndim: int) -> tuple[int, ...]:
    """An `axis` argument as a tuple of positions counted from the front."""
    axes = tuple(range(ndim)) if axis is None else axis
    try:
        return tuple(np.lib.array_utils.normalize_axis_tuple(axes, ndim))
    except (TypeError, ValueError) as error:
        raise ArgumentError(
            f"axis is None, or one or several of the {ndim} axes, each once: got "
            f"{axis!r}: {error}"
        ) from None


def _length(shape: tuple[int, ...], axis: Axes) -> int:
    """How many elements a reduction over `axis` folds into one."""
    return math.prod(shape[i] for i in _axes(axis, len(shape)))


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
