"""Checks that several functions share; each error says what was expected and given."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import is_array
from ..errors import DtypeError, IndexingError, ShapeError, operands


def check_bias(name: str, b: Any, size: int) -> None:
    """Refuse a bias that would broadcast to another shape of the result."""
    if b.shape != (size,):
        raise ShapeError(
            f"{name}: the bias has one number for each of {size} outputs, expected "
            f"{(size,)}, got {b.shape}{operands((b,))}"
        )


def check_ids(name: str, ids: Any, count: int, args: tuple[Any, ...]) -> None:
    """Refuse ids that are not whole numbers from 0 to count - 1."""
    if ids.dtype.kind not in "iu":
        raise DtypeError(
            f"{name}: expected ids, integers from 0 to {count - 1}, got {ids.dtype}; "
            f"one-hot rows become ids by t.argmax(-1){operands(args)}"
        )
    if not is_array(ids) or not ids.size:
        return
    low, high = np.minimum.reduce(ids, None), np.maximum.reduce(ids, None)
    if low < 0 or high >= count:
        raise IndexingError(
            f"{name}: id {low if low < 0 else high} is outside of 0 to {count - 1}"
            f"{operands(args)}"
        )


def check_same_shape(name: str, x: Any, t: Any) -> None:
    """Refuse operands that would broadcast: the loss would train a wrong model."""
    if x.shape == t.shape:
        return
    hint = ""
    if x.size == t.size:
        hint = f"; as they have the same size, perhaps t.reshape({x.shape})"
    raise ShapeError(
        f"{name}: predictions {x.shape} and targets {t.shape} differ in shape, and a "
        f"loss does not broadcast{hint}{operands((x, t))}"
    )
