"""What the state of a function was before it is traced, to find and undo changes."""

from __future__ import annotations

import dis
import random
from collections.abc import Iterable, MutableSequence
from typing import Any

import numpy as np

from ..core.graph import Variable, data_of
from ..errors import (
    UnsupportedError,
    at_line,
    tell,
)
from .state import Path, State, name_of, same
from .tracer import Tracer

SLOTS = ("_data", "_grad", "creator", "generation", "name")
NUMBERS = (np.ndarray, Tracer, Variable)


class Snapshot:
    """A copy of all that a trace could change, but for the numbers in arrays.

    Nothing needs to be known about these: while a function is traced they are not
    within its reach.
    """

    def __init__(self, state: State, variables: Iterable[Variable]) -> None:
        self.state = state
        self.boxes = [(box, _copied(box)) for box in state.boxes]
        self.variables = [(x, [getattr(x, s) for s in SLOTS]) for x in variables]
        self.draws = _draws(state)

    def restore(self) -> None:
        """Put everything back."""
        for x, slots in self.variables:
            for slot, value in zip(SLOTS, slots, strict=True):
                setattr(x, slot, value)
        for spot, value in self.state.places.values():
            if _now(spot) is not value:
                spot.set(value)
        for box, copy in self.boxes:
            if len(box) != len(copy) or list(box) != list(copy):
                _refill(box, copy)
        _reset_draws(self.state, self.draws)

    def refuse_changes(self, after: State, exchanged: set[Path]) -> None:
        """Raise if plain values or objects were changed, made or removed.

        Args:
            after: the state when the function has run.
            exchanged: paths where tracers, or objects that hold them, may stand.
        """
        for path, (_, value) in self.state.places.items():
            now = after.places.get(path, (None, "nothing"))[1]
            if path not in exchanged and not _alike(now, value):
                change = {"old": _short(value), "new": _short(now)}
                line, name = self._line_of(path[-1], now), name_of(path)
                code = "compile-change"
                raise tell(UnsupportedError, code, (), line, name=name, **change)
        for path, (_, new) in after.places.items():
            if path not in self.state.places:
                line, name = self._line_of(path[-1], new), name_of(path)
                raise tell(UnsupportedError, "compile-new-state", (), line, name=name)
        if _differ(self.draws, _draws(self.state)):
            raise tell(UnsupportedError, "compile-random")

    def _line_of(self, key: Any, value: Any) -> str:
        """Where a value was computed, or put: the last line of an error message."""
        data = data_of(value)
        if isinstance(data, Tracer) and data.node.birth:
            return at_line(data.node.birth)
        for code in self.state.codes():
            for step in dis.get_instructions(code):
                if step.opname.startswith("STORE_") and step.argval == key:
                    return at_line((code, step.offset))
        return ""


def _copied(box: Any) -> Any:
    return list(box) if isinstance(box, MutableSequence) else dict(box)


def _refill(box: Any, copy: Any) -> None:
    if isinstance(box, MutableSequence):
        box[:] = copy
    else:
        box.clear()
        box.update(copy)


def _now(place: Any) -> Any:
    """What stands in a place; the place itself if nothing does any more."""
    try:
        return place.get()
    except (LookupError, AttributeError, ValueError):
        return place


def _alike(now: Any, before: Any) -> bool:
    """Is it the same, or a container that was made anew? Its items come by themselves.

    What stands in tuples has no places of its own; arrays in them are no state.
    """
    if same(now, before):
        return True
    if type(now) is not type(before) or not isinstance(now, dict | list | tuple):
        return isinstance(now, NUMBERS) and isinstance(before, NUMBERS)
    if isinstance(now, tuple):
        return len(now) == len(before) and all(map(_alike, now, before))
    return True


def _short(value: Any) -> str:
    if isinstance(value, int | float | str):
        return f"{value!r:.40}"
    return f"a {type(value).__name__}"


def _draws(state: State) -> list[Any]:
    """Where the generators that are not ours stand."""
    own = [_position(stream) for stream in state.streams]
    return [random.getstate(), np.random.get_state(), *own]


def _position(stream: Any) -> Any:
    bits = getattr(stream, "bit_generator", None) or stream._bit_generator
    return bits.state


def _reset_draws(state: State, draws: list[Any]) -> None:
    random.setstate(draws[0])
    np.random.set_state(draws[1])
    for stream, position in zip(state.streams, draws[2:], strict=True):
        bits = getattr(stream, "bit_generator", None) or stream._bit_generator
        bits.state = position


def _differ(a: Any, b: Any) -> bool:
    """Do nested values differ, arrays included?"""
    if isinstance(a, dict):
        return any(_differ(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return any(map(_differ, a, b))
    return bool(np.any(a != b))
