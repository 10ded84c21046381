"""Rows of the table of cases: sorting and places in an order."""

from collections.abc import Iterator
from typing import Any

import numpy as np

import ondol.functions as F
from cases.makers import CUBE, EMPTY, MATRIX, ROW, Call, Case, Draw

GRID = np.array([-1.0, 0.0, 0.5, 1.0])


def best(x: Any, k: int, axis: int = -1, largest: bool = True) -> Any:
    """NumPy sorts the opposite numbers to have the largest first."""
    keys = -1.0 * x if largest else x
    order = np.argsort(keys, axis, stable=True).take(range(k), axis)
    return np.take_along_axis(x, order, axis)


def kth(partition: Any) -> Any:
    """The elements whose places are determined."""
    return lambda a, kth, axis=-1: partition(a, kth, axis).take(kth, axis)


def rows() -> Iterator[Case]:
    for name in ("sort", "argsort"):
        forms = Call(CUBE), Call(CUBE, 1), Call(CUBE, axis=None), Call(EMPTY)
        stable = Call(CUBE, 0, "stable"), Call(ROW, stable=True)
        yield Case(
            name, (*forms, *stable), gradient=name == "sort", integers=name == "sort"
        )
    forms = Call(CUBE, 2), Call(CUBE, 1, 0), Call(ROW, 4, largest=False)
    yield Case("topk", (*forms, Call(CUBE, 2, axis=1), Call(EMPTY, 0)), best,
               lambda *args, **kwargs: F.topk(*args, **kwargs)[0])  # fmt: skip
    kths = Call(CUBE, 2), Call(CUBE, (0, 2), 1), Call(CUBE, 5, None), Call(ROW, -1)
    yield Case(
        "partition",
        kths,
        kth(np.partition),
        lambda *args: np.take(F.partition(*args), args[1], (*args, -1)[2]),
    )
    yield Case("argpartition", (Call(CUBE, 2), Call(ROW, 1, axis=0)), gradient=False)
    keys = Draw((2, 5), 0, 3, dtype=int), Draw((5,), 0, 2, dtype=int)
    yield Case("lexsort", (Call(keys[0]), Call(keys[1])), gradient=False)
    among = Call(GRID, MATRIX), Call(GRID, ROW, side="right"), Call(GRID, Draw(()))
    yield Case("searchsorted", among, gradient=False)
    bins = Call(MATRIX, GRID), Call(ROW, GRID, right=True), Call(EMPTY, GRID)
    yield Case("digitize", bins, gradient=False)
    yield Case("unique", (Call(CUBE), Call(ROW, return_counts=True)), gradient=False)
