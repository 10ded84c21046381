"""How alike vectors or distributions are, and the losses made of that."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.graph import Variable, data_of, lift
from ..errors import ArgumentError, ShapeError, tell
from . import reduce
from .activation import real, relu
from .checks import at_least_0, axis_of, positive
from .classification import check_signs
from .compare import clip, where
from .loss import check_between, pair, reduced
from .math import log, sqrt
from .shape import astype

__all__ = [
    "contrastive_loss",
    "cosine_embedding_loss",
    "cosine_similarity",
    "kl_divergence",
    "margin_ranking_loss",
    "normalize",
    "triplet_margin_loss",
]


def _wide(x: Any) -> Variable:
    """`x` as real numbers whose squares do not overflow so soon: not in float16."""
    x = lift(real(x))
    return astype(x, np.float32) if x.dtype == np.float16 else x


def _unit(x: Variable, axis: Any, eps: float) -> Variable:
    """Vectors of length 1; shorter ones than `eps` are divided by that."""
    squares = reduce.sum(x * x, axis=axis, keepdims=True)
    least = max(eps * eps, float(np.finfo(x.dtype).tiny))
    return x / sqrt(clip(squares, least))


def normalize(x: Any, axis: Any = -1, eps: float = 1e-12) -> Variable:
    """Vectors along `axis`, divided by their Euclidean length.

    Args:
        x: any shape.
        axis: one or several.
        eps: vectors shorter than this are divided by it instead; 0 stays 0.
    """
    at_least_0("normalize: eps", eps)
    wide, dtype = _wide(x), real(x).dtype
    y = _unit(wide, axis, eps)
    return y if y.dtype == dtype else astype(y, dtype)


def cosine_similarity(a: Any, b: Any, axis: int = -1, eps: float = 1e-8) -> Variable:
    """The cosine of the angle between vectors, from -1 to 1.

    Args:
        a: vectors along `axis`.
        b: likewise; the shapes broadcast, so that ``a[:, None]`` and ``b[None]`` give
            every pair. Along `axis` they are equal.
        axis: of the features; counted from the end if the ranks differ.
        eps: vectors shorter than this are divided by it instead.

    Returns:
        The broadcast shape without `axis`.

    Raises:
        ShapeError: vectors of different lengths.
    """
    at_least_0("cosine_similarity: eps", eps)
    dtype = np.result_type(real(a).dtype, real(b).dtype)
    a, b = _wide(a), _wide(b)
    axes = [axis_of("cosine_similarity", x, axis) for x in (a, b)]
    if a.shape[axes[0]] != b.shape[axes[1]]:
        raise tell(ShapeError, "cosine-lengths", {"a": a, "b": b}, axis=axis)
    y = reduce.sum(_unit(a, axes[0], eps) * _unit(b, axes[1], eps), axis=axis)
    return y if y.dtype == dtype else astype(y, dtype)


def cosine_embedding_loss(
    a: Any, b: Any, t: Any, margin: float = 0.0, reduction: str = "mean"
) -> Variable:
    """Pairs that belong together at an angle of 0, others beyond a margin.

    A pair costs ``1 - cosine`` where `t` is 1, and ``max(0, cosine - margin)`` where it
    is -1.

    Args:
        a: ``(..., features)``.
        b: the other vector of each pair, of the same shape.
        t: 1 or -1, ``(...)``.
        margin: from -1 to 1.
        reduction: "mean", "sum" or "none".
    """
    name = "cosine_embedding_loss"
    if not -1 <= margin <= 1:
        raise tell(ArgumentError, "cosine-margin", name=name, got=margin)
    a, b = pair(name, a, b)
    cosine, t = pair(name, cosine_similarity(a, b), t)
    check_signs(name, t)
    losses = where(data_of(t) == 1, 1 - cosine, relu(cosine - margin))
    return reduced(name, losses, reduction)


def margin_ranking_loss(
    a: Any, b: Any, t: Any, margin: float = 0.0, reduction: str = "mean"
) -> Variable:
    """The mean of ``max(0, -t * (a - b) + margin)``: which of two should be larger.

    Args:
        a: scores.
        b: scores, of the same shape.
        t: 1 where `a` should be the larger one, -1 where `b`; of the same shape.
        margin: by how much.
        reduction: "mean", "sum" or "none".
    """
    name = "margin_ranking_loss"
    a, b = pair(name, a, b)
    a, t = pair(name, a, t)
    check_signs(name, t)
    return reduced(name, relu(margin - t * (a - b)), reduction)


def _distance(name: str, a: Any, b: Any) -> Variable:
    """The Euclidean distance over the last axis; where it is 0, so is its gradient."""
    a, b = pair(name, a, b)
    axis_of(name, a, -1)
    difference = a - b
    squares = reduce.sum(difference * difference, axis=-1)
    apart = data_of(squares) > 0
    return where(apart, sqrt(where(apart, squares, 1)), 0)


def triplet_margin_loss(
    anchor: Any,
    same: Any,
    other: Any,
    margin: float = 1.0,
    reduction: str = "mean",
) -> Variable:
    """The anchor should be nearer to its like than to another, by a margin.

    The mean of ``max(0, distance(anchor, same) - distance(anchor, other) + margin)``
    with Euclidean distances. Schroff, Kalenichenko, Philbin, "FaceNet" (2015).

    Args:
        anchor: ``(..., features)``.
        same: of the same class, of the same shape.
        other: of another class, of the same shape.
        margin: positive.
        reduction: "mean", "sum" or "none".
    """
    name = "triplet_margin_loss"
    positive(f"{name}: margin", margin)
    nearer, farther = _distance(name, anchor, same), _distance(name, anchor, other)
    return reduced(name, relu(nearer - farther + margin), reduction)


def contrastive_loss(
    a: Any, b: Any, t: Any, margin: float = 1.0, reduction: str = "mean"
) -> Variable:
    """Pairs that belong together at one point, others a margin apart.

    A pair at the distance d costs ``d**2 / 2`` where `t` is 1, and
    ``max(0, margin - d)**2 / 2`` where it is 0. Hadsell, Chopra, LeCun, "Dimensionality
    reduction by learning an invariant mapping" (2006).

    Args:
        a: ``(..., features)``.
        b: the other vector of each pair, of the same shape.
        t: 1 for pairs that belong together, 0 for others, ``(...)``.
        margin: positive.
        reduction: "mean", "sum" or "none".
    """
    name = "contrastive_loss"
    positive(f"{name}: margin", margin)
    distance, t = pair(name, _distance(name, a, b), t)
    check_between(name, t, 0, 1, "targets-bits")
    near, far = distance, relu(margin - distance)
    losses = (t * near * near + (1 - t) * far * far) / 2
    return reduced(name, losses, reduction)


def kl_divergence(
    log_p: Any, t: Any, axis: int = -1, reduction: str = "mean"
) -> Variable:
    """The Kullback-Leibler divergence of predictions from targets.

    ``sum(t * (log(t) - log_p))`` over `axis`: how many nats more it takes to tell
    samples of `t` by a code for the predictions. Where `t` is 0 it adds nothing.

    Args:
        log_p: logarithms of the predicted probabilities, as `log_softmax` gives them.
        t: probabilities, of the same shape.
        axis: of the outcomes.
        reduction: "mean" over the distributions, "sum" or "none".

    Raises:
        ArgumentError: `log_p` is above 0, or `t` outside of 0 to 1.
    """
    name = "kl_divergence"
    log_p, t = pair(name, log_p, t)
    axis = axis_of(name, log_p, axis)
    check_between(name, log_p, -np.inf, 1e-2, "kl-inputs")
    check_between(name, t, 0, 1 + 1e-2, "kl-targets")
    happens = data_of(t) > 0
    terms = t * (log(where(happens, t, 1)) - where(happens, log_p, 0))
    return reduced(name, reduce.sum(terms, axis=axis), reduction)
