"""Normalisation: by the statistics of a batch, of a layer, of groups of channels."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.graph import State, Variable, as_operand, lift
from ..core.modes import replaying, training
from ..errors import ArgumentError, ShapeError, tell
from . import reduce
from .activation import real
from .checks import at_least_0, axes_of, positive
from .joining import concatenate
from .math import sqrt
from .shape import astype, reshape

__all__ = [
    "batch_norm",
    "group_norm",
    "instance_norm",
    "layer_norm",
    "local_response_norm",
    "rms_norm",
]


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
    at_least_0("batch_norm: eps", eps)
    x, gamma, beta = lift(real(x)), lift(gamma), lift(beta)
    shapes = {part.shape for part in (gamma, beta, mean, var)}
    if x.ndim < 2 or shapes != {x.shape[1:2]}:
        raise tell(
            ShapeError,
            "batch-norm-shapes",
            {"x": x, "gamma": gamma, "beta": beta, "mean": mean, "var": var},
        )
    axes = (0, *range(2, x.ndim))
    shape = (1, -1, *(1,) * (x.ndim - 2))
    dtype = np.result_type(x.dtype, gamma.dtype)
    x = astype(x, np.float32) if x.dtype == np.float16 else x  # its squares overflow
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
    y = x * reshape(scale, shape) + reshape(shift, shape)
    return astype(y, dtype) if dtype == np.float16 else y


def _move(running: State, batch: Any, momentum: float) -> None:
    """Move a running statistic towards that of a batch; its dtype stays."""
    if replaying.get():  # it has moved, when this was computed first
        return
    moved = (1 - momentum) * running.data + momentum * batch
    running.data = moved.astype(running.dtype)


def layer_norm(
    x: Any, gamma: Any = None, beta: Any = None, axis: Any = -1, eps: float = 1e-5
) -> Variable:
    """Normalise each sample over its features, then scale and shift it.

    ``(x - mean) / sqrt(var + eps) * gamma + beta`` with the mean and variance over
    `axis` (Ba, Kiros, Hinton 2016).

    Args:
        x: any shape.
        gamma: scale, of the shape of `x` along `axis`; None for 1.
        beta: shift, likewise; None for 0.
        axis: of the features, one or several.
        eps: added to the variance.

    Raises:
        ShapeError: `gamma` or `beta` has another shape, or there are no features.
    """
    axes = axes_of("layer_norm", as_operand(x), axis)
    return _normalised("layer_norm", x, gamma, beta, axes, axes, eps)


def rms_norm(x: Any, gamma: Any = None, axis: Any = -1, eps: float = 1e-6) -> Variable:
    """Divide each sample by the root of its features' mean square, then scale it.

    ``x / sqrt(mean(x**2) + eps) * gamma`` (Zhang, Sennrich 2019).

    Args:
        x: any shape.
        gamma: scale, of the shape of `x` along `axis`; None for 1.
        axis: of the features, one or several.
        eps: added to the mean square.

    Raises:
        ShapeError: `gamma` has another shape, or there are no features.
    """
    axes = axes_of("rms_norm", as_operand(x), axis)
    return _normalised("rms_norm", x, gamma, None, axes, axes, eps, centred=False)


def group_norm(
    x: Any, groups: int, gamma: Any = None, beta: Any = None, eps: float = 1e-5
) -> Variable:
    """Normalise each sample over groups of its channels, then scale and shift these.

    Wu, He, "Group Normalization" (2018).

    Args:
        x: ``(N, C, ...)``.
        groups: into how many equal parts the channels are cut.
        gamma: scale, ``(C,)``; None for 1.
        beta: shift, ``(C,)``; None for 0.
        eps: added to the variance.

    Raises:
        ShapeError: C is no multiple of `groups`, or `gamma` or `beta` is not (C,).
    """
    x = lift(real(x))
    whole = positive("group_norm: groups", groups) == int(groups)
    if x.ndim < 2 or not whole or x.shape[1] % groups:
        raise tell(ShapeError, "group-norm-groups", {"x": x}, groups=groups)
    parts = reshape(x, (x.shape[0], groups, x.shape[1] // groups, *x.shape[2:]))
    axes = tuple(range(2, parts.ndim))
    y = _normalised("group_norm", parts, None, None, axes, axes, eps)
    return _scaled("group_norm", reshape(y, x.shape), gamma, beta, (1,))


def instance_norm(
    x: Any, gamma: Any = None, beta: Any = None, eps: float = 1e-5
) -> Variable:
    """Normalise each channel of each sample over its positions, then scale and shift.

    Ulyanov, Vedaldi, Lempitsky, "Instance Normalization" (2016).

    Args:
        x: ``(N, C, ...)``, with one axis of positions or more.
        gamma: scale, ``(C,)``; None for 1.
        beta: shift, ``(C,)``; None for 0.
        eps: added to the variance.

    Raises:
        ShapeError: `x` has no positions, or `gamma` or `beta` is not (C,).
    """
    x = lift(real(x))
    if x.ndim < 3:
        raise tell(ShapeError, "instance-norm-positions", {"x": x})
    axes = tuple(range(2, x.ndim))
    return _normalised("instance_norm", x, gamma, beta, axes, (1,), eps)


def _normalised(
    name: str,
    x: Any,
    gamma: Any,
    beta: Any,
    axes: tuple[int, ...],
    scaled: tuple[int, ...],
    eps: float,
    centred: bool = True,
) -> Variable:
    """Mean 0 and variance 1 over `axes`; scale and shift along `scaled`."""
    positive(f"{name}: eps", eps)
    x = lift(real(x))
    if any(not x.shape[i] for i in axes) or not axes:
        raise tell(ShapeError, "norm-nothing", {"x": x}, name=name)
    dtype = x.dtype
    wide = astype(x, np.float32) if dtype == np.float16 else x  # its squares overflow
    if centred:
        wide = wide - reduce.mean(wide, axis=axes, keepdims=True)
    y = wide / sqrt(reduce.mean(wide * wide, axis=axes, keepdims=True) + eps)
    y = y if y.dtype == dtype else astype(y, dtype)
    return _scaled(name, y, gamma, beta, scaled)


def _scaled(
    name: str, x: Any, gamma: Any, beta: Any, axes: tuple[int, ...]
) -> Variable:
    """``x * gamma + beta`` along `axes`."""
    axes = tuple(sorted(axes))
    expected = tuple(x.shape[i] for i in axes)
    spread = tuple(n if i in axes else 1 for i, n in enumerate(x.shape))
    for part, how in ((gamma, np.multiply), (beta, np.add)):
        if part is None:
            continue
        part = as_operand(part)
        if part.shape != expected:
            raise tell(
                ShapeError, "norm-scale", (x, part), name=name, expected=expected
            )
        x = how(x, reshape(part, spread))
    return x


def local_response_norm(
    x: Any, size: int = 5, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Variable:
    """Divide each channel by what its neighbours add up to.

    ``x / (k + alpha / size * sum(x**2))**beta``, the sum over `size` channels around
    it; beyond the ends there are zeros (Krizhevsky, Sutskever, Hinton 2012, with
    alpha / size for their alpha).

    Args:
        x: ``(N, C, ...)``.
        size: how many channels, ``size // 2`` of them before.
        alpha: weight of their mean square.
        beta: exponent.
        k: what is added; positive.
    """
    x = lift(real(x))
    positive("local_response_norm: k", k)
    whole = positive("local_response_norm: size", size) == int(size)
    if x.ndim < 2 or not whole:
        raise tell(ArgumentError, "local-response-shapes", {"x": x}, size=size)
    channels, squares = x.shape[1], x * x
    ends = [
        np.zeros_like(x.data, shape=(x.shape[0], n, *x.shape[2:]))
        for n in (size // 2, (size - 1) // 2)
    ]
    padded = concatenate([ends[0], squares, ends[1]], axis=1)
    total = sum(padded[:, i : i + channels] for i in range(size))
    return x / (k + (alpha / size) * total) ** beta
