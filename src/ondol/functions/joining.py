"""Functions that join arrays, cut them up, and repeat them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from .. import primitives
from ..core.graph import Variable, apply, as_operand, data_of, lift
from ..errors import ArgumentError, ShapeError, tell
from .checks import axis_of
from .register import composite, rule
from .shape import (
    along,
    at_least_2d,
    at_least_3d,
    broadcast_to,
    expand_dims,
    moveaxis,
    ravel,
    reshape,
)

__all__ = [
    "append",
    "apply_along_axis",
    "apply_over_axes",
    "array_split",
    "block",
    "column_stack",
    "concatenate",
    "dsplit",
    "dstack",
    "hsplit",
    "hstack",
    "repeat",
    "split",
    "stack",
    "tile",
    "unstack",
    "vsplit",
    "vstack",
]

rule(
    primitives.concatenate,
    each=lambda i, g, y, *arrays, axis=0: g[_part(i, arrays, axis, g.ndim)],
)


def _part(i: int, arrays: Sequence[Any], axis: int, ndim: int) -> tuple[Any, ...]:
    """Where array `i` of a concatenation lies in the result."""
    axis %= ndim
    start = sum(x.shape[axis] for x in arrays[:i])
    return along(axis, slice(start, start + arrays[i].shape[axis]))


# -- joining ---------------------------------------------------------------------------


def together(arrays: Any) -> list[Any]:
    """The operands of a function of several; numbers are put where the arrays are."""
    xs = [as_operand(x) for x in arrays]
    like = next((data_of(x) for x in xs if type(x) is not np.ndarray), None)
    if like is None:
        return xs
    return [
        np.asarray(x, like=like) if not hasattr(given, "__array_function__") else x
        for given, x in zip(arrays, xs, strict=True)
    ]


@composite(np.concatenate)
def concatenate(arrays_: Any, axis: int | None = 0) -> Variable:
    """Join arrays along an axis they already have; None flattens them first."""
    xs = together(arrays_)
    if axis is None:
        xs, axis = [np.reshape(x, -1) for x in xs], 0
    return apply(primitives.concatenate, tuple(xs), {"axis": axis})


@composite(np.append)
def append(arr: Any, values: Any, axis: int | None = None) -> Variable:
    """`values` behind `arr` along `axis`; None flattens both first."""
    return concatenate([arr, values], axis)


@composite(np.stack)
def stack(arrays_: Any, axis: int = 0) -> Variable:
    """Join arrays of one shape along a new axis."""
    xs = together(arrays_)
    if len({x.shape for x in xs}) > 1:
        raise tell(ShapeError, "stack-shapes", xs)
    return concatenate([np.expand_dims(x, axis) for x in xs], axis)


@composite(np.vstack)
def vstack(tup: Any) -> Variable:
    """Join along the first axis; vectors become rows."""
    return concatenate([at_least_2d(x) for x in together(tup)], 0)


@composite(np.hstack)
def hstack(tup: Any) -> Variable:
    """Join along the second axis, or the only one."""
    xs = [np.reshape(x, -1) if x.ndim == 0 else x for x in together(tup)]
    return concatenate(xs, min(1, xs[0].ndim - 1) if xs else 0)


@composite(np.dstack)
def dstack(tup: Any) -> Variable:
    """Join along the third axis; see `atleast_3d` for arrays that have none."""
    return concatenate([at_least_3d(x) for x in together(tup)], 2)


@composite(np.column_stack)
def column_stack(tup: Any) -> Variable:
    """Join along the second axis; vectors become columns."""
    xs = together(tup)
    return concatenate([np.reshape(x, (-1, 1)) if x.ndim < 2 else x for x in xs], 1)


@composite(np.block)
def block(arrays: Any) -> Variable:
    """An array of blocks, from lists in lists: the innermost join along the last axis.

    Args:
        arrays: arrays or numbers, in lists of one depth. Those with fewer axes than
            others, or than lists around them, get new ones in front.
    """
    leaves = list(_leaves(arrays))
    depths = sorted({depth for depth, _ in leaves})
    if len(depths) != 1 or depths == [-1]:
        raise tell(ArgumentError, "block-depths", [x for _, x in leaves], depths=depths)
    xs = together([x for _, x in leaves])
    ndim = max(depths[0], *(x.ndim for x in xs))
    return lift(_joined(arrays, iter(xs), depths[0], ndim))


def _leaves(arrays: Any, depth: int = 0) -> Iterator[tuple[int, Any]]:
    """Pairs of a depth and what lies there, in order."""
    if isinstance(arrays, list) and arrays:
        for part in arrays:
            yield from _leaves(part, depth + 1)
    else:
        yield (-1 if isinstance(arrays, list) else depth), arrays


def _joined(nest: Any, xs: Iterator[Any], depth: int, ndim: int) -> Any:
    """The next of `xs`, joined as the lists in lists of `nest` say, `depth` of them."""
    if not isinstance(nest, list):
        x = next(xs)
        return np.reshape(x, (1,) * (ndim - x.ndim) + x.shape)
    return concatenate([_joined(part, xs, depth - 1, ndim) for part in nest], -depth)


# -- cutting up ------------------------------------------------------------------------


MOST_PARTS = 10_000  # of an array that has fewer elements


@composite(np.array_split)
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Variable]:
    """Cut an array along `axis`, into a number of parts or before given positions."""
    ary = lift(ary)
    axis = axis_of("split", ary, axis)
    length, cuts = ary.shape[axis], indices_or_sections
    if np.ndim(cuts) == 0:
        most = max(length, MOST_PARTS)
        if not isinstance(cuts, int | np.integer) or not 1 <= cuts <= most:
            raise tell(ArgumentError, "split-count", {"ary": ary}, most=most, got=cuts)
        small, larger = divmod(length, cuts)
        cuts = [i * small + min(i, larger) for i in range(1, cuts)]
    return [ary[along(axis, slice(a, b))] for a, b in pairwise([0, *cuts, length])]


@composite(np.split)
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Variable]:
    """As `array_split`; a number of parts has to divide the length."""
    parts = array_split(ary, indices_or_sections, axis)
    if np.ndim(indices_or_sections) == 0:
        _require_equal(parts, axis, ary)
    return parts


def _require_equal(parts: list[Variable], axis: int, ary: Any) -> None:
    if parts[0].shape != parts[-1].shape:
        fields = {"length": np.shape(ary)[axis], "parts": len(parts)}
        raise tell(ShapeError, "split-unequal", {"ary": ary}, **fields)


@composite(np.vsplit)
def vsplit(ary: Any, indices_or_sections: Any) -> list[Variable]:
    """`split` along the first axis of two or more."""
    return split(_deep("vsplit", ary, 2), indices_or_sections, 0)


@composite(np.hsplit)
def hsplit(ary: Any, indices_or_sections: Any) -> list[Variable]:
    """`split` along the second axis, or the only one."""
    ary = _deep("hsplit", ary, 1)
    return split(ary, indices_or_sections, min(1, ary.ndim - 1))


@composite(np.dsplit)
def dsplit(ary: Any, indices_or_sections: Any) -> list[Variable]:
    """`split` along the third axis."""
    return split(_deep("dsplit", ary, 3), indices_or_sections, 2)


def _deep(name: str, x: Any, ndim: int) -> Variable:
    x = lift(x)
    if x.ndim < ndim:
        raise tell(ShapeError, "split-axes", {"x": x}, name=name, expected=ndim)
    return x


@composite(np.unstack)
def unstack(x: Any, *, axis: int = 0) -> tuple[Variable, ...]:
    """The parts of an array along `axis`, which they lose: `stack`, backwards."""
    x = lift(x)
    axis = axis_of("unstack", x, axis)
    return tuple(x[along(axis, i)] for i in range(x.shape[axis]))


# -- repeating -------------------------------------------------------------------------


@composite(np.repeat)
def repeat(a: Any, repeats: Any, axis: int | None = None) -> Variable:
    """Repeat each element along `axis`, or of the flattened array."""
    a = ravel(a) if axis is None else lift(a)
    axis = axis_of("repeat", a, 0 if axis is None else axis)
    repeats = data_of(as_operand(repeats))
    fit = repeats.size in (1, a.shape[axis]) and repeats.dtype.kind in "biu"
    if not fit or np.any(repeats < 0):
        raise tell(
            ArgumentError,
            "repeat-counts",
            {"a": a},
            length=a.shape[axis],
            axis=axis,
            got=repeats.tolist(),
        )
    return a[along(axis, np.repeat(np.arange(a.shape[axis]), repeats))]


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


# -- applying a function ---------------------------------------------------------------


@composite(np.apply_along_axis)
def apply_along_axis(
    func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any
) -> Variable:
    """`func1d` of every vector along `axis`, its results put where that axis was.

    Args:
        func1d: of a vector; returns an array, always of the same shape. It is called
            once for each vector: what takes an axis itself is far quicker.
        axis: of `arr`.
        arr: one axis at least.
        *args: further arguments of `func1d`.
        **kwargs: likewise.
    """
    arr = lift(arr)
    axis = axis_of("apply_along_axis", arr, axis)
    last = moveaxis(arr, axis, -1)
    if not arr.size:
        raise tell(ShapeError, "along-axis-empty", {"arr": arr})
    vectors = unstack(reshape(last, (-1, last.shape[-1])))
    results = stack([func1d(x, *args, **kwargs) for x in vectors])
    shape = results.shape[1:]
    y = reshape(results, last.shape[:-1] + shape)
    rank = len(shape)
    back = tuple(range(axis, axis + rank))
    return moveaxis(y, tuple(range(y.ndim - rank, y.ndim)), back)


@composite(np.apply_over_axes)
def apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Variable:
    """``func(a, axis)`` for one axis after the other.

    Args:
        func: a reduction; an axis that it folds away comes back with length 1.
        a: any shape.
        axes: one or several.
    """
    a = lift(a)
    for axis in np.atleast_1d(axes).tolist():
        axis = axis_of("apply_over_axes", a, axis)
        y = lift(func(a, axis))
        a = y if y.ndim == a.ndim else expand_dims(y, axis)
    return a
