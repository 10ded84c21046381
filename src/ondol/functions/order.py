"""Functions that put elements in order, or find their place in it.

The order is stable: elements that are equal stay as they were, and so each gets the
gradient of its own place. NaN comes last, or first in falling order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.graph import Variable, lift
from ..errors import ArgumentError, operands
from .indexing import take_along_axis
from .reduce import axes_of
from .register import composite, constant
from .shape import ravel

__all__ = [
    "argpartition",
    "argsort",
    "digitize",
    "lexsort",
    "partition",
    "searchsorted",
    "sort",
    "topk",
    "unique",
]

argpartition = constant(np.argpartition)
digitize = constant(np.digitize)
lexsort = constant(np.lexsort)
searchsorted = constant(np.searchsorted)
unique = constant(np.unique)


def _order(x: Any, axis: int, descending: bool) -> Any:
    """The stable order of a plain array."""
    if not descending:
        return np.argsort(x, axis=axis, kind="stable")
    backwards = np.argsort(np.flip(x, axis), axis=axis, kind="stable")
    return x.shape[axis] - 1 - np.flip(backwards, axis)


def _one_axis(a: Any, axis: int | None) -> tuple[Variable, int]:
    """`a` and its axis, counted from the front; None flattens it."""
    a, axis = (ravel(lift(a)), 0) if axis is None else (lift(a), axis)
    return a, axes_of(axis, a.ndim)[0]


@composite(np.sort)
def sort(
    a: Any,
    axis: int | None = -1,
    kind: str | None = None,
    *,
    stable: bool | None = None,
    descending: bool = False,
) -> Variable:
    """The elements in rising order along `axis`.

    Args:
        a: any shape with one or more axes.
        axis: the axis to sort along; None sorts the flattened array.
        kind: accepted for NumPy's sake; the order is always stable.
        stable: likewise.
        descending: the largest first, which NumPy does not have.
    """
    a, axis = _one_axis(a, axis)
    return take_along_axis(a, _order(a.data, axis, descending), axis)


@composite(np.argsort)
def argsort(
    a: Any,
    axis: int | None = -1,
    kind: str | None = None,
    *,
    stable: bool | None = None,
    descending: bool = False,
) -> Variable:
    """The positions of the elements in rising order; arguments as of `sort`."""
    a, axis = _one_axis(a, axis)
    return lift(_order(a.data, axis, descending))


def topk(
    x: Any, k: int, axis: int = -1, largest: bool = True
) -> tuple[Variable, Variable]:
    """The `k` largest elements along `axis`, the largest first, and their positions.

    Of equal elements those that come first are taken.

    Args:
        x: any shape with one or more axes.
        k: how many, at most as many as there are.
        axis: the axis to choose along.
        largest: False for the smallest, the smallest first.

    Returns:
        The elements, and int64 positions along `axis`, both with `k` along `axis`.

    Raises:
        ArgumentError: there are less than `k` elements, or there is no such axis.
    """
    x, axis = _one_axis(x, axis)
    if not 0 <= k <= x.shape[axis]:
        raise ArgumentError(
            f"topk: expected k from 0 to {x.shape[axis]}, got {k}{operands((x,))}"
        )
    first = (*(slice(None),) * axis, slice(k))
    order = _order(x.data, axis, largest)[first]
    return take_along_axis(x, order, axis), lift(order)


@composite(np.partition)
def partition(a: Any, kth: Any, axis: int | None = -1) -> Variable:
    """The elements, with the `kth` in the place that sorting would give it.

    What is before it is not larger, what is behind it not smaller; of equal elements it
    is not said which gets which place, and its gradient.

    Args:
        a: any shape with one or more axes.
        kth: one or several positions, counted from 0.
        axis: the axis to order along; None orders the flattened array.
    """
    a, axis = _one_axis(a, axis)
    return take_along_axis(a, argpartition(a, kth, axis=axis).data, axis)
