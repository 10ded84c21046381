"""Functions that move elements without computing on them (book steps 38, 40, 47)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from operator import getitem
from typing import Any

import numpy as np

from .. import arrays
from ..errors import ShapeError, operands
from ..core.graph import Variable, apply, as_operand, as_variable
from ..core.register import answer, composite, constant, rule

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
get_item = rule(getitem, lambda g, y, x, index: arrays.put(g, index, x.shape))
take_along_axis = rule(
    np.take_along_axis,
    lambda g, y, arr, indices, axis=-1: arrays.put_along_axis(
        g, indices, axis, arr.shape
    ),
)
rule(arrays.put, lambda g, y, x, index, shape: g[index])
rule(
    arrays.put_along_axis,
    lambda g, y, x, index, axis, shape: np.take_along_axis(g, index, axis),
)
rule(
    arrays.concatenate,
    each=lambda i, g, y, *arrays, axis=0: g[_part(i, arrays, axis, g.ndim)],
)
rule(
    arrays.pad,
    lambda g, y, x, widths, value: g[
        tuple(slice(a, a + n) for (a, _), n in zip(widths, x.shape, strict=True))
    ],
)
rule(
    arrays.windows,
    lambda g, y, x, size, stride, dilation: arrays.fold(
        g, x.shape[x.ndim - len(size) :], stride, dilation
    ),
)
rule(
    arrays.fold,
    lambda g, y, x, spatial, stride, dilation: arrays.windows(
        g, x.shape[-2 * len(spatial) : -len(spatial)], stride, dilation
    ),
)
zeros_like, ones_like, full_like, empty_like = (
    constant(f) for f in (np.zeros_like, np.ones_like, np.full_like, np.empty_like)
)
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
    answer(_question)


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
    return apply(arrays.concatenate, tuple(xs), {"axis": axis})


@composite(np.stack)
def stack(arrays_: Any, axis: int = 0) -> Variable:
    """Join arrays of one shape along a new axis."""
    return concatenate([expand_dims(as_operand(x), axis) for x in arrays_], axis)


@composite(np.vstack)
def vstack(tup: Any) -> Variable:
    """Join along the first axis; vectors become rows."""
    return concatenate([_at_least_2d(as_operand(x)) for x in tup], 0)


@composite(np.hstack)
def hstack(tup: Any) -> Variable:
    """Join along the second axis, or the only one."""
    xs = [np.reshape(x, -1) if np.ndim(x) == 0 else as_operand(x) for x in tup]
    return concatenate(xs, min(1, xs[0].ndim - 1) if xs else 0)


def _at_least_2d(x: Any) -> Any:
    return np.reshape(x, (1, -1)) if x.ndim < 2 else x


@composite(np.array_split)
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Variable]:
    """Cut an array along `axis`, into a number of parts or before given positions."""
    ary = as_variable(ary)
    cuts = np.array_split(np.arange(ary.shape[axis]), indices_or_sections)
    lead = (slice(None),) * (axis % ary.ndim)
    starts = np.cumsum([0, *(len(cut) for cut in cuts)]).tolist()
    if not np.isscalar(indices_or_sections):
        starts = [0, *indices_or_sections, ary.shape[axis]]
    return [ary[(*lead, slice(a, b))] for a, b in pairwise(starts)]


@composite(np.split)
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Variable]:
    """As `array_split`; a number of parts has to divide the length."""
    length = np.shape(ary)[axis]
    if np.isscalar(indices_or_sections) and length % indices_or_sections:
        raise ShapeError(
            f"split: {length} elements do not divide into {indices_or_sections} equal "
            f"parts; array_split allows unequal ones{operands((ary,))}"
        )
    return array_split(ary, indices_or_sections, axis)


@composite(np.take)
def take(a: Any, indices: Any, axis: int | None = None) -> Variable:
    """The elements at `indices` along `axis`, or of the flattened array."""
    a = as_variable(a)
    if axis is None:
        return np.reshape(a, -1)[indices]
    return a[(*(slice(None),) * (axis % a.ndim), indices)]


@composite(np.repeat)
def repeat(a: Any, repeats: Any, axis: int | None = None) -> Variable:
    """Repeat each element along `axis`, or of the flattened array."""
    a = np.reshape(a, -1) if axis is None else as_variable(a)
    axis = axis or 0
    return take(a, np.repeat(np.arange(a.shape[axis]), repeats), axis)


@composite(np.tile)
def tile(A: Any, reps: Any) -> Variable:
    """Lay copies of an array side by side, ``reps[i]`` of them along axis i."""
    A = as_variable(A)
    reps = tuple(np.atleast_1d(reps).tolist())
    shape = (1,) * (len(reps) - A.ndim) + A.shape
    reps = (1,) * (len(shape) - len(reps)) + reps
    thin = [n for length in shape for n in (1, length)]
    wide = [n for pair in zip(reps, shape, strict=True) for n in pair]
    tiled = np.broadcast_to(np.reshape(A, thin), wide)
    return np.reshape(tiled, tuple(r * n for r, n in zip(reps, shape, strict=True)))


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
    x = as_variable(array)
    if mode == "constant":
        return apply(arrays.pad, (x, _pairs(pad_width, x.ndim), constant_values))
    for axis, width in enumerate(_pairs(pad_width, x.ndim)):
        index = np.pad(np.arange(x.shape[axis]), width, mode)  # type: ignore[call-overload]
        x = take(x, index, axis) if any(width) else x
    return x


def _pairs(width: Any, ndim: int) -> tuple[tuple[int, int], ...]:
    """NumPy's short forms of `pad_width`, written out."""
    pairs = np.broadcast_to(np.asarray(width), (ndim, 2)).tolist()
    return tuple((before, after) for before, after in pairs)


@composite(np.sort)
def sort(a: Any, axis: int | None = -1) -> Variable:
    """The elements in rising order along `axis`; equal ones keep their order."""
    a, axis = (np.reshape(a, -1), 0) if axis is None else (as_variable(a), axis)
    return take_along_axis(a, np.argsort(a.data, axis=axis, kind="stable"), axis)


@composite(np.tril)
def tril(m: Any, k: int = 0) -> Variable:
    """The lower triangle of the last two axes; zeros above diagonal `k`."""
    m = as_variable(m)
    return np.where(np.tri(*m.shape[-2:], k, dtype=bool), m, np.zeros_like(m.data))


@composite(np.triu)
def triu(m: Any, k: int = 0) -> Variable:
    """The upper triangle of the last two axes; zeros below diagonal `k`."""
    m = as_variable(m)
    return np.where(np.tri(*m.shape[-2:], k - 1, dtype=bool), np.zeros_like(m.data), m)


@composite(np.diagonal)
def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Variable:
    """The diagonal of two axes, as a new last axis."""
    a = np.moveaxis(as_variable(a), (axis1, axis2), (-2, -1))
    rows, columns = np.indices(a.shape[-2:])
    where = np.nonzero(columns - rows == offset)
    return a[(..., *where)]


@composite(np.trace)
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Variable:
    """The sum of the diagonal."""
    return np.sum(diagonal(a, offset, axis1, axis2), axis=-1)


def flatten(x: Any) -> Variable:
    """``(N, ...)`` to ``(N, features)``: all behind the batch axis in one row."""
    x = as_variable(x)
    return np.reshape(x, (x.shape[0], int(np.prod(x.shape[1:], dtype=int))))
