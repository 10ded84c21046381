"""Makes nodes: each equal one once, and none that would change nothing."""

from __future__ import annotations

import math
import weakref
from typing import Any

import numpy as np

from ..errors import (
    Birth,
    ShapeError,
    UnsupportedError,
    tell,
)
from .graph import Node, Shape
from .ops import OPS, PANEL

Operand = Any  # a node, an array, or a number

FEW = 256  # rows, from which on BLAS, which makes panels at each product, is as quick
WORTH = 1 << 12  # elements of a matrix


class Builder:
    """A graph that is being made.

    Attributes:
        birth: the line of the program that what is added now comes from.
    """

    def __init__(self) -> None:
        self.birth: Birth | None = None
        self._made: dict[Any, Node] = {}
        self._slots = 0
        self.weak: set[Node] = set()  # numbers without a dtype of their own
        self.tracers: list[weakref.ref[Any]] = []
        # What owned the memory of constant arrays, and its numbers then.
        self.constants: dict[int, tuple[weakref.ref[Any], bytes]] = {}

    def node(self, op: str, inputs: tuple[Node, ...], *attrs: Any) -> Node:
        """The node of an operation; one that is there already is not made again."""
        key = (op, *map(id, inputs), *map(_key, attrs))
        node = self._made.get(key)
        if node is None:
            shape, dtype = OPS[op].infer(inputs, *attrs)
            node = Node(op, inputs, attrs, tuple(shape), np.dtype(dtype), self.birth)
            self._made[key] = node
        return node

    def nodes(self) -> list[Node]:
        """Every node, in the order in which they were asked for."""
        return list(self._made.values())

    # -- where numbers come from ------------------------------------------------------

    def input(self, shape: Shape, dtype: Any) -> Node:
        """A new array that will be given."""
        self._slots += 1
        return self.node("input", (), self._slots - 1, shape, np.dtype(dtype))

    def const(self, value: Any, dtype: Any = None) -> Node:
        """An array or number that is known."""
        self.remember(value)
        return self.node("const", (), np.array(value, dtype))

    def remember(self, array: Any) -> None:
        """Note what an array of the user's, if it is one, holds while it is read."""
        if not isinstance(array, np.ndarray):
            return
        refuse_kinds(array)
        while isinstance(array.base, np.ndarray):
            array = array.base
        known = self.constants.get(id(array))
        if known is None or known[0]() is None:
            self.constants[id(array)] = weakref.ref(array), array.tobytes()

    def iota(self, n: int, dtype: Any = np.intp) -> Node:
        """0, 1, ..., n - 1."""
        return self.node("iota", (), n, np.dtype(dtype))

    def operand(self, x: Operand) -> Node:
        """A node as it is, anything else as a constant."""
        return x if isinstance(x, Node) else self.const(x)

    def full(self, shape: Shape, value: Any, dtype: Any) -> Node:
        """One number everywhere."""
        return self.broadcast(self.const(value, dtype), shape)

    # -- element by element -----------------------------------------------------------

    def map(self, ufunc: Any, *xs: Operand) -> Node:
        """A ufunc of operands that broadcast; numbers adapt to the arrays' dtypes."""
        kinds = [float if self._is_weak(x) else _kind(x) for x in xs]
        *loop, _ = ufunc.resolve_dtypes((*kinds, *(None,) * ufunc.nout))[: len(xs) + 1]
        y = self.node("map", self._plainer(ufunc, self._cast_all(xs, loop)), ufunc)
        numbers = all(kind is float or kind is int for kind in kinds)
        if numbers and y.dtype.kind == "f":
            self.weak.add(y)
        return y

    def _plainer(self, ufunc: Any, xs: tuple[Node, ...]) -> tuple[Node, ...]:
        """Operands of the same result: ``maximum(x, c) > c`` is ``x > c``."""
        if ufunc is np.greater and xs[0].op == "map" and xs[0].attrs[0] is np.maximum:
            a, b = xs[0].inputs
            if b is xs[1] and a.shape == xs[0].shape:
                return a, b
        return xs

    def _is_weak(self, x: Operand) -> bool:
        return isinstance(x, Node) and x in self.weak

    def where(self, condition: Operand, a: Operand, b: Operand) -> Node:
        """`a` where the condition holds, `b` elsewhere."""
        dtype = np.result_type(*(x.dtype if hasattr(x, "dtype") else x for x in (a, b)))
        condition = self.cast(self.operand(condition), np.bool_)
        return self.node(
            "map", (condition, *self._cast_all((a, b), [dtype] * 2)), np.where
        )

    def _cast_all(self, xs: Any, dtypes: Any) -> tuple[Node, ...]:
        pairs = zip(xs, dtypes, strict=True)
        return tuple(
            self.cast(x, d) if isinstance(x, Node) else self.const(x, d)
            for x, d in pairs
        )

    def cast(self, x: Node, dtype: Any) -> Node:
        """`x` in another dtype."""
        dtype = np.dtype(dtype)
        if x.dtype == dtype:
            return x
        if x.op == "const":
            return self.const(x.attrs[0].astype(dtype))
        return self.node("cast", (x,), dtype)

    # -- folding axes -----------------------------------------------------------------

    def reduce(self, ufunc: Any, x: Node, axes: Shape, keepdims: bool = False) -> Node:
        """Fold `axes` away with a ufunc of two arguments."""
        y = self.node("reduce", (x,), ufunc, axes) if axes else x
        if not keepdims:
            return y
        return self.reshape(
            y, tuple(1 if i in axes else n for i, n in enumerate(x.shape))
        )

    def matmul(self, a: Node, b: Node) -> Node:
        """``a @ b`` as NumPy has it, vectors included."""
        if not a.shape or not b.shape:
            raise tell(ShapeError, "compile-matmul", a=a.shape, b=b.shape)
        dtype = np.result_type(a.dtype, b.dtype)
        a, b = self.cast(a, dtype), self.cast(b, dtype)
        row, column = len(a.shape) == 1, len(b.shape) == 1
        a = self.reshape(a, (1, *a.shape)) if row else a
        b = self.reshape(b, (*b.shape, 1)) if column else b
        if a.shape[-1] != b.shape[-2]:
            raise tell(ShapeError, "compile-matmul", a=a.shape, b=b.shape)
        found = self._repeated_rows(a) if len(b.shape) == 2 else None
        turned = a.op == "transpose" and a.attrs[0] == (1, 0)
        back = self._repeated_rows(a.inputs[0]) if turned else None
        if found:
            y = self.node("take", (self.matmul(found[0], b), found[1]))
        elif back and len(b.shape) == 2:
            table, index = back
            few = self.put(b, index, table.shape[0])
            y = self.matmul(self.transpose(table, (1, 0)), few)
        elif len(b.shape) == 2 and len(a.shape) > 2:  # one product instead of many
            rows = self.reshape(a, (math.prod(a.shape[:-1]), a.shape[-1]))
            y = self.node("matmul", (rows, self._in_panels(b, rows.shape[0])))
            y = self.reshape(y, (*a.shape[:-1], b.shape[-1]))
        else:
            y = self.node("matmul", (a, self._in_panels(b, a.shape[-2])))
        *lead, m, n = y.shape
        return self.reshape(y, (*lead, *([] if row else [m]), *([] if column else [n])))

    def _repeated_rows(self, a: Node) -> tuple[Node, Node] | None:
        """The table and the places, if `a` has rows of a table of half as many rows."""
        if a.op == "take" and len(a.inputs[0].shape) == 2:
            table, index = a.inputs
            return (table, index) if 2 * table.shape[0] <= index.size else None
        if a.op not in ("reshape", "transpose") or not a.inputs[0].shape:
            return None
        found = self._repeated_rows(a.inputs[0])
        if found is None:
            return None
        table, index = found
        if a.op == "reshape" and a.shape[-1:] == table.shape[1:]:
            return table, self.reshape(index, a.shape[:-1])
        if a.op == "transpose" and a.attrs[0][-1] == len(a.shape) - 1:
            return table, self.transpose(index, a.attrs[0][:-1])
        return None

    def put(self, x: Node, index: Node, rows: int) -> Node:
        """Zeros with rows of `x` added at whole numbers.

        The rows of a product that go to fewer places are added up before it is made.
        """
        x, index = self._lying(x, index)
        sums = x.op == "matmul" and len(x.shape) == 2 and len(index.shape) == 1
        if sums and 2 * rows <= index.size:
            a, b = x.inputs
            return self.matmul(self.put(a, index, rows), b)
        return self.node("put", (x, index), rows)

    def _lying(self, x: Node, index: Node) -> tuple[Node, Node]:
        """The same rows and their places, as the rows lie before they are turned."""
        k = len(index.shape)
        rest = len(x.shape) - k
        inner = x.inputs[0] if x.op in ("reshape", "transpose") else x
        lead = len(inner.shape) - rest
        if x.op == "transpose" and x.attrs[0][k:] == tuple(range(k, len(x.shape))):
            back = sorted(range(k), key=x.attrs[0].__getitem__)
            return self._lying(inner, self.transpose(index, tuple(back)))
        if x.op == "reshape" and lead > 0 and inner.shape[lead:] == x.shape[k:]:
            return self._lying(inner, self.reshape(index, inner.shape[:lead]))
        return x, index

    def _in_panels(self, b: Node, rows: int) -> Node:
        """A matrix that could be stored in panels, for products of few rows with it."""
        fits = len(b.shape) == 2 and b.dtype == np.float32 and 1 < rows <= FEW
        whole = fits and b.shape[1] % PANEL == 0 and b.size >= WORTH
        return self.node("panels", (b,)) if whole else b

    # -- the same elements, seen differently ------------------------------------------

    def reshape(self, x: Node, shape: Any) -> Node:
        """The elements in row-major order in another shape; one length may be -1."""
        shape = tuple(int(n) for n in (shape if np.iterable(shape) else (shape,)))
        if -1 in shape:
            rest = -math.prod(shape)
            whole = x.size // rest if rest else 0
            shape = tuple(whole if n == -1 else n for n in shape)
        if math.prod(shape) != x.size:
            raise tell(ShapeError, "compile-reshape", old=x.shape, new=shape)
        if x.op == "reshape":
            return self.reshape(x.inputs[0], shape)
        return x if shape == x.shape else self.node("reshape", (x,), shape)

    def transpose(self, x: Node, axes: Shape) -> Node:
        """The axes in another order."""
        if axes == tuple(range(len(axes))):
            return x
        if x.op == "transpose":
            before = x.attrs[0]
            return self.transpose(x.inputs[0], tuple(before[i] for i in axes))
        return self.node("transpose", (x,), axes)

    def broadcast(self, x: Node, shape: Shape) -> Node:
        """Repeated along new axes and those of length 1."""
        shape = tuple(shape)
        if np.broadcast_shapes(x.shape, shape) != shape:
            raise tell(ShapeError, "compile-broadcast", old=x.shape, new=shape)
        return x if x.shape == shape else self.node("broadcast", (x,), shape)

    def slice(self, x: Node, cuts: Any) -> Node:
        """Along each axis a triple: start, step, how many."""
        cuts = tuple(cuts)
        same = all(cut == (0, 1, n) for cut, n in zip(cuts, x.shape, strict=True))
        return x if same else self.node("slice", (x,), cuts)

    def pad(self, x: Node, widths: Any, value: Any = 0) -> Node:
        """A number before and after the elements along each axis."""
        widths = tuple((int(a), int(b)) for a, b in widths)
        if not any(a or b for a, b in widths):
            return x
        return self.node("pad", (x,), widths, x.dtype.type(value))

    def concat(self, xs: Any, axis: int) -> Node:
        """One after the other along an axis."""
        dtype = np.result_type(*(x.dtype for x in xs))
        xs = tuple(self.cast(x, dtype) for x in xs)
        return xs[0] if len(xs) == 1 else self.node("concat", xs, axis)


def refuse_kinds(array: Any) -> None:
    """Refuse what is more than an array: a masked one, a matrix."""
    if type(array) not in (np.ndarray, np.memmap):
        kind = type(array).__name__
        raise tell(UnsupportedError, "compile-array-kind", kind=kind)


def _kind(x: Operand) -> Any:
    """What decides the dtype of a result: a dtype, or that it is a Python number."""
    if hasattr(x, "dtype"):
        return x.dtype
    return np.dtype(bool) if isinstance(x, bool) else type(x)


def _key(attr: Any) -> Any:
    """What tells attributes apart."""
    if isinstance(attr, np.ndarray):
        return attr.dtype.str, attr.shape, attr.tobytes()
    if isinstance(attr, np.generic | float):
        return type(attr), np.asarray(attr).tobytes()  # 0.0 and -0.0, NaN and NaN
    return attr
