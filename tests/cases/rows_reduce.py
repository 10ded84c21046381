"""Rows of the table of cases: reductions and running sums."""

from collections.abc import Iterator

import references

from cases.makers import CUBE, EMPTY, POINT, ROW, Call, Case, Draw, positions, reduction


def rows() -> Iterator[Case]:
    yield reduction("sum", Call(EMPTY), Call(EMPTY, axis=0))
    yield reduction("mean")
    yield reduction("prod", Call(EMPTY), Call(EMPTY, axis=0), Call(Draw((5,)), 0))
    narrow = Call(CUBE, axis=1), Call(CUBE, (0, 2)), Call(CUBE), Call(POINT)
    yield Case("max", (*narrow, Call(CUBE, axis=(0, -1), keepdims=True)))
    yield Case("min", (*narrow, Call(CUBE, axis=(0, -1), keepdims=True)))
    yield reduction("var", Call(CUBE, axis=(1, 2), ddof=1), Call(ROW, ddof=1.5))
    spreads = Call(CUBE), Call(CUBE, axis=1), Call(CUBE, -1, ddof=1, keepdims=True)
    yield Case("std", spreads)
    yield reduction("logsumexp", reference=references.logsumexp)
    sums = Call(CUBE), Call(CUBE, axis=1), Call(CUBE, -1), Call(POINT), Call(EMPTY, 0)
    yield Case("cumsum", sums)
    for name in ("any", "all"):
        yield reduction(name, Call(EMPTY), gradient=False)
    yield reduction("count_nonzero", gradient=False)
    for name in ("argmax", "argmin", "argsort"):
        yield positions(name)
