"""The text of one kernel: lines of C, and names for the buffers they use."""

from __future__ import annotations

import os

from .graph import Node
from .templates import C_TYPES

PARALLEL = 1 << 18  # below this many operations threads cost more than they bring
TINY = 1 << 13  # below this many multiplications BLAS costs more than it brings
STACK = 1 << 18  # bytes of a stack that a kernel may take
SHARED = 1 << 18  # below this many multiplications of one product threads do so
DEPTH = 512  # rows of a panel of a product that are packed, and used, before the next
CREW = os.cpu_count() or 1  # threads that have room of their own
PLACES = 2048  # positions of images whose gradients are packed at once


class Text:
    """Lines of C, indented."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.depth = 1

    def add(self, line: str) -> None:
        """A line; braces move what follows."""
        if line.startswith("}"):
            self.depth -= 1
        indent = "" if line.startswith("#") else "  " * self.depth
        self.lines.append(indent + line)
        if line.endswith("{"):
            self.depth += 1


class Kernel:
    """The body of one step, with names for the buffers that it uses.

    Attributes:
        calls_blas: does it hand a product to BLAS?
        calls_tiles: does it call the library of tiles?
        scratch: how many numbers of float32 it needs room for, beside its buffers,
        scratch_each: and how many for each thread.
        finishes: is there a function for each block of its rows that is ready?
    """

    calls_blas = False
    calls_tiles = False
    scratch = 0
    scratch_each = 0
    finishes = False

    def __init__(self) -> None:
        self.text = Text()
        self.buffers: dict[Node, str] = {}
        self.written: set[Node] = set()

    def buffer(self, node: Node, write: bool = False) -> str:
        """The name of the parameter for a node's memory."""
        if write:
            self.written.add(node)
        return self.buffers.setdefault(node, f"p{len(self.buffers)}")

    def need(self, numbers: int) -> None:
        """Ask for room, as the parameter ``scratch``."""
        self.scratch = max(self.scratch, numbers)

    @property
    def needs_room(self) -> bool:
        """Is ``scratch`` one of the parameters?"""
        return bool(self.scratch or self.scratch_each)

    def signature(self) -> str:
        """The parameters."""
        buffers = [
            f"{'' if node in self.written else 'const '}{C_TYPES[node.dtype]} *{name}"
            for node, name in self.buffers.items()
        ]
        room = ["float *scratch"] * self.needs_room
        return ", ".join(buffers + room + ["rows_t *finish, char **at"] * self.finishes)

    @property
    def lines(self) -> list[str]:
        """The body."""
        return self.text.lines


class Rows(Kernel):
    """Loops on some of their rows, which a product or the threads hand out."""

    def signature(self) -> str:
        """The parameters of every such function."""
        return "char **at, int64_t low, int64_t high"

    @property
    def lines(self) -> list[str]:
        """The body, which begins with where the buffers are."""
        kinds = {node: f"{C_TYPES[node.dtype]} *" for node in self.buffers}
        for node in self.buffers.keys() - self.written:
            kinds[node] = f"const {kinds[node]}"
        names = self.buffers.items()
        starts = [f"{kinds[x]}{p} = ({kinds[x]})at[{p[1:]}];" for x, p in names]
        return [*(f"  {line}" for line in starts), *self.text.lines]
