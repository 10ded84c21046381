"""Rows of the table of cases: attention, and how it learns of positions."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

import ondol
import ondol.functions as F
from cases.makers import Call, Case, Draw
from ondol.random import generator


def may_attend(t: int, queries: int, s: int, keys: int, causal: bool) -> bool:
    return not causal or s <= t + keys - queries


def one_query(scores: list[float]) -> list[float]:
    """The softmax of the scores that are not minus infinity; zeros if all are."""
    top = max(scores, default=-math.inf)
    if top == -math.inf:
        return [0.0] * len(scores)
    e = [math.exp(s - top) for s in scores]
    return [x / sum(e) for x in e]


def weights(
    q: Any, k: Any, mask: Any = None, causal: bool = False, scale: Any = None
) -> Any:
    """One query and one key at a time."""
    queries, keys = q.shape[-2], k.shape[-2]
    share = q.shape[-3] // k.shape[-3] if q.ndim > 2 and k.ndim > 2 else 1
    if share > 1:
        k = np.repeat(k, share, axis=-3)
    lead = np.broadcast_shapes(q.shape[:-2], k.shape[:-2])
    shape = (*lead, queries, keys)
    q = np.broadcast_to(q, (*lead, *q.shape[-2:])).astype(float)
    k = np.broadcast_to(k, (*lead, *k.shape[-2:])).astype(float)
    scale = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    add = np.zeros(shape)
    if mask is not None:
        bias = np.where(mask, 0.0, -np.inf) if mask.dtype == bool else mask
        add = np.broadcast_to(bias, shape).astype(float)
    y = np.zeros(shape)
    for at in np.ndindex(*lead):
        for t in range(queries):
            y[at][t] = one_query([
                scale * float(q[at][t] @ k[at][s]) + float(add[at][t, s])
                if may_attend(t, queries, s, keys, causal) else -math.inf
                for s in range(keys)
            ])  # fmt: skip
    return y


def attention_weights(q: Any, k: Any, *args: Any, **kwargs: Any) -> Any:
    return weights(q, k, *args, **kwargs).astype(dtype_of(q))


def dtype_of(x: Any) -> Any:
    return x.dtype if x.dtype.kind == "f" else np.float64


def attention(
    q: Any, k: Any, v: Any, mask: Any = None, causal: bool = False, scale: Any = None,
    dropout: float = 0.0,
) -> Any:  # fmt: skip
    w = weights(q, k, mask, causal, scale)
    if dropout:
        ondol.seed(3)
        w = w * (generator.uniform(w.shape, dtype_of(q)) >= dropout) / (1 - dropout)
    if v.ndim > 2 and w.ndim > 2 and v.shape[-3] < w.shape[-3]:
        v = np.repeat(v, w.shape[-3] // v.shape[-3], axis=-3)
    return np.einsum("...ts,...sd->...td", w, v.astype(float)).astype(dtype_of(q))


def seeded_attention(*args: Any, **kwargs: Any) -> Any:
    ondol.seed(3)
    return F.scaled_dot_product_attention(*args, **kwargs)


def sinusoids(positions: Any, size: int, base: float = 10000.0, **dtype: Any) -> Any:
    positions = np.asarray(positions)
    kind = positions.dtype if positions.dtype.kind == "f" else np.float32
    y = np.zeros((*positions.shape, size))
    for at in np.ndindex(*positions.shape):
        for i in range(size):
            angle = float(positions[at]) / base ** (i // 2 * 2 / size)
            y[at][i] = math.cos(angle) if i % 2 else math.sin(angle)
    return y.astype(dtype.get("dtype", kind))


def rotary(
    x: Any, positions: Any = None, base: float = 10000.0, interleaved: bool = False
) -> Any:
    """Each pair of features is a complex number, turned by a complex exponential."""
    half = x.shape[-1] // 2
    positions = np.arange(x.shape[-2]) if positions is None else positions
    positions = np.broadcast_to(positions, x.shape[:-1])
    y = np.zeros(x.shape)
    for at in np.ndindex(*x.shape[:-1]):
        for i in range(half):
            a, b = (2 * i, 2 * i + 1) if interleaved else (i, i + half)
            angle = float(positions[at]) / base ** (2 * i / x.shape[-1])
            turn = complex(x[at][a], x[at][b]) * complex(
                math.cos(angle), math.sin(angle)
            )
            y[at][a], y[at][b] = turn.real, turn.imag
    return y.astype(dtype_of(x))


def alibi(queries: Any, keys: Any, heads: int, **dtype: Any) -> Any:
    y = np.zeros((heads, len(queries), len(keys)))
    for h, t, s in np.ndindex(*y.shape):
        y[h, t, s] = -(2 ** (-8 * (h + 1) / heads)) * abs(
            float(queries[t]) - float(keys[s])
        )
    return y.astype(dtype.get("dtype", np.float32))


def rows() -> Iterator[Case]:
    q, k, v = Draw((2, 4, 3, 2)), Draw((2, 4, 5, 2)), Draw((2, 4, 5, 3))
    some = Draw((3, 5), 0, 2, dtype=bool)
    each = Draw((2, 1, 1, 5), 0, 2, dtype=bool)
    bias = Draw((4, 3, 5))
    cut = Draw((2, 3, 2)), Draw((5, 2)), Draw((5, 3))
    masks = (
        Call(q, k, v), Call(q, k, v, some), Call(q, k, v, each, causal=True),
        Call(q, k, v, bias), Call(q, k, v, bias, True, 0.3),
        Call(q, k, v, causal=True), Call(k, q, Draw((2, 4, 3, 3)), causal=True),
    )  # fmt: skip
    shapes = (
        Call(Draw((3, 2)), Draw((5, 2)), Draw((5, 3))), Call(*cut),
        Call(q, Draw((2, 2, 5, 2)), Draw((2, 2, 5, 3)), some, scale=2.0),
        Call(q, Draw((1, 5, 2)), Draw((2, 1, 5, 1)), causal=True),
        Call(q, k, Draw((2, 5, 3))),
        Call(Draw((0, 4, 3, 2)), Draw((0, 2, 5, 2)), Draw((0, 2, 5, 3)), causal=True),
        Call(q, Draw((2, 4, 0, 2)), Draw((2, 4, 0, 3))),
        Call(Draw((2, 0, 2)), Draw((2, 5, 2)), Draw((2, 5, 3))),
    )  # fmt: skip
    yield Case("scaled_dot_product_attention",
               (*masks, *shapes, Call(q, k, v, dropout=0.4)), attention,
               seeded_attention, integers=False)  # fmt: skip
    yield Case("attention_weights", (
        Call(q, k), Call(q, k, some), Call(q, k, bias, causal=True),
        Call(q, Draw((2, 1, 5, 2)), scale=0.1), Call(*cut[:2]),
        Call(q, Draw((2, 4, 0, 2))),
    ), attention_weights, integers=False)  # fmt: skip
    x, at = Draw((2, 3, 4)), Draw((2, 3), 0, 9, dtype=int)
    yield Case("rotary_embedding", (
        Call(x), Call(x, interleaved=True), Call(x, at), Call(Draw((5, 2, 3, 6)), at),
        Call(x, Draw((3,), fixed=True), 10.0, True), Call(Draw((2, 0, 4))),
    ), rotary)  # fmt: skip
    yield Case("sinusoidal_encoding", (
        Call(Draw((2, 3)), 6), Call(Draw(()), size=2, base=10.0), Call(Draw((0,)), 4),
    ), sinusoids)  # fmt: skip
    here, there = Draw((3,), 0, 9, dtype=int), Draw((2,), fixed=True)
    yield Case("alibi_bias", (
        Call(here, here, 4), Call(here, there, 3, dtype=np.float64),
        Call(there, here, 1),
    ), alibi, gradient=False)  # fmt: skip
