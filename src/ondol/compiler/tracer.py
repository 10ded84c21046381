"""Tracer: an array without numbers, which writes down what is done with it.

It understands NumPy's vocabulary as a `Variable` does. Inside a Variable it lets
forward passes, gradient rules and updates run as they stand, and leaves their graph.
"""

from __future__ import annotations

import functools
import os
import sys
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from .. import arrays, errors
from ..core.graph import Variable, data_of
from ..core.rules import COMPOSITES, RULES
from ..errors import at_line, tell, text
from .builder import Builder
from .graph import Node
from .ops import Hole, Hosted
from .vocabulary import axes_of, getitem, is_index_array, spelled


def _in_place(ufunc: Any) -> Any:
    def method(self: Tracer, other: Any) -> Tracer:
        y = ufunc(self, other)
        if y.shape != self.shape:
            shapes = {"got": y.shape, "expected": self.shape}
            raise tell(errors.ShapeError, "compile-fit", **shapes)
        self._write(y.node)
        return self

    return method


def _unknown(asked: str) -> Any:
    def method(self: Tracer, *_: Any, **__: Any) -> Any:
        line = at_line(birth(1))
        what = text(asked) if asked.startswith("word-") else asked
        raise tell(errors.UnsupportedError, "compile-numbers", (), line, what=what)

    return method


def birth(depth: int) -> errors.Birth:
    """The nearest frame, `depth` frames up or above, outside of ondol and NumPy."""
    frame = sys._getframe(depth + 1)
    while frame.f_back is not None and _is_inside(frame.f_code.co_filename):
        frame = frame.f_back
    return frame.f_code, frame.f_lasti


@functools.cache
def _is_inside(filename: str) -> bool:
    roots = (os.path.dirname(module.__file__ or "") for module in (np, arrays))
    return filename.startswith(tuple(root + os.sep for root in roots))


class Tracer(NDArrayOperatorsMixin):
    """An array of a known shape and dtype, and of numbers that are not known yet.

    Attributes:
        builder: the graph that it writes into.
        node: what computes it. Writing in place exchanges the node.
    """

    __array_priority__ = 100

    def __init__(self, builder: Builder, node: Node, part_of: Any = None) -> None:
        self.builder, self.node, self._part_of = builder, node, part_of
        builder.tracers.append(weakref.ref(self))

    shape = property(lambda self: self.node.shape)
    dtype = property(lambda self: self.node.dtype)
    ndim = property(lambda self: len(self.node.shape))
    size = property(lambda self: self.node.size)
    nbytes = property(lambda self: self.size * self.dtype.itemsize)
    itemsize = property(lambda self: self.dtype.itemsize)
    T = property(lambda self: np.transpose(self))
    real = property(lambda self: np.real(self))
    imag = property(lambda self: np.imag(self))
    base = None

    def __repr__(self) -> str:
        return f"Tracer({self.dtype}, {self.shape})"

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[Tracer]:
        return (self[i] for i in range(len(self)))

    # -- NumPy's vocabulary -----------------------------------------------------------

    def __array_ufunc__(self, ufunc: Any, how: str, *args: Any, **kwargs: Any) -> Any:
        if how == "reduce":
            return _reduce(self.builder, ufunc, *args, **kwargs)
        if how == "accumulate":
            return _accumulate(self.builder, ufunc, *args, **kwargs)
        if how == "at" or "out" in kwargs:
            raise _written(errors.name_of(ufunc))
        if how != "__call__" or kwargs:
            raise errors.ufunc_call(errors.name_of(ufunc), how, kwargs, args)
        return self._do(ufunc, args, kwargs)

    def __array_function__(self, function: Any, _: Any, args: Any, kwargs: Any) -> Any:
        return self._do(function, args, kwargs)

    def _do(self, function: Any, args: Any, kwargs: Any) -> Any:
        if any(isinstance(x, Variable) for x in args):
            return NotImplemented  # the Variable records; it asks again with its data
        return do(self.builder, function, args, kwargs)

    def __getitem__(self, index: Any) -> Tracer:
        parts = index if isinstance(index, tuple) else (index,)
        for part in parts:
            self.builder.remember(part)
        at = tuple(_node(part) for part in parts)
        basic = not any(is_index_array(part) for part in at)
        part_of = (self, index) if basic else None
        return Tracer(self.builder, getitem(self.builder, self.node, at), part_of)

    # -- methods ----------------------------------------------------------------------

    def reshape(self, *shape: Any) -> Any:
        """The elements in another shape."""
        return np.reshape(self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes: Any) -> Any:
        """The axes in another order."""
        return np.transpose(self, axes[0] if len(axes) == 1 else axes or None)

    def astype(self, dtype: Any, copy: bool = True) -> Tracer:
        """In another dtype."""
        return Tracer(self.builder, self.builder.cast(self.node, dtype))

    def copy(self) -> Tracer:
        """The same numbers, to be written into."""
        return Tracer(self.builder, self.node)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Any:
        """See ``np.sum``."""
        return np.sum(self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Any:
        """See ``np.mean``."""
        return np.mean(self, axis=axis, keepdims=keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> Any:
        """See ``np.max``."""
        return np.max(self, axis=axis, keepdims=keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> Any:
        """See ``np.min``."""
        return np.min(self, axis=axis, keepdims=keepdims)

    def any(self, axis: Any = None) -> Any:
        """See ``np.any``."""
        return np.any(self, axis=axis)

    def all(self, axis: Any = None) -> Any:
        """See ``np.all``."""
        return np.all(self, axis=axis)

    def argmax(self, axis: Any = None) -> Any:
        """See ``np.argmax``."""
        return np.argmax(self, axis=axis)

    # -- writing in place: the node is exchanged --------------------------------------

    def fill(self, value: Any) -> None:
        """One number everywhere."""
        b = self.builder
        self._write(
            b.broadcast(b.cast(b.operand(_node(value)), self.dtype), self.shape)
        )

    def __setitem__(self, index: Any, value: Any) -> None:
        b = self.builder
        parts = index if isinstance(index, tuple) else (index,)
        places = b.reshape(b.iota(self.size), self.shape)
        taken = getitem(b, places, tuple(map(_node, parts)))
        new = b.broadcast(b.cast(b.operand(_node(value)), self.dtype), taken.shape)
        if taken.size == self.size and taken.op == "reshape":  # all of it
            return self._write(b.reshape(new, self.shape))
        flat = b.reshape(taken, (-1,))
        here = b.node("put", (b.full(flat.shape, 1, np.int8), flat), self.size)
        put = b.node("put", (b.reshape(new, (-1,)), flat), self.size)
        mine = b.reshape(self.node, (-1,))
        merged = b.where(b.map(np.not_equal, here, 0), put, mine)
        return self._write(b.reshape(merged, self.shape))

    def _write(self, node: Node) -> None:
        self.node = self.builder.cast(node, self.dtype)
        if self._part_of is VIEW:
            line = at_line(birth(2))
            raise tell(errors.UnsupportedError, "compile-view", (), line)
        if self._part_of is not None:
            whole, index = self._part_of
            whole[index] = self

    __iadd__, __isub__ = _in_place(np.add), _in_place(np.subtract)
    __imul__, __itruediv__ = _in_place(np.multiply), _in_place(np.true_divide)
    __ipow__ = _in_place(np.power)

    # -- questions that have no answer yet --------------------------------------------

    def ravel(self) -> Any:
        """See ``np.ravel``."""
        return np.ravel(self)

    __bool__ = _unknown("word-compile-branch")
    __str__ = __format__ = _unknown("word-compile-print")
    __float__ = _unknown("float()")
    __int__ = __index__ = _unknown("int()")
    item = tolist = _unknown("word-compile-number")
    __array__ = _unknown("word-compile-array")


def _node(x: Any) -> Any:
    """The node of a Tracer, also inside a Variable; anything else as it is."""
    x = data_of(x)
    return x.node if isinstance(x, Tracer) else x


def _nodes(x: Any) -> Any:
    """Nodes for the Tracers in an argument."""
    if isinstance(x, list | tuple):
        parts = map(_nodes, x)
        return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)
    return _node(x)


VIEW = object()  # what a tracer is part of that cannot be written through
VIEWS = {np.reshape, np.ravel, np.transpose, np.moveaxis, np.swapaxes, np.squeeze}
VIEWS |= {np.expand_dims, np.broadcast_to, np.diagonal, np.flip}


WRITERS = {np.copyto, np.put, np.place, np.putmask, np.put_along_axis}
WRITERS |= {np.fill_diagonal}


def _written(name: str) -> errors.UnsupportedError:
    return tell(errors.UnsupportedError, "compile-writer", name=name)


def do(builder: Builder, function: Any, args: Any, kwargs: Any) -> Any:
    """Write down a call of NumPy's function, or one of ours."""
    builder.birth = birth(2)
    if function in WRITERS or kwargs.get("out") is not None:
        raise _written(errors.name_of(function))
    for x in args:
        builder.remember(x)
    if function is np.where and len(args) == 1:
        function = np.nonzero  # which is what that means
    spelling = spelled(function)
    if spelling is not None:
        nodes = {key: _nodes(x) for key, x in kwargs.items()}
        y = spelling(builder, *map(_nodes, args), **nodes)
        if isinstance(y, tuple):
            return tuple(Tracer(builder, part) for part in y)
        if y is not NotImplemented:
            return Tracer(builder, y, VIEW if function in VIEWS else None)
    if function in ANSWERS:
        return ANSWERS[function](*map(_hollow, args), **kwargs)
    if function in COMPOSITES and function not in RULES:
        return _plain(COMPOSITES[function](*args, **kwargs))
    if (getattr(function, "__module__", None) or "numpy").startswith("numpy"):
        return _hosted(builder, function, args, kwargs)
    try:
        return function.__wrapped__(
            *args, **kwargs
        )  # a primitive of ours is NumPy code
    except errors.UnsupportedError:  # it writes where, or asks what, a graph cannot
        return _hosted(builder, function.__wrapped__, args, kwargs)


# Questions that the shape and dtype alone answer.
ANSWERS: dict[Any, Any] = {
    f: f for f in (np.result_type, np.shape, np.ndim, np.size, np.can_cast)
} | {f: f for f in (np.iscomplexobj, np.isrealobj)}
ANSWERS |= {np.shares_memory: lambda *_: False, np.may_share_memory: lambda *_: False}
ANSWERS |= {
    f: f for f in (np.diag_indices_from, np.tril_indices_from, np.triu_indices_from)
}
# Those that need the numbers.
ANSWERS |= {
    f: _unknown(f"np.{f.__name__}")
    for f in (
        np.nonzero, np.flatnonzero, np.argwhere, np.ix_, np.array_equal,
        np.array_equiv, np.allclose,
    )
}  # fmt: skip


def _hollow(x: Any) -> Any:
    """An array of the shape and dtype of a tracer, without memory."""
    if isinstance(x, Tracer):
        return np.broadcast_to(np.zeros((), x.dtype), x.shape)
    return x


def _example(x: Any) -> Any:
    """An array of a shape and dtype on which any function of NumPy's works."""
    if isinstance(x, list | tuple):
        return type(x)(map(_example, x))
    if not isinstance(x, Tracer):
        return x
    m, n = (1, 1, *x.shape)[-2:]
    eye = np.eye(m, n) if x.ndim > 1 and m == n else np.ones((m, n))
    last = (m, n)[-x.ndim :] if x.ndim else ()
    return np.broadcast_to(eye.reshape(last), x.shape).astype(x.dtype)


def _hosted(b: Builder, function: Any, args: Any, kwargs: Any) -> Any:
    """A function of NumPy's that is not spelled out: NumPy itself will be called."""
    with np.errstate(all="ignore"):
        y = function(
            *map(_example, args), **{k: _example(v) for k, v in kwargs.items()}
        )
    leaves: list[Node] = []
    call = _holes((args, kwargs), leaves)
    several = isinstance(y, list | tuple)
    results = [np.asarray(part) for part in (y if several else [y])]
    parts = [
        Tracer(
            b,
            b.node("host", tuple(leaves), Hosted(function, call), i, r.shape, r.dtype),
        )
        for i, r in enumerate(results)
    ]
    if not several:
        return parts[0]
    return type(y)(*parts) if hasattr(y, "_fields") else type(y)(parts)


def _holes(x: Any, leaves: list[Node]) -> Any:
    """Arguments with holes where tracers were, which go into `leaves`."""
    x = data_of(x)
    if isinstance(x, Tracer):
        leaves.append(x.node)
        return Hole(len(leaves) - 1)
    if isinstance(x, dict):
        return {key: _holes(part, leaves) for key, part in x.items()}
    return type(x)(_holes(p, leaves) for p in x) if isinstance(x, list | tuple) else x


def _plain(y: Any) -> Any:
    """Results without their Variables."""
    if isinstance(y, list | tuple):
        return type(y)(map(_plain, y))
    return data_of(y)


def _reduce(
    b: Builder, ufunc: Any, a: Any, axis: Any = 0, keepdims: bool = False
) -> Tracer:
    x = _node(a)
    kind = ufunc.reduce(np.ones(2, x.dtype)).dtype  # small integers grow, for example
    x = b.cast(x, kind)
    return Tracer(b, b.reduce(ufunc, x, axes_of(axis, len(x.shape)), keepdims))


def _accumulate(b: Builder, ufunc: Any, a: Any, axis: int = 0) -> Tracer:
    x = _node(a)
    x = b.cast(x, ufunc.accumulate(np.ones(2, x.dtype)).dtype)
    return Tracer(b, b.node("scan", (x,), ufunc, axes_of(axis, len(x.shape))[0]))
