"""Kernels for eager mode: the NumPy code of one function, traced and compiled."""

from __future__ import annotations

import ctypes
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import OndolError
from ..hot import Kernel as Callee
from ..hot import Number, numpy_only, order_of
from .access import NotAffineError, access, identity
from .build import compiler
from .builder import Builder
from .graph import Node, Shape
from .memory import ALIGNMENT
from .program import Program
from .schedule import GIVEN
from .tracer import Tracer
from .vocabulary import spelled

Order = tuple[int, ...] | None

REFUSALS = OndolError, TypeError, ValueError, LookupError, AttributeError, OSError


class UnfitError(TypeError):
    """A kernel would be no gain."""


class Scratch:
    """Memory for what is computed in between; kernels take turns in it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.memory = np.empty(0, np.uint8)
        self.start = 0

    def grow(self, size: int) -> int:
        """The address of at least so many bytes."""
        if self.memory.size < size + ALIGNMENT:
            self.memory = np.empty(size + ALIGNMENT, np.uint8)
            self.start = _aligned(self.memory)
        return self.start


SCRATCH = Scratch()


def make(
    code: Callable[..., Any], args: Sequence[Any], kwargs: Any, over: tuple[int, ...]
) -> Callee | None:
    """The kernel of a hot function; see `ondol.hot.kernel_for`.

    None where there is no compiler, and where the code cannot be traced with such
    arguments: if they are wrong, NumPy's way tells so.
    """
    if compiler() is None:
        return None
    try:
        with numpy_only(), np.errstate(all="ignore"):
            return Kernel(code, args, kwargs, over)
    except REFUSALS:
        return None


class Kernel:
    """Compiled code for arguments of given shapes and dtypes.

    Results are new arrays, or are written over arguments. The code is all C: where a
    part of it would be left to NumPy there is little to gain.
    """

    def __init__(
        self,
        code: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Any,
        over: tuple[int, ...],
    ) -> None:
        b = Builder()
        orders = [*map(_order, args)]
        nodes = [*map(_input, [b] * len(args), map(_laid, args, orders))]
        y = _run(b, code, [*map(_traced, [b] * len(args), args, nodes, orders)], kwargs)
        self.several = isinstance(y, tuple)
        shown = [_result(b, part) for part in (y if self.several else [y])]
        results = _bases(shown)
        self.over = over
        self.fresh = [] if over else [(node.shape, node.dtype) for node in results]
        self.views = [_view(node, results) for node in shown]
        given = [node for node in nodes if node]
        homes = [b.input(r.shape, r.dtype) for r in results if not over]
        homes += [node for i in over if (node := nodes[i])]
        program = _program(results, [*given, *homes], homes)
        slots, used = program.slots, {*program.schedule.nodes}
        self.given = [
            (i, slots[n], orders[i]) for i, n in enumerate(nodes) if n and n in used
        ]
        self.places = [slots[node] for node in homes]
        self._take(program, {*self.places, *(slot for _, slot, _ in self.given)})

    def _take(self, program: Program, told: set[int]) -> None:
        """Keep of a program what it takes to run it, with the memory of all kernels."""
        self.steps, self.table = program.steps, program.table
        self.pointer = ctypes.byref(self.table)
        constants = {i for node, i in program.slots.items() if node.op in GIVEN}
        self.constants = [program.arrays[i] for i in constants]
        self.size, self.start = program.arena_size, _aligned(program.arena)
        self.inside = [*{*range(len(program.arrays))} - constants - told]

    def __call__(self, args: Sequence[Any]) -> Any:
        """The results for arguments of the kinds that it was made for."""
        table = self.table
        given = [_plain(_laid(args[i], order)) for i, _, order in self.given]
        made = [args[i] for i in self.over] or [np.empty(*new) for new in self.fresh]
        with SCRATCH.lock:
            self._move(SCRATCH.grow(self.size))
            for (_, slot, _), x in zip(self.given, given, strict=True):
                table[slot] = x.ctypes.data
            for slot, x in zip(self.places, made, strict=True):
                table[slot] = x.ctypes.data
            for step in self.steps:
                step(self.pointer)
        shown = [view.of(made) for view in self.views]
        return tuple(shown) if self.several else shown[0]

    def _move(self, start: int) -> None:
        """Tell C where what is computed in between goes now."""
        if start != self.start:
            for slot in self.inside:
                self.table[slot] += start - self.start
            self.start = start


def _aligned(memory: np.ndarray) -> int:
    """The first good address in it."""
    start = memory.ctypes.data
    return start + -start % ALIGNMENT


# -- arguments -------------------------------------------------------------------------


def _order(x: Any) -> Order:
    """The order of the axes of an array in memory, if it is another one."""
    plain = type(x) is not np.ndarray or x.flags.c_contiguous
    return None if plain else order_of(x)


def _laid(x: Any, order: Order) -> Any:
    """An array with its axes as they are in memory."""
    return x if order is None else x.transpose(order)


def _input(b: Builder, x: Any) -> Node | None:
    """The node of an array, or of a number that varies; None for a setting."""
    if type(x) is np.ndarray:
        return b.input(x.shape, x.dtype)
    if type(x) is not Number:
        return None
    node = b.input((), np.dtype(np.float64))
    b.weak.add(node)
    return node


def _traced(b: Builder, x: Any, node: Node | None, order: Order) -> Any:
    """An argument as the code gets it."""
    if node is None:
        return x
    y = Tracer(b, node)
    return y if order is None else np.transpose(y, tuple(np.argsort(order).tolist()))


def _run(b: Builder, code: Callable[..., Any], args: list[Any], kwargs: Any) -> Any:
    """What the code gives, in the words of the graph if it has one for all of it."""
    spelling = spelled(code)
    nodes = (x.node if isinstance(x, Tracer) else x for x in args)
    y = spelling(b, *nodes, **kwargs) if spelling else NotImplemented
    if isinstance(y, tuple):
        return tuple(Tracer(b, part) for part in y)
    return code(*args, **kwargs) if y is NotImplemented else Tracer(b, y)


def _plain(x: Any) -> np.ndarray:
    """The array that C reads."""
    return np.ascontiguousarray(x, np.float64 if type(x) is Number else None)


# -- results ---------------------------------------------------------------------------


def _result(b: Builder, y: Any) -> Node:
    """The node of a result, which is computed: an argument itself is copied."""
    node = y.node if isinstance(y, Tracer) else b.const(y)
    return b.map(np.positive, node) if node.op in GIVEN else node


class _View(NamedTuple):
    """How a result stands in an array that is computed.

    Attributes:
        base: the position of the array.
        shape, dtype: of the result.
        start, steps: in bytes; no steps if it is the array itself.
    """

    base: int
    shape: Shape
    dtype: np.dtype[Any]
    start: int
    steps: Shape | None

    def of(self, arrays: Sequence[np.ndarray]) -> np.ndarray:
        """The result."""
        base = arrays[self.base]
        if self.steps is None:
            return base
        return np.ndarray(self.shape, self.dtype, base, self.start, self.steps)


def _bases(shown: list[Node]) -> list[Node]:
    """The arrays in which results stand: all of it is some result."""
    bases = [_base(node) for node in shown]
    size: Counter[Node] = Counter()
    for base, node in zip(bases, shown, strict=True):
        size[base] += node.size
    pairs = zip(bases, shown, strict=True)
    return [*dict.fromkeys(a if size[a] >= a.size else b for a, b in pairs)]


def _base(node: Node) -> Node:
    """The array that a result is a view of; the result itself if it is none."""
    base = node
    while base.op in ("reshape", "transpose", "slice"):
        if base.inputs[0].op in GIVEN:
            break
        base = base.inputs[0]
    try:
        access(node, identity(node.shape), node.shape, {base})
    except NotAffineError:
        return node
    return base


def _view(node: Node, bases: list[Node]) -> _View:
    """Where in the arrays a result is to be found."""
    if node in bases:
        return _View(bases.index(node), node.shape, node.dtype, 0, None)
    found = access(node, identity(node.shape), node.shape, {_base(node)})
    size, place = node.dtype.itemsize, found.offset
    steps = tuple(size * step for step in place.steps)
    return _View(
        bases.index(_base(node)), node.shape, node.dtype, size * place.start, steps
    )


def _program(results: list[Node], inputs: list[Node], homes: list[Node]) -> Program:
    """The program that writes each result into its home.

    Raises:
        UnfitError: it cannot, or a part of it would be left to NumPy.
    """
    program = Program(results, inputs, dict(zip(results, homes, strict=True)))
    at_home = [program.at_home.get(result) for result in results] == homes
    if not at_home or any(isinstance(step, Node) for step in program.steps):
        raise UnfitError
    return program
