"""What layers accept: a bad size or input is refused before it is used."""

from __future__ import annotations

from functools import partial
from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.graph import as_operand
from ..errors import (
    ArgumentError,
    DtypeError,
    ShapeError,
    tell,
)

if TYPE_CHECKING:
    from .layer import Layer


def whole(name: str, value: Any, least: int = 1) -> int:
    """A whole number of at least `least`, as an int."""
    try:
        number = index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise tell(DtypeError, "layer-whole", name=name, low=least, got=value)
    if number < least:
        raise tell(ArgumentError, "layer-whole", name=name, low=least, got=number)
    return number


def sizes(name: str, value: Any, rank: int, least: int = 1) -> tuple[int, ...]:
    """Whole numbers for each of the spatial axes; one number stands for all."""
    parts = value if isinstance(value, tuple | list) else (value,) * rank
    if len(parts) != rank:
        raise tell(ArgumentError, "layer-sizes", name=name, rank=rank, got=value)
    return tuple(whole(name, part, least) for part in parts)


def pads(name: str, value: Any, rank: int) -> Any:
    """``"same"``, ``"valid"``, or for each spatial axis a number or a pair of them."""
    if isinstance(value, str):
        if value not in ("same", "valid"):
            raise tell(ArgumentError, "layer-pad", name=name, got=value)
        return value
    several = isinstance(value, tuple | list) and len(value) == rank
    if not several:
        return sizes(name, value, rank, least=0)
    return tuple(map(partial(_side, name), value))


def _side(name: str, value: Any) -> Any:
    """How much is padded before and behind: one number for both, or two."""
    if not isinstance(value, tuple | list):
        return whole(name, value, least=0)
    if len(value) != 2:
        raise tell(ArgumentError, "layer-pad-side", name=name, got=value)
    return whole(name, value[0], least=0), whole(name, value[1], least=0)


def flag(name: str, value: Any) -> bool:
    """True or False: a number here is a size that was meant for another argument."""
    if not isinstance(value, bool | np.bool):
        raise tell(DtypeError, "layer-flag", name=name, got=value)
    return bool(value)


def within(name: str, value: Any, low: float, high: float, bounds: str = "[)") -> float:
    """A number between `low` and `high`; a square bracket lets the end itself in."""
    numbers = int | float | np.integer | np.floating
    if isinstance(value, bool) or not isinstance(value, numbers):
        raise tell(DtypeError, "layer-number", name=name, got=value)
    above = low <= value if bounds[0] == "[" else low < value
    below = value <= high if bounds[1] == "]" else value < high
    if not (above and below):
        interval = f"{bounds[0]}{low}, {high}{bounds[1]}"
        raise tell(ArgumentError, "layer-range", name=name, range=interval, got=value)
    return float(value)  # a np.float64 would turn float32 arrays into float64


def floating(name: str, dtype: Any) -> np.dtype[Any]:
    """A dtype of real numbers with fractions, which can be trained."""
    try:
        result = np.dtype(dtype)
    except TypeError:
        result = None
    if result is None or result.kind != "f":
        raise tell(DtypeError, "layer-dtype", name=name, got=dtype)
    return result


def function(name: str, value: Any) -> Any:
    """Something that can be called with a Variable."""
    if not callable(value) or isinstance(value, type):
        code = "layer-class" if callable(value) else "layer-function"
        raise tell(DtypeError, code, name=name, got=value)
    return value


def called(layer: Layer) -> str:
    """The layer in one line: with its settings, unless it has layers inside."""
    words = repr(layer)
    return type(layer).__name__ if "\n" in words else words


def checked(layer: Layer, x: Any, axis: int, name: str, shape: str) -> Any:
    """The input of a layer, if its size along `axis` is the layer's `name` (or any)."""
    x, size = as_operand(x), getattr(layer, name)
    got = x.shape[axis] if -x.ndim <= axis < x.ndim else 0
    if got == 0 or size not in (None, got):
        fields = {"expected": shape.format(size or name), "got": x.shape}
        raise tell(ShapeError, "layer-input", [x], layer=called(layer), **fields)
    return x
