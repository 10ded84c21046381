"""Run a graph with NumPy: what it means, without a compiler."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .graph import Node, order
from .ops import OPS


def interpret(results: Iterable[Node], arrays: Sequence[Any]) -> list[Any]:
    """Compute the results of a graph from the arrays for its inputs."""
    results = list(results)
    values: dict[Node, Any] = {}
    with np.errstate(all="ignore"):
        for node in order(results):
            if node.op == "input":
                values[node] = arrays[node.attrs[0]]
            else:
                inputs = [values[x] for x in node.inputs]
                values[node] = OPS[node.op].compute(inputs, *node.attrs)
            check(node, values[node])
    return [values[node] for node in results]


def check(node: Node, value: Any) -> None:
    """Hold a value to what its node promised."""
    if value.shape != node.shape or value.dtype != node.dtype:
        raise AssertionError(
            f"{node.op} {node.attrs}: promised {node.dtype} {node.shape}, "
            f"got {value.dtype} {value.shape}"
        )
