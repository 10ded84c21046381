"""Rows of the table of cases: losses."""

from collections.abc import Iterator

import numpy as np
import references

from cases.makers import CUBE, MATRIX, POINT, ROW, Call, Case, Draw


def rows() -> Iterator[Case]:
    yield Case("mean_squared_error", (Call(MATRIX, MATRIX), Call(POINT, POINT)),
               references.mean_squared_error)  # fmt: skip
    classes = Draw((2,), 0, 3, dtype=int), Draw((2, 3), 0, 4, dtype=int)
    yield Case("softmax_cross_entropy", (
        Call(MATRIX, classes[0]), Call(CUBE, classes[1]), Call(ROW, np.array(2)),
    ), references.softmax_cross_entropy)  # fmt: skip
    shares = Draw((2, 3), 0.1, 0.9)
    yield Case("sigmoid_cross_entropy", (Call(MATRIX, shares),),
               references.sigmoid_cross_entropy, integers=False)  # fmt: skip
    yield Case("binary_cross_entropy", (Call(shares, shares),),
               references.binary_cross_entropy, integers=False)  # fmt: skip
    yield Case("accuracy", (Call(Draw((4, 3)), Draw((4,), 0, 3, dtype=int)),),
               references.accuracy, gradient=False)  # fmt: skip
