"""Hyperparameters: float attributes that are checked whenever they are set."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from numbers import Real
from typing import Any

from ..errors import ArgumentError, DtypeError


class Bounded:
    """A float attribute with an allowed range, for the class body of its owner.

    The value lies in the owner's ``__dict__`` as a Python float: reading it costs
    nothing, and a NumPy scalar cannot slip in and widen float32 arrays to float64.
    """

    def __init__(self, allowed: str, holds: Callable[[float], bool]) -> None:
        self.allowed = allowed
        self.holds = holds

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __set__(self, owner: Any, value: Any) -> None:
        what = f"{type(owner).__name__}: {self.name} must be a number in {self.allowed}"
        if isinstance(value, bool) or not isinstance(value, Real):
            raise DtypeError(f"{what}, got {value!r} of type {type(value).__name__}")
        if not self.holds(float(value)):
            raise ArgumentError(f"{what}, got {value!r}")
        vars(owner)[self.name] = float(value)


# These return Any so that a class body can say `lr: float = non_negative()`.
def non_negative() -> Any:
    """An attribute in [0, inf): a learning rate, a decay rate."""
    return Bounded("[0, inf)", lambda value: 0.0 <= value < inf)


def positive() -> Any:
    """An attribute in (0, inf): what is divided by, or a largest norm."""
    return Bounded("(0, inf)", lambda value: 0.0 < value < inf)


def fraction() -> Any:
    """An attribute in [0, 1): how much of a running mean is kept at each step."""
    return Bounded("[0, 1)", lambda value: 0.0 <= value < 1.0)
