"""Rows of the table of cases: products of matrices and of tensors."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from cases.makers import CUBE, ROW, Call, Case, Draw


def matvec(x: Any, y: Any) -> Any:
    return np.einsum("...mn,...n->...m", x, y)


def vecmat(x: Any, y: Any) -> Any:
    return np.einsum("...n,...nm->...m", x, y)


def rows() -> Iterator[Case]:
    ranks = (
        ((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((2, 3), (3, 4)),
        ((5, 2, 3), (3, 4)), ((5, 2, 3), (3,)), ((3,), (5, 3, 2)), ((2, 3), (5, 3, 4)),
        ((5, 2, 3), (5, 3, 4)), ((5, 1, 2, 3), (4, 3, 2)), ((1, 2, 3), (5, 3, 4)),
        ((0, 3), (3, 2)), ((2, 0), (0, 3)), ((0, 2, 3), (3, 2)), ((2, 2, 0), (0, 3)),
        ((2, 1, 2, 3), (3, 4)), ((2, 2, 2, 3), (3,)), ((3,), (2, 2, 3, 2)),
    )  # fmt: skip
    yield Case("matmul", tuple(Call(Draw(s), Draw(t)) for s, t in ranks))
    dots = (((3,), (3,)), ((2, 3), (3, 4)), ((2, 3), (3,)), ((4, 2, 3), (3,)),
            ((2, 3), (4, 3, 2)), ((), (2, 3)), ((3,), (2, 3, 2)))  # fmt: skip
    yield Case("dot", tuple(Call(Draw(s), Draw(t)) for s, t in dots))
    inners = ((3,), (3,)), ((2, 3), (4, 3)), ((2, 3), (3,)), ((), (2, 3))
    yield Case("inner", tuple(Call(Draw(s), Draw(t)) for s, t in inners))
    outers = ((3,), (2,)), ((2, 2), (3,)), ((), (3,)), ((0,), (3,))
    yield Case("outer", tuple(Call(Draw(s), Draw(t)) for s, t in outers))
    yield Case("vdot", (Call(ROW, ROW), Call(CUBE, CUBE), Call(Draw(()), Draw(()))))
    vecdots = ((3,), (3,)), ((2, 3), (3,)), ((4, 1, 3), (2, 3)), ((2, 0), (2, 0))
    yield Case("vecdot", tuple(Call(Draw(s), Draw(t)) for s, t in vecdots))
    old = not hasattr(np, "matvec")
    matvecs = ((2, 3), (3,)), ((5, 2, 3), (3,)), ((2, 3), (5, 3)), ((5, 2, 3), (5, 3))
    yield Case("matvec", tuple(Call(Draw(s), Draw(t)) for s, t in matvecs),
               matvec if old else None)  # fmt: skip
    vecmats = (
        ((3,), (3, 2)),
        ((3,), (5, 3, 2)),
        ((5, 3), (3, 2)),
        ((4, 1, 3), (5, 3, 2)),
    )
    yield Case("vecmat", tuple(Call(Draw(s), Draw(t)) for s, t in vecmats),
               vecmat if old else None)  # fmt: skip
    threes = Draw((3,)), Draw((2, 3)), Draw((3, 2))
    yield Case("cross", (
        Call(threes[0], threes[0]), Call(threes[1], threes[0]),
        Call(threes[1], threes[2], axisb=0), Call(threes[2], threes[2], axis=0),
        Call(threes[1], threes[1], -1, 1, 0), Call(Draw((4, 1, 3)), threes[1]),
    ))  # fmt: skip
    krons = (
        ((2,), (3,)),
        ((2, 3), (2, 2)),
        ((2, 3), (2,)),
        ((), (3,)),
        ((2,), (2, 1, 3)),
    )
    yield Case("kron", tuple(Call(Draw(s), Draw(t)) for s, t in krons))
    yield Case("tensordot", (
        Call(CUBE, Draw((3, 4, 5))), Call(CUBE, Draw((4, 2)), 1),
        Call(ROW, ROW, axes=0),
        Call(CUBE, Draw((5, 4, 2)), axes=((0, -1), (2, 1))),
        Call(CUBE, Draw((3, 2)), axes=([1], [0])), Call(CUBE, ROW, axes=(2, 0)),
    ))  # fmt: skip
    einsums = {
        "ij,jk->ik": ((2, 3), (3, 4)), "ij,jk": ((2, 3), (3, 4)), "ba": ((2, 3),),
        "bij,bjk->bik": ((5, 2, 3), (5, 3, 4)), "ii->i": ((3, 3),), "ii": ((3, 3),),
        "ij->": ((2, 3),), "ij->j": ((2, 3),), "i,j->ij": ((2,), (3,)),
        "ij,j": ((2, 3), (3,)), "i , i ->": ((3,), (3,)),
        "ijj,jk->ik": ((2, 3, 3), (3, 2)),
        "...ij,...jk->...ik": ((5, 2, 3), (3, 4)), "...i,i": ((4, 2, 3), (3,)),
        "i...->...": ((2, 3, 4),), "...,...": ((2, 3), (3,)), "ij,k->k": ((2, 3), (4,)),
        "ij,jk,kl->il": ((2, 3), (3, 4), (4, 2)), "ij,ij->j": ((1, 3), (2, 3)),
        "ij,ij->ij": ((2, 3), (2, 1)), "i,->i": ((3,), ()), "...ii->...i": ((2, 3, 3),),
        "iii->i": ((2, 2, 2),), "ij,jk->ki": ((0, 3), (3, 2)),
    }  # fmt: skip
    yield Case("einsum", tuple(Call(subscripts, *map(Draw, shapes))
                               for subscripts, shapes in einsums.items()))  # fmt: skip
