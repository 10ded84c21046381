"""Reductions and running functions, and C's functions of one number."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...errors import (
    ShapeError,
    tell,
)
from ...functions import special_values
from ..builder import Builder
from ..graph import Node
from ..ops import Elementwise
from .table import LOWER, axes_of, axis_of, lower


def _elementwise(name: str, function: Any) -> None:
    """C has a function for what takes NumPy code of our own."""
    ufunc = Elementwise(name, function.__wrapped__)
    LOWER[function] = lambda b, x: b.map(ufunc, b.operand(x))


_elementwise("erf", special_values.erf)
_elementwise("erfc", special_values.erfc)
_elementwise("lgamma", special_values.gammaln)


# -- folding axes ---------------------------------------------------------------------


def _reduction(ufunc: Any, dtype_of: Callable[[Any], Any]) -> Callable[..., Node]:
    def spelling(
        b: Builder, a: Any, axis: Any = None, *, keepdims: bool = False
    ) -> Node:
        x = b.operand(a)
        x = b.cast(x, dtype_of(x.dtype))
        axes = axes_of(axis, len(x.shape))
        if ufunc.identity is None and not math.prod(x.shape[i] for i in axes):
            fields = {"name": ufunc.__name__, "shape": x.shape, "axis": axis}
            raise tell(ShapeError, "compile-no-elements", **fields)
        return b.reduce(ufunc, x, axes, keepdims)

    return spelling


def wide(dtype: np.dtype[Any]) -> Any:
    """The dtype in which NumPy sums: small integers would overflow."""
    return np.add.reduce(np.empty(0, dtype)).dtype


def _bool(dtype: np.dtype[Any]) -> Any:
    return np.bool_


def _alike(dtype: np.dtype[Any]) -> Any:
    return dtype


LOWER[np.sum] = _reduction(np.add, wide)
LOWER[np.prod] = _reduction(np.multiply, wide)
LOWER[np.max] = LOWER[np.amax] = _reduction(np.maximum, _alike)
LOWER[np.min] = LOWER[np.amin] = _reduction(np.minimum, _alike)
LOWER[np.any] = _reduction(np.logical_or, _bool)
LOWER[np.all] = _reduction(np.logical_and, _bool)


@lower(np.mean)
def _mean(b: Builder, a: Any, axis: Any = None, *, keepdims: bool = False) -> Node:
    x = b.operand(a)
    dtype = x.dtype if x.dtype.kind in "fc" else np.dtype(np.float64)
    axes = axes_of(axis, len(x.shape))
    n = math.prod(x.shape[i] for i in axes)
    wide = np.dtype(np.float32) if dtype == np.float16 else dtype
    total = b.reduce(np.add, b.cast(x, wide), axes, keepdims)
    return b.cast(b.map(np.true_divide, total, n), dtype)


@lower(np.count_nonzero)
def _count(b: Builder, a: Any, axis: Any = None, *, keepdims: bool = False) -> Node:
    x = b.cast(b.cast(b.operand(a), np.bool_), np.intp)
    return b.reduce(np.add, x, axes_of(axis, len(x.shape)), keepdims)


def _arg(largest: bool) -> Callable[..., Node]:
    def spelling(
        b: Builder, a: Any, axis: Any = None, *, keepdims: bool = False
    ) -> Node:
        x = b.operand(a)
        flat = axis is None
        ndim = len(x.shape)
        y = b.reshape(x, (-1,)) if flat else x
        at = 0 if flat else axis_of(axis, ndim)
        y = b.node("arg", (y,), largest, at)
        if not keepdims:
            return y
        folded = axes_of(axis, ndim)
        return b.reshape(
            y, tuple(1 if i in folded else n for i, n in enumerate(x.shape))
        )

    return spelling


LOWER[np.argmax], LOWER[np.argmin] = _arg(True), _arg(False)


def _running(ufunc: Any) -> Callable[..., Node]:
    def spelling(b: Builder, a: Any, axis: Any = None) -> Node:
        x = b.operand(a)
        x = b.cast(x, wide(x.dtype))
        x = b.reshape(x, (-1,)) if axis is None else x
        return b.node("scan", (x,), ufunc, axis_of(axis or 0, len(x.shape)))

    return spelling


LOWER[np.cumsum], LOWER[np.cumprod] = _running(np.add), _running(np.multiply)


@lower(np.argsort)
def _argsort(b: Builder, a: Any, axis: Any = -1, **how: Any) -> Node:
    x = b.operand(a)
    x = b.reshape(x, (-1,)) if axis is None else x
    return b.node("argsort", (x,), axis_of(-1 if axis is None else axis, len(x.shape)))
