"""Layer: parameters, state and a forward function, in one object (book step 44)."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from reprlib import recursive_repr
from typing import Any

import numpy as np

import ondol

from ..arrays import array_module
from ..core import Parameter, Variable, no_grad, test_mode
from ..core.graph import data_of
from ..errors import no_method
from ..tree import Tree, walk


class Layer(Tree):
    """A function with parameters; layers hold layers, and so make networks.

    A subclass sets `Parameter`, `State` and `Layer` attributes (also inside lists,
    tuples and dicts) and defines ``forward``. They are found in the order in which
    they were set, under dotted names such as ``blocks.0.conv.W``.
    """

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        """What `forward` makes of the inputs."""
        return self.forward(*inputs, **options)

    def forward(self, *inputs: Any) -> Any:
        """Compute the outputs; to be defined by the subclass."""
        raise no_method(type(self).__name__, "forward(self, *inputs)")

    def params(self) -> Iterator[Parameter]:
        """Every parameter once, in order of definition."""
        return (parameter for _, parameter in self.named_params())

    def named_params(self) -> Iterator[tuple[str, Parameter]]:
        """Every parameter once, under its dotted name."""
        return iter(walk(self, Parameter))

    def _settle(self, x: Any) -> None:
        """Bring weights that have just been made to where the input is: to its GPU."""
        like = data_of(x)
        if array_module(like) is not np:
            for _, variable in walk(self, Variable):
                variable.data = np.asarray(variable.data, like=like)

    def cleargrads(self) -> None:
        """Forget the gradients of all parameters."""
        for _, parameter in walk(self, Parameter):
            parameter.cleargrad()

    def summary(self, *inputs: Any, depth: int | None = None, **options: Any) -> Any:
        """What it is made of: a row for each layer, with shapes, memory, operations.

        It is called once, in test mode, and then all is as it was before.

        Args:
            *inputs: as `forward` takes them; one sample is enough.
            depth: down to how many levels the table goes; None for all.
            **options: as `forward` takes them, by name.

        Returns:
            An `ondol.show.Summary`: numbers, and a table when printed.
        """
        return ondol.show.summary(self, *inputs, depth=depth, **options)

    @recursive_repr()
    def __repr__(self) -> str:
        """The call that makes such a layer, with the parts that it holds inside."""
        name, settings = type(self).__name__, list(_settings(self))
        parts = [f"{key}: {_title(part)}" for key, part in _parts(self)]
        if not parts:
            return f"{name}({', '.join(settings)})"
        lines = ",\n".join(settings + parts).replace("\n", "\n  ")
        return f"{name}(\n  {lines}\n)"


class Model(Layer):
    """A whole network: a layer that can also predict (book step 45)."""

    def predict(self, *inputs: Any, **options: Any) -> Any:
        """The output as a plain array: in test mode, with no graph recorded.

        Args:
            *inputs: as `forward` takes them.
            **options: likewise, by name.

        Returns:
            An array, or a tuple of arrays if `forward` returns a tuple.
        """
        with no_grad(), test_mode():
            y = self(*inputs, **options)
        return tuple(map(data_of, y)) if isinstance(y, tuple) else data_of(y)


def _settings(layer: Layer) -> Iterator[str]:
    """The constructor's arguments that the layer keeps and that are not the default."""
    for name, argument in inspect.signature(type(layer)).parameters.items():
        default = argument.default
        value = getattr(layer, name, default)
        same = (default,) * (len(value) if isinstance(value, tuple) else 1)
        if _is_plain(value) and value not in (default, same):
            yield (
                f"{name}={value}"
                if isinstance(value, np.dtype)
                else f"{name}={value!r}"
            )


def _is_plain(value: Any) -> bool:
    """Does one line show all of it?"""
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, int | float | str | np.dtype)


def _parts(layer: Layer) -> Iterator[tuple[str, Any]]:
    """The layers and functions that a layer holds, under their dotted names."""
    for name, value in vars(layer).items():
        if not name.startswith("_"):
            yield from walk(value, (Layer, Callable), name)  # type: ignore[arg-type]


def _title(part: Any) -> str:
    return (
        repr(part) if isinstance(part, Layer) else getattr(part, "__name__", str(part))
    )
