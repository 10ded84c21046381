"""One run of a function on stand-ins: what every derivative of it is taken from.

The walk back from the result ends at the stand-ins, so no ``grad`` of anybody changes.
Where an argument is part of a graph its stand-in is linked to it, and the walk is
recorded: a derivative is then part of the graph like any other result, and can be
differentiated again.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from ..arrays import as_array, primitive
from ..core import Parameter, Variable, using_config
from ..core.backward import backward
from ..core.graph import apply, as_operand, lift
from ..core.modes import recording
from ..errors import (
    DtypeError,
    ShapeError,
    UsageError,
    no_function,
    tell,
)
from ..functions.register import differentiable, rule
from ..tree import Tree, collect
from .batched import Level, bare, dressed, innermost, levels
from .structure import flatten, mapped

# Is a function being differentiated, so that what it differentiates must be recorded?
_inside = ContextVar("inside", default=False)


class Run:
    """`f` of stand-ins for the arguments at the positions `which`.

    Attributes:
        y: what it returned.
        outputs: the leaves of y, Variables.
        like_x: what puts one value for each stand-in into the form of the arguments; a
            list. Those of a layer's parameters become a dict by dotted name.
        like_y: what puts one value for each output into the form of y.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        args: Sequence[Any],
        which: Sequence[int],
        kwargs: dict[str, Any],
    ) -> None:
        if not callable(f):
            raise no_function(f)
        self._levels = levels.get()
        leaves, rebuild = flatten([args[i] for i in which])
        with differentiating():
            pairs = [stand_in(x, self._levels) for x in leaves]
            given = dict(zip(which, rebuild(seen for seen, _ in pairs), strict=True))
            self.y = f(*(given.get(i, x) for i, x in enumerate(args)), **kwargs)
            outputs, self.like_y = flatten(self.y)
            self.outputs = [lift(as_operand(y)) for y in outputs]
            self._ys = [bare(y, self._levels) for y in self.outputs]
        wanted = [_parameters(x) if isinstance(x, Tree) else x for _, x in pairs]
        self._xs, like_wanted = flatten(wanted)
        self.recorded = is_recorded((*args, *kwargs.values())) or (
            recording.get() and _reaches_others(self._ys, self._xs)
        )
        self.inputs = [dressed(x, self._levels) for x in self._xs]
        self.like_x = lambda values: rebuild(like_wanted(values))
        self._forward: Any = None

    def shown(self, y: Any) -> Any:
        """`y`, or constants of the same values if nobody asks for its graph."""
        return y if self.recorded else mapped(_detached, y)

    def back(self, gys: Sequence[Any]) -> list[Variable]:
        """The gradients of the stand-ins, from those of the outputs."""
        record = self.recorded or is_recorded(gys)
        seeds = [self._seed(g, y) for g, y in zip(gys, self.outputs, strict=True)]
        return self._dressed(pull(self._ys, seeds, self._xs, record))

    def forth(self, tangents: Sequence[Any]) -> list[Variable]:
        """The derivatives of the outputs, as the stand-ins move along `tangents`.

        Gradients are linear in those of the outputs, and the gradient of that linear
        map is the derivative (Townsend, "A new trick for calculating Jacobian vector
        products", 2017).
        """
        if self._forward is None:
            with differentiating():
                gys = [Variable(np.zeros_like(y.data)) for y in self._ys]
                self._forward = pull(self._ys, gys, self._xs, True), gys
        gxs, gys = self._forward
        record = self.recorded or is_recorded(tangents)
        seeds = [self._seed(t, x) for t, x in zip(tangents, self.inputs, strict=True)]
        dys = pull(gxs, seeds, (*gys, *self._xs), record)
        return self._dressed(dys[: len(gys)])

    def _dressed(self, values: Sequence[Any]) -> list[Variable]:
        return [dressed(x, self._levels) for x in values]

    def _seed(self, g: Any, y: Variable) -> Variable:
        """A gradient for `y`, of its shape and dtype."""
        g = lift(as_operand(g))
        if g.shape != y.shape:
            shapes = {"expected": y.shape, "got": g.shape}
            raise tell(ShapeError, "tangent-shape", (y, g), **shapes)
        return bare(g if g.dtype == y.dtype else g.astype(y.dtype), self._levels)


def is_recorded(arguments: Any) -> bool:
    """Is what is computed from `arguments` part of somebody's graph?"""
    tracked = (
        isinstance(x, Variable) and innermost(x).generation >= 0
        for x in flatten(list(arguments))[0]
    )
    return recording.get() and (_inside.get() or any(tracked))


def _reaches_others(ys: Sequence[Variable], xs: Sequence[Variable]) -> bool:
    """Were `ys` computed from Variables that take a gradient, beside `xs`?"""
    seen, todo = {id(x) for x in xs}, list(ys)
    while todo:
        x = todo.pop()
        if x.generation < 0 or id(x) in seen:
            continue
        if x.creator is None:
            return True
        seen.add(id(x))
        todo += inputs_of(x)
    return False


def inputs_of(x: Variable) -> list[Variable]:
    """The Variables that the call which made `x` was given."""
    given = () if x.creator is None else x.creator._args
    return [part for part in given if isinstance(part, Variable)]


@contextmanager
def differentiating() -> Iterator[None]:
    """Record what is computed, and the derivatives in it."""
    token = _inside.set(True)
    try:
        with using_config("enable_backprop", True):
            yield
    finally:
        _inside.reset(token)


def pull(
    ys: Sequence[Variable],
    gys: Sequence[Variable],
    xs: Sequence[Variable],
    record: bool,
) -> list[Variable]:
    """The gradients of `xs`, given those of `ys`; where nothing flows, zeros."""
    grads = walk_back(ys, gys, xs, record)
    return [
        lift(np.zeros_like(x.data) if g is None else g)
        for x, g in zip(xs, grads, strict=True)
    ]


def walk_back(
    ys: Sequence[Variable],
    gys: Sequence[Variable],
    xs: Sequence[Variable],
    record: bool,
) -> list[Any]:
    """The gradients of `xs`, given those of `ys`: the backward pass that ends there.

    Args:
        ys: where to start; their gradients are added up.
        gys: their gradients.
        xs: where to end.
        record: the gradients are Variables, and their computation is recorded.

    Returns:
        A gradient for each x, or None where nothing flows.
    """
    found: dict[Variable, Any] = dict.fromkeys(xs)

    def take(x: Variable, g: Any) -> bool:
        if x in found:
            found[x] = g if found[x] is None else found[x] + g
            return True
        return x.creator is None

    if not ys:
        return [None for _ in xs]
    seeds = gys if record else [g._data for g in gys]
    with using_config("enable_backprop", True):
        root = apply(_join, tuple(ys), {"seeds": seeds})
    if root.creator is not None:
        with using_config("enable_backprop", record):
            one = lift(root.data) if record else root.data
            backward(root, one, False, record, take)
    return [as_array(found[x]) for x in xs]


@primitive
def _join(*ys: Any, seeds: Any) -> Any:
    """A call to start a backward pass at: each `y` gets its seed for a gradient."""
    return np.ones((), like=ys[0])


rule(_join, each=lambda i, g, y, *ys, seeds: seeds[i])


@differentiable(lambda g, y, x: g)
def alias(x: Any) -> Any:
    """The same array under another identity in the graph."""
    return x


def stand_in(x: Any, running: Sequence[Level]) -> tuple[Any, Any]:
    """What the function sees in place of `x`, and what the walk back has to end at.

    A layer stands for itself, as its parameters are leaves. Under `vmap` each example
    has its own gradient by them: there a copy with stand-ins for parameters is seen.
    """
    if isinstance(x, Tree):
        if not running:
            return x, x
        if len(_parameters(x)) < len(collect(x, Parameter)):
            raise tell(UsageError, "vmap-lazy-layer", [x])
        pairs = {name: stand_in(p, running) for name, p in _parameters(x).items()}
        new = {id(p): pairs[name][0] for name, p in _parameters(x).items()}
        return _replaced(x, new), {name: leaf for name, (_, leaf) in pairs.items()}
    x = bare(lift(as_operand(x)), running)
    if x.dtype.kind not in "fc":
        raise tell(DtypeError, "grad-whole-numbers", [x])
    leaf = Variable(x._data, x.name) if x.generation < 0 else alias(x)
    return dressed(leaf, running), leaf


def _parameters(tree: Tree) -> dict[str, Variable]:
    """The parameters that have been made, by dotted name."""
    named = collect(tree, Parameter)
    return {name: p for name, p in named.items() if p.data is not None}


def _replaced(node: Any, new: dict[int, Any]) -> Any:
    """A copy of a tree with other objects in the places that `new` has, by id."""
    if id(node) in new:
        return new[id(node)]
    if isinstance(node, list | tuple | dict):
        return mapped(lambda part: _replaced(part, new), node)
    if not isinstance(node, Tree):
        return node
    new[id(node)] = twin = copy.copy(node)
    for name, part in vars(node).items():
        vars(twin)[name] = _replaced(part, new)
    return twin


def _detached(y: Any) -> Any:
    return y.detach() if isinstance(y, Variable) else y
