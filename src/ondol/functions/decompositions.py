"""Decompositions of matrices with their gradients; public as `ondol.functions.linalg`.

The formulas are those for the gradient of the usual convention, dL/dRe + i dL/dIm. The
engine carries its conjugate, so each rule conjugates on the way in and on the way out;
for real numbers that is nothing.

Source: M. Giles, "An extended collection of matrix derivative results for forward and
reverse mode algorithmic differentiation", Oxford, 2008; for complex matrices
Z.-Q. Wan, S.-X. Zhang, "Automatic differentiation for complex valued SVD",
arXiv:1909.02659.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..core.graph import Variable, apply, data_of, lift
from ..errors import ArgumentError, GradientError, tell
from .complexes import conj
from .joining import concatenate
from .register import composite, rule

__all__ = [
    "cholesky",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "qr",
    "svd",
    "svdvals",
]


class QRResult(NamedTuple):
    """An orthogonal and an upper triangular factor."""

    Q: Variable
    R: Variable


class EighResult(NamedTuple):
    """Eigenvalues ``(..., M)``, rising, and eigenvectors, the columns."""

    eigenvalues: Variable
    eigenvectors: Variable


class EigResult(NamedTuple):
    """Eigenvalues ``(..., M)`` in no order, and eigenvectors, the columns."""

    eigenvalues: Variable
    eigenvectors: Variable


class SVDResult(NamedTuple):
    """Left vectors, the columns of U; values, falling; right vectors, rows of Vh."""

    U: Variable
    S: Variable
    Vh: Variable


# -- what the rules share --------------------------------------------------------------


def swap(x: Any) -> Any:
    """The transpose of each matrix of a stack."""
    return np.swapaxes(x, -1, -2)


def adjoint(x: Any) -> Any:
    """The conjugate transpose of each matrix of a stack."""
    return conj(swap(x))


def solved(name: str, a: Any, b: Any) -> Any:
    """``inv(a) @ b`` for a gradient, which has none where `a` is singular."""
    try:
        return np.linalg.solve(a, b)
    except ValueError as error:
        raise tell(
            GradientError, "gradient-inverse", {"a": a}, name=name, words=error
        ) from None


def _hermitian(x: Any) -> Any:
    """The symmetric (Hermitian) matrix that has the lower triangle of `x`."""
    n, like = x.shape[-1], np.real(data_of(x))
    unit = np.eye(n, dtype=like.dtype, like=like)
    lower = x * (np.tri(n, dtype=like.dtype, like=like) - unit / 2)
    return lower + adjoint(lower)


def _diagonal(x: Any) -> Any:
    """True on the diagonal of matrices of the size of `x`."""
    return np.eye(x.shape[-1], dtype=bool, like=data_of(x))


def _resolution(values: Any) -> Any:
    """Below it differences of these values are rounding: ``(..., 1)``."""
    size = np.sum(np.absolute(values), axis=-1, keepdims=True)
    return size * np.finfo(values.dtype).eps


def _undefined(*gs: Any) -> Any:
    """NaN where a gradient arrives at the vectors, 0 where none does: ``(..., 1, 1)``.

    Which vectors belong to equal values is arbitrary; a loss that looks at them has no
    gradient there.
    """
    arrived = [np.any(g != 0, axis=(-2, -1), keepdims=True) for g in gs]
    nan = np.where(arrived[0] | arrived[-1], np.nan, 0)
    return nan.astype(np.real(gs[0]).dtype)


def _inverse_gaps(values: Any, undefined: Any) -> Any:
    """``1 / (values[j] - values[i])``; `undefined` for equal ones, 0 if i = j."""
    gap = values[..., None, :] - values[..., :, None]
    equal = np.absolute(gap) <= _resolution(values)[..., None]
    inverse = 1 / np.where(equal, 1, gap)
    return np.where(_diagonal(gap), 0, np.where(equal, undefined, inverse))


# -- triangular factors ----------------------------------------------------------------


def _grad_cholesky(g: Any, y: Any, a: Any) -> Any:
    upper = adjoint(y)
    middle = _hermitian(upper @ conj(g)) / 2
    right = solved("cholesky", upper, middle)
    return conj(solved("cholesky", upper, adjoint(right)))


rule(np.linalg.cholesky, _grad_cholesky)


@composite(np.linalg.cholesky)
def cholesky(a: Any, *, upper: bool = False) -> Variable:
    """The lower triangular L of ``a = L @ L^H``.

    Args:
        a: ``(..., M, M)``, symmetric (Hermitian) and positive definite; one triangle
            is read, the gradient is symmetric.
        upper: return the conjugate transpose of L, and read the upper triangle.

    Raises:
        ArgumentError: a matrix is not square, or not positive definite.
    """
    if upper:
        return adjoint(apply(np.linalg.cholesky, (adjoint(lift(a)),)))
    return apply(np.linalg.cholesky, (a,))


def _grad_qr(gs: Any, ys: Any, a: Any) -> Any:
    q, r = ys
    gq, gr = map(conj, gs)
    x = gq + q @ _hermitian(r @ adjoint(gr) - adjoint(gq) @ q)
    return conj(adjoint(solved("qr", r, adjoint(x))))


rule(np.linalg.qr, _grad_qr)


@composite(np.linalg.qr)
def qr(a: Any, mode: str = "reduced") -> Any:
    """Factors of ``a = Q @ R``: Q with orthonormal columns, R upper triangular.

    Args:
        a: ``(..., M, N)``; the gradient needs the first min(M, N) columns independent.
        mode: "reduced" for Q ``(..., M, K)`` and R ``(..., K, N)``, K = min(M, N);
            "r" for R alone.

    Raises:
        ArgumentError: another mode: the further columns of a complete Q are arbitrary.
    """
    if mode not in ("reduced", "r"):
        raise tell(ArgumentError, "qr-mode", {"a": a}, got=mode)
    a = lift(a)
    wide = a.ndim > 1 and a.shape[-1] > a.shape[-2]
    square = a[..., : a.shape[-2]] if wide else a
    q, r = apply(np.linalg.qr, (square,))
    if wide:
        r = concatenate([r, adjoint(q) @ a[..., a.shape[-2] :]], axis=-1)
    return r if mode == "r" else QRResult(q, r)


# -- eigenvalues -----------------------------------------------------------------------


def _grad_eigh(gs: Any, ys: Any, a: Any, UPLO: str = "L") -> Any:
    w, v = ys
    gv = conj(gs[1])
    turn = (adjoint(v) @ gv) * _inverse_gaps(w, _undefined(gv))
    middle = np.where(_diagonal(v), gs[0][..., None, :], turn)
    x = v @ middle @ adjoint(v)
    return conj(x + adjoint(x)) / 2


def _grad_eigvalsh(g: Any, y: Any, a: Any, UPLO: Any = "L") -> Any:
    v = np.linalg.eigh(a, UPLO)[1]
    return conj(v * g[..., None, :]) @ swap(v)


rule(np.linalg.eigh, _grad_eigh)
eigvalsh = rule(np.linalg.eigvalsh, _grad_eigvalsh)


@composite(np.linalg.eigh)
def eigh(a: Any, UPLO: str = "L") -> EighResult:
    """Eigenvalues and eigenvectors of symmetric (Hermitian) matrices.

    Args:
        a: ``(..., M, M)``; the gradient is symmetric.
        UPLO: "L" or "U", the triangle to read.

    Returns:
        ``(eigenvalues, eigenvectors)``: rising values ``(..., M)``, and ``(..., M, M)``
        with a vector in each column. A gradient that reaches the vectors is NaN where
        values repeat.
    """
    return EighResult(*apply(np.linalg.eigh, (a, UPLO)))


def _grad_eig(gs: Any, ys: Any, a: Any) -> Any:
    w, v = ys
    gw, gv = map(conj, gs)
    stretch = np.real(np.sum(conj(v) * gv, axis=-2))[..., None, :]  # they have length 1
    turn = adjoint(v) @ gv - (adjoint(v) @ v) * stretch
    turn = turn * conj(_inverse_gaps(w, _undefined(gv)))
    middle = np.where(_diagonal(v), gw[..., None, :], turn)
    return conj(solved("eig", adjoint(v), middle @ adjoint(v)))


rule(np.linalg.eig, _grad_eig)


@composite(np.linalg.eig)
def eig(a: Any) -> EigResult:
    """Eigenvalues and eigenvectors of square matrices.

    Args:
        a: ``(..., M, M)``. The gradient needs M independent vectors, and for that of
            the vectors different values.

    Returns:
        ``(eigenvalues, eigenvectors)``, ``(..., M)`` and ``(..., M, M)`` with a vector
        of length 1 in each column; real if all values of a real `a` are, else complex.
    """
    return EigResult(*apply(np.linalg.eig, (a,)))


@composite(np.linalg.eigvals)
def eigvals(a: Any) -> Variable:
    """The eigenvalues that `eig` finds: ``(..., M, M)`` to ``(..., M)``."""
    return eig(a).eigenvalues


# -- singular values -------------------------------------------------------------------


def _grad_svd(gs: Any, ys: Any, a: Any, full_matrices: bool) -> Any:
    u, s, vh = ys
    gu, gvh = conj(gs[0]), conj(gs[2])
    v, undefined = adjoint(vh), _undefined(gu, gvh)
    left, right = adjoint(u) @ gu, vh @ adjoint(gvh)
    left, right = left - adjoint(left), right - adjoint(right)
    sums = s[..., None, :] + s[..., :, None]
    gaps = _inverse_gaps(s, undefined) / np.where(sums == 0, 1, sums)
    turn = (left * s[..., None, :] + s[..., :, None] * right) * gaps
    nothing = s <= _resolution(s)
    inverse = np.where(nothing, undefined[..., 0], 1 / np.where(nothing, 1, s))
    values = np.where(nothing, 0, gs[1])[..., None, :]
    if left.dtype.kind == "c":  # the one phase that each pair of vectors shares
        values = values + left * inverse[..., None, :] / 2
    x = u @ np.where(_diagonal(turn), values, turn) @ vh
    if a.shape[-2] > s.shape[-1]:
        out = gu * inverse[..., None, :]
        x = x + (out - u @ (adjoint(u) @ out)) @ vh
    if a.shape[-1] > s.shape[-1]:
        out = inverse[..., :, None] * gvh
        x = x + u @ (out - (out @ v) @ vh)
    return conj(x)


def _grad_svdvals(g: Any, y: Any, x: Any) -> Any:
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    g = np.where(s <= _resolution(s), 0, g)
    return conj(u * g[..., None, :]) @ conj(vh)


rule(np.linalg.svd, _grad_svd)
svdvals = rule(np.linalg.svdvals, _grad_svdvals)


@composite(np.linalg.svd)
def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """Singular values and vectors: ``a = U @ diag(S) @ Vh``.

    Args:
        a: ``(..., M, N)``; K = min(M, N).
        full_matrices: has to be False unless M = N: the further vectors are arbitrary.
        compute_uv: False for the values alone, as `svdvals`.

    Returns:
        ``(U, S, Vh)``: ``(..., M, K)``, falling values ``(..., K)``, ``(..., K, N)``. A
        gradient that reaches the vectors is NaN where values repeat, or are 0.

    Raises:
        ArgumentError: all vectors of a matrix that is not square.
    """
    a = lift(a)
    if not compute_uv:
        return svdvals(a)
    if full_matrices and a.shape[-1:] != a.shape[-2:-1]:
        raise tell(ArgumentError, "svd-full", {"a": a})
    return SVDResult(*apply(np.linalg.svd, (a, False)))
