"""Checks that several functions share; each error says what was expected and given.

Those of arrays know neither the function nor the lines where its operands were made:
the engine adds them.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from operator import index
from typing import Any

import numpy as np

from ..arrays import is_array
from ..errors import ArgumentError, DtypeError, IndexingError, ShapeError, tell

NUMBERS = int | float | np.integer | np.floating


def positive(name: str, value: Any) -> Any:
    """A finite number above 0, as it came."""
    if not isinstance(value, NUMBERS) or not 0 < value < inf:
        raise tell(ArgumentError, "setting-positive", name=name, got=value)
    return value


def at_least_0(name: str, value: Any) -> Any:
    """A finite number of 0 or more, as it came."""
    if not isinstance(value, NUMBERS) or not 0 <= value < inf:
        raise tell(ArgumentError, "setting-not-negative", name=name, got=value)
    return value


def check_flag(name: str, value: Any) -> None:
    """Refuse what is neither on nor off, such as a number that is out of place."""
    if not isinstance(value, bool | np.bool_):
        raise tell(ArgumentError, "setting-flag", name=name, got=value)


def check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    """Refuse what is none of several words."""
    if not isinstance(value, str) or value not in choices:
        raise tell(
            ArgumentError,
            "setting-choice",
            name=name,
            choices=", ".join(choices),
            got=value,
        )


def axis_of(name: str, x: Any, axis: Any) -> int:
    """One axis of `x`, counted from the front."""
    try:
        position = index(axis)
    except TypeError:
        position = x.ndim
    if not -x.ndim <= position < x.ndim:
        raise tell(ArgumentError, "axis-missing", {"x": x}, name=name, got=axis)
    return position % x.ndim


def axes_of(name: str, x: Any, axis: Any) -> tuple[int, ...]:
    """All axes of `x` (None), one, or several, each once; counted from the front."""
    if axis is None:
        return tuple(range(x.ndim))
    several = axis if isinstance(axis, Sequence) else (axis,)
    positions = tuple(axis_of(name, x, one) for one in several)
    if len({*positions}) < len(positions):
        raise tell(ArgumentError, "axis-twice", {"x": x}, name=name, got=axis)
    return positions


def check_ids(ids: Any, count: int) -> None:
    """Refuse ids that are not whole numbers from 0 to count - 1."""
    if ids.dtype.kind not in "iu":
        raise tell(DtypeError, "ids-dtype", last=count - 1, dtype=ids.dtype)
    if not is_array(ids) or not ids.size:
        return
    flat = ids.ravel()
    low, high = flat[flat.argmin()], flat[flat.argmax()]  # quicker than min and max
    if low < 0 or high >= count:
        wrong = low if low < 0 else high
        raise tell(IndexingError, "ids-range", wrong=wrong, last=count - 1, count=count)


def check_classes(x: Any, t: Any) -> None:
    """Refuse targets that are not one class id for each row of scores."""
    check_ids(t, x.shape[-1] if x.ndim else 0)
    if x.ndim == 0 or t.shape != x.shape[:-1]:
        raise tell(
            ShapeError,
            "classes-shape",
            expected=x.shape[:-1],
            scores=x.shape,
            got=t.shape,
        )


def check_same_shape(x: Any, t: Any) -> None:
    """Refuse operands that would broadcast: the loss would train a wrong model."""
    if x.shape != t.shape:
        code = "targets-reshape" if x.size == t.size else "targets-shape"
        raise tell(ShapeError, code, x=x.shape, t=t.shape)


def broadcasts(shape: tuple[int, ...], target: tuple[int, ...]) -> bool:
    """Does an array of `shape` broadcast to `target`, which stays as it is?"""
    pairs = zip(shape[::-1], target[::-1], strict=False)
    return len(shape) <= len(target) and all(n in (1, m) for n, m in pairs)
