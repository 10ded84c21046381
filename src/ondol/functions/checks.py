"""Checks that several functions share; each error says what was expected and given.

Those of arrays raise Python's own errors, which the engine retells with the function,
the operands, and the lines where these were made.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from operator import index
from typing import Any

import numpy as np

from ..arrays import is_array
from ..errors import ArgumentError, operands

NUMBERS = int | float | np.integer | np.floating


def positive(name: str, value: Any) -> Any:
    """A finite number above 0, as it came."""
    if not isinstance(value, NUMBERS) or not 0 < value < inf:
        raise ArgumentError(f"{name}: expected a number above 0, got {value!r}")
    return value


def at_least_0(name: str, value: Any) -> Any:
    """A finite number of 0 or more, as it came."""
    if not isinstance(value, NUMBERS) or not 0 <= value < inf:
        raise ArgumentError(f"{name}: expected a number of 0 or more, got {value!r}")
    return value


def axis_of(name: str, x: Any, axis: Any) -> int:
    """One axis of `x`, counted from the front."""
    try:
        position = index(axis)
    except TypeError:
        position = x.ndim
    if not -x.ndim <= position < x.ndim:
        raise ArgumentError(
            f"{name}: axis is one of the {x.ndim} axes of x, got {axis!r}"
            f"{operands((x,))}"
        )
    return position % x.ndim


def axes_of(name: str, x: Any, axis: Any) -> tuple[int, ...]:
    """All axes of `x` (None), one, or several, each once; counted from the front."""
    if axis is None:
        return tuple(range(x.ndim))
    several = axis if isinstance(axis, Sequence) else (axis,)
    positions = tuple(axis_of(name, x, one) for one in several)
    if len({*positions}) < len(positions):
        raise ArgumentError(f"{name}: each axis once, got {axis!r}{operands((x,))}")
    return positions


def check_ids(ids: Any, count: int) -> None:
    """Refuse ids that are not whole numbers from 0 to count - 1."""
    if ids.dtype.kind not in "iu":
        raise TypeError(
            f"expected ids, integers from 0 to {count - 1}, got {ids.dtype}; one-hot "
            "rows become ids by t.argmax(-1)"
        )
    if not is_array(ids) or not ids.size:
        return
    flat = ids.ravel()
    low, high = flat[flat.argmin()], flat[flat.argmax()]  # quicker than min and max
    if low < 0 or high >= count:
        wrong = low if low < 0 else high
        raise IndexError(f"id {wrong} is outside of 0 to {count - 1}")


def check_classes(x: Any, t: Any) -> None:
    """Refuse targets that are not one class id for each row of scores."""
    check_ids(t, x.shape[-1] if x.ndim else 0)
    if x.ndim == 0 or t.shape != x.shape[:-1]:
        raise ValueError(
            f"scores (..., classes) need class ids of shape (...): expected "
            f"{x.shape[:-1]} for scores of {x.shape}, got {t.shape}"
        )


def check_same_shape(x: Any, t: Any) -> None:
    """Refuse operands that would broadcast: the loss would train a wrong model."""
    if x.shape == t.shape:
        return
    hint = ""
    if x.size == t.size:
        hint = f"; as they have the same size, perhaps t.reshape({x.shape})"
    raise ValueError(
        f"predictions {x.shape} and targets {t.shape} differ in shape, and a loss does "
        f"not broadcast{hint}"
    )


def broadcasts(shape: tuple[int, ...], target: tuple[int, ...]) -> bool:
    """Does an array of `shape` broadcast to `target`, which stays as it is?"""
    pairs = zip(shape[::-1], target[::-1], strict=False)
    return len(shape) <= len(target) and all(n in (1, m) for n, m in pairs)
