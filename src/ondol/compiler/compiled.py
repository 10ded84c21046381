"""`compile`: a function of arrays and state becomes native code."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import modes
from ..core.graph import Variable, _make, data_of
from ..errors import UnsupportedError
from ..writes import WRITES
from .build import compiler
from .builder import Builder
from .graph import Node
from .program import Program
from .state import Place, State
from .tracer import Tracer


def compile(function: Callable[..., Any]) -> Compiled:
    """Turn a function into one that runs as native code, and does the same.

    It may use Variables, layers, optimizers and their state: these are found by
    themselves and changed as the function would. The first call runs as it stands, so
    that layers get their weights and optimizers their state; the next one is traced,
    compiled to C and run. New shapes, dtypes, modes or plain values (a flag, a rate)
    are traced anew; the learning rate of an optimizer is read at each call.

    Args:
        function: takes arrays, Variables, plain values, and nested lists, tuples and
            dicts of them; returns Variables, likewise nested.

    Raises:
        UnsupportedError: from the call; the function asks for numbers while it is
            traced (a branch, ``item()``), or does what cannot be compiled.
    """
    return Compiled(function)


class Compiled:
    """A compiled function.

    Attributes:
        function: what it was made of.
        programs: what was compiled, by the kind of the arguments.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.programs: dict[Any, Trace] = {}
        self._warm = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Do what the function does."""
        if not self._warm or not _can_build():
            self._warm = True
            return self.function(*args, **kwargs)
        leaves: list[Any] = []
        key = (
            _kind((args, kwargs), leaves),
            modes.training.get(),
            modes.recording.get(),
        )
        trace = self.programs.get(key)
        state = trace.current() if trace else None
        if trace is None or state is None:
            trace = self.programs[key] = Trace(self.function, args, kwargs)
            state = trace.current()
        assert state is not None
        return trace.run(leaves + state)

    @property
    def source(self) -> str:
        """The C text of what was compiled last."""
        return list(self.programs.values())[-1].program.source.text


class Trace:
    """One trace of a function, compiled."""

    def __init__(self, function: Callable[..., Any], args: Any, kwargs: Any) -> None:
        self.state = State(function)
        self.builder = Builder()
        self.inputs: list[tuple[Node, Callable[[], Any]]] = []  # node, its array now
        self.own: dict[Any, Node] = {}  # a Variable or a path -> the node it had
        self.homes: dict[
            Node, Node
        ] = {}  # a new value -> the node whose memory it gets
        self.effects: list[tuple[Callable[[Any], None], Node]] = []
        self.cleared: list[Variable] = []
        self.arguments: list[Node] = []
        self._undo: list[Callable[[], None]] = []
        try:
            args, kwargs = self._traced((args, kwargs))
            self._exchange()
            result = function(*args, **kwargs)
            self._collect(State(function))
            self.result = self._shape(result)
        finally:
            for undo in reversed(self._undo):
                undo()
        nodes = [node for _, node in self.effects] + self.outputs
        inputs = [*self.arguments, *(node for node, _ in self.inputs)]
        self.program = Program(nodes, inputs, self.homes)
        self._getters = [get for _, get in self.inputs]
        self._had_grad = [(x, (x, "grad") in self.own) for x in self.state.variables]
        self._settle()

    # -- before -----------------------------------------------------------------------

    def _tracer(self, array: Any) -> Tracer:
        return Tracer(self.builder, self.builder.input(array.shape, array.dtype))

    def _traced(self, x: Any) -> Any:
        """The arguments with tracers in place of arrays."""
        if isinstance(x, Variable):
            tracer = self._tracer(x.data)
            self.arguments.append(tracer.node)
            return _like(x, tracer)
        if isinstance(x, np.ndarray):
            tracer = self._tracer(x)
            self.arguments.append(tracer.node)
            return tracer
        if isinstance(x, dict):
            return {key: self._traced(part) for key, part in x.items()}
        return type(x)(map(self._traced, x)) if isinstance(x, list | tuple) else x

    def _exchange(self) -> None:
        """Put tracers where the state is."""
        for x in self.state.variables:
            self._exchange_variable(x)
        for place, value in self.state.places.values():
            self._undo.append(functools.partial(place.set, value))
        for path in self.state.arrays:
            place, value = self.state.places[path]
            if isinstance(value, np.ndarray):
                self._exchange_array(place, value, path)
        for path in list(self.state.values):
            place, value = self.state.places[path]
            if place.key == "lr" and isinstance(value, float):
                self._exchange_rate(place, value, path)
                self.state.free.add(path)

    def _exchange_variable(self, x: Variable) -> None:
        data, grad, creator, generation = x._data, x._grad, x.creator, x.generation
        if creator is not None:
            raise UnsupportedError(
                "a compiled function cannot continue a graph that was recorded before: "
                "cut it with unchain() or detach()"
            )

        def undo() -> None:
            x._data, x._grad, x.creator, x.generation = data, grad, creator, generation

        self._undo.append(undo)
        if data is not None:
            tracer = self._tracer(data)
            self.inputs.append((tracer.node, lambda: x._data))
            self.own[x] = tracer.node
            x._data = tracer
        if grad is not None:
            tracer = self._tracer(data_of(grad))
            self.inputs.append((tracer.node, lambda: data_of(x._grad)))
            self.own[x, "grad"] = tracer.node
            x._grad = tracer

    def _exchange_array(self, place: Place, array: Any, path: Any) -> None:
        tracer = self._tracer(array)
        self.own[path] = tracer.node
        self.inputs.append((tracer.node, place.get))
        place.set(tracer)

    def _exchange_rate(self, place: Place, value: float, path: Any) -> None:
        """A learning rate is read at each call, as a number without a dtype."""
        tracer = self._tracer(np.array(value))
        self.own[path] = tracer.node
        self.builder.weak.add(tracer.node)
        self.inputs.append((tracer.node, lambda: np.array(place.get(), np.float64)))
        place.set(tracer)

    # -- after ------------------------------------------------------------------------

    def _collect(self, after: State) -> None:
        """What the function has changed."""
        for x in self.state.variables:
            if isinstance(x._data, Tracer):
                self._changed(x, x._data.node, functools.partial(_write_data, x))
            if x._grad is None:
                self.cleared.append(x)
            elif isinstance(data_of(x._grad), Tracer):
                node = data_of(x._grad).node
                self._changed((x, "grad"), node, functools.partial(_write_grad, x))
        known = set(map(id, self.state.variables))
        for path in after.arrays:
            _, value = after.places[path]
            data = data_of(value)
            if id(value) in known or not isinstance(data, Tracer):
                continue
            if path not in self.state.places:
                raise _new_state(path)
            place, _ = self.state.places[path]
            write = _put if isinstance(value, Variable) else _write_place
            if place.key == "lr" or isinstance(value, Variable):
                self.state.free.add(path)
            self._changed(path, data.node, functools.partial(write, place))

    def _changed(self, owner: Any, node: Node, write: Callable[[Any], None]) -> None:
        """Write down an effect, unless the owner has what it had."""
        before = self.own.get(owner)
        if node is before:
            return
        self.effects.append((write, node))
        plain = (
            isinstance(owner, Variable)
            or not isinstance(owner[-1], str)
            or owner[-1] != "grad"
        )
        if (
            before
            and plain
            and (node.shape, node.dtype) == (before.shape, before.dtype)
        ):
            self.homes.setdefault(node, before)

    def _settle(self) -> None:
        """Which effects are left to be done when the program has run."""
        at_home = self.program.at_home
        home = {node: owner for owner, node in self.own.items()}
        self.written = [
            home[x] for x in at_home.values() if isinstance(home[x], Variable)
        ]
        done: set[Node] = set()
        self.late = []
        for i, (write, node) in enumerate(self.effects):
            if node in at_home and node not in done:
                done.add(node)
            else:
                self.late.append((i, write, node.op == "input"))

    def _shape(self, result: Any) -> Any:
        """The form of the result; its nodes go into `outputs`."""
        self.outputs: list[Node] = []
        return self._form(result)

    def _form(self, x: Any) -> Any:
        if isinstance(x, dict):
            return {key: self._form(part) for key, part in x.items()}
        if isinstance(x, list | tuple):
            return type(x)(map(self._form, x))
        data = data_of(x)
        if isinstance(data, Tracer):
            self.outputs.append(data.node)
            return _Slot(len(self.outputs) - 1, isinstance(x, Variable))
        return x

    # -- running ----------------------------------------------------------------------

    def current(self) -> list[Any] | None:
        """The arrays of the state now; None if not all fits the trace any more."""
        if not self.state.unchanged():
            return None
        arrays = [get() for get in self._getters]
        for array, (node, _) in zip(arrays, self.inputs, strict=True):
            if array is None or array.shape != node.shape or array.dtype != node.dtype:
                return None
        for x, had in self._had_grad:
            if (x._grad is not None) != had:
                return None
        return arrays

    def run(self, arrays: list[Any]) -> Any:
        """Compute with these arguments and this state."""
        values = self.program.run(arrays)
        for x in self.cleared:
            x._grad = None
        if self.written:
            WRITES.note(*(x._data for x in self.written))
        late = [
            (write, values[i].copy() if given else values[i])
            for i, write, given in self.late
        ]
        for write, value in late:
            write(value)
        return _filled(self.result, values[len(self.effects) :])


@functools.cache
def _can_build() -> bool:
    """Is there a C compiler? If not, say so, once."""
    found = compiler() is not None
    if not found:
        warnings.warn(
            "ondol.compile: there is no C compiler (gcc, clang, or what CC names), so "
            "functions run as they stand",
            stacklevel=3,
        )
    return found


def _new_state(path: Any) -> UnsupportedError:
    where = " of ".join(str(part) for part in reversed(path[1:]))
    return UnsupportedError(
        f"a compiled function made new state while it was traced: {where}; make it "
        "before, so that it is there at the first call"
    )


class _Slot:
    def __init__(self, position: int, variable: bool) -> None:
        self.position, self.variable = position, variable


def _filled(x: Any, values: list[Any]) -> Any:
    if isinstance(x, _Slot):
        data = values[x.position].copy()
        return _make(data, Variable) if x.variable else data
    if isinstance(x, dict):
        return {key: _filled(part, values) for key, part in x.items()}
    return type(x)(_filled(p, values) for p in x) if isinstance(x, list | tuple) else x


def _like(x: Variable, data: Any) -> Variable:
    new = Variable.__new__(type(x))
    Variable.__init__(new, data, x.name)
    return new


def _write_data(x: Variable, value: Any) -> None:
    if x._data.shape == value.shape and x._data.dtype == value.dtype:
        x._data[...] = value
        WRITES.note(x._data)
    else:
        x._data = value.copy()


def _write_grad(x: Variable, value: Any) -> None:
    x._grad = value.copy()


def _write_place(place: Place, value: Any) -> None:
    old = place.get()
    if isinstance(old, float):
        place.set(value.item())
    elif old.shape == value.shape and old.dtype == value.dtype:
        old[...] = value
    else:
        place.set(value.copy())


def _put(place: Place, value: Any) -> None:
    place.set(Variable(value.copy()).detach())


def _kind(x: Any, leaves: list[Any]) -> Any:
    """What tells arguments apart that need code of their own; arrays go to `leaves`."""
    if type(x) is np.ndarray:
        leaves.append(x)
        return x.dtype, x.shape
    data = data_of(x)
    if isinstance(data, np.ndarray):
        leaves.append(data)
        return type(x), data.dtype, data.shape
    if isinstance(x, dict):
        return dict, tuple((key, _kind(part, leaves)) for key, part in x.items())
    if isinstance(x, list | tuple):
        return type(x), tuple([_kind(part, leaves) for part in x])
    return x
