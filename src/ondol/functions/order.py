"""Functions that put elements in order, or find their place in it.

The order is stable: elements that are equal stay as they were, and so each gets the
gradient of its own place. NaN comes last, or first in falling order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.graph import Variable, apply, as_operand, data_of, lift
from ..errors import ArgumentError, tell
from .checks import axis_of
from .indexing import take_along_axis
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
constant(np.digitize)
constant(np.lexsort)
constant(np.searchsorted)
unique = constant(np.unique)


def _order(x: Any, axis: int, descending: bool) -> Any:
    """The stable order of a plain array."""
    if not descending:
        return np.argsort(x, axis=axis, kind="stable")
    backwards = np.argsort(np.flip(x, axis), axis=axis, kind="stable")
    return x.shape[axis] - 1 - np.flip(backwards, axis)


def _one_axis(name: str, a: Any, axis: Any) -> tuple[Variable, int]:
    """`a` and its axis, counted from the front; None flattens it."""
    a, axis = (ravel(lift(a)), 0) if axis is None else (lift(a), axis)
    return a, axis_of(name, a, axis)


def _check_kind(name: str, kind: Any) -> None:
    if kind not in (None, "quicksort", "mergesort", "heapsort", "stable"):
        raise tell(ArgumentError, "sort-kind", name=name, got=kind)


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
        kind: one of NumPy's, accepted for its sake; the order is always stable.
        stable: likewise.
        descending: the largest first, which NumPy does not have.
    """
    _check_kind("sort", kind)
    a, axis = _one_axis("sort", a, axis)
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
    _check_kind("argsort", kind)
    a, axis = _one_axis("argsort", a, axis)
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
    x = lift(x)
    axis = axis_of("topk", x, axis)
    if not isinstance(k, int | np.integer) or not 0 <= k <= x.shape[axis]:
        raise tell(ArgumentError, "topk-count", {"x": x}, most=x.shape[axis], got=k)
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
    a, axis = _one_axis("partition", a, axis)
    return take_along_axis(a, argpartition(a, kth, axis=axis).data, axis)


@composite(np.searchsorted)
def searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> Variable:
    """Where to put each element of `v` into `a` to keep that in order.

    Args:
        a: ``(n,)``, in rising order.
        v: any shape.
        side: before ("left") or behind ("right") those that are equal.
        sorter: positions that bring `a` in order, if it is not.

    Returns:
        Positions from 0 to n, as `v`.
    """
    a, v = lift(as_operand(a)), lift(as_operand(v))
    return apply(np.searchsorted, (a, v), {"side": side, "sorter": data_of(sorter)})


@composite(np.digitize)
def digitize(x: Any, bins: Any, right: bool = False) -> Variable:
    """In which of the `bins` between rising or falling edges each element lies.

    Args:
        x: any shape.
        bins: the edges, ``(n,)``.
        right: does an edge belong to the bin before it?

    Returns:
        As `x`: 0 before the first edge, n behind the last.
    """
    x, bins = lift(as_operand(x)), lift(as_operand(bins))
    return apply(np.digitize, (x, bins), {"right": right})


@composite(np.lexsort)
def lexsort(keys: Any, axis: int = -1) -> Variable:
    """The order by several keys, of which the last counts most.

    Args:
        keys: ``(keys, ...)``, or as many arrays of one shape.
        axis: the axis to sort along.
    """
    return apply(np.lexsort, (lift(as_operand(keys)),), {"axis": axis})
