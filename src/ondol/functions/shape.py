"""Functions that move elements without computing on them (book steps 38, 40, 47)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import prod
from operator import getitem
from typing import Any

import numpy as np

from .. import primitives
from ..arrays import SCALARS
from ..arrays import astype as _astype
from ..core.graph import Variable, apply, as_operand, data_of, lift
from ..errors import ArgumentError, ShapeError, operands
from .compare import where
from .register import composite, constant, rule

__all__ = [
    "array_split",
    "astype",
    "broadcast_to",
    "concatenate",
    "copy",
    "diagonal",
    "empty_like",
    "expand_dims",
    "flatten",
    "flip",
    "full_like",
    "get_item",
    "hstack",
    "moveaxis",
    "ones_like",
    "pad",
    "ravel",
    "repeat",
    "reshape",
    "roll",
    "split",
    "squeeze",
    "stack",
    "swapaxes",
    "take",
    "take_along_axis",
    "tile",
    "trace",
    "transpose",
    "tril",
    "triu",
    "vstack",
    "zeros_like",
]

reshape = rule(np.reshape, lambda g, y, a, shape: np.reshape(g, a.shape))
ravel = rule(np.ravel, lambda g, y, a: np.reshape(g, a.shape))
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
get_item = rule(getitem, lambda g, y, x, index: primitives.put(g, index, x.shape), None)
take_along_axis = rule(
    np.take_along_axis,
    lambda g, y, arr, indices, axis=-1: primitives.put_along_axis(
        g, indices, axis, arr.shape
    ),
)
rule(primitives.put, lambda g, y, x, index, shape: g[index])
rule(
    primitives.put_along_axis,
    lambda g, y, x, index, axis, shape: np.take_along_axis(g, index, axis),
)
rule(
    primitives.concatenate,
    each=lambda i, g, y, *arrays, axis=0: g[_part(i, arrays, axis, g.ndim)],
)
rule(
    primitives.pad,
    lambda g, y, x, widths, value: g[
        tuple(slice(a, a + n) for (a, _), n in zip(widths, x.shape, strict=True))
    ],
)
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


def _about_data(question: Callable[..., Any]) -> Callable[..., Any]:
    """Let `question` be answered about the arrays in Variables, with a plain value."""

    def answer(*args: Any, **kwargs: Any) -> Any:
        return question(*map(data_of, args), **kwargs)

    return answer


for _question in (
    np.shape,
    np.ndim,
    np.size,
    np.result_type,
    np.can_cast,
    np.array_equal,
    np.allclose,
    np.iscomplexobj,
    np.isrealobj,
    np.may_share_memory,
    np.shares_memory,
):
    composite(_question)(_about_data(_question))


@composite(np.full_like)
def full_like(a: Any, fill_value: Any) -> Variable:
    """An array like `a` filled with `fill_value`, which gets the gradient."""
    zeros = zeros_like(a)
    if not isinstance(fill_value, Variable):
        fill_value = np.asarray(fill_value, like=zeros.data)
    return astype(broadcast_to(fill_value, zeros.shape), zeros.dtype)


def _inverse(axes: Sequence[int]) -> tuple[int, ...]:
    """The order of axes that undoes a transpose."""
    return tuple(np.argsort([axis % len(axes) for axis in axes]).tolist())


def _opposite(shift: Any) -> Any:
    return tuple(-n for n in shift) if isinstance(shift, tuple | list) else -shift


def _part(i: int, arrays: Sequence[Any], axis: int, ndim: int) -> tuple[slice, ...]:
    """Where array `i` of a concatenation lies in the result."""
    axis %= ndim
    start = sum(x.shape[axis] for x in arrays[:i])
    part = slice(start, start + arrays[i].shape[axis])
    return (*(slice(None),) * axis, part)


@composite(np.concatenate)
def concatenate(arrays_: Any, axis: int | None = 0) -> Variable:
    """Join arrays along an axis they already have; None flattens them first."""
    xs = [as_operand(x) for x in arrays_]
    if axis is None:
        xs, axis = [np.reshape(x, -1) for x in xs], 0
    return apply(primitives.concatenate, tuple(xs), {"axis": axis})


@composite(np.stack)
def stack(arrays_: Any, axis: int = 0) -> Variable:
    """Join arrays of one shape along a new axis."""
    xs = [as_operand(x) for x in arrays_]
    if len({x.shape for x in xs}) > 1:
        raise ShapeError(f"stack: arrays of one shape are needed{operands(tuple(xs))}")
    return concatenate([np.expand_dims(x, axis) for x in xs], axis)


@composite(np.vstack)
def vstack(tup: Any) -> Variable:
    """Join along the first axis; vectors become rows."""
    return concatenate([_at_least_2d(as_operand(x)) for x in tup], 0)


@composite(np.hstack)
def hstack(tup: Any) -> Variable:
    """Join along the second axis, or the only one."""
    xs = [np.reshape(x, -1) if x.ndim == 0 else x for x in map(as_operand, tup)]
    return concatenate(xs, min(1, xs[0].ndim - 1) if xs else 0)


def _at_least_2d(x: Any) -> Any:
    return np.reshape(x, (1, -1)) if x.ndim < 2 else x


@composite(np.array_split)
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Variable]:
    """Cut an array along `axis`, into a number of parts or before given positions."""
    ary = lift(ary)
    axis = _axis(axis, ary)
    length, cuts = ary.shape[axis], indices_or_sections
    if np.ndim(cuts) == 0:
        if not isinstance(cuts, int | np.integer) or cuts < 1:
            raise ArgumentError(f"split: expected 1 part or more, got {cuts!r}")
        small, larger = divmod(length, cuts)
        cuts = [i * small + min(i, larger) for i in range(1, cuts)]
    lead = (slice(None),) * axis
    return [ary[(*lead, slice(a, b))] for a, b in pairwise([0, *cuts, length])]


@composite(np.split)
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Variable]:
    """As `array_split`; a number of parts has to divide the length."""
    parts = array_split(ary, indices_or_sections, axis)
    if np.ndim(indices_or_sections) == 0:
        _require_equal(parts, axis, ary)
    return parts


def _require_equal(parts: list[Variable], axis: int, ary: Any) -> None:
    if parts[0].shape != parts[-1].shape:
        raise ShapeError(
            f"split: {np.shape(ary)[axis]} elements do not divide into {len(parts)} "
            f"equal parts; array_split allows unequal ones{operands((ary,))}"
        )


def _axis(axis: int, x: Variable) -> int:
    """`axis` counted from the front; refused if `x` does not have it."""
    if not -x.ndim <= axis < x.ndim:
        raise ArgumentError(
            f"axis {axis} is out of bounds for {x.ndim} axes{operands((x,))}"
        )
    return axis % x.ndim


@composite(np.take)
def take(a: Any, indices: Any, axis: int | None = None) -> Variable:
    """The elements at `indices` along `axis`, or of the flattened array."""
    a = lift(a)
    if axis is None:
        return reshape(a, -1)[indices]
    return a[(*(slice(None),) * _axis(axis, a), indices)]


@composite(np.repeat)
def repeat(a: Any, repeats: Any, axis: int | None = None) -> Variable:
    """Repeat each element along `axis`, or of the flattened array."""
    a = reshape(a, -1) if axis is None else lift(a)
    axis = _axis(axis or 0, a)
    if np.size(repeats) not in (1, a.shape[axis]) or np.any(np.less(repeats, 0)):
        raise ArgumentError(
            "repeat: expected one whole number of 0 or more, or one for each of "
            f"{a.shape[axis]} elements along axis {axis}, got {repeats!r:.60}"
            f"{operands((a,))}"
        )
    return take(a, np.repeat(np.arange(a.shape[axis]), repeats), axis)


@composite(np.tile)
def tile(A: Any, reps: Any) -> Variable:
    """Lay copies of an array side by side, ``reps[i]`` of them along axis i."""
    A = lift(A)
    reps = tuple(np.atleast_1d(reps).tolist())
    shape = (1,) * (len(reps) - A.ndim) + A.shape
    reps = (1,) * (len(shape) - len(reps)) + reps
    thin = [n for length in shape for n in (1, length)]
    wide = [n for pair in zip(reps, shape, strict=True) for n in pair]
    tiled = broadcast_to(reshape(A, tuple(thin)), tuple(wide))
    return reshape(tiled, tuple(r * n for r, n in zip(reps, shape, strict=True)))


@composite(np.pad)
def pad(
    array: Any, pad_width: Any, mode: str = "constant", *, constant_values: Any = 0
) -> Variable:
    """Lengthen the axes of an array at both ends.

    Args:
        array: any shape.
        pad_width: as NumPy's: a number, ``(before, after)``, or one pair per axis.
        mode: ``"constant"``, or ``"edge"``, ``"reflect"``, ``"symmetric"``, ``"wrap"``.
        constant_values: a number; the value around it in mode ``"constant"``.
    """
    x = lift(array)
    widths = _pairs(pad_width, x)
    if mode == "constant" and isinstance(constant_values, SCALARS):
        return apply(primitives.pad, (x, widths, constant_values))
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        raise ArgumentError(
            'pad: expected mode "constant" with a number, "edge", "reflect", '
            f'"symmetric" or "wrap", got {mode!r}, {constant_values!r}{operands((x,))}'
        )
    for axis, width in enumerate(widths):
        if any(width):  # padding the positions says which elements to repeat
            index: Any = np.arange(x.shape[axis])
            x = take(x, np.pad(index, width, mode), axis)  # type: ignore[call-overload]
    return x


def _pairs(width: Any, x: Variable) -> tuple[tuple[int, int], ...]:
    """NumPy's short forms of `pad_width`, written out."""
    try:
        pairs = np.broadcast_to(np.asarray(width), (x.ndim, 2))
    except ValueError:
        pairs = np.array([[-1]])
    if pairs.size and (pairs.dtype.kind not in "iu" or pairs.min() < 0):
        raise ArgumentError(
            "pad: expected a whole number of 0 or more, (before, after), or one such "
            f"pair for each axis, got {width!r}{operands((x,))}"
        )
    return tuple((before, after) for before, after in pairs.tolist())


@composite(np.tril)
def tril(m: Any, k: int = 0) -> Variable:
    """The lower triangle of the last two axes; zeros above diagonal `k`."""
    m = lift(m)
    return where(_below("tril", m, k), m, np.zeros_like(m.data))


@composite(np.triu)
def triu(m: Any, k: int = 0) -> Variable:
    """The upper triangle of the last two axes; zeros below diagonal `k`."""
    m = lift(m)
    return where(_below("triu", m, k - 1), np.zeros_like(m.data), m)


def _below(name: str, m: Variable, k: int) -> Any:
    """True on and below diagonal `k` of the last two axes."""
    if m.ndim < 2:
        raise ShapeError(
            f"{name}: expected a matrix or a stack of them{operands((m,))}"
        )
    return np.tri(m.shape[-2], m.shape[-1], k, dtype=bool, like=m.data)


@composite(np.diagonal)
def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Variable:
    """The diagonal of two axes, as a new last axis."""
    a = moveaxis(lift(a), (axis1, axis2), (-2, -1))
    rows, columns = np.indices(a.shape[-2:])
    where = np.nonzero(columns - rows == offset)
    return a[(..., *where)]


@composite(np.trace)
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Variable:
    """The sum of the diagonal."""
    return lift(diagonal(a, offset, axis1, axis2).sum(axis=-1))


def flatten(x: Any) -> Variable:
    """``(N, ...)`` to ``(N, features)``: all behind the batch axis in one row."""
    x = lift(x)
    if x.ndim == 0:
        raise ShapeError(f"flatten: expected (N, ...), got no axes{operands((x,))}")
    return reshape(x, (x.shape[0], prod(x.shape[1:])))
