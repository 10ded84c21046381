"""What a function can reach besides its arguments: its state.

Arrays and Variables are looked for in closures, in the globals that the code names, in
classes and modules of the user's, in the objects of bound methods, and in everything
that hangs on them. While a function is traced they are exchanged for tracers; plain
values are remembered, so that a change of one of them is noticed.
"""

from __future__ import annotations

import dis
import functools
import sys
import types
from collections.abc import Iterable, Iterator, MutableMapping, MutableSequence
from typing import Any

import numpy as np

from ..core.graph import Variable
from ..random import generator
from .tracer import Tracer

PLAIN = (int, float, complex, str, bytes, bool, type(None), np.dtype, np.generic)
STREAMS = (np.random.Generator, np.random.RandomState)
ARRAYS = (np.ndarray, np.memmap, Tracer)
IMMUTABLE = (tuple, frozenset, set)
WRAPPED = (staticmethod, classmethod, types.MethodType)
CODE = (type, types.ModuleType, types.FunctionType, property, *WRAPPED)
LIBRARIES = {"ondol", "numpy", *sys.stdlib_module_names} - {"__main__"}

Path = tuple[Any, ...]


class Place:
    """Where a value stands: ``container[key]``."""

    text, assignment = "{box}[{key}]", "{box}[{key}] = {value}"

    def __init__(self, container: Any, key: Any, label: Any = None) -> None:
        self.container, self.key = container, key
        self.label = key if label is None else label

    def get(self) -> Any:
        """What stands there now."""
        return self.container[self.key]

    def set(self, value: Any) -> None:
        """Put something else there."""
        self.container[self.key] = value


class Cell(Place):
    """A variable of an enclosing function."""

    text, assignment = "{box}.cell_contents", "{box}.cell_contents = {value}"

    def get(self) -> Any:
        """What stands there now."""
        return self.container.cell_contents

    def set(self, value: Any) -> None:
        """Put something else there."""
        self.container.cell_contents = value


class Attribute(Place):
    """An attribute of a class."""

    assignment = "setattr({owner}, {key}, {value})"

    def __init__(self, owner: type, key: str) -> None:
        super().__init__(vars(owner), key)
        self.owner = owner

    def set(self, value: Any) -> None:
        """Put something else there."""
        setattr(self.owner, self.key, value)


class Slot(Place):
    """An attribute of an object that has slots."""

    text, assignment = "getattr({box}, {key})", "setattr({box}, {key}, {value})"

    def get(self) -> Any:
        """What stands there now."""
        return getattr(self.container, self.key)

    def set(self, value: Any) -> None:
        """Put something else there."""
        setattr(self.container, self.key, value)


class State:
    """Everything that a function can reach.

    Args:
        function: where to begin.
        objects: what it is given besides arrays, for example a model.

    Attributes:
        variables: each Variable, once, with the paths that lead to it.
        places: every place by its path from the function, with what stood there.
        arrays: the paths of arrays, and of Variables that may be exchanged.
        values: the paths of plain values.
        boxes: the dicts and lists that places are in.
        streams: NumPy's generators of random numbers.
    """

    def __init__(self, function: Any, objects: Iterable[Any] = ()) -> None:
        self.variables: dict[Variable, list[Path]] = {}
        self.places: dict[Path, tuple[Place, Any]] = {}
        self.arrays: list[Path] = []
        self.values: list[Path] = []
        self.boxes: list[Any] = []
        self.streams: list[Any] = []
        self._seen: dict[int, Any] = {}
        self._walk(function, ("function",))
        self._walk(generator, ("generator",))
        for i, each in enumerate(objects):
            self._walk(each, (f"argument {i}",))

    def codes(self) -> Iterator[types.CodeType]:
        """The code of the user's functions that can be reached."""
        for owner in self._seen.values():
            if isinstance(owner, types.FunctionType) and not _is_from_library(owner):
                yield from _nested(owner.__code__)

    def _meet(self, place: Place, path: Path) -> Iterator[tuple[Any, Path]]:
        """Take in what stands in a place; give what is to be walked."""
        value = place.get()
        self.places[path] = place, value
        if isinstance(value, np.ndarray | Tracer):
            if value.dtype.kind in "biufc" and type(value) in ARRAYS:
                self.arrays.append(path)
        elif isinstance(value, PLAIN):
            self.values.append(path)
        else:
            if isinstance(value, Variable):
                self.arrays.append(path)
            yield from self._reach(value, path)

    def _reach(self, value: Any, path: Path) -> Iterator[tuple[Any, Path]]:
        """Take in an object that cannot be exchanged where it is; give it likewise."""
        if isinstance(value, Variable):
            self.variables.setdefault(value, []).append(path)
        elif isinstance(value, STREAMS):
            self.streams.append(value)
        elif not isinstance(value, (*PLAIN, np.ndarray, Tracer)):
            yield value, path

    def _walk(self, owner: Any, path: Path) -> None:
        """Take in an object and all behind it, however long the chain is."""
        ways = [iter([(owner, path)])]
        while ways:
            step = next(ways[-1], None)
            if step is None:
                ways.pop()
            elif id(step[0]) not in self._seen and not is_library(step[0]):
                self._seen[id(step[0])] = step[0]
                ways.append(self._inside(*step))

    def _inside(self, owner: Any, path: Path) -> Iterator[tuple[Any, Path]]:
        if isinstance(owner, MutableSequence | MutableMapping):
            self.boxes.append(owner)
        for place in _places(owner):
            yield from self._meet(place, (*path, place.label))
        for key, part in _parts(owner):
            yield from self._reach(part, (*path, key))
        if not isinstance(owner, CODE) and hasattr(owner, "__dict__"):
            self.boxes.append(vars(owner))


def same(a: Any, b: Any) -> bool:
    """Is it the same object, or an equal plain value of the same type?"""
    if a is b:
        return True
    return isinstance(b, PLAIN) and type(a) is type(b) and bool(a == b)


def name_of(path: Path) -> str:
    """A path in words: ``count of model of function``."""
    return " of ".join(str(part) for part in reversed(path[1:]))


def is_library(owner: Any) -> bool:
    """Is it code of ondol's, NumPy's or Python's, which holds no state of the user's?

    The closures of such functions and what hangs on such objects may hold some.
    """
    if isinstance(owner, types.ModuleType):
        return owner.__name__.partition(".")[0] in LIBRARIES
    if isinstance(owner, types.BuiltinFunctionType | np.ufunc):
        return True
    return isinstance(owner, type) and _is_from_library(owner)


def _is_from_library(owner: Any) -> bool:
    module = getattr(owner, "__module__", None)
    return isinstance(module, str) and module.partition(".")[0] in LIBRARIES


def _nested(code: types.CodeType) -> Iterator[types.CodeType]:
    """A piece of code, and those of the functions inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _nested(constant)


# -- places where something else can be put -------------------------------------------


def _places(owner: Any) -> Iterator[Place]:
    """Where things hang on an object."""
    if isinstance(owner, types.FunctionType):
        yield from _of_function(owner)
    elif isinstance(owner, MutableMapping):
        yield from (Place(owner, key) for key in list(owner))
    elif isinstance(owner, MutableSequence):
        yield from (Place(owner, i) for i in range(len(owner)))
    elif isinstance(owner, type):
        yield from (Attribute(owner, key) for key in _attributes(owner))
    elif isinstance(owner, (types.ModuleType, *WRAPPED, *IMMUTABLE)):
        return
    yield from _of_object(owner)


def _of_object(owner: Any) -> Iterator[Place]:
    if isinstance(owner, CODE) and (
        not isinstance(owner, types.FunctionType) or _is_from_library(owner)
    ):
        return
    attributes = getattr(owner, "__dict__", {})
    yield from (Place(attributes, key) for key in list(attributes))
    if not _is_from_library(type(owner)):
        slots = (getattr(base, "__slots__", ()) for base in type(owner).__mro__)
        names = (n for s in slots for n in ((s,) if isinstance(s, str) else s))
        yield from (
            Slot(owner, name)
            for name in names
            if not name.startswith("__") and hasattr(owner, name)
        )


def _attributes(owner: type) -> list[str]:
    """What a class has: its methods, and values that are not Python's own."""
    code = (types.FunctionType, property, *WRAPPED)
    return [
        key
        for key, value in vars(owner).items()
        if isinstance(value, code)
        or not (key.startswith("__") or hasattr(value, "__set__"))
    ]


def _of_function(function: types.FunctionType) -> Iterator[Place]:
    for i, cell in enumerate(function.__closure__ or ()):
        try:
            cell.cell_contents  # noqa: B018 (is there anything in it?)
        except ValueError:
            continue
        yield Cell(cell, None, function.__code__.co_freevars[i])
    if not _is_from_library(function):
        names = function.__globals__
        for name, *attributes in _names(function.__code__):
            if name in names:
                yield Place(names, name)
                yield from _of_modules(names[name], attributes)


def _of_modules(value: Any, attributes: list[str]) -> Iterator[Place]:
    """What code takes from the user's modules: ``module.name``."""
    for name in attributes:
        if not isinstance(value, types.ModuleType) or is_library(value):
            return
        if name not in vars(value):
            return
        yield Place(vars(value), name, f"{value.__name__}.{name}")
        value = vars(value)[name]


@functools.lru_cache(maxsize=1 << 12)
def _names(code: types.CodeType) -> tuple[tuple[str, ...], ...]:
    """The global names in a piece of code, each with the attributes taken from it."""
    names: dict[tuple[str, ...], None] = {}
    chain: list[str] = []
    for part in _nested(code):
        for step in dis.get_instructions(part):
            if step.opname in ("LOAD_GLOBAL", "LOAD_NAME", "STORE_GLOBAL"):
                chain = [step.argval] * (step.argval[0] != "@")  # pytest's own
            elif chain and step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
                chain.append(step.argval)
            else:
                chain = []
            if chain:
                names[tuple(chain)] = None
    return tuple(names)


# -- parts that stay what they are ----------------------------------------------------


def _parts(owner: Any) -> Iterator[tuple[Any, Any]]:
    """What an object consists of, without places where something else could be put."""
    if isinstance(owner, types.FunctionType):
        yield from enumerate(owner.__defaults__ or ())
        yield from (owner.__kwdefaults__ or {}).items()
    elif isinstance(owner, WRAPPED):
        yield "function", owner.__func__
        yield "self", getattr(owner, "__self__", None)
    elif isinstance(owner, functools.partial):
        yield "function", owner.func
        yield "args", owner.args
        yield "kwargs", owner.keywords
    elif isinstance(owner, property):
        yield from (("get", owner.fget), ("set", owner.fset))
    elif isinstance(owner, IMMUTABLE):
        yield from enumerate(owner)
    elif isinstance(owner, type):
        yield from ((base.__name__, base) for base in owner.__mro__[1:])
    if not isinstance(owner, type) and not _is_from_library(type(owner)):
        yield type(owner).__name__, type(owner)
