"""Selecting elements, and new arrays with some elements changed (book step 47).

``x[index]`` takes every kind of index that NumPy has; an element that is selected
twice gets both gradients. What an assignment would do to an array, ``x.at[index]``
does to a Variable: it makes a new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import getitem, setitem
from typing import Any

import numpy as np

from .. import primitives
from ..core.graph import Variable, apply, as_operand, data_of, lift
from ..errors import ArgumentError, DtypeError, IndexingError, ShapeError, tell
from .checks import axis_of, broadcasts
from .compare import where
from .joining import concatenate, stack, together
from .register import composite, constant, rule
from .shape import (
    about_data,
    along,
    astype,
    broadcast_arrays,
    broadcast_to,
    moveaxis,
    ravel,
    reshape,
    zeros_like,
)

__all__ = [
    "add_at",
    "choose",
    "compress",
    "delete",
    "extract",
    "get_item",
    "insert",
    "maximum_at",
    "minimum_at",
    "multiply_at",
    "piecewise",
    "put_along_axis",
    "select",
    "set_at",
    "take",
    "take_along_axis",
    "trim_zeros",
]

get_item = rule(getitem, lambda g, y, x, index: primitives.put(g, index, x.shape), None)
rule(primitives.put, lambda g, y, x, index, shape: g[index])
rule(
    np.take_along_axis,
    lambda g, y, arr, indices, axis: primitives.put_along_axis(
        g, indices, axis, arr.shape
    ),
)
rule(
    primitives.put_along_axis,
    lambda g, y, x, index, axis, shape: np.take_along_axis(g, index, axis),
)
rule(
    primitives.set_at,
    lambda g, y, x, index, v: primitives.set_at(g, index, 0),
    None,
    lambda g, y, x, index, v: (
        g[index]
        if primitives.selects_once(index)
        else g[index] * primitives.stays(index, g)
    ),
)
constant(primitives.stays)


def _extreme_x(g: Any, y: Any, x: Any, index: Any, v: Any) -> Any:
    """The gradient of `maximum_at` for `x`: what ties for an element shares it."""
    return np.where(_hits(x, y), _share(g, y, x, index, v), 0)


def _extreme_v(g: Any, y: Any, x: Any, index: Any, v: Any) -> Any:
    return np.where(_hits(v, y[index]), _share(g, y, x, index, v)[index], 0)


def _hits(x: Any, y: Any) -> Any:
    return (x == y) | (x != x)  # a NaN is the extreme


def _share(g: Any, y: Any, x: Any, index: Any, v: Any) -> Any:
    hits = primitives.put(_hits(v, y[index]).astype(g.dtype), index, x.shape)
    return g / np.maximum(hits + _hits(x, y), 1)


rule(primitives.maximum_at, _extreme_x, None, _extreme_v)
rule(primitives.minimum_at, _extreme_x, None, _extreme_v)

about_data(np.nonzero, np.flatnonzero, np.argwhere, np.ix_)
about_data(np.diag_indices_from, np.tril_indices_from, np.triu_indices_from)


# -- new arrays with some elements changed ---------------------------------------------


class _At:
    """What ``x.at`` is: its ``[index]`` gives the `_Update`."""

    def __init__(self, x: Any) -> None:
        self.x = x

    def __getitem__(self, index: Any) -> _Update:
        return _Update(self.x, index)


class _Update:
    """What ``x.at[index]`` is; its methods give a new Variable each.

    ``set(v)`` is what the assignment ``x[index] = v`` would make of `x`; ``add(v)``,
    ``multiply(v)``, ``min(v)`` and ``max(v)`` are `add_at`, `multiply_at`, `minimum_at`
    and `maximum_at`.
    """

    def __init__(self, x: Any, index: Any) -> None:
        self.x, self.index = x, index

    def set(self, v: Any) -> Variable:
        return set_at(self.x, self.index, v)

    def add(self, v: Any) -> Variable:
        return add_at(self.x, self.index, v)

    def multiply(self, v: Any) -> Variable:
        return multiply_at(self.x, self.index, v)

    def min(self, v: Any) -> Variable:
        return minimum_at(self.x, self.index, v)

    def max(self, v: Any) -> Variable:
        return maximum_at(self.x, self.index, v)


composite(setitem)(_At)


@composite()
def set_at(x: Any, index: Any, v: Any) -> Variable:
    """`x` with `v` at `index`: ``x.at[index].set(v)``.

    Args:
        x: any shape.
        index: whatever NumPy takes between ``[`` and ``]``.
        v: broadcasts to the shape of ``x[index]``; converted to the dtype of `x`.

    Returns:
        A new array. An element that is selected several times holds the last of its
        values, in the order of the elements of ``x[index]``; that one gets the
        gradient.

    Raises:
        IndexingError: an index outside of `x`, or no index at all.
        ShapeError: `v` does not broadcast.
        DtypeError: `v` has no place in the dtype of `x`, as real numbers in integers.
    """
    return apply(primitives.set_at, _fitted("set_at", x, index, v))


@composite()
def add_at(x: Any, index: Any, v: Any) -> Variable:
    """`x` with `v` added at `index`: ``x.at[index].add(v)``.

    An element that is selected several times gets all of its values added. Arguments
    and errors are those of `set_at`.
    """
    x, index, v = _fitted("add_at", x, index, v)
    return x + primitives.put(v, index, x.shape)


@composite()
def multiply_at(x: Any, index: Any, v: Any) -> Variable:
    """`x` multiplied by `v` at `index`: ``x.at[index].multiply(v)``.

    An element that is selected several times is multiplied by all of its values.
    Arguments and errors are those of `set_at`.
    """
    x, index, v = _fitted("multiply_at", x, index, v)
    if primitives.selects_once(index):
        return set_at(x, index, x[index] * v)
    places, row, column = primitives.groups(index, x.data)
    # One row of factors for each place. Their product needs no division in its
    # gradient, so that zeros are no special case.
    shape = places.size, column.max().item() + 1 if column.size else 1
    factors = np.prod(
        set_at(np.ones_like(v.data, shape=shape), (row, column), ravel(v)), 1
    )
    flat = ravel(x)
    return reshape(
        set_at(flat, places, flat[places] * astype(factors, x.dtype)), x.shape
    )


@composite()
def minimum_at(x: Any, index: Any, v: Any) -> Variable:
    """The smaller of `x` and `v` at `index`: ``x.at[index].min(v)``.

    See `maximum_at`.
    """
    return apply(primitives.minimum_at, _fitted("minimum_at", x, index, v))


@composite()
def maximum_at(x: Any, index: Any, v: Any) -> Variable:
    """The larger of `x` and `v` at `index`: ``x.at[index].max(v)``.

    An element that is selected several times becomes the largest of its values and
    itself; what ties for that shares the gradient evenly. Arguments and errors are
    those of `set_at`.
    """
    return apply(primitives.maximum_at, _fitted("maximum_at", x, index, v))


def _fitted(name: str, x: Any, index: Any, v: Any) -> tuple[Variable, Any, Variable]:
    """An index without Variables, and `v` as what it selects from `x` looks."""
    x, index = lift(x), _plain(index)
    shape = apply(getitem, (x.data, index)).shape
    v = _fitting(name, x, v)
    if not broadcasts(v.shape, shape):
        raise tell(ShapeError, "at-shape", {"x": x, "v": v}, name=name, expected=shape)
    return x, index, v if v.shape == shape else broadcast_to(v, shape)


def _fitting(name: str, x: Variable, v: Any) -> Variable:
    """`v` in the dtype of `x`; refused if that would change what it means."""
    try:
        if isinstance(v, bool | int | float | complex):  # these adapt, as in x + 1
            if np.can_cast(np.result_type(x.dtype, v), x.dtype, "same_kind"):
                return lift(np.asarray(v, x.dtype, like=x.data))
        else:
            v = as_operand(v)
            if np.can_cast(v.dtype, x.dtype, "same_kind"):
                return lift(v) if v.dtype == x.dtype else astype(v, x.dtype)
    except (TypeError, OverflowError):
        pass  # an object array, or a number too large
    raise tell(DtypeError, "at-dtype", {"x": x, "v": v}, name=name)


def _plain(index: Any) -> Any:
    """An index with arrays for Variables."""
    if isinstance(index, tuple):
        return tuple(map(data_of, index))
    return data_of(index)


@composite()
def put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None) -> Variable:
    """`arr` with `values` where `take_along_axis` would take them from.

    NumPy's function of this name changes `arr` itself; this one gives a new array.

    Args:
        arr: any shape.
        indices: integers, one for each value; they broadcast against `arr` along the
            other axes.
        values: broadcasts against `indices`.
        axis: None for the flattened array.
    """
    arr = lift(arr)
    flat = ravel(arr) if axis is None else arr
    place = 0 if axis is None else axis_of("put_along_axis", arr, axis)
    index = primitives.index_along_axis(_whole(indices, arr), place, flat.shape)
    return reshape(set_at(flat, index, values), arr.shape)


# -- taking ----------------------------------------------------------------------------


@composite(np.take)
def take(
    a: Any, indices: Any, axis: int | None = None, *, mode: str = "raise"
) -> Variable:
    """The elements at `indices` along `axis`, or of the flattened array.

    Args:
        a: any shape.
        indices: integers, of any shape.
        axis: None flattens `a` first.
        mode: for an index outside of the array: ``"raise"`` an error, ``"wrap"`` it
            around, or ``"clip"`` it to the first or the last.
    """
    a = lift(a)
    a, axis = (reshape(a, -1), 0) if axis is None else (a, axis_of("take", a, axis))
    indices = _in_range("take", _whole(indices, a), a.shape[axis], mode)
    return a[along(axis, indices)]


def _whole(indices: Any, x: Variable) -> Any:
    """Indices as an array; refused if they are not whole numbers."""
    indices = data_of(as_operand(indices))
    if indices.dtype == np.bool_ or not indices.size:
        return indices.astype(np.intp)
    if indices.dtype.kind not in "iu":
        raise tell(IndexingError, "index-whole", {"x": x, "indices": indices})
    return indices


def _in_range(name: str, indices: Any, n: int, mode: str) -> Any:
    """Indices into `n` elements, after the modes that NumPy has for those outside."""
    if mode not in ("raise", "wrap", "clip"):
        raise tell(ArgumentError, "index-mode", name=name, got=mode)
    if mode == "raise" or not indices.size:
        return indices
    if not n:
        raise tell(IndexingError, "take-nothing", name=name)
    return indices % n if mode == "wrap" else np.clip(indices, 0, n - 1)


@composite(np.take_along_axis)
def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Variable:
    """For each row along `axis` the elements at its own indices.

    Args:
        arr: any shape.
        indices: integers with as many axes as `arr`; against its other axes they
            broadcast.
        axis: None flattens `arr` first.
    """
    if axis is None:
        arr, axis = ravel(arr), 0
    return apply(np.take_along_axis, (lift(arr), _whole(indices, lift(arr)), axis))


@composite(np.compress)
def compress(condition: Any, a: Any, axis: int | None = None) -> Variable:
    """The elements along `axis`, or of the flattened array, where a condition holds.

    Args:
        condition: a vector, no longer than that axis.
        a: any shape.
        axis: None flattens `a` first.
    """
    condition = lift(as_operand(condition)).data
    if condition.ndim != 1:
        raise tell(ShapeError, "compress-condition", {"condition": condition, "a": a})
    return take(a, np.nonzero(condition)[0], axis)


@composite(np.extract)
def extract(condition: Any, arr: Any) -> Variable:
    """The elements of the flattened array where the flattened condition holds."""
    return take(arr, np.nonzero(np.ravel(lift(as_operand(condition)).data))[0])


@composite(np.trim_zeros)
def trim_zeros(filt: Any, trim: str = "fb") -> Variable:
    """A vector without its zeros in front (``"f"``) and at the back (``"b"``)."""
    filt = lift(filt)
    if filt.ndim != 1 or trim.lower() not in ("f", "b", "fb", "bf"):
        raise tell(ArgumentError, "trim-zeros-arguments", {"filt": filt}, trim=trim)
    places = np.nonzero(filt.data)[0]
    if not places.size:
        return filt[:0]
    start = places[0].item() if "f" in trim.lower() else 0
    return filt[start : places[-1].item() + 1 if "b" in trim.lower() else filt.size]


# -- leaving out and putting in --------------------------------------------------------


@composite(np.delete)
def delete(arr: Any, obj: Any, axis: int | None = None) -> Variable:
    """All but some of the elements along `axis`, or of the flattened array.

    Args:
        arr: any shape.
        obj: which to leave out: a position, a slice, several positions, or a mask.
        axis: None flattens `arr` first.
    """
    arr, axis = (ravel(arr), 0) if axis is None else (lift(arr), axis)
    axis = axis_of("delete", arr, axis)
    return take(arr, _positions(np.delete, arr, axis, _host(obj)), axis)


@composite(np.insert)
def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Variable:
    """`arr` with values put in before given positions along `axis`.

    Args:
        arr: any shape.
        obj: before which to put them: one position, several, a slice, or a mask. They
            count in `arr` as it was.
        values: broadcast to the slots that open.
        axis: None flattens `arr` first.
    """
    arr, axis = (ravel(arr), 0) if axis is None else (lift(arr), axis)
    axis = axis_of("insert", arr, axis)
    n, obj = arr.shape[axis], _host(obj)
    if getattr(obj, "dtype", None) == np.bool_:
        if obj.shape != (n,):
            raise tell(
                ShapeError,
                "insert-mask",
                {"arr": arr, "obj": obj},
                expected=n,
                axis=axis,
            )
        obj = np.flatnonzero(obj)
    values = lift(together([arr, values])[1])
    if values.dtype.kind == "c" and arr.dtype.kind != "c":
        raise tell(DtypeError, "insert-complex", {"arr": arr, "values": values})
    values = reshape(values, (1,) * (arr.ndim - values.ndim) + values.shape)
    several = np.arange(n)[obj].size if isinstance(obj, slice) else np.size(obj)
    if np.ndim(obj) == 0 and not isinstance(obj, slice):
        values = moveaxis(values, 0, axis)
    many = values.shape[axis] if several == 1 else several
    order = _positions(np.insert, arr, axis, obj, np.arange(n, n + many))
    shape = (*arr.shape[:axis], many, *arr.shape[axis + 1 :])
    if not broadcasts(values.shape, shape):
        raise tell(
            ShapeError, "insert-values", {"arr": arr, "values": values}, expected=shape
        )
    values = astype(broadcast_to(values, shape), arr.dtype)
    return take(concatenate([arr, values], axis), order, axis)


def _host(obj: Any) -> Any:
    """Positions in main memory, where they are worked out."""
    if isinstance(obj, slice) or type(obj) is int:
        return obj
    obj = data_of(as_operand(obj))
    whole = obj.size or obj.dtype == np.bool_
    return np.array(obj.tolist(), obj.dtype if whole else np.intp)


def _positions(function: Any, x: Variable, axis: int, *args: Any) -> Any:
    """What NumPy's `function` makes of the positions along an axis."""
    try:
        return function(np.arange(x.shape[axis]), *args)
    except IndexError as error:
        raise tell(
            IndexingError,
            "positions-range",
            {"x": x},
            name=function.__name__,
            words=error,
        ) from None
    except ValueError as error:
        raise tell(
            ShapeError, "positions-shape", {"x": x}, name=function.__name__, words=error
        ) from None


# -- choosing --------------------------------------------------------------------------


@composite(np.choose)
def choose(a: Any, choices: Any, *, mode: str = "raise") -> Variable:
    """For each element the one of the choice that `a` names there.

    Args:
        a: integers from 0 to ``len(choices) - 1``.
        choices: arrays, or an array of them; all broadcast together.
        mode: for other integers, as in `take`.
    """
    xs = together([*choices, a])
    xs = broadcast_arrays(_whole(xs[-1], lift(xs[-1])), *xs[:-1])
    ids = _in_range("choose", xs[0].data, len(xs) - 1, mode)
    if np.any((ids < 0) | (ids >= len(xs) - 1)):
        raise tell(IndexingError, "choose-range", {"a": a}, last=len(xs) - 2)
    return take_along_axis(stack(xs[1:]), ids[None], 0)[0]


@composite(np.select)
def select(
    condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0
) -> Variable:
    """For each element that of the first choice whose condition holds.

    Args:
        condlist: masks.
        choicelist: as many arrays; all broadcast together.
        default: for where none holds.
    """
    if len(condlist) != len(choicelist) or not len(condlist):
        raise tell(
            ArgumentError,
            "select-counts",
            conditions=len(condlist),
            choices=len(choicelist),
        )
    for mask in map(as_operand, condlist):
        if mask.dtype != np.bool_:
            raise tell(DtypeError, "select-masks", {"condition": mask})
    y = default
    for mask, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        y = where(mask, choice, y)
    return y


@composite(np.piecewise)
def piecewise(
    x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any
) -> Variable:
    """A function in pieces: each computes on the elements where its condition holds.

    Args:
        x: any shape.
        condlist: masks of the shape of `x`. Where several hold the last one counts.
        funclist: a function or a number for each; one more for where none holds.
        args: further arguments of these functions.
        kw: likewise.
    """
    x = lift(x)
    masks = [lift(as_operand(m)).data.astype(bool) for m in _masks(condlist, x)]
    if any(
        mask.shape != x.shape[: mask.ndim] or mask.ndim < min(x.ndim, 1)
        for mask in masks
    ):
        raise tell(ShapeError, "piecewise-conditions", (x, *masks))
    if len(funclist) == len(masks) + 1:
        masks.append(~np.any(np.stack(masks), axis=0))
    if len(funclist) != len(masks):
        raise tell(
            ArgumentError,
            "piecewise-functions",
            {"x": x},
            conditions=len(masks),
            more=len(masks) + 1,
            got=len(funclist),
        )
    y = zeros_like(x)
    for mask, piece in zip(masks, funclist, strict=True):
        v = piece(x[mask], *args, **kw) if callable(piece) else piece
        y = set_at(y, mask, v)
    return y


def _masks(condlist: Any, x: Variable) -> Sequence[Any]:
    """The conditions of `piecewise`; that of a vector may come without a list."""
    single = np.ndim(condlist) == 0 or (
        x.ndim > 0 and not isinstance(condlist[0], list) and not np.ndim(condlist[0])
    )
    return [condlist] if single else condlist
