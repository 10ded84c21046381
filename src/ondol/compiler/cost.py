"""What a compiled step costs, counted from its graph."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from .graph import Node
from .program import Program
from .schedule import ATTENTION, computed


@dataclass(frozen=True, slots=True, repr=False)
class Cost:
    """What one call of a compiled function costs.

    Attributes:
        flops: operations on numbers: two for each product of a matrix product, one for
            each element of a function or a sum, however long that function takes.
        bytes: what the kernels read from and write to memory, if each reads an array
            once.
        arena: bytes of memory for results in between.
        kernels: pieces of C; `calls` of them are made.
    """

    flops: int
    bytes: int
    arena: int
    kernels: int
    calls: int

    def __repr__(self) -> str:
        return (
            f"{_short(self.flops)}FLOP, {_short(self.bytes)}B moved, "
            f"arena {_short(self.arena)}B, {self.kernels} kernels in {self.calls} calls"
        )


def cost(program: Program) -> Cost:
    """The cost of a program."""
    steps = program.schedule.steps
    return Cost(
        flops=sum(_flops(node) for step in steps for node in computed(step)),
        bytes=sum(_moved(program, computed(step)) for step in steps),
        arena=program.arena_size,
        kernels=len(program.source.kernels),
        calls=len(steps),
    )


def _flops(node: Node) -> int:
    shapes = [x.shape for x in node.inputs]
    if node.op == "matmul":
        return 2 * node.size * shapes[0][-1]
    if node.op == "conv":
        return 2 * node.size * math.prod(shapes[1][1:])
    if node.op == "conv_filters":
        return 2 * node.inputs[1].size * node.shape[0]
    if node.op in ATTENTION:  # as if all keys were seen
        back = node.op == "attention_back"
        q, k, v = shapes[back : back + 3]
        sizes = 3 * q[-1] + 2 * v[-1] if back else q[-1] + v[-1]
        return 2 * math.prod(q[:-1]) * k[-2] * sizes
    if node.op in ("reduce", "arg", "scan"):
        return node.inputs[0].size
    return node.size if node.op == "map" else 0


def _moved(program: Program, nodes: Iterable[Node]) -> int:
    nodes = list(nodes)
    schedule = program.schedule
    behind = (
        base for node in nodes for x in node.inputs for base in schedule.behind(x)
    )
    read = {base for base in behind if base not in nodes}
    written = {
        node for node in nodes if node in schedule.stored
    } - program.passing.keys()
    return sum(node.size * node.dtype.itemsize for node in read | written)


def _short(n: int) -> str:
    """A number with a prefix: ``1.2 M``."""
    value = float(n)
    for prefix in ("", "k", "M", "G"):
        if value < 1000:
            return f"{value:.3g} {prefix}"
        value /= 1000
    return f"{value:.3g} T"
