"""The layers most networks are made of.

A layer whose input size is not given takes it from its first input, and makes its
parameters then.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from .. import functions as F
from ..arrays import generator
from ..core import Parameter, State, Variable, as_variable
from .layer import Layer


def lecun_normal(shape: tuple[int, ...], fan_in: int, dtype: Any) -> np.ndarray:
    """Normal numbers of variance ``1 / fan_in``, which keep the scale of a signal.

    LeCun, Bottou, Orr, Müller, "Efficient BackProp" (1998).
    """
    return generator.normal(shape, dtype) * np.dtype(dtype).type((1 / fan_in) ** 0.5)


class Linear(Layer):
    """``x @ W + b`` for x of shape ``(..., in_size)`` (book step 44).

    Args:
        out_size: features that come out.
        nobias: leave `b` away.
        dtype: of the parameters.
        in_size: features that come in; None takes them from the first input.
    """

    def __init__(
        self,
        out_size: int,
        nobias: bool = False,
        dtype: Any = np.float32,
        in_size: int | None = None,
    ) -> None:
        self.out_size, self.dtype = out_size, dtype
        self.W = Parameter(None, "W")
        self.b = None if nobias else Parameter(np.zeros(out_size, dtype), "b")
        if in_size is not None:
            self._make(in_size)

    def _make(self, in_size: int) -> None:
        self.W.data = lecun_normal((in_size, self.out_size), in_size, self.dtype)

    def forward(self, x: Any) -> Variable:
        """``(..., in_size)`` to ``(..., out_size)``."""
        if self.W.data is None:
            self._make(x.shape[-1])
        return F.linear(x, self.W, self.b)


class Conv2d(Layer):
    """Filters that slide over images ``(N, C, H, W)`` (book step 57).

    Args:
        out_channels: how many filters.
        kernel_size: height and width of a filter, one number or two.
        stride: step between windows.
        pad: zeros added at each side.
        nobias: leave `b` away.
        dtype: of the parameters.
        in_channels: channels that come in; None takes them from the first input.
    """

    def __init__(
        self,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        pad: int | tuple[int, int] = 0,
        nobias: bool = False,
        dtype: Any = np.float32,
        in_channels: int | None = None,
    ) -> None:
        square = isinstance(kernel_size, int)
        self.kernel_size = (kernel_size, kernel_size) if square else tuple(kernel_size)
        self.out_channels, self.stride, self.pad = out_channels, stride, pad
        self.dtype = dtype
        self.W = Parameter(None, "W")
        self.b = None if nobias else Parameter(np.zeros(out_channels, dtype), "b")
        if in_channels is not None:
            self._make(in_channels)

    def _make(self, in_channels: int) -> None:
        window = (in_channels, *self.kernel_size)
        shape = (self.out_channels, *window)
        self.W.data = lecun_normal(shape, prod(window), self.dtype)

    def forward(self, x: Any) -> Variable:
        """``(N, C, H, W)`` to ``(N, out_channels, OH, OW)``."""
        if self.W.data is None:
            self._make(x.shape[1])
        return F.conv2d(x, self.W, self.b, self.stride, self.pad)


class BatchNorm(Layer):
    """Normalise each channel of ``(N, C, ...)``; see `ondol.functions.batch_norm`.

    Args:
        momentum: share of a new batch in the running statistics.
        eps: added to the variance.
        size: channels; None takes them, and the dtype, from the first input.
        dtype: of the parameters, where `size` is given.
    """

    def __init__(
        self,
        momentum: float = 0.1,
        eps: float = 1e-5,
        size: int | None = None,
        dtype: Any = np.float32,
    ) -> None:
        self.momentum, self.eps = momentum, eps
        self.gamma, self.beta = Parameter(None, "gamma"), Parameter(None, "beta")
        self.mean, self.var = State(None, "mean"), State(None, "var")
        if size is not None:
            self._make(size, dtype)

    def _make(self, size: int, dtype: Any) -> None:
        for one in (self.gamma, self.var):
            one.data = np.ones(size, dtype)
        for zero in (self.beta, self.mean):
            zero.data = np.zeros(size, dtype)

    def forward(self, x: Any) -> Variable:
        """The same shape, normalised."""
        if self.gamma.data is None:
            self._make(x.shape[1], x.dtype)
        return F.batch_norm(
            x, self.gamma, self.beta, self.mean, self.var, self.momentum, self.eps
        )


class Dropout(Layer):
    """Zero elements at random while training; see `ondol.functions.dropout`.

    Args:
        ratio: the share that is dropped.
    """

    def __init__(self, ratio: float = 0.5) -> None:
        self.ratio = ratio

    def forward(self, x: Any) -> Variable:
        """The same shape."""
        return F.dropout(x, self.ratio)


class Embedding(Layer):
    """A learned vector for each of `in_size` ids.

    Args:
        in_size: how many ids there are.
        out_size: features of a vector.
        dtype: of the table, which starts from standard normal numbers.
    """

    def __init__(self, in_size: int, out_size: int, dtype: Any = np.float32) -> None:
        self.W = Parameter(generator.normal((in_size, out_size), dtype), "W")

    def forward(self, ids: Any) -> Variable:
        """``(...)`` ids to ``(..., out_size)``."""
        return F.embedding(ids, self.W)


class Sequential(Layer):
    """Layers, or plain functions such as ``F.relu``, one after the other.

    Args:
        layers: each takes what the one before it gives.
    """

    def __init__(self, *layers: Any) -> None:
        self.layers = list(layers)

    def forward(self, x: Any) -> Variable:
        """The output of the last layer."""
        for layer in self.layers:
            x = layer(x)
        return as_variable(x)
