"""Polynomials as vectors of coefficients, that of the highest power first."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.graph import Variable, as_operand, data_of, lift
from ..errors import ArgumentError, ShapeError, tell
from .indexing import trim_zeros
from .joining import concatenate, together
from .register import composite
from .shape import astype, zeros_like
from .signal import convolve

__all__ = [
    "poly",
    "polyadd",
    "polyder",
    "polyint",
    "polymul",
    "polysub",
    "polyval",
]

MOST_INTEGRALS = 1000  # a coefficient divided by the factorial of that is 0


def _coefficients(name: str, p: Any) -> Any:
    p = as_operand(p)
    if p.ndim > 1:
        raise tell(ShapeError, "polynomial-vector", {"p": p}, name=name)
    return p if p.ndim else np.reshape(p, (1,))


@composite(np.polyval)
def polyval(p: Any, x: Any) -> Variable:
    """The value at each `x` of the polynomial with the coefficients `p` (Horner).

    Args:
        p: ``(n,)``; ``p[0]`` goes with ``x ** (n - 1)``.
        x: any shape.
    """
    p, x = lift(_coefficients("polyval", p)), lift(as_operand(x))
    if not p.size:
        return zeros_like(x)
    y = p[0] + np.zeros_like(x.data)
    for i in range(1, p.size):
        y = y * x + p[i]
    return lift(y)


@composite(np.polyadd)
def polyadd(a1: Any, a2: Any) -> Variable:
    """The sum of two polynomials."""
    a1, a2 = _same_length("polyadd", a1, a2)
    return lift(a1 + a2)


@composite(np.polysub)
def polysub(a1: Any, a2: Any) -> Variable:
    """The difference of two polynomials."""
    a1, a2 = _same_length("polysub", a1, a2)
    return lift(a1 - a2)


def _same_length(name: str, *ps: Any) -> list[Any]:
    """Polynomials with zeros for the powers that the others have beyond their own."""
    xs = [_coefficients(name, p) for p in together(ps)]
    n = max(x.size for x in xs)
    zeros = [np.zeros_like(data_of(x), shape=(n - x.size,)) for x in xs]
    return [
        concatenate([z, x]) if z.size else lift(x)
        for z, x in zip(zeros, xs, strict=True)
    ]


@composite(np.polymul)
def polymul(a1: Any, a2: Any) -> Variable:
    """The product of two polynomials, zeros before their first powers left out."""
    xs = [lift(_coefficients("polymul", p)) for p in together([a1, a2])]
    return convolve(*map(_leading, xs))


def _leading(p: Variable) -> Variable:
    """A polynomial from its first power on; of the polynomial 0 one coefficient."""
    return trim_zeros(p, "f") if np.any(p.data != 0) else p[-1:]


@composite(np.polyder)
def polyder(p: Any, m: int = 1) -> Variable:
    """The derivative of a polynomial, the `m`-th."""
    p = _wide(lift(_coefficients("polyder", p)), np.int64)
    for _ in range(min(_times("polyder", m), p.size)):
        p = p[:-1] * np.arange(p.size - 1, 0, -1, like=p.data).astype(p.dtype)
    return p


@composite(np.polyint)
def polyint(p: Any, m: int = 1, k: Any = None) -> Variable:
    """An antiderivative of a polynomial, the `m`-th.

    Args:
        p: coefficients.
        m: how often to integrate, up to `MOST_INTEGRALS`.
        k: the constants of integration, one for all or `m` of them; None for 0.
    """
    p = _wide(lift(_coefficients("polyint", p)), np.float64)
    m = _times("polyint", m)
    if m > MOST_INTEGRALS:
        raise tell(ArgumentError, "polyint-times", {"p": p}, most=MOST_INTEGRALS, got=m)
    k = lift(as_operand(together([p, 0.0 if k is None else k])[1]))
    k = k if k.ndim else k[None]
    p = astype(p, np.result_type(p.dtype, 1j)) if k.dtype.kind == "c" else p
    if k.shape not in ((1,), (m,)):
        raise tell(ArgumentError, "polyint-constants", {"p": p, "k": k}, m=m)
    for i in range(m):
        p = p / np.arange(p.size, 0, -1, like=p.data).astype(p.dtype)
        p = concatenate([p, astype(k[min(i, k.size - 1)][None], p.dtype)])
    return p


def _wide(p: Variable, dtype: Any) -> Variable:
    """Integers in a dtype that has a place for what they are multiplied by."""
    wide = np.result_type(p.dtype, dtype)
    return astype(p, wide) if p.dtype.kind in "biu" else p


def _times(name: str, m: Any) -> int:
    if not isinstance(m, int | np.integer) or m < 0:
        raise tell(ArgumentError, "polynomial-times", name=name, got=m)
    return int(m)


@composite(np.poly)
def poly(seq_of_zeros: Any) -> Variable:
    """The coefficients of the polynomial that has given zeros, and 1 in front."""
    zeros = lift(_coefficients("poly", seq_of_zeros))
    zeros = astype(zeros, np.float64) if zeros.dtype.kind in "biu" else zeros
    p: Any = np.ones_like(zeros.data, shape=(1,))
    for i in range(zeros.size):
        p = convolve(p, concatenate([np.ones_like(zeros.data[:1]), -zeros[i : i + 1]]))
    return lift(p)
