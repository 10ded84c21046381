"""A trace: the function runs once on tracers, and what it changed is written down."""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import numpy as np

from .. import errors
from ..core.graph import Function, Variable, data_of
from ..errors import (
    UnsupportedError,
    at_line,
    tell,
)
from .builder import Builder, refuse_kinds
from .graph import Node
from .snapshot import Snapshot
from .state import PLAIN, Path, Place, State, name_of
from .tracer import Tracer

tracing = ContextVar("tracing", default=False)  # does a function run on tracers now?


class Slot:
    """A place in the result where an array goes.

    Attributes:
        node: what computes it.
        variable: text that makes a Variable of a ``{value}``; empty for an array.
    """

    def __init__(self, node: Node, variable: str = "") -> None:
        self.node, self.variable = node, variable


class Same:
    """A place in the result where something goes that was there before."""

    def __init__(self, text: str) -> None:
        self.text = text


class Input:
    """An array that the program is given at each call.

    Attributes:
        text: how it is read in Python, and `assignment`, how it is replaced.
        node: in the graph; `tracer` is what stood in its place during the trace.
        is_rate: it is a learning rate, a Python float.
        is_argument: it is an argument, not state.
        array: what stood there before the trace.
        changed: what is written into the array itself, in the end.
        replaced: what comes to stand in its place, in another array.
    """

    def __init__(self, text: str, assignment: str, tracer: Tracer, array: Any) -> None:
        self.text, self.assignment = text, assignment
        self.tracer, self.array = tracer, array
        self.node = tracer.node
        self.is_rate = self.is_argument = False
        self.changed: Node | None = None
        self.replaced: Node | None = None


class Names:
    """The names that the text of a call uses, each for one object."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self._of: dict[int, str] = {}

    def of(self, value: Any, prefix: str = "o") -> str:
        """The name of an object."""
        if id(value) not in self._of:
            self._of[id(value)] = name = f"{prefix}{len(self._of)}"
            self.values[name] = value
        return self._of[id(value)]

    def read(self, place: Place) -> str:
        """Text that reads a place."""
        return place.text.format(box=self.of(place.container), key=self.key(place.key))

    def assign(self, place: Place) -> str:
        """Text that puts a ``{value}`` into a place."""
        return place.assignment.format(
            box=self.of(place.container),
            owner=self.of(getattr(place, "owner", None)),
            key=self.key(place.key),
            value="{value}",
        )

    def key(self, key: Any) -> str:
        """Text for a key."""
        return repr(key) if type(key) in (str, int) else self.of(key)


class Edge(Function):
    """The creator of what came into, or out of, a compiled function.

    Its graph is out of reach, so that a backward pass that arrives here would give
    wrong gradients.
    """

    generation, _result, _args = 0, None, ()
    birth = None  # it stands for many calls

    def __init__(self, code: str) -> None:
        self.code = code

    def gradients(self, gys: Any, record: bool) -> Any:
        """Refuse."""
        raise tell(UnsupportedError, self.code)


BEFORE, AFTER = Edge("compile-graph-before"), Edge("compile-graph-after")


class Trace:
    """One run of a function on tracers.

    Attributes:
        first, checks: lines of Python that take arguments apart, and leave a call
            for which this trace is not made.
        free: paths where something else may stand at the next call.
        inputs: the arrays that it reads or writes.
        moves: (assignment, input): a place gets the array that another one had.
        sets: (assignment, node): a place gets a new array.
        clears: assignments of None.
        made, gradients: the nodes of arrays of the state, and of gradients of the
            state, that were computed; by the names of what has them.
        result: what is returned, with a `Slot` for each array.
    """

    def __init__(self, function: Callable[..., Any], args: Any, kwargs: Any) -> None:
        self.builder, self.names = Builder(), Names()
        self.checks: list[str] = []
        self.inputs: list[Input] = []
        self.moves: list[tuple[str, Input]] = []
        self.sets: list[tuple[str, Node]] = []
        self.clears: list[str] = []
        self.made: dict[str, Node] = {}
        self.gradients: dict[str, Node] = {}
        self.returned: list[Input] = []
        self._by_array: dict[int, Input] = {}
        self._arguments: dict[Variable, str] = {}
        self._objects: list[Any] = []
        self._kept: list[Any] = []  # so that no two arrays have one identity
        self.first: list[str] = []
        self.free: set[Path] = set()
        given = self._given(args, "args"), self._given(kwargs, "kwargs")
        self.state = State(function, self._objects)
        self._variables = dict.fromkeys(self.state.variables, "") | self._arguments
        snapshot = Snapshot(self.state, self._variables)
        token = tracing.set(True)
        try:
            self._moved = self._exchange_places()
            self._owners = [self._exchange(*pair) for pair in self._variables.items()]
            self._run(function, given, snapshot)
        finally:
            tracing.reset(token)
            snapshot.restore()
        del given, snapshot
        self._forget()

    def _run(self, function: Any, given: Any, snapshot: Snapshot) -> None:
        before = _leaves(given)
        args, kwargs = given
        result = function(*args, **kwargs)
        if list(map(id, before)) != list(map(id, _leaves(given))):
            raise tell(UnsupportedError, "compile-container")
        after = State(function, self._objects)
        snapshot.refuse_changes(after, set(self._moved))
        self._collect(after)
        self.result = self._form(result)
        self._let_go()

    # -- arguments --------------------------------------------------------------------

    def _given(self, x: Any, name: str) -> Any:
        """An argument as the function gets it; tracers stand for arrays."""
        if isinstance(x, np.ndarray):
            refuse_kinds(x)
            new = self._input(name, "", x)
            self._check_array(x, name)
            new.is_argument = True
            return new.tracer
        if isinstance(x, Variable):
            self._given_variable(x, name)
        elif isinstance(x, dict):
            if name != "kwargs":
                self._unless(f"type({name}) is {self.names.of(type(x))}")
            same_keys = f"list({name}) == {self.names.of(list(x))}"
            self._unless(same_keys if x else f"not {name}")
            return {
                key: self._part(x[key], f"{name}[{self.names.key(key)}]") for key in x
            }
        elif isinstance(x, list | tuple):
            if name != "args":
                self._unless(f"type({name}) is {self.names.of(type(x))}")
            self._unless(f"len({name}) == {len(x)}")
            parts = [self._part(part, f"{name}[{i}]") for i, part in enumerate(x)]
            return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)
        else:
            value = self.names.of(x)
            equal = f" or same({name}, {value})" if isinstance(x, PLAIN) else ""
            self._unless(f"{name} is {value}{equal}")
            self._objects += [] if isinstance(x, PLAIN) else [x]
        return x

    def _part(self, x: Any, text: str) -> Any:
        """A part of an argument, under a name of its own."""
        name = f"p{len(self.checks)}"
        self.checks.append(f"{name} = {text}")
        return self._given(x, name)

    def _given_variable(self, x: Variable, name: str) -> None:
        self._unless(f"type({name}) is {self.names.of(type(x))}")
        if x in self._arguments:
            return self._unless(f"{name} is {self._arguments[x]}")
        for other in self._arguments.values():
            self._unless(f"{name} is not {other}")
        self._arguments[x] = name
        return None

    def _check_array(self, x: Any, text: str) -> None:
        dtype, shape = self.names.of(x.dtype), self.names.of(x.shape)
        self._unless(f"type({text}) is {self.names.of(type(x))}")
        self._unless(f"{text}.dtype is {dtype} or {text}.dtype == {dtype}")
        self._unless(f"{text}.shape == {shape}")

    def _unless(self, condition: str) -> None:
        self.checks.append(f"if not ({condition}): return MISS")

    # -- tracers in, arrays out -------------------------------------------------------

    def _input(self, text: str, assignment: str, array: Any) -> Input:
        node = self.builder.input(array.shape, array.dtype)
        new = Input(text, assignment, Tracer(self.builder, node), array)
        self.inputs.append(new)
        return new

    def _shared(self, text: str, assignment: str, array: Any) -> Input:
        """The input for an array of the state; one for each array."""
        known = self._by_array.get(id(array))
        if known is None:
            known = self._by_array[id(array)] = self._input(text, assignment, array)
        else:
            self._unless(f"{text} is {known.text}")
        return known

    def _exchange_places(self) -> dict[Path, Input | None]:
        """Put tracers where arrays and learning rates stand."""
        moved: dict[Path, Input | None] = {}
        for path in self.state.arrays:
            place, value = self.state.places[path]
            moved[path] = None
            if not isinstance(value, Variable):
                texts = self.names.read(place), self.names.assign(place)
                moved[path] = self._shared(*texts, value)
        for path in self.state.values:
            place, value = self.state.places[path]
            if place.key == "lr" and isinstance(value, float):
                texts = self.names.read(place), self.names.assign(place)
                moved[path] = rate = self._input(*texts, np.array(value))
                self.builder.weak.add(rate.node)
                rate.is_rate = True
        self.free |= {path for path, new in moved.items() if new is not None}
        for path, new in moved.items():
            if new is not None:
                self.state.places[path][0].set(new.tracer)
        return moved

    def _exchange(self, x: Variable, text: str) -> tuple[Variable, str, Any, Any]:
        """Put tracers into a Variable; its two inputs, if it has data and gradient."""
        text = text or self.names.of(x)
        if x in self.state.variables and x in self._arguments:
            self._unless(f"{text} is {self.names.of(x)}")
        data = grad = None
        if x._data is None:
            self._unless(f"{text}._data is None")
        else:
            data = self._shared(f"{text}._data", f"{text}._data = {{value}}", x._data)
            data.is_argument |= x in self._arguments
            x._data = data.tracer
        exists = "is" if x._grad is None else "is not"
        self._unless(f"{text}._grad {exists} None")
        if x._grad is not None:
            array = np.asarray(data_of(x._grad))
            self._kept.append(array)
            grad = self._shared(f"{text}._grad", f"{text}._grad = {{value}}", array)
            x._grad = grad.tracer
        x.creator = BEFORE if x.creator is not None else None
        return x, text, data, grad

    # -- what it has changed ----------------------------------------------------------

    def _collect(self, after: State) -> None:
        """What the function has changed."""
        self._of_tracer = {id(new.tracer): new for new in self.inputs}
        for new in self.inputs:
            if new.tracer.node is not new.node:
                new.changed = new.tracer.node
        for x, text, data, grad in self._owners:
            self._note(self.made, self._name(x), data, x._data)
            self._note(self.gradients, self._name(x), grad, data_of(x._grad))
            self._compare(f"{text}._data = {{value}}", data, x._data)
            if x._grad is not None:
                self._compare(f"{text}._grad = {{value}}", grad, data_of(x._grad))
            elif grad is not None:
                self.clears.append(f"{text}._grad = None")
        for path, before in self._moved.items():
            place, value = self.state.places[path]
            now = after.places[path][1] if path in after.places else None
            if now is None or (isinstance(value, Variable) and now is not value):
                self._replace_variable(path, value, now)
            elif before is not None:
                self._note(self.made, name_of(path), before, now)
                self._compare(self.names.assign(place), before, now)
        self._refuse_overlap()

    def _let_go(self) -> None:
        """Arrays that are somebody else's now: their places get new ones."""
        for new in [*self.returned, *(new for _, new in self.moves)]:
            if new.replaced:
                self.sets.append((new.assignment, new.replaced))
                new.replaced = None

    def _name(self, x: Variable) -> str:
        paths = self.state.variables.get(x)
        if paths:
            return name_of(paths[0])
        return f"{errors.text('word-argument')} {self._arguments[x]}"

    def _note(
        self, made: dict[str, Node], name: str, before: Input | None, now: Any
    ) -> None:
        """Remember what computes an array of the state, to tell where it was made."""
        if isinstance(now, Tracer) and (not before or now.node is not before.node):
            made[name] = now.node

    def _replace_variable(self, path: Path, x: Any, now: Any) -> None:
        """A place gets a new Variable; so it has another one at each call."""
        known = isinstance(now, Variable) and now in self.state.variables
        if type(now) is not type(x) or known or len(self.state.variables[x]) > 1:
            raise tell(UnsupportedError, "compile-exchange", name=name_of(path))
        self.free.add(path)
        place, box = self.state.places[path][0], self.names.of(x)
        kind = self.names.of(type(x))
        self.first += [
            f"{box} = {self.names.read(place)}",
            f"if type({box}) is not {kind}: return MISS",
        ]
        assignment = self.names.assign(place).format(value=self._maker(now))
        self.sets.append((assignment, self._node_of(now._data)))

    def _compare(self, assignment: str, before: Input | None, now: Any) -> None:
        """Write down that another array stands where one stood, if so."""
        if before is not None and now is before.tracer:
            return
        moved = self._of_tracer.get(id(now))
        if moved is not None and not (moved.is_rate or moved.is_argument):
            self.moves.append((assignment, moved))
            return
        node = self._node_of(now)
        if before and self._may_reuse(before, assignment, node):
            before.replaced = node
        else:
            self.sets.append((assignment, node))

    def _may_reuse(self, before: Input, assignment: str, node: Node) -> bool:
        """Can the new array of a place be the one that it had, with other numbers?"""
        first = before.assignment == assignment and not before.is_argument
        return first and not before.changed and _alike(node, before.node)

    def _node_of(self, x: Any) -> Node:
        return x.node if isinstance(x, Tracer) else self.builder.const(np.array(x))

    def _refuse_overlap(self) -> None:
        """Raise if what is written in place can also be seen by another name."""
        arrays = [x for x in self.inputs if not x.is_rate]
        views = [x for x in arrays if x.array.base is not None]
        for new in self.inputs:
            others = views if new.array.base is None else arrays
            if new.changed and any(
                x is not new and np.may_share_memory(new.array, x.array) for x in others
            ):
                raise tell(UnsupportedError, "compile-overlap")

    # -- results ----------------------------------------------------------------------

    def _form(self, x: Any) -> Any:
        """The result with a `Slot` for each array that was computed."""
        if isinstance(x, dict):
            pairs = {key: self._form(part) for key, part in x.items()}
            return pairs if type(x) is dict else type(x)(pairs)
        if isinstance(x, list | tuple):
            parts = [self._form(part) for part in x]
            return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)
        if isinstance(x, Variable) and x in self._variables:
            return x if x not in self._arguments else Same(self._arguments[x])
        if hasattr(x, "__next__") or hasattr(x, "__await__"):
            raise tell(UnsupportedError, "compile-iterator", kind=type(x).__name__)
        same = self._of_tracer.get(id(x))
        if same is not None:  # an array that was there before, as it is
            self.returned.append(same)
            return Same(f"a{self.inputs.index(same)}")
        data = data_of(x)
        if isinstance(x, Variable):
            return Slot(self._node_of(data), self._maker(x))
        return Slot(self._node_of(x)) if isinstance(x, Tracer | np.ndarray) else x

    def _maker(self, x: Variable) -> str:
        """Text that makes a Variable as `x`: recorded, a leaf, or a constant."""
        kind = self.names.of(type(x))
        if x.creator is not None:
            return f"make({{value}}, {kind}, AFTER)"
        return f"{kind}({{value}})" if x.generation == 0 else f"make({{value}}, {kind})"

    def _forget(self) -> None:
        """Drop the tracers; raise if somebody outside has kept one."""
        for new in self.inputs:
            del new.tracer, new.array
        del self._owners, self._kept
        alive = self._alive()
        if alive:
            gc.collect()
            alive = self._alive()
        if alive:
            birth = next((t.node.birth for t in alive if t.node.birth), None)
            line = at_line(birth) if birth else ""
            raise tell(UnsupportedError, "compile-left-outside", (), line)

    def _alive(self) -> list[Tracer]:
        found = (ref() for ref in self.builder.tracers)
        return [tracer for tracer in found if tracer is not None]

    def constants(self) -> list[tuple[Any, bytes]]:
        """The arrays from outside whose numbers the program has taken in, with these.

        Whatever only the function itself had is gone by now.
        """
        pairs = ((ref(), numbers) for ref, numbers in self.builder.constants.values())
        return [(array, numbers) for array, numbers in pairs if array is not None]


def _alike(a: Node, b: Node) -> bool:
    return (a.shape, a.dtype) == (b.shape, b.dtype)


def _leaves(x: Any) -> list[Any]:
    """What nested containers hold, in order."""
    if isinstance(x, dict):
        return [leaf for key in x for leaf in (key, *_leaves(x[key]))]
    if isinstance(x, list | tuple):
        return [leaf for part in x for leaf in _leaves(part)]
    return [x]
