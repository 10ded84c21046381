"""Hooks: what is done to the gradients between ``backward`` and the update."""

from __future__ import annotations

from typing import Any

import numpy as np

from ondol.core import Parameter
from ondol.errors import DtypeError, tell
from ondol.tree import walk

from .hyper import non_negative, positive
from .optimizer import PARTS, gradient


def set_gradient(parameter: Parameter, grad: Any) -> None:
    """Give a parameter a new gradient; NumPy turns 0-d results into scalars."""
    parameter.grad = np.asarray(grad, like=parameter.data)


class WeightDecay:
    """Add ``rate * p`` to each gradient: the gradient of ``rate / 2 * sum(p**2)``.

    For Adam prefer `AdamW` (Loshchilov and Hutter 2019).

    Args:
        rate: the strength of the decay, in [0, inf).
    """

    rate: float = non_negative()

    def __init__(self, rate: float) -> None:
        self.rate = rate

    def __call__(self, parameters: list[Parameter]) -> None:
        """Give each parameter a new gradient with the decay in it."""
        for parameter in parameters:
            set_gradient(parameter, gradient(parameter) + self.rate * parameter.data)


class ClipGrad:
    """Scale all gradients together so that their norm is at most `max_norm`.

    The norm is the L2 norm of all gradients as one vector, the factor
    ``min(1, max_norm / (norm + 1e-6))`` (Pascanu, Mikolov and Bengio 2013). A NaN in
    one gradient makes all of them NaN.

    Args:
        max_norm: the largest norm, in (0, inf).
    """

    max_norm: float = positive()

    def __init__(self, max_norm: float) -> None:
        self.max_norm = max_norm

    def __call__(self, parameters: list[Parameter]) -> None:
        """Give each parameter a new, scaled gradient of the same dtype."""
        grads = [gradient(parameter) for parameter in parameters]
        # In float64: the square of a large float16 or float32 overflows to infinity.
        wide = (grad.astype(np.float64, copy=False) for grad in grads)
        norm = np.sqrt(sum(np.sum(np.square(grad)) for grad in wide))
        # Not an `if`, so that a compiler can trace it.
        factor = np.minimum(1.0, self.max_norm / (norm + 1e-6))
        for parameter, grad in zip(parameters, grads, strict=True):
            set_gradient(parameter, grad * factor.astype(grad.dtype))


class FreezeParam:
    """Clear the gradients of some parameters, so that the update leaves them alone.

    Add it before `ClipGrad`, or their gradients count in the norm.

    Args:
        *frozen: Parameters, layers or models; also lists and dicts of them. They are
            walked at each update, so that parameters which come later are frozen too.

    Raises:
        TypeError: there is nothing to freeze, or it is something else.
    """

    def __init__(self, *frozen: Any) -> None:
        wrong = [type(item).__name__ for item in frozen if not isinstance(item, PARTS)]
        if wrong or not frozen:
            raise tell(DtypeError, "hook-freeze", got=", ".join(wrong) or "()")
        self.frozen = frozen

    def __call__(self, parameters: list[Parameter]) -> None:
        """Clear the gradients of the frozen ones among `parameters`."""
        frozen = {id(parameter) for _, parameter in walk(self.frozen, Parameter)}
        for parameter in parameters:
            if id(parameter) in frozen:
                parameter.cleargrad()
