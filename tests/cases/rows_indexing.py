"""Rows of the table of cases: selecting elements, and changing some of them."""

import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cases.makers import CUBE, EMPTY, MATRIX, POINT, ROW, Call, Case, Draw

IDS = Draw((3, 2), -2, 2, dtype=int)
MASK = Draw((2, 3), 0, 2, dtype=bool)
PICKS: tuple[Any, ...] = (
    1, -1, slice(None, None, -2), (slice(None), 1), (Ellipsis, None, 2), IDS,
    (IDS, 0), (IDS, slice(1, None), IDS), (MASK, 1), ..., (), [1, 1, 0], None,
    True, (False, 1), np.array(True), np.array(1), ([0, 1], [2, 2]), [True, False],
    (0, [1, 2], None), ([[0], [1]], [0, 2], slice(3)), (MASK, slice(2)),
    (Draw((2,), 0, 2, dtype=bool), ..., IDS), np.ix_([0, 1, 1], [2, 0]), [],
)  # fmt: skip


def updated(change: Callable[..., Any]) -> Callable[..., Any]:
    """Element after element, in the order of ``x[index]``."""

    def reference(x: Any, index: Any, v: Any) -> Any:
        y = x.copy()
        places = np.arange(x.size).reshape(x.shape)[index]
        values = np.broadcast_to(v, places.shape).astype(x.dtype)
        for place, value in zip(places.ravel(), values.ravel(), strict=True):
            y.flat[place] = change(y.flat[place], value)
        return y

    return reference


def put_along(arr: Any, indices: Any, values: Any, axis: int | None) -> Any:
    y = arr.copy()
    np.put_along_axis(y, indices, values, axis)
    return y


def rows() -> Iterator[Case]:
    calls = [Call(CUBE, pick) for pick in PICKS]
    ends = Call(POINT, ()), Call(EMPTY, slice(2)), Call(MATRIX, MASK), Call(POINT, True)
    yield Case("get_item", (*calls, *ends), operator.getitem)
    yield from updates()
    yield from takes()
    yield from choices()


def updates() -> Iterator[Case]:
    twice = np.array([[1, 0], [1, 1]])
    calls = (
        Call(CUBE, 1, Draw((3, 4))), Call(CUBE, (slice(None), 1), POINT),
        Call(CUBE, twice, Draw((2, 2, 3, 4))), Call(MATRIX, MASK, POINT),
        Call(CUBE, (..., twice), Draw((2, 2))), Call(CUBE, (MASK, 1), POINT),
        Call(MATRIX, ([0, 0, 1, 0], [2, 2, 1, 2]), Draw((4,))), Call(POINT, (), POINT),
        Call(MATRIX, ([0, 0], slice(None, None, -1)), Draw((1, 3))),
        Call(MATRIX, [], Draw((0, 3))), Call(EMPTY, slice(None), Draw((3,))),
        Call(ROW, [0, 0, 3], 2), Call(ROW, np.array(1), POINT),
    )  # fmt: skip
    changes: dict[str, Callable[..., Any]] = {
        "set_at": lambda old, new: new, "add_at": operator.add,
        "multiply_at": operator.mul, "minimum_at": min, "maximum_at": max,
    }  # fmt: skip
    for name, change in changes.items():
        yield Case(name, calls, updated(change))
    along = Draw((2, 2), -2, 2, dtype=int)
    yield Case("put_along_axis", (
        Call(MATRIX, np.array([[0, 2], [1, 0]]), Draw((2, 2)), 1),
        Call(MATRIX, np.array([[1, 0, 1]]), POINT, 0),
        Call(CUBE, np.array([[[1]]]), POINT, -1),
        Call(MATRIX, np.array([5, 0]), Draw((2,)), None),
    ), put_along)  # fmt: skip
    yield Case("take_along_axis", (
        Call(MATRIX, Draw((2, 5), -2, 2, dtype=int), 1), Call(MATRIX, along, axis=-1),
        Call(MATRIX, Draw((1, 3), 0, 2, dtype=int), 0),
        Call(MATRIX, np.zeros((0, 3), int), 0),
        Call(MATRIX, np.array([[2, 0, 1, 1]]), 1), Call(Draw((1, 3)), along, 1),
        Call(MATRIX, np.array([5, 0, 5]), None),
    ))  # fmt: skip


def takes() -> Iterator[Case]:
    far = np.array([[-9, 9], [1, 4]])
    yield Case("take", (
        Call(MATRIX, IDS), Call(MATRIX, IDS, axis=-1), Call(CUBE, 1, 2),
        Call(CUBE, np.array([[0, 0], [-1, 1]]), 1), Call(MATRIX, [True, False], 0),
        Call(MATRIX, far, mode="wrap"), Call(CUBE, far, axis=1, mode="clip"),
        Call(POINT, [0, 0]), Call(EMPTY, np.array([], int), 0),
    ))  # fmt: skip
    yield Case("compress", (
        Call([True, False, True], MATRIX, axis=-1), Call([0, 1, 1], MATRIX),
        Call(Draw((2,), 0, 2, dtype=bool), CUBE, 0), Call([], ROW),
    ))  # fmt: skip
    yield Case("extract", (Call(MASK, MATRIX), Call([0, 1, 0, 1], ROW), Call(1, POINT)))
    yield Case("trim_zeros", (Call(ROW), Call(ROW, "f"), Call(Draw((0,)), trim="b")))
    yield Case("delete", (
        Call(MATRIX, 1), Call(CUBE, [0, -1, 0], 2), Call(CUBE, slice(1, None), axis=1),
        Call(MATRIX, [True, False, True], -1), Call(ROW, []), Call(ROW, [2]),
    ))  # fmt: skip
    yield Case("insert", (
        Call(MATRIX, 1, POINT), Call(MATRIX, 1, Draw((2,)), 1), Call(CUBE, -1, ROW, 1),
        Call(MATRIX, [0, 2], Draw((2, 2)), axis=1), Call(MATRIX, [1], Draw((2, 2)), 1),
        Call(ROW, slice(1, 3), Draw((2,))), Call(ROW, [2, 0, 2], POINT),
        Call(ROW, 4, 9),
        Call(MATRIX, 1, Draw((2, 2)), 1), Call(ROW, [], 1.5),
        Call(EMPTY, 0, Draw((3,)), 0),
    ))  # fmt: skip


def choices() -> Iterator[Case]:
    ids = Draw((2, 3), 0, 3, dtype=int)
    yield Case("choose", (
        Call(ids, [MATRIX, POINT, MATRIX]), Call([2, 0, 1], Draw((3, 3))),
        Call(np.array([-1, 5, 1]), [Draw((3,)), Draw((3,))], mode="wrap"),
        Call(np.array([-1, 5, 1]), [Draw((3,)), Draw((3,))], mode="clip"),
    ))  # fmt: skip
    yield Case("select", (
        Call([MASK, ~np.eye(2, 3, dtype=bool)], [MATRIX, Draw((3,))]),
        Call([MASK], [MATRIX], 1.5), Call([MASK, MASK], [POINT, MATRIX], POINT),
    ))  # fmt: skip
    pieces = [lambda x: x * x, lambda x: 3 * x]
    yield Case("piecewise", (
        Call(MATRIX, [MASK], pieces), Call(MATRIX, [MASK, MASK], [pieces[0], 2]),
        Call(ROW, [True, False, True, False], [pieces[1]]),
        Call(POINT, [True], [pieces[0]]),
    ))  # fmt: skip
