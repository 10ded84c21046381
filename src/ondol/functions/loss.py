"""Losses. None of them broadcasts its operands: a shape that differs is an error."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import is_array, primitive
from ..core.graph import Variable, apply, as_operand, lift
from ..errors import ArgumentError, explain, operands
from .activation import real, softmax, softplus
from .checks import check_classes, check_same_shape
from .compare import clip
from .math import log
from .reduce import mean
from .register import constant, differentiable, rule

__all__ = [
    "accuracy",
    "binary_cross_entropy",
    "mean_squared_error",
    "sigmoid_cross_entropy",
    "softmax_cross_entropy",
]


def _difference(x: Any, t: Any) -> Any:
    """Predictions less targets, as real numbers of the predictions' dtype."""
    x, t = real(x), as_operand(t)
    return x - (t if t.dtype.kind in "fc" else t.astype(x.dtype))


def _mean_squared_error_grad(g: Any, y: Any, x: Any, t: Any) -> Any:
    difference = _difference(x, t)
    return g * difference * (2 / max(difference.size, 1))


@differentiable(
    _mean_squared_error_grad, lambda g, y, x, t: -_mean_squared_error_grad(g, y, x, t)
)
def mean_squared_error(x: Any, t: Any) -> Any:
    """The mean of ``(x - t)**2`` over all elements (book step 42).

    Args:
        x: predictions.
        t: targets, of the same shape.

    Returns:
        A scalar.

    Raises:
        ShapeError: the shapes differ.
    """
    check_same_shape(as_operand(x), as_operand(t))
    difference = _difference(x, t)
    return np.mean(difference * difference)


def softmax_cross_entropy(x: Any, t: Any) -> Variable:
    """The mean of ``-log(softmax(x)[class])`` over all samples (book step 47).

    Args:
        x: scores before any softmax, ``(..., classes)``.
        t: class ids from 0 to classes - 1, integers of shape ``(...)``.

    Returns:
        A scalar.

    Raises:
        ShapeError, DtypeError, IndexingError: `t` is not one class id per row of `x`.
    """
    return apply(_softmax_cross_entropy, (x, t), {"kept": []})


def _softmax_cross_entropy_grad(g: Any, y: Any, x: Any, t: Any, kept: list[Any]) -> Any:
    """Probabilities, less 1 at the class, over the number of samples (book step 47)."""
    t = as_operand(t)
    # On Variables the softmax is computed anew, so that it is recorded.
    p = kept[0] / kept[1] if is_array(x) else softmax(x)
    hit = np.arange(x.shape[-1], like=t) == t[..., None]
    return (p - hit) * (g / t.size)


@primitive
def _softmax_cross_entropy(x: Any, t: Any, kept: list[Any]) -> Any:
    """Softmax, logarithm, choice and mean in one call, where four would cost more.

    The gradient needs the exponentials and their sums again: they go into `kept`.
    """
    x, t = real(x), as_operand(t)
    check_classes(x, t)
    x = x - np.maximum.reduce(x, -1, keepdims=True)
    e = np.exp(x)
    total = np.add.reduce(e, -1, keepdims=True)
    kept[:] = e, total
    if x.ndim != 2:
        x, t = x.reshape(t.size, x.shape[-1]), t.ravel()
    at_class = x[np.arange(t.size, like=t), t]
    return np.add.reduce(np.log(total.ravel()) - at_class) / t.size


rule(_softmax_cross_entropy, _softmax_cross_entropy_grad, None)


def sigmoid_cross_entropy(x: Any, t: Any) -> Variable:
    """Binary cross-entropy of scores: the mean of ``log(1 + exp(x)) - x * t``.

    Exact for scores of any size, where `binary_cross_entropy` of a sigmoid is not.

    Args:
        x: scores before any sigmoid.
        t: targets from 0 to 1, of the same shape.

    Returns:
        A scalar.
    """
    x, t = _pair("sigmoid_cross_entropy", x, t)
    return mean(softplus(x) - x * t)


def binary_cross_entropy(p: Any, t: Any, eps: float = 1e-7) -> Variable:
    """Binary cross-entropy of probabilities, kept `eps` away from 0 and 1.

    Args:
        p: probabilities from 0 to 1.
        t: targets from 0 to 1, of the same shape.
        eps: a probability nearer to 0 or 1 than this counts as this far, and gets no
            gradient; at least the precision of the dtype.

    Returns:
        A scalar: the mean of ``-(t * log(p) + (1 - t) * log(1 - p))``.

    Raises:
        ArgumentError: a `p` outside of 0 to 1, most likely a score.
        ShapeError: the shapes differ.
    """
    p, t = _pair("binary_cross_entropy", p, t)
    if is_array(p.data) and p.size and not 0 <= p.data.min() <= p.data.max() <= 1:
        raise ArgumentError(
            "binary_cross_entropy: probabilities are from 0 to 1; for scores take "
            f"sigmoid_cross_entropy{operands((p, t))}"
        )
    eps = max(eps, float(np.finfo(p.dtype).eps))
    p = clip(p, eps, 1 - eps)
    return -mean(t * log(p) + (1 - t) * log(1 - p))


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
    return np.mean(np.argmax(y, axis=-1) == t)


def _pair(name: str, x: Any, t: Any) -> tuple[Variable, Any]:
    """Predictions and targets of one shape, as real numbers."""
    x, t = lift(real(x)), as_operand(t)
    try:
        check_same_shape(x, t)
    except ValueError as error:
        raise explain(name, (x, t), error) from error
    return x, t if t.dtype.kind in "fc" else t.astype(x.dtype)
