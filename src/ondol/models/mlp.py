"""The multi-layer perceptron."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import functions as F
from ..core import Variable
from ..errors import DtypeError, tell
from ..layers import Linear, Model
from ..layers.checks import function


class MLP(Model):
    """Linear layers with an activation between them (book step 46).

    Args:
        out_sizes: the features that each layer gives, the last one the output.
        activation: applied after every layer but the last.
        in_size: features that come in; None takes them from the first input.
        dtype: of the parameters, which are ``layers.0.W``, ``layers.0.b``, ...

    Raises:
        ArgumentError: a ValueError; a size below 1.
        DtypeError: a TypeError; an argument of another kind, or no sizes.
    """

    def __init__(
        self,
        out_sizes: Sequence[int],
        activation: Callable[..., Variable] = F.sigmoid,
        in_size: int | None = None,
        dtype: Any = np.float32,
    ) -> None:
        if not isinstance(out_sizes, Sequence) or not len(out_sizes):
            raise tell(DtypeError, "mlp-sizes", got=f"{out_sizes!r:.60}")
        self.activation = function("MLP activation", activation)
        sizes = (in_size, *out_sizes)
        self.layers = [
            Linear(out, dtype=dtype, in_size=size)
            for size, out in zip(sizes, out_sizes, strict=False)
        ]

    def forward(self, x: Any) -> Variable:
        """``(..., in_size)`` to ``(..., out_sizes[-1])``."""
        *hidden, last = self.layers
        for layer in hidden:
            x = self.activation(layer(x))
        return last(x)
