"""Elementwise mathematics: the rule table of NumPy's universal functions.

A rule reads ``lambda g, y, *arguments``: `g` is the gradient of the result, `y` the
result. It returns the gradient of one argument; broadcasting and dtypes are undone by
the engine. Derivatives by the calculus of any textbook (book steps 9, 22, 27, 34).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .register import rule

__all__ = [
    "absolute",
    "add",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctanh",
    "cbrt",
    "cos",
    "cosh",
    "deg2rad",
    "divide",
    "exp",
    "exp2",
    "expm1",
    "fabs",
    "float_power",
    "fmod",
    "hypot",
    "log",
    "log1p",
    "log2",
    "log10",
    "multiply",
    "negative",
    "positive",
    "power",
    "rad2deg",
    "reciprocal",
    "remainder",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "subtract",
    "tan",
    "tanh",
]

LN2, LN10 = float(np.log(2)), float(np.log(10))


def _minus_one(a: Any, b: Any) -> Any:
    """The exponent of the derivative of ``a ** b``: b - 1, but 1 for ``0 ** 0``.

    For the number 0 it is 0: then the derivative is 0 at infinity and NaN too.
    """
    if isinstance(b, int | float):
        return b - 1 if b else 0
    return np.where((a == 0) & (b == 0), 1, b - 1.0)


def _with_1(x: Any) -> Any:
    """``sqrt(x * x + 1)``, where no square overflows if `x` is real."""
    return np.sqrt(x * x + 1) if x.dtype.kind == "c" else np.hypot(x, 1)


# -- arithmetic -----------------------------------------------------------------------

add = rule(np.add, lambda g, y, a, b: g, lambda g, y, a, b: g)
subtract = rule(np.subtract, lambda g, y, a, b: g, lambda g, y, a, b: -g)
multiply = rule(np.multiply, lambda g, y, a, b: g * b, lambda g, y, a, b: g * a)
divide = rule(np.true_divide, lambda g, y, a, b: g / b, lambda g, y, a, b: -g * y / b)
power, float_power = (
    rule(
        function,
        # Not np.power, which takes no short way to squares and roots.
        lambda g, y, a, b: g * b * a ** _minus_one(a, b),
        lambda g, y, a, b: g * y * np.log(np.where(a == 0, 1, a)),
    )
    for function in (np.power, np.float_power)
)
remainder = rule(
    np.remainder, lambda g, y, a, b: g, lambda g, y, a, b: -g * np.floor_divide(a, b)
)
fmod = rule(np.fmod, lambda g, y, a, b: g, lambda g, y, a, b: -g * np.trunc(a / b))
negative = rule(np.negative, lambda g, y, x: -g)
positive = rule(np.positive, lambda g, y, x: g)
absolute = rule(np.absolute, lambda g, y, x: g * np.conjugate(np.sign(x)))
fabs = rule(np.fabs, lambda g, y, x: g * np.sign(x))
reciprocal = rule(np.reciprocal, lambda g, y, x: -g * y * y)
square = rule(np.square, lambda g, y, x: g * 2 * x)
sqrt = rule(np.sqrt, lambda g, y, x: g / (2 * y))
cbrt = rule(np.cbrt, lambda g, y, x: g / (3 * y * y))
hypot = rule(
    np.hypot,
    lambda g, y, a, b: g * (a / np.where(y == 0, 1, y)),  # at the origin 0, as |x|
    lambda g, y, a, b: g * (b / np.where(y == 0, 1, y)),
)

# -- exponentials and logarithms ------------------------------------------------------

exp = rule(np.exp, lambda g, y, x: g * y)
exp2 = rule(np.exp2, lambda g, y, x: g * y * LN2)
expm1 = rule(np.expm1, lambda g, y, x: g * np.exp(x))
log = rule(np.log, lambda g, y, x: g / x)
log2 = rule(np.log2, lambda g, y, x: g / (x * LN2))
log10 = rule(np.log10, lambda g, y, x: g / (x * LN10))
log1p = rule(np.log1p, lambda g, y, x: g / (1 + x))

# -- trigonometric and hyperbolic functions -------------------------------------------

deg2rad, _ = (rule(f, lambda g, y, x: np.deg2rad(g)) for f in (np.deg2rad, np.radians))
rad2deg, _ = (rule(f, lambda g, y, x: np.rad2deg(g)) for f in (np.rad2deg, np.degrees))
sin = rule(np.sin, lambda g, y, x: g * np.cos(x))
cos = rule(np.cos, lambda g, y, x: -g * np.sin(x))
tan = rule(np.tan, lambda g, y, x: g * (1 + y * y))
arcsin = rule(np.arcsin, lambda g, y, x: g / np.sqrt(1 - x * x))
arccos = rule(np.arccos, lambda g, y, x: -g / np.sqrt(1 - x * x))
arctan = rule(np.arctan, lambda g, y, x: g / (1 + x * x))
sinh = rule(np.sinh, lambda g, y, x: g * np.cosh(x))
cosh = rule(np.cosh, lambda g, y, x: g * np.sinh(x))
tanh = rule(np.tanh, lambda g, y, x: g * (1 - y * y))
arcsinh = rule(np.arcsinh, lambda g, y, x: g / _with_1(x))
arccosh = rule(np.arccosh, lambda g, y, x: g / (np.sqrt(x - 1) * np.sqrt(x + 1)))
arctanh = rule(np.arctanh, lambda g, y, x: g / (1 - x * x))
