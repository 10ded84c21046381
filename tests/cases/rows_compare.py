"""Rows of the table of cases: questions, steps and choosing."""

from collections.abc import Iterator

from cases.makers import Call, Case, Draw, bits, question, unary


def rows() -> Iterator[Case]:
    for name in ("equal", "not_equal", "less", "less_equal", "greater"):
        yield question(name)
    for name in ("greater_equal", "logical_and", "logical_or", "logical_xor"):
        yield question(name)
    for name in ("isnan", "isinf", "isfinite", "logical_not"):
        yield unary(name, gradient=False)
    yield unary("signbit", gradient=False)
    for name in ("bitwise_and", "bitwise_or", "bitwise_xor"):
        yield bits(name)
    whole = Call(Draw((2, 3), 0, 2, dtype=bool)), Call(Draw((4,), 0, 9, dtype=int))
    yield Case("invert", whole, gradient=False)
