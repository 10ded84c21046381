"""`checkpoint`: keep no results in between; compute them again in the backward pass."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence
from contextvars import copy_context
from functools import wraps
from typing import Any

import numpy as np

from ..core import Function, Variable
from ..core.graph import as_operand, lift
from ..core.modes import recording, replaying
from ..errors import (
    GradientError,
    name_of,
    no_function,
    tell,
)
from ..random import generator
from .batched import bare, dressed, levels
from .run import alias, differentiating, inputs_of, walk_back
from .structure import flatten


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """`f` with less memory and more work: its backward pass runs it again.

    Only the arguments are kept until then. A chain of n parts, each a checkpoint, needs
    the memory of one part and n results (Chen et al., "Training deep nets with
    sublinear memory cost", 2016). Gradients reach the arguments and whatever parameters
    `f` uses; random numbers repeat, and the modes are those of the first run.

    Args:
        f: takes arrays or Variables, also in lists, tuples and dicts, and anything
            else; returns arrays or Variables in such a structure. It has to compute the
            same when it is run again.

    Returns:
        A function like `f`.

    Raises:
        GradientError: in the backward pass; the second run gave other results.
    """
    if not callable(f):
        raise no_function(f)

    @wraps(f)
    def frugal(*args: Any, **kwargs: Any) -> Any:
        if not recording.get():
            return f(*args, **kwargs)
        segment = _Segment(f, args, kwargs)
        outputs = segment(*segment.xs, *segment.used)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        return segment.like_y(dressed(y, segment.levels) for y in outputs)

    return frugal


class _Segment(Function):
    """One call of `f`, in the graph as one node.

    Attributes:
        xs: the Variables among its arguments.
        used: the Variables from outside that it used beside them: parameters, mostly.
    """

    name = "checkpoint"

    def __init__(self, f: Callable[..., Any], args: Any, kwargs: Any) -> None:
        self.f, self.levels = f, levels.get()
        self.leaves, self.rebuild = flatten([args, kwargs])
        self.at = [i for i, x in enumerate(self.leaves) if isinstance(x, Variable)]
        self.xs = [bare(self.leaves[i], self.levels) for i in self.at]
        self.context, self.stream = copy_context(), (generator.key, generator.counter)
        stand_ins, ys, self.like_y = self._run(self.xs)
        self.ys = tuple(y._data for y in ys)
        self.used = _from_outside(ys, stand_ins)

    def forward(self, *_: Any) -> Any:
        """What the first run gave."""
        return self.__dict__.pop("ys")

    def gradients(self, gys: Any, record: bool) -> Iterable[tuple[Variable, Any]]:
        """Run again, this time with a graph to walk back along."""
        xs, used = self._args[: len(self.xs)], self._args[len(self.xs) :]
        stand_ins, ys = self._run_again(xs)
        self._check(ys)
        gys = [lift(g) for g in (gys if isinstance(gys, list) else [gys])]
        grads = walk_back(ys, gys, (*stand_ins, *used), record)
        pairs = zip(self._args, grads, strict=True)
        return [(x, g) for x, g in pairs if g is not None and x.generation >= 0]

    def _run(self, xs: Sequence[Variable]) -> Any:
        """Stand-ins for the arguments, the results of `f`, and the form of these."""
        leaves = list(self.leaves)
        with differentiating():
            stand_ins = [alias(x) for x in xs]
            for i, x in zip(self.at, stand_ins, strict=True):
                leaves[i] = dressed(x, self.levels)
            args, kwargs = self.rebuild(leaves)
            ys, like_y = flatten(self.f(*args, **kwargs))
            ys = [bare(lift(as_operand(y)), self.levels) for y in ys]
        return stand_ins, ys, like_y

    def _run_again(self, xs: Sequence[Variable]) -> Any:
        """As the first time: with its modes, and its random numbers."""
        now = generator.key, generator.counter
        generator.key, generator.counter = self.stream
        context = self.context.copy()
        context.run(replaying.set, True)
        try:
            stand_ins, ys, _ = context.run(self._run, xs)
        finally:
            generator.key, generator.counter = now
        return stand_ins, ys

    def _check(self, ys: Sequence[Variable]) -> None:
        """Refuse gradients of something else than what the first run computed."""
        before = self._result
        if len(before) != len(ys) or not all(map(_same, before, ys)):
            name = name_of(self.f)
            raise tell(GradientError, "checkpoint-differs", self._args, name=name)


def _same(before: Any, y: Variable) -> bool:
    nan = y.dtype.kind in "fc"
    return bool(np.array_equal(before, y._data, equal_nan=nan))


def _from_outside(ys: list[Variable], stand_ins: list[Variable]) -> list[Variable]:
    """The Variables that a run used and did not make; its results `ys` are dropped.

    What the run made goes with its results. What is left of the inputs of its calls
    belongs to somebody else.
    """
    roots, calls = [*map(weakref.ref, ys)], _calls(ys, stand_ins)
    ys.clear()
    left = [x() for made, inputs in calls if made() is None for x in inputs]
    left += [y() for y in roots]
    known = {id(x) for x in stand_ins}
    used = {id(x): x for x in left if x is not None and id(x) not in known}
    return [x for x in used.values() if x.generation >= 0]


def _calls(ys: list[Variable], stand_ins: list[Variable]) -> list[tuple[Any, Any]]:
    """Weak references to each Variable behind `ys`, and to the inputs of its call."""
    calls, todo = [], list(ys)
    seen = {id(x) for x in stand_ins}
    while todo:
        x = todo.pop()
        if x.creator is not None and id(x) not in seen:
            seen.add(id(x))
            calls.append((weakref.ref(x), [*map(weakref.ref, inputs_of(x))]))
            todo += inputs_of(x)
    return calls
