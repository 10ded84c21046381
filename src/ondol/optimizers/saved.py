"""Saved optimizer state, flat named arrays: taking it apart and finding what is wrong.

The name of an array is the dotted name of its parameter, a dot, and the rule's name for
it (``blocks.0.W.m``); ``t`` alone is the number of updates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ondol.arrays import is_array
from ondol.core import Parameter
from ondol.errors import text

Array = NDArray[Any]


def parts(arrays: Mapping[str, Array]) -> Iterator[tuple[str, str, Array]]:
    """Name of the parameter, the rule's name, and array, for all but ``t``."""
    for full, part in arrays.items():
        if full != "t":
            name, _, key = full.rpartition(".")
            yield name, key, part


def problems(
    arrays: Mapping[str, Array], keys: tuple[str, ...], known: dict[str, Parameter]
) -> Iterator[str]:
    """Why these arrays cannot be the state of an optimizer, a line for each reason.

    Args:
        arrays: full name -> array.
        keys: the rule's names for what it keeps of a parameter.
        known: the parameters there are so far; others may still come.
    """
    arrays = arrays if isinstance(arrays, Mapping) else {}
    yield from count_problems(arrays, keys)
    names = dict.fromkeys(name for name, key, _ in parts(arrays) if name)
    wanted = [f"{name}.{key}" for name in names for key in keys]
    missing = (full for full in wanted if full not in arrays)
    yield from (text("word-state-missing", name=full) for full in missing)
    for name, key, part in parts(arrays):
        if not name or key not in keys:
            yield text("word-state-unknown", name=f"{name}.{key}".lstrip("."))
        else:
            yield from misfits(f"{name}.{key}", part, known.get(name))


def count_problems(arrays: Mapping[str, Array], keys: tuple[str, ...]) -> Iterator[str]:
    """What is wrong with the number of updates."""
    t = arrays.get("t")
    if t is None:
        yield text("word-state-no-count")
    elif not isinstance(t, (np.ndarray, np.integer)) or t.dtype.kind not in "iu":
        yield text("word-state-count-type", got=describe(t))
    elif t.shape or t < 0:
        yield text("word-state-count-value", got=repr(t))
    elif t > 0 and keys and len(arrays) == 1:
        yield text("word-state-count-alone", t=t)


def misfits(name: str, part: Any, parameter: Parameter | None) -> Iterator[str]:
    """Why an array cannot be the state of its parameter."""
    data = None if parameter is None else parameter.data
    if not isinstance(part, np.ndarray) or part.dtype.kind != "f":
        yield text("word-state-floats", name=name, got=describe(part))
    elif data is not None and (part.shape, part.dtype) != (data.shape, data.dtype):
        kinds = {"part": describe(part), "data": describe(data)}
        yield text("word-state-misfit", name=name, **kinds)


def is_count(value: Any) -> bool:
    """Is it a whole number that is not negative?"""
    return isinstance(value, Integral) and int(value) >= 0


def are_arrays(value: Any) -> bool:
    """Is it a dict of arrays?"""
    return isinstance(value, Mapping) and all(map(is_array, value.values()))


def describe(value: Any) -> str:
    """An array's dtype and shape, or what something else is."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {value.shape}"
    kind = type(value).__name__
    return text("word-of-type", value=f"{value!r:.80}", kind=kind)
