"""Rows of the table of cases: joining, cutting up, repeating."""

from collections.abc import Iterator

import numpy as np

from cases.makers import CUBE, EMPTY, MATRIX, POINT, ROW, Call, Case, Draw


def rows() -> Iterator[Case]:
    pair = [MATRIX, Draw((4, 3))], [MATRIX, Draw((2, 1)), MATRIX]
    joins = Call(pair[0]), Call(pair[1], axis=-1), Call(pair[0], None), Call([EMPTY])
    yield Case("concatenate", joins)
    yield Case("append", (
        Call(MATRIX, Draw((4, 3)), 0), Call(MATRIX, CUBE), Call(POINT, 3.0),
        Call(MATRIX, Draw((2, 1)), axis=-1),
    ))  # fmt: skip
    yield Case("stack", (Call([MATRIX, MATRIX]), Call([MATRIX, MATRIX], axis=-1),
                         Call([POINT, POINT])))  # fmt: skip
    yield Case("vstack", (Call([MATRIX, Draw((3,))]), Call([ROW, ROW])))
    yield Case("hstack", (Call([ROW, Draw((2,))]), Call([MATRIX, Draw((2, 1))]),
                          Call([POINT, POINT])))  # fmt: skip
    yield Case("dstack", (Call([MATRIX, Draw((2, 3, 2))]), Call([ROW, ROW]),
                          Call([POINT, POINT])))  # fmt: skip
    yield Case("column_stack", (Call([MATRIX, Draw((2,))]), Call((ROW, ROW))))
    yield Case("block", (
        Call([[MATRIX, Draw((2, 1))], [Draw((1, 4))]]), Call([ROW, POINT, 2.0]),
        Call([[MATRIX], [Draw((3,))]]), Call(POINT),
        Call([[[CUBE, CUBE]], [[Draw((2, 3, 8))]]]),
    ))  # fmt: skip
    yield from cuts()
    yield Case("apply_along_axis", (
        Call(lambda x: x * x[0], 1, CUBE), Call(lambda x: (x * x).sum(), -1, MATRIX),
        Call(lambda x, n: np.outer(x, x) * n, 0, MATRIX, 3),
        Call(lambda x: x[:2], 0, ROW),
    ))  # fmt: skip
    yield Case(
        "apply_over_axes", (Call(np.sum, CUBE, [0, 2]), Call(np.cumsum, CUBE, 1))
    )
    yield Case("repeat", (Call(MATRIX, 2), Call(MATRIX, 3, axis=0), Call(POINT, 2),
                          Call(MATRIX, [1, 0, 2], axis=-1)))  # fmt: skip
    yield Case("tile", (Call(MATRIX, 2), Call(MATRIX, (2, 1, 3)), Call(CUBE, (2,)),
                        Call(POINT, 3), Call(EMPTY, (2, 2))))  # fmt: skip


def cuts() -> Iterator[Case]:
    yield Case("split", (Call(CUBE, 2, 2), Call(CUBE, 3, axis=-2), Call(ROW, [1, 3]),
                         Call(CUBE, (1, -1), axis=1), Call(EMPTY, 3, 1)))  # fmt: skip
    yield Case("array_split", (Call(Draw((7,)), 3), Call(CUBE, 3, axis=-1),
                               Call(ROW, [2, 2, 9]), Call(ROW, 6)))  # fmt: skip
    yield Case("vsplit", (Call(MATRIX, 2), Call(CUBE, [1])))
    yield Case("hsplit", (Call(MATRIX, 3), Call(ROW, 2), Call(CUBE, [1, 2])))
    yield Case("dsplit", (Call(CUBE, 2), Call(CUBE, (1, 3))))
    theirs = (
        None if hasattr(np, "unstack") else lambda x, axis=0: [*np.moveaxis(x, axis, 0)]
    )
    yield Case("unstack", (Call(CUBE), Call(CUBE, axis=-1), Call(ROW)), theirs)
