"""Losses of classes: of one class per sample, and of labels that each hold or not."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import is_array, primitive
from ..core.graph import Variable, apply, as_operand, data_of, lift
from ..errors import ArgumentError, OndolError, ShapeError, retell, tell
from . import reduce
from .activation import (
    log_softmax,
    narrow,
    real,
    relu,
    sigmoid,
    softmax,
    softplus,
    wide,
)
from .checks import at_least_0, axis_of, check_classes
from .compare import clip, where
from .indexing import take_along_axis
from .loss import check_between, check_reduction, no_mean, pair, reduced, weighted
from .math import log
from .register import constant, rule
from .shape import moveaxis

__all__ = [
    "accuracy",
    "binary_cross_entropy",
    "dice_loss",
    "focal_loss",
    "hinge_loss",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "nll_loss",
    "sigmoid_cross_entropy",
    "soft_margin_loss",
    "softmax_cross_entropy",
]


# -- one class per sample -------------------------------------------------------------


def softmax_cross_entropy(
    x: Any,
    t: Any,
    weight: Any = None,
    *,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: str = "mean",
) -> Variable:
    """The mean of ``-log(softmax(x)[class])`` over all samples (book step 47).

    Args:
        x: scores before any softmax, ``(..., classes)``.
        t: class ids from 0 to classes - 1, integers of shape ``(...)``; or
            probabilities that sum to 1, of the shape of `x`.
        weight: of each class, ``(classes,)``.
        label_smoothing: from 0 to 1, the share of every target that is spread evenly
            over all classes (Szegedy et al. 2016).
        ignore_index: samples of this class id count for nothing.
        axis: of the classes in `x`, for example 1 for images ``(N, classes, H, W)``.
        reduction: "mean", "sum" or "none". The mean of samples with class ids is
            weighted by the weights of their classes, and 0 if all are ignored.

    Returns:
        A scalar; with "none" one loss per sample.

    Raises:
        ShapeError, DtypeError, IndexingError: `t` is not one class id per row of `x`.
        ArgumentError: `t` holds no probabilities, or another argument is out of range.
    """
    t = as_operand(t) if isinstance(t, list | tuple) else t
    if (
        weight is None
        and ignore_index is None
        and not label_smoothing
        and axis == -1
        and reduction == "mean"
        and not _are_shares(t)
    ):
        return apply(_softmax_cross_entropy, (x, t), {"kept": []})
    name = "softmax_cross_entropy"
    x = lift(real(x))
    axis = axis_of(name, x, axis)
    if at_least_0(f"{name}: label_smoothing", label_smoothing) > 1:
        raise tell(ArgumentError, "label-smoothing", name=name, got=label_smoothing)
    weight = _class_weight(name, x, weight, axis)
    log_p = moveaxis(log_softmax(x, axis), axis, -1)
    if not _are_shares(t):
        settings = weight, label_smoothing, ignore_index, reduction
        return _cross_entropy(name, log_p, as_operand(t), *settings)
    if ignore_index is not None:
        raise tell(ArgumentError, "ignore-index", {"x": x, "t": t}, name=name)
    shares = moveaxis(_shares(name, x, t, axis), axis, -1)
    shares = shares * (1 - label_smoothing) + label_smoothing / log_p.shape[-1]
    terms = where(data_of(shares) == 0, 0.0, log_p) * shares
    terms = terms if weight is None else terms * weight
    return reduced(name, -reduce.sum(terms, axis=-1), reduction)


def _are_shares(t: Any) -> bool:
    """Are targets real numbers with classes along an axis, rather than class ids?"""
    return getattr(t, "ndim", 0) > 0 and t.dtype.kind == "f"


def _shares(name: str, x: Any, t: Any, axis: int) -> Any:
    """Targets of the shape of `x` that are probabilities."""
    if t.ndim == x.ndim - 1:
        check_as(name, x, t, check_classes)
    _, t = pair(name, x, t)
    check_between(name, t, 0, 1 + 1e-2, "targets-probabilities")
    total = reduce.sum(t, axis=axis)
    check_between(name, total, 1 - 1e-2, 1 + 1e-2, "targets-sum")
    return t


def check_as(name: str, x: Any, t: Any, check: Any) -> None:
    """Run a check of arrays; its error names the function and the operands."""
    try:
        check(x, t)
    except OndolError as error:
        retell(error, name, (x, t))
        raise


def _class_weight(name: str, x: Any, weight: Any, axis: int) -> Any:
    """Weights of the dtype of `x`, one for each class; or None."""
    if weight is None:
        return None
    weight = as_operand(weight)
    if weight.shape != (x.shape[axis],):
        raise tell(
            ShapeError,
            "class-weights",
            {"x": x, "weight": weight},
            name=name,
            classes=x.shape[axis],
        )
    return weight if weight.dtype.kind == "f" else weight.astype(x.dtype)


def _cross_entropy(
    name: str,
    log_p: Variable,
    t: Any,
    weight: Any,
    smoothing: float,
    ignored: int | None,
    reduction: str,
) -> Variable:
    """The loss of class ids `t` from log-probabilities along the last axis."""
    check_reduction(name, reduction)
    ids = data_of(t)
    kept = None if ignored is None else ids != ignored
    ids = ids if kept is None else np.where(kept, ids, 0).astype(ids.dtype)
    check_as(name, log_p, ids, check_classes)
    losses = -take_along_axis(log_p, ids[..., None], -1)[..., 0]
    scale = None if weight is None else weight[ids]
    losses = losses if scale is None else losses * scale
    if smoothing:
        even = log_p if weight is None else log_p * weight
        losses = (1 - smoothing) * losses - smoothing * reduce.mean(even, axis=-1)
    if kept is not None:
        scale = kept.astype(log_p.dtype) if scale is None else scale * kept
        losses = where(kept, losses, 0)
    if scale is None or reduction != "mean":
        return reduced(name, losses, reduction)
    total = reduce.sum(scale)
    return reduce.sum(losses) / where(data_of(total) == 0, 1, total)


def nll_loss(
    log_p: Any,
    t: Any,
    weight: Any = None,
    *,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: str = "mean",
) -> Variable:
    """The mean of minus the log-probability of each sample's class.

    Of `log_softmax` it is `softmax_cross_entropy`; the arguments are those.

    Args:
        log_p: logarithms of probabilities, ``(..., classes)``.
        t: class ids from 0 to classes - 1, integers of shape ``(...)``.
        weight: of each class, ``(classes,)``.
        ignore_index: samples of this class id count for nothing.
        axis: of the classes in `log_p`.
        reduction: "mean", "sum" or "none".

    Raises:
        ArgumentError: `log_p` is above 0.
        ShapeError, DtypeError, IndexingError: `t` is not one class id per row.
    """
    log_p = lift(real(log_p))
    axis = axis_of("nll_loss", log_p, axis)
    check_between("nll_loss", log_p, -np.inf, 1e-2, "nll-scores")
    weight = _class_weight("nll_loss", log_p, weight, axis)
    settings = weight, 0.0, ignore_index, reduction
    return _cross_entropy(
        "nll_loss", moveaxis(log_p, axis, -1), as_operand(t), *settings
    )


def _softmax_cross_entropy_grad(g: Any, y: Any, x: Any, t: Any, kept: list[Any]) -> Any:
    """Probabilities, less 1 at the class, over the number of samples (book step 47)."""
    t = as_operand(t)
    # On Variables the softmax is computed anew, so that it is recorded.
    p = softmax(x) if isinstance(x, Variable) else kept[0] / kept[1]
    hit = np.arange(x.shape[-1], like=t) == t[..., None]
    return (p - hit) * (g / t.size)


@primitive
def _softmax_cross_entropy(x: Any, t: Any, kept: list[Any]) -> Any:
    """Softmax, logarithm, choice and mean in one call, where four would cost more.

    The gradient needs the exponentials and their sums again: they go into `kept`.
    """
    scores, t = as_operand(x), as_operand(t)
    check_classes(scores, t)
    if not t.size:
        raise no_mean("softmax_cross_entropy", scores)
    x = wide(scores)
    x = x - np.maximum.reduce(x, -1, keepdims=True)
    e = np.exp(x)
    total = np.add.reduce(e, -1, keepdims=True)
    kept[:] = e, total
    if x.ndim != 2:
        x, t = x.reshape(t.size, x.shape[-1]), t.ravel()
    at_class = x[np.arange(t.size, like=t), t]
    return narrow(np.add.reduce(np.log(total.ravel()) - at_class) / t.size, scores)


rule(_softmax_cross_entropy, _softmax_cross_entropy_grad, None)


def multi_margin_loss(
    x: Any,
    t: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    reduction: str = "mean",
) -> Variable:
    """The hinge loss of several classes (Crammer, Singer 2001, summed over classes).

    A sample costs ``sum(max(0, margin - x[class] + x[other])**p) / classes`` over the
    other classes.

    Args:
        x: scores, ``(..., classes)``.
        t: class ids, ``(...)``.
        p: 1 or 2.
        margin: by how much the score of the class should be above the others.
        weight: of each class, ``(classes,)``.
        reduction: "mean", "sum" or "none".
    """
    name = "multi_margin_loss"
    if p not in (1, 2):
        raise tell(ArgumentError, "multi-margin-power", name=name, got=p)
    x, ids = lift(real(x)), data_of(as_operand(t))
    check_as(name, x, ids, check_classes)
    weight = _class_weight(name, x, weight, x.ndim - 1)
    own = take_along_axis(x, ids[..., None], -1)
    others = np.arange(x.shape[-1], like=ids) != ids[..., None]
    costs = where(others, relu(margin - own + x) ** p, 0)
    losses = reduce.mean(costs, axis=-1)
    return reduced(name, losses if weight is None else losses * weight[ids], reduction)


@constant
@primitive
def accuracy(y: Any, t: Any) -> Any:
    """The share of samples whose highest score is at their class; no gradient.

    Args:
        y: scores, ``(..., classes)``.
        t: class ids, ``(...)``.
    """
    y, t = as_operand(y), as_operand(t)
    check_classes(y, t)
    if not t.size:
        raise tell(ArgumentError, "accuracy-empty")
    return np.mean(np.argmax(y, axis=-1) == t)


# -- labels that each hold or not -----------------------------------------------------


def _labels(name: str, x: Any, t: Any) -> tuple[Variable, Any]:
    """Scores, and targets of the same shape from 0 to 1."""
    x, t = pair(name, x, t)
    check_between(name, t, 0, 1, "targets-unit")
    return x, t


def check_signs(name: str, t: Any) -> None:
    """Refuse targets that are neither 1 nor -1."""
    data = data_of(t)
    if is_array(data) and not (abs(data) == 1).all():
        raise tell(ArgumentError, "targets-signs", {"t": t}, name=name)


def sigmoid_cross_entropy(
    x: Any,
    t: Any,
    weight: Any = None,
    pos_weight: Any = None,
    reduction: str = "mean",
) -> Variable:
    """Binary cross-entropy of scores: the mean of ``log(1 + exp(x)) - x * t``.

    Exact for scores of any size, where `binary_cross_entropy` of a sigmoid is not.

    Args:
        x: scores before any sigmoid.
        t: targets from 0 to 1, of the same shape.
        weight: of each loss; broadcasts to the shape of `x`.
        pos_weight: of the targets' share of 1; broadcasts to the shape of `x`.
        reduction: "mean", "sum" or "none".

    Returns:
        A scalar; with "none" the shape of `x`.
    """
    name = "sigmoid_cross_entropy"
    x, t = _labels(name, x, t)
    losses = softplus(x) - x * t
    if pos_weight is not None:
        losses = weighted(name, t * softplus(-x), pos_weight) + (1 - t) * softplus(x)
    return reduced(name, weighted(name, losses, weight), reduction)


def binary_cross_entropy(
    p: Any,
    t: Any,
    eps: float = 1e-7,
    weight: Any = None,
    reduction: str = "mean",
) -> Variable:
    """Binary cross-entropy of probabilities, kept `eps` away from 0 and 1.

    Args:
        p: probabilities from 0 to 1.
        t: targets from 0 to 1, of the same shape.
        eps: a probability nearer to 0 or 1 than this counts as this far, and gets no
            gradient; at least the precision of the dtype.
        weight: of each loss; broadcasts to the shape of `p`.
        reduction: "mean", "sum" or "none".

    Returns:
        A scalar: the mean of ``-(t * log(p) + (1 - t) * log(1 - p))``; with "none" the
        shape of `p`.

    Raises:
        ArgumentError: a `p` outside of 0 to 1, most likely a score; or such a `t`.
        ShapeError: the shapes differ.
    """
    name = "binary_cross_entropy"
    p, t = _labels(name, p, t)
    check_between(name, p, 0, 1, "probabilities-unit")
    eps = max(eps, float(np.finfo(p.dtype).eps))
    p = clip(p, eps, 1 - eps)
    losses = -(t * log(p) + (1 - t) * log(1 - p))
    return reduced(name, weighted(name, losses, weight), reduction)


def focal_loss(
    x: Any,
    t: Any,
    alpha: float | None = 0.25,
    gamma: float = 2.0,
    reduction: str = "mean",
) -> Variable:
    """A binary cross-entropy in which what is easy counts little.

    ``(1 - p_t)**gamma`` times the cross-entropy, where p_t is the probability of what
    is true. Lin et al., "Focal Loss for Dense Object Detection" (2017).

    Args:
        x: scores before any sigmoid.
        t: targets from 0 to 1, of the same shape.
        alpha: weight of what is 1, with ``1 - alpha`` for what is 0; None for none.
        gamma: 0 or more; with 0 it is the plain cross-entropy.
        reduction: "mean", "sum" or "none".
    """
    at_least_0("focal_loss: gamma", gamma)
    if alpha is not None and at_least_0("focal_loss: alpha", alpha) > 1:
        raise tell(ArgumentError, "focal-alpha", got=alpha)
    x, t = _labels("focal_loss", x, t)
    wrong = sigmoid(x) * (1 - t) + sigmoid(-x) * t
    losses = (softplus(x) - x * t) * wrong**gamma
    if alpha is not None:
        losses = losses * (alpha * t + (1 - alpha) * (1 - t))
    return reduced("focal_loss", losses, reduction)


def dice_loss(p: Any, t: Any, eps: float = 1.0, reduction: str = "mean") -> Variable:
    """1 less the Dice coefficient of each sample (Milletari, Navab, Ahmadi 2016).

    ``1 - (2 * sum(p * t) + eps) / (sum(p) + sum(t) + eps)``, sums over all axes but the
    first.

    Args:
        p: probabilities from 0 to 1, ``(N, ...)``.
        t: targets from 0 to 1, of the same shape.
        eps: positive; keeps the loss of a sample without any label smooth.
        reduction: "mean", "sum" or "none".

    Returns:
        A scalar; with "none" ``(N,)``.
    """
    at_least_0("dice_loss: eps", eps)
    p, t = _labels("dice_loss", p, t)
    check_between("dice_loss", p, 0, 1, "dice-probabilities")
    axes = tuple(range(1, p.ndim))
    both, total = reduce.sum(p * t, axis=axes), reduce.sum(p + t, axis=axes)
    return reduced("dice_loss", 1 - (2 * both + eps) / (total + eps), reduction)


def hinge_loss(x: Any, t: Any, reduction: str = "mean") -> Variable:
    """The mean of ``max(0, 1 - t * x)``; at the bend the gradient is 0.

    Args:
        x: scores.
        t: targets 1 or -1, of the same shape.
        reduction: "mean", "sum" or "none".
    """
    x, t = pair("hinge_loss", x, t)
    check_signs("hinge_loss", t)
    return reduced("hinge_loss", relu(1 - t * x), reduction)


def soft_margin_loss(x: Any, t: Any, reduction: str = "mean") -> Variable:
    """The mean of ``log(1 + exp(-t * x))``.

    Args:
        x: scores.
        t: targets 1 or -1, of the same shape.
        reduction: "mean", "sum" or "none".
    """
    x, t = pair("soft_margin_loss", x, t)
    check_signs("soft_margin_loss", t)
    return reduced("soft_margin_loss", softplus(-t * x), reduction)


def multilabel_margin_loss(x: Any, t: Any, reduction: str = "mean") -> Variable:
    """Every label that holds should score 1 above every label that does not.

    A sample costs ``sum(max(0, 1 - x[holds] + x[does not])) / classes`` over all such
    pairs.

    Args:
        x: scores, ``(..., classes)``.
        t: 1 for the labels that hold, 0 for the others, of the same shape.
        reduction: "mean", "sum" or "none".
    """
    name = "multilabel_margin_loss"
    x, t = _labels(name, x, t)
    if not x.ndim:
        raise tell(ShapeError, "multilabel-scores", {"x": x, "t": t}, name=name)
    pairs = t[..., :, None] * (1 - t[..., None, :])
    costs = relu(1 - x[..., :, None] + x[..., None, :]) * pairs
    losses = reduce.sum(costs, axis=(-2, -1)) / max(x.shape[-1], 1)
    return reduced(name, losses, reduction)


def multilabel_soft_margin_loss(
    x: Any, t: Any, weight: Any = None, reduction: str = "mean"
) -> Variable:
    """`sigmoid_cross_entropy`, as one mean over the classes for each sample.

    Args:
        x: scores, ``(..., classes)``.
        t: targets from 0 to 1, of the same shape.
        weight: of each class, ``(classes,)``.
        reduction: "mean", "sum" or "none".
    """
    name = "multilabel_soft_margin_loss"
    x, t = _labels(name, x, t)
    weight = _class_weight(name, x, weight, axis_of(name, x, -1))
    losses = softplus(x) - x * t
    losses = losses if weight is None else losses * weight
    return reduced(name, reduce.mean(losses, axis=-1), reduction)
