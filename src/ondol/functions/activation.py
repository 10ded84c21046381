"""Activations, and the functions that turn scores into probabilities (book step 47)."""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sqrt
from typing import Any

import numpy as np

from ..arrays import primitive
from ..core.graph import Variable, as_operand, data_of, lift
from ..core.modes import training
from ..errors import ArgumentError, DtypeError, ShapeError, not_numbers, tell
from ..hot import hot
from ..random import generator
from . import reduce
from .checks import at_least_0, axis_of, check_flag, positive
from .compare import clip, where
from .joining import split
from .math import absolute, expm1, hypot, tanh
from .register import differentiable, rule
from .shape import reshape
from .special_values import numeric, ratio

__all__ = [
    "celu",
    "elu",
    "geglu",
    "gelu",
    "glu",
    "gumbel_softmax",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "leaky_relu",
    "log_sigmoid",
    "log_softmax",
    "maxout",
    "mish",
    "prelu",
    "reglu",
    "relu",
    "relu6",
    "rrelu",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "squareplus",
    "swiglu",
    "tanhshrink",
    "threshold",
]

# The whole numbers below log(largest float), by the size of the float in bytes.
_LARGEST_EXPONENT = {4: 88, 8: 709}

# By which selu keeps mean 0 and variance 1 (Klambauer et al. 2017, equation 14).
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def real(x: Any) -> Any:
    """Integers as real numbers: below 0 an unsigned one would wrap around."""
    x = as_operand(x)
    if x.dtype.kind == "f":
        return x
    if x.dtype.kind == "c":
        raise tell(DtypeError, "real-dtype", {"x": x})
    if x.dtype.kind not in "biu":
        raise not_numbers(x)
    return x.astype(np.float64)


@primitive
@hot
def _sigmoid(x: Any) -> Any:
    """``1 / (1 + exp(-x))``, exact at both ends: nothing overflows or rounds to 0."""
    x = as_operand(x)
    x = x if x.dtype.kind == "c" else real(x)
    if x.dtype.char == "e":  # exponentials overflow before 1 / them rounds to 0
        return _sigmoid(x.astype(np.float32)).astype(np.float16)
    return 1 / (1 + np.exp(np.minimum(-x, _reach(x))))


_sigmoid.__name__ = "sigmoid"  # other rules use it under its own name, which is taken
sigmoid = rule(_sigmoid, hot(lambda g, y, x: g * y * (1 - y)))


def _reach(x: Any) -> int:
    return _LARGEST_EXPONENT.get(x.dtype.itemsize, 709)


@differentiable(hot(lambda g, y, x: g * (y > 0)))
@hot
def relu(x: Any) -> Any:
    """``max(x, 0)``; the gradient at 0 is 0."""
    y = np.maximum(x, 0)
    return real(y) if y.dtype.kind == "c" else y  # which refuses it


def wide(x: Any) -> Any:
    """As real numbers whose differences and sums do not overflow so soon."""
    x = real(x)
    return x.astype(np.float32) if x.dtype.char == "e" else x


def narrow(y: Any, x: Any) -> Any:
    """A result of `wide` numbers in the dtype of those that came."""
    return y.astype(np.float16) if x.dtype.char == "e" else y


def _shifted(x: Any, axis: int) -> Any:
    """`x` moved so that its largest element along `axis` is 0."""
    x = wide(x)
    return x - np.max(x, axis=axis, keepdims=True) if x.size else x * 1


@differentiable(
    hot(lambda g, y, x, axis=-1: y * (g - np.sum(g * y, axis=axis, keepdims=True)))
)
@hot
def softmax(x: Any, axis: int = -1) -> Any:
    """``exp(x) / sum(exp(x))`` over `axis`."""
    x = as_operand(x)
    e = np.exp(_shifted(x, axis))
    return narrow(e / np.sum(e, axis=axis, keepdims=True), x)


@differentiable(
    hot(lambda g, y, x, axis=-1: g - np.exp(y) * np.sum(g, axis=axis, keepdims=True))
)
@hot
def log_softmax(x: Any, axis: int = -1) -> Any:
    """The logarithm of softmax, exact where softmax itself would be 0."""
    x = as_operand(x)
    y = _shifted(x, axis)
    y = y - np.log(np.sum(np.exp(y), axis=axis, keepdims=True)) if y.size else y
    return narrow(y, x)


def leaky_relu(x: Any, slope: Any = 0.2) -> Variable:
    """`x` where it is positive, ``slope * x`` elsewhere, the gradient at 0 too."""
    x = lift(real(x))
    return where(x > 0, x, x * slope)


def prelu(x: Any, slope: Any) -> Variable:
    """A leaky relu whose slopes are trained (He, Zhang, Ren, Sun 2015).

    Args:
        x: ``(N, C, ...)``, or any shape if there is one slope.
        slope: one for all, of shape ``()`` or ``(1,)``; or one a channel, ``(C,)``. At
            0 the gradient is the slope.

    Raises:
        ShapeError: a number of slopes that is neither.
    """
    x, slope = lift(real(x)), as_operand(slope)
    if slope.size == 1:
        slope = reshape(slope, ())
    elif slope.ndim == 1 and x.shape[1:2] == slope.shape:
        slope = reshape(slope, (-1, *(1,) * (x.ndim - 2)))
    else:
        raise tell(ShapeError, "prelu-slopes", {"x": x, "slope": slope})
    return leaky_relu(x, slope)


def rrelu(x: Any, low: float = 1 / 8, high: float = 1 / 3) -> Variable:
    """A leaky relu of random slopes (Xu, Wang, Chen, Li 2015).

    While training each element draws its slope evenly between `low` and `high`; in test
    mode the slope is their mean.
    """
    if at_least_0("rrelu: low", low) > at_least_0("rrelu: high", high):
        raise tell(ArgumentError, "rrelu-range", low=low, high=high)
    x = lift(real(x))
    if not training.get():
        return leaky_relu(x, (low + high) / 2)
    drawn = np.asarray(generator.uniform(x.shape, x.dtype), like=x.data)
    return leaky_relu(x, low + (high - low) * drawn)


def hardtanh(x: Any, low: float = -1.0, high: float = 1.0) -> Variable:
    """`x` kept between `low` and `high`; at and beyond them its gradient is 0."""
    if not low < high:
        raise tell(ArgumentError, "hardtanh-range", low=low, high=high)
    x = lift(real(x))
    return where(x <= low, low, where(x >= high, high, x))


def relu6(x: Any) -> Variable:
    """``min(max(x, 0), 6)`` (Krizhevsky 2010); the gradient at 0 and at 6 is 0."""
    return hardtanh(x, 0.0, 6.0)


def hardsigmoid(x: Any) -> Variable:
    """``x / 6 + 1 / 2`` kept between 0 and 1; the gradient at -3 and 3 is 0.

    Howard et al., "Searching for MobileNetV3" (2019).
    """
    return hardtanh(x, -3.0, 3.0) / 6 + 0.5


def hardswish(x: Any) -> Variable:
    """``x * hardsigmoid(x)``; the gradient at -3 is 0, at 3 it is 1.

    Howard et al., "Searching for MobileNetV3" (2019).
    """
    x = lift(real(x))
    return where(x <= -3, 0.0, x) * hardsigmoid(x)


def hardshrink(x: Any, bound: float = 0.5) -> Variable:
    """`x` where ``abs(x) > bound``, 0 elsewhere, which is also its gradient there."""
    at_least_0("hardshrink: bound", bound)
    x = lift(real(x))
    return where(absolute(x) <= bound, 0.0, x)


def softshrink(x: Any, bound: float = 0.5) -> Variable:
    """`x` moved towards 0 by `bound`; 0, and without gradient, up to that size."""
    at_least_0("softshrink: bound", bound)
    x = lift(real(x))
    return x - clip(x, -bound, bound)


def tanhshrink(x: Any) -> Variable:
    """``x - tanh(x)``."""
    x = lift(real(x))
    return x - tanh(x)


def threshold(x: Any, threshold: float, value: float) -> Variable:
    """`x` where it is above `threshold`; `value` elsewhere, with a gradient of 0."""
    x = lift(real(x))
    return where(x <= threshold, value, x)


@differentiable(lambda g, y, x: g / (1 + np.abs(x)) / (1 + np.abs(x)))
def softsign(x: Any) -> Any:
    """``x / (1 + abs(x))``."""
    x = real(x)
    top = np.finfo(x.dtype).max  # infinity would divide itself
    x = np.clip(x, -top, top)
    return x / (1 + np.abs(x))


@differentiable(lambda g, y, x: -g * np.expm1(-y))  # g * sigmoid(x), said by y
def softplus(x: Any) -> Any:
    """``log(1 + exp(x))``, a smooth relu."""
    x = real(x)
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def log_sigmoid(x: Any) -> Variable:
    """The logarithm of sigmoid, exact where sigmoid itself would be 0."""
    return -softplus(-lift(real(x)))


def squareplus(x: Any, b: float = 4.0) -> Variable:
    """``(x + sqrt(x**2 + b)) / 2``, a smooth relu without exponentials (Barron 2021).

    Computed as relu plus what the root adds to it, which loses no digits below 0.
    """
    positive("squareplus: b", b)
    x = lift(real(x))
    size = where(x > 0, x, -x)
    size = clip(size, max=float(np.finfo(x.dtype).max) / 4)
    return relu(x) + (b / 2) / (hypot(size, sqrt(b)) + size)


def elu(x: Any, alpha: float = 1.0) -> Variable:
    """`x` where it is positive, ``alpha * (exp(x) - 1)`` elsewhere (Clevert 2015)."""
    x = lift(real(x))
    return where(x > 0, x, alpha * expm1(where(x > 0, 0, x)))


def celu(x: Any, alpha: float = 1.0) -> Variable:
    """An elu that is smooth for every `alpha` (Barron 2017).

    `x` where it is positive, ``alpha * (exp(x / alpha) - 1)`` elsewhere.
    """
    positive("celu: alpha", alpha)
    x = lift(real(x))
    return where(x > 0, x, alpha * expm1(where(x > 0, 0, x) / alpha))


def selu(x: Any) -> Variable:
    """An elu whose scale keeps mean 0 and variance 1 over many layers.

    Klambauer et al., "Self-Normalizing Neural Networks" (2017); use it with weights of
    `lecun_normal` and with `alpha_dropout`. The gradient at 0 is scale * alpha.
    """
    return SELU_SCALE * elu(x, SELU_ALPHA)


# -- x times something from 0 to 1 ----------------------------------------------------


def _weighted(x: Any, reach: float, weight: Callable[[Any], Any]) -> Variable:
    """``x * weight(x)`` for a weight that is 0 below -reach and 1 above it.

    There the factors are kept apart from infinity, times which 0 is no number.
    """
    inner = clip(x, -reach, reach)
    return where(absolute(x) <= reach, inner * weight(inner), relu(x))


@hot
def _silu_grad(g: Any, y: Any, x: Any) -> Any:
    s = _sigmoid(x)
    return g * (s + np.minimum(y, 40) * (1 - s))  # from 40 on 1 - s is 0


@differentiable(_silu_grad)
@numeric
@hot
def silu(x: Any) -> Any:
    """``x * sigmoid(x)`` (Elfwing, Uchibe, Doya 2017; also called swish)."""
    x = np.maximum(x, -750)  # which is over infinity already
    return x / (1 + np.exp(-x))


def mish(x: Any) -> Variable:
    """``x * tanh(softplus(x))`` (Misra 2019)."""
    x = lift(real(x))
    return _weighted(x, _reach(x), lambda x: tanh(softplus(x)))


def gelu(x: Any, approximate: bool = False) -> Variable:
    """`x` times the normal distribution function of x (Hendrycks, Gimpel 2016).

    Args:
        x: any shape.
        approximate: use the paper's tanh formula, within 5e-4 of the exact one.

    Raises:
        ArgumentError: `approximate` is neither True nor False.
    """
    check_flag("gelu approximate", approximate)  # elsewhere it is "tanh" or "none"
    return _gelu_by_tanh(x) if approximate else _exact_gelu(x)


# For a of 0 or more the normal distribution has exp(-a**2 / 2) * _tail(a) beyond a. Our
# own fits, of `mpmath` in 60 digits: within 6e-17 up to 40, 6e-9 up to 14; the highest
# power first. All are positive, so that no digits cancel.
_TAIL = (
    (1.3964663700307694e-6, 3.7495614153111064e-5, 4.930734840886569e-4,
     4.107666257336767e-3, 2.3708770772581635e-2, 9.798177996376586e-2,
     2.8996146623679575e-1, 5.949260630970549e-1, 7.754807167082634e-1, 0.5),
    (3.5004220876998616e-6, 9.398756660886663e-5, 1.2394523589617846e-3,
     1.0390379939411535e-2, 6.065802667409838e-2, 2.557123060284617e-1,
     7.838180218515095e-1, 1.7172056185213205, 2.563960080685751, 2.3488459942193813,
     1.0),
)  # fmt: skip
_TAIL_OF_FLOAT32 = (
    (4.07747597545796e-3, 4.0371684279770774e-2, 1.8245930428494972e-1,
     4.372475869271905e-1, 5.000000027572461e-1),
    (1.0220587798651438e-2, 1.0120361606442257e-1, 4.67422417235238e-1,
     1.1992803759263486, 1.6723801290451201, 1.0),
)  # fmt: skip


def _tail(a: Any) -> Any:
    return ratio(a, _TAIL_OF_FLOAT32 if a.dtype == np.float32 else _TAIL)


def _bell(x: Any) -> Any:
    return np.exp(-0.5 * (x * x))


def _gelu_slope_grad(g: Any, y: Any, x: Any) -> Any:
    x = np.clip(x, -40, 40)
    return g * (2 - x * x) * (_bell(x) / sqrt(2 * pi))


def _distance(x: Any) -> Any:
    """How far from 0; beyond 40 all is 0 or 1, and infinity times 0 no number."""
    return np.minimum(np.abs(x), 40)


@numeric
@hot
def _gelu_slope(x: Any) -> Any:
    a = _distance(x)
    bell = _bell(a)
    left = bell * _tail(a) - a * bell / sqrt(2 * pi)  # at -a; the rest up to 1 at a
    return np.where(x > 0, 1 - left, left)


@numeric
@hot
def _gelu(x: Any) -> Any:
    """As relu less what the tail takes away, which is exact on both sides."""
    a = _distance(x)
    return np.maximum(x, 0) - a * _bell(a) * _tail(a)


rule(_gelu_slope, _gelu_slope_grad)
_exact_gelu = rule(_gelu, hot(lambda g, y, x: g * _gelu_slope(x)))

# The formula ``(1 + tanh(u / 2)) / 2``, which is sigmoid(u), with u of:
_LINEAR, _CUBIC = 2 * sqrt(2 / pi), 2 * sqrt(2 / pi) * 0.044715


@hot
def _gelu_by_tanh_grad(g: Any, y: Any, x: Any) -> Any:
    x = np.clip(x, -20, 20)
    square = x * x
    s = _sigmoid(x * (_LINEAR + _CUBIC * square))
    return g * (s + s * (1 - s) * x * (_LINEAR + 3 * _CUBIC * square))


@differentiable(_gelu_by_tanh_grad)
@numeric
@hot
def _gelu_by_tanh(x: Any) -> Any:
    x = np.maximum(x, -20)  # where the weight is 0 already
    inner = np.minimum(x, 20)
    return x / (1 + np.exp(-inner * (_LINEAR + _CUBIC * (inner * inner))))


# -- functions that take their input apart --------------------------------------------


def _gated(name: str, x: Any, axis: int, gate: Callable[[Any], Any]) -> Variable:
    """The first half of `x` times the gate's value of the second."""
    x = lift(real(x))
    axis = axis_of(name, x, axis)
    if x.shape[axis] % 2:
        raise tell(ShapeError, "gate-halves", {"x": x}, name=name, axis=axis)
    a, b = split(x, 2, axis)
    return a * gate(b)


def glu(x: Any, axis: int = -1) -> Variable:
    """The gated linear unit: ``a * sigmoid(b)`` of the halves of `x` along `axis`.

    Dauphin, Fan, Auli, Grangier 2017. Its relatives put another gate in the place of
    sigmoid (Shazeer 2020): `reglu`, `geglu`, `swiglu`.

    Args:
        x: of an even length along `axis`; `a` is its first half, `b` the second.
        axis: what is cut in two.

    Raises:
        ShapeError: the length along `axis` is odd.
    """
    return _gated("glu", x, axis, sigmoid)


def reglu(x: Any, axis: int = -1) -> Variable:
    """``a * relu(b)`` of the halves of `x` along `axis`; see `glu`."""
    return _gated("reglu", x, axis, relu)


def geglu(x: Any, axis: int = -1) -> Variable:
    """``a * gelu(b)`` of the halves of `x` along `axis`; see `glu`."""
    return _gated("geglu", x, axis, gelu)


def swiglu(x: Any, axis: int = -1) -> Variable:
    """``a * silu(b)`` of the halves of `x` along `axis`; see `glu`."""
    return _gated("swiglu", x, axis, silu)


def maxout(x: Any, pieces: int, axis: int = -1) -> Variable:
    """The largest of each `pieces` neighbours along `axis` (Goodfellow et al. 2013).

    Args:
        x: its length along `axis` is a multiple of `pieces`.
        pieces: how many are compared; those that tie share the gradient.
        axis: along which they are neighbours.

    Raises:
        ShapeError: the length along `axis` is no multiple of `pieces`.
    """
    x = lift(real(x))
    axis = axis_of("maxout", x, axis)
    if positive("maxout: pieces", pieces) != int(pieces) or x.shape[axis] % pieces:
        raise tell(ShapeError, "maxout-pieces", {"x": x}, axis=axis, pieces=pieces)
    groups = x.shape[axis] // pieces, pieces
    x = reshape(x, (*x.shape[:axis], *groups, *x.shape[axis + 1 :]))
    return reduce.max(x, axis=axis + 1)


def softmin(x: Any, axis: int = -1) -> Variable:
    """``exp(-x) / sum(exp(-x))`` over `axis`: the smallest gets the most."""
    return softmax(-lift(real(x)), axis)


def gumbel_softmax(
    x: Any, temperature: float = 1.0, hard: bool = False, axis: int = -1
) -> Variable:
    """A random choice by the scores `x` that has a gradient: a soft one-hot vector.

    Jang, Gu, Poole 2017; Maddison, Mnih, Teh 2017.

    Args:
        x: scores before any softmax (logarithms of unnormalised probabilities).
        temperature: positive; the lower, the nearer to one-hot.
        hard: give the one-hot vector itself, with the gradient of the soft one.
        axis: of the classes.
    """
    positive("gumbel_softmax: temperature", temperature)
    x = lift(real(x))
    axis = axis_of("gumbel_softmax", x, axis)
    even = np.maximum(generator.uniform(x.shape, np.float64), 2.0**-54)
    noise = -np.log(-np.log(even))  # `even` is neither 0 nor 1
    y = softmax(
        (x + np.asarray(noise.astype(x.dtype), like=x.data)) / temperature, axis
    )
    if not hard:
        return y
    first = np.argmax(data_of(y), axis=axis, keepdims=True)
    places = np.arange(x.shape[axis], like=first)
    length = [-1 if i == axis else 1 for i in range(x.ndim)]
    chosen = (np.reshape(places, length) == first).astype(x.dtype)
    return chosen + (y - y.detach())
