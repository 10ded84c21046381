"""The parts of a training that a checkpoint holds: how each gives and takes its state.

Each kind answers the same four questions: what is your state, why can you not take
this one, how is it undone, and take it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from ..core import Parameter, State
from ..errors import ArgumentError, tell, text
from ..tree import BRANCHES, collect
from .npz import FlawError
from .values import checked_key


class Part:
    """What a checkpoint asks of a part.

    Attributes:
        turn: when it is loaded: models come first, for those that look at parameters;
            optimizers last, as schedules set their learning rates.
    """

    turn = 1

    def state(self) -> Any:
        """Everything that has to be saved."""
        raise NotImplementedError

    def problems(self, state: Any) -> Iterator[str]:
        """Why `state` cannot be taken, a line for each reason."""
        raise NotImplementedError

    def load(self, state: Any) -> None:
        """Take over `state`."""
        raise NotImplementedError

    def undo(self) -> Callable[[], None]:
        """What brings back the state of now."""
        state = self.state()
        return lambda: self.load(state)


def as_parts(parts: Mapping[str, Any]) -> dict[str, Part]:
    """The parts by name, each as its kind.

    Raises:
        ArgumentError: a ValueError; they are no dict of names and objects, or one of
            these has no state.
    """
    if not isinstance(parts, Mapping):
        raise tell(ArgumentError, "checkpoint-parts", got=type(parts).__name__)
    return {
        checked_key(name, "parts"): _as_part(name, owner)
        for name, owner in parts.items()
    }


def _as_part(name: str, owner: Any) -> Part:
    if hasattr(owner, "state_dict") and hasattr(owner, "load_state_dict"):
        return _Stateful(owner)
    if hasattr(owner, "state_arrays") and hasattr(owner, "load_state_arrays"):
        return _Optimizer(owner)
    if isinstance(owner, np.random.Generator):
        return _Stream(owner)
    leaves = collect(owner, (Parameter, State)) if isinstance(owner, BRANCHES) else {}
    if leaves:
        return _Model(leaves)
    raise tell(ArgumentError, "checkpoint-part", {name: owner}, name=name)


class _Model(Part):
    """The Parameters and States of a model; None for those without an array yet."""

    turn = 0

    def __init__(self, leaves: dict[str, Any]) -> None:
        self.leaves = leaves

    def state(self) -> Any:
        return {name: leaf.data for name, leaf in self.leaves.items()}

    def problems(self, state: Any) -> Iterator[str]:
        yield from _names(self.leaves, state)
        for name in [name for name in self.leaves if name in state]:
            here, there = self.leaves[name].data, state[name]
            if here is not None or not _is_array(there):
                yield from _unlike(name, here, there)

    def load(self, state: Any) -> None:
        for name, leaf in self.leaves.items():
            leaf.data = state[name]


class _Optimizer(Part):
    """An optimizer: its arrays, and its hyperparameters with their values of now."""

    turn = 2

    def __init__(self, optimizer: Any) -> None:
        self.optimizer = optimizer
        self.kind = type(optimizer).__name__

    def state(self) -> Any:
        arrays = self.optimizer.state_arrays(copy=False)
        return {"class": self.kind, "settings": self._settings(), "arrays": arrays}

    def _settings(self) -> dict[str, Any]:
        return {
            name: value
            for name, value in vars(self.optimizer).items()
            if isinstance(value, bool | int | float | str) and not name.startswith("_")
        }

    def problems(self, state: Any) -> Iterator[str]:
        if state["class"] != self.kind:
            yield text("word-other-class", here=self.kind, there=state["class"])
            return
        here, there = self._settings(), state["settings"]
        # One that the file lacks keeps its value: a newer ondol has added it.
        yield from _names(here, here | there)
        trial = copy.copy(self.optimizer)
        trial.t = trial.t.copy()
        for name in [name for name in here if name in there]:
            yield from _unlike(name, here[name], there[name])
            yield from _complaints(partial(setattr, trial, name, there[name]))
        load = partial(trial.load_state_arrays, state["arrays"], copy=False)
        yield from _complaints(load)

    def load(self, state: Any) -> None:
        for name, value in state["settings"].items():
            setattr(self.optimizer, name, value)
        self.optimizer.load_state_arrays(state["arrays"], copy=False)


class _Stateful(Part):
    """Anything with `state_dict` and `load_state_dict`, which checks by itself."""

    def __init__(self, owner: Any) -> None:
        self.owner = owner

    def state(self) -> Any:
        return self.owner.state_dict()

    def problems(self, state: Any) -> Iterator[str]:
        return iter(())

    def load(self, state: Any) -> None:
        self.owner.load_state_dict(state)

    def undo(self) -> Callable[[], None]:
        state = copy.deepcopy(self.state())  # it may show arrays that will change
        return lambda: self.load(state)


class _Stream(Part):
    """A random generator of NumPy's."""

    def __init__(self, generator: np.random.Generator) -> None:
        self.bits: Any = generator.bit_generator

    def state(self) -> Any:
        return self.bits.state

    def problems(self, state: Any) -> Iterator[str]:
        yield from _complaints(partial(set_stream, type(self.bits)(), state))

    def load(self, state: Any) -> None:
        self.bits.state = state


def set_stream(bits: Any, state: Any) -> None:
    """Set the state of NumPy's random bits.

    Raises:
        Exception: of many kinds; it is the state of something else.
    """
    # NumPy before 2.5 believes where in its buffers they are, and reads beyond them.
    places = {
        "MT19937": (state["state"].get("pos"), 624),
        "Philox": (state.get("buffer_pos"), 4),
    }
    place, size = places.get(state["bit_generator"], (0, 0))
    if place not in range(size + 1):
        raise FlawError(text("word-stream-place", place=place))
    bits.state = state


# -- what differs, in words ------------------------------------------------------------


def _names(here: Mapping[str, Any], there: Mapping[str, Any]) -> Iterator[str]:
    """A line for the names that the file lacks, and one for those it has in excess."""
    missing = [name for name in here if name not in there]
    extra = [name for name in there if name not in here]
    if missing:
        yield text("word-part-missing", names=", ".join(missing))
    if extra:
        yield text("word-part-extra", names=", ".join(extra))


def _unlike(name: str, here: Any, there: Any) -> Iterator[str]:
    """A line if two values differ in shape, or in dtype or type."""
    if _is_array(here) and _is_array(there):
        if here.shape != there.shape:
            yield text("word-part-shape", name=name, here=here.shape, there=there.shape)
        if here.dtype.newbyteorder("=") != there.dtype:  # files are in one byte order
            yield text("word-part-dtype", name=name, here=here.dtype, there=there.dtype)
    elif type(here) is not type(there):
        yield text("word-part-type", name=name, here=_kind(here), there=_kind(there))


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray)


def _kind(value: Any) -> str:
    return text("word-nothing") if value is None else type(value).__name__


def _complaints(change: Callable[[], Any]) -> Iterator[str]:
    """What is said when a change is refused."""
    try:
        change()
    except Exception as error:
        yield from reasons(error)


def reasons(error: Exception) -> list[str]:
    """What an error says, in a line for each reason if it lists some."""
    lines = str(error).split("\n")
    if getattr(error, "code", ""):
        lines.pop()  # the fix
    return [line.strip() for line in lines[1:] or lines]
