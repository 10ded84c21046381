"""Activations with parameters of their own."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import functions as F
from ..core import Parameter, Variable
from .checks import floating, whole
from .layer import Layer


class PReLU(Layer):
    """A leaky relu whose slopes are trained; see `ondol.functions.prelu`.

    Args:
        size: how many slopes: 1, or one for each channel of ``(N, C, ...)``.
        slope: what they begin with.
        dtype: of the slopes.

    Attributes:
        slope: ``(size,)``.
    """

    def __init__(
        self, size: int = 1, slope: float = 0.25, dtype: Any = np.float32
    ) -> None:
        dtype = floating("PReLU dtype", dtype)
        values = np.full(whole("PReLU size", size), slope, dtype)
        self.slope = Parameter(values, "slope")

    size = property(lambda self: self.slope.size)

    def forward(self, x: Any) -> Variable:
        """The same shape."""
        return F.prelu(x, self.slope)
