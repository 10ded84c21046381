"""Products of matrices and of arrays of higher rank (book step 41)."""

from __future__ import annotations

import string
from math import prod
from typing import Any

import numpy as np

from .. import primitives
from ..core.graph import Variable, apply, as_operand, data_of, lift
from ..core.rules import RULES
from ..errors import ArgumentError, ShapeError, tell
from ..hot import LARGE, PRODUCT, hot
from .checks import axis_of
from .complexes import conj
from .math import multiply
from .register import composite, rule
from .shape import moveaxis, reshape

__all__ = [
    "cross",
    "dot",
    "einsum",
    "inner",
    "kron",
    "matmul",
    "matvec",
    "outer",
    "tensordot",
    "vdot",
    "vecdot",
    "vecmat",
]

_ndarray = np.ndarray
# OpenBLAS shares out among threads what has more multiplications than `ALONE`. A tall
# matrix times one of up to `SMALL` elements then takes longer than in one thread.
ALONE, SMALL = LARGE * PRODUCT, 1 << 6


def _swap(x: Any) -> Any:
    """The transpose of the last two axes."""
    return x.T if x.ndim == 2 else np.swapaxes(x, -1, -2)


def multiplied(a: Any, b: Any, *_: Any) -> int:
    """How much there is to do in ``a @ b``, for `hot`."""
    return int(a.size * (b.shape[-1] if b.ndim > 1 else 1) // PRODUCT)


def product(a: Any, b: Any) -> Any:
    """``a @ b``; small matrices by NumPy's `dot`, which has less to prepare."""
    plain = type(a) is type(b) is _ndarray and a.ndim == b.ndim == 2
    if plain and a.shape[1] == len(b) and len(a) * b.size < ALONE:
        return a.dot(b)
    return _product(a, b)


@hot(work=multiplied)
def _product(a: Any, b: Any) -> Any:
    plain = type(a) is type(b) is _ndarray and a.ndim == b.ndim == 2
    if plain and a.shape[1] == len(b):
        return _by_rows(a, b) if b.size <= SMALL else a.dot(b)
    return a @ b


def _by_rows(a: Any, b: Any) -> Any:
    """``a @ b`` by as many rows at a time as one thread of OpenBLAS takes."""
    dtype, count = np.result_type(a, b), ALONE // b.size
    y, b = np.empty((len(a), b.shape[1]), dtype), b.astype(dtype)
    for i in range(0, len(a), count):
        np.dot(a[i : i + count], b, out=y[i : i + count])
    return y


def multiplied_back(g: Any, y: Any, a: Any, b: Any, *_: Any) -> int:
    """How much there is to do in its gradients."""
    return multiplied(a, b)


@hot(work=multiplied_back)
def left_grad(g: Any, y: Any, a: Any, b: Any) -> Any:
    """``y = a @ b`` for `a`: g @ b.T, with vectors as one row or one column."""
    if b.ndim == 1:
        return np.expand_dims(g, -1) * b
    if a.ndim == 1:
        return (np.expand_dims(g, -2) @ _swap(b))[..., 0, :]
    return product(g, _swap(b))


@hot(work=multiplied_back)
def right_grad(g: Any, y: Any, a: Any, b: Any) -> Any:
    """``y = a @ b`` for `b`: a.T @ g; one product for a whole stack of `a`."""
    if a.ndim == 1:
        return np.expand_dims(a, -1) * np.expand_dims(g, -2) if b.ndim > 1 else a * g
    if b.ndim <= 2 < a.ndim:
        rows = prod(a.shape[:-1])
        g = np.reshape(g, (rows, *g.shape[a.ndim - 1 :]))
        a = np.reshape(a, (rows, a.shape[-1]))
    return product(_swap(a), g)


matmul = rule(np.matmul, left_grad, right_grad)
RULES[np.matmul].forward = product


@composite(np.dot)
def dot(a: Any, b: Any) -> Variable:
    """NumPy's dot: the last axis of `a` with the last but one of `b`."""
    a, b = as_operand(a), as_operand(b)
    if 0 in (a.ndim, b.ndim):
        return multiply(a, b)
    return matmul(a, b) if b.ndim <= 2 else tensordot(a, b, axes=((-1,), (-2,)))


@composite(np.inner)
def inner(a: Any, b: Any) -> Variable:
    """The last axis of `a` with the last of `b`."""
    a, b = as_operand(a), as_operand(b)
    if 0 in (a.ndim, b.ndim):
        return multiply(a, b)
    return tensordot(a, b, axes=((-1,), (-1,)))


@composite(np.outer)
def outer(a: Any, b: Any) -> Variable:
    """Every element of `a` with every element of `b`: ``(a.size, b.size)``."""
    a, b = as_operand(a), as_operand(b)
    return multiply(np.reshape(a, (a.size, 1)), np.reshape(b, (1, b.size)))


@composite(np.vdot)
def vdot(a: Any, b: Any) -> Variable:
    """``sum(conj(a) * b)`` of the flattened arrays."""
    a, b = np.reshape(as_operand(a), -1), np.reshape(as_operand(b), -1)
    if a.shape != b.shape:
        raise tell(ShapeError, "vdot-sizes", {"a": a, "b": b})
    return matmul(conj(a), b)


@composite(np.vecdot)
def vecdot(x1: Any, x2: Any) -> Variable:
    """``sum(conj(x1) * x2)`` over the last axis; the other axes broadcast.

    Args:
        x1: ``(..., n)``.
        x2: ``(..., n)``.

    Returns:
        ``(...)``.
    """
    x1, x2 = _fit("vecdot", x1, x2, 1, 1)
    return einsum("...n,...n->...", conj(x1), x2)


@composite()
def matvec(x1: Any, x2: Any) -> Variable:
    """Matrices times vectors; the axes before these broadcast.

    Args:
        x1: ``(..., m, n)``.
        x2: ``(..., n)``.

    Returns:
        ``(..., m)``.
    """
    x1, x2 = _fit("matvec", x1, x2, 2, 1)
    if x2.ndim == 1:
        return matmul(x1, x2)
    return lift(matmul(x1, np.expand_dims(x2, -1))[..., 0])


@composite()
def vecmat(x1: Any, x2: Any) -> Variable:
    """Vectors, conjugated, times matrices; the axes before these broadcast.

    Args:
        x1: ``(..., n)``.
        x2: ``(..., n, m)``.

    Returns:
        ``(..., m)``.
    """
    x1, x2 = _fit("vecmat", x1, x2, 1, 2)
    if x1.ndim == 1:
        return matmul(conj(x1), x2)
    return lift(matmul(np.expand_dims(conj(x1), -2), x2)[..., 0, :])


if hasattr(np, "matvec"):  # from NumPy 2.2
    composite(np.matvec)(matvec)
    composite(np.vecmat)(vecmat)


def _fit(name: str, x1: Any, x2: Any, rank1: int, rank2: int) -> tuple[Any, Any]:
    """Operands with a common ``n``: the last axis of `x1` and the first of `x2`'s."""
    x1, x2 = as_operand(x1), as_operand(x2)
    if x1.ndim < rank1 or x2.ndim < rank2 or x1.shape[-1] != x2.shape[-rank2]:
        letters = "(..., n)", "(..., m, n)" if rank1 > 1 else "(..., n, m)"
        first, second = letters[rank1 - 1], letters[rank2 - 1]
        raise tell(
            ShapeError,
            "product-shapes",
            {"x1": x1, "x2": x2},
            name=name,
            first=first,
            second=second,
        )
    return x1, x2


@composite(np.cross)
def cross(
    a: Any,
    b: Any,
    axisa: int = -1,
    axisb: int = -1,
    axisc: int = -1,
    axis: int | None = None,
) -> Variable:
    """The vector product of vectors of 3 elements; the other axes broadcast.

    Args:
        a: any shape with an axis of length 3.
        b: likewise.
        axisa: that axis of `a`.
        axisb: that of `b`.
        axisc: where the result has it.
        axis: where all of them have it.
    """
    axes = (axisa, axisb, axisc) if axis is None else (axis,) * 3
    a, b = as_operand(a), as_operand(b)
    for n, x in zip(axes, (a, b), strict=False):
        if x.shape[axis_of("cross", x, n)] != 3:
            raise tell(ShapeError, "cross-lengths", {"a": a, "b": b}, axis=n)
    a, b = np.moveaxis(a, axes[0], -1), np.moveaxis(b, axes[1], -1)
    right, left = [1, 2, 0], [2, 0, 1]
    c = a[..., right] * b[..., left] - a[..., left] * b[..., right]
    return moveaxis(lift(c), -1, axes[2])


@composite(np.kron)
def kron(a: Any, b: Any) -> Variable:
    """Every element of `a` times all of `b`, laid out as blocks (Kronecker).

    The axes are counted from the last; missing ones are added in front.
    """
    a, b = as_operand(a), as_operand(b)
    ndim = max(a.ndim, b.ndim)
    a, b = (np.reshape(x, (1,) * (ndim - x.ndim) + x.shape) for x in (a, b))
    shape = tuple(m * n for m, n in zip(a.shape, b.shape, strict=True))
    a = np.expand_dims(a, tuple(range(1, 2 * ndim, 2)))
    b = np.expand_dims(b, tuple(range(0, 2 * ndim, 2)))
    return reshape(multiply(a, b), shape)


@composite(np.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Variable:
    """Sum the products over pairs of axes.

    Args:
        a: any shape.
        b: any shape.
        axes: how many axes, the last of `a` with the first of `b`; or two sequences,
            the axes of `a` and of `b`.
    """
    a, b = as_operand(a), as_operand(b)
    mine, theirs = _pairs(axes, a, b)
    lengths = [a.shape[i] for i in mine], [b.shape[i] for i in theirs]
    if lengths[0] != lengths[1]:
        raise tell(
            ShapeError,
            "tensordot-lengths",
            {"a": a, "b": b},
            mine=mine,
            theirs=theirs,
            a=lengths[0],
            b=lengths[1],
        )
    kept_a = tuple(i for i in range(a.ndim) if i not in mine)
    kept_b = tuple(i for i in range(b.ndim) if i not in theirs)
    shape = tuple(a.shape[i] for i in kept_a), tuple(b.shape[i] for i in kept_b)
    rows, inner, columns = prod(shape[0]), prod(lengths[0]), prod(shape[1])
    left = np.reshape(np.transpose(a, kept_a + mine), (rows, inner))
    right = np.reshape(np.transpose(b, theirs + kept_b), (inner, columns))
    return reshape(matmul(left, right), shape[0] + shape[1])


def _pairs(axes: Any, a: Any, b: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The axes of `a` and those of `b` to sum over, counted from the front."""
    pairs = axes
    if isinstance(axes, int | np.integer):  # there is no pair for less than 0 axes
        pairs = (range(a.ndim - axes, a.ndim), range(axes)) if axes >= 0 else ()
    try:
        mine, theirs = pairs
        normalize = np.lib.array_utils.normalize_axis_tuple
        return normalize(mine, a.ndim), normalize(theirs, b.ndim)
    except (TypeError, ValueError):
        raise tell(
            ArgumentError, "tensordot-axes", {"a": a, "b": b}, got=axes
        ) from None


def _grad_einsum(i: int, g: Any, y: Any, *xs: Any, subscripts: str) -> Any:
    """The gradient of operand i: the others and `g`, summed to i's indices."""
    inputs, output = subscripts.split("->")
    terms = inputs.split(",")
    others = terms[:i] + terms[i + 1 :]
    reach = "".join(index for index in terms[i] if index in "".join([*others, output]))
    spelled = f"{','.join([output, *others])}->{reach}"
    back = primitives.einsum(g, *xs[:i], *xs[i + 1 :], subscripts=spelled)
    alone = tuple(n for n, index in enumerate(terms[i]) if index not in reach)
    back = np.expand_dims(back, alone)  # summed: every element gets the same
    return np.broadcast_to(back, np.broadcast_shapes(back.shape, xs[i].shape))


rule(primitives.einsum, each=_grad_einsum)


@composite(np.einsum)
def einsum(subscripts: str, *arrays_: Any, optimize: Any = None) -> Variable:
    """Einstein's summation: ``einsum("bij,bjk->bik", a, b)``.

    Args:
        subscripts: index letters of each operand, with or without ``->`` and the
            result's; ``...`` for axes that are only broadcast.
        arrays_: the operands.
        optimize: accepted for NumPy's sake; the order is always optimised.
    """
    if not isinstance(subscripts, str):
        raise tell(ArgumentError, "einsum-subscripts", arrays_, got=subscripts)
    xs = [as_operand(x) for x in arrays_]
    terms, output = _spell_out(subscripts, xs)
    for n in range(len(terms)):
        _split_diagonals(n, terms, xs)
    spelled = f"{','.join(terms)}->{output}"
    return apply(primitives.einsum, tuple(xs), {"subscripts": spelled})


def _spell_out(subscripts: str, xs: list[Any]) -> tuple[list[str], str]:
    """The letters of each operand and of the result, ``...`` and ``->`` resolved."""
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if len(terms) != len(xs):
        raise tell(
            ShapeError,
            "einsum-operands",
            xs,
            subscripts=subscripts,
            expected=len(terms),
            got=len(xs),
        )
    if not arrow:
        letters = sorted(inputs.replace(",", "").replace(".", ""))
        output = "..." + "".join(c for c in letters if letters.count(c) == 1)
    terms, dots = _name_dots(subscripts, terms, xs)
    if dots and "..." not in output:
        raise tell(ShapeError, "einsum-dots", xs, subscripts=subscripts)
    return terms, output.replace("...", dots)


def _name_dots(
    subscripts: str, terms: list[str], xs: list[Any]
) -> tuple[list[str], str]:
    """Free letters for the axes that ``...`` stands for, aligned at the end."""
    ranks = [
        x.ndim - len(term) + 3 if "..." in term else 0
        for term, x in zip(terms, xs, strict=True)
    ]
    free = [c for c in string.ascii_letters if c not in subscripts]
    dots = "".join(free[: max(ranks)])
    named = [
        term.replace("...", dots[len(dots) - rank :])
        for term, rank in zip(terms, ranks, strict=True)
    ]
    return named, dots


def _split_diagonals(n: int, terms: list[str], xs: list[Any]) -> None:
    """Spell a repeated index of operand n (a diagonal) as a product with a unit matrix.

    So the rule of einsum meets every index at most once in an operand.
    """
    for k, index in enumerate(terms[n]):
        if index not in terms[n][:k]:
            continue
        other = next(c for c in string.ascii_letters if c not in "".join(terms))
        terms[n] = terms[n][:k] + other + terms[n][k + 1 :]
        terms.append(index + other)
        xs.append(np.eye(xs[n].shape[k], dtype=xs[n].dtype, like=data_of(xs[n])))
