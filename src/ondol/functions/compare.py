"""Questions about elements, steps, and choosing: what changes by jumps.

The answer to a question carries no gradient, that of a step is 0. Where operands tie
for being chosen they share the gradient evenly; a NaN that makes the result NaN gets
the gradient, as it is what was chosen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..arrays import primitive
from ..core.graph import Variable, apply, lift
from ..errors import ArgumentError, DtypeError, tell
from .checks import check_ids
from .math import remainder
from .register import composite, constant, rule

__all__ = [
    "bitwise_and",
    "bitwise_count",
    "bitwise_or",
    "bitwise_xor",
    "ceil",
    "clip",
    "divmod",
    "equal",
    "floor",
    "floor_divide",
    "fmax",
    "fmin",
    "gcd",
    "greater",
    "greater_equal",
    "heaviside",
    "invert",
    "isclose",
    "isfinite",
    "isin",
    "isinf",
    "isnan",
    "isneginf",
    "isposinf",
    "lcm",
    "left_shift",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "not_equal",
    "one_hot",
    "right_shift",
    "rint",
    "round",
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
bitwise_count = constant(np.bitwise_count)
left_shift = constant(np.left_shift)
right_shift = constant(np.right_shift)
gcd = constant(np.gcd)
lcm = constant(np.lcm)
invert = constant(np.invert)
isnan = constant(np.isnan)
isinf = constant(np.isinf)
isfinite = constant(np.isfinite)
isposinf = constant(np.isposinf)
isneginf = constant(np.isneginf)
isclose = constant(np.isclose)
constant(np.isin)
signbit = constant(np.signbit)


@composite(np.isin)
def isin(element: Any, test_elements: Any, *, invert: bool = False) -> Variable:
    """Is each of `element` among `test_elements`? With `invert`: is it not?"""
    element, among = lift(element), test_elements
    if not hasattr(among, "__array_function__"):  # it has to be where the elements are
        among = np.asarray(among, like=element.data)
    return apply(np.isin, (element, lift(among)), {"invert": invert})


@constant
@primitive
def one_hot(ids: Any, classes: int, dtype: Any = np.float32) -> Any:
    """A row for each id: 1 in the place of that id, 0 elsewhere.

    Args:
        ids: integers of any shape.
        classes: the length of a row.
        dtype: of the result.

    Returns:
        ``(*ids.shape, classes)``.

    Raises:
        DtypeError, IndexingError: an id is not a whole number from 0 to classes - 1.
    """
    if not isinstance(classes, int | np.integer):
        raise tell(DtypeError, "one-hot-classes", got=classes)
    check_ids(ids, classes)
    return np.equal(np.expand_dims(ids, -1), np.arange(classes, like=ids)).astype(dtype)


def nothing(g: Any, y: Any, *args: Any) -> Any:
    """The gradient of a step function."""
    return np.zeros_like(g)


def _turn(g: Any, y: Any, x: Any) -> Any:
    """The gradient of the sign; that of a complex number is the direction ``x / |x|``.

    Only a turn changes that, not a stretch. At 0 it is 0.
    """
    if x.dtype.kind != "c":
        return np.zeros_like(g)
    size = np.absolute(x)
    turn = g - np.conjugate(y) * np.real(g * y)
    return np.where(size == 0, 0, turn / np.where(size == 0, 1, size))


sign = rule(np.sign, _turn)
floor = rule(np.floor, nothing)
ceil = rule(np.ceil, nothing)
rint = rule(np.rint, nothing)
trunc = rule(np.trunc, nothing)
composite(np.fix)(trunc)
round = rule(np.round, lambda g, y, a, decimals=0: np.zeros_like(g))
composite(np.around)(round)
floor_divide = rule(np.floor_divide, nothing, nothing)


heaviside = rule(np.heaviside, nothing, lambda g, y, x1, x2: np.where(x1 == 0, g, 0))


@composite(np.divmod)
def divmod(x1: Any, x2: Any) -> tuple[Variable, Variable]:
    """The whole quotient, rounded down, and the remainder."""
    return floor_divide(x1, x2), remainder(x1, x2)


def _chosen(y: Any, x: Any) -> Any:
    """Is `y` the value of `x`? A NaN is the value of nothing but a NaN."""
    return (x == y) | (x != x)


def _found(y: Any, x: Any) -> Any:
    """As `_chosen`, where a NaN is chosen only if there is nothing else."""
    return (x == y) | (y != y)


def _share(g: Any, mine: Any, other: Any) -> Any:
    """The gradient of one of two operands, which share it where both were chosen."""
    return np.where(mine, np.where(other, g / 2, g), 0)


def _choice(function: Callable[..., Any], hit: Callable[..., Any]) -> Any:
    """The rule of a function that chooses one of two operands."""
    return rule(
        function,
        lambda g, y, a, b: _share(g, hit(y, a), hit(y, b)),
        lambda g, y, a, b: _share(g, hit(y, b), hit(y, a)),
    )


maximum = _choice(np.maximum, _chosen)
minimum = _choice(np.minimum, _chosen)
fmax = _choice(np.fmax, _found)
fmin = _choice(np.fmin, _found)
rule(
    np.clip,
    lambda g, y, x, low, high: np.where(_chosen(y, x), g, 0),
    lambda g, y, x, low, high: np.where(_chosen(y, low) & ~_chosen(y, x), g, 0),
    lambda g, y, x, low, high: np.where(_chosen(y, high) & ~_chosen(y, x), g, 0),
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
        raise tell(ArgumentError, "where-arguments", {"condition": condition})
    return apply(np.where, (condition, x, y))


@composite(np.clip)
def clip(
    a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None
) -> Variable:
    """Keep the elements of `a` between two bounds; None leaves a side open.

    The gradient passes where an element was not changed, the bounds included;
    elsewhere it goes to the bound.

    Args:
        a: any shape; the bounds broadcast with it.
        a_min: the lower bound, `min` for short.
        a_max: the upper bound, `max` for short; it goes before a larger lower one.
        min: another name of `a_min`.
        max: another name of `a_max`.

    Raises:
        ArgumentError: a bound was given under both of its names.
    """
    for first, second in ((a_min, min), (a_max, max)):
        if first is not None and second is not None:
            raise tell(ArgumentError, "clip-bounds", (a, first, second))
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    return apply(np.clip, (a, low, high))
