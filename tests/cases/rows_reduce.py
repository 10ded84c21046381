"""Rows of the table of cases: reductions and running totals."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import references

from cases.makers import (
    CUBE,
    EMPTY,
    MATRIX,
    POINT,
    ROW,
    Call,
    Case,
    Draw,
    positions,
    reduction,
)


def so_far(better: np.ufunc) -> Callable[..., Any]:
    return lambda x, axis=-1: better.accumulate(x, axis)


def rows() -> Iterator[Case]:
    yield reduction("sum", Call(EMPTY), Call(EMPTY, axis=0), Call(POINT, axis=0))
    yield reduction("mean")
    yield reduction("prod", Call(EMPTY), Call(EMPTY, axis=0), Call(Draw((5,)), 0))
    narrow = Call(CUBE, axis=1), Call(CUBE, (0, 2)), Call(CUBE), Call(POINT)
    yield Case("max", (*narrow, Call(CUBE, axis=(0, -1), keepdims=True)))
    yield Case("min", (*narrow, Call(CUBE, axis=(0, -1), keepdims=True)))
    yield reduction("var", Call(CUBE, axis=(1, 2), ddof=1), Call(ROW, ddof=1.5))
    spreads = Call(CUBE), Call(CUBE, axis=1), Call(CUBE, -1, ddof=1, keepdims=True)
    yield Case("std", spreads)
    yield reduction("logsumexp", reference=references.logsumexp)
    narrow = Call(CUBE), Call(CUBE, axis=(0, -1), keepdims=True), Call(CUBE, -1)
    for name in ("ptp", "nanmax", "nanmin"):
        yield Case(name, (*narrow, Call(POINT)))
    for name in ("nansum", "nanprod"):
        yield reduction(name, Call(EMPTY))
    for name in ("nanmean", "nanvar", "nanstd"):
        yield Case(name, (*narrow, Call(CUBE, axis=(1, 2))))
    yield from running()
    yield from slopes()
    for name in ("any", "all"):
        yield reduction(name, Call(EMPTY), gradient=False)
    yield reduction("count_nonzero", gradient=False)
    for name in ("argmax", "argmin", "nanargmax", "nanargmin"):
        yield positions(name)


def running() -> Iterator[Case]:
    sums = Call(CUBE), Call(CUBE, axis=1), Call(CUBE, -1), Call(POINT), Call(EMPTY, 0)
    for name in ("cumsum", "cumprod", "nancumsum", "nancumprod"):
        yield Case(name, sums)
    along = Call(CUBE), Call(CUBE, 1), Call(CUBE, axis=-3), Call(ROW), Call(EMPTY, 0)
    yield Case("cummax", along, so_far(np.maximum))
    yield Case("cummin", along, so_far(np.minimum))
    yield Case("logcumsumexp", along, so_far(np.logaddexp))
    turns = Call(Draw((2, 5), -6, 6)), Call(Draw((4,), -6, 6), axis=0), Call(EMPTY)
    yield Case("unwrap", turns)


def slopes() -> Iterator[Case]:
    yield Case("diff", (Call(CUBE), Call(CUBE, 2, 1), Call(ROW, n=0), Call(EMPTY),
                        Call(CUBE, 1, 0, Draw((1, 3, 4)), Draw((2, 3, 4))),
                        Call(CUBE, 0, 0, Draw((1, 3, 4))), Call(ROW, n=9)))  # fmt: skip
    yield Case("ediff1d", (Call(CUBE), Call(MATRIX, Draw((2,)), POINT), Call(EMPTY),
                           Call(ROW, None, Draw((2, 1)))))  # fmt: skip
    grid = np.array([0.0, 0.5, 2.0, 3.0])
    yield Case("gradient", (
        Call(CUBE), Call(ROW, 0.5), Call(ROW, grid), Call(Draw((2,))),
        Call(Draw((3, 4)), 0.5, grid, edge_order=2), Call(ROW, edge_order=2),
        Call(CUBE, axis=-1), Call(CUBE, 2.0, axis=(0, 1)),
    ))  # fmt: skip
    yield Case("trapezoid", (Call(CUBE), Call(ROW, dx=0.5), Call(EMPTY), Call(ROW, ROW),
                             Call(CUBE, Draw((3,)), axis=1), Call(Draw((1,))),
                             Call(CUBE, CUBE, 1.0, 0)), integers=False)  # fmt: skip
