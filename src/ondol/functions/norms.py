"""Norms of vectors and matrices; public as `ondol.functions.linalg`.

The gradient of a norm at 0 is 0, as for ``|x|``; so is that by an element that is 0,
and by the part of a matrix whose singular value is 0. Elements that tie for a largest
or smallest one share the gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

import numpy as np

from ..core.graph import Variable, as_operand, lift
from ..errors import ArgumentError, tell
from .checks import axes_of
from .compare import where
from .complexes import imag, real
from .decompositions import svdvals
from .math import absolute, power, sqrt
from .reduce import max, min, sum
from .register import composite
from .shape import astype, expand_dims, moveaxis

__all__ = [
    "cond",
    "matrix_norm",
    "norm",
    "vector_norm",
]

Axes = int | tuple[int, ...] | None


@composite(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Axes = None, keepdims: bool = False) -> Any:
    """The norm of vectors or of matrices.

    Args:
        x: any shape.
        ord: None for the root of the sum of squares; for vectors a number, `inf` or
            `-inf`; for matrices "fro", "nuc", 1, -1, 2, -2, `inf` or `-inf`.
        axis: one axis for vectors, two for matrices; None for `x` as one vector, or one
            matrix if it has two axes.
        keepdims: keep the axes with length 1.

    Raises:
        ArgumentError: no such norm, or an `axis` that fits none.
    """
    x = _floating(x)
    if axis is None and (ord is None or x.ndim == 1):
        return vector_norm(x, keepdims=keepdims, ord=2 if ord is None else ord)
    axes = axes_of("norm", x, axis)
    if len(axes) == 1:
        return vector_norm(
            x, axis=axes, keepdims=keepdims, ord=2 if ord is None else ord
        )
    if len(axes) != 2:
        raise tell(ArgumentError, "norm-axes", {"x": x}, axis=axis)
    return _matrix_norm(x, "fro" if ord is None else ord, axes, keepdims)


@composite(np.linalg.vector_norm)
def vector_norm(
    x: Any, /, *, axis: Axes = None, keepdims: bool = False, ord: Any = 2
) -> Variable:
    """The norm of vectors: ``sum(|x| ** ord) ** (1 / ord)``.

    Args:
        x: any shape.
        axis: the axis, or the axes together, along which the vectors lie; None for all.
        keepdims: keep these axes with length 1.
        ord: a number; 0 counts the elements that are not 0, `inf` and `-inf` take the
            largest and the smallest ``|x|``.
    """
    x = _floating(x)
    axes = axes_of("norm", x, axis)
    if not isinstance(ord, int | float | np.number):
        raise tell(ArgumentError, "norm-vector-order", {"x": x}, got=ord)
    if ord in (inf, -inf):
        return (max if ord > 0 else min)(absolute(x), axis=axes, keepdims=keepdims)
    if ord == 0:
        return sum(astype(x != 0, np.real(x.data).dtype), axis=axes, keepdims=keepdims)
    if ord == 1:
        return sum(absolute(x), axis=axes, keepdims=keepdims)
    if ord == 2:
        return _root(sum(_squares(x), axis=axes, keepdims=keepdims))
    return _power_norm(absolute(x), float(ord), axes, keepdims)


def _matrix_norm(x: Variable, ord: Any, axes: Any, keepdims: bool) -> Variable:
    measure = _MATRIX_NORMS.get(ord)
    if measure is None:
        raise tell(
            ArgumentError,
            "norm-matrix-order",
            {"x": x},
            orders=", ".join(map(repr, _MATRIX_NORMS)),
            got=ord,
        )
    y = measure(moveaxis(x, axes, (-2, -1)))
    return expand_dims(y, axes) if keepdims else y


_MATRIX_NORMS: dict[Any, Callable[[Variable], Variable]] = {
    "fro": lambda x: _root(sum(_squares(x), axis=(-2, -1))),
    "nuc": lambda x: sum(svdvals(x), axis=-1),
    2: lambda x: max(svdvals(x), axis=-1),
    -2: lambda x: min(svdvals(x), axis=-1),
    1: lambda x: max(sum(absolute(x), axis=-2), axis=-1),
    -1: lambda x: min(sum(absolute(x), axis=-2), axis=-1),
    inf: lambda x: max(sum(absolute(x), axis=-1), axis=-1),
    -inf: lambda x: min(sum(absolute(x), axis=-1), axis=-1),
}


@composite(np.linalg.matrix_norm)
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Variable:
    """The norm of matrices ``(..., M, N)``; `ord` and `keepdims` as of `norm`."""
    return norm(x, ord, axis=(-2, -1), keepdims=keepdims)


@composite(np.linalg.cond)
def cond(x: Any, p: Any = None) -> Variable:
    """The condition number, the norm of a matrix times that of its inverse.

    Args:
        x: ``(..., M, N)``; square unless `p` is None, 2 or -2.
        p: which norm, as `ord` of `norm`; None for 2. It is `inf` for a singular
            matrix if p is None or 2; with other norms that is an error.
    """
    if p in (None, 2, -2):
        s = svdvals(x)
        largest, smallest = s[..., 0], s[..., -1]
        return _ratio(smallest, largest) if p == -2 else _ratio(largest, smallest)
    return matrix_norm(x, ord=p) * matrix_norm(np.linalg.inv(lift(x)), ord=p)


# -- what they are made of -------------------------------------------------------------


def _ratio(a: Variable, b: Variable) -> Variable:
    zero = b.data == 0
    return where(zero, inf, a / where(zero, 1.0, b))


def _floating(x: Any) -> Variable:
    """Norms of integers are taken in float64, as NumPy does."""
    x = lift(as_operand(x))
    return astype(x, np.float64) if x.dtype.kind in "biu" else x


def _squares(x: Variable) -> Variable:
    return real(x) ** 2 + imag(x) ** 2 if x.dtype.kind == "c" else x * x


def _root(x: Variable) -> Variable:
    """The square root with the gradient 0 at 0, in all orders."""
    zero = x.data == 0
    return where(zero, 0.0, sqrt(where(zero, 1.0, x)))


def _power_norm(size: Variable, p: float, axes: Any, keepdims: bool) -> Variable:
    """The root of the sum of powers, where what is 0 takes no gradient."""
    zero, of_zero = size.data == 0, (0.0 if p > 0 else inf)
    powers = where(zero, of_zero, power(where(zero, 1.0, size), p))
    total = sum(powers, axis=axes, keepdims=keepdims)
    none = total.data == 0
    return where(none, of_zero, power(where(none, 1.0, total), 1 / p))
