"""Rows of the table of cases: linear algebra.

Random matrices are made regular, or symmetric, or positive definite first. Where signs
of vectors are arbitrary, what is compared does not depend on them.
"""

from collections.abc import Callable, Iterator
from math import inf
from typing import Any

import numpy as np

from cases.makers import CUBE, MATRIX, ROW, SQUARE, Call, Case, Draw, both
from ondol.core.graph import data_of

PAIR = Draw((2, 2))
STACK = Draw((2, 3, 3))
ONE = Draw((1, 1))
NONE = Draw((0, 2, 2))
TALL = Draw((4, 2))
WIDE = Draw((2, 4))
SQUARES = tuple(map(Call, (SQUARE, STACK, ONE, NONE)))
ALL_SHAPES = tuple(map(Call, (SQUARE, TALL, WIDE, CUBE, NONE)))


def swap(x: Any) -> Any:
    return np.swapaxes(x, -1, -2)


def spread(x: Any) -> Any:
    """Different numbers on a diagonal."""
    n = min(x.shape[-2:])
    steps = np.zeros(x.shape[-2:], x.dtype)
    steps[range(n), range(n)] = [5 + 3 * i for i in range(n)]
    return np.asarray(steps, like=data_of(x))


def regular(x: Any) -> Any:
    return x + spread(x)


def folded(x: Any) -> Any:
    """As `regular`, of what is a matrix with four rows and columns when unfolded."""
    return np.reshape(regular(np.reshape(x, (4, 4))), x.shape)


def symmetric(x: Any) -> Any:
    return regular(x + swap(x))


def positive(x: Any) -> Any:
    return x @ swap(x) + np.eye(x.shape[-1], dtype=x.dtype, like=data_of(x))


def same(x: Any) -> Any:
    return x


def of(
    name: str, *calls: Call, before: Any = regular, after: Any = same, **row: Any
) -> Case:
    """A function of matrices that `before` makes, with a result that `after` reads."""

    def around(f: Callable[..., Any]) -> Callable[..., Any]:
        return lambda x, *args, **kwargs: after(f(before(x), *args, **kwargs))

    ours, numpy = map(around, both(f"linalg.{name}"))
    return Case(f"linalg.{name}", calls, numpy, ours, half=False, **row)


def plain(name: str, *calls: Call, **row: Any) -> Case:
    return Case(f"linalg.{name}", calls, **row)


def values_and_vectors(y: Any) -> Any:
    return y[0], y[1] * y[1]


def values_and_sizes(y: Any) -> Any:
    return np.real(y[0]), np.imag(y[0]) ** 2, np.abs(y[1])


def singular(y: Any) -> Any:
    if not isinstance(y, tuple):
        return y
    u, s, vh = y
    return u * u, s, vh * vh, u[..., :, :1] @ vh[..., :1, :]


def rows() -> Iterator[Case]:
    yield from equations()
    yield from decompositions()
    yield from norms()
    yield from products()


def equations() -> Iterator[Case]:
    yield of("inv", *SQUARES)
    yield of("solve", *(
        Call(SQUARE, Draw((3,))), Call(SQUARE, Draw((3, 2))), Call(STACK, Draw((3,))),
        Call(STACK, Draw((2, 3, 1))), Call(STACK, Draw((3, 2))), Call(ONE, Draw((1,))),
        Call(SQUARE, Draw((2, 3, 2))), Call(NONE, Draw((2, 1))),
    ))  # fmt: skip
    shares = Call(TALL, 1e-9), Call(TALL, rtol=1e-9), Call(NONE, rcond=1e-9)
    yield of("pinv", *ALL_SHAPES[:4], *shares)
    yield of("lstsq", *(
        Call(TALL, ROW), Call(TALL, Draw((4, 3))), Call(WIDE, Draw((2,))),
        Call(SQUARE, Draw((3, 1)), -1), Call(TALL, ROW, rcond=1e-9),
    ), after=lambda y: (y[0], y[3], *([y[1]] if y[1].size else [])))  # fmt: skip
    blocks = Draw((2, 2, 4)), Draw((4, 2, 2))
    yield of("tensorinv", Call(blocks[0]), Call(blocks[1], ind=1), before=folded)
    yield of("tensorsolve", *(
        Call(blocks[0], PAIR), Call(blocks[1], ROW), Call(blocks[1], PAIR, axes=(0,)),
    ), before=folded)  # fmt: skip
    yield plain("det", *SQUARES, half=False)
    yield of("slogdet", *SQUARES)
    yield plain("matrix_rank", *SQUARES, Call(TALL), gradient=False, half=False)


def decompositions() -> Iterator[Case]:
    stacks = *SQUARES, Call(SQUARE, upper=True), Call(STACK, upper=True)
    yield of("cholesky", *stacks, before=positive, integers=False)
    modes = Call(TALL, "r"), Call(CUBE, mode="r"), Call(SQUARE, mode="reduced")
    yield of("qr", *ALL_SHAPES, *modes)
    halves = *SQUARES, Call(SQUARE, "U"), Call(STACK, UPLO="U")
    yield of("eigh", *halves, before=symmetric, after=values_and_vectors)
    yield of("eigvalsh", *halves, before=symmetric)
    yield of("eig", *SQUARES[:3], after=values_and_sizes, order=2)
    yield of("eigvals", *SQUARES[:3], after=lambda y: np.real(y) - np.imag(y) ** 2)
    thin = [Call(*call.args, full_matrices=False) for call in ALL_SHAPES]
    alone = Call(TALL, compute_uv=False), Call(SQUARE), Call(CUBE, False, False)
    yield of("svd", *thin, *alone, after=singular)
    yield of("svdvals", *ALL_SHAPES)


def norms() -> Iterator[Case]:
    orders = (None, 2, 1, 3, 0.5, -1, -2.5, inf, -inf)
    vectors = tuple(Call(ROW, ord) for ord in orders)
    matrices = tuple(Call(MATRIX, ord) for ord in (None, "fro", 1, -1, inf, -inf))
    spectral = tuple(Call(MATRIX, ord) for ord in ("nuc", 2, -2))
    yield plain("norm", *(
        *vectors, *matrices, *spectral, Call(CUBE), Call(CUBE, axis=-1),
        Call(CUBE, 3, 1, True), Call(CUBE, "fro", (0, 2)), Call(CUBE, 1, (2, 0)),
        Call(CUBE, "nuc", axis=(-1, 0), keepdims=True), Call(CUBE, None, None, True),
        Call(Draw((0, 3)), axis=1), Call(Draw(())), Call(NONE, axis=(1, 2)),
    ), half=False)  # fmt: skip
    lines = tuple(Call(CUBE, axis=1, ord=ord) for ord in orders[1:])
    yield plain("vector_norm", *(
        *lines, Call(CUBE), Call(CUBE, axis=(0, 2)), Call(ROW, keepdims=True),
        Call(CUBE, axis=(-1, 0), keepdims=True, ord=3),
    ))  # fmt: skip
    kinds = ("fro", "nuc", 1, -1, 2, -2, inf, -inf)
    yield plain("matrix_norm", *(Call(CUBE, ord=ord) for ord in kinds), Call(MATRIX),
                Call(CUBE, keepdims=True), half=False)  # fmt: skip
    conditions = [Call(STACK, p) for p in (None, 2, -2, "fro", "nuc", 1, -1, inf, -inf)]
    yield of("cond", *conditions, Call(TALL), Call(SQUARE, p=1))


def products() -> Iterator[Case]:
    powers = [Call(SQUARE, n) for n in (1, 2, 3, 5, -1, -2)]
    yield of("matrix_power", *powers, Call(STACK, n=3), Call(NONE, 2), integers=False)
    chain = Draw((2, 3)), Draw((3, 4)), Draw((4, 2)), Draw((2, 5))
    yield plain("multi_dot", *(
        Call(chain), Call(list(chain[:2])), Call([Draw((3,)), chain[1], ROW]),
        Call([Draw((2,)), *chain]), Call([Draw((3,)), Draw((3,))]),
        Call([Draw((0, 2)), *chain[:3]]),
    ))  # fmt: skip
    yield plain("matmul", Call(MATRIX, Draw((3, 2))), Call(STACK, SQUARE))
    yield plain("tensordot", Call(CUBE, Draw((3, 4))), Call(CUBE, ROW, axes=1))
    yield plain("outer", Call(ROW, Draw((3,))), Call(ROW, Draw((0,))))
    yield plain("vecdot", *(
        Call(ROW, ROW), Call(CUBE, ROW), Call(CUBE, CUBE, axis=1),
        Call(Draw((0, 3)), Draw((3,))),
    ))  # fmt: skip
    three, flipped, none = Draw((2, 3)), Draw((3, 2)), Draw((0, 3))
    yield plain("cross", Call(three, three), Call(three, Draw((3,))),
                Call(flipped, flipped, axis=0), Call(none, none))  # fmt: skip
    for name in ("trace", "diagonal"):
        yield plain(name, Call(SQUARE), Call(CUBE), Call(CUBE, offset=1),
                    Call(WIDE, offset=-1))  # fmt: skip
    yield plain("matrix_transpose", Call(MATRIX), Call(CUBE), Call(Draw((0, 3))))
