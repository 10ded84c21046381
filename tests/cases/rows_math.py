"""Rows of the table of cases: elementwise mathematics."""

from collections.abc import Iterator

import numpy as np

from cases.makers import (
    EMPTY,
    HALVES,
    MATRIX,
    POINT,
    WHOLE,
    Call,
    Case,
    Draw,
    binary,
    unary,
)


def rows() -> Iterator[Case]:
    for name in ("add", "subtract", "multiply", "maximum", "minimum", "logaddexp"):
        yield binary(name)
    for name in ("logaddexp2", "fmax", "fmin"):
        yield binary(name)
    yield binary("copysign", away=(0.0,))
    yield binary("nextafter", numbers=(Call(MATRIX, 3.0), Call(1.5, MATRIX)))
    yield binary("heaviside", away=(0.0,))
    yield binary("hypot", (0.5, 2), (0.5, 2))
    yield binary("divide", (-2, 2), (0.5, 2))
    yield binary("arctan2", (0.5, 2), (-2, 2))
    for name in ("remainder", "fmod", "floor_divide", "divmod"):
        numbers = Call(Draw((2, 3), 2.2, 2.6), 1.0), Call(2.4, Draw((3,), 0.95, 1.05))
        yield binary(name, (-2.6, -2.2), (0.95, 1.05), numbers=numbers)
    cubes = Call(MATRIX, 3), Call(MATRIX, 2.0), Call(MATRIX, 0), Call(2.0, MATRIX)
    yield binary("power", (0.5, 2), (-2, 2), numbers=cubes, integers=False)
    yield binary("float_power", (0.5, 2), (-2, 2), numbers=cubes[:2], integers=False)
    powers = Draw((2, 3), -2, 3, dtype=int), Draw((3,), -2, 3, dtype=int)
    yield Case("ldexp", (Call(MATRIX, powers[0]), Call(MATRIX, powers[1]),
                         Call(POINT, powers[1]), Call(MATRIX, 2)))  # fmt: skip
    for name in ("negative", "positive", "square", "deg2rad", "rad2deg", "sinc"):
        yield unary(name)
    for name in (
        "exp",
        "exp2",
        "expm1",
        "sin",
        "cos",
        "sinh",
        "cosh",
        "tanh",
        "arctan",
    ):
        yield unary(name)
    yield unary("arcsinh")
    for name in ("absolute", "fabs", "sign"):
        yield unary(name, away=(0.0,))
    for name in ("sqrt", "cbrt", "log", "log2", "log10", "log1p", "reciprocal"):
        yield unary(name, 0.6, 3)
    yield unary("tan", -1, 1)
    for name in ("arcsin", "arccos", "arctanh"):
        yield unary(name, -0.8, 0.8)
    yield unary("arccosh", 1.5, 3)
    for name in ("floor", "ceil", "trunc"):
        yield unary(name, away=WHOLE)
    yield unary("modf", away=WHOLE)
    yield unary("frexp", away=(-2, -1, -0.5, 0, 0.5, 1, 2))
    yield unary("spacing", 1.1, 1.9)
    yield unary("rint", away=HALVES)
    places = Call(Draw((2, 3), away=HALVES)), Call(Draw((2, 3), 10, 14), -1)
    yield Case("round", (*places, Call(POINT, decimals=0), Call(EMPTY, 2)))
    fills = Call(MATRIX), Call(MATRIX, nan=1.0, posinf=2.0, neginf=-3.0)
    yield Case("nan_to_num", (*fills, Call(POINT), Call(EMPTY)))
    kinks = Draw((2, 3), away=(-0.5, 1.0))
    bounds = Draw((3,), -1, -0.5), Draw((2, 1), 0.5, 1)
    clips = (
        Call(kinks, -0.5, 1.0), Call(kinks, None, 1.0), Call(kinks, -0.5, None),
        Call(kinks, a_min=-0.5, a_max=1.0), Call(kinks, min=-0.5, max=1.0),
        Call(MATRIX, *bounds), Call(EMPTY, 0, 1), Call(POINT, -3, 3),
    )  # fmt: skip
    yield Case("clip", clips, integers=False)
    mask = Draw((2, 3), 0, 2, dtype=bool)
    choices = (
        Call(mask, MATRIX, Draw((3,))), Call(mask, MATRIX, 0.0), Call(mask, 1.0, POINT),
        Call(True, POINT, POINT), Call(mask, Draw((4, 1, 1)), Draw((2, 1))),
        Call(Draw((0, 3), 0, 2, dtype=bool), EMPTY, 1.0),
    )  # fmt: skip
    yield Case("where", choices)
    casts = Call(MATRIX, np.float32), Call(POINT, np.float64), Call(EMPTY, np.float16)
    yield Case("astype", casts, lambda x, dtype: x.astype(dtype), order=0)
