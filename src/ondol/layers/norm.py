"""Layers that normalise; `BatchNorm`, which has a state, stands in `basic`."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

from .. import functions as F
from ..core import Parameter, Variable
from .checks import checked, floating, whole, within
from .layer import Layer


class _Norm(Layer):
    """What the norms have in common: sizes, scale and shift."""

    beta: Parameter | None
    _axis = -1  # whose length the parameters have
    _shape = "(..., {})"

    def __init__(
        self, size: int | None = None, eps: float = 1e-5, dtype: Any = np.float32
    ) -> None:
        name = type(self).__name__
        self.eps = within(f"{name} eps", eps, 0, inf, "()")
        self.dtype = floating(f"{name} dtype", dtype)
        self.gamma, self.beta = Parameter(None, "gamma"), Parameter(None, "beta")
        if size is not None:
            self._make(whole(f"{name} size", size))

    size = property(lambda self: None if self.gamma.data is None else self.gamma.size)

    def _make(self, size: int) -> None:
        self.gamma.data = np.ones(size, self.dtype)
        if self.beta is not None:
            self.beta.data = np.zeros(size, self.dtype)

    def _checked(self, x: Any) -> Any:
        """The input, if its size fits; it makes the parameters if there are none."""
        x = checked(self, x, self._axis, "size", self._shape)
        if self.gamma.data is None:
            self._make(x.shape[self._axis])
            self._settle(x)
        return x


class LayerNorm(_Norm):
    """Normalise the last axis of each sample; see `ondol.functions.layer_norm`.

    Args:
        size: features; None takes them from the first input.
        eps: added to the variance; positive.
        dtype: of the parameters.

    Attributes:
        gamma, beta: trained scale and shift, ``(size,)``, ones and zeros.
    """

    def forward(self, x: Any) -> Variable:
        """``(..., size)`` to the same shape, normalised."""
        return F.layer_norm(self._checked(x), self.gamma, self.beta, eps=self.eps)


class RMSNorm(_Norm):
    """Divide by the root mean square of the last axis; see `ondol.functions.rms_norm`.

    Args:
        size: features; None takes them from the first input.
        eps: added to the mean square; positive.
        dtype: of the parameters.

    Attributes:
        gamma: trained scale, ``(size,)``, ones.
    """

    def __init__(
        self, size: int | None = None, eps: float = 1e-6, dtype: Any = np.float32
    ) -> None:
        super().__init__(None, eps, dtype)
        self.beta = None
        if size is not None:
            self._make(whole("RMSNorm size", size))

    def forward(self, x: Any) -> Variable:
        """``(..., size)`` to the same shape, normalised."""
        return F.rms_norm(self._checked(x), self.gamma, eps=self.eps)


class GroupNorm(_Norm):
    """Normalise groups of channels of each sample; see `ondol.functions.group_norm`.

    Args:
        groups: into how many parts the channels are cut.
        size: channels, a multiple of `groups`; None takes them from the first input.
        eps: added to the variance; positive.
        dtype: of the parameters.

    Attributes:
        gamma, beta: trained scale and shift, ``(size,)``, ones and zeros.
    """

    _axis, _shape = 1, "(N, {}, ...)"

    def __init__(
        self,
        groups: int,
        size: int | None = None,
        eps: float = 1e-5,
        dtype: Any = np.float32,
    ) -> None:
        self.groups = whole("GroupNorm groups", groups)
        super().__init__(size, eps, dtype)

    def forward(self, x: Any) -> Variable:
        """``(N, size, ...)`` to the same shape, normalised."""
        x = self._checked(x)
        return F.group_norm(x, self.groups, self.gamma, self.beta, self.eps)


class InstanceNorm(_Norm):
    """Normalise each channel of each sample; see `ondol.functions.instance_norm`.

    Args:
        size: channels; None takes them from the first input.
        eps: added to the variance; positive.
        dtype: of the parameters.

    Attributes:
        gamma, beta: trained scale and shift, ``(size,)``, ones and zeros.
    """

    _axis, _shape = 1, "(N, {}, ...)"

    def forward(self, x: Any) -> Variable:
        """``(N, size, ...)`` to the same shape, normalised."""
        return F.instance_norm(self._checked(x), self.gamma, self.beta, self.eps)
