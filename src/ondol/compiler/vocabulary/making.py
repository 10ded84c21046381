"""Choosing, and arrays that are made like others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..builder import Builder
from ..graph import Node
from .table import LOWER, lower

# -- choosing, and arrays made like others --------------------------------------------


@lower(np.where)
def _where(b: Builder, condition: Any, x: Any, y: Any) -> Node:
    return b.where(condition, x, y)


@lower(np.clip)
def _clip(b: Builder, a: Any, low: Any = None, high: Any = None) -> Node:
    x = b.operand(a)
    x = x if low is None else b.map(np.maximum, x, low)
    return x if high is None else b.map(np.minimum, x, high)


def _like(value: Any) -> Callable[..., Node]:
    def spelling(b: Builder, a: Any, dtype: Any = None, shape: Any = None) -> Node:
        x = b.operand(a)
        return b.full(x.shape if shape is None else shape, value, dtype or x.dtype)

    return spelling


LOWER[np.zeros_like] = LOWER[np.empty_like] = _like(0)
LOWER[np.ones_like] = _like(1)


@lower(np.full_like)
def _full_like(
    b: Builder, a: Any, fill_value: Any, dtype: Any = None, shape: Any = None
) -> Node:
    x = b.operand(a)
    value = b.cast(b.operand(fill_value), dtype or x.dtype)
    return b.broadcast(value, x.shape if shape is None else shape)


def _made(value: Any) -> Callable[..., Node]:
    def spelling(b: Builder, shape: Any, dtype: Any = float, **how: Any) -> Node:
        shape = tuple(shape) if np.iterable(shape) else (shape,)
        return b.full(shape, value, dtype)

    return spelling


LOWER[np.zeros], LOWER[np.ones], LOWER[np.empty] = _made(0), _made(1), _made(0)


@lower(np.full)
def _full(
    b: Builder,
    shape: Any,
    value: Any,
    dtype: Any = None,
    **how: Any,
) -> Node:
    node = b.operand(value)
    node = node if dtype is None else b.cast(node, dtype)
    return b.broadcast(node, tuple(shape) if np.iterable(shape) else (shape,))


@lower(np.arange)
def _arange(b: Builder, *ends: Any, dtype: Any = None, like: Any = None) -> Node:
    values = np.arange(*ends, dtype=dtype)
    if ends == (len(values),):
        return b.iota(len(values), values.dtype)
    return b.const(values)


@lower(np.asarray, np.array)
def _asarray(b: Builder, a: Any, dtype: Any = None, **how: Any) -> Node:
    x = b.operand(a)
    return x if dtype is None else b.cast(x, dtype)


@lower(np.tri)
def _tri(b: Builder, *args: Any, like: Any = None, **kwargs: Any) -> Node:
    return b.const(np.tri(*args, **kwargs))


@lower(np.eye)
def _eye(b: Builder, *args: Any, like: Any = None, **kwargs: Any) -> Node:
    return b.const(np.eye(*args, **kwargs))
