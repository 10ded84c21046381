"""Parameters that are not trained, or by gradients that are not theirs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..core import Parameter, Variable
from ..core.graph import data_of
from ..errors import Birth, caller
from ..tree import walk
from .finding import Finding, finding
from .numbers import host
from .record import Check, Leaf, Record
from .step import Step


class Accumulated(Check):
    """Gradients of earlier steps in the sum, after an update has used them."""

    def before(self, step: Step) -> Iterator[Finding]:
        """Was a sum used? If not, does this backward pass add to what was used?"""
        yield from self.used()
        for x in step.leaves:
            leaf = self.record.leaf(x)
            if leaf is not None and is_clear(x):
                leaf.kept = leaf.mixed = False
            elif leaf is not None:
                leaf.mixed = leaf.mixed or leaf.kept

    def used(self) -> Iterator[Finding]:
        """Parameters that were changed by a gradient in which an old one was."""
        wrong = []
        for x, leaf in self.record.alive():
            if leaf.changed:
                leaf.kept = x._grad is not None
                wrong += [x] if leaf.mixed else []
        if wrong:
            names = self.record.listed(wrong)
            yield finding("doctor-accumulated", self.place, parameters=names)

    place: Birth | None = None

    def after(self, step: Step) -> Iterator[Finding]:
        """Remember the line of the backward pass."""
        self.place = caller(1)
        return iter(())

    def close(self) -> Iterator[Finding]:
        """The last update may have used a sum too."""
        self.record.look()
        yield from self.used()


def is_clear(x: Variable) -> bool:
    """Is there no gradient, or one of zeros?"""
    return x._grad is None or not np.any(host(data_of(x._grad)))


class NewLayers(Check):
    """Parameters that are made anew in each step, and so never trained."""

    def __init__(self, record: Record) -> None:
        super().__init__(record)
        self.made: dict[Any, list[int]] = defaultdict(list)
        self.places: dict[Any, Parameter] = {}

    def before(self, step: Step) -> Iterator[Finding]:
        """Note which parameters are new, and where they were made."""
        for x in step.leaves:
            leaf = self.record.leaf(x)
            if isinstance(x, Parameter) and leaf is not None and not leaf.seen:
                self.made[x.birth, x.name, x.shape].append(self.record.backwards)
                self.places[x.birth, x.name, x.shape] = x
        return iter(())

    def close(self) -> Iterator[Finding]:
        """Was it so to the last? Layers trained one by one are each new but once."""
        last = {self.record.backwards - i for i in range(3)}
        wrong = [
            self.places[key] for key, steps in self.made.items() if last <= {*steps}
        ]
        if wrong and any(id(x) in self.record.owners() for x in wrong):
            yield finding("doctor-new-layer", wrong[0].birth)


class OtherModel(Check):
    """An optimizer of a model that the loss does not depend on."""

    def update(self, optimizer: Any) -> Iterator[Finding]:
        """Has none of its parameters a gradient, but others have?"""
        if optimizer.target is None:
            return
        own = [p for _, p in walk(optimizer.target, Parameter)]
        known = self.record.parameters(self.record.optimizers)
        others = [
            x
            for x, leaf in self.record.alive()
            if isinstance(x, Parameter) and leaf.seen and id(x) not in known
        ]
        if others and all(p._grad is None for p in own):
            yield finding(
                "doctor-other-model",
                caller(1),
                optimizer=type(optimizer).__name__,
                count=len(own),
                others=self.record.listed(others),
            )


class NotReached(Check):
    """Parameters of an optimizer that get no gradient."""

    def __init__(self, record: Record) -> None:
        super().__init__(record)
        self.reached: set[int] = set()

    def update(self, optimizer: Any) -> Iterator[Finding]:
        """A gradient may also be set by hand."""
        own = self.record.parameters([optimizer])
        self.reached |= {key for key, p in own.items() if p._grad is not None}
        return iter(())

    def close(self) -> Iterator[Finding]:
        """Look which of them were never reached."""
        record = self.record
        if not record.updates or not record.steps:
            return
        frozen, owners = record.frozen(), record.owners()
        cut: list[Any] = []
        unused: list[Any] = []
        for p in record.parameters(record.used).values():
            siblings, place = owners.get(id(p), ([p], None))
            if id(p) not in frozen and not any(map(self.is_reached, siblings)):
                (cut if place else unused).append((p, place or p.birth))
        for code, wrong in (("doctor-cut", cut), ("doctor-unused", unused)):
            if wrong:
                names = record.listed(p for p, _ in wrong)
                yield finding(code, wrong[-1][1], parameters=names)
                return

    def is_reached(self, parameter: Parameter) -> bool:
        """Has it got a gradient?"""
        leaf = self.record.leaf(parameter)
        return (leaf is not None and leaf.seen > 0) or id(parameter) in self.reached


class Missing(Check):
    """Parameters that get gradients, beside others that are trained."""

    def close(self) -> Iterator[Finding]:
        """Look at each network that is trained in part."""
        record = self.record
        optimized = record.parameters(record.optimizers)
        for root, layers in record.roots.values():
            inside = {id(p): p for _, p in walk([root, *layers.values()], Parameter)}
            known = [(p, record.leaf(p)) for p in inside.values()]
            trained = any(leaf and leaf.changes for _, leaf in known)
            missing = [
                p
                for p, leaf in known
                if leaf and self.is_left(leaf) and id(p) not in optimized
            ]
            if trained and missing:
                names = record.listed(missing)
                yield finding("doctor-missing", missing[0].birth, parameters=names)
                return

    def is_left(self, leaf: Leaf) -> bool:
        """Does it get gradients that nobody uses?"""
        return leaf.seen > 1 and not leaf.changes


class NothingChanges(Check):
    """Updates that change nothing."""

    place: Birth | None = None

    def update(self, optimizer: Any) -> Iterator[Finding]:
        """Remember the line."""
        self.place = caller(1)
        return iter(())

    def after(self, step: Step) -> Iterator[Finding]:
        """Remember the line, if there is no update."""
        self.place = self.place if self.record.updates else caller(1)
        return iter(())

    def close(self) -> Iterator[Finding]:
        """Are all parameters what they were?"""
        record = self.record
        if record.optimizers and record.backwards > 2 and not record.steps:
            yield finding(
                "doctor-nothing-changes",
                self.place,
                backwards=record.backwards,
                updates=record.updates,
                lr=", ".join(f"{o.lr:g}" for o in record.optimizers),
            )


class NewOptimizer(Check):
    """An optimizer that is made anew for each step, and forgets what it has learnt."""

    def __init__(self, record: Record) -> None:
        super().__init__(record)
        self.updates: dict[int, list[Any]] = defaultdict(list)
        self.place: Birth | None = None

    def update(self, optimizer: Any) -> Iterator[Finding]:
        """Remember which optimizer it is."""
        self.updates[id(optimizer.target)].append(optimizer)
        self.place = caller(1)
        return iter(())

    def close(self) -> Iterator[Finding]:
        """Was each of several on one target used just once?"""
        for used in self.updates.values():
            if len({*map(id, used)}) == len(used) >= 3:
                name = type(used[0]).__name__
                yield finding("doctor-new-optimizer", self.place, optimizer=name)
                return
