"""One backward pass as the doctor sees it: the graph behind a loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..arrays import is_array
from ..core import Variable
from ..core.graph import data_of

# Functions that hand the same numbers on.
SAME = {
    "astype",
    "clip",
    "expand_dims",
    "flatten",
    "getitem",
    "moveaxis",
    "ravel",
    "reshape",
    "squeeze",
    "swapaxes",
    "transpose",
}

# Functions in which a weight meets no data: it is scaled, shifted, measured, cut.
ELEMENTWISE = SAME | {
    "absolute",
    "add",
    "copy",
    "divide",
    "exp",
    "log",
    "maximum",
    "mean",
    "minimum",
    "multiply",
    "negative",
    "power",
    "sqrt",
    "square",
    "subtract",
    "sum",
    "where",
}


class Step:
    """The graph of a loss.

    Attributes:
        loss: the Variable that `backward` starts from.
        calls: every call behind it, those that were made first in front.
        leaves: the Variables at its ends, which get gradients.
        tail: the identities of the calls between the last trained parameter and the
            loss: what the loss itself is made of.
        trained: is a leaf a parameter?
    """

    def __init__(self, loss: Variable, trained: Callable[[Variable], bool]) -> None:
        self.loss, self.trained = loss, trained
        self.leaves: list[Variable] = []
        self.calls = sorted(self._walk(), key=lambda call: call.generation)
        self.tail = {id(call) for call in self._walk_tail()}

    def _walk(self) -> Iterator[Any]:
        """Every call once; on the way the leaves."""
        todo, seen = [self.loss], {id(self.loss)}
        while todo:
            x = todo.pop()
            if x.creator is None:
                self.leaves.append(x)
                continue
            if id(x.creator) in seen:
                continue
            seen.add(id(x.creator))
            yield x.creator
            for y in variables(x.creator):
                if id(y) not in seen:
                    seen.add(id(y))
                    todo.append(y)

    def _walk_tail(self) -> Iterator[Any]:
        todo, seen = [self.loss.creator], set()
        while todo:
            call = todo.pop()
            if call is None or id(call) in seen or self.parameters(call):
                continue
            seen.add(id(call))
            yield call
            todo += [x.creator for x in variables(call)]

    def parameters(self, call: Any) -> list[Variable]:
        """The trained parameters among the arguments of a call."""
        return [x for x in variables(call) if x.creator is None and self.trained(x)]

    def tail_calls(self) -> list[Any]:
        """The calls of the tail, those that were made first in front."""
        return [call for call in self.calls if id(call) in self.tail]

    def weighted(self) -> Iterator[tuple[Any, Variable]]:
        """Calls in which a weight of two axes or more works, and that weight."""
        for call in self.calls:
            if call.name in ELEMENTWISE:
                continue
            weights = [x for x in self.parameters(call) if x.ndim >= 2]
            if weights:
                yield call, weights[-1]

    def inputs(self) -> Iterator[tuple[Any, Any]]:
        """Calls in which data meet a weight, and the array of the data.

        What stands beside something computed is no data, but a state to begin with.
        """
        for call in self.calls:
            is_table = call.name == "getitem"
            weights = [x for x in self.parameters(call) if x.ndim >= 2]
            if not weights or (call.name in ELEMENTWISE and not is_table):
                continue
            if all(x.creator is None for x in variables(call)):
                for value in self.constants(call)[:1]:
                    yield call, value

    def constants(self, call: Any) -> list[Any]:
        """The arrays among the arguments of a call that depend on no parameter."""
        pairs = zip(call._args, values(call), strict=False)
        return [
            v for x, v in pairs if is_array(v) and v.ndim and not self.is_computed(x)
        ]

    def is_computed(self, x: Any) -> bool:
        """Does `x` depend on parameters, as far as gradients know?"""
        if not isinstance(x, Variable):
            return False
        return x.creator is not None or (x.generation >= 0 and self.trained(x))


def variables(call: Any) -> list[Variable]:
    """The arguments of a call that get a gradient."""
    return [x for x in call._args if isinstance(x, Variable) and x.generation >= 0]


def values(call: Any) -> list[Any]:
    """The arguments of a call as plain arrays, as they were then."""
    kept = getattr(call, "values", None)
    return [*map(data_of, call._args)] if kept is None else kept


def results(call: Any) -> list[Any]:
    """The arrays that came out of a call."""
    several = isinstance(call._result, tuple)
    return [*call._result] if several else [call._result]


def source(x: Any) -> Any:
    """The call that computed the numbers of `x`, or None: reshaping computes none."""
    call = getattr(x, "creator", None)
    while call is not None and call.name in SAME:
        call = getattr(call._args[0], "creator", None)
    return call
