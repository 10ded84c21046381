"""What layers compute: affine maps, embeddings, dropout and normalisation."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..random import generator
from ..errors import ArgumentError, DtypeError, ShapeError, operands
from ..core.graph import State, Variable, as_operand, as_variable, data_of
from ..core.modes import training


def linear(x: Any, W: Any, b: Any = None) -> Variable:
    """``x @ W + b`` (book step 43).

    Args:
        x: ``(..., inputs)``.
        W: ``(inputs, outputs)``.
        b: ``(outputs,)``, or None.

    Returns:
        ``(..., outputs)``.
    """
    x, W = as_operand(x), as_operand(W)
    if W.ndim != 2 or x.ndim == 0 or x.shape[-1] != W.shape[0]:
        raise ShapeError(
            f"linear: x (..., inputs) needs W (inputs, outputs): got x {x.shape} and W "
            f"{W.shape}{operands((x, W))}"
        )
    y = as_variable(x @ W)
    return y if b is None else y + b


def embedding(ids: Any, W: Any) -> Variable:
    """Row ``ids[i]`` of a table for each id.

    Args:
        ids: integers of any shape.
        W: the table, ``(vocabulary, features)``.

    Returns:
        ``(*ids.shape, features)``.
    """
    ids, W = as_operand(data_of(ids)), as_variable(W)
    if ids.dtype.kind not in "iu":
        raise DtypeError(
            f"embedding: ids are integers, got {ids.dtype}{operands((ids, W))}"
        )
    return W[ids]


def dropout(x: Any, ratio: float = 0.5) -> Variable:
    """Zero each element with probability `ratio`; scale the rest to keep the mean.

    In test mode `x` comes back as it is (Srivastava et al. 2014; book step 54).

    Args:
        x: any shape.
        ratio: from 0 (drop nothing) to 1, not included.
    """
    if not 0 <= ratio < 1:
        raise ArgumentError(
            f"dropout: ratio is from 0 up to, not including, 1: {ratio}"
        )
    x = as_variable(x)
    if not training.get() or ratio == 0:
        return x
    keep = generator.uniform(x.shape, x.dtype) >= ratio
    return x * (keep / x.dtype.type(1 - ratio))


def batch_norm(
    x: Any,
    gamma: Any,
    beta: Any,
    mean: State,
    var: State,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Variable:
    """Normalise each channel over the batch, then scale and shift it.

    While training, by the statistics of this batch, which also move the running ones:
    ``mean = (1 - momentum) * mean + momentum * batch mean``, and `var` likewise with
    the unbiased variance. In test mode, by the running ones (Ioffe, Szegedy 2015).

    Args:
        x: ``(N, C, ...)``.
        gamma, beta: scale and shift, ``(C,)``.
        mean, var: running statistics, ``(C,)``; updated in place of each other.
        momentum: share of the new batch in the running statistics.
        eps: added to the variance.
    """
    x = as_variable(x)
    if x.ndim < 2:
        raise ShapeError(
            f"batch_norm: expected (N, C, ...), got {x.shape}{operands((x,))}"
        )
    axes = (0, *range(2, x.ndim))
    shape = (1, -1, *(1,) * (x.ndim - 2))
    if training.get():
        m, v = np.mean(x, axis=axes), np.var(x, axis=axes)
        n = x.size // x.shape[1]
        mean.data = (1 - momentum) * mean.data + momentum * m.data
        var.data = (1 - momentum) * var.data + momentum * v.data * (n / max(n - 1, 1))
    else:
        m, v = mean.data, var.data
    scale = gamma / np.sqrt(v + eps)
    shift = beta - m * scale
    return x * np.reshape(scale, shape) + np.reshape(shift, shape)
