"""What a computation costs: operations, and memory for its result."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from ..core.graph import data_of
from ..debug.watch import Event, arrays_in
from ..functions.recurrent import _Recurrence
from ..writes import owner

# Functions that move numbers and compute none.
MOVES = {
    "reshape", "squeeze", "expand_dims", "broadcast_to", "transpose", "moveaxis",
    "swapaxes", "flip", "roll", "copy", "windows", "astype", "zeros_like", "ones_like",
    "empty_like", "concatenate", "getitem", "put", "take_along_axis", "put_along_axis",
    "set_at", "pad", "embedding", "one_hot", "real", "imag",
}  # fmt: skip


def multiply_adds(event: Event, y: Any) -> int:
    """How many products of two numbers are added up, in products and convolutions."""
    arrays = [*map(data_of, event.operands)]
    if isinstance(event.subject, _Recurrence):
        z, W = arrays[:2]
        return z.shape[0] * z.shape[1] * W.size
    count = PRODUCTS.get(event.name.removeprefix("np."))
    return count(data_of(y), *arrays, **event.options) if count else 0


def flops(event: Event, y: Any) -> int:
    """Operations on numbers.

    Two for each of `multiply_adds`. Else one for each element that a function takes or
    gives, whichever are more, however long that function takes; none for moving.
    """
    products = multiply_adds(event, y)
    if products or event.name.removeprefix("np.") in MOVES:
        return 2 * products
    arrays = [*arrays_in([*event.operands]), *arrays_in(y)]
    return max((data_of(x).size for x in arrays), default=0)


def new_arrays(event: Event, y: Any) -> list[Any]:
    """The results, without those that show the memory of an operand."""
    given = {id(owner(data_of(x))) for x in arrays_in([*event.operands])}
    results = map(data_of, arrays_in(y))
    return [y for y in results if id(owner(y)) not in given]


def new_bytes(event: Event, y: Any) -> int:
    """The memory of the new ones among the results."""
    return sum(y.nbytes for y in new_arrays(event, y))


def _einsum(y: Any, *xs: Any, subscripts: str) -> int:
    """The number of terms, each a product of as many numbers as there are operands."""
    terms = subscripts.split("->")[0].split(",")
    pairs = zip(terms, xs, strict=True)
    sizes = {i: n for term, x in pairs for i, n in zip(term, x.shape, strict=True)}
    return (len(xs) - 1) * prod(sizes.values())


PRODUCTS: dict[str, Callable[..., int]] = {
    "matmul": lambda y, a, b: y.size * a.shape[-1],
    "linear": lambda y, x, W, b=None: y.size * W.shape[0],
    "einsum": _einsum,
    "convolve": lambda y, a, v, *mode, **modes: a.size * v.size,
    "conv": lambda y, x, W, *how: y.size * W[0].size,
    "conv_transpose": lambda y, x, W, *how: x.size * W[0].size,
    "conv_filters": lambda y, x, g, *how: g.size * y[0].size,
}


def amount(n: float, unit: str = "") -> str:
    """A number in few digits: ``15.5 G``."""
    step = 0
    while 0 < abs(n) < 1 and step > -3:
        n, step = n * 1000, step - 1
    while abs(n) >= 999.5 and step < 4:
        n, step = n / 1000, step + 1
    return f"{n:.3g} {'nµm kMGT'[step + 3].strip()}{unit}".rstrip()


def table(rows: list[list[str]], left: int = 1) -> str:
    """Columns that are as wide as they need to be; a line under the first row.

    Args:
        rows: the first is the head.
        left: how many columns begin at the left; the others hold numbers.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(n) if i < left else cell.rjust(n)
            for i, (cell, n) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])
