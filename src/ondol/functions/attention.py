"""Attention: every query takes a mean of the values, weighted by how keys match it.

Vaswani et al., "Attention is all you need" (2017). Queries are ``(..., heads, T,
features)``, keys and values ``(..., kv_heads, S, features)``; the axes before the heads
broadcast. With fewer heads of keys and values than of queries, each of them serves the
same number of query heads that follow one another (Ainslie et al., "GQA", 2023).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ..arrays import primitive
from ..core.graph import TAKES_OVER, Function, Variable, as_operand, data_of, lift
from ..core.modes import training
from ..errors import DtypeError, ShapeError, tell
from ..hot import PRODUCT, hot
from .activation import real
from .checks import broadcasts
from .dropouts import dropout as drop
from .register import differentiable
from .shape import astype, swapaxes

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
    Where there are many scores (65,536 of float32 numbers, 16 queries, features in
    multiples of 16, no mask of real numbers, no dropout) those of some queries are
    computed at a time, and computed again for the gradients: memory grows with T and S,
    and not with T * S.

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
    q, k, v = lift(real(q)), lift(real(k)), lift(real(v))
    _check(q, k)
    _check_values(q, k, v)
    mask = None if mask is None else as_operand(mask)
    rate = dropout if training.get() else 0
    if not rate and _is_large(q, k, v, mask, scale):
        shape = *q.shape[:-1], k.shape[-2]
        allowed = True if mask is None else data_of(_checked_mask(mask, shape))
        return _Attention(causal, _scale_of(q, scale))(q, k, v, allowed)
    weights = _weights(q, k, mask, causal, scale)
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
    return _weights(q, k, mask, causal, scale)


def _weights(q: Any, k: Any, mask: Any, causal: bool, scale: Any) -> Variable:
    scores = _product(q * _scale_of(q, scale), swapaxes(k, -1, -2))
    allowed = None
    if mask is not None:
        mask = _checked_mask(as_operand(mask), scores.shape)
        if mask.dtype == np.bool_:
            allowed = data_of(mask)
        else:
            scores = scores + astype(mask, scores.dtype)
    if causal:
        past = _past(scores.shape[-2], scores.shape[-1], scores.data)
        allowed = past if allowed is None else allowed & past
    return _record_softmax(scores, allowed)


def _scale_of(q: Any, scale: Any) -> Any:
    """The scale that is asked for, or the usual one."""
    scale = max(q.shape[-1], 1) ** -0.5 if scale is None else scale
    # A np.float64 would make float64 of float32.
    return scale.item() if isinstance(scale, np.generic) else scale


def _past(queries: int, keys: int, like: Any) -> Any:
    """Which keys are no later than the queries, of which the last are both."""
    return np.tri(queries, keys, keys - queries, dtype=bool, like=like)


def _softmax_slope(g: Any, y: Any, *_: Any) -> Any:
    return y * (g - np.sum(g * y, axis=-1, keepdims=True))


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


_record_softmax = differentiable(hot(_softmax_slope))(hot(_masked_softmax))


def _product(a: Any, b: Any) -> Any:
    """``a @ b``, where heads of `a` that follow one another may share a head of `b`."""
    if a.ndim < 3 or b.ndim < 3 or a.shape[-3] == b.shape[-3]:
        return np.matmul(a, b)
    heads, rows = a.shape[-3:-1]
    y = np.matmul(_gathered(a, b.shape[-3]), b)
    return np.reshape(y, (*y.shape[:-3], heads, rows, b.shape[-1]))


def _gathered(x: Any, heads: int) -> Any:
    """The rows of all heads that share one of so many, one after the other."""
    *lead, own, rows, size = x.shape
    return np.reshape(x, (*lead, heads, own // max(heads, 1) * rows, size))


def _left_over(heads: set[int], x: Any) -> bool:
    """Do the heads of `x` not divide those of the queries?"""
    return x.ndim > 2 and any(n % max(x.shape[-3], 1) for n in heads)


def _check(q: Any, k: Any) -> None:
    """Refuse queries and keys that do not fit together."""
    if q.ndim < 2 or k.ndim < 2 or q.shape[-1] != k.shape[-1]:
        raise tell(ShapeError, "attention-shapes", {"q": q, "k": k})
    if _left_over({1} if q.ndim < 3 else {q.shape[-3]}, k):
        raise tell(ShapeError, "attention-heads", {"q": q, "k": k})


def _check_values(q: Any, k: Any, v: Any) -> None:
    """Refuse values that are not one for each key."""
    heads = {1} if q.ndim < 3 else {q.shape[-3]}
    if v.ndim < 2 or v.shape[-2] != k.shape[-2] or _left_over(heads, v):
        inputs = {"q": q, "k": k, "v": v}
        raise tell(ShapeError, "attention-values", inputs, keys=k.shape[-2])


def _checked_mask(mask: Any, scores: tuple[int, ...]) -> Any:
    """The mask, if its kind is clear and it broadcasts to the shape of the scores."""
    if mask.dtype.kind not in "bf":
        raise tell(DtypeError, "attention-mask-dtype", {"mask": mask})
    if not broadcasts(mask.shape, scores):
        raise tell(ShapeError, "attention-mask-shape", {"mask": mask}, scores=scores)
    return mask


# -- without a matrix of all scores ----------------------------------------------------
#
# Scores and weights grow with the square of the context. Where there are many of them,
# attention is one call that has those of some queries at a time, and whose gradient
# computes them again, as Dao et al., "FlashAttention" (2022), do on GPUs.

LARGE = 1 << 16  # scores, from which on it is one call
FEW = 16  # queries, from which on it is: keys are put in order for them first
AT_A_TIME = 1 << 20  # scores, while NumPy computes
PANEL = 16  # what numbers of features are to be multiples of, for the kernels
MOST_AXES = 5  # of queries, likewise


def _is_large(q: Any, k: Any, v: Any, mask: Any, scale: Any) -> bool:
    """Are there many scores, of arguments that the one call is made for?"""
    scores = q.size // max(q.shape[-1], 1) * k.shape[-2]
    if scores < LARGE or q.shape[-2] < FEW:
        return False
    alike = q.shape[:-3] == k.shape[:-3] == v.shape[:-3] and q.ndim == k.ndim == v.ndim
    heads = q.ndim < 3 or k.shape[-3] == v.shape[-3]
    features = q.shape[-1] % PANEL == v.shape[-1] % PANEL == 0 < v.shape[-1]
    plain = mask is None or mask.dtype == np.bool_
    numbers = all(x.dtype == np.float32 for x in (q, k, v))
    batched = any(getattr(x, "generation", 0) == TAKES_OVER for x in (q, k, v, mask))
    fits = alike and heads and features and q.ndim <= MOST_AXES and not batched
    return fits and numbers and plain and isinstance(scale, int | float | None)


class _Attention(Function):
    """Called with queries, keys, values, and which may be seen: True for all."""

    name = "scaled_dot_product_attention"

    def __init__(self, causal: bool, scale: float) -> None:
        self.settings = bool(causal), float(scale)

    def __call__(self, q: Variable, *args: Any) -> Any:
        """A result of the class that the queries are of."""
        self._kind = q.kind
        return super().__call__(q, *args)

    def forward(self, *args: Any) -> Any:
        """The means of the values."""
        return attend(*args, *self.settings)

    def backward(self, g: Any) -> Any:
        """The gradients of queries, keys and values."""
        if not self._recorded:
            return *attend_back(g, *map(data_of, self._args), *self.settings), None
        q, k, v, allowed = self._args
        w = _weights(q, k, allowed, *self.settings)
        return *_gradients(g, w, q, k, v, self.settings[1]), None


@primitive
@hot(work=lambda q, k, *_: q.size * k.shape[-2] // PRODUCT)
def attend(q: Any, k: Any, v: Any, allowed: Any, causal: bool, scale: float) -> Any:
    """What `scaled_dot_product_attention` gives, some queries at a time."""
    y = []
    for part in _parts(q, k, causal):
        w = _some_weights(part, q, k, allowed, scale)
        y.append(_product(w, v[..., : part.keys, :]))
    return np.concatenate(y, axis=-2)


@primitive
@hot(work=lambda g, q, k, *_: q.size * k.shape[-2] // PRODUCT)
def attend_back(
    g: Any, q: Any, k: Any, v: Any, allowed: Any, causal: bool, scale: float
) -> Any:
    """The gradients of queries, keys and values, some queries at a time."""
    gq, gk, gv = (np.zeros_like(x) for x in (q, k, v))
    for part in _parts(q, k, causal):
        w = _some_weights(part, q, k, allowed, scale)
        some, seen = (..., part.rows, slice(None)), (..., slice(part.keys), slice(None))
        grads = _gradients(g[some], w, q[some], k[seen], v[seen], scale)
        gq[some] = grads[0]
        gk[seen] += grads[1]
        gv[seen] += grads[2]
    return gq, gk, gv


def _gradients(g: Any, w: Any, q: Any, k: Any, v: Any, scale: float) -> Any:
    """The gradients of queries, keys and values from those of the results."""
    gw = _softmax_slope(_product(g, np.swapaxes(v, -1, -2)), w)
    return _product(gw, k) * scale, _turned(gw, q, k) * scale, _turned(w, g, v)


def _turned(a: Any, b: Any, like: Any) -> Any:
    """``a.T @ b``, summed over the heads that share one of those of `like`."""
    if like.ndim > 2:
        a, b = (_gathered(x, like.shape[-3]) for x in (a, b))
    return np.matmul(np.swapaxes(a, -1, -2), b)


class _Part(NamedTuple):
    """Some queries, and how many keys any of them sees; which, if that is not all."""

    rows: slice
    keys: int
    past: Any


def _parts(q: Any, k: Any, causal: bool) -> Iterator[_Part]:
    """As many queries at a time as have no more than `AT_A_TIME` scores."""
    queries, keys = q.shape[-2], k.shape[-2]
    heads = q.size // (queries * q.shape[-1])
    count = max(AT_A_TIME // (heads * keys), 1)
    for first in range(0, queries, count):
        rows = slice(first, min(first + count, queries))
        seen = max(rows.stop + keys - queries, 0) if causal else keys
        own = rows.stop - first
        past = _past(own, seen, q) if causal else None
        yield _Part(rows, seen, past)


def _some_weights(part: _Part, q: Any, k: Any, allowed: Any, scale: float) -> Any:
    """The weights of a part of the queries."""
    may = part.past
    if allowed is not True:
        allowed = np.broadcast_to(allowed, (*q.shape[:-1], k.shape[-2]))
        allowed = allowed[..., part.rows, : part.keys]
        may = allowed if may is None else allowed & may
    k = np.swapaxes(k[..., : part.keys, :], -1, -2)
    return _masked_softmax(_product(q[..., part.rows, :] * scale, k), may)
