"""What a function can reach besides its arguments: its state.

Arrays and Variables are looked for in closures, in the globals that the code names, in
the objects of bound methods, and in everything that hangs on them. While a function is
traced they are exchanged for tracers; plain values are remembered, so that a change of
one of them is noticed.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Iterator, MutableMapping
from operator import is_
from typing import Any

import numpy as np

from ..core.graph import Variable
from ..random import generator
from .tracer import Tracer

PLAIN = (int, float, complex, str, bytes, bool, type(None), np.dtype, np.generic)
SKIPPED = (types.ModuleType, type, types.BuiltinFunctionType, np.ufunc)


Path = tuple[Any, ...]
Group = tuple[Any, int, list[Any], list[Any]]  # a container, its size, keys, values


class Place:
    """Where a value stands: ``container[key]``."""

    def __init__(self, container: Any, key: Any) -> None:
        self.container, self.key = container, key

    def get(self) -> Any:
        """What stands there now."""
        return self.container[self.key]

    def set(self, value: Any) -> None:
        """Put something else there."""
        self.container[self.key] = value


class Cell(Place):
    """A variable of an enclosing function."""

    def __init__(self, cell: Any, key: Any) -> None:
        self.cell, self.key = cell, key

    def get(self) -> Any:
        """What stands there now."""
        return self.cell.cell_contents

    def set(self, value: Any) -> None:
        """Put something else there."""
        self.cell.cell_contents = value


class State:
    """Everything that a function can reach.

    Attributes:
        variables: each Variable, once.
        places: every place by its path from the function, with what stood there.
        arrays: the paths of arrays, and of Variables that may be exchanged.
        values: the paths of plain values.
        free: paths where something else may stand at the next call.
    """

    def __init__(self, function: Any) -> None:
        self.variables: list[Variable] = []
        self.places: dict[Path, tuple[Place, Any]] = {}
        self.arrays: list[Path] = []
        self.values: list[Path] = []
        self._seen: set[int] = set()
        self.free: set[Path] = set()
        self._grouped: list[Group] | None = None
        self._cells: list[tuple[Place, Any]] = []
        self._walk(function, ("function",))
        self._walk(generator, ("generator",))

    def unchanged(self) -> bool:
        """Is all as it was, but for the numbers in arrays?"""
        try:
            for container, size, keys, values in self._by_container():
                if size not in (-1, len(container)):
                    return False
                now = [container[key] for key in keys]
                if not all(map(is_, now, values)) and not all(map(same, now, values)):
                    return False
            return all(same(place.get(), value) for place, value in self._cells)
        except (LookupError, ValueError, AttributeError):
            return False

    def _by_container(self) -> list[Group]:
        """What has to stay, by the containers that it is in: quick to compare."""
        if self._grouped is None:
            groups: dict[int, Group] = {}
            for path, (place, value) in self.places.items():
                if isinstance(place, Cell):
                    if path not in self.arrays:
                        self._cells.append((place, value))
                    continue
                box = place.container
                # Globals come and go; those that the code names are all that counts.
                size = -1 if isinstance(box, dict) and "__name__" in box else len(box)
                group = groups.setdefault(id(box), (box, size, [], []))
                if path not in self.free and not isinstance(value, np.ndarray):
                    group[2].append(place.key)
                    group[3].append(value)
            self._grouped = list(groups.values())
        return self._grouped

    def _meet(self, place: Place, path: Path) -> None:
        """Take in what stands in a place."""
        value = place.get()
        self.places[path] = place, value
        if isinstance(value, np.ndarray | Tracer):
            if value.dtype.kind in "biufc":
                self.arrays.append(path)
        elif isinstance(value, Variable):
            self.arrays.append(path)
            self._variable(value)
        elif isinstance(value, PLAIN):
            self.values.append(path)
        else:
            self._walk(value, path)

    def _variable(self, x: Variable) -> None:
        if id(x) not in self._seen:
            self._seen.add(id(x))
            self.variables.append(x)

    def _walk(self, owner: Any, path: Path) -> None:
        if id(owner) in self._seen or isinstance(owner, SKIPPED):
            return
        self._seen.add(id(owner))
        for place in _places(owner):
            self._meet(place, (*path, place.key))


def same(a: Any, b: Any) -> bool:
    """Is it the same object, or an equal plain value of the same type?"""
    if a is b:
        return True
    return isinstance(b, PLAIN) and type(a) is type(b) and bool(a == b)


def _places(owner: Any) -> Iterator[Place]:
    """Where things hang on an object."""
    if isinstance(owner, types.FunctionType):
        yield from _of_function(owner)
    elif isinstance(owner, types.MethodType):
        box = {"function": owner.__func__, "self": owner.__self__}
        yield from (Place(box, key) for key in box)
    elif isinstance(owner, functools.partial):
        box = {
            "function": owner.func,
            "args": list(owner.args),
            "kwargs": owner.keywords,
        }
        yield from (Place(box, key) for key in box)
    elif isinstance(owner, MutableMapping):
        yield from (Place(owner, key) for key in list(owner))
    elif isinstance(owner, list):
        yield from (Place(owner, i) for i in range(len(owner)))
    elif isinstance(owner, tuple):
        items = list(owner)
        yield from (Place(items, i) for i in range(len(items)))
    elif hasattr(owner, "__dict__"):
        attributes = vars(owner)
        yield from (Place(attributes, key) for key in list(attributes))


def _of_function(function: types.FunctionType) -> Iterator[Place]:
    for i, cell in enumerate(function.__closure__ or ()):
        try:
            cell.cell_contents  # noqa: B018 (is there anything in it?)
        except ValueError:
            continue
        yield Cell(cell, ("closure", i))
    if not (function.__module__ or "").startswith("ondol."):
        names = function.__globals__
        yield from (
            Place(names, name) for name in _names(function.__code__) if name in names
        )
    defaults = list(function.__defaults__ or ())
    yield from (Place(defaults, i) for i in range(len(defaults)))


def _names(code: types.CodeType) -> set[str]:
    """The global names in a piece of code, and in the functions inside it."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _names(constant)
    return names
