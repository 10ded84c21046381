"""The array functions that NumPy has no word for.

They dispatch like NumPy's own: given a Variable they record, given an array they
compute. Their gradient rules stand with everybody else's in `ondol.functions`.
"""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

import numpy as np

from .arrays import array_module, as_array, primitive
from .errors import ShapeError, tell

Shape = tuple[int, ...]


@primitive
def concatenate(*arrays: Any, axis: int = 0) -> Any:
    """NumPy's concatenate with the arrays as separate arguments, one rule for each."""
    return np.concatenate(arrays, axis=axis)


@primitive
def pad(x: Any, widths: tuple[tuple[int, int], ...], value: float) -> Any:
    """`x` with ``widths[i]`` elements of `value` before and after it along axis i."""
    shape = tuple(a + n + b for (a, b), n in zip(widths, x.shape, strict=True))
    out = np.full(shape, value, x.dtype, like=x)
    out[tuple(slice(a, a + n) for (a, _), n in zip(widths, x.shape, strict=True))] = x
    return out


@primitive
def einsum(*arrays: Any, subscripts: str) -> Any:
    """NumPy's einsum with the operands first; `subscripts` names its output."""
    return np.einsum(subscripts, *arrays, optimize=len(arrays) > 2)


def selects_once(index: Any) -> bool:
    """Can no element be selected twice? True of slices, numbers and boolean masks."""
    parts = index if isinstance(index, tuple) else (index,)
    basic = (int, np.integer, slice, type(None), type(Ellipsis))
    return all(
        isinstance(part, basic) or getattr(part, "dtype", None) == np.bool_
        for part in parts
    )


@primitive
def put(x: Any, index: Any, shape: Shape) -> Any:
    """Zeros of `shape` with `x` added at `index`: what indexing is, backwards."""
    x = as_array(x)  # of one element: a gradient with no axes may come as a scalar
    out = np.zeros(shape, x.dtype, like=x)
    if selects_once(index):
        out[index] = x
    else:
        array_module(out).add.at(out, index, x)
    return out


def index_along_axis(index: Any, axis: int, shape: Shape) -> tuple[Any, ...]:
    """The index of what ``np.take_along_axis(x, index, axis)`` takes from `shape`."""
    if index.ndim != len(shape):
        raise tell(ShapeError, "index-axes", expected=len(shape), got=index.ndim)
    where = list(np.ix_(*(np.arange(n, like=index) for n in shape)))
    where[axis] = index
    return tuple(where)


@primitive
def put_along_axis(x: Any, index: Any, axis: int, shape: Shape) -> Any:
    """Zeros of `shape` with `x` added at `index` along `axis`."""
    return put(x, index_along_axis(index, axis, shape), shape)


def _selected(index: Any, x: Any) -> Any:
    """The elements of the flattened ``x[index]``, as positions in the flattened `x`."""
    flat = np.arange(x.size, like=x)
    return np.reshape(np.reshape(flat, x.shape)[index], -1)


def groups(index: Any, x: Any) -> tuple[Any, Any, Any]:
    """Which elements of `x` an index selects, and how often.

    Returns:
        ``places``: the elements selected, each once, as positions in the flattened `x`.
        ``row``: for each element of the flattened ``x[index]`` where in `places` it is.
        ``column``: how many before it are of the same place.
    """
    places, row, counts = np.unique(
        _selected(index, x), return_inverse=True, return_counts=True
    )
    order = np.argsort(row, kind="stable")
    first = np.cumsum(counts) - counts
    column = np.zeros_like(row)
    column[order] = np.arange(row.size, like=row) - first[row[order]]
    return places, row, column


def _last(index: Any, x: Any) -> tuple[Any, Any]:
    """The places an index selects, each once, and which of ``x[index]`` is its last."""
    selected = _selected(index, x)
    places, from_behind = np.unique(np.flip(selected), return_index=True)
    return places, selected.size - 1 - from_behind


@primitive
def stays(index: Any, x: Any) -> Any:
    """1 for each element of ``x[index]`` that stays in `x` after an assignment."""
    mask = np.zeros_like(x[index])
    if not selects_once(index):
        flat = np.reshape(mask, -1)
        flat[_last(index, x)[1]] = 1
        return np.reshape(flat, mask.shape)
    return mask + 1


@primitive
def set_at(x: Any, index: Any, v: Any) -> Any:
    """`x` with `v`, a number or of the shape of ``x[index]``, in place of that.

    Of several values for one element the last stays. (NumPy promises that for indices
    of one axis; CuPy does not.)
    """
    out = as_array(x).copy()
    if selects_once(index):
        out[index] = v
        return out
    places, last = _last(index, out)
    flat = np.reshape(out, -1)
    flat[places] = np.reshape(v, -1)[last] if getattr(v, "ndim", 0) else v
    return np.reshape(flat, out.shape)


@primitive
def maximum_at(x: Any, index: Any, v: Any) -> Any:
    """`x` with the larger of ``x[index]`` and `v` in place of ``x[index]``."""
    out = as_array(x).copy()
    array_module(out).maximum.at(out, index, v)
    return out


@primitive
def minimum_at(x: Any, index: Any, v: Any) -> Any:
    """`x` with the smaller of ``x[index]`` and `v` in place of ``x[index]``."""
    out = as_array(x).copy()
    array_module(out).minimum.at(out, index, v)
    return out


@primitive
def windows(x: Any, size: Shape, stride: Shape, dilation: Shape) -> Any:
    """Every window of `size` over the last axes of `x`, as a read-only view.

    Args:
        x: ``(..., *spatial)``.
        size: of a window, one number for each spatial axis.
        stride: step between windows, likewise.
        dilation: step between the elements of a window, likewise.

    Returns:
        ``(..., *size, *positions)``, where
        ``positions = (spatial - (size - 1) * dilation - 1) // stride + 1``.
    """
    if min((*size, *stride, *dilation), default=0) < 1 or len(size) > x.ndim:
        raise tell(
            ShapeError,
            "windows-settings",
            size=size,
            stride=stride,
            dilation=dilation,
            shape=x.shape,
        )
    lead, spatial = x.shape[: -len(size)], x.shape[-len(size) :]
    axes = zip(spatial, size, stride, dilation, strict=True)
    positions = tuple((n - (k - 1) * d - 1) // s + 1 for n, k, s, d in axes)
    if min(positions) < 1:
        raise tell(ShapeError, "windows-fit", size=size, spatial=spatial)
    steps = x.strides[-len(size) :]
    strides = (
        *x.strides[: -len(size)],
        *(step * d for step, d in zip(steps, dilation, strict=True)),
        *(step * s for step, s in zip(steps, stride, strict=True)),
    )
    module = array_module(x)
    shape = (*lead, *size, *positions)
    if module is not np:
        return module.lib.stride_tricks.as_strided(x, shape, strides)
    if not x.flags.c_contiguous:
        return np.lib.stride_tricks.as_strided(x, shape, strides, writeable=False)
    view = np.ndarray(shape, x.dtype, x, 0, strides)  # in a quarter of the time
    view.flags.writeable = False
    return view


@primitive
def fold(x: Any, spatial: Shape, stride: Shape, dilation: Shape) -> Any:
    """Add windows back to where they were taken from: `windows`, backwards.

    Args:
        x: ``(..., *size, *positions)``.
        spatial: the sizes of the last axes of the result.
        stride: as for `windows`.
        dilation: as for `windows`.
    """
    rank = len(spatial)
    lead, size = x.shape[: -2 * rank], x.shape[-2 * rank : -rank]
    positions = x.shape[-rank:]
    out = np.zeros((*lead, *spatial), x.dtype, like=x)
    parts = np.reshape(x, (*lead, prod(size), *positions))
    axes = zip(size, positions, stride, dilation, strict=True)
    targets = [
        [slice(k * d, k * d + s * (n - 1) + 1 if n else 0, s) for k in range(length)]
        for length, n, s, d in axes
    ]
    spans = zip(size, stride, dilation, strict=True)
    apart = all(s > (length - 1) * d for length, s, d in spans)
    for k, target in enumerate(product(*targets)):
        place: Any = (..., *target)
        part: Any = (..., k, *(slice(None),) * rank)
        if apart:  # no element lies in two windows, so that there is nothing to add to
            out[place] = parts[part]
        else:
            there = out[place]
            there += parts[part]  # ``out[place] +=`` would also copy it onto itself
    return out
