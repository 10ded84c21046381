"""Shapes, joining, windows: the same elements in other places."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import arrays, primitives
from ...errors import (
    ShapeError,
    tell,
)
from ..builder import Builder
from ..graph import Node, Shape
from .table import axes_of, axis_of, lower, shape_of

# -- shapes ---------------------------------------------------------------------------


@lower(np.reshape)
def _reshape(b: Builder, a: Any, shape: Any, order: str = "C") -> Node:
    x = b.operand(a)
    shape = tuple(shape) if np.iterable(shape) else (shape,)
    if order == "F":
        turned = b.reshape(b.transpose(x, _backwards(x)), shape[::-1])
        return b.transpose(turned, _backwards(turned))
    return b.reshape(x, shape)


def _backwards(x: Node) -> Shape:
    return tuple(range(len(x.shape)))[::-1]


@lower(np.ravel)
def _ravel(b: Builder, a: Any, order: str = "C") -> Node:
    return _reshape(b, a, (-1,), order)


@lower(np.transpose)
def _transpose(b: Builder, a: Any, axes: Any = None) -> Node:
    x = b.operand(a)
    ndim = len(x.shape)
    order = range(ndim)[::-1] if axes is None else axes_of(axes, ndim)
    if len(order) != ndim:
        raise tell(ShapeError, "compile-transpose", axes=axes, ndim=ndim)
    return b.transpose(x, tuple(order))


@lower(np.moveaxis)
def _moveaxis(b: Builder, a: Any, source: Any, destination: Any) -> Node:
    x = b.operand(a)
    ndim = len(x.shape)
    pairs = zip(axes_of(destination, ndim), axes_of(source, ndim), strict=True)
    order = [i for i in range(ndim) if i not in axes_of(source, ndim)]
    for to, axis in sorted(pairs):
        order.insert(to, axis)
    return b.transpose(x, tuple(order))


@lower(np.swapaxes)
def _swapaxes(b: Builder, a: Any, axis1: int, axis2: int) -> Node:
    x = b.operand(a)
    order = list(range(len(x.shape)))
    i, j = axis_of(axis1, len(order)), axis_of(axis2, len(order))
    order[i], order[j] = j, i
    return b.transpose(x, tuple(order))


@lower(np.expand_dims)
def _expand_dims(b: Builder, a: Any, axis: Any) -> Node:
    x = b.operand(a)
    count = len(axis) if isinstance(axis, list | tuple) else 1
    axes = axes_of(axis, len(x.shape) + count)
    lengths = iter(x.shape)
    ndim = len(x.shape) + count
    return b.reshape(x, tuple(1 if i in axes else next(lengths) for i in range(ndim)))


@lower(np.squeeze)
def _squeeze(b: Builder, a: Any, axis: Any = None) -> Node:
    x = b.operand(a)
    ones = tuple(i for i, n in enumerate(x.shape) if n == 1)
    axes = ones if axis is None else axes_of(axis, len(x.shape))
    if not set(axes) <= set(ones):
        raise tell(ShapeError, "compile-squeeze", axis=axis, shape=x.shape)
    return b.reshape(x, tuple(n for i, n in enumerate(x.shape) if i not in axes))


@lower(np.broadcast_to)
def _broadcast_to(b: Builder, array: Any, shape: Any) -> Node:
    return b.broadcast(b.operand(array), shape_of(shape))


@lower(np.copy, np.positive)
def _copy(b: Builder, a: Any) -> Node:
    return b.operand(a)


@lower(arrays.astype)
def _astype(b: Builder, x: Any, dtype: Any) -> Node:
    return b.cast(b.operand(x), dtype)


@lower(np.flip)
def _flip(b: Builder, m: Any, axis: Any = None) -> Node:
    x = b.operand(m)
    axes = axes_of(axis, len(x.shape))
    return b.slice(
        x,
        [
            (n - 1, -1, n) if i in axes and n else (0, 1, n)
            for i, n in enumerate(x.shape)
        ],
    )


@lower(np.roll)
def _roll(b: Builder, a: Any, shift: Any, axis: Any = None) -> Node:
    x = b.operand(a)
    if axis is None:
        return b.reshape(_roll(b, b.reshape(x, (-1,)), shift, 0), x.shape)
    pairs = np.broadcast(shift, axis)
    for by, at in pairs:
        i = axis_of(at, len(x.shape))
        n = x.shape[i]
        if n and by % n:
            x = b.concat(
                [_cut(b, x, i, n - by % n, n), _cut(b, x, i, 0, n - by % n)], i
            )
    return x


def _cut(b: Builder, x: Node, axis: int, start: int, stop: int) -> Node:
    """A piece along one axis."""
    whole = enumerate(x.shape)
    return b.slice(
        x, [(start, 1, stop - start) if i == axis else (0, 1, n) for i, n in whole]
    )


@lower(np.concatenate)
def _concatenate(b: Builder, xs: Any, axis: Any = 0) -> Node:
    return _joined(b, *xs, axis=axis)


@lower(primitives.concatenate)
def _joined(b: Builder, *xs: Any, axis: Any = 0) -> Node:
    nodes = [b.operand(x) for x in xs]
    if axis is None:
        return b.concat([b.reshape(x, (-1,)) for x in nodes], 0)
    return b.concat(nodes, axis_of(axis, len(nodes[0].shape)))


@lower(np.stack)
def _stack(b: Builder, arrays: Any, axis: int = 0) -> Node:
    nodes = [b.operand(x) for x in arrays]
    at = axis_of(axis, len(nodes[0].shape) + 1)
    return b.concat([_expand_dims(b, x, at) for x in nodes], at)


@lower(primitives.pad)
def _pad(b: Builder, x: Any, widths: Any, value: Any) -> Node:
    return b.pad(b.operand(x), widths, value)


# -- windows --------------------------------------------------------------------------


@lower(primitives.windows)
def _windows(b: Builder, x: Any, size: Any, stride: Any, dilation: Any) -> Node:
    return b.node(
        "windows", (b.operand(x),), tuple(size), tuple(stride), tuple(dilation)
    )


@lower(primitives.fold)
def _fold(b: Builder, x: Any, spatial: Any, stride: Any, dilation: Any) -> Node:
    parts = tuple(spatial), tuple(stride), tuple(dilation)
    return b.node("fold", (b.operand(x),), *parts)
