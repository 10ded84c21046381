"""Checks of arguments that several files here need, and notes on errors of samples."""

from __future__ import annotations

import contextlib
import operator
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..errors import ArgumentError, DtypeError, tell, text


def whole(name: str, value: Any, least: int = 0) -> int:
    """`value` as an int of at least `least`."""
    if isinstance(value, bool | np.bool_) or not hasattr(value, "__index__"):
        raise tell(DtypeError, "data-not-int", name=name, got=value, least=least)
    number = operator.index(value)
    if number < least:
        raise tell(ArgumentError, "data-too-small", name=name, got=number, least=least)
    return number


def between(name: str, value: Any, low: float, high: float) -> float:
    """`value` as a float from `low` to `high`, both included."""
    with contextlib.suppress(TypeError, ValueError):
        if low <= float(value) <= high:
            return float(value)
    limits = {"low": f"{low:g}", "high": f"{high:g}"}
    raise tell(ArgumentError, "data-out-of-range", name=name, got=value, **limits)


def choice(name: str, value: Any, choices: tuple[Any, ...]) -> Any:
    """`value`, which is one of `choices`."""
    if value not in choices:
        known = ", ".join(map(repr, choices))
        raise tell(ArgumentError, "data-choice", name=name, got=value, known=known)
    return value


def able(name: str, value: Any, method: str) -> Any:
    """`value`, which has a length and this method."""
    if not hasattr(value, method) or not hasattr(value, "__len__"):
        got = type(value).__name__
        raise tell(DtypeError, "data-no-method", name=name, method=method, got=got)
    return value


def row_numbers(name: str, values: Any, n: int) -> np.ndarray:
    """`values` as an array of row numbers ``(k,)``, each from 0 to n - 1."""
    rows = np.asarray(values)
    if rows.size == 0:
        rows = rows.astype(np.int64)
    if rows.ndim != 1 or rows.dtype.kind not in "iu":
        got = f"{rows.dtype} {rows.shape}"
        raise tell(DtypeError, "data-not-rows", name=name, got=got)
    outside = rows[(rows < 0) | (rows >= n)]
    if len(outside):
        raise tell(
            ArgumentError, "data-no-such-row", name=name, got=int(outside[0]), n=n
        )
    return rows


def listed(values: Any, most: int = 8) -> str:
    """The first few values, and how many there are if these are not all."""
    values = [*values]
    shown = ", ".join(map(str, values[:most]))
    return shown + (f", ... ({len(values)})" if len(values) > most else "")


@contextlib.contextmanager
def noted(code: str, **fields: Any) -> Iterator[None]:
    """Add to any error of the block a note that says what it was about."""
    try:
        yield
    except Exception as error:
        error.add_note(text(code, **fields))
        raise
