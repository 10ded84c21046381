"""Saved optimizer state, flat named arrays: taking it apart and finding what is wrong.

The name of an array is the dotted name of its parameter, a dot, and the rule's name for
it (``blocks.0.W.m``); ``t`` alone is the number of updates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ondol.core import Parameter

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
    yield from count_problems(arrays, keys)
    names = dict.fromkeys(name for name, key, _ in parts(arrays) if name)
    wanted = [f"{name}.{key}" for name in names for key in keys]
    yield from (f"{full} is missing" for full in wanted if full not in arrays)
    for name, key, part in parts(arrays):
        if not name or key not in keys:
            yield f"{name}{'.' * bool(name)}{key} is unknown"
        elif reason := misfit(part, known.get(name)):
            yield f"{name}.{key} {reason}"


def count_problems(arrays: Mapping[str, Array], keys: tuple[str, ...]) -> Iterator[str]:
    """What is wrong with the number of updates."""
    t = arrays.get("t")
    if t is None:
        yield "t is missing (the number of updates, a 0-d integer array)"
    elif not isinstance(t, (np.ndarray, np.integer)) or t.dtype.kind not in "iu":
        yield f"t must be a 0-d integer array, got {describe(t)}"
    elif t.shape or t < 0:
        yield f"t must be one number that is not negative, got {t!r}"
    elif t > 0 and keys and len(arrays) == 1:
        yield f"t counts {t} updates, but there is no state of any parameter"


def misfit(part: Any, parameter: Parameter | None) -> str | None:
    """Why an array cannot be the state of its parameter, or None."""
    if not isinstance(part, np.ndarray) or part.dtype.kind != "f":
        return f"must be an array of floats, got {describe(part)}"
    data = None if parameter is None else parameter.data
    if data is None or (part.shape, part.dtype) == (data.shape, data.dtype):
        return None
    return f"is {describe(part)}, its parameter {describe(data)}"


def describe(value: Any) -> str:
    """An array's dtype and shape, or what something else is."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {value.shape}"
    return f"{value!r} of type {type(value).__name__}"[:100]
