"""Picking elements, putting them back, diagonals and triangles."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from ... import primitives
from ...errors import (
    IndexingError,
    UnsupportedError,
    tell,
)
from ..builder import Builder
from ..graph import Node, Shape
from .table import LOWER, axis_of, lower


@lower(np.repeat)
def _repeat(b: Builder, a: Any, repeats: Any, axis: Any = None) -> Node:
    x = b.operand(a)
    x = b.reshape(x, (-1,)) if axis is None else x
    i = axis_of(axis or 0, len(x.shape))
    index = np.repeat(np.arange(x.shape[i]), repeats)
    return _take(b, x, index, i)


# -- picking --------------------------------------------------------------------------


@lower(np.take)
def _take(b: Builder, a: Any, indices: Any, axis: Any = None) -> Node:
    x, index = b.operand(a), b.operand(indices)
    x = b.reshape(x, (-1,)) if axis is None else x
    i = axis_of(axis or 0, len(x.shape))
    order = (i, *(j for j in range(len(x.shape)) if j != i))
    y = b.node("take", (b.transpose(x, order), b.cast(index, np.intp)))
    ndim, k = len(y.shape), len(index.shape)
    back = (*range(k, k + i), *range(k), *range(k + i, ndim))
    return b.transpose(y, back)


@lower(np.take_along_axis)
def _take_along_axis(b: Builder, arr: Any, indices: Any, axis: Any) -> Node:
    x, index = b.operand(arr), b.operand(indices)
    return _picked(b, x, _along(b, index, x.shape, axis))


def _along(b: Builder, index: Node, shape: Shape, axis: Any) -> list[Any]:
    """Index arrays for each axis: the given one along `axis`, else each place."""
    ndim = len(shape)
    at = axis_of(axis, ndim)
    parts: list[Any] = []
    for i, n in enumerate(shape):
        line = b.reshape(b.iota(n), tuple(n if j == i else 1 for j in range(ndim)))
        parts.append(index if i == at else line)
    return parts


@lower(primitives.put_along_axis)
def _put_along_axis(b: Builder, x: Any, index: Any, axis: int, shape: Shape) -> Node:
    return _placed(b, b.operand(x), _along(b, b.operand(index), shape, axis), shape)


@lower(operator.getitem)
def getitem(b: Builder, x: Any, index: Any) -> Node:
    """Everything that NumPy can pick, but for masks, whose count is a value."""
    x = b.operand(x)
    x, parts = _basic(b, x, index if isinstance(index, tuple) else (index,))
    return _picked(b, x, parts) if any(p is not None for p in parts) else x


@lower(primitives.put)
def _put(b: Builder, x: Any, index: Any, shape: Shape) -> Node:
    """Zeros with `x` added where indexing would have taken it from."""
    x = b.operand(x)
    part = index[0] if isinstance(index, tuple) and len(index) == 1 else index
    if is_index_array(part) and part.dtype.kind in "iu" and x.shape[-1:] == shape[-1:]:
        flat, lead = _flat_index(b, [_checked(b, part, shape[0])], [shape[0]])
        return b.put(b.broadcast(x, (*lead, *shape[1:])), flat, shape[0])
    size = math.prod(shape)
    places = b.reshape(b.iota(size), shape)
    taken = getitem(b, places, index)
    flat = b.reshape(b.broadcast(x, taken.shape), (-1,))
    out = b.node("put", (flat, b.reshape(taken, (-1,))), size)
    return b.reshape(out, shape)


def _basic(b: Builder, x: Node, index: tuple[Any, ...]) -> tuple[Node, list[Any]]:
    """Do the slices, numbers and new axes; leave the index arrays for each axis."""
    full = _expanded(index, len(x.shape))
    cuts: list[tuple[int, int, int]] = []
    shape: list[int] = []
    parts: list[Any] = []
    axis = 0
    advanced = any(is_index_array(part) for part in full)
    for part in full:
        if part is None:
            shape.append(1)
            parts.append(None)
            continue
        n = x.shape[axis]
        if isinstance(part, slice):
            cut = range(n)[part]
            cuts.append((cut.start if len(cut) else 0, cut.step, len(cut)))
            shape.append(len(cut))
            parts.append(None)
        elif is_index_array(part) or advanced:
            cuts.append((0, 1, n))
            shape.append(n)
            parts.append(_checked(b, part, n))
        else:
            cuts.append((_number(part, n), 1, 1))
        axis += 1
    return b.reshape(b.slice(x, cuts), shape), parts


def _expanded(index: tuple[Any, ...], ndim: int) -> list[Any]:
    """An index with a part for each axis."""
    parts: list[Any] = []
    for part in index:
        if _is_mask(part) and not isinstance(part, Node):
            parts += np.nonzero(part) if np.ndim(part) else [None, slice(0, int(part))]
            continue
        if _is_mask(part):
            raise tell(UnsupportedError, "compile-mask")
        parts.append(np.asarray(part) if isinstance(part, list) else part)
    given = sum(part is not None and part is not Ellipsis for part in parts)
    if given > ndim:
        raise tell(IndexingError, "compile-indices", given=given, ndim=ndim)
    if not any(part is Ellipsis for part in parts):
        parts.append(Ellipsis)
    at = next(i for i, part in enumerate(parts) if part is Ellipsis)
    return parts[:at] + [slice(None)] * (ndim - given) + parts[at + 1 :]


def is_index_array(part: Any) -> bool:
    """Is a part of an index an array, which picks elements one by one?"""
    return isinstance(part, Node) or (isinstance(part, np.ndarray) and part.ndim > 0)


def _is_mask(part: Any) -> bool:
    if isinstance(part, list):
        part = np.asarray(part)
    return isinstance(part, bool | np.bool_) or getattr(part, "dtype", None) == np.bool_


def _number(part: Any, n: int) -> int:
    i = operator.index(part)
    if not -n <= i < n:
        raise tell(IndexingError, "compile-index", index=i, length=n)
    return i % n


def _checked(b: Builder, part: Any, n: int) -> Node:
    """An index array; one that is known is checked now."""
    if isinstance(part, Node):
        return b.cast(part, np.intp)
    part = np.asarray(part)
    if part.size and not (-n <= part.min() and part.max() < n):
        raise tell(IndexingError, "compile-index", index=part, length=n)
    return b.const(part.astype(np.intp) % max(n, 1))


def _picked(b: Builder, x: Node, parts: list[Any]) -> Node:
    """The elements at index arrays, one for each axis that has one."""
    at = [i for i, part in enumerate(parts) if part is not None]
    rest = [i for i in range(len(x.shape)) if i not in at]
    flat, shape = _flat_index(b, [parts[i] for i in at], [x.shape[i] for i in at])
    x = b.transpose(x, (*at, *rest))
    rows = math.prod(x.shape[: len(at)])
    x = b.reshape(x, (rows, *x.shape[len(at) :]))
    y = b.node("take", (x, flat))
    if at == list(range(at[0], at[0] + len(at))):  # they stand where they stood
        k = len(shape)
        y = b.transpose(
            y, (*range(k, k + at[0]), *range(k), *range(k + at[0], len(y.shape)))
        )
    return y


def _placed(b: Builder, x: Node, parts: list[Node], shape: Shape) -> Node:
    """Zeros of `shape` with `x` added at index arrays, one for each axis."""
    flat, places = _flat_index(b, parts, list(shape))
    x = b.reshape(b.broadcast(x, places), (-1,))
    size = math.prod(shape)
    return b.reshape(b.node("put", (x, b.reshape(flat, (-1,))), size), shape)


def _flat_index(
    b: Builder, parts: list[Node], lengths: list[int]
) -> tuple[Node, Shape]:
    """One index into the axes seen as one; negative numbers count from the end."""
    shape = np.broadcast_shapes(*(part.shape for part in parts))
    total: Any = None
    for part, n in zip(parts, lengths, strict=True):
        if part.op == "const":
            part = b.const(part.attrs[0] % max(n, 1))
        elif part.op not in ("iota", "reshape"):
            part = b.where(b.map(np.less, part, 0), b.map(np.add, part, n), part)
        total = (
            part if total is None else b.map(np.add, b.map(np.multiply, total, n), part)
        )
    return b.broadcast(total, shape), shape


@lower(np.diagonal)
def diagonal(
    b: Builder, a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1
) -> Node:
    """The elements whose two indices differ by `offset`, on a new last axis."""
    x = b.operand(a)
    ndim = len(x.shape)
    i, j = axis_of(axis1, ndim), axis_of(axis2, ndim)
    rest = [k for k in range(ndim) if k not in (i, j)]
    rows, columns = max(-offset, 0), max(offset, 0)
    n = max(min(x.shape[i] - rows, x.shape[j] - columns), 0)
    flat = (np.arange(n) + rows) * x.shape[j] + np.arange(n) + columns
    y = b.transpose(x, (*rest, i, j))
    y = b.reshape(y, (*(x.shape[k] for k in rest), x.shape[i] * x.shape[j]))
    return _take(b, y, flat, -1)


@lower(np.trace)
def _trace(b: Builder, a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Node:
    return LOWER[np.sum](b, diagonal(b, a, offset, axis1, axis2), -1)


@lower(np.tril)
def _tril(b: Builder, m: Any, k: int = 0) -> Node:
    x = b.operand(m)
    kept = _triangle(x, k)
    return b.where(b.const(kept), x, b.const(0, x.dtype))


@lower(np.triu)
def _triu(b: Builder, m: Any, k: int = 0) -> Node:
    x = b.operand(m)
    dropped = _triangle(x, k - 1)
    return b.where(b.const(dropped), b.const(0, x.dtype), x)


def _triangle(x: Node, k: int) -> Any:
    rows, columns = x.shape[-2:]
    return np.tri(rows, columns, k, dtype=bool)
