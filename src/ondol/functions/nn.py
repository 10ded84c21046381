"""What layers compute: affine maps, embeddings, dropout and normalisation."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.graph import State, Variable, as_operand, lift
from ..core.modes import replaying, training
from ..errors import ArgumentError, ShapeError, operands
from ..primitives import put
from ..random import generator
from . import reduce
from .checks import check_ids
from .math import sqrt
from .products import right_grad
from .register import differentiable
from .shape import reshape

__all__ = [
    "batch_norm",
    "dropout",
    "embedding",
    "linear",
]


@differentiable(
    lambda g, y, x, W, b=None: g @ W.T,
    lambda g, y, x, W, b=None: x.T @ g if x.ndim == 2 else right_grad(g, y, x, W),
    lambda g, y, x, W, b=None: g,
)
def linear(x: Any, W: Any, b: Any = None) -> Any:
    """``x @ W + b`` (book step 43).

    Args:
        x: ``(..., inputs)``.
        W: ``(inputs, outputs)``.
        b: ``(outputs,)``, or None.

    Returns:
        ``(..., outputs)``.
    """
    if W.ndim != 2 or x.ndim == 0 or x.shape[-1] != W.shape[0]:
        raise ValueError("x (..., inputs) needs W (inputs, outputs)")
    if b is None:
        return x @ W
    if b.shape != W.shape[1:]:
        raise ValueError(f"the bias has one number for each of {W.shape[1]} outputs")
    y = x @ W
    if y.dtype != b.dtype and np.result_type(y, b) != y.dtype:
        return y + b
    y += b  # `y` is nobody else's; a large sum of its own costs a pass over memory
    return y


@differentiable(None, lambda g, y, ids, W: put(g, ids, W.shape))
def embedding(ids: Any, W: Any) -> Any:
    """Row ``ids[i]`` of a table for each id.

    Args:
        ids: integers of any shape.
        W: the table, ``(vocabulary, features)``.

    Returns:
        ``(*ids.shape, features)``.

    Raises:
        DtypeError, IndexingError: an id is not a whole number from 0 to vocabulary - 1.
    """
    if W.ndim != 2:
        raise ValueError(f"expected a table (vocabulary, features), got {W.shape}")
    ids = as_operand(ids)
    check_ids(ids, W.shape[0])
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
    x = lift(x)
    if not training.get() or ratio == 0:
        return x
    dtype = np.result_type(x.dtype, np.float16)  # integers become real numbers
    keep = np.asarray(generator.uniform(x.shape, dtype) >= ratio, like=x.data)
    return x * (keep / dtype.type(1 - ratio))


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
        gamma: scale, ``(C,)``.
        beta: shift, ``(C,)``.
        mean: running mean, ``(C,)``; gets a new array in its `data` while training.
        var: running variance, likewise.
        momentum: share of the new batch in the running statistics.
        eps: added to the variance.
    """
    x, gamma, beta = lift(x), lift(gamma), lift(beta)
    shapes = {part.shape for part in (gamma, beta, mean, var)}
    if x.ndim < 2 or shapes != {x.shape[1:2]}:
        raise ShapeError(
            "batch_norm: expected x (N, C, ...) and (C,) for gamma, beta, mean and var"
            f"{operands((x, gamma, beta, mean, var))}"
        )
    axes = (0, *range(2, x.ndim))
    shape = (1, -1, *(1,) * (x.ndim - 2))
    if training.get():
        v = reduce.var(x, axis=axes)  # first, as it refuses an empty batch
        m = reduce.mean(x, axis=axes)
        n = x.size // x.shape[1]
        _move(mean, m.data, momentum)
        _move(var, v.data * (n / max(n - 1, 1)), momentum)
    else:
        m, v = mean.detach(), var.detach()
    scale = gamma / sqrt(v + eps)
    shift = beta - m * scale
    return x * reshape(scale, shape) + reshape(shift, shape)


def _move(running: State, batch: Any, momentum: float) -> None:
    """Move a running statistic towards that of a batch; its dtype stays."""
    if replaying.get():  # it has moved, when this was computed first
        return
    moved = (1 - momentum) * running.data + momentum * batch
    running.data = moved.astype(running.dtype)
