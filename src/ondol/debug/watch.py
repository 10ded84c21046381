"""One place that sees every computation: what `nan`, `profile` and `summary` share.

While somebody watches, the few functions through which all computing goes are replaced
by ones that tell of it: the forward function of each rule, the gradients of a call, the
calls of layers and of compiled functions, an optimizer's update. Otherwise these are
what they always were, so that to be watched costs nothing when nobody does.
"""

from __future__ import annotations

import functools
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter_ns as now
from typing import Any

import numpy as np

from ..arrays import as_array
from ..compiler.compiled import Compiled
from ..compiler.trace import tracing
from ..core.graph import Function, Primitive
from ..core.rules import RULES
from ..errors import Birth, caller, name_of
from ..layers.layer import Layer
from ..optimizers.optimizer import Optimizer
from ..tree import walk

FORWARD, BACKWARD, LAYER = "forward", "backward", "layer"
UPDATE, STEP, COMPILED = "update", "step", "compiled"


@dataclass(slots=True)
class Event:
    """Something that is about to be computed.

    Attributes:
        kind: ``"forward"``, of a function; ``"backward"``, the gradients of one call;
            ``"layer"``, the call of one; ``"update"``, of an optimizer; ``"step"``, the
            part of an update that is about one parameter; ``"compiled"``, the call of
            a compiled function.
        name: of what computes: ``np.log``, ``Linear``, ``Adam``.
        subject: that itself: a function, a call in the graph, a layer, an optimizer.
        operands: what it computes from: plain arrays for a function, the gradients of
            the results for a call, gradient, state and parameter for a step.
        options: likewise, by name.
        layer: where in the model: ``Net.blocks.0.conv``; "" outside of all layers. For
            a gradient it is the layer that made the call.
        birth: the line of the user's program; for a gradient that of the call.
        since: when it was met, on the clock of `time.perf_counter_ns`.
    """

    since: int
    kind: str
    name: str
    subject: Any
    operands: tuple[Any, ...]
    options: dict[str, Any]
    layer: str
    birth: Birth


Watcher = Callable[[Event, Callable[[], Any]], Any]

_watchers: ContextVar[tuple[Watcher, ...]] = ContextVar("watchers", default=())
_layers: ContextVar[tuple[tuple[str, dict[int, str]], ...]] = ContextVar(
    "layers", default=()
)
_inside: ContextVar[frozenset[tuple[int, str]]] = ContextVar(
    "inside", default=frozenset()
)


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """Tell a watcher of all that is computed inside the block, by this thread or task.

    Args:
        watcher: takes an `Event` and a function that computes it; returns what that
            function returns.
    """
    token = _watchers.set((*_watchers.get(), watcher))
    _doors.open()
    try:
        yield
    finally:
        _doors.close()
        _watchers.reset(token)


def sublayers(root: Layer) -> Iterator[tuple[str, Layer]]:
    """Every layer inside of a layer, once, under its dotted name, parents first."""
    seen = {id(root)}

    def below(layer: Layer, prefix: str) -> Iterator[tuple[str, Layer]]:
        for name, part in walk(vars(layer), Layer, prefix):
            if id(part) not in seen:
                seen.add(id(part))
                yield name, part
                yield from below(part, name)

    return below(root, "")


class Notes:
    """Notes about arrays, which go when the arrays go."""

    def __init__(self) -> None:
        self._notes: dict[int, tuple[weakref.ref[Any], Any]] = {}

    def __setitem__(self, array: Any, note: Any) -> None:
        key = id(array)
        alive = weakref.ref(array, lambda _: self._notes.pop(key, None))
        self._notes[key] = alive, note

    def get(self, array: Any, default: Any = None) -> Any:
        """The note about an array, if there is one."""
        return self._notes.get(id(array), (None, default))[1]


_layer_of = Notes()  # the layer that an array was computed in


def arrays_in(x: Any) -> Iterator[Any]:
    """The arrays in a result: one, or a tuple of them."""
    for part in x if isinstance(x, tuple | list) else (x,):
        if hasattr(part, "__array_function__"):
            yield part


# -- what stands in the place of the functions -----------------------------------------


def _told(event: Event, compute: Callable[[], Any]) -> Any:
    for watcher in _watchers.get():
        compute = functools.partial(watcher, event, compute)
    return compute()


def _nobody() -> bool:
    return not _watchers.get() or tracing.get()


def _where() -> str:
    layers = _layers.get()
    return layers[-1][0] if layers else ""


def _forward(function: Any, usual: Any, *values: Any, **kwargs: Any) -> Any:
    """A function with a rule, on plain arrays."""
    if _nobody():
        return usual(*values, **kwargs)
    since = now()
    layer = _where()
    event = Event(
        since, FORWARD, name_of(function), function, values, kwargs, layer, caller(1)
    )

    def compute() -> Any:
        y = usual(*values, **kwargs)
        return as_array(y) if isinstance(y, np.generic) else y  # as the graph has it

    y = _told(event, compute)
    _remember_layer(y, layer)
    return y


def _call(usual: Any, self: Function, *inputs: Any) -> Any:
    """A Function of the user's own."""
    since = now()
    layer = _where()
    event = Event(since, FORWARD, self.name, self, inputs, {}, layer, caller(1))
    y = _told(event, functools.partial(usual, self, *inputs))
    _remember_layer(getattr(self, "_result", None), layer)
    return y


def _remember_layer(y: Any, layer: str) -> None:
    if layer:
        for array in arrays_in(y):
            _layer_of[array] = layer


def _gradients(usual: Any, self: Function, gys: Any, record: bool) -> Any:
    """The gradients of one call."""
    since = now()
    if not hasattr(self, "_code"):  # it stands for the graph of a compiled function
        return usual(self, gys, record)
    first = next(arrays_in(self._result), None)
    event = Event(
        since=since,
        kind=BACKWARD,
        name=name_of(self.function) if isinstance(self, Primitive) else self.name,
        subject=self,
        operands=tuple(gys) if isinstance(gys, list) else (gys,),
        options={},
        layer=_layer_of.get(first, ""),
        birth=(self._code, self._instruction),
    )
    return _told(event, lambda: list(usual(self, gys, record)))


def _layer(usual: Any, self: Layer, *inputs: Any, **options: Any) -> Any:
    """The call of a layer."""
    since = now()
    name, above = type(self).__name__, _layers.get()
    if above:
        path, names = above[-1]
        name = names.get(id(self), f"{path}.{name}")
    else:
        names = {id(part): f"{name}.{key}" for key, part in sublayers(self)}
        names[id(self)] = name
    token = _layers.set((*above, (name, names)))
    try:
        event = Event(
            since, LAYER, type(self).__name__, self, inputs, options, name, caller(1)
        )
        return _told(event, functools.partial(usual, self, *inputs, **options))
    finally:
        _layers.reset(token)


def _update(usual: Any, self: Optimizer) -> Any:
    """An optimizer's update, and each step in it."""
    since = now()
    name, step, birth = type(self).__name__, self.step, caller(1)

    def told(*operands: Any) -> Any:
        event = Event(now(), STEP, name, self, operands, {}, "", birth)
        return _told(event, functools.partial(step, *operands))

    vars(self)["step"] = told
    try:
        event = Event(since, UPDATE, name, self, (), {}, "", birth)
        return _told(event, functools.partial(usual, self))
    finally:
        del vars(self)["step"]


def _compiled(usual: Any, self: Compiled, *args: Any, **kwargs: Any) -> Any:
    """The call of a compiled function."""
    since = now()
    event = Event(since, COMPILED, self._name, self, args, kwargs, _where(), caller(1))
    return _told(event, functools.partial(usual, self, *args, **kwargs))


METHODS = (
    (Function, "__call__", _call),
    (Function, "gradients", _gradients),
    (Layer, "__call__", _layer),
    (Optimizer, "update", _update),
    (Compiled, "__call__", _compiled),
)


def _method(told: Callable[..., Any], usual: Callable[..., Any], name: str) -> Any:
    """A method that tells of itself, once: not of ``super().update()`` in it."""

    @functools.wraps(usual)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        before, this = _inside.get(), (id(self), name)
        if _nobody() or this in before:
            return usual(self, *args, **kwargs)
        token = _inside.set(before | {this})
        try:
            return told(usual, self, *args, **kwargs)
        finally:
            _inside.reset(token)

    return method


def _owners(owner: type, name: str) -> list[type]:
    """A class, and those derived from it that define one of its methods anew."""
    derived: list[type] = owner.__subclasses__()
    below = (c for each in derived for c in _owners(each, name) if name in vars(c))
    return [*dict.fromkeys([owner, *below])]


class _Doors:
    """Puts these functions in their places when the first watcher comes, and back."""

    def __init__(self) -> None:
        self._watchers = 0
        self._usual: list[tuple[Any, str, Any]] = []
        self._lock = threading.Lock()

    def open(self) -> None:
        """For one watcher more."""
        with self._lock:
            if not self._watchers:
                for function, rule in RULES.items():
                    instead = functools.partial(_forward, function, rule.forward)
                    self._put(rule, "forward", instead)
                for base, name, told in METHODS:
                    for owner in _owners(base, name):
                        method = _method(told, vars(owner)[name], name)
                        self._put(owner, name, method)
            self._watchers += 1

    def close(self) -> None:
        """For one watcher less."""
        with self._lock:
            self._watchers -= 1
            if not self._watchers:
                while self._usual:
                    setattr(*self._usual.pop())

    def _put(self, owner: Any, name: str, new: Any) -> None:
        self._usual.append((owner, name, vars(owner)[name]))
        setattr(owner, name, new)


_doors = _Doors()
