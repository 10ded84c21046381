"""Normalisation: by the statistics of a batch, of a layer, of groups of channels."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.graph import Function, State, Variable, as_operand, data_of, lift
from ..core.modes import replaying, training
from ..errors import ArgumentError, ShapeError, tell
from ..hot import hot
from . import reduce
from .activation import real
from .checks import at_least_0, axes_of, positive
from .joining import concatenate
from .math import sqrt
from .shape import astype, reshape

Axes = tuple[int, ...]

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
        if not x.size:
            reduce.var(x, axis=axes)  # which refuses it
        y, m, v = _Normalise("batch_norm", axes, (1,), eps)(x, gamma, beta)
        n = x.size // x.shape[1]
        _move(mean, np.ravel(m.data), momentum)
        _move(var, np.ravel(v.data) * (n / max(n - 1, 1)), momentum)
    else:
        scale = gamma / sqrt(var.detach() + eps)
        shift = beta - mean.detach() * scale
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
    y = reshape(_normalised("group_norm", parts, None, None, axes, axes, eps), x.shape)
    for part, how in ((gamma, np.multiply), (beta, np.add)):
        if part is not None:
            y = how(y, _spread(_checked("group_norm", x, part, (1,)), x, (1,)))
    return y


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
    gamma = 1.0 if gamma is None else _checked(name, x, gamma, scaled)
    beta = 0.0 if beta is None else _checked(name, x, beta, scaled)
    wide = astype(x, np.float32) if x.dtype == np.float16 else x  # its squares overflow
    y, *_ = _Normalise(name, axes, scaled, eps, centred)(wide, gamma, beta)
    parts = (part.dtype for part in (x, gamma, beta) if hasattr(part, "dtype"))
    dtype = np.result_type(*parts)
    return y if y.dtype == dtype else astype(y, dtype)


def _checked(name: str, x: Any, part: Any, axes: tuple[int, ...]) -> Any:
    """A scale or a shift, if it has the shape of `x` along `axes`."""
    part = as_operand(part)
    expected = tuple(x.shape[i] for i in sorted(axes))
    if part.shape != expected:
        raise tell(ShapeError, "norm-scale", (x, part), name=name, expected=expected)
    return part


class _Normalise(Function):
    """``(x - mean) / sqrt(var + eps) * gamma + beta`` as one call.

    Called with `x`, and for `gamma` and `beta` with numbers, or arrays of its shape
    along `scaled`. Returns the result, and for reading the mean and the variance.

    Args:
        name: what it is called in errors, profiles and pictures.
        axes: what the mean and the variance are over.
        scaled: the axes of `gamma` and `beta`.
        eps: added to the variance.
        centred: False leaves the mean at 0.
    """

    def __init__(
        self, name: str, axes: Axes, scaled: Axes, eps: float, centred: bool = True
    ) -> None:
        self.name = name
        self.over, self.scaled, self.eps = (axes, centred), scaled, eps

    def __call__(self, x: Variable, *scale: Any) -> Any:
        """Results of the class that `x` is of."""
        self._kind = x.kind
        return super().__call__(x, *scale)

    def forward(self, x: Any, gamma: Any, beta: Any) -> tuple[Any, ...]:
        """The result, the mean and the variance."""
        return _normalise(x, gamma, beta, *self.over, self.scaled, self.eps)

    def backward(self, gy: Any, *_: Any) -> Any:
        """The gradients of `x`, `gamma` and `beta`."""
        x, gamma, _ = self._args if self._recorded else map(data_of, self._args)
        m, v = _moments(x, *self.over) if self._recorded else self._result[1:]
        return _normalise_grad(gy, x, gamma, m, v, *self.over, self.scaled, self.eps)


def _moments(x: Any, axes: Axes, centred: bool) -> tuple[Any, Any]:
    """The mean and the variance, with axes of length 1."""
    if not centred:
        v = np.mean(x * x, axis=axes, keepdims=True)
        return np.zeros_like(v), v
    m = np.mean(x, axis=axes, keepdims=True)
    d = x - m
    return m, np.mean(d * d, axis=axes, keepdims=True)


def _spread(part: Any, x: Any, axes: Axes) -> Any:
    """A scale or a shift with the axes of `x`; a number as it is."""
    if not hasattr(part, "dtype"):
        return part
    return np.reshape(part, tuple(n if i in axes else 1 for i, n in enumerate(x.shape)))


@hot
def _normalise(
    x: Any, gamma: Any, beta: Any, axes: Axes, centred: bool, scaled: Axes, eps: float
) -> tuple[Any, ...]:
    m, v = _moments(x, axes, centred)
    rate = _spread(gamma, x, scaled) / np.sqrt(v + eps)
    return (x - m) * rate + _spread(beta, x, scaled), m, v


@hot
def _normalise_grad(
    g: Any,
    x: Any,
    gamma: Any,
    m: Any,
    v: Any,
    axes: Axes,
    centred: bool,
    scaled: Axes,
    eps: float,
) -> tuple[Any, ...]:
    rate = 1 / np.sqrt(v + eps)
    y = (x - m) * rate
    rest = tuple(i for i in range(x.ndim) if i not in scaled)
    ggamma, gbeta = np.sum(g * y, axis=rest), np.sum(g, axis=rest)
    gamma = _spread(gamma, x, scaled)
    if rest == axes:  # gamma is the same for all that is folded, and can wait
        n = x.size // ggamma.size
        slope, shift = (_spread(part, x, scaled) / n for part in (ggamma, gbeta))
        rate = rate * gamma
    else:
        g = g * gamma
        slope = np.mean(g * y, axis=axes, keepdims=True)
        shift = np.mean(g, axis=axes, keepdims=True)
    past = y * slope + shift if centred else y * slope
    return (g - past) * rate, ggamma, gbeta


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
