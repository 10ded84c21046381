"""Functions that fold an axis away, or run along it (book steps 39 and 40)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.graph import Axes, Variable, as_variable, data_of
from ..core.register import composite, constant, rule


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
    hit = a == _unfold(y, axis, keepdims)
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
        g / (a.size / (y.size or 1)), a, axis, keepdims
    ),
)
max = rule(np.max, _extreme)
min = rule(np.min, _extreme)
cumsum = rule(np.cumsum, _run_back)

argmax, argmin, argsort = (constant(f) for f in (np.argmax, np.argmin, np.argsort))
any, all = constant(np.any), constant(np.all)
count_nonzero = constant(np.count_nonzero)


@composite(np.var)
def var(a: Any, axis: Axes = None, *, ddof: int = 0, keepdims: bool = False) -> Any:
    """The variance over `axis`: the sum of squared deviations over (n - ddof)."""
    a = as_variable(a)
    deviation = a - mean(a, axis=axis, keepdims=True)
    squares = sum(deviation * deviation, axis=axis, keepdims=keepdims)
    return squares / (a.size / (squares.size or 1) - ddof)


@composite(np.std)
def std(a: Any, axis: Axes = None, *, ddof: int = 0, keepdims: bool = False) -> Any:
    """The standard deviation over `axis`; its gradient is infinite where it is 0."""
    return np.sqrt(var(a, axis=axis, ddof=ddof, keepdims=keepdims))


@composite(np.prod)
def prod(a: Any, axis: Axes = None, *, keepdims: bool = False) -> Variable:
    """The product over `axis`, multiplied up in pairs.

    Pairs need no division in the gradient, so zeros are no special case, in any order
    of derivative.
    """
    a = as_variable(a)
    axes = _axes(axis, a.ndim)
    kept = tuple(i for i in range(a.ndim) if i not in axes)
    shape = tuple(a.shape[i] for i in kept)
    x = np.reshape(
        np.transpose(a, kept + axes), (*shape, -1 if a.size else _count(a, axes))
    )
    while x.shape[-1] > 1:
        half = x.shape[-1] // 2
        pairs = x[..., :half] * x[..., half : 2 * half]
        x = np.concatenate([pairs, x[..., 2 * half :]], axis=-1)
    x = x[..., 0] if x.shape[-1] else Variable(np.ones(shape, a.dtype, like=a.data))
    return x if not keepdims else np.expand_dims(x, axes)


def _axes(axis: Axes, ndim: int) -> tuple[int, ...]:
    """An `axis` argument as a tuple of positions counted from the front."""
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple(np.lib.array_utils.normalize_axis_tuple(axes, ndim))


def _count(a: Variable, axes: tuple[int, ...]) -> int:
    return int(np.prod([a.shape[i] for i in axes], dtype=int))


def logsumexp(x: Any, axis: Axes = None, keepdims: bool = False) -> Variable:
    """``log(sum(exp(x)))`` without overflow, by shifting with the largest element.

    Args:
        x: any shape.
        axis: what to sum over; None for all.
        keepdims: keep the summed axes with length 1.
    """
    x = as_variable(x)
    top = np.max(data_of(x), axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0).astype(x.dtype)
    y = np.log(sum(np.exp(x - top), axis=axis, keepdims=keepdims))
    return y + (top if keepdims else np.reshape(top, y.shape))
