"""Hooks: what is done to the gradients between ``backward`` and the update."""

from __future__ import annotations

from typing import Any

import numpy as np

from ondol.core import Parameter
from ondol.errors import DtypeError, tell
from ondol.tree import walk

from .hyper import non_negative, positive
from .optimizer import PARTS, Array, gradient


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

    Attributes:
        norm: that of the gradients of the last update before they were scaled, a 0-d
            float64 array; NaN before the first.
    """

    max_norm: float = positive()

    def __init__(self, max_norm: float) -> None:
        self.max_norm = max_norm
        self.norm: Array = np.array(np.nan)

    def __call__(self, parameters: list[Parameter]) -> None:
        """Give each parameter a new, scaled gradient of the same dtype."""
        grads = [gradient(parameter) for parameter in parameters]
        # In float64: the square of a large float16 or float32 overflows to infinity.
        wide = (grad.astype(np.float64, copy=False) for grad in grads)
        norm = np.sqrt(sum(np.sum(np.square(grad)) for grad in wide))
        self.norm = np.asarray(norm, like=grads[0])
        # Not an `if`, so that a compiler can trace it.
        factor = np.minimum(1.0, self.max_norm / (norm + 1e-6))
        for parameter, grad in zip(parameters, grads, strict=True):
            set_gradient(parameter, grad * factor.astype(grad.dtype))


class ClipValue:
    """Bring every element of the gradients into ``[-max_value, max_value]``.

    The direction of the step changes; `ClipGrad` keeps it. A NaN stays.

    Args:
        max_value: the largest size of an element, in (0, inf).
    """

    max_value: float = positive()

    def __init__(self, max_value: float) -> None:
        self.max_value = max_value

    def __call__(self, parameters: list[Parameter]) -> None:
        """Give each parameter a new gradient of the same dtype."""
        for parameter in parameters:
            grad = gradient(parameter)
            set_gradient(parameter, np.clip(grad, -self.max_value, self.max_value))


class AdaptiveClip:
    """Keep gradients small beside the weights that they change (Brock et al. 2021).

    Each unit, that is the weights that make one feature, is scaled so that the norm of
    its gradient is at most `ratio` times the norm of its weights. Units lie along the
    last axis of matrices, ``(inputs, outputs)``, and along the first of the kernels of
    convolutions, ``(outputs, inputs, ...)``; a bias is one unit. A NaN stays within
    its unit.

    Args:
        ratio: the largest ratio of the norms, in (0, inf).
        eps: the smallest norm that weights count with, so that those that are 0 can be
            trained; in (0, inf).
    """

    ratio: float = positive()
    eps: float = positive()

    def __init__(self, ratio: float = 0.01, eps: float = 1e-3) -> None:
        self.ratio = ratio
        self.eps = eps

    def __call__(self, parameters: list[Parameter]) -> None:
        """Give each parameter a new gradient of the same dtype."""
        for parameter in parameters:
            grad = gradient(parameter)
            largest = self.ratio * np.maximum(unit_norm(parameter.data), self.eps)
            factor = np.minimum(1.0, largest / np.maximum(unit_norm(grad), 1e-6))
            set_gradient(parameter, grad * factor.astype(grad.dtype))


def unit_norm(array: Array) -> Array:
    """The L2 norm of each unit in float64, in a shape that broadcasts to the array."""
    wide = array.astype(np.float64, copy=False)
    axes = (
        None if array.ndim < 2 else 0 if array.ndim == 2 else (*range(1, array.ndim),)
    )
    return np.sqrt(np.sum(np.square(wide), axis=axes, keepdims=True))


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
