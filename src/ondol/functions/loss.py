"""Losses of numbers, and what all losses share.

None of them broadcasts its operands: a shape that differs is an error. Those with a
`reduction` give their mean by default, "sum", or with "none" each loss by itself.
"""

from __future__ import annotations

from math import log as ln
from math import pi
from typing import Any

import numpy as np

from ..arrays import is_array, primitive
from ..core.graph import Variable, apply, as_operand, lift
from ..errors import ArgumentError, OndolError, ShapeError, retell, tell
from . import reduce
from .activation import real
from .checks import at_least_0, broadcasts, check_same_shape, positive
from .compare import clip, where
from .math import absolute, exp, log
from .register import rule

__all__ = [
    "gaussian_nll_loss",
    "huber_loss",
    "mean_absolute_error",
    "mean_squared_error",
    "poisson_nll_loss",
    "smooth_l1_loss",
]


# -- what losses share ----------------------------------------------------------------


def pair(name: str, x: Any, t: Any) -> tuple[Variable, Variable]:
    """Predictions and targets of one shape, as real numbers."""
    x, t = lift(real(x)), lift(as_operand(t))
    try:
        check_same_shape(x, t)
        return x, t if t.dtype.kind == "f" else real(t).astype(x.dtype)
    except OndolError as error:
        retell(error, name, (x, t))
        raise


def reduced(name: str, losses: Variable, reduction: str) -> Variable:
    """The mean or the sum of losses, or with "none" themselves."""
    check_reduction(name, reduction)
    if reduction == "none":
        return losses
    if reduction == "sum":
        return reduce.sum(losses)
    if not losses.size:
        raise no_mean(name, losses)
    return reduce.mean(losses)


def no_mean(name: str, losses: Any) -> ArgumentError:
    """For a mean of an empty array, which is no number."""
    return tell(ArgumentError, "loss-empty", {"losses": losses}, name=name)


def check_reduction(name: str, reduction: Any) -> None:
    """Refuse what is no reduction."""
    if not isinstance(reduction, str) or reduction not in ("mean", "sum", "none"):
        raise tell(ArgumentError, "loss-reduction", name=name, got=reduction)


def weighted(name: str, losses: Variable, weight: Any) -> Variable:
    """Losses times weights that broadcast to their shape."""
    if weight is None:
        return losses
    weight = as_operand(weight)
    if not broadcasts(weight.shape, losses.shape):
        raise tell(
            ShapeError, "loss-weights", {"losses": losses, "weight": weight}, name=name
        )
    return losses * weight


def check_between(name: str, x: Any, low: float, high: float, code: str) -> None:
    """Refuse an array with elements outside of what they can mean."""
    data = getattr(x, "data", x) if isinstance(x, Variable) else x
    if is_array(data) and data.size and not low <= data.min() <= data.max() <= high:
        raise tell(ArgumentError, code, [x], name=name, low=low, high=high)


# -- numbers --------------------------------------------------------------------------


def _difference(x: Any, t: Any) -> Any:
    """Predictions less targets, as real numbers of the predictions' dtype."""
    x, t = real(x), as_operand(t)
    return x - (t if t.dtype.kind == "f" else real(t).astype(x.dtype))


def _mean_squared_error_grad(g: Any, y: Any, x: Any, t: Any) -> Any:
    difference = _difference(x, t)
    return g * difference * (2 / max(difference.size, 1))


@primitive
def _mean_squared_error(x: Any, t: Any) -> Any:
    check_same_shape(as_operand(x), as_operand(t))
    difference = _difference(x, t)
    if not difference.size:
        raise no_mean("mean_squared_error", x)
    return np.mean(difference * difference)


rule(
    _mean_squared_error,
    _mean_squared_error_grad,
    lambda g, y, x, t: -_mean_squared_error_grad(g, y, x, t),
)


def mean_squared_error(x: Any, t: Any, reduction: str = "mean") -> Variable:
    """The mean of ``(x - t)**2`` over all elements (book step 42).

    Args:
        x: predictions.
        t: targets, of the same shape.
        reduction: "mean", "sum" or "none".

    Returns:
        A scalar; with "none" the shape of `x`.

    Raises:
        ShapeError: the shapes differ.
    """
    if reduction == "mean":
        return apply(_mean_squared_error, (x, t))
    x, t = pair("mean_squared_error", x, t)
    difference = x - t
    return reduced("mean_squared_error", difference * difference, reduction)


def mean_absolute_error(x: Any, t: Any, reduction: str = "mean") -> Variable:
    """The mean of ``abs(x - t)``, the L1 loss; where they are equal its gradient is 0.

    Args:
        x: predictions.
        t: targets, of the same shape.
        reduction: "mean", "sum" or "none".
    """
    x, t = pair("mean_absolute_error", x, t)
    return reduced("mean_absolute_error", absolute(x - t), reduction)


def huber_loss(x: Any, t: Any, delta: float = 1.0, reduction: str = "mean") -> Variable:
    """Half the square of a difference up to `delta`, then a straight line (Huber 1964).

    Args:
        x: predictions.
        t: targets, of the same shape.
        delta: positive; a difference d beyond it costs `delta` times
            ``abs(d) - delta / 2``.
        reduction: "mean", "sum" or "none".
    """
    positive("huber_loss: delta", delta)
    x, t = pair("huber_loss", x, t)
    return reduced("huber_loss", _huber(x - t, delta), reduction)


def _huber(difference: Variable, delta: float) -> Variable:
    """In one formula for both sides, which squares nothing large."""
    near = clip(difference, -delta, delta)
    return near * (difference - near / 2)


def smooth_l1_loss(
    x: Any, t: Any, beta: float = 1.0, reduction: str = "mean"
) -> Variable:
    """`huber_loss` over `beta`: an absolute error that is smooth around 0.

    Girshick, "Fast R-CNN" (2015).

    Args:
        x: predictions.
        t: targets, of the same shape.
        beta: positive; a difference d up to it costs ``d**2 / (2 * beta)``, beyond it
            ``abs(d) - beta / 2``.
        reduction: "mean", "sum" or "none".
    """
    positive("smooth_l1_loss: beta", beta)
    x, t = pair("smooth_l1_loss", x, t)
    return reduced("smooth_l1_loss", _huber(x - t, beta) / beta, reduction)


def poisson_nll_loss(
    x: Any,
    t: Any,
    log_input: bool = True,
    full: bool = False,
    eps: float = 1e-8,
    reduction: str = "mean",
) -> Variable:
    """Minus the logarithm of the Poisson probability of the counts `t`.

    Args:
        x: the logarithm of the expected counts; the counts if not `log_input`.
        t: counts, of the same shape.
        log_input: what `x` is.
        full: add ``log(t!)``, by Stirling's formula for counts above 1.
        eps: added to counts before their logarithm is taken.
        reduction: "mean", "sum" or "none".

    Raises:
        ArgumentError: expected counts below 0.
    """
    x, t = pair("poisson_nll_loss", x, t)
    if log_input:
        losses = exp(x) - t * x
    else:
        check_between("poisson_nll_loss", x, 0, np.inf, "poisson-counts")
        losses = x - t * log(x + eps)
    if full:
        many = where(t > 1, t, 1)
        stirling = many * log(many) - many + 0.5 * log(2 * pi * many)
        losses = losses + where(t > 1, stirling, 0)
    return reduced("poisson_nll_loss", losses, reduction)


def gaussian_nll_loss(
    x: Any,
    t: Any,
    var: Any,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Variable:
    """Minus the logarithm of the normal density of `t` (Nix, Weigend 1994).

    Args:
        x: means.
        t: targets, of the same shape.
        var: variances, of the same shape.
        full: add the constant ``log(2 * pi) / 2``.
        eps: a variance below it counts as this, and gets no gradient.
        reduction: "mean", "sum" or "none".

    Raises:
        ArgumentError: a variance below 0.
    """
    at_least_0("gaussian_nll_loss: eps", eps)
    x, t = pair("gaussian_nll_loss", x, t)
    x, var = pair("gaussian_nll_loss", x, var)
    check_between("gaussian_nll_loss", var, 0, np.inf, "gaussian-variances")
    var = clip(var, max(eps, float(np.finfo(var.dtype).tiny)))
    difference = x - t
    losses = 0.5 * (log(var) + difference * difference / var)
    losses = losses + 0.5 * ln(2 * pi) if full else losses
    return reduced("gaussian_nll_loss", losses, reduction)
