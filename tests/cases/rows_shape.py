"""Rows of the table of cases: shapes, selecting and joining."""

import math
import operator
from collections.abc import Iterator
from typing import Any

import numpy as np

from cases.makers import CUBE, EMPTY, MATRIX, POINT, ROW, SQUARE, Call, Case, Draw


def rows() -> Iterator[Case]:
    forms = (
        Call(CUBE, (4, -1)),
        Call(CUBE, -1),
        Call(POINT, (1, 1)),
        Call(EMPTY, (3, 0)),
    )
    yield Case("reshape", (*forms, Call(MATRIX, shape=(3, 2))))
    for name in ("ravel", "copy"):
        yield Case(name, (Call(CUBE), Call(POINT), Call(EMPTY)))
    flat = Call(CUBE), Call(MATRIX), Call(ROW), Call(EMPTY)
    yield Case("flatten", flat, lambda x: x.reshape(len(x), math.prod(x.shape[1:])))
    thin = Draw((1, 3, 1))
    yield Case("squeeze", (Call(thin), Call(thin, 0), Call(thin, axis=(0, -1))))
    yield Case("expand_dims", (Call(MATRIX, 1), Call(MATRIX, (0, -1)), Call(POINT, 0)))
    wide = Call(Draw((3, 1)), (2, 3, 4)), Call(POINT, (2, 2)), Call(EMPTY, (2, 0, 3))
    yield Case("broadcast_to", wide)
    orders = Call(CUBE), Call(CUBE, (2, 0, 1)), Call(CUBE, axes=(-1, 0, -2))
    yield Case("transpose", (*orders, Call(POINT), Call(EMPTY)))
    yield Case("moveaxis", (Call(CUBE, 0, -1), Call(CUBE, (0, 1), (-1, -2))))
    yield Case("swapaxes", (Call(CUBE, 0, -1), Call(EMPTY, 0, 1)))
    yield Case("flip", (Call(CUBE), Call(CUBE, 1), Call(CUBE, axis=(0, -1))))
    rolls = Call(CUBE, 3), Call(CUBE, -1, axis=1), Call(CUBE, (1, 2), (0, -1))
    yield Case("roll", (*rolls, Call(EMPTY, 1, 1)))
    ids = Draw((3, 2), -2, 2, dtype=int)
    masked = Draw((2, 3), 0, 2, dtype=bool)
    picks: tuple[Any, ...] = (
        1, -1, slice(None, None, -2), (slice(None), 1), (Ellipsis, None, 2), ids,
        (ids, 0), (ids, slice(1, None), ids), (masked, 1), ..., (), [1, 1, 0], None,
    )  # fmt: skip
    calls = [Call(CUBE, pick) for pick in picks]
    ends = Call(POINT, ()), Call(EMPTY, slice(2)), Call(MATRIX, masked)
    yield Case("get_item", (*calls, *ends), operator.getitem)
    takes = Call(MATRIX, ids), Call(MATRIX, ids, axis=-1), Call(CUBE, 1, 2)
    yield Case("take", (*takes, Call(CUBE, np.array([[0, 0], [-1, 1]]), 1)))
    along = Draw((2, 5), -2, 2, dtype=int), Draw((1, 3), 0, 2, dtype=int)
    yield Case("take_along_axis", (Call(MATRIX, along[0], 1), Call(MATRIX, along[1], 0),
                                   Call(MATRIX, along[0], axis=-1)))  # fmt: skip
    pair = [MATRIX, Draw((4, 3))], [MATRIX, Draw((2, 1)), MATRIX]
    joins = Call(pair[0]), Call(pair[1], axis=-1), Call(pair[0], None), Call([EMPTY])
    yield Case("concatenate", joins)
    yield Case("stack", (Call([MATRIX, MATRIX]), Call([MATRIX, MATRIX], axis=-1),
                         Call([POINT, POINT])))  # fmt: skip
    yield Case("vstack", (Call([MATRIX, Draw((3,))]), Call([ROW, ROW])))
    yield Case("hstack", (Call([ROW, Draw((2,))]), Call([MATRIX, Draw((2, 1))]),
                          Call([POINT, POINT])))  # fmt: skip
    yield Case("split", (Call(CUBE, 2, 2), Call(CUBE, 3, axis=-2), Call(ROW, [1, 3]),
                         Call(CUBE, (1, -1), axis=1), Call(EMPTY, 3, 1)))  # fmt: skip
    yield Case("array_split", (Call(Draw((7,)), 3), Call(CUBE, 3, axis=-1),
                               Call(ROW, [2, 2, 9]), Call(ROW, 6)))  # fmt: skip
    yield Case("repeat", (Call(MATRIX, 2), Call(MATRIX, 3, axis=0), Call(POINT, 2),
                          Call(MATRIX, [1, 0, 2], axis=-1)))  # fmt: skip
    yield Case("tile", (Call(MATRIX, 2), Call(MATRIX, (2, 1, 3)), Call(CUBE, (2,)),
                        Call(POINT, 3), Call(EMPTY, (2, 2))))  # fmt: skip
    pads = [Call(MATRIX, ((1, 0), (2, 1)), mode)
            for mode in ("edge", "reflect", "symmetric", "wrap")]  # fmt: skip
    flat_pads = Call(MATRIX, 1), Call(MATRIX, (1, 2), constant_values=3), Call(EMPTY, 1)
    yield Case("pad", (*pads, *flat_pads, Call(MATRIX, ((1,), (0,)), mode="edge")))
    for name in ("tril", "triu"):
        yield Case(name, (Call(SQUARE), Call(CUBE, 1), Call(CUBE, k=-1), Call(EMPTY)))
    for name in ("diagonal", "trace"):
        yield Case(name, (Call(SQUARE), Call(CUBE, 1, 1, 2), Call(CUBE, offset=-1),
                          Call(CUBE, 0, -1, 0), Call(EMPTY)))  # fmt: skip
    for name in ("zeros_like", "ones_like"):
        yield Case(name, (Call(CUBE), Call(POINT), Call(EMPTY)), gradient=False)
    yield Case("empty_like", (Call(CUBE), Call(EMPTY)), gradient=False, values=False)
    yield Case("full_like", (Call(MATRIX, POINT), Call(EMPTY, 1.5),
                             Call(MATRIX, Draw((3,)))))  # fmt: skip
