"""The graph of a traced program: what is computed, from what, in which order.

A `Node` is one array operation with a known shape and dtype. The operations are few
(`ops`): elementwise maps, reductions, products of matrices, and ways to look at an
array differently. Nodes never change; equal ones are made once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import Birth, place

Shape = tuple[int, ...]


@dataclass(eq=False, slots=True, frozen=True)
class Node:
    """One operation and its result.

    Attributes:
        op: its name, a key of `ops.OPS`.
        inputs: the nodes it computes from.
        attrs: what else it needs to know: axes, a shape, a ufunc.
        shape, dtype: of the result.
        birth: the line of the program that asked for it.
    """

    op: str
    inputs: tuple[Node, ...]
    attrs: tuple[Any, ...]
    shape: Shape
    dtype: np.dtype[Any]
    birth: Birth | None = field(default=None, repr=False)

    @property
    def size(self) -> int:
        """How many elements the result has."""
        return math.prod(self.shape)


def order(results: Iterable[Node]) -> list[Node]:
    """Every node that the results need, each after its inputs."""
    found: dict[Node, None] = {}
    todo = [*results][::-1]
    while todo:
        node = todo[-1]
        missing = [x for x in node.inputs if x not in found]
        if missing:
            todo += missing[::-1]
        else:
            found[node] = None
            todo.pop()
    return list(found)


def text(results: Iterable[Node]) -> str:
    """The graph as text, one line a node: ``%3 = map:exp(%2) float32 (4,)``."""
    results = list(results)
    number = {node: i for i, node in enumerate(order(results))}
    lines = []
    for node, i in number.items():
        what = ":".join([node.op, *map(_word, node.attrs)])
        inputs = ", ".join(f"%{number[x]}" for x in node.inputs)
        line = f"%{i} = {what}({inputs}) {node.dtype} {node.shape}"
        lines.append(line + (f"  # {place(node.birth)}" if node.birth else ""))
    returned = ", ".join(f"%{number[node]}" for node in results)
    return "\n".join([*lines, f"return {returned}"])


def _word(attr: Any) -> str:
    """An attribute, short."""
    if isinstance(attr, np.ndarray):
        return f"{attr.dtype}{list(attr.shape)}"
    return str(getattr(attr, "__name__", attr)).replace(" ", "")
