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
    """Can no element be selected twice? True of slices, numbers and a boolean mask."""
    parts = index if isinstance(index, tuple) else (index,)
    basic = (int, np.integer, slice, type(None), type(Ellipsis))
    return all(isinstance(part, basic) for part in parts) or (
        getattr(index, "dtype", None) == np.bool_
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


@primitive
def put_along_axis(x: Any, index: Any, axis: int, shape: Shape) -> Any:
    """Zeros of `shape` with `x` added at `index` along `axis`."""
    where = list(np.ix_(*(np.arange(n, like=index) for n in index.shape)))
    where[axis] = index
    return put(x, tuple(where), shape)


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
        raise ValueError(
            f"windows of size {size}, stride {stride}, dilation {dilation} over the "
            f"last axes of {x.shape}: expected a number of 1 or more for each axis"
        )
    lead, spatial = x.shape[: -len(size)], x.shape[-len(size) :]
    axes = zip(spatial, size, stride, dilation, strict=True)
    positions = tuple((n - (k - 1) * d - 1) // s + 1 for n, k, s, d in axes)
    if min(positions) < 1:
        raise ValueError(f"a window of {size} does not fit into {spatial}")
    steps = x.strides[-len(size) :]
    strides = (
        *x.strides[: -len(size)],
        *(step * d for step, d in zip(steps, dilation, strict=True)),
        *(step * s for step, s in zip(steps, stride, strict=True)),
    )
    module = array_module(x)
    safe = {"writeable": False} if module is np else {}
    shape = (*lead, *size, *positions)
    return module.lib.stride_tricks.as_strided(x, shape, strides, **safe)


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
    for k, target in enumerate(product(*targets)):
        place: Any = (..., *target)
        part: Any = (..., k, *(slice(None),) * rank)
        out[place] += parts[part]
    return out
