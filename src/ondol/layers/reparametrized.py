"""Layers around a layer, which compute its weights from other parameters."""

from __future__ import annotations

from math import inf, prod
from typing import Any

import numpy as np

from .. import functions as F
from ..core import Parameter, State, Variable, no_grad
from ..core.graph import data_of
from ..core.modes import replaying, training
from ..errors import (
    ArgumentError,
    tell,
)
from ..random import generator
from .checks import within
from .layer import Layer


class _Reparametrized(Layer):
    """Runs `layer` with a weight `W` that is computed anew at each call."""

    layer: Any

    def __init__(self, layer: Layer) -> None:
        name = type(self).__name__
        if not isinstance(layer, Layer) or not isinstance(
            getattr(layer, "W", None), Parameter
        ):
            raise tell(ArgumentError, "layer-without-weight", name=name, got=layer)
        self.layer = layer
        if self.layer.W.data is not None:
            self._make()

    @property
    def _out_axis(self) -> int:
        """The axis of the outputs in W: ``(in, out)``, or filters by their layer."""
        return 1 - getattr(self.layer, "in_axis", 0)

    def _make(self) -> None:
        raise NotImplementedError

    def _weight(self) -> Variable:
        raise NotImplementedError

    def forward(self, *inputs: Any) -> Any:
        """What `layer` makes of the inputs, by the computed weight."""
        W = self.layer.W
        if W.data is None:
            with no_grad():
                self.layer(*inputs)  # makes its W
            self._make()
            self._settle(W)
        self.layer.W = self._weight()
        try:
            return self.layer(*inputs)
        finally:
            self.layer.W = W


class WeightNorm(_Reparametrized):
    """Learn the length and the direction of a layer's weights apart.

    The weights of each output are ``g * W / norm(W)``. Salimans, Kingma, "Weight
    Normalization" (2016).

    Args:
        layer: with a parameter `W`, which becomes the direction.

    Attributes:
        layer: the layer.
        g: the length for each output, at first that of `W`.
    """

    def __init__(self, layer: Layer) -> None:
        self.g = Parameter(None, "g")
        super().__init__(layer)

    def _norm(self, W: Any) -> Any:
        axes = tuple(i for i in range(W.ndim) if i != self._out_axis)
        return np.sqrt(np.sum(W * W, axis=axes, keepdims=True))

    def _make(self) -> None:
        self.g.data = self._norm(self.layer.W.data)

    def _weight(self) -> Variable:
        W = self.layer.W
        return W * (self.g / self._norm(W))


class SpectralNorm(_Reparametrized):
    """Divide a layer's weights by their largest singular value.

    It is estimated by one step of power iteration for each call while training; for
    derivatives the singular vectors are constants. Miyato et al., "Spectral
    Normalization for Generative Adversarial Networks" (2018).

    Args:
        layer: with a parameter `W`, seen as a matrix of outputs by everything else.
        eps: the smallest length that vectors are divided by; positive.

    Attributes:
        layer: the layer.
        u: the estimate of the first left singular vector, ``(outputs,)``, saved but not
            trained.
        v: that of the right one, from which `u` was computed last; also saved.
    """

    def __init__(self, layer: Layer, eps: float = 1e-12) -> None:
        self.eps = within("SpectralNorm eps", eps, 0, inf, "()")
        self.u, self.v = State(None, "u"), State(None, "v")
        super().__init__(layer)

    def _matrix(self, W: Any) -> Any:
        n = W.shape[self._out_axis]
        return np.reshape(np.moveaxis(W, self._out_axis, 0), (n, prod(W.shape) // n))

    def _make(self) -> None:
        W = self.layer.W
        u = generator.normal((W.shape[self._out_axis],), W.dtype)
        self.u.data = data_of(F.normalize(u, eps=self.eps))
        self.v.data = self._right(W.data)

    def _right(self, W: Any) -> Any:
        """The right singular vector that belongs to `u`."""
        return data_of(F.normalize(self._matrix(W).T @ self.u.data, eps=self.eps))

    def _weight(self) -> Variable:
        W, u = self.layer.W, self.u.data
        moved = training.get() and replaying.get()  # when this was computed first
        v = self.v.data if moved else self._right(W.data)
        if training.get() and not moved:
            u = data_of(F.normalize(self._matrix(W.data) @ v, eps=self.eps))
            self.u.data, self.v.data = u, v
        sigma = np.sum(self._matrix(W) * (u[:, None] * v))
        return W / sigma
