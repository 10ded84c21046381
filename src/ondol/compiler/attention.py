"""Attention in C, without a matrix of all scores.

The work is done in `c/attention.c`; here it is told what stands where in memory.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .access import strides
from .graph import Node, Shape
from .kernel import Kernel
from .ops import PANEL
from .schedule import Schedule, matrix
from .templates import literal
from .tiles import ROWS, round_up

QUERIES = 4 * ROWS  # at a time, at most
AXES = 4  # of heads, at most


def attention_kernel(node: Node, schedule: Schedule) -> Kernel:
    """Means of values, by how queries match keys."""
    call = _Call(node, node.inputs, schedule)
    call.result("y", 0, node.shape)
    room = QUERIES * (call.features + call.row)
    return call.written("attend", room + call.wide * (call.features + call.outs))


def attention_back_kernel(node: Node, schedule: Schedule) -> Kernel:
    """The gradients of queries, keys and values, one after the other."""
    g, *inputs = node.inputs
    call = _Call(node, inputs, schedule)
    call.operand("g", g)
    start = 0
    for name, x in zip(("dq", "dk", "dv"), inputs, strict=False):
        *lead, heads, rows, size = x.shape
        call.result(name, start, (*lead, rows, heads, size))
        start += x.size
    room = QUERIES * (call.features + call.outs + 2 * call.row)
    return call.written(
        "attend_back", room + call.wide * (2 * call.features + call.outs)
    )


class _Call:
    """Fills in the struct that C is told everything in."""

    def __init__(self, node: Node, inputs: Sequence[Node], schedule: Schedule) -> None:
        self.kernel, self.schedule, self.node = Kernel(), schedule, node
        self.kernel.calls_tiles = True
        q, k, v, *allowed = inputs
        *lead, heads, queries, self.features = q.shape
        *_, self.shared, keys, self.outs = v.shape
        self.group = heads // self.shared
        self.wide = round_up(keys, PANEL)
        self.row = self.wide + PANEL  # of scores
        causal, scale = node.attrs
        self.fields = [
            f".sizes = {_braces([*lead, self.shared, self.group], 1)}",
            f".queries = {queries}, .keys = {keys}",
            f".features = {self.features}, .outs = {self.outs}",
            f".scale = {literal(np.float32(scale))}, .causal = {int(causal)}",
        ]
        for name, x in zip("qkv", (q, k, v), strict=True):
            self.operand(name, x)
        for x in allowed:
            first, (*steps, row, column) = self._found(x)
            self.fields += [
                f".allowed = {first}",
                f".allowed_row = {row}, .allowed_column = {column}",
                f".allowed_steps = {self._apart(steps, heads)}",
            ]

    def operand(self, name: str, x: Node) -> None:
        """Where matrices are that are read."""
        first, (*steps, row, _) = self._found(x)
        apart = self._apart(steps, x.shape[-3])
        self.fields.append(f".{name} = {{(float *){first}, {row}, {apart}}}")

    def result(self, name: str, start: int, shape: Shape) -> None:
        """Where matrices ``(..., rows, heads, size)`` are written."""
        buffer = self.kernel.buffer(self.node, True)
        *lead, row, head, _ = strides(shape)
        apart = self._apart([*lead, head], shape[-2])
        self.fields.append(f".{name} = {{{buffer} + {start}, {row}, {apart}}}")

    def written(self, name: str, room: int) -> Kernel:
        """The kernel, whose threads need so much room each."""
        self.kernel.scratch_each = room
        add = self.kernel.text.add
        add("const attention_t a = {")
        for field in self.fields:
            add(f"{field},")
        add("};")
        add(f"{name}(&a, scratch, {room});")
        return self.kernel

    def _found(self, x: Node) -> tuple[str, tuple[int, ...]]:
        """The first number as C, and the steps along all axes."""
        found = matrix(x, x.shape[:-2], self.schedule.stored)
        name, start = self.kernel.buffer(found.buffer), found.offset.start
        return f"{name} + {start}", found.offset.steps

    def _apart(self, steps: Sequence[int], heads: int) -> str:
        """How far apart heads are; those that share keys are an axis of their own."""
        *lead, step = steps
        several = [step * self.group, step] if heads > self.shared else [step, 0]
        return _braces([*lead, *several], 0)


def _braces(numbers: Sequence[int], fill: int) -> str:
    """An array in C, of numbers for all axes that heads may have."""
    return f"{{{', '.join(map(str, [*[fill] * (AXES - len(numbers)), *numbers]))}}}"
