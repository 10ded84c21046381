"""Where the spellings stand, and what they have in common."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..graph import Shape

LOWER: dict[Any, Callable[..., Any]] = {}


def lower(*functions: Any) -> Callable[[Any], Any]:
    """Say how `functions` are spelled."""

    def register(spelling: Callable[..., Any]) -> Callable[..., Any]:
        for function in functions:
            LOWER[function] = spelling
        return spelling

    return register


def axis_of(axis: Any, ndim: int) -> int:
    """One axis, counted from the front."""
    return int(np.lib.array_utils.normalize_axis_index(operator.index(axis), ndim))


def axes_of(axis: Any, ndim: int) -> Shape:
    """An axis, several or all, counted from the front."""
    if axis is None or not ndim:  # NumPy folds a number over axis 0, too
        return tuple(range(ndim))
    return tuple(np.lib.array_utils.normalize_axis_tuple(axis, ndim))


def shape_of(shape: Any) -> Shape:
    """A shape that may be given as one length."""
    return tuple(shape) if np.iterable(shape) else (shape,)
