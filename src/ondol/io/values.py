"""Nested values for JSON: arrays are taken out, and put back in their places."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, MutableMapping
from typing import Any

import numpy as np

from ..errors import ArgumentError, tell

Arrays = MutableMapping[str, Any]

ARRAY, FLOAT = "$array", "$float"  # the keys of what stands for something else
DTYPES = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
)


def split(value: Any, name: str, arrays: Arrays) -> Any:
    """What JSON can hold of a value; its arrays go into `arrays`.

    Args:
        value: dicts with str keys, lists and tuples of arrays, numbers, str, bool and
            None. Tuples become lists.
        name: where the value stands, for the names of arrays and for errors; "" for
            what holds everything.
        arrays: gets each array under a new name; a ``{"$array": name}`` stands in its
            place.

    Raises:
        ArgumentError: a ValueError; something else is in it.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if _is_plain(value):
        key = _free(name, arrays)
        arrays[key] = value
        return {ARRAY: key}
    if isinstance(value, float) and not math.isfinite(value):
        return {FLOAT: repr(value)}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [split(part, _below(name, i), arrays) for i, part in enumerate(value)]
    if isinstance(value, Mapping):
        return {
            checked_key(key, name): split(part, _below(name, key), arrays)
            for key, part in value.items()
        }
    raise tell(ArgumentError, "checkpoint-value", {name: value}, name=name)


def _is_plain(value: Any) -> bool:
    """Is it an array that is its numbers? A mask would be lost."""
    if not isinstance(value, np.ndarray) or isinstance(value, np.ma.MaskedArray):
        return False
    return value.dtype.name in DTYPES


def checked_key(key: Any, name: str) -> str:
    """A key, if it is a str that JSON and what stands for arrays leave free."""
    if not isinstance(key, str) or key.startswith("$"):
        raise tell(ArgumentError, "checkpoint-key", name=name, key=key)
    return key


def _below(name: str, key: Any) -> str:
    """The name of what stands under a key, for people who look into the zip."""
    plain = re.sub(r"[^\w.+-]|^\.+$", "_", str(key))[:200]
    return f"{name}/{plain}" if name else plain


def _free(name: str, arrays: Arrays) -> str:
    """A name that no array has yet."""
    name = name[:2000]
    while name in arrays:
        name += "_"
    return name


def join(value: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    """What `split` was given, with the arrays of that name in their places.

    Raises:
        KeyError: there is no array of a name.
        ValueError: what should stand for a number does not.
    """
    if isinstance(value, list):
        return [join(part, arrays) for part in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {ARRAY}:
        return arrays[value[ARRAY]]
    if value.keys() == {FLOAT}:
        return float(value[FLOAT])
    return {key: join(part, arrays) for key, part in value.items()}
