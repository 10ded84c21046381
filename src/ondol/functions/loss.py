"""Losses. None of them broadcasts its operands: a shape that differs is an error."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import is_array
from ..errors import DtypeError, IndexingError, ShapeError, operands
from ..core.graph import Variable, as_operand, as_variable, data_of
from .activation import log_softmax, softplus


def mean_squared_error(x: Any, t: Any) -> Variable:
    """The mean of ``(x - t)**2`` over all elements (book step 42).

    Args:
        x, t: predictions and targets, of one shape.

    Returns:
        A scalar.

    Raises:
        ShapeError: the shapes differ.
    """
    x, t = as_variable(x), as_operand(t)
    _same_shape("mean_squared_error", x, t)
    difference = x - t
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
    x, t = as_variable(x), as_operand(data_of(t))
    _check_classes("softmax_cross_entropy", x, t)
    log_p = np.reshape(log_softmax(x), (-1, x.shape[-1]))
    picked = log_p[np.arange(log_p.shape[0], like=x.data), np.reshape(t, -1)]
    return -np.mean(picked)


def sigmoid_cross_entropy(x: Any, t: Any) -> Variable:
    """Binary cross-entropy of scores: the mean of ``log(1 + exp(x)) - x * t``.

    Exact for scores of any size, where `binary_cross_entropy` of a sigmoid is not.

    Args:
        x: scores before any sigmoid.
        t: targets from 0 to 1, of the same shape.

    Returns:
        A scalar.
    """
    x, t = as_variable(x), as_operand(t)
    _same_shape("sigmoid_cross_entropy", x, t)
    return np.mean(softplus(x) - x * t)


def binary_cross_entropy(p: Any, t: Any, eps: float = 1e-7) -> Variable:
    """Binary cross-entropy of probabilities, kept `eps` away from 0 and 1.

    Args:
        p: probabilities from 0 to 1.
        t: targets from 0 to 1, of the same shape.
        eps: a probability nearer to 0 or 1 than this counts as this far.

    Returns:
        A scalar: the mean of ``-(t * log(p) + (1 - t) * log(1 - p))``.
    """
    p, t = as_variable(p), as_operand(t)
    _same_shape("binary_cross_entropy", p, t)
    p = np.clip(p, eps, 1 - eps)
    return -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))


def accuracy(y: Any, t: Any) -> Variable:
    """The share of samples whose highest score is at their class; no gradient.

    Args:
        y: scores, ``(..., classes)``.
        t: class ids, ``(...)``.
    """
    y, t = as_variable(y), as_operand(data_of(t))
    _check_classes("accuracy", y, t)
    return np.mean(np.argmax(y, axis=-1) == t).detach()


def _same_shape(name: str, x: Any, t: Any) -> None:
    """Refuse operands that would broadcast: the loss would train a wrong model."""
    if np.shape(x) == np.shape(t):
        return
    hint = ""
    if np.size(x) == np.size(t):
        hint = f"; as they have the same size, perhaps t.reshape({np.shape(x)})"
    raise ShapeError(
        f"{name}: predictions {np.shape(x)} and targets {np.shape(t)} differ in shape, "
        f"and a loss does not broadcast{hint}{operands((x, t))}"
    )


def _check_classes(name: str, x: Any, t: Any) -> None:
    """Refuse targets that are not one class id for each row of scores."""
    if t.dtype.kind not in "iu":
        raise DtypeError(
            f"{name}: targets are class ids, integers of shape {x.shape[:-1]}; for "
            f"one-hot rows take t.argmax(-1){operands((x, t))}"
        )
    if x.ndim == 0 or t.shape != x.shape[:-1]:
        raise ShapeError(
            f"{name}: scores (..., classes) need class ids of shape (...): expected "
            f"{x.shape[:-1]} for scores of {x.shape}, got {t.shape}{operands((x, t))}"
        )
    if not is_array(t) or not t.size:
        return
    low, high = t.min(), t.max()
    if low < 0 or high >= x.shape[-1]:
        bad = low if low < 0 else high
        raise IndexingError(
            f"{name}: class id {bad} is outside of 0 to {x.shape[-1] - 1}, the classes "
            f"of the scores{operands((x, t))}"
        )
