"""Losses. None of them broadcasts its operands: a shape that differs is an error."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import is_array, primitive
from ..core.graph import Variable, as_operand, lift
from ..errors import ArgumentError, operands
from .activation import real, softplus
from .checks import check_classes, check_same_shape
from .compare import clip
from .math import log
from .reduce import mean
from .register import constant, differentiable


def mean_squared_error(x: Any, t: Any) -> Variable:
    """The mean of ``(x - t)**2`` over all elements (book step 42).

    Args:
        x: predictions.
        t: targets, of the same shape.

    Returns:
        A scalar.

    Raises:
        ShapeError: the shapes differ.
    """
    x, t = _pair("mean_squared_error", x, t)
    difference = x - t
    return mean(difference * difference)


def _softmax_cross_entropy_grad(g: Any, y: Any, x: Any, t: Any) -> Any:
    """Probabilities, less 1 at the class, over the number of samples (book step 47)."""
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    t = as_operand(t)
    hit = np.arange(x.shape[-1], like=t) == t[..., None]
    return (p - hit) * (g / t.size)


@differentiable(_softmax_cross_entropy_grad, None)
def softmax_cross_entropy(x: Any, t: Any) -> Any:
    """The mean of ``-log(softmax(x)[class])`` over all samples (book step 47).

    Args:
        x: scores before any softmax, ``(..., classes)``.
        t: class ids from 0 to classes - 1, integers of shape ``(...)``.

    Returns:
        A scalar.

    Raises:
        ShapeError, DtypeError, IndexingError: `t` is not one class id per row of `x`.
    """
    x, t = real(x), as_operand(t)
    check_classes(x, t)
    if x.ndim != 2:
        x, t = np.reshape(x, (t.size, x.shape[-1])), np.reshape(t, -1)
    x = x - np.maximum.reduce(x, -1, keepdims=True)
    log_sum = np.log(np.add.reduce(np.exp(x), -1))
    return np.add.reduce(log_sum - x[np.arange(t.size, like=t), t]) / t.size


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
    check_same_shape(name, x, t)
    return x, t if t.dtype.kind in "fc" else t.astype(x.dtype)
