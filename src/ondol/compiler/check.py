"""Run a function as it stands and compiled, from the same state, and compare."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.graph import Variable, data_of
from ..errors import (
    OndolError,
    place,
    tell,
    text,
)
from .graph import Node
from .snapshot import Snapshot
from .state import PLAIN, State, name_of
from .trace import Slot, Trace

RTOL = {2: 1e-2, 4: 1e-3, 8: 1e-8}  # by the bytes of a real number


class CheckError(OndolError, AssertionError):
    """A compiled function that does not do what the function does."""


class Memory:
    """The state of a function and its arguments, with all numbers."""

    def __init__(self, function: Callable[..., Any], args: Any, kwargs: Any) -> None:
        self.function, self.given = function, (args, kwargs)
        self.objects = [x for x in _leaves(self.given) if not isinstance(x, PLAIN)]
        state = State(function, self.objects)
        given = [x for x in self.objects if isinstance(x, Variable)]
        self.snapshot = Snapshot(state, [*state.variables, *given])
        arrays = [value for _, value in state.places.values()]
        arrays += [data_of(y) for x in state.variables for y in (x, x._grad)]
        arrays += [data_of(x) for x in self.objects]
        self.arrays = {id(a): (a, a.copy()) for a in arrays if type(a) is np.ndarray}

    def restore(self) -> None:
        """Put every object and number back."""
        self.snapshot.restore()
        for array, numbers in self.arrays.values():
            if array.flags.writeable:
                array[...] = numbers

    def numbers(self, result: Any) -> dict[str, Any]:
        """Copies of all arrays now, by name."""
        found = {f"{text('word-result')}{path}": x for path, x in _named(result)}
        state = State(self.function, self.objects)
        for path, (_, value) in state.places.items():
            if type(value) is np.ndarray:
                found[name_of(path)] = value
        for x, paths in state.variables.items():
            found |= _both(name_of(paths[0]), x)
        for index, x in _named(self.given):
            found |= (
                _both(f"{text('word-argument')}{index}", x)
                if isinstance(x, Variable)
                else {}
            )
        arrays = ((name, data_of(x)) for name, x in found.items())
        return {name: x if x is None else np.array(x) for name, x in arrays}


def compare(
    function: Callable[..., Any],
    compiled: Callable[[], tuple[Any, Trace]],
    args: Any,
    kwargs: Any,
) -> Any:
    """What the function returns, if the compiled one does the same.

    Args:
        function: as it stands.
        compiled: runs it compiled: what it returns, and the trace that was used.
        args: what both get,
        kwargs: also by name.

    Raises:
        CheckError: they differ.
    """
    memory = Memory(function, args, kwargs)
    got, trace = compiled()
    ours = memory.numbers(got)
    memory.restore()
    expected = function(*args, **kwargs)
    theirs = memory.numbers(expected)
    nodes = _births(trace)
    largest = max(map(_largest, theirs.values()), default=0.0)
    first = {name: -1 for name in ours | theirs if name not in nodes}
    number = {node: i for i, node in enumerate(trace.builder.nodes())}
    first |= {name: number[node] for name, node in nodes.items()}
    for name in sorted(ours | theirs, key=first.__getitem__):
        what = difference(ours.get(name), theirs.get(name), largest)
        if what:
            birth = nodes[name].birth if name in nodes else None
            made = text("word-made-at", place=place(birth)) if birth else ""
            more = f"\n  {made}" if made else ""
            raise tell(CheckError, "compile-check", (), more, name=name, what=what)
    return expected


def difference(a: Any, b: Any, largest: float = 0) -> str:
    """How a compiled array differs from one of eager mode; empty if it does not.

    Args:
        a: computed by the compiled function; None if it is not there.
        b: likewise by eager mode.
        largest: the size of the numbers that these may be small differences of.
    """
    if a is None or b is None:
        missing = "word-check-missing" if a is None else "word-check-surplus"
        return "" if a is b else text(missing)
    if a.shape != b.shape or a.dtype != b.dtype:
        got, expected = (f"{x.dtype} {x.shape}" for x in (a, b))
        return text("word-check-instead", got=got, expected=expected)
    kind, size = a.dtype.kind, a.real.dtype.itemsize
    rtol = RTOL.get(size, 1e-8) if kind in "fc" else 0
    noise = 16 * np.finfo(a.dtype).eps * largest if rtol else 0
    with np.errstate(all="ignore"):
        atol = max(rtol * _largest(b), noise)
        wrong = ~np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=bool(rtol))
    if not wrong.any():
        return ""
    at = tuple(int(i) for i in np.argwhere(wrong)[0])
    where = text("word-at", place=list(at)) + " " if at else ""
    differ = text("word-check-differ", count=int(wrong.sum()), total=a.size)
    return f"{where}{text('word-check-instead', got=a[at], expected=b[at])}; {differ}"


def _largest(x: Any) -> float:
    """The largest finite number, without its sign."""
    if x is None or x.dtype.kind not in "fc":
        return 0.0
    return float(np.abs(x[np.isfinite(x)]).max(initial=0))


def _births(trace: Trace) -> dict[str, Node]:
    """The node of each array that a trace computes, by name."""
    results = {
        f"{text('word-result')}{path}": x.node
        for path, x in _named(trace.result)
        if isinstance(x, Slot)
    }
    gradients = {
        text("word-gradient-of", name=name): node
        for name, node in trace.gradients.items()
    }
    return results | trace.made | gradients


def _both(name: str, x: Variable) -> dict[str, Any]:
    return {name: x._data, text("word-gradient-of", name=name): data_of(x._grad)}


def _named(x: Any, path: str = "") -> list[tuple[str, Any]]:
    """What nested containers hold, each with the index that leads to it."""
    if isinstance(x, dict):
        pairs = list(x.items())
    elif isinstance(x, list | tuple):
        pairs = list(enumerate(x))
    else:
        known = isinstance(x, Variable | np.ndarray | Slot)
        return [(path, x)] if known else []
    return [leaf for key, part in pairs for leaf in _named(part, f"{path}[{key!r}]")]


def _leaves(x: Any) -> list[Any]:
    if isinstance(x, dict):
        return [leaf for part in x.values() for leaf in _leaves(part)]
    if isinstance(x, list | tuple):
        return [leaf for part in x for leaf in _leaves(part)]
    return [x]
