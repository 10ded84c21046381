"""Rows of the table of cases: shapes, selecting and joining."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from cases.makers import CUBE, EMPTY, MATRIX, POINT, ROW, SQUARE, Call, Case, Draw


def rows() -> Iterator[Case]:
    forms = (
        Call(CUBE, (4, -1)),
        Call(CUBE, -1),
        Call(POINT, (1, 1)),
        Call(EMPTY, (3, 0)),
    )
    fortran = Call(CUBE, (4, -1), "F"), Call(CUBE, (3, 8), order="F")
    yield Case("reshape", (*forms, *fortran, Call(MATRIX, shape=(3, 2))))
    for name, more in (
        ("ravel", [Call(CUBE, "F"), Call(MATRIX, order="C")]),
        ("copy", []),
    ):
        yield Case(name, (Call(CUBE), Call(POINT), Call(EMPTY), *more))
    yield Case("resize", (Call(MATRIX, (2, 5)), Call(CUBE, 3), Call(EMPTY, (2, 2)),
                          Call(POINT, (2, 1)), Call(ROW, ())))  # fmt: skip
    flat = Call(CUBE), Call(MATRIX), Call(ROW), Call(EMPTY)
    yield Case("flatten", flat, lambda x: x.reshape(len(x), math.prod(x.shape[1:])))
    thin = Draw((1, 3, 1))
    yield Case("squeeze", (Call(thin), Call(thin, 0), Call(thin, axis=(0, -1))))
    yield Case("expand_dims", (Call(MATRIX, 1), Call(MATRIX, (0, -1)), Call(POINT, 0)))
    wide = Call(Draw((3, 1)), (2, 3, 4)), Call(POINT, (2, 2)), Call(EMPTY, (2, 0, 3))
    yield Case("broadcast_to", wide)
    orders = Call(CUBE), Call(CUBE, (2, 0, 1)), Call(CUBE, axes=(-1, 0, -2))
    yield Case("transpose", (*orders, Call(POINT), Call(EMPTY)))
    yield Case("moveaxis", (Call(CUBE, 0, -1), Call(CUBE, (0, 1), (-1, -2))))
    yield Case("swapaxes", (Call(CUBE, 0, -1), Call(EMPTY, 0, 1)))
    yield Case("flip", (Call(CUBE), Call(CUBE, 1), Call(CUBE, axis=(0, -1))))
    rolls = Call(CUBE, 3), Call(CUBE, -1, axis=1), Call(CUBE, (1, 2), (0, -1))
    yield Case("roll", (*rolls, Call(EMPTY, 1, 1)))
    yield from pads()
    yield from views()
    for name in ("tril", "triu"):
        yield Case(name, (Call(SQUARE), Call(CUBE, 1), Call(CUBE, k=-1), Call(EMPTY)))
    for name in ("diagonal", "trace"):
        yield Case(name, (Call(SQUARE), Call(CUBE, 1, 1, 2), Call(CUBE, offset=-1),
                          Call(CUBE, 0, -1, 0), Call(EMPTY)))  # fmt: skip
    for name in ("zeros_like", "ones_like"):
        yield Case(name, (Call(CUBE), Call(POINT), Call(EMPTY)), gradient=False)
    yield Case("empty_like", (Call(CUBE), Call(EMPTY)), gradient=False, values=False)
    yield Case("full_like", (Call(MATRIX, POINT), Call(EMPTY, 1.5),
                             Call(MATRIX, Draw((3,)))))  # fmt: skip
    yield Case("diag", (Call(SQUARE), Call(ROW), Call(ROW, 1), Call(MATRIX, k=-1),
                        Call(ROW, k=-2), Call(Draw((0,)), 1)))  # fmt: skip
    yield Case("diagflat", (Call(MATRIX), Call(ROW, -1), Call(POINT, k=1)))
    vander = Call(ROW), Call(ROW, 3), Call(ROW, N=2, increasing=True), Call(ROW, 0)
    yield Case("vander", (*vander, Call(Draw((0,)), 2)), powers)


def powers(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """NumPy's, without its float64 for float32."""
    y = np.vander(x, N, increasing)
    return y.astype(x.dtype) if x.dtype.kind == "f" else y


def pads() -> Iterator[Case]:
    """Every mode, with pads shorter and longer than the axis."""
    widths = ((1, 0), (2, 1)), ((3, 4), (7, 5))
    plain = "edge", "reflect", "symmetric", "wrap", "linear_ramp"
    calls = [Call(MATRIX, width, mode) for mode in plain for width in widths]
    odd = [Call(MATRIX, width, mode, reflect_type="odd")
           for mode in ("reflect", "symmetric") for width in widths]  # fmt: skip
    folded = [Call(Draw((4, 3)), ((1, 2), (0, 3)), mode, **length)
              for mode in ("maximum", "mean", "median", "minimum")
              for length in ({}, {"stat_length": ((2, 3), (9, 1))})]  # fmt: skip
    yield Case("pad", (
        *calls, *odd, *folded, Call(MATRIX, 1), Call(EMPTY, 1), Call(POINT, 1),
        Call(MATRIX, (1, 2), constant_values=3),
        Call(MATRIX, ((1,), (0,)), mode="edge"),
        Call(MATRIX, 2, constant_values=((1, 2), (3, 4))),
        Call(ROW, 2, "mean", stat_length=2),
        Call(CUBE, ((0, 0), (2, 3), (1, 0)), "linear_ramp", end_values=((1, 2),) * 3),
        Call(Draw((1,)), 3, "reflect", reflect_type="odd"),
        Call(ROW, (2, 1), "linear_ramp", end_values=1.5),
        Call(Draw((1,)), 3, "symmetric", reflect_type="odd"),
        Call(Draw((1, 1)), 2, "reflect"),
    ))  # fmt: skip


def views() -> Iterator[Case]:
    """Axes in other places."""
    for name in ("atleast_1d", "atleast_2d", "atleast_3d"):
        each = [Call(x) for x in (POINT, ROW, MATRIX, CUBE)]
        yield Case(name, (*each, Call(POINT, CUBE, ROW)))
    yield Case("matrix_transpose", (Call(MATRIX), Call(CUBE)))
    rolls = Call(CUBE, 2), Call(CUBE, 0, 3), Call(CUBE, -1, 1), Call(CUBE, 1, start=-1)
    yield Case("rollaxis", rolls)
    yield Case("flipud", (Call(CUBE), Call(ROW), Call(EMPTY)))
    yield Case("fliplr", (Call(CUBE), Call(EMPTY)))
    turns = [Call(MATRIX, k) for k in (0, 1, 2, 3, -1)]
    yield Case(
        "rot90", (*turns, Call(CUBE, axes=(-1, 0)), Call(CUBE, k=3, axes=(1, 2)))
    )
    together = Call(MATRIX, POINT), Call(Draw((3, 1)), ROW, CUBE), Call(ROW)
    yield Case("broadcast_arrays", together)
    ticks = Draw((2,)), Draw((3,)), ROW
    yield Case("meshgrid", (Call(*ticks), Call(*ticks[:2], indexing="ij"), Call(ROW),
                            Call(*ticks, sparse=True), Call(POINT, ROW)))  # fmt: skip
    slides = np.lib.stride_tricks.sliding_window_view
    yield Case("sliding_window_view", (
        Call(ROW, 2), Call(CUBE, (1, 2, 3)), Call(CUBE, 2, 1),
        Call(CUBE, (3, 2), (-1, 0)),
        Call(CUBE, 3, axis=-1),
    ), slides)  # fmt: skip
