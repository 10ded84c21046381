"""The book's simple core (steps 1 to 32): gradients are plain arrays."""

from __future__ import annotations

from typing import Any

import ondol

from . import core
from .core import Config, as_array, no_grad, using_config

__all__ = [
    "Config",
    "Function",
    "Variable",
    "as_array",
    "as_variable",
    "no_grad",
    "setup_variable",
    "using_config",
]


class Variable(core.Variable):
    """A Variable whose `grad` is a plain array."""

    @property
    def grad(self) -> Any:
        """The gradient that `backward` left here, an array of the same shape."""
        grad = super().grad
        return None if grad is None else grad.data

    @grad.setter
    def grad(self, grad: Any) -> None:
        ondol.Variable.grad.fset(self, grad)  # type: ignore[attr-defined]


Variable.kind = Variable


class Function(ondol.Function):
    """A user's own function, whose `backward` is handed plain arrays."""

    _kind = Variable

    def __call__(self, *inputs: Any) -> Any:
        """Run `forward`, wrap what it returns, and link it to this call."""
        return super().__call__(*(as_variable(as_array(x)) for x in inputs))


def as_variable(obj: Any) -> Any:
    """A Variable as it is, an array wrapped in one."""
    return obj if isinstance(obj, ondol.Variable) else Variable(obj)


def setup_variable() -> None:
    """Nothing: the operators are there from the start."""


Add, Mul, Neg = core.Add, core.Mul, core.Neg
Sub, Div, Pow = core.Sub, core.Div, core.Pow
add, mul, sub, rsub, div, rdiv, neg, pow = (
    core.add, core.mul, core.sub, core.rsub, core.div, core.rdiv, core.neg, core.pow,
)  # fmt: skip
