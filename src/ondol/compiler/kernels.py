"""Kernels for eager mode: the NumPy code of one function, traced and compiled."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import OndolError
from ..hot import Number, numpy_only, order_of
from .build import compiler
from .builder import Builder
from .graph import Node
from .memory import ALIGNMENT
from .program import Program
from .schedule import GIVEN
from .tracer import Tracer


class Unfit(TypeError):
    """A kernel would be no gain."""


class Scratch:
    """Memory for intermediate results, which all kernels use, one after the other."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.memory = np.empty(0, np.uint8)
        self.start = 0

    def at_least(self, size: int) -> int:
        """The address of so many bytes; those of before are gone if they moved."""
        if self.memory.size < size + ALIGNMENT:
            self.memory = np.empty(size + ALIGNMENT, np.uint8)
            self.start = self.memory.ctypes.data
            self.start += -self.start % ALIGNMENT
        return self.start


SCRATCH = Scratch()


def make(
    code: Callable[..., Any], args: Sequence[Any], kwargs: Any, over: tuple[int, ...]
) -> Kernel | None:
    """The kernel of a hot function; see `ondol.hot.kernel_for`.

    None where there is no compiler, and for arguments for which the code cannot be
    traced: if they are wrong, NumPy's way tells so.
    """
    if compiler() is None:
        return None
    try:
        with numpy_only(), np.errstate(all="ignore"):
            return Kernel(code, args, kwargs, over)
    except (OndolError, TypeError, ValueError, IndexError, AttributeError, OSError):
        return None


class Kernel:
    """Compiled code for arguments of given shapes and dtypes.

    Results are new arrays, or are written over arguments. All that is done is done in
    C: code of which a part is left to NumPy would gain nothing.
    """

    def __init__(
        self,
        code: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Any,
        over: tuple[int, ...],
    ) -> None:
        b = Builder()
        self.orders = [_order(x) for x in args]
        laid = [*map(_laid, args, self.orders)]
        nodes = [_input(b, x) for x in laid]
        traced = [
            x if node is None else _as_given(Tracer(b, node), order)
            for x, node, order in zip(args, nodes, self.orders, strict=True)
        ]
        y = code(*traced, **kwargs)
        self.several = isinstance(y, tuple)
        shown = [_node(b, part) for part in (y if self.several else [y])]
        results = [*map(_in_order, shown)]
        self.over = over
        self.fresh = [] if over else [(r.shape, r.dtype) for r in shown]
        homes = [nodes[i] for i in over] or [b.input(r.shape, r.dtype) for r in results]
        self.program = _program(results, [*filter(None, nodes), *homes], homes)
        used = {*self.program.schedule.nodes}
        slots = self.program.slots
        self.given = [(i, slots[n]) for i, n in enumerate(nodes) if n in used]
        self.places = [slots[n] for n in homes]
        self.moving = self._moving({*self.places, *(slot for _, slot in self.given)})
        self.at = 0

    def _moving(self, given: set[int]) -> list[tuple[int, int]]:
        """Slots in the arena and their offsets; its memory is that of all kernels."""
        program = self.program
        start = program.arena.ctypes.data
        start += -start % ALIGNMENT
        fixed = given | {program.slots[n] for n in program.slots if n.op in GIVEN}
        slots = [i for i in range(len(program.arrays)) if i not in fixed]
        offsets = [(i, program.table[i] - start) for i in slots]
        for i in slots:
            program.arrays[i] = None
        del program.arena
        return offsets

    def __call__(self, args: Sequence[Any]) -> Any:
        """The results for arguments of the same kinds."""
        given = [_plain(_laid(args[i], self.orders[i])) for i, _ in self.given]
        if self.over:
            made = [args[i] for i in self.over]
        else:
            made = [np.empty(*new) for new in self.fresh]
        table = self.program.table
        with SCRATCH.lock:
            self._move()
            for (_, slot), x in zip(self.given, given, strict=True):
                table[slot] = x.ctypes.data
            for slot, x in zip(self.places, made, strict=True):
                table[slot] = x.ctypes.data
            self.program.execute()
        return tuple(made) if self.several else made[0]

    def _move(self) -> None:
        """Tell C where the intermediate results go now."""
        start = SCRATCH.at_least(self.program.arena_size)
        if start != self.at:
            self.at = start
            for slot, offset in self.moving:
                self.program.table[slot] = start + offset


def _order(x: Any) -> tuple[int, ...] | None:
    """The order in which the axes of an array lie in memory, if it is another one."""
    if type(x) is not np.ndarray or x.flags.c_contiguous:
        return None
    return order_of(x)


def _laid(x: Any, order: tuple[int, ...] | None) -> Any:
    """An array with its axes as they lie in memory."""
    return x if order is None else x.transpose(order)


def _as_given(x: Tracer, order: tuple[int, ...] | None) -> Any:
    """And back: the axes in the order that the code knows."""
    return x if order is None else np.transpose(x, tuple(np.argsort(order)))


def _input(b: Builder, x: Any) -> Node | None:
    """The node for an array, or for a number that changes; None for a setting."""
    if type(x) is np.ndarray:
        return b.input(x.shape, x.dtype)
    if type(x) is Number:
        node = b.input((), np.dtype(np.float64))
        b.weak.add(node)
        return node
    return None


def _node(b: Builder, y: Any) -> Node:
    """The node of a result; what shows an argument as it is gets memory of its own."""
    node = y.node if isinstance(y, Tracer) else b.const(y)
    return b.map(np.positive, node) if node.op in GIVEN else node


def _in_order(node: Node) -> Node:
    """The same numbers in the same order, in whatever shape they are computed."""
    while node.op == "reshape" and node.inputs[0].op not in GIVEN:
        node = node.inputs[0]
    return node


def _plain(x: Any) -> np.ndarray:
    return np.ascontiguousarray(x, np.float64 if type(x) is Number else None)


def _program(
    results: list[Node], inputs: list[Node], homes: list[Node]
) -> Program:
    """The program that writes each result into its home.

    Raises:
        Unfit: it cannot, or a part of it would be left to NumPy.
    """
    program = Program(results, inputs, dict(zip(results, homes, strict=True)))
    in_place = [program.at_home.get(r) for r in results] == homes
    if not in_place or any(isinstance(step, Node) for step in program.steps):
        raise Unfit
    return program
