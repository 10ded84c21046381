"""Rows of the table of cases: questions, steps and choosing."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from cases.makers import Call, Case, Draw, bits, question, unary

COUNTS = Draw((2, 3), 0, 9, dtype=int)


def one_hot(ids: Any, classes: int, dtype: Any = np.float32) -> Any:
    return np.eye(classes, dtype=dtype)[ids]


def rows() -> Iterator[Case]:
    for name in ("equal", "not_equal", "less", "less_equal", "greater"):
        yield question(name)
    for name in ("greater_equal", "logical_and", "logical_or", "logical_xor"):
        yield question(name)
    for name in ("isnan", "isinf", "isfinite", "logical_not"):
        yield unary(name, gradient=False)
    for name in ("signbit", "isposinf", "isneginf"):
        yield unary(name, gradient=False)
    yield question("isclose")
    among = Call(Draw((2, 3)), [0.0, 1.0]), Call(Draw((2, 3)), Draw((4,)), invert=True)
    yield Case("isin", among, gradient=False)
    for name in ("bitwise_and", "bitwise_or", "bitwise_xor"):
        yield bits(name)
    for name in ("gcd", "lcm", "left_shift", "right_shift"):
        yield Case(name, (Call(COUNTS, Draw((3,), 1, 9, dtype=int)),), gradient=False)
    yield Case("bitwise_count", (Call(COUNTS),), gradient=False)
    ids = Call(COUNTS, 9), Call(Draw((), 0, 4, dtype=int), 4, np.float64)
    yield Case("one_hot", (*ids, Call(Draw((0,), dtype=int), 2)), one_hot,
               gradient=False)  # fmt: skip
    whole = Call(Draw((2, 3), 0, 2, dtype=bool)), Call(Draw((4,), 0, 9, dtype=int))
    yield Case("invert", whole, gradient=False)
