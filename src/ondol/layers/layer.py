"""Layer: parameters, state and a forward function, in one object (book step 44)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..core import Parameter
from ..tree import Tree, walk


class Layer(Tree):
    """A function with parameters; layers hold layers, and so make networks.

    A subclass sets `Parameter`, `State` and `Layer` attributes (also inside lists and
    dicts) and defines ``forward``. They are found in the order in which they were set,
    under dotted names such as ``blocks.0.conv.W``.
    """

    def __call__(self, *inputs: Any) -> Any:
        """What `forward` makes of the inputs."""
        return self.forward(*inputs)

    def forward(self, *inputs: Any) -> Any:
        """Compute the outputs; to be defined by the subclass."""
        raise NotImplementedError(
            f"{type(self).__name__} defines no forward(self, *inputs)"
        )

    def params(self) -> Iterator[Parameter]:
        """Every parameter once, in order of definition."""
        return (parameter for _, parameter in self.named_params())

    def named_params(self) -> Iterator[tuple[str, Parameter]]:
        """Every parameter once, under its dotted name."""
        return walk(self, Parameter)

    def cleargrads(self) -> None:
        """Forget the gradients of all parameters."""
        for parameter in self.params():
            parameter.cleargrad()
