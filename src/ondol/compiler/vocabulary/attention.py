"""Attention in one call, for queries of at least one axis of heads."""

from __future__ import annotations

from inspect import unwrap
from typing import Any

from ...functions.attention import attend, attend_back
from ..builder import Builder
from ..graph import Node
from .table import lower


@lower(attend, unwrap(attend))
def _attend(
    b: Builder, q: Any, k: Any, v: Any, allowed: Any, causal: bool, scale: float
) -> Node:
    xs = _operands(b, q, k, v)
    y = b.node("attention", (*xs, *_seen(b, xs, allowed)), causal, scale)
    return _as_asked(b, _heads_first(b, y), q.shape)


@lower(attend_back, unwrap(attend_back))
def _attend_back(
    b: Builder, g: Any, q: Any, k: Any, v: Any, allowed: Any, causal: bool, scale: float
) -> tuple[Node, ...]:
    g, *xs = _operands(b, g, q, k, v)
    inputs = g, *xs, *_seen(b, xs, allowed)
    row = b.node("attention_back", inputs, causal, scale)
    grads, start = [], 0
    for x in xs:
        *lead, heads, rows, size = x.shape
        part = b.slice(row, [(start, 1, x.size)])
        part = _heads_first(b, b.reshape(part, (*lead, rows, heads, size)))
        grads.append(_as_asked(b, part, q.shape))
        start += x.size
    return tuple(grads)


def _operands(b: Builder, *xs: Any) -> list[Node]:
    """Arguments with an axis of heads."""
    nodes = [b.operand(x) for x in xs]
    return [b.reshape(x, (1,) * (3 - len(x.shape)) + x.shape) for x in nodes]


def _as_asked(b: Builder, x: Node, shape: Any) -> Node:
    """A result with as many axes as the arguments had."""
    return b.reshape(x, x.shape[-len(shape) :]) if len(shape) < 3 else x


def _heads_first(b: Builder, x: Node) -> Node:
    """``(..., rows, heads, size)`` to ``(..., heads, rows, size)``."""
    n = len(x.shape)
    return b.transpose(x, (*range(n - 3), n - 2, n - 3, n - 1))


def _seen(b: Builder, xs: Any, allowed: Any) -> list[Node]:
    """Which keys each query may attend to, if that is not all."""
    if allowed is True:
        return []
    q, k, *_ = xs
    return [b.broadcast(b.operand(allowed), (*q.shape[:-1], k.shape[-2]))]
