"""A graph made ready to run: memory for its nodes, and the steps in order."""

from __future__ import annotations

import ctypes
import functools
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import (
    place,
    text,
)
from ..threads import ALLOWED
from .blas import functions
from .build import build
from .emit_c import TILES, Source
from .epilogues import add_epilogues, passing
from .graph import Node
from .memory import ALIGNMENT, hand_back, plan
from .ops import OPS
from .schedule import Loop, Schedule, Step, computed, is_mapped
from .toolchain import CompilerError

LARGE = 1 << 20  # bytes of an arena for which memory is tidied up first
# What steps call of the library of tiles, as `c/calls.c` takes it.
EXPORTS = (
    "panel", "pack_tiles", "product", "convolve", "convolve_back", "attend",
    "attend_back",
)  # fmt: skip
SMALL = 1 << 12  # bytes; copying so much is quicker than asking for an address


class Program:
    """Compiled code for a graph, and the memory that it works in.

    Args:
        results: what is to be computed.
        inputs: the input nodes, in the order of the arrays that `run` takes.
        homes: results that may be written into the memory of an input of their shape
            and dtype, in the end or, if nobody reads the input later, at once.
    """

    def __init__(
        self,
        results: Sequence[Node],
        inputs: Sequence[Node],
        homes: Mapping[Node, Node] | None = None,
    ) -> None:
        self.results, self.inputs = list(results), list(inputs)
        self.schedule = Schedule(self.results)
        add_epilogues(self.schedule, self._in_place(homes or {}))
        self.at_home = self._in_place(homes or {})
        self.passing = passing(self.schedule, self.at_home)
        self.late = [(y, x) for y, x in (homes or {}).items() if y not in self.at_home]
        stored = [n for n in self.schedule.nodes if n in self.schedule.stored]
        given = [
            *dict.fromkeys([*self.inputs, *(n for n in stored if n.op == "input")])
        ]
        self.slots = {node: i for i, node in enumerate(given)}
        for node in stored:
            other = node
            while other in self.passing:
                other = self.passing[other]
            home = self.at_home.get(other, other)
            number = self.slots.get(home, len(set(self.slots.values())))
            self.slots[node] = self.slots[other] = number
        # The last is room for what a step needs while it runs.
        last = len({*self.slots.values()})
        places = {n: f"m[{i}]" for n, i in self.slots.items()}
        self.source = Source(self.schedule, places, f"m[{last}]")
        self.arrays: list[Any] = [None] * (last + 1)
        self.table = (ctypes.c_void_p * len(self.arrays))()
        self._place_constants()
        self._place_in_arena(stored)
        self.steps = self._loaded()
        self._buffers = [self._buffer(node) for node in self.inputs]
        self._given: list[Any] = [None] * len(self.inputs)
        self.pointer = ctypes.byref(self.table)  # quicker to pass than the table

    def _loaded(self) -> list[Any]:
        """The functions of the compiled source, and what is left to NumPy, in order."""
        try:
            library = build(self.source.text)
        except CompilerError as error:
            error.args = (f"{error}{self._origin(str(error))}",)
            raise
        library.ondol_threads(ctypes.byref(ALLOWED))
        blas = functions()
        if blas:
            library.ondol_blas((ctypes.c_void_p * len(blas))(*blas))
        if self.source.calls_tiles:
            library.ondol_tiles(_tiles())
        steps: list[Any] = []
        for part in self.source.segments:
            step: Any = getattr(library, part) if isinstance(part, str) else part
            if isinstance(part, str):
                step.restype = None
            steps.append(step)
        return steps

    def _origin(self, message: str) -> str:
        """The line of Python behind the line of C that a compiler has refused."""
        shown = re.search(r"^> *(\d+) \|", message, re.MULTILINE)
        birth = self.source.birth(int(shown[1])) if shown else None
        if birth is None:
            return ""
        return f"\n  {text('word-written-for', place=place(birth))}"

    # -- memory -----------------------------------------------------------------------

    def _in_place(self, homes: Mapping[Node, Node]) -> dict[Node, Node]:
        """The results that can be written over an input while they are computed."""
        steps = self.schedule.steps
        last_read = self._last_reads()
        found: dict[Node, Node] = {}
        for result, home in homes.items():
            step = self.schedule.step_of.get(result)
            if step is None or home in found.values():
                continue
            last, now = last_read.get(home, -1), steps.index(step)
            if last < now or (last == now and self._over_itself(result, step, home)):
                found[result] = home
        return found

    def _over_itself(self, result: Node, step: Step, home: Node) -> bool:
        """Is it a loop that reads an input only where it would write?"""
        if not (isinstance(step, Loop) and is_mapped(result)) or step.epilogue:
            return False
        if step.shape != home.shape:
            return False
        for node in step.nodes:
            for x in node.inputs:
                inner = x is home or x in step.nodes
                if not inner and home in self.schedule.behind(x):
                    return False
        return True

    def _last_reads(self) -> dict[Node, int]:
        """The last step that reads each node with memory."""
        reads: dict[Node, int] = {}
        for i, step in enumerate(self.schedule.steps):
            for node in computed(step):
                for x in node.inputs:
                    for base in self.schedule.behind(x):
                        reads[base] = i
        return reads

    def _place_constants(self) -> None:
        for node, i in self.slots.items():
            if node.op in ("const", "iota"):
                value = np.ascontiguousarray(OPS[node.op].compute((), *node.attrs))
                self._set(i, value.reshape(node.shape))

    def _place_in_arena(self, stored: list[Node]) -> None:
        """Give every other node with memory a part of the arena."""
        steps = {step: i for i, step in enumerate(self.schedule.steps)}
        births = [
            (node, steps[self.schedule.step_of[node]])
            for node in stored
            if node in self.schedule.step_of
            and node not in self.at_home
            and node not in self.passing
        ]
        deaths = self._last_reads()
        deaths |= {node: len(steps) for node in self.results}
        offsets, size = plan(births, deaths)
        self.arena_size = size + 4 * self.source.scratch
        if self.arena_size > LARGE:
            hand_back()
        self.arena = np.empty(self.arena_size + ALIGNMENT, np.uint8)
        start = -self.arena.ctypes.data % ALIGNMENT
        for node, offset in offsets.items():
            at = start + offset
            part = self.arena[at : at + node.size * node.dtype.itemsize]
            self._set(self.slots[node], part.view(node.dtype).reshape(node.shape))
        self._set(-1, self.arena[start + size :])

    def _set(self, i: int, array: Any) -> None:
        self.arrays[i] = array
        self.table[i] = array.ctypes.data

    def _buffer(self, node: Node) -> Any:
        """Memory for a small argument, which is copied; None for a large one."""
        small = (
            node.size * node.dtype.itemsize <= SMALL
            and node not in self.at_home.values()
        )
        return np.empty(node.shape, node.dtype) if small else None

    # -- running ----------------------------------------------------------------------

    def run(self, arrays: Sequence[Any]) -> list[Any]:
        """Compute the results; the arrays have the inputs' shapes and dtypes."""
        given, buffers = self._given, self._buffers
        scattered: list[tuple[Any, Any]] = []  # arrays that C saw a copy of
        for i, array in enumerate(arrays):
            if buffers[i] is not None:
                if given[i] is None:
                    given[i] = buffers[i]
                    self._set(self.slots[self.inputs[i]], buffers[i])
                buffers[i][...] = array
            elif array is not given[i] or not array.flags.c_contiguous:
                given[i] = array
                plain = np.ascontiguousarray(array)
                self._set(self.slots[self.inputs[i]], plain)
                if plain is not array:
                    scattered.append((array, plain))
        self.execute()
        for array, copied in scattered:
            if array.flags.writeable:
                array[...] = copied  # what was written in place
        return [self.value(node) for node in self.results]

    def execute(self) -> None:
        """Do the steps, with the arrays as they are in `table` and `arrays`."""
        for step in self.steps:
            if isinstance(step, Node):
                self._host(step)
            else:
                step(self.pointer)

    def _host(self, node: Node) -> None:
        with np.errstate(all="ignore"):
            y = OPS[node.op].compute([self.value(x) for x in node.inputs], *node.attrs)
        self.arrays[self.slots[node]][...] = y

    def value(self, node: Node) -> Any:
        """The array of a node, as it is now."""
        if node in self.slots:
            return self.arrays[self.slots[node]]
        return OPS[node.op].compute([self.value(x) for x in node.inputs], *node.attrs)


@functools.cache
def _tiles() -> Any:
    """The addresses of the functions of the library of tiles."""
    library = build(TILES)
    found = [ctypes.cast(getattr(library, name), ctypes.c_void_p) for name in EXPORTS]
    return (ctypes.c_void_p * len(found))(*found)
