"""Diagonals and triangles of matrices, and matrices made from them."""

from __future__ import annotations

from operator import index
from typing import Any

import numpy as np

from .. import primitives
from ..core.graph import Variable, lift
from ..errors import ArgumentError, ShapeError, tell
from .compare import where
from .joining import stack
from .register import composite
from .shape import astype, moveaxis, ravel

__all__ = [
    "diag",
    "diagflat",
    "diagonal",
    "trace",
    "tril",
    "triu",
    "vander",
]

MOST_POWERS = 10_000  # of vander: each takes a step


@composite(np.tril)
def tril(m: Any, k: int = 0) -> Variable:
    """The lower triangle of the last two axes; zeros above diagonal `k`."""
    m = lift(m)
    return where(_below("tril", m, k), m, np.zeros_like(m.data))


@composite(np.triu)
def triu(m: Any, k: int = 0) -> Variable:
    """The upper triangle of the last two axes; zeros below diagonal `k`."""
    m = lift(m)
    return where(_below("triu", m, k - 1), np.zeros_like(m.data), m)


def _below(name: str, m: Variable, k: int) -> Any:
    """True on and below diagonal `k` of the last two axes."""
    if m.ndim < 2:
        raise tell(ShapeError, "triangle-axes", {"m": m}, name=name)
    return np.tri(m.shape[-2], m.shape[-1], k, dtype=bool, like=m.data)


@composite(np.diagonal)
def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Variable:
    """The diagonal of two axes, as a new last axis."""
    a, offset = moveaxis(lift(a), (axis1, axis2), (-2, -1)), index(offset)
    rows, columns = np.indices(a.shape[-2:])
    return a[(..., *np.nonzero(columns - rows == offset))]


@composite(np.trace)
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Variable:
    """The sum of the diagonal."""
    return lift(diagonal(a, offset, axis1, axis2).sum(axis=-1))


@composite(np.diag)
def diag(v: Any, k: int = 0) -> Variable:
    """Diagonal `k` of a matrix; or of a vector the matrix that has it there."""
    v, k = lift(v), index(k)
    if v.ndim == 2:
        return diagonal(v, k)
    if v.ndim != 1:
        raise tell(ShapeError, "diag-axes", {"v": v})
    n, rows = v.size + abs(k), np.arange(v.size)
    return lift(primitives.put(v, (rows + max(-k, 0), rows + max(k, 0)), (n, n)))


@composite(np.diagflat)
def diagflat(v: Any, k: int = 0) -> Variable:
    """The matrix that has the flattened `v` on diagonal `k`."""
    return diag(ravel(v), k)


@composite(np.vander)
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Variable:
    """The powers of each element of a vector, one row for each (Vandermonde).

    Args:
        x: a vector; integers are computed with as int64.
        N: how many powers, up to `MOST_POWERS`; None for as many as `x` has elements.
        increasing: from power 0 up, rather than down to it.
    """
    x = lift(x)
    N = x.size if N is None else index(N)
    if x.ndim != 1 or not 0 <= N <= max(x.size, MOST_POWERS):
        raise tell(ArgumentError, "vander-arguments", {"x": x}, most=MOST_POWERS, got=N)
    x = astype(x, np.result_type(x.dtype, np.int64)) if x.dtype.kind in "biu" else x
    if not N:
        return x[:, None][:, :0]
    powers: list[Any] = [np.ones_like(x.data)]
    for _ in range(N - 1):
        powers.append(x * powers[-1])
    return stack(powers if increasing else powers[::-1], axis=1)
