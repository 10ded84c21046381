"""Attention: every query takes a mean of the values, weighted by how keys match it.

Vaswani et al., "Attention is all you need" (2017). Queries are ``(..., heads, T,
features)``, keys and values ``(..., kv_heads, S, features)``; the axes before the heads
broadcast. With fewer heads of keys and values than of queries, each of them serves the
same number of query heads that follow one another (Ainslie et al., "GQA", 2023).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.graph import Variable, as_operand, data_of, lift
from ..errors import DtypeError, ShapeError, tell
from ..hot import hot
from .activation import real
from .checks import broadcasts
from .dropouts import dropout as drop
from .products import matmul
from .register import differentiable
from .shape import astype, reshape, swapaxes

__all__ = [
    "attention_weights",
    "scaled_dot_product_attention",
]


def scaled_dot_product_attention(
    q: Any,
    k: Any,
    v: Any,
    mask: Any = None,
    causal: bool = False,
    scale: float | None = None,
    dropout: float = 0.0,
) -> Variable:
    """``softmax(scale * q @ k.T + mask) @ v`` for each head.

    A query that may attend to no key at all gets zeros, and passes on no gradient.

    Args:
        q: queries, ``(..., heads, T, features)``; without heads ``(T, features)``.
        k: keys, ``(..., kv_heads, S, features)``; heads is a multiple of kv_heads.
        v: values, ``(..., kv_heads, S, out)``.
        mask: broadcasts to ``(..., heads, T, S)``. Booleans: True where a query may
            attend to a key. Real numbers: added to the scores.
        causal: let a query see no later key. The last query stands at the last key, so
            that new queries may come with the keys of earlier ones: query t sees the
            keys up to ``t + S - T``.
        scale: of the scores; None for ``1 / sqrt(features)``.
        dropout: the share of the weights that is zeroed while training.

    Returns:
        ``(..., heads, T, out)``.

    Raises:
        ShapeError: a ValueError; the shapes do not fit together.
        DtypeError: a TypeError; a mask of whole numbers, which could mean either.
    """
    weights = attention_weights(q, k, mask, causal, scale)
    v = lift(real(v))
    heads = {1} if weights.ndim < 3 else {weights.shape[-3]}
    if v.ndim < 2 or v.shape[-2] != weights.shape[-1] or _left_over(heads, v):
        raise tell(
            ShapeError,
            "attention-values",
            {"q": q, "k": k, "v": v},
            keys=weights.shape[-1],
        )
    return _product(drop(weights, dropout) if dropout else weights, v)


def attention_weights(
    q: Any,
    k: Any,
    mask: Any = None,
    causal: bool = False,
    scale: float | None = None,
) -> Variable:
    """How much each query attends to each key: rows that sum to 1, or to 0.

    The first half of `scaled_dot_product_attention`, with its arguments.

    Returns:
        ``(..., heads, T, S)``.
    """
    q, k = lift(real(q)), lift(real(k))
    _check(q, k)
    scale = max(q.shape[-1], 1) ** -0.5 if scale is None else scale
    if isinstance(scale, np.generic):
        scale = scale.item()  # or a np.float64 would make float64 of float32
    scores = _product(q * scale, swapaxes(k, -1, -2))
    allowed = None
    if mask is not None:
        mask = _checked_mask(mask, scores)
        if mask.dtype == np.bool_:
            allowed = data_of(mask)
        else:
            scores = scores + astype(mask, scores.dtype)
    if causal:
        queries, keys = scores.shape[-2:]
        past = np.tri(queries, keys, keys - queries, dtype=bool, like=scores.data)
        allowed = past if allowed is None else allowed & past
    return _masked_softmax(scores, allowed)


@differentiable(
    hot(
        lambda g, y, scores, allowed=None: (
            y * (g - np.sum(g * y, axis=-1, keepdims=True))
        )
    )
)
@hot
def _masked_softmax(scores: Any, allowed: Any = None) -> Any:
    """Softmax over the last axis among the allowed elements; zeros if there are none.

    One call in the graph: the masked scores need not be kept, and the weights tell the
    rule all of the mask.
    """
    if not scores.shape[-1]:
        return scores.copy()
    half = scores.dtype == np.float16  # differences and sums could overflow it
    x = scores.astype(np.float32) if half else scores
    x = x if allowed is None else np.where(allowed, x, -np.inf)
    top = np.max(x, axis=-1, keepdims=True)
    e = np.exp(x - np.maximum(top, np.finfo(x.dtype).min))  # -inf - -inf would be NaN
    total = np.sum(e, axis=-1, keepdims=True)
    y = e / np.maximum(total, 1)  # the largest adds 1; only of nothing it is 0
    return y.astype(np.float16) if half else y


def _product(a: Any, b: Any) -> Variable:
    """``a @ b``, where heads of `a` that follow one another may share a head of `b`."""
    if a.ndim < 3 or b.ndim < 3 or a.shape[-3] == b.shape[-3]:
        return matmul(a, b)
    *lead, heads, rows, size = a.shape
    shared = (*lead, b.shape[-3], heads // b.shape[-3] * rows, size)
    y = matmul(reshape(a, shared), b)
    return reshape(y, (*y.shape[:-3], heads, rows, b.shape[-1]))


def _left_over(heads: set[int], x: Any) -> bool:
    """Do the heads of `x` not divide those of the queries?"""
    return x.ndim > 2 and any(n % max(x.shape[-3], 1) for n in heads)


def _check(q: Any, k: Any) -> None:
    """Refuse queries and keys that do not fit together."""
    if q.ndim < 2 or k.ndim < 2 or q.shape[-1] != k.shape[-1]:
        raise tell(ShapeError, "attention-shapes", {"q": q, "k": k})
    if _left_over({1} if q.ndim < 3 else {q.shape[-3]}, k):
        raise tell(ShapeError, "attention-heads", {"q": q, "k": k})


def _checked_mask(mask: Any, scores: Any) -> Any:
    """The mask, if its kind is clear and its shape fits the scores."""
    mask = as_operand(mask)
    if mask.dtype.kind not in "bf":
        raise tell(DtypeError, "attention-mask-dtype", {"mask": mask})
    if not broadcasts(mask.shape, scores.shape):
        raise tell(
            ShapeError, "attention-mask-shape", {"mask": mask}, scores=scores.shape
        )
    return mask
