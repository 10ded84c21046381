"""Rows of the table of cases: complex numbers and their parts."""

from collections.abc import Iterator

from cases.makers import Call, Case, Draw, of_complex


def rows() -> Iterator[Case]:
    pairs = tuple(Call(Draw(s), Draw(s)) for s in ((2, 3), (), (0, 3)))
    for name in ("real", "imag", "conjugate"):
        yield of_complex(name, *pairs, Call(Draw((3, 1)), Draw((4,))))
    for name in ("iscomplex", "isreal"):
        yield of_complex(name, *pairs, Call(Draw((2, 3)), 0), gradient=False)
    apart = Call(Draw((2, 3), 0.2, 2), Draw((2, 3))), Call(Draw((3,), -2, -1), 0.5)
    degrees = Call(Draw((3,), 0.2, 2), Draw((3,)), True)
    yield of_complex("angle", *apart, degrees, pairs[2])
