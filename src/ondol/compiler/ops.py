"""The operations of the graph: what each gives, said once for shapes, once for arrays.

Everything that NumPy's names mean is spelled out in these (`lower`). An operation has
a rule for the shape and dtype of its result, its meaning in NumPy, and a template in C
(`emit_c`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .. import primitives
from ..functions.attention import attend, attend_back
from .graph import Node, Shape

PANEL = 16  # columns of a product that stand side by side in registers
Dtype = np.dtype[Any]


class Op(NamedTuple):
    """One operation.

    Attributes:
        infer: (input nodes, *attrs) -> shape and dtype of the result.
        compute: (input arrays, *attrs) -> the result.
    """

    infer: Callable[..., tuple[Shape, Dtype]]
    compute: Callable[..., Any]


OPS: dict[str, Op] = {}


def op(name: str, infer: Callable[..., Any]) -> Callable[[Any], Any]:
    """Register the NumPy meaning of an operation under its name."""

    def register(compute: Callable[..., Any]) -> Callable[..., Any]:
        OPS[name] = Op(infer, compute)
        return compute

    return register


def _same(xs: tuple[Node, ...], *_: Any) -> tuple[Shape, Dtype]:
    return xs[0].shape, xs[0].dtype


# -- where numbers come from ----------------------------------------------------------


@op("const", lambda xs, value: (value.shape, value.dtype))
def _const(xs: Any, value: Any) -> Any:
    """An array that is known."""
    return value


@op("iota", lambda xs, n, dtype: ((n,), dtype))
def _iota(xs: Any, n: int, dtype: Dtype) -> Any:
    """0, 1, ..., n - 1."""
    return np.arange(n, dtype=dtype)


# -- element by element ---------------------------------------------------------------


def _map_shape(xs: tuple[Node, ...], function: Any) -> tuple[Shape, Dtype]:
    shape = np.broadcast_shapes(*(x.shape for x in xs))
    if function is np.where:
        return shape, xs[1].dtype
    return shape, function.resolve_dtypes((*(x.dtype for x in xs), None))[-1]


@op("map", _map_shape)
def _map(xs: Any, function: Any) -> Any:
    """A ufunc (or np.where) of operands that broadcast and have its loop's dtypes."""
    return np.asarray(function(*xs))


@op("cast", lambda xs, dtype: (xs[0].shape, dtype))
def _cast(xs: Any, dtype: Dtype) -> Any:
    """Another dtype."""
    return xs[0].astype(dtype)


# -- folding axes ---------------------------------------------------------------------


def _folded(xs: tuple[Node, ...], ufunc: Any, axes: Shape) -> tuple[Shape, Dtype]:
    kept = (n for i, n in enumerate(xs[0].shape) if i not in axes)
    return tuple(kept), xs[0].dtype


@op("reduce", _folded)
def _reduce(xs: Any, ufunc: Any, axes: Shape) -> Any:
    """Fold axes away with a ufunc of two arguments."""
    return np.asarray(ufunc.reduce(xs[0], axis=axes, dtype=xs[0].dtype))


def _without(xs: tuple[Node, ...], largest: bool, axis: int) -> tuple[Shape, Dtype]:
    shape = xs[0].shape
    return (*shape[:axis], *shape[axis + 1 :]), np.dtype(np.intp)


@op("arg", _without)
def _arg(xs: Any, largest: bool, axis: int) -> Any:
    """Where along an axis the first largest (or smallest) element stands."""
    return np.asarray((np.argmax if largest else np.argmin)(xs[0], axis=axis))


@op("scan", _same)
def _scan(xs: Any, ufunc: Any, axis: int) -> Any:
    """Fold everything up to each element."""
    return ufunc.accumulate(xs[0], axis=axis, dtype=xs[0].dtype)


@op("argsort", lambda xs, axis: (xs[0].shape, np.dtype(np.intp)))
def _argsort(xs: Any, axis: int) -> Any:
    """The order of the elements along an axis; equal ones stay as they stand."""
    return np.argsort(xs[0], axis=axis, kind="stable")


def _product_shape(xs: tuple[Node, ...]) -> tuple[Shape, Dtype]:
    a, b = xs
    lead = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return (*lead, a.shape[-2], b.shape[-1]), a.dtype


@op("matmul", _product_shape)
def _matmul(xs: Any) -> Any:
    """Products of matrices on the last two axes."""
    return xs[0] @ xs[1]


@op("panels", lambda xs: (xs[0].shape, xs[0].dtype))
def _panels(xs: Any) -> Any:
    """A matrix that may be stored as products read it: 16 columns after the other."""
    return xs[0]


# -- the same elements, seen differently ----------------------------------------------


@op("reshape", lambda xs, shape: (shape, xs[0].dtype))
def _reshape(xs: Any, shape: Shape) -> Any:
    """The elements in row-major order in another shape."""
    return np.reshape(xs[0], shape)


@op("transpose", lambda xs, axes: (tuple(xs[0].shape[i] for i in axes), xs[0].dtype))
def _transpose(xs: Any, axes: Shape) -> Any:
    """The axes in another order."""
    return np.transpose(xs[0], axes)


@op("broadcast", lambda xs, shape: (shape, xs[0].dtype))
def _broadcast(xs: Any, shape: Shape) -> Any:
    """Repeated along new axes and those of length 1."""
    return np.broadcast_to(xs[0], shape)


@op("slice", lambda xs, cuts: (tuple(n for _, _, n in cuts), xs[0].dtype))
def _slice(xs: Any, cuts: tuple[tuple[int, int, int], ...]) -> Any:
    """Along each axis ``n`` elements from `start` in steps of `step`, or backwards."""
    index = (np.arange(n) * step + start for start, step, n in cuts)
    return xs[0][np.ix_(*index)]


def _padded(xs: tuple[Node, ...], widths: Any, value: Any) -> tuple[Shape, Dtype]:
    sizes = zip(xs[0].shape, widths, strict=True)
    return tuple(a + n + b for n, (a, b) in sizes), xs[0].dtype


@op("pad", _padded)
def _pad(xs: Any, widths: tuple[tuple[int, int], ...], value: Any) -> Any:
    """A number before and after the elements along each axis."""
    return np.pad(xs[0], widths, constant_values=value)


def _joined(xs: tuple[Node, ...], axis: int) -> tuple[Shape, Dtype]:
    shape = list(xs[0].shape)
    shape[axis] = sum(x.shape[axis] for x in xs)
    return tuple(shape), xs[0].dtype


@op("concat", _joined)
def _concat(xs: Any, axis: int) -> Any:
    """One after the other along an axis."""
    return np.concatenate(xs, axis=axis)


# -- picking --------------------------------------------------------------------------


@op("take", lambda xs: ((*xs[1].shape, *xs[0].shape[1:]), xs[0].dtype))
def _take(xs: Any) -> Any:
    """The rows of an array at whole numbers, which may be negative."""
    return xs[0][xs[1]]


def _put_shape(xs: tuple[Node, ...], rows: int) -> tuple[Shape, Dtype]:
    x, index = xs
    return (rows, *x.shape[len(index.shape) :]), x.dtype


@op("put", _put_shape)
def _put(xs: Any, rows: int) -> Any:
    """Zeros with rows added at whole numbers: `take`, backwards."""
    x, index = xs
    out = np.zeros((rows, *x.shape[index.ndim :]), x.dtype)
    np.add.at(out, index, x)
    return out


# -- windows --------------------------------------------------------------------------


def _window_shape(
    xs: tuple[Node, ...], size: Shape, stride: Shape, dilation: Shape
) -> tuple[Shape, Dtype]:
    (x,) = xs
    lead, spatial = x.shape[: -len(size)], x.shape[-len(size) :]
    axes = zip(spatial, size, stride, dilation, strict=True)
    positions = ((n - (k - 1) * d - 1) // s + 1 for n, k, s, d in axes)
    return (*lead, *size, *positions), x.dtype


@op("windows", _window_shape)
def _windows(xs: Any, size: Shape, stride: Shape, dilation: Shape) -> Any:
    """Every window over the last axes; see `primitives.windows`."""
    return primitives.windows(xs[0], size, stride, dilation)


def _fold_shape(xs: tuple[Node, ...], spatial: Shape, *_: Any) -> tuple[Shape, Dtype]:
    return (*xs[0].shape[: -2 * len(spatial)], *spatial), xs[0].dtype


@op("fold", _fold_shape)
def _fold(xs: Any, spatial: Shape, stride: Shape, dilation: Shape) -> Any:
    """Windows added back; see `primitives.fold`."""
    return primitives.fold(xs[0], spatial, stride, dilation)


@op("conv", lambda xs, *a: ((xs[0].shape[0], xs[1].shape[0], *a[0]), xs[0].dtype))
def _conv(xs: Any, positions: Shape, dilation: Shape) -> Any:
    """Filters at the first `positions` of images, one after the other."""
    x, filters = xs
    ones = (1,) * len(positions)
    seen = primitives.windows(x, filters.shape[2:], ones, dilation)
    seen = seen[(..., *map(slice, positions))]
    columns = seen.reshape(len(x), math.prod(filters.shape[1:]), math.prod(positions))
    y = filters.reshape(len(filters), -1) @ columns
    return y.reshape(len(x), len(filters), *positions)


def _filters_shape(xs: tuple[Node, ...], size: Shape, *_: Any) -> tuple[Shape, Dtype]:
    x, g = xs
    return (x.shape[1] * math.prod(size), -(-g.shape[1] // PANEL) * PANEL), x.dtype


@op("conv_filters", _filters_shape)
def _conv_filters(xs: Any, size: Shape, stride: Shape, dilation: Shape) -> Any:
    """Windows of images times gradients, whose filters are filled up to panels."""
    x, g = xs
    positions = g.shape[2:]
    seen = primitives.windows(x, size, stride, dilation)
    seen = seen[(..., *map(slice, positions))]
    rows = seen.reshape(len(x), x.shape[1] * math.prod(size), math.prod(positions))
    columns = np.swapaxes(g.reshape(*g.shape[:2], -1), 1, 2)
    sums = (rows @ columns).sum(axis=0)
    return np.pad(sums, ((0, 0), (0, -g.shape[1] % PANEL)))


def _attention_shape(xs: tuple[Node, ...], *_: Any) -> tuple[Shape, Dtype]:
    *lead, heads, queries, _features = xs[0].shape
    return (*lead, queries, heads, xs[2].shape[-1]), xs[0].dtype


@op("attention", _attention_shape)
def _attention(xs: Any, causal: bool, scale: float) -> Any:
    """Means of values ``(..., T, heads, features)``; see `functions.attention`."""
    q, k, v, allowed = (*xs, True)[:4]
    return np.swapaxes(attend(q, k, v, allowed, causal, scale), -3, -2)


def _attention_back_shape(xs: tuple[Node, ...], *_: Any) -> tuple[Shape, Dtype]:
    return (sum(x.size for x in xs[1:4]),), xs[0].dtype


@op("attention_back", _attention_back_shape)
def _attention_back(xs: Any, causal: bool, scale: float) -> Any:
    """Its gradients of queries, keys and values, each as before, in one row."""
    g, q, k, v, allowed = (*xs, True)[:5]
    grads = attend_back(g, q, k, v, allowed, causal, scale)
    return np.concatenate([np.swapaxes(x, -3, -2).ravel() for x in grads])


@op("input", lambda xs, slot, shape, dtype: (shape, dtype))
def _input(xs: Any, slot: int, shape: Shape, dtype: Dtype) -> Any:
    """An array that is given."""
    raise AssertionError("inputs are given, not computed")


# -- NumPy itself ---------------------------------------------------------------------


class Elementwise:
    """A function of one real number that C has and NumPy has not, as if a ufunc."""

    nout = 1

    def __init__(self, name: str, function: Any) -> None:
        self.__name__, self.function = name, function

    def __call__(self, x: Any) -> Any:
        """Compute it as ondol does."""
        return self.function(x)

    def resolve_dtypes(self, dtypes: Any) -> Any:
        """Real numbers give real numbers; whole numbers are widened to float64."""
        real = np.result_type(dtypes[0], np.float16)
        return (real, real)


class Hole(NamedTuple):
    """Where an array goes into the arguments of a call."""

    position: int


class Hosted:
    """A call of a function that is left to NumPy: its arguments, with holes."""

    def __init__(self, function: Any, call: Any) -> None:
        self.function, self.call = function, call

    def __call__(self, xs: Any) -> Any:
        """Call it with arrays in the holes."""
        args, kwargs = _filled(self.call, xs)
        return self.function(*args, **kwargs)


def _filled(x: Any, xs: Any) -> Any:
    if isinstance(x, Hole):
        return xs[x.position]
    if isinstance(x, dict):
        return {key: _filled(part, xs) for key, part in x.items()}
    return type(x)(_filled(p, xs) for p in x) if isinstance(x, list | tuple) else x


@op("host", lambda xs, hosted, i, shape, dtype: (shape, dtype))
def _host(xs: Any, hosted: Hosted, i: int, shape: Shape, dtype: Dtype) -> Any:
    """Result i of a function that is left to NumPy."""
    y = hosted(xs)
    return np.asarray(y[i] if isinstance(y, list | tuple) else y)
