"""The layers most networks are made of.

A layer whose input size is not given takes it from its first input, and makes its
parameters then. All of them refuse a bad argument when they are made:

    ArgumentError: a ValueError; a size below 1, or a number out of its range.
    DtypeError: a TypeError; a size that is not whole, or a dtype that is not real.
"""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

from .. import functions as F
from ..core import Parameter, State, Variable, as_variable
from ..core.graph import as_operand
from ..errors import (
    ArgumentError,
    ShapeError,
    tell,
)
from ..random import generator
from .checks import checked, flag, floating, function, whole, within
from .initial import Initial, draw, fan_normal, lecun_normal
from .layer import Layer, Model


def bias(layer: str, nobias: bool, size: int, dtype: np.dtype[Any]) -> Parameter | None:
    """The `b` of a layer: zeros, or None if it is to have none."""
    absent = flag(f"{layer} nobias", nobias)
    return None if absent else Parameter(np.zeros(size, dtype), "b")


class Linear(Layer):
    """``x @ W + b`` for x of shape ``(..., in_size)`` (book step 44).

    Args:
        out_size: features that come out.
        nobias: leave `b` away.
        dtype: of the parameters.
        in_size: features that come in; None takes them from the first input.
        W_init: makes `W` of a shape and a dtype; see `ondol.layers.initial`.

    Attributes:
        W: ``(in_size, out_size)``, normal of variance ``1 / in_size`` by default.
        b: ``(out_size,)``, zeros; or None.
    """

    def __init__(
        self,
        out_size: int,
        nobias: bool = False,
        dtype: Any = np.float32,
        in_size: int | None = None,
        W_init: Initial = lecun_normal,
    ) -> None:
        self.out_size = whole("Linear out_size", out_size)
        self._W_init = function("Linear W_init", W_init)
        self.dtype = floating("Linear dtype", dtype)
        self.W = Parameter(None, "W")
        self.b = bias("Linear", nobias, self.out_size, self.dtype)
        if in_size is not None:
            self._make(whole("Linear in_size", in_size))

    in_size = property(lambda self: None if self.W.data is None else self.W.shape[0])
    nobias = property(lambda self: self.b is None)

    def _make(self, in_size: int) -> None:
        self.W.data = draw(self._W_init, (in_size, self.out_size), self.dtype)

    def forward(self, x: Any) -> Variable:
        """``(..., in_size)`` to ``(..., out_size)``."""
        if self.W._data is None:
            x = checked(self, x, -1, "in_size", "(..., {})")
            self._make(x.shape[-1])
            self._settle(x)
        try:
            return F.linear(x, self.W, self.b)
        except ShapeError:
            checked(self, x, -1, "in_size", "(..., {})")  # in the words of the layer
            raise


class Bilinear(Layer):
    """A product of two inputs by a weight for each pair; `ondol.functions.bilinear`.

    Args:
        out_size: features that come out.
        in_size: features of the first input.
        other_size: features of the second input.
        nobias: leave `b` away.
        dtype: of the parameters.
        W_init: makes `W` of a shape and a dtype; see `ondol.layers.initial`.

    Attributes:
        W: ``(in_size, other_size, out_size)``, normal of variance
            ``1 / (in_size * other_size)`` by default.
        b: ``(out_size,)``, zeros; or None.
    """

    def __init__(
        self,
        out_size: int,
        in_size: int,
        other_size: int,
        nobias: bool = False,
        dtype: Any = np.float32,
        W_init: Initial | None = None,
    ) -> None:
        self.out_size = whole("Bilinear out_size", out_size)
        self.in_size = whole("Bilinear in_size", in_size)
        self.other_size = whole("Bilinear other_size", other_size)
        self.dtype = floating("Bilinear dtype", dtype)
        shape = self.in_size, self.other_size, self.out_size
        if W_init is None:
            W = fan_normal(shape, self.in_size * self.other_size, self.dtype)
        else:
            W = draw(function("Bilinear W_init", W_init), shape, self.dtype)
        self.W = Parameter(W, "W")
        self.b = bias("Bilinear", nobias, self.out_size, self.dtype)

    nobias = property(lambda self: self.b is None)

    def forward(self, x: Any, z: Any) -> Variable:
        """``(..., in_size)`` and ``(..., other_size)`` to ``(..., out_size)``."""
        return F.bilinear(x, z, self.W, self.b)


class BatchNorm(Layer):
    """Normalise each channel of ``(N, C, ...)``; see `ondol.functions.batch_norm`.

    Args:
        momentum: share of a new batch in the running statistics, from 0 to 1.
        eps: added to the variance; positive.
        size: channels; None takes them from the first input.
        dtype: of the parameters and statistics.

    Attributes:
        gamma, beta: trained scale and shift, ``(C,)``, ones and zeros.
        mean, var: running statistics, ``(C,)``, saved but not trained.
    """

    def __init__(
        self,
        momentum: float = 0.1,
        eps: float = 1e-5,
        size: int | None = None,
        dtype: Any = np.float32,
    ) -> None:
        self.momentum = within("BatchNorm momentum", momentum, 0, 1, "[]")
        self.eps = within("BatchNorm eps", eps, 0, inf, "()")
        self.dtype = floating("BatchNorm dtype", dtype)
        self.gamma, self.beta = Parameter(None, "gamma"), Parameter(None, "beta")
        self.mean, self.var = State(None, "mean"), State(None, "var")
        if size is not None:
            self._make(whole("BatchNorm size", size))

    size = property(lambda self: None if self.gamma.data is None else self.gamma.size)

    def _make(self, size: int) -> None:
        for one in (self.gamma, self.var):
            one.data = np.ones(size, self.dtype)
        for zero in (self.beta, self.mean):
            zero.data = np.zeros(size, self.dtype)

    def forward(self, x: Any) -> Variable:
        """``(N, C, ...)`` to the same shape, normalised."""
        x = checked(self, x, 1, "size", "(N, {}, ...)")
        if self.gamma.data is None:
            self._make(x.shape[1])
            self._settle(x)
        return F.batch_norm(
            x, self.gamma, self.beta, self.mean, self.var, self.momentum, self.eps
        )


class Dropout(Layer):
    """Zero elements at random while training; see `ondol.functions.dropout`.

    Args:
        ratio: the share that is dropped, from 0 up to, not including, 1.
    """

    def __init__(self, ratio: float = 0.5) -> None:
        self.ratio = within("Dropout ratio", ratio, 0, 1)

    def forward(self, x: Any) -> Variable:
        """The same shape."""
        return F.dropout(as_operand(x), self.ratio)


class Embedding(Layer):
    """A learned vector for each of `in_size` ids.

    Args:
        in_size: how many ids there are.
        out_size: features of a vector.
        dtype: of the table.
        padding_index: an id whose vector is 0 and stays so; None for none.
        W_init: makes `W` of a shape and a dtype; see `ondol.layers.initial`.

    Attributes:
        W: the table, ``(in_size, out_size)``, standard normal by default.
    """

    def __init__(
        self,
        in_size: int,
        out_size: int,
        dtype: Any = np.float32,
        padding_index: int | None = None,
        W_init: Initial = generator.normal,
    ) -> None:
        self.in_size = whole("Embedding in_size", in_size)
        self.out_size = whole("Embedding out_size", out_size)
        self.dtype = floating("Embedding dtype", dtype)
        function("Embedding W_init", W_init)
        shape = (self.in_size, self.out_size)
        self.W = Parameter(draw(W_init, shape, self.dtype), "W")
        self.padding_index = padding_index
        if padding_index is not None:
            i = whole("Embedding padding_index", padding_index, least=0)
            if i >= self.in_size:
                counts = {"count": self.in_size, "last": self.in_size - 1}
                raise tell(ArgumentError, "embedding-padding", **counts, got=i)
            kept = np.arange(self.in_size)[:, None] != i
            self.W.data = np.where(kept, self.W.data, 0).astype(self.dtype)

    def forward(self, ids: Any) -> Variable:
        """``(...)`` ids to ``(..., out_size)``."""
        padding = () if self.padding_index is None else (self.padding_index,)
        return F.embedding(ids, self.W, *padding)


class Sequential(Model):
    """Layers, or plain functions such as ``F.relu``, one after the other.

    Args:
        layers: each takes what the one before it gives.
    """

    def __init__(self, *layers: Any) -> None:
        self.layers = [
            function(f"Sequential argument {i}", layer)
            for i, layer in enumerate(layers, 1)
        ]

    def forward(self, x: Any) -> Variable:
        """The output of the last layer."""
        for layer in self.layers:
            x = layer(x)
        return as_variable(x)
