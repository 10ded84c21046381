"""Hyperparameters: attributes that are checked whenever they are set."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from numbers import Integral, Real
from typing import Any

from ..errors import ArgumentError, DtypeError, tell


class Checked:
    """A checked attribute, for the class body of its owner.

    The value lies in the owner's ``__dict__``: reading it costs nothing.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __set__(self, owner: Any, value: Any) -> None:
        what = {"owner": type(owner).__name__, "name": self.name, "got": value}
        vars(owner)[self.name] = self.checked(value, what)

    def checked(self, value: Any, what: dict[str, Any]) -> Any:
        """The value as it is kept; `what` is for the error if it cannot be."""
        raise NotImplementedError


class Bounded(Checked):
    """A number with an allowed range.

    It is kept as a Python float: a NumPy scalar cannot slip in and widen float32 arrays
    to float64.
    """

    def __init__(self, allowed: str, holds: Callable[[float], bool]) -> None:
        self.allowed = allowed
        self.holds = holds

    def checked(self, value: Any, what: dict[str, Any]) -> float:
        """The value as a float."""
        what["allowed"] = self.allowed
        if isinstance(value, bool) or not isinstance(value, Real):
            raise tell(DtypeError, "hyper-type", kind=type(value).__name__, **what)
        if not self.holds(float(value)):
            raise tell(ArgumentError, "hyper-range", **what)
        return float(value)


class Count(Checked):
    """A whole number that is not too small."""

    def __init__(self, least: int) -> None:
        self.least = least

    def checked(self, value: Any, what: dict[str, Any]) -> int:
        """The value as an int."""
        whole = isinstance(value, Integral) and not isinstance(value, bool)
        if not whole or value < self.least:
            kind = ArgumentError if whole else DtypeError
            raise tell(kind, "hyper-count", least=self.least, **what)
        return int(value)


class Choice(Checked):
    """One of a few values."""

    def __init__(self, *choices: Any) -> None:
        self.choices = choices

    def checked(self, value: Any, what: dict[str, Any]) -> Any:
        """The value as it came."""
        if not any(value is each or _is_text(value, each) for each in self.choices):
            choices = ", ".join(map(repr, self.choices))
            kind = ArgumentError if isinstance(value, str) else DtypeError
            raise tell(kind, "hyper-choice", choices=choices, **what)
        return value


def _is_text(value: Any, choice: Any) -> bool:
    return isinstance(value, str) and value == choice


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


def share() -> Any:
    """An attribute in [0, 1]: a part of a whole."""
    return Bounded("[0, 1]", lambda value: 0.0 <= value <= 1.0)


def inner() -> Any:
    """An attribute in (0, 1): a place in between."""
    return Bounded("(0, 1)", lambda value: 0.0 < value < 1.0)


def count(least: int = 1) -> Any:
    """A whole attribute: a number of steps."""
    return Count(least)


def choice(*choices: Any) -> Any:
    """An attribute that is one of a few: ``"mean"`` or ``"sum"``, True or False."""
    return Choice(*choices)
