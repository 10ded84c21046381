"""Linear algebra: NumPy's ``np.linalg``, as ``F.linalg.inv`` and so on.

Everything works on stacks of matrices, ``(..., M, N)``, real or complex, in float32 or
float64. NumPy's routines compute; what they refuse (not square, singular, not positive
definite) is an ArgumentError that names the operand.

Conventions of the gradients:

- A function of symmetric (Hermitian) matrices has a symmetric gradient, although NumPy
  reads one triangle alone: `cholesky`, `eigh`, `eigvalsh`.
- That of eigenvalues and singular values is right also where these repeat, for a loss
  that treats equal ones alike. A singular value of 0 is a kink, as of ``|x|``: it
  passes 0.
- Eigenvectors and singular vectors have no derivative where their values repeat: a
  gradient that reaches them there becomes NaN, not some number. The loss must not
  depend on their signs (phases). Second derivatives of the values need the vectors'.
- `pinv` and `lstsq` are differentiated at constant rank; they need no different values.

Source: M. Giles, "An extended collection of matrix derivative results for forward and
reverse mode algorithmic differentiation", Oxford, 2008. G. Golub, V. Pereyra, "The
differentiation of pseudo-inverses and nonlinear least squares problems", 1973.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import prod
from typing import Any, NamedTuple

import numpy as np

from ..arrays import primitive
from ..core.graph import Variable, apply, as_operand, data_of, lift
from ..errors import ArgumentError, ShapeError, tell
from . import products
from .complexes import conj, real
from .decompositions import (
    adjoint,
    cholesky,
    eig,
    eigh,
    eigvals,
    eigvalsh,
    qr,
    solved,
    svd,
    svdvals,
    swap,
)
from .norms import cond, matrix_norm, norm, vector_norm
from .reduce import all, count_nonzero, sum
from .register import composite, constant, rule
from .shape import moveaxis, reshape

__all__ = [
    "cholesky",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "lstsq",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "multi_dot",
    "norm",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "svdvals",
    "tensordot",
    "tensorinv",
    "tensorsolve",
    "trace",
    "vecdot",
    "vector_norm",
]


class SlogdetResult(NamedTuple):
    """The sign (phase) of a determinant and the logarithm of its absolute value."""

    sign: Variable
    logabsdet: Variable


# -- equations -------------------------------------------------------------------------


def _grad_constants(g: Any, y: Any, a: Any, b: Any) -> Any:
    """NumPy takes `b` for a vector if it has one axis, else for matrices."""
    if b.ndim == 1:
        return np.linalg.solve(swap(a), g[..., None])[..., 0]
    return np.linalg.solve(swap(a), g)


def _grad_coefficients(g: Any, y: Any, a: Any, b: Any) -> Any:
    g = _grad_constants(g, y, a, b)
    if b.ndim == 1:
        return -g[..., :, None] * y[..., None, :]
    return -g @ swap(y)


inv = rule(np.linalg.inv, lambda g, y, a: -swap(y) @ g @ swap(y))
solve = rule(np.linalg.solve, _grad_coefficients, _grad_constants)


def _grad_pinv(g: Any, y: Any, a: Any, rcond: Any = None, *, rtol: Any = None) -> Any:
    g = swap(g)
    left, right = g @ y @ adjoint(y), adjoint(y) @ y @ g
    along = swap(y @ g @ y)
    return conj(left - a @ y @ left + right - right @ y @ a) - along


rule(np.linalg.pinv, _grad_pinv)


@composite(np.linalg.pinv)
def pinv(a: Any, rcond: Any = None, *, rtol: Any = None) -> Variable:
    """The pseudo-inverse, ``(..., M, N)`` to ``(..., N, M)``.

    Args:
        a: a stack of matrices, whose rank the gradient takes as constant.
        rcond: singular values up to this share of the largest count as 0; 1e-15 if
            neither is given.
        rtol: another name of it.
    """
    if rcond is not None and rtol is not None:
        raise tell(ArgumentError, "pinv-tolerance", {"a": a})
    share = rtol if rcond is None else rcond
    return apply(np.linalg.pinv, (a,), {} if share is None else {"rtol": share})


@composite(np.linalg.lstsq)
def lstsq(a: Any, b: Any, rcond: float | None = None) -> tuple[Variable, ...]:
    """The x, of all the shortest, that makes ``b - a @ x`` shortest.

    Args:
        a: ``(M, N)``; the gradient takes its rank as constant.
        b: ``(M,)`` or ``(M, K)``.
        rcond: singular values up to this share of the largest count as 0; None for the
            precision times max(M, N).

    Returns:
        x ``(N,)`` or ``(N, K)``; the sums of the squared residuals ``(1,)`` or
        ``(K,)``, none if the rank is below N or M <= N; the rank; the singular values.
    """
    a, b = lift(a), lift(b)
    if a.ndim != 2 or b.ndim not in (1, 2) or a.shape[:1] != b.shape[:1]:
        raise tell(ShapeError, "lstsq-shapes", {"a": a, "b": b})
    s = svdvals(a)
    precision = np.finfo(s.dtype).eps
    share = precision * (max(*a.shape, 1) if rcond is None else 1)
    share = rcond if rcond is not None and rcond >= 0 else share
    x = pinv(a, share) @ b
    counts = s > share * s[:1]
    rest = reshape(b - a @ x, (b.shape[0], prod(b.shape[1:])))
    squares = sum(real(rest * conj(rest)), axis=0)
    known = a.shape[0] > a.shape[1] and all(counts)
    return x, squares if known else squares[:0], count_nonzero(counts), s


@composite(np.linalg.tensorinv)
def tensorinv(a: Any, ind: int = 2) -> Variable:
    """The inverse of `tensordot` with `a` over its last axes.

    Args:
        a: any shape whose first `ind` axes have together as many elements as the rest.
        ind: how many axes, above 0, come last in the result.
    """
    a = lift(a)
    if not isinstance(ind, int) or ind < 1 or prod(a.shape[:ind]) ** 2 != a.size:
        raise tell(ShapeError, "tensorinv-shape", {"a": a}, ind=ind)
    n = prod(a.shape[:ind])
    return reshape(inv(reshape(a, (n, n))), a.shape[ind:] + a.shape[:ind])


@composite(np.linalg.tensorsolve)
def tensorsolve(a: Any, b: Any, axes: Any = None) -> Variable:
    """The x of ``tensordot(a, x, x.ndim) == b``.

    Args:
        a: ``b.shape + x.shape``, with as many elements in b as in x.
        b: any shape.
        axes: axes of `a` to move to its end first.
    """
    a, b = lift(a), lift(b)
    if axes is not None:
        a = moveaxis(a, axes, tuple(range(a.ndim - len(axes), a.ndim)))
    if prod(a.shape[: b.ndim]) != b.size or b.size**2 != a.size:
        raise tell(ShapeError, "tensorsolve-shapes", {"a": a, "b": b})
    x = solve(reshape(a, (b.size, b.size)), reshape(b, -1))
    return reshape(x, a.shape[b.ndim :])


# -- determinants ----------------------------------------------------------------------


def _product_of_others(s: Any) -> Any:
    """For each element the product of all others along the last axis."""
    first = np.ones_like(s[..., :1])
    before = np.cumprod(np.concatenate([first, s[..., :-1]], -1), -1)
    back = np.concatenate([first, np.flip(s[..., 1:], -1)], -1)
    return before * np.flip(np.cumprod(back, -1), -1)


def _bases(a: Any) -> tuple[Any, Any, Any, Any]:
    """The conjugates of U and Vh, S, and the determinant of ``U @ Vh``."""
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    turn = np.linalg.det(u) * np.linalg.det(vh)
    return conj(u), s, conj(vh), turn[..., None, None]


@primitive
def cofactors(a: Any) -> Any:
    """``det(a) * inv(a).T``, computed by singular values, so that `a` may be singular.

    The cofactors of a product are the product of the cofactors.
    """
    u, s, vh, turn = _bases(a)
    return (u * _product_of_others(s)[..., None, :]) @ vh * turn


def _grad_cofactors(g: Any, y: Any, a: Any) -> Any:
    """Of a diagonal matrix, and from there by the bases of singular vectors."""
    u, s, vh, turn = _bases(a)
    unit = np.eye(s.shape[-1], dtype=bool, like=data_of(s))
    rest = _product_of_others(np.where(unit, 1, s[..., None, :]))
    rest = np.where(unit, 0, rest)  # [i, j]: the product of all s but s[i] and s[j]
    inner = swap(u) @ g @ swap(vh)
    straight = np.sum(np.where(unit, inner, 0), axis=-1, keepdims=True)
    inner = np.where(unit, rest @ straight, -swap(rest * inner))
    return u @ inner @ vh * turn


rule(cofactors, _grad_cofactors)
det = rule(np.linalg.det, lambda g, y, a: g[..., None, None] * cofactors(a))


def _grad_slogdet(gs: Any, ys: Any, a: Any) -> Any:
    g = gs[1] + 1j * np.imag(gs[0] * ys[0]) if a.dtype.kind == "c" else gs[1]
    unit = np.eye(a.shape[-1], dtype=a.dtype, like=data_of(a))
    return g[..., None, None] * solved("slogdet", swap(a), unit)


rule(np.linalg.slogdet, _grad_slogdet)


@composite(np.linalg.slogdet)
def slogdet(a: Any) -> SlogdetResult:
    """The sign (of complex matrices the phase) and the logarithm of a determinant.

    Args:
        a: ``(..., M, M)``; singular ones have ``(0, -inf)``, and no gradient.

    Returns:
        ``(sign, logabsdet)``: ``det(a) = sign * exp(logabsdet)`` without overflow.
    """
    return SlogdetResult(*apply(np.linalg.slogdet, (a,)))


matrix_rank = constant(np.linalg.matrix_rank)


# -- products --------------------------------------------------------------------------


@composite(np.linalg.matrix_power)
def matrix_power(a: Any, n: int) -> Variable:
    """The product of n times `a`, by repeated squares.

    Args:
        a: ``(..., M, M)``.
        n: a whole number; below 0 for powers of the inverse.
    """
    a = lift(a)
    if not isinstance(n, int | np.integer) or abs(n) >= 2**63:
        raise tell(ArgumentError, "matrix-power-exponent", {"a": a}, got=n)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise tell(ShapeError, "matrix-power-shape", {"a": a})
    if n < 0:
        return matrix_power(inv(a), -n)
    if n == 0:
        return a * 0 + np.eye(a.shape[-1], dtype=a.dtype, like=a.data)
    if n == 1:
        return a
    half = matrix_power(a, n // 2)
    return half @ half @ a if n % 2 else half @ half


@composite(np.linalg.multi_dot)
def multi_dot(arrays: Sequence[Any]) -> Variable:
    """The product of two or more matrices, in the order that takes the least work.

    Args:
        arrays: matrices; the first and the last may be vectors.

    Source: Cormen et al., "Introduction to Algorithms", matrix-chain multiplication.
    """
    xs = [as_operand(x) for x in arrays]
    ranks = [x.ndim for x in xs]
    if len(xs) < 2 or {*ranks[1:-1]} - {2} or {ranks[0], ranks[-1]} - {1, 2}:
        raise tell(ShapeError, "multi-dot-arrays", xs)
    rows = [x.shape[0] for x in xs]
    sizes = [rows[0] if ranks[0] == 2 else 1, *rows[1:]]
    sizes.append(xs[-1].shape[1] if ranks[-1] == 2 else 1)

    @cache
    def work(i: int, j: int) -> tuple[int, int]:
        """The least work for the factors from i to j, and the last cut between."""
        costs = (
            (work(i, k)[0] + work(k, j)[0] + sizes[i] * sizes[k] * sizes[j], k)
            for k in range(i + 1, j)
        )
        return min(costs, default=(0, i))

    def multiply(i: int, j: int) -> Any:
        k = work(i, j)[1]
        return xs[i] if k == i else matmul(multiply(i, k), multiply(k, j))

    return multiply(0, len(xs))


@composite(np.linalg.matmul)
def matmul(x1: Any, x2: Any, /) -> Variable:
    """`ondol.functions.matmul`."""
    return lift(np.matmul(lift(x1), x2))


@composite(np.linalg.tensordot)
def tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Variable:
    """`ondol.functions.tensordot`."""
    return lift(np.tensordot(lift(x1), x2, axes))


@composite(np.linalg.outer)
def outer(x1: Any, x2: Any, /) -> Variable:
    """Every element of one vector with every element of another: ``(M, N)``."""
    x1, x2 = lift(x1), lift(x2)
    if x1.ndim != 1 or x2.ndim != 1:
        raise tell(ShapeError, "outer-vectors", {"x1": x1, "x2": x2})
    return lift(np.outer(x1, x2))


@composite(np.linalg.vecdot)
def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Variable:
    """The products of vectors along `axis`, of which the first is conjugated."""
    return products.vecdot(moveaxis(lift(x1), axis, -1), moveaxis(lift(x2), axis, -1))


@composite(np.linalg.cross)
def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Variable:
    """The cross product of vectors of three elements along `axis`."""
    return products.cross(x1, x2, axis=axis)


@composite(np.linalg.trace)
def trace(x: Any, /, *, offset: int = 0) -> Variable:
    """The sum of the diagonal of each matrix of ``(..., M, N)``."""
    return lift(np.trace(lift(x), offset, -2, -1))


@composite(np.linalg.diagonal)
def diagonal(x: Any, /, *, offset: int = 0) -> Variable:
    """The diagonal of each matrix of ``(..., M, N)``, along the last axis."""
    return lift(np.diagonal(lift(x), offset, -2, -1))


@composite(np.linalg.matrix_transpose)
def matrix_transpose(x: Any, /) -> Variable:
    """Rows for columns in each matrix: ``(..., M, N)`` to ``(..., N, M)``."""
    return lift(np.matrix_transpose(lift(x)))


for _function in (det, eigvalsh, inv, matrix_rank, solve, svdvals):
    _function.__module__ = __name__  # where pickle finds it
