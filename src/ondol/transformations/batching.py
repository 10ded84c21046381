"""How each function is computed for many examples at once: the table for `vmap`.

A rule reads ``rule(level, function, *arguments, **keywords)``. Arguments that are
Batched at this level have the axis of examples in front of their `value`; others are
shared. It returns the result with that axis in front, or a Batched. What has no rule
here is computed for one example after the other.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from operator import getitem
from typing import Any

import numpy as np

from .. import primitives
from ..core import Variable
from ..core.graph import as_operand, call, lift
from ..core.rules import RULES
from ..errors import (
    ArgumentError,
    ShapeError,
    UnsupportedError,
    tell,
)
from ..functions.checks import check_classes, check_ids
from ..functions.register import differentiable
from .batched import BATCHING, Batched, Level, innermost

Function = Callable[..., Any]
OURS = {function.__name__: function for function in RULES}

# -- the parts of rules ----------------------------------------------------------------


def batching(*functions: Function | str) -> Callable[[Function], Function]:
    """Decorate the rule of `functions`, ours by their names."""

    def register(rule: Function) -> Function:
        for function in functions:
            BATCHING[OURS[function] if isinstance(function, str) else function] = rule
        return rule

    return register


def at(level: Level, x: Any) -> bool:
    """Does `x` differ between the examples of this level?"""
    return isinstance(x, Batched) and x.level is level


def aligned(level: Level, x: Any, ndim: int) -> Any:
    """`x` with at least `ndim` axes behind that of the examples, to broadcast."""
    if not at(level, x):
        return x
    thin = (1,) * (ndim - x.ndim)
    return np.reshape(x.value, (level.size, *thin, *x.shape)) if thin else x.value


def full(level: Level, x: Any) -> Any:
    """`x` with the axis of examples in front, repeated if they share it."""
    if at(level, x):
        return x.value
    x = as_operand(x)
    return np.broadcast_to(x, (level.size, *x.shape))


def shifted(axis: Any, ndim: int) -> Any:
    """The axes of one example, counted in the array of all; None means each of them."""
    axes = range(ndim) if axis is None else axis
    axes = np.lib.array_utils.normalize_axis_tuple(axes, ndim)
    return tuple(i + 1 for i in axes)


def _shifted_one(axis: int, ndim: int) -> int:
    return shifted(axis, ndim)[0]


# -- elementwise -----------------------------------------------------------------------

ELEMENTWISE = (
    "erf", "erfc", "erfcx", "erfinv", "erfcinv", "ndtr", "ndtri", "log_ndtr", "gammaln",
    "gamma", "digamma", "betaln", "i1", "i0e", "i1e", "logit", "xlogy", "xlog1py",
    "entr", "rel_entr", "sigmoid", "relu", "softsign", "softplus", "polygamma",
    "gamma_moment", "silu", "_gelu", "_gelu_slope", "_gelu_by_tanh",
)  # fmt: skip


@batching(
    np.where, np.clip, np.real, np.imag, np.angle, np.isposinf, np.isneginf, np.isclose
)
@batching(np.round, np.i0, np.nan_to_num, np.sinc, *ELEMENTWISE)
def _elementwise(level: Level, function: Function, *args: Any, **kwargs: Any) -> Any:
    """Examples line up at their last axes, as NumPy's broadcasting has it."""
    ndim = max(np.ndim(x) for x in args)
    return call(function, tuple(aligned(level, x, ndim) for x in args), kwargs)


@batching("_masked_softmax", "_rotate")
def _like_first(level: Level, function: Function, x: Any, *args: Any) -> Any:
    """The others broadcast against the first argument, which has the result's shape."""
    rest = (aligned(level, other, np.ndim(x)) for other in args)
    return call(function, (full(level, x), *rest), {})


# -- along axes ------------------------------------------------------------------------


@batching(np.sum, np.mean, np.max, np.min, np.nanmax, np.nanmin)
@batching(np.any, np.all, np.count_nonzero, np.flip)
def _over_axes(
    level: Level, function: Function, x: Any, axis: Any = None, **kwargs: Any
) -> Any:
    if not x.ndim and axis in (0, -1):  # which NumPy lets through for a number
        axis = None
    return function(x.value, axis=shifted(axis, x.ndim), **kwargs)


@batching("softmax", "log_softmax")
def _along_axes(level: Level, function: Function, x: Any, axis: Any = -1) -> Any:
    return call(function, (x.value, shifted(axis, x.ndim)), {})


@batching(np.argmax, np.argmin, np.nanargmax, np.nanargmin, np.cumsum, np.cumprod)
def _along_one_or_all(
    level: Level, function: Function, x: Any, axis: Any = None, **kwargs: Any
) -> Any:
    if axis is None:
        return function(np.reshape(x.value, (level.size, x.size)), axis=1, **kwargs)
    return function(x.value, axis=_shifted_one(axis, x.ndim), **kwargs)


@batching(np.argsort, np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft)
@batching("logcumsumexp")
def _along_one(
    level: Level, function: Function, x: Any, axis: Any = -1, **kwargs: Any
) -> Any:
    kwargs["axis"] = _shifted_one(axis, x.ndim)
    return call(function, (x.value,), kwargs)


@batching("_blend")
def _along_last(
    level: Level, function: Function, x: Any, setting: Any, axis: int
) -> Any:
    return call(function, (x.value, setting, axis + 1), {})


@batching(np.roll)
def _roll(
    level: Level, function: Function, x: Any, shift: Any, axis: Any = None
) -> Any:
    if axis is None:
        flat = np.reshape(x.value, (level.size, x.size))
        return np.reshape(np.roll(flat, shift, 1), x.value.shape)
    return np.roll(x.value, shift, shifted(axis, x.ndim))


@batching(np.take_along_axis)
def _take_along_axis(
    level: Level, function: Function, x: Any, indices: Any, axis: int = -1
) -> Any:
    axis = _shifted_one(axis, np.ndim(x))
    return np.take_along_axis(full(level, x), full(level, indices), axis)


# -- shapes ----------------------------------------------------------------------------


@batching("astype", np.copy, "windows", "fold")
def _in_place(level: Level, function: Function, x: Any, *args: Any) -> Any:
    """Axes in front of those it works on make no difference to the function."""
    return call(function, (x.value, *args), {})


@batching(np.zeros_like, np.ones_like, np.empty_like)
def _like(level: Level, function: Function, x: Any, **kwargs: Any) -> Any:
    if "shape" in kwargs:
        kwargs["shape"] = (level.size, *np.broadcast_shapes(kwargs["shape"]))
    return function(x.value, **kwargs)


@batching(np.full_like)
def _full_like(
    level: Level, function: Function, x: Any, fill_value: Any, **kwargs: Any
) -> Any:
    zeros = np.zeros_like(x, **kwargs)
    filled = np.broadcast_to(lift(as_operand(fill_value)), zeros.shape)
    return full(level, filled.astype(zeros.dtype))


@batching(np.reshape)
def _reshape(
    level: Level, function: Function, x: Any, shape: Any, order: str = "C"
) -> Any:
    if order != "C":
        return _one_by_one(level, function, x, shape, order)
    return np.reshape(x.value, (level.size, *np.atleast_1d(shape).tolist()))


@batching(np.squeeze)
def _squeeze(level: Level, function: Function, x: Any, axis: Any = None) -> Any:
    thin = tuple(i for i, n in enumerate(x.shape) if n == 1)
    return np.squeeze(x.value, shifted(thin if axis is None else axis, x.ndim))


@batching(np.expand_dims)
def _expand_dims(level: Level, function: Function, x: Any, axis: Any) -> Any:
    return np.expand_dims(x.value, shifted(axis, x.ndim + np.size(axis)))


@batching(np.broadcast_to)
def _broadcast_to(level: Level, function: Function, x: Any, shape: Any) -> Any:
    shape = np.broadcast_shapes(shape)
    return np.broadcast_to(aligned(level, x, len(shape)), (level.size, *shape))


@batching(np.transpose)
def _transpose(level: Level, function: Function, x: Any, axes: Any = None) -> Any:
    order = range(x.ndim)[::-1] if axes is None else axes
    return np.transpose(x.value, (0, *shifted(order, x.ndim)))


@batching(np.moveaxis, np.swapaxes)
def _move(level: Level, function: Function, x: Any, a: Any, b: Any) -> Any:
    a, b = (shifted(axes, x.ndim) for axes in (a, b))
    return function(x.value, *((a, b) if function is np.moveaxis else (*a, *b)))


@batching("concatenate")
def _concatenate(level: Level, function: Function, *xs: Any, axis: int = 0) -> Any:
    axis = _shifted_one(axis, np.ndim(xs[0]))
    return primitives.concatenate(*(full(level, x) for x in xs), axis=axis)


@batching("pad")
def _pad(level: Level, function: Function, x: Any, widths: Any, value: Any) -> Any:
    return primitives.pad(x.value, ((0, 0), *widths), value)


# -- products --------------------------------------------------------------------------


@batching(np.matmul)
def _matmul(level: Level, function: Function, a: Any, b: Any) -> Any:
    """Vectors become matrices of one row or column, so that stacks can line up."""
    if 0 in (np.ndim(a), np.ndim(b)):
        raise tell(ShapeError, "vmap-matmul", {"a": a, "b": b})
    row, column = np.ndim(a) == 1, np.ndim(b) == 1
    a = np.expand_dims(a, 0) if row else a
    b = np.expand_dims(b, 1) if column else b
    ndim = max(np.ndim(a), np.ndim(b))
    y = np.matmul(aligned(level, a, ndim), aligned(level, b, ndim))
    ends = (-2,) * row + (-1,) * column
    return np.squeeze(y, ends) if ends else y


@batching("linear")
def _linear(level: Level, function: Function, x: Any, W: Any, b: Any = None) -> Any:
    if not at(level, W) and not at(level, b):
        return call(function, (x.value, W, b), {})
    y = np.matmul(x, W)
    return y if b is None else y + b


@batching("einsum")
def _einsum(level: Level, function: Function, *xs: Any, subscripts: str) -> Any:
    free = next(chr(i) for i in range(97, 123) if chr(i) not in subscripts.lower())
    inputs, output = subscripts.split("->")
    terms = [
        free * at(level, x) + term
        for x, term in zip(xs, inputs.split(","), strict=True)
    ]
    values = (aligned(level, x, 0) for x in xs)
    return function(*values, subscripts=f"{','.join(terms)}->{free}{output}")


@batching("conv", "conv_transpose")
def _convolve(level: Level, function: Function, x: Any, W: Any, *settings: Any) -> Any:
    """More images; or with filters of their own, more groups of channels."""
    *rest, groups = settings
    n, channels, *image = np.shape(x)
    if not at(level, W):
        images = np.reshape(x.value, (level.size * n, channels, *image))
        y = call(function, (images, W, *rest, groups), {})
        return np.reshape(y, (level.size, n, *y.shape[1:]))
    images = np.moveaxis(full(level, x), 0, 1)
    images = np.reshape(images, (n, level.size * channels, *image))
    W = np.reshape(W.value, (level.size * W.shape[0], *W.shape[1:]))
    y = call(function, (images, W, *rest, level.size * groups), {})
    y = np.reshape(y, (n, level.size, y.shape[1] // level.size, *y.shape[2:]))
    return np.moveaxis(y, 1, 0)


@batching("_mean_squared_error")
def _mean_squared_error(level: Level, function: Function, x: Any, t: Any) -> Any:
    if np.shape(x) != np.shape(t):
        shapes = {"x": np.shape(x), "t": np.shape(t)}
        raise tell(ShapeError, "targets-shape", **shapes)
    return np.mean(np.square(lift(x) - t))


@batching("_softmax_cross_entropy")
def _softmax_cross_entropy(
    level: Level, function: Function, x: Any, t: Any, kept: Any
) -> Any:
    t = lift(as_operand(t))
    check_ids(innermost(t)._data, np.shape(x)[-1])
    check_classes(x, t)
    log_p = call(OURS["log_softmax"], (x,), {})
    return -np.mean(np.take_along_axis(log_p, np.expand_dims(t, -1), -1))


@batching(np.linalg.inv, np.linalg.pinv, np.linalg.det, np.linalg.slogdet)
@batching(np.linalg.cholesky, np.linalg.eigvalsh, np.linalg.eigh)
def _of_matrices(
    level: Level, function: Function, x: Any, *args: Any, **kwargs: Any
) -> Any:
    """NumPy computes stacks of matrices as it does one."""
    if x.ndim < 2:
        raise tell(ShapeError, "vmap-matrix", {"x": x})
    return call(function, (x.value, *args), kwargs)


# -- selecting -------------------------------------------------------------------------


@batching(getitem)
def _get_item(level: Level, function: Function, x: Any, index: Any) -> Any:
    if at(level, index) and not at(level, x):  # one lookup in a shared table
        _no_mask(index)
        return x[index.value]
    index, there, here = _for_all(level, index, np.ndim(x))
    selected: Any = lift(full(level, x))[index]
    return np.moveaxis(selected, there, here)


@batching("put")
def _put(level: Level, function: Function, x: Any, index: Any, shape: Any) -> Any:
    index, there, here = _for_all(level, index, len(shape))
    x = np.moveaxis(full(level, x), here, there)
    return primitives.put(x, index, (level.size, *shape))


@batching("put_along_axis")
def _put_along_axis(
    level: Level, function: Function, x: Any, index: Any, axis: int, shape: Any
) -> Any:
    axis, shape = _shifted_one(axis, len(shape)), (level.size, *shape)
    return function(full(level, x), full(level, index), axis, shape)


@batching("embedding")
def _embedding(level: Level, function: Function, ids: Any, W: Any) -> Any:
    if not at(level, W):
        return function(ids.value, W)
    check_ids(innermost(ids)._data if isinstance(ids, Variable) else ids, W.shape[0])
    return W[ids]


def _for_all(level: Level, index: Any, ndim: int) -> tuple[Any, Any, Any]:
    """An index for the array of all examples, and axes to move in what it selects.

    Beside an array in the index there goes one that counts the examples. It stands in
    front of all others, so NumPy puts the axes of the arrays in front; where one
    example has them further back they are to be moved from `there` to `here`.
    """
    parts = _arrays_in(index if isinstance(index, tuple) else (index,))
    arrays = [p for p in parts if isinstance(p, Variable | np.ndarray)]
    if not arrays:
        return (slice(None), *parts), (), ()
    rank = max(p.ndim for p in arrays)
    which = np.reshape(np.arange(level.size), (-1, *(1,) * rank))
    values = [
        innermost(aligned(level, p, rank))._data if isinstance(p, Variable) else p
        for p in parts
    ]
    front = _axes_before(parts, ndim)
    there = tuple(range(1, 1 + rank)) if front else ()
    return (which, *values), there, tuple(front + i for i in there)


def _arrays_in(parts: Sequence[Any]) -> list[Any]:
    """The parts of an index with lists as arrays and masks as positions."""
    out: list[Any] = []
    for part in parts:
        if isinstance(part, list):
            part = np.asarray(part) if part else np.zeros(0, int)
        if isinstance(part, Variable):
            _no_mask(part)
        mask = getattr(part, "dtype", None) == np.bool_
        if mask and not part.ndim:
            part, mask = bool(part), False
        out.extend(np.nonzero(part) if mask else [part])
    return out


def _no_mask(index: Variable) -> None:
    if index.dtype == np.bool_:
        raise tell(UnsupportedError, "vmap-mask")


def _axes_before(parts: Sequence[Any], ndim: int) -> int:
    """How many axes stand before those of the arrays in what an index selects."""
    advanced = [i for i, p in enumerate(parts) if not _is_basic(p)]
    if advanced[-1] - advanced[0] >= len(advanced):  # apart, NumPy has them in front
        return 0
    taken = sum(p is not None and p is not Ellipsis for p in parts)
    lengths = (ndim - taken if p is Ellipsis else 1 for p in parts[: advanced[0]])
    return sum(lengths)


def _is_basic(part: Any) -> bool:
    return part is None or part is Ellipsis or isinstance(part, slice)


@batching(np.nonzero, np.flatnonzero, np.argwhere)
def _positions(level: Level, function: Function, x: Any) -> Any:
    _no_mask(x != 0)


# -- one after the other ---------------------------------------------------------------


@differentiable(lambda g, y, x: np.stack(g))
def _unstack(x: Any) -> Any:
    """Every example on its own."""
    return tuple(x)


@batching(object)
def _one_by_one(level: Level, function: Function, *args: Any, **kwargs: Any) -> Any:
    """A loop over the examples, for what has no rule."""
    if not level.size:
        name = getattr(function, "__name__", function)
        raise tell(ArgumentError, "vmap-no-examples", name=name)
    columns = [_unstack(x.value) if at(level, x) else (x,) * level.size for x in args]
    results = [_once(function, row, kwargs) for row in zip(*columns, strict=True)]
    if isinstance(results[0], tuple):
        return tuple(np.stack(parts) for parts in zip(*results, strict=True))
    return np.stack(results)


def _once(function: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if function not in RULES:  # a user's Function
        return function(*args)
    # Copies, as a function may keep what its gradient needs in a list among them.
    return call(function, args, {key: copy.copy(x) for key, x in kwargs.items()})
