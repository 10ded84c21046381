"""Activations with parameters of their own."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import functions as F
from ..core import Parameter, Variable
from .checks import floating, function, whole
from .initial import Initial, constant, draw
from .layer import Layer


class PReLU(Layer):
    """A leaky relu whose slopes are trained; see `ondol.functions.prelu`.

    Args:
        size: how many slopes: 1, or one for each channel of ``(N, C, ...)``.
        slope: what they begin with.
        dtype: of the slopes.
        W_init: makes the slopes of a shape and a dtype, in place of that number; see
            `ondol.layers.initial`.

    Attributes:
        slope: ``(size,)``.
    """

    def __init__(
        self,
        size: int = 1,
        slope: float = 0.25,
        dtype: Any = np.float32,
        W_init: Initial | None = None,
    ) -> None:
        dtype = floating("PReLU dtype", dtype)
        make = constant(slope) if W_init is None else function("PReLU W_init", W_init)
        slopes = draw(make, (whole("PReLU size", size),), dtype)
        self.slope = Parameter(slopes, "slope")

    size = property(lambda self: self.slope.size)

    def forward(self, x: Any) -> Variable:
        """The same shape."""
        return F.prelu(x, self.slope)
