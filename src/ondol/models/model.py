"""Model, the base of whole networks, and the multi-layer perceptron."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import functions as F
from ..core import Variable, no_grad, test_mode
from ..layers import Layer, Linear


class Model(Layer):
    """A whole network: a layer that can also predict (book step 45)."""

    def predict(self, *inputs: Any) -> Any:
        """The output as a plain array: in test mode, with no graph recorded."""
        with no_grad(), test_mode():
            return self(*inputs).data


class MLP(Model):
    """Linear layers with an activation between them (book step 46).

    Args:
        out_sizes: the features that each layer gives, the last one the output.
        activation: applied after every layer but the last.
        in_size: features that come in; None takes them from the first input.
    """

    def __init__(
        self,
        out_sizes: Sequence[int],
        activation: Callable[..., Variable] = F.sigmoid,
        in_size: int | None = None,
    ) -> None:
        self.activation = activation
        sizes = [in_size, *out_sizes]
        self.layers = [
            Linear(out, in_size=size)
            for size, out in zip(sizes, out_sizes, strict=False)
        ]

    def forward(self, x: Any) -> Variable:
        """``(..., in_size)`` to ``(..., out_sizes[-1])``."""
        *hidden, last = self.layers
        for layer in hidden:
            x = self.activation(layer(x))
        return last(x)
