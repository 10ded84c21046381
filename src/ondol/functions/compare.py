"""Questions about elements, steps, and choosing: what changes by jumps.

The answer to a question carries no gradient, that of a step is 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.graph import Variable, apply
from ..errors import ArgumentError, operands
from .register import composite, constant, rule

__all__ = [
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "ceil",
    "clip",
    "equal",
    "floor",
    "floor_divide",
    "greater",
    "greater_equal",
    "invert",
    "isfinite",
    "isinf",
    "isnan",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "not_equal",
    "rint",
    "sign",
    "signbit",
    "trunc",
    "where",
]

equal = constant(np.equal)
not_equal = constant(np.not_equal)
less = constant(np.less)
less_equal = constant(np.less_equal)
greater = constant(np.greater)
greater_equal = constant(np.greater_equal)
logical_and = constant(np.logical_and)
logical_or = constant(np.logical_or)
logical_xor = constant(np.logical_xor)
logical_not = constant(np.logical_not)
bitwise_and = constant(np.bitwise_and)
bitwise_or = constant(np.bitwise_or)
bitwise_xor = constant(np.bitwise_xor)
invert = constant(np.invert)
isnan = constant(np.isnan)
isinf = constant(np.isinf)
isfinite = constant(np.isfinite)
signbit = constant(np.signbit)


def _nothing(g: Any, y: Any, *args: Any) -> Any:
    """The gradient of a step function."""
    return np.zeros_like(g)


sign = rule(np.sign, _nothing)
floor = rule(np.floor, _nothing)
ceil = rule(np.ceil, _nothing)
rint = rule(np.rint, _nothing)
trunc = rule(np.trunc, _nothing)
floor_divide = rule(np.floor_divide, _nothing, _nothing)


def _wins(g: Any, mine: Any, other: Any) -> Any:
    """The gradient of the larger of two; a tie shares it evenly."""
    return np.where(mine > other, g, np.where(mine == other, g / 2, 0))


maximum = rule(
    np.maximum, lambda g, y, a, b: _wins(g, a, b), lambda g, y, a, b: _wins(g, b, a)
)
minimum = rule(
    np.minimum, lambda g, y, a, b: _wins(g, b, a), lambda g, y, a, b: _wins(g, a, b)
)
rule(
    np.clip,
    lambda g, y, x, low, high: np.where(x == y, g, 0),
    lambda g, y, x, low, high: np.where((y == low) & (x != y), g, 0),
    lambda g, y, x, low, high: np.where((y == high) & (x != y), g, 0),
)
rule(
    np.where,
    None,
    lambda g, y, condition, a, b: np.where(condition, g, 0),
    lambda g, y, condition, a, b: np.where(condition, 0, g),
)


@composite(np.where)
def where(condition: Any, x: Any = None, y: Any = None) -> Variable:
    """`x` where the condition holds, `y` elsewhere; all three broadcast."""
    if x is None or y is None:
        raise ArgumentError(
            "where: expected (condition, x, y); for the positions where a condition "
            f"holds take np.nonzero(condition.data){operands((condition,))}"
        )
    return apply(np.where, (condition, x, y))


@composite(np.clip)
def clip(
    a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None
) -> Variable:
    """Keep the elements of `a` between two bounds; None leaves a side open.

    The gradient passes where an element was not changed, the bounds included;
    elsewhere it goes to the bound.
    """
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    return apply(np.clip, (a, low, high))
