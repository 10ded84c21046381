"""What the rows of the table of cases are made of."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import numpy as np

import ondol.functions as F


@dataclass(frozen=True)
class Draw:
    """An argument to be drawn at random: distinct numbers from `low` to `high`.

    Args:
        shape: of the array.
        low: the smallest number.
        high: the largest.
        away: kinks and jumps, to be kept away from.
        dtype: of ids and masks; None takes the dtype that is tested.
        fixed: not differentiated.
    """

    shape: tuple[int, ...]
    low: float = -2.0
    high: float = 2.0
    away: tuple[float, ...] = ()
    dtype: Any = None
    fixed: bool = False

    def sample(self, rng: np.random.Generator, dtype: Any) -> np.ndarray:
        dtype = np.dtype(self.dtype or dtype)
        if self.dtype and dtype.kind != "f":
            return rng.integers(int(self.low), int(self.high), self.shape).astype(dtype)
        n = math.prod(self.shape)
        steps = (rng.permutation(n) + rng.uniform(0.25, 0.75, n)) / max(n, 1)
        x = self.low + (self.high - self.low) * steps
        for kink in self.away:
            x = np.where(np.abs(x - kink) < 0.04, kink + 0.04 + np.abs(x - kink), x)
        if dtype.kind in "iub":
            x = np.abs(np.rint(x)) if dtype.kind == "u" else np.rint(x)
        return x.astype(dtype).reshape(self.shape)


class Call:
    """One set of arguments of a function, some of them to be drawn."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args, self.kwargs = args, kwargs

    def sample(self, rng: np.random.Generator, dtype: Any = np.float64) -> Any:
        """The arrays to differentiate by, and how they become positional arguments."""
        leaves: list[np.ndarray] = []

        def draw(arg: Any) -> Any:
            if isinstance(arg, list | tuple):
                parts = [draw(part) for part in arg]
                return lambda xs: type(arg)(part(xs) for part in parts)
            if not isinstance(arg, Draw):
                return lambda xs: arg
            x = arg.sample(rng, dtype)
            if arg.fixed or arg.dtype:
                return lambda xs: x
            position = len(leaves)
            leaves.append(x)
            return lambda xs: xs[position]

        parts = [draw(arg) for arg in self.args]
        return leaves, lambda xs: [part(xs) for part in parts]


@dataclass(frozen=True)
class Case:
    """One row.

    Args:
        name: in `ondol.functions`, dotted for ``linalg.inv``.
        calls: sets of arguments.
        reference: what computes the same; None is NumPy's function of that name.
        function: how it is called, where the arguments do not say it all.
        gradient: whether the result carries one.
        order: up to which order derivatives are compared with differences.
        integers: whether integers are let in, and computed with as in NumPy.
        values: whether the values are determined at all.
        half: whether float16 is let in, as it is not by NumPy's linear algebra.
    """

    name: str
    calls: tuple[Call, ...]
    reference: Callable[..., Any] | None = None
    function: Callable[..., Any] | None = None
    gradient: bool = True
    order: int = 2
    integers: bool = True
    values: bool = True
    half: bool = True
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def ours(self) -> Callable[..., Any]:
        return self.function or attrgetter(self.name)(F)

    @property
    def numpy(self) -> Callable[..., Any] | None:
        """NumPy's function of that name, where the row is about it."""
        return None if self.reference else attrgetter(self.name)(np)

    @property
    def expected(self) -> Callable[..., Any]:
        return self.reference or attrgetter(self.name)(np)


def unary(name: str, low: float = -2, high: float = 2, **row: Any) -> Case:
    """A function of each element alone."""
    away = row.pop("away", ())
    shapes = ((2, 3), (), (0, 3))
    calls = tuple(Call(Draw(shape, low, high, away)) for shape in shapes)
    return Case(name, calls, **row)


def binary(
    name: str,
    a: tuple[float, float] = (-2, 2),
    b: tuple[float, float] = (-2, 2),
    **row: Any,
) -> Case:
    """A function of pairs of elements; its operands broadcast."""
    away = row.pop("away", ())
    pairs = (
        ((2, 3), (2, 3)), ((3, 1), (1, 4)), ((2, 3), ()), ((), (3,)), ((), ()),
        ((0, 3), (1, 3)),
    )  # fmt: skip
    calls = [Call(Draw(s, *a, away), Draw(t, *b, away)) for s, t in pairs]
    numbers = Call(Draw((2, 3), *a), sum(b) / 2 + 0.3), Call(1.5, Draw((2, 3), *b))
    return Case(name, (*calls, *(row.pop("numbers", numbers))), **row)


def question(name: str, **row: Any) -> Case:
    """A comparison or a test: it broadcasts, and carries no gradient."""
    return binary(name, gradient=False, numbers=(), **row)


def bits(name: str) -> Case:
    masks = Draw((2, 3), 0, 2, dtype=bool), Draw((3,), 0, 2, dtype=bool)
    whole = Draw((2, 3), 0, 9, dtype=int), Draw((3,), 0, 9, dtype=int)
    return Case(name, (Call(*masks), Call(*whole)), gradient=False)


CUBE = Draw((2, 3, 4))
SQUARE = Draw((3, 3))
MATRIX = Draw((2, 3))
ROW = Draw((4,))
POINT = Draw(())
EMPTY = Draw((0, 3))
IMAGES = Draw((2, 2, 5, 6))
WHOLE = (-2.0, -1.0, 0.0, 1.0, 2.0)
HALVES = (-1.5, -0.5, 0.5, 1.5)


def reduction(name: str, *calls: Call, **row: Any) -> Case:
    """A function that folds axes away; `calls` are added to the common forms."""
    common = (
        Call(CUBE),
        Call(CUBE, axis=1),
        Call(CUBE, -1),
        Call(CUBE, axis=(0, -1), keepdims=True),
        Call(CUBE, axis=None, keepdims=True),
        Call(POINT),
        Call(Draw((0, 3)), axis=1),
    )
    return Case(name, (*common, *calls), **row)


def parts(y: Any) -> Any:
    """The real and the imaginary part, stacked: differences want real numbers."""
    return np.stack([np.real(y), np.imag(y)])


def joined(a: Any, b: Any) -> Any:
    """``a + ib``; what is no number goes on as it is, to be refused."""
    for x in (a, b):
        if getattr(x, "dtype", np.dtype(type(x))).kind not in "biufc":
            return x
    return a + 1j * b


def of_complex(name: str, *calls: Call, **row: Any) -> Case:
    """A function of a complex array, drawn as its real and its imaginary part.

    What comes out is compared as real numbers, too.
    """
    ours, numpy = (
        lambda a, b, *args, f=f, **kwargs: parts(f(joined(a, b), *args, **kwargs))
        for f in both(name)
    )
    return Case(name, calls, numpy, ours, **row)


def of_real(name: str, *calls: Call, **row: Any) -> Case:
    """A function of a real array whose result is complex."""
    ours, numpy = (
        lambda *args, f=f, **kwargs: parts(f(*args, **kwargs)) for f in both(name)
    )
    return Case(name, calls, numpy, ours, **row)


def both(name: str) -> list[Callable[..., Any]]:
    """The function of that name of ours and of NumPy's."""
    return [attrgetter(name)(space) for space in (F, np)]


def positions(name: str) -> Case:
    forms = Call(CUBE), Call(CUBE, axis=1), Call(ROW, 0), Call(CUBE, -1)
    return Case(name, forms, gradient=False)
