"""Rows of the table of cases: sequences and polynomials."""

from collections.abc import Iterator
from typing import Any

import numpy as np

import ondol.functions as F
from cases.makers import MATRIX, POINT, ROW, Call, Case, Draw

LENGTHS = ((5, 3), (3, 5), (4, 4), (5, 2), (2, 5), (1, 3))


def rows() -> Iterator[Case]:
    for name in ("convolve", "correlate"):
        calls = [
            Call(Draw((n,)), Draw((m,)), mode)
            for n, m in LENGTHS
            for mode in ("full", "same", "valid")
        ]
        number = [Call(POINT, ROW)] if name == "convolve" else []
        yield Case(name, (*calls, Call(ROW, Draw((2,))), *number))
    yield Case("interp", tuple(lines()), between, rising, integers=False)
    yield from polynomials()


def lines() -> Iterator[Call]:
    steps, heights = Draw((4,), 0.2, 1.5), Draw((4,))
    yield Call(Draw((7,), -4, 4), steps, heights)
    yield Call(MATRIX, steps, heights, left=7.5, right=-1.5)
    yield Call(Draw((9,), -9, 9), steps, heights, period=4.0)
    yield Call(POINT, Draw((1,), 0.2, 0.9), Draw((1,)))
    yield Call(Draw((0, 2)), steps, heights)


def rising(x: Any, steps: Any, fp: Any, **ends: Any) -> Any:
    """`interp` with points at the sums of positive steps."""
    return F.interp(x, np.cumsum(steps) - 1.7, fp, **ends)


def between(x: Any, steps: Any, fp: Any, **ends: Any) -> Any:
    y = np.interp(x, np.cumsum(steps) - 1.7, fp, **ends)
    return y.astype(np.result_type(x, steps, fp, np.float16))


def polynomials() -> Iterator[Case]:
    p, q = Draw((4,)), Draw((2,))
    yield Case("polyval", (Call(p, MATRIX), Call(q, POINT), Call(p, 1.5)))
    for name in ("polyadd", "polysub", "polymul"):
        yield Case(name, (Call(p, q), Call(q, p), Call(p, p)))
    yield Case("polyder", (Call(p), Call(p, 2), Call(p, m=5)), slope)
    yield Case("polyint", (Call(p), Call(p, 2, 1.5), Call(q, 2, k=[1.0, 2.0]),
                           Call(p, 1, POINT)), integral)  # fmt: skip
    yield Case("poly", (Call(p), Call(q)), product)


def slope(p: Any, m: int = 1) -> Any:
    """NumPy's, without its float64 for float32."""
    return np.polyder(p, m).astype(p.dtype)


def integral(p: Any, m: int = 1, k: Any = None) -> Any:
    """NumPy's, without its float64 for float32."""
    y = np.polyint(p, m, None if k is None else np.atleast_1d(k))
    return y.astype(p.dtype) if p.dtype.kind == "f" else y


def product(zeros: Any) -> Any:
    """NumPy's, without its float64 for float16."""
    y = np.poly(zeros)
    return y.astype(zeros.dtype) if zeros.dtype.kind == "f" else y
