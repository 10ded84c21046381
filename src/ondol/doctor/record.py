"""What has been seen of a training: parameters, optimizers, layers."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ..core import Parameter, Variable
from ..core.graph import data_of
from ..errors import Birth
from ..layers import Layer
from ..optimizers import FreezeParam
from ..tree import children, walk
from .finding import Finding
from .numbers import host, is_finite, rms, rms_of_nonzero, sample, units_apart
from .step import Step

SOME = 3  # names that are listed before "and 5 more"


class Leaf:
    """A Variable that gets gradients, over the steps.

    Attributes:
        changed: has it been changed between the last two backward passes?
        changes: how often it was.
        seen: how many backward passes it was part of.
        move: the size of the largest change, relative to what was there.
        slopes: the size of its gradient after each backward pass.
        finite: was every gradient?
        apart: how much the gradients of its units differed at most, and the largest
            number in one: a gradient that is next to nothing may be rounding alone.
        first: the size of what it began with.
        kept: the gradient of the last update was still there after it.
        mixed: a later one was added to it, and no update has used the sum yet.
    """

    def __init__(self, x: Variable) -> None:
        self.ref = weakref.ref(x)
        self.sample = sample(x._data)
        self.changed = self.kept = self.mixed = False
        self.changes = self.seen = 0
        self.move = 0.0
        self.slopes: list[float] = []
        self.finite = True
        self.apart = 0.0, 0.0
        self.first = rms(self.sample)

    def look(self) -> None:
        """Compare with what was there at the last look."""
        x = self.ref()
        if x is None or x._data is None:
            return
        before, self.sample = self.sample, sample(x._data)
        same = before.shape == self.sample.shape
        self.changed = not (same and np.array_equal(before, self.sample))
        self.changes += self.changed
        if self.changed and same and x.ndim > 1:
            size = rms(before)
            self.move = max(self.move, rms(self.sample - before) / size if size else 0)

    def after(self) -> None:
        """Note the gradient that a backward pass has left."""
        x = self.ref()
        if x is None or x._grad is None:
            return
        grad = host(data_of(x._grad))
        self.seen += 1
        self.slopes.append(rms_of_nonzero(grad))
        self.finite = self.finite and is_finite(grad)
        apart, largest = np.maximum(self.apart, units_apart(grad)).tolist()
        self.apart = apart, largest


class Record:
    """Everything that the checks look at together.

    Attributes:
        model: what the doctor was told; None if nothing.
        leaves: by identity, the Variables that got gradients and are still there.
        optimizers: those that were told, set up or used; `used` are the last.
        updates: how often one was used.
        backwards: how many backward passes there were.
        steps: after how many of them parameters had changed.
        losses: the value of each loss.
        roots: by identity, each outermost layer, and all layers called inside of it.
        calls: by identity, each layer, and the line that called it last.
    """

    def __init__(self, model: Any, optimizer: Any) -> None:
        self.model = model
        self.leaves: dict[int, Leaf] = {}
        several = isinstance(optimizer, list | tuple)
        self.optimizers = [] if optimizer is None else [optimizer]
        self.optimizers = [*optimizer] if several else self.optimizers
        self.used: list[Any] = []
        self.updates = self.backwards = self.steps = 0
        self.losses: list[float] = []
        self.roots: dict[int, tuple[Any, dict[int, Any]]] = {}
        self.calls: dict[int, tuple[Any, Birth]] = {}
        if model is not None:
            self.roots[id(model)] = model, {}

    def meet(self, optimizer: Any) -> None:
        """Remember an optimizer."""
        if not is_among(optimizer, self.optimizers):
            self.optimizers.append(optimizer)

    def use(self, optimizer: Any) -> None:
        """An optimizer begins an update."""
        self.updates += 1
        self.meet(optimizer)
        if not is_among(optimizer, self.used):
            self.used.append(optimizer)

    def look(self) -> bool:
        """Look at every leaf again; has one been changed?"""
        self.leaves = {k: v for k, v in self.leaves.items() if v.ref() is not None}
        for leaf in self.leaves.values():
            leaf.look()
        return any(leaf.changed for leaf in self.leaves.values())

    def begin(self, loss: Variable) -> Step:
        """A backward pass is about to run."""
        self.backwards += 1
        self.steps += self.look()
        step = Step(loss, self.is_trained)
        for x in step.leaves:
            if self.leaf(x) is None:
                self.leaves[id(x)] = Leaf(x)
        self.losses.append(float(host(loss._data).real.mean()) if loss.size else 0.0)
        return step

    def leaf(self, x: Variable) -> Leaf | None:
        """What is known of `x`."""
        leaf = self.leaves.get(id(x))
        return leaf if leaf is not None and leaf.ref() is x else None

    def is_trained(self, x: Variable) -> bool:
        """Is it a parameter, or a Variable that the program changes like one?"""
        leaf = self.leaf(x)
        return isinstance(x, Parameter) or (leaf is not None and leaf.changes > 0)

    def is_learning(self, layer: Any) -> bool:
        """Has it parameters that get gradients? Not a teacher, or a moving average."""
        return any(self.leaf(p) is not None for _, p in walk(layer, Parameter))

    def alive(self) -> Iterator[tuple[Variable, Leaf]]:
        """The Variables that got gradients, and what is known of them."""
        for leaf in self.leaves.values():
            x = leaf.ref()
            if x is not None:
                yield x, leaf

    # -- names ------------------------------------------------------------------------

    def parameters(self, optimizers: list[Any]) -> dict[int, Parameter]:
        """By identity, what some optimizers update."""
        targets = [o.target for o in optimizers if o.target is not None]
        return {id(p): p for _, p in walk(targets, Parameter)}

    def owners(self) -> dict[int, tuple[list[Parameter], Birth]]:
        """By identity of a parameter, all of its layer, and the line that called it."""
        found: dict[int, Any] = {}
        for layer, birth in self.calls.values():
            own = [*direct(layer)]
            found |= {id(p): (own, birth) for p in own}
        return found

    def frozen(self) -> set[int]:
        """The identities of the parameters that hooks keep from being updated."""
        hooks = [hook for o in self.optimizers for hook in o.hooks]
        frozen = [hook.frozen for hook in hooks if isinstance(hook, FreezeParam)]
        return {id(p) for _, p in walk(frozen, Parameter)}

    def names(self) -> dict[int, str]:
        """By identity, the dotted names of all parameters that are known."""
        targets = [o.target for o in self.optimizers]
        roots = [root for root, _ in self.roots.values()]
        found: dict[int, str] = {}
        for tree in (self.model, *targets, *roots):
            for name, parameter in walk(tree, Parameter):
                found.setdefault(id(parameter), name)
        return found

    def name(self, x: Variable) -> str:
        """The dotted name of a parameter, or what there is of a name."""
        return self.names().get(id(x)) or x.name or f"{x.dtype} {x.shape}"

    def listed(self, xs: Iterable[Variable]) -> str:
        """The names of some parameters, in one line."""
        order = [*self.names()]
        known = sorted(xs, key=lambda x: order.index(id(x)) if id(x) in order else -1)
        names = [*dict.fromkeys(map(self.name, known))]
        more = f", ... ({len(names)})" if len(names) > SOME else ""
        return ", ".join(names[:SOME]) + more

    def layer_of(self, call: Any) -> str:
        """The name of the layer whose weights a call, or one before it, works with."""
        names = self.names()
        while call is not None:
            for x in call._args:
                if isinstance(x, Variable) and x.creator is None and id(x) in names:
                    return names[id(x)].rpartition(".")[0] or names[id(x)]
            call = getattr(call._args[0], "creator", None) if call._args else None
        return "?"


def is_among(x: Any, others: list[Any]) -> bool:
    """Is it one of these objects?"""
    return any(x is other for other in others)


def direct(layer: Any) -> Iterator[Any]:
    """The parameters of a layer that belong to no layer inside of it."""
    todo = [part for _, part in children(layer)]
    while todo:
        part = todo.pop()
        if isinstance(part, Parameter):
            yield part
        elif not isinstance(part, Layer):
            todo += [inner for _, inner in children(part)]


class Check:
    """One kind of mistake. A subclass defines what it wants to hear of."""

    def __init__(self, record: Record) -> None:
        self.record = record

    def before(self, step: Step) -> Iterable[Finding]:
        """A backward pass is about to run."""
        return ()

    def after(self, step: Step) -> Iterable[Finding]:
        """It has run."""
        return ()

    def update(self, optimizer: Any) -> Iterable[Finding]:
        """An optimizer is about to update."""
        return ()

    def close(self) -> Iterable[Finding]:
        """All steps have been seen."""
        return ()
