"""Functions that move elements without computing on them (book steps 38 and 40)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from operator import index
from typing import Any

import numpy as np

from .. import primitives
from ..arrays import astype as _astype
from ..core.graph import Variable, as_operand, data_of, lift
from ..errors import ArgumentError, ShapeError, tell
from .checks import axes_of, axis_of
from .register import composite, constant, rule

__all__ = [
    "astype",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "broadcast_arrays",
    "broadcast_to",
    "copy",
    "empty_like",
    "expand_dims",
    "flatten",
    "flip",
    "fliplr",
    "flipud",
    "full_like",
    "matrix_transpose",
    "meshgrid",
    "moveaxis",
    "ones_like",
    "ravel",
    "reshape",
    "resize",
    "roll",
    "rollaxis",
    "rot90",
    "sliding_window_view",
    "squeeze",
    "swapaxes",
    "transpose",
    "zeros_like",
]

reshape = rule(
    np.reshape,
    lambda g, y, a, shape, order="C": np.reshape(
        g, a.shape, _order(a) if order == "A" else order
    ),
)
squeeze = rule(np.squeeze, lambda g, y, a, axis=None: np.reshape(g, a.shape))
expand_dims = rule(np.expand_dims, lambda g, y, a, axis: np.reshape(g, a.shape))
broadcast_to = rule(np.broadcast_to, lambda g, y, array, shape: g)  # the engine sums
transpose = rule(
    np.transpose,
    lambda g, y, a, axes=None: np.transpose(
        g, axes if axes is None else _inverse(axes)
    ),
)
moveaxis = rule(
    np.moveaxis,
    lambda g, y, a, source, destination: np.moveaxis(g, destination, source),
)
swapaxes = rule(np.swapaxes, lambda g, y, a, axis1, axis2: np.swapaxes(g, axis1, axis2))
flip = rule(np.flip, lambda g, y, m, axis=None: np.flip(g, axis))
roll = rule(
    np.roll,
    lambda g, y, a, shift, axis=None: np.roll(g, _opposite(shift), axis),
)
copy = rule(np.copy, lambda g, y, a: g)
rule(
    primitives.windows,
    lambda g, y, x, size, stride, dilation: primitives.fold(
        g, x.shape[x.ndim - len(size) :], stride, dilation
    ),
)
rule(
    primitives.fold,
    lambda g, y, x, spatial, stride, dilation: primitives.windows(
        g, x.shape[-2 * len(spatial) : -len(spatial)], stride, dilation
    ),
)
astype = rule(
    _astype,
    lambda g, y, x, dtype: g if y.dtype.kind in "fc" else np.zeros_like(g),
)
zeros_like = constant(np.zeros_like)
ones_like = constant(np.ones_like)
empty_like = constant(np.empty_like)


def about_data(*questions: Callable[..., Any]) -> None:
    """Let questions be answered about the arrays in Variables, with plain values."""
    for question in questions:
        composite(question)(_answer(question))


def _answer(question: Callable[..., Any]) -> Callable[..., Any]:
    def answer(*args: Any, **kwargs: Any) -> Any:
        return question(*map(data_of, args), **kwargs)

    return answer


about_data(np.shape, np.ndim, np.size, np.result_type, np.can_cast)
about_data(np.array_equal, np.array_equiv, np.allclose, np.iscomplexobj, np.isrealobj)
about_data(np.may_share_memory, np.shares_memory)


@composite(np.full_like)
def full_like(a: Any, fill_value: Any) -> Variable:
    """An array like `a` filled with `fill_value`, which gets the gradient."""
    zeros = zeros_like(a)
    if not isinstance(fill_value, Variable):
        fill_value = np.asarray(fill_value, like=zeros.data)
    return astype(broadcast_to(fill_value, zeros.shape), zeros.dtype)


def _order(a: Any) -> Any:
    """What order "A" of NumPy's means for `a`: as its elements lie in memory."""
    return "F" if data_of(a).flags.fnc else "C"


def _inverse(axes: Sequence[int]) -> tuple[int, ...]:
    """The order of axes that undoes a transpose."""
    return tuple(np.argsort([axis % len(axes) for axis in axes]).tolist())


def _opposite(shift: Any) -> Any:
    return tuple(-n for n in shift) if isinstance(shift, tuple | list) else -shift


def along(axis: int, part: Any) -> tuple[Any, ...]:
    """The index that takes `part` of one axis and all of the axes before it."""
    return (*(slice(None),) * axis, part)


# -- elements in a row -----------------------------------------------------------------


@composite(np.ravel)
def ravel(a: Any, order: str = "C") -> Variable:
    """The elements in one row.

    Args:
        a: any shape.
        order: ``"C"``, the last axis first, or ``"F"``, the first axis first. The
            orders that depend on where the elements lie in memory are refused.
    """
    if order not in ("C", "F"):
        raise tell(ArgumentError, "ravel-order", got=order)
    return reshape(lift(a), -1, order)


@composite()
def flatten(x: Any) -> Variable:
    """``(N, ...)`` to ``(N, features)``: all behind the batch axis in one row."""
    x = lift(x)
    if x.ndim == 0:
        raise tell(ShapeError, "flatten-axes", {"x": x})
    return reshape(x, (x.shape[0], prod(x.shape[1:])))


@composite(np.resize)
def resize(a: Any, new_shape: Any) -> Variable:
    """The elements of `a` over and over, in a new shape; zeros if `a` has none."""
    a = lift(a)
    single = isinstance(new_shape, int | np.integer)
    shape = (new_shape,) if single else tuple(map(index, new_shape))
    if min(shape, default=0) < 0:
        raise tell(ArgumentError, "resize-lengths", {"a": a}, got=shape)
    if not a.size:
        return zeros_like(a.data, shape=shape)
    return reshape(ravel(a)[np.arange(prod(shape)) % a.size], shape)


# -- axes ------------------------------------------------------------------------------


@composite(np.atleast_1d)
def atleast_1d(*arys: Any) -> Any:
    """Give a number one axis; several arrays give a tuple."""
    return _each(_at_least_1d, arys)


@composite(np.atleast_2d)
def atleast_2d(*arys: Any) -> Any:
    """Make a number or a vector a row, ``(1, n)``; several arrays give a tuple."""
    return _each(at_least_2d, arys)


@composite(np.atleast_3d)
def atleast_3d(*arys: Any) -> Any:
    """``(n,)`` to ``(1, n, 1)``, ``(m, n)`` to ``(m, n, 1)``; several give a tuple."""
    return _each(at_least_3d, arys)


def _each(function: Callable[[Any], Variable], xs: Sequence[Any]) -> Any:
    ys = [function(as_operand(x)) for x in xs]
    news = tuple(reshape(y, y.shape) for y in ys)  # a result is never its operand
    return news[0] if len(news) == 1 else news


def _at_least_1d(x: Any) -> Any:
    return x if x.ndim else np.reshape(x, (1,))


def at_least_2d(x: Any) -> Any:
    """What `atleast_2d` does, for one Variable or array."""
    return np.reshape(x, (1, -1)) if x.ndim < 2 else x


def at_least_3d(x: Any) -> Any:
    """What `atleast_3d` does, for one Variable or array."""
    return np.expand_dims(at_least_2d(x), -1) if x.ndim < 3 else x


@composite(np.matrix_transpose)
def matrix_transpose(x: Any) -> Variable:
    """The last two axes exchanged."""
    x = lift(x)
    if x.ndim < 2:
        raise tell(ShapeError, "matrix-transpose-axes", {"x": x})
    return swapaxes(x, -1, -2)


@composite(np.rollaxis)
def rollaxis(a: Any, axis: int, start: int = 0) -> Variable:
    """Move `axis` back until it lies before axis `start`; `moveaxis` says it better."""
    a = lift(a)
    axis = axis_of("rollaxis", a, axis)
    if not -a.ndim <= start <= a.ndim:
        raise tell(ArgumentError, "rollaxis-start", {"a": a}, start=start)
    start += a.ndim if start < 0 else 0
    return moveaxis(a, axis, start - 1 if axis < start else start)


@composite(np.flipud)
def flipud(m: Any) -> Variable:
    """The first axis reversed: up becomes down."""
    return flip(lift(m), 0)


@composite(np.fliplr)
def fliplr(m: Any) -> Variable:
    """The second axis reversed: left becomes right."""
    return flip(lift(m), 1)


@composite(np.rot90)
def rot90(m: Any, k: int = 1, axes: Sequence[int] = (0, 1)) -> Variable:
    """Turn by `k` quarters, from the first of two axes towards the second."""
    m = lift(m)
    if len(axes) != 2:
        raise tell(ArgumentError, "rot90-axes", {"m": m}, got=axes)
    first, second = axes_of("rot90", m, axes)
    if index(k) % 4 == 2:
        return flip(m, (first, second))
    if k % 2:
        m = flip(swapaxes(m, first, second), first if k % 4 == 1 else second)
    return m if k % 4 else copy(m)


# -- shapes of several -----------------------------------------------------------------


@composite(np.broadcast_arrays)
def broadcast_arrays(*args: Any) -> tuple[Variable, ...]:
    """Each array in the shape that they have together."""
    xs = tuple(map(as_operand, args))
    try:
        shape = np.broadcast_shapes(*(x.shape for x in xs))
    except ValueError as error:
        raise tell(ShapeError, "broadcast-together", xs, words=error) from None
    return tuple(broadcast_to(x, shape) for x in xs)


@composite(np.meshgrid)
def meshgrid(
    *xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy"
) -> tuple[Variable, ...]:
    """The coordinates of the points of a grid, one array for each of its axes.

    Args:
        xi: the ticks of each axis, vectors.
        copy: accepted for NumPy's sake.
        sparse: leave the other axes at length 1, to be broadcast.
        indexing: ``"xy"``, the ticks of the first vector along axis 1, as in pictures;
            or ``"ij"``, along axis 0.
    """
    if indexing not in ("xy", "ij"):
        raise tell(ArgumentError, "meshgrid-indexing", got=indexing)
    n, thin = len(xi), []
    for axis, x in enumerate(map(as_operand, xi)):
        place = 1 - axis if indexing == "xy" and axis < 2 <= n else axis
        thin.append(reshape(x, (*(1,) * place, -1, *(1,) * (n - 1 - place))))
    return tuple(thin) if sparse else broadcast_arrays(*thin)


# -- windows ---------------------------------------------------------------------------


@composite(np.lib.stride_tricks.sliding_window_view)
def sliding_window_view(x: Any, window_shape: Any, axis: Any = None) -> Variable:
    """Every window over some axes, without copying.

    Args:
        x: any shape.
        window_shape: how long a window is along each of these axes.
        axis: which; None for all of them in order.

    Returns:
        The shape of `x`, less ``window - 1`` along each of the axes, then the shape of
        a window as further axes. An element gets the gradients of all its windows.
    """
    x = lift(x)
    size = tuple(np.atleast_1d(window_shape).tolist())
    axes = axes_of("sliding_window_view", x, axis)
    if len(axes) != len(size) or not size:
        raise tell(
            ArgumentError, "sliding-window-sizes", {"x": x}, size=size, axes=axes
        )
    n = len(size)
    last = moveaxis(x, axes, tuple(range(-n, 0)))
    # (other axes, window, positions), as Variables; positions go where they were.
    view = primitives.windows(last, size, (1,) * n, (1,) * n)
    others = x.ndim - n
    view = moveaxis(view, tuple(range(others, others + n)), tuple(range(-n, 0)))
    return moveaxis(view, tuple(range(others, others + n)), axes)
