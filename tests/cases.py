"""THE TABLE: one row for each public function of `ondol.functions`.

A new function is a new row. The drivers in ``functions/test_cases.py`` (and those of
the compiler) run every row: values, gradients of order 1 and 2, dtypes, layouts.
"""

import math
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import references

import ondol
import ondol.functions as F
from ondol import State, test_mode
from ondol.core.graph import data_of
from ondol.random import generator


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
        name: in `ondol.functions`.
        calls: sets of arguments.
        reference: what computes the same; None is NumPy's function of that name.
        function: how it is called, where the arguments do not say it all.
        gradient: whether the result carries one.
        order: up to which order derivatives are compared with differences.
        integers: whether integers are let in, and computed with as in NumPy.
        values: whether the values are determined at all.
    """

    name: str
    calls: tuple[Call, ...]
    reference: Callable[..., Any] | None = None
    function: Callable[..., Any] | None = None
    gradient: bool = True
    order: int = 2
    integers: bool = True
    values: bool = True
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def ours(self) -> Callable[..., Any]:
        return self.function or getattr(F, self.name)

    @property
    def numpy(self) -> Callable[..., Any] | None:
        """NumPy's function of that name, where the row is about it."""
        return None if self.reference else getattr(np, self.name)

    @property
    def expected(self) -> Callable[..., Any]:
        return self.reference or getattr(np, self.name)


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


def positions(name: str) -> Case:
    forms = Call(CUBE), Call(CUBE, axis=1), Call(ROW, 0), Call(CUBE, -1)
    return Case(name, forms, gradient=False)


def seeded_dropout(x: Any, ratio: float) -> Any:
    ondol.seed(3)
    return F.dropout(x, ratio)


def dropout(x: Any, ratio: float) -> Any:
    ondol.seed(3)
    kept = (
        generator.uniform(x.shape, x.dtype if x.dtype.kind == "f" else float) >= ratio
    )
    return np.where(kept, x / (1 - ratio), 0).astype(np.result_type(x, np.float16))


def batch_norm(x: Any, gamma: Any, beta: Any, *running: Any) -> Any:
    """While training without running statistics among the arguments, else testing."""
    if running:
        with test_mode():
            return F.batch_norm(x, gamma, beta, *map(State, running))
    like, n = data_of(x), x.shape[1]
    mean, var = State(np.zeros(n, like=like)), State(np.ones(n, like=like))
    return F.batch_norm(x, gamma, beta, mean, var)


def _rows() -> Iterator[Case]:
    yield from _math()
    yield from _compare()
    yield from _reduce()
    yield from _shape()
    yield from _linalg()
    yield from _networks()


def _math() -> Iterator[Case]:
    for name in ("add", "subtract", "multiply", "maximum", "minimum", "logaddexp"):
        yield binary(name)
    yield binary("hypot", (0.5, 2), (0.5, 2))
    yield binary("divide", (-2, 2), (0.5, 2))
    yield binary("arctan2", (0.5, 2), (-2, 2))
    for name in ("remainder", "fmod", "floor_divide"):
        numbers = Call(Draw((2, 3), 2.2, 2.6), 1.0), Call(2.4, Draw((3,), 0.95, 1.05))
        yield binary(name, (-2.6, -2.2), (0.95, 1.05), numbers=numbers)
    cubes = Call(MATRIX, 3), Call(MATRIX, 2.0), Call(MATRIX, 0), Call(2.0, MATRIX)
    yield binary("power", (0.5, 2), (-2, 2), numbers=cubes, integers=False)
    yield binary("float_power", (0.5, 2), (-2, 2), numbers=cubes[:2], integers=False)
    for name in ("negative", "positive", "square"):
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
    yield unary("rint", away=HALVES)
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


def _compare() -> Iterator[Case]:
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


def _reduce() -> Iterator[Case]:
    yield reduction("sum", Call(EMPTY), Call(EMPTY, axis=0))
    yield reduction("mean")
    yield reduction("prod", Call(EMPTY), Call(EMPTY, axis=0), Call(Draw((5,)), 0))
    narrow = Call(CUBE, axis=1), Call(CUBE, (0, 2)), Call(CUBE), Call(POINT)
    yield Case("max", (*narrow, Call(CUBE, axis=(0, -1), keepdims=True)))
    yield Case("min", (*narrow, Call(CUBE, axis=(0, -1), keepdims=True)))
    yield reduction("var", Call(CUBE, axis=(1, 2), ddof=1), Call(ROW, ddof=1.5))
    spreads = Call(CUBE), Call(CUBE, axis=1), Call(CUBE, -1, ddof=1, keepdims=True)
    yield Case("std", spreads)
    yield reduction("logsumexp", reference=references.logsumexp)
    sums = Call(CUBE), Call(CUBE, axis=1), Call(CUBE, -1), Call(POINT), Call(EMPTY, 0)
    yield Case("cumsum", sums)
    for name in ("any", "all"):
        yield reduction(name, Call(EMPTY), gradient=False)
    yield reduction("count_nonzero", gradient=False)
    for name in ("argmax", "argmin", "argsort"):
        yield positions(name)


def _shape() -> Iterator[Case]:
    forms = (
        Call(CUBE, (4, -1)),
        Call(CUBE, -1),
        Call(POINT, (1, 1)),
        Call(EMPTY, (3, 0)),
    )
    yield Case("reshape", (*forms, Call(MATRIX, shape=(3, 2))))
    for name in ("ravel", "copy"):
        yield Case(name, (Call(CUBE), Call(POINT), Call(EMPTY)))
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
    ids = Draw((3, 2), -2, 2, dtype=int)
    masked = Draw((2, 3), 0, 2, dtype=bool)
    picks: tuple[Any, ...] = (
        1, -1, slice(None, None, -2), (slice(None), 1), (Ellipsis, None, 2), ids,
        (ids, 0), (ids, slice(1, None), ids), (masked, 1), ..., (), [1, 1, 0], None,
    )  # fmt: skip
    calls = [Call(CUBE, pick) for pick in picks]
    ends = Call(POINT, ()), Call(EMPTY, slice(2)), Call(MATRIX, masked)
    yield Case("get_item", (*calls, *ends), operator.getitem)
    takes = Call(MATRIX, ids), Call(MATRIX, ids, axis=-1), Call(CUBE, 1, 2)
    yield Case("take", (*takes, Call(CUBE, np.array([[0, 0], [-1, 1]]), 1)))
    along = Draw((2, 5), -2, 2, dtype=int), Draw((1, 3), 0, 2, dtype=int)
    yield Case("take_along_axis", (Call(MATRIX, along[0], 1), Call(MATRIX, along[1], 0),
                                   Call(MATRIX, along[0], axis=-1)))  # fmt: skip
    pair = [MATRIX, Draw((4, 3))], [MATRIX, Draw((2, 1)), MATRIX]
    joins = Call(pair[0]), Call(pair[1], axis=-1), Call(pair[0], None), Call([EMPTY])
    yield Case("concatenate", joins)
    yield Case("stack", (Call([MATRIX, MATRIX]), Call([MATRIX, MATRIX], axis=-1),
                         Call([POINT, POINT])))  # fmt: skip
    yield Case("vstack", (Call([MATRIX, Draw((3,))]), Call([ROW, ROW])))
    yield Case("hstack", (Call([ROW, Draw((2,))]), Call([MATRIX, Draw((2, 1))]),
                          Call([POINT, POINT])))  # fmt: skip
    yield Case("split", (Call(CUBE, 2, 2), Call(CUBE, 3, axis=-2), Call(ROW, [1, 3]),
                         Call(CUBE, (1, -1), axis=1), Call(EMPTY, 3, 1)))  # fmt: skip
    yield Case("array_split", (Call(Draw((7,)), 3), Call(CUBE, 3, axis=-1),
                               Call(ROW, [2, 2, 9]), Call(ROW, 6)))  # fmt: skip
    yield Case("repeat", (Call(MATRIX, 2), Call(MATRIX, 3, axis=0), Call(POINT, 2),
                          Call(MATRIX, [1, 0, 2], axis=-1)))  # fmt: skip
    yield Case("tile", (Call(MATRIX, 2), Call(MATRIX, (2, 1, 3)), Call(CUBE, (2,)),
                        Call(POINT, 3), Call(EMPTY, (2, 2))))  # fmt: skip
    pads = [Call(MATRIX, ((1, 0), (2, 1)), mode)
            for mode in ("edge", "reflect", "symmetric", "wrap")]  # fmt: skip
    flat_pads = Call(MATRIX, 1), Call(MATRIX, (1, 2), constant_values=3), Call(EMPTY, 1)
    yield Case("pad", (*pads, *flat_pads, Call(MATRIX, ((1,), (0,)), mode="edge")))
    yield Case("sort", (Call(CUBE), Call(CUBE, 1), Call(CUBE, axis=None), Call(EMPTY)))
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


def _linalg() -> Iterator[Case]:
    ranks = (
        ((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((2, 3), (3, 4)),
        ((5, 2, 3), (3, 4)), ((5, 2, 3), (3,)), ((3,), (5, 3, 2)), ((2, 3), (5, 3, 4)),
        ((5, 2, 3), (5, 3, 4)), ((5, 1, 2, 3), (4, 3, 2)), ((1, 2, 3), (5, 3, 4)),
        ((0, 3), (3, 2)), ((2, 0), (0, 3)), ((0, 2, 3), (3, 2)), ((2, 2, 0), (0, 3)),
        ((2, 1, 2, 3), (3, 4)), ((2, 2, 2, 3), (3,)), ((3,), (2, 2, 3, 2)),
    )  # fmt: skip
    yield Case("matmul", tuple(Call(Draw(s), Draw(t)) for s, t in ranks))
    dots = (((3,), (3,)), ((2, 3), (3, 4)), ((2, 3), (3,)), ((4, 2, 3), (3,)),
            ((2, 3), (4, 3, 2)), ((), (2, 3)), ((3,), (2, 3, 2)))  # fmt: skip
    yield Case("dot", tuple(Call(Draw(s), Draw(t)) for s, t in dots))
    inners = ((3,), (3,)), ((2, 3), (4, 3)), ((2, 3), (3,)), ((), (2, 3))
    yield Case("inner", tuple(Call(Draw(s), Draw(t)) for s, t in inners))
    outers = ((3,), (2,)), ((2, 2), (3,)), ((), (3,)), ((0,), (3,))
    yield Case("outer", tuple(Call(Draw(s), Draw(t)) for s, t in outers))
    yield Case("tensordot", (
        Call(CUBE, Draw((3, 4, 5))), Call(CUBE, Draw((4, 2)), 1),
        Call(ROW, ROW, axes=0),
        Call(CUBE, Draw((5, 4, 2)), axes=((0, -1), (2, 1))),
        Call(CUBE, Draw((3, 2)), axes=([1], [0])), Call(CUBE, ROW, axes=(2, 0)),
    ))  # fmt: skip
    einsums = {
        "ij,jk->ik": ((2, 3), (3, 4)), "ij,jk": ((2, 3), (3, 4)), "ba": ((2, 3),),
        "bij,bjk->bik": ((5, 2, 3), (5, 3, 4)), "ii->i": ((3, 3),), "ii": ((3, 3),),
        "ij->": ((2, 3),), "ij->j": ((2, 3),), "i,j->ij": ((2,), (3,)),
        "ij,j": ((2, 3), (3,)), "i , i ->": ((3,), (3,)),
        "ijj,jk->ik": ((2, 3, 3), (3, 2)),
        "...ij,...jk->...ik": ((5, 2, 3), (3, 4)), "...i,i": ((4, 2, 3), (3,)),
        "i...->...": ((2, 3, 4),), "...,...": ((2, 3), (3,)), "ij,k->k": ((2, 3), (4,)),
        "ij,jk,kl->il": ((2, 3), (3, 4), (4, 2)), "ij,ij->j": ((1, 3), (2, 3)),
        "ij,ij->ij": ((2, 3), (2, 1)), "i,->i": ((3,), ()), "...ii->...i": ((2, 3, 3),),
        "iii->i": ((2, 2, 2),), "ij,jk->ki": ((0, 3), (3, 2)),
    }  # fmt: skip
    yield Case("einsum", tuple(Call(subscripts, *map(Draw, shapes))
                               for subscripts, shapes in einsums.items()))  # fmt: skip


def _networks() -> Iterator[Case]:
    for name in ("sigmoid", "softplus", "silu", "gelu", "erf"):
        yield unary(name, reference=getattr(references, name))
    yield unary("relu", away=(0.0,), reference=references.relu)
    kinked = Draw((2, 3), away=(0.0,))
    leaks = Call(kinked), Call(kinked, 0.1), Call(kinked, slope=0.0), Call(POINT)
    yield Case("leaky_relu", leaks, references.leaky_relu)
    bends = Call(kinked), Call(kinked, 0.5), Call(kinked, alpha=2.0), Call(EMPTY)
    yield Case("elu", bends, references.elu)
    for name in ("softmax", "log_softmax"):
        forms = Call(MATRIX), Call(CUBE, 1), Call(CUBE, axis=(0, 2)), Call(EMPTY)
        yield Case(name, forms, getattr(references, name))
    weights = Draw((3, 4)), Draw((4,))
    yield Case("linear", (
        Call(MATRIX, *weights), Call(Draw((5, 2, 3)), *weights), Call(EMPTY, *weights),
        Call(Draw((3,)), *weights), Call(MATRIX, weights[0]),
    ), references.linear)  # fmt: skip
    ids = Draw((2, 3), 0, 4, dtype=int), Draw((0,), 0, 4, dtype=int)
    table = Draw((4, 2))
    yield Case("embedding", tuple(Call(i, table) for i in ids), references.embedding,
               integers=False)  # fmt: skip
    yield Case("dropout", (Call(CUBE, 0.3), Call(POINT, 0.5), Call(EMPTY, 0.5)),
               dropout, seeded_dropout, integers=False)  # fmt: skip
    three = Draw((3,)), Draw((3,))
    running = Draw((3,), fixed=True), Draw((3,), 0.5, 2, fixed=True)
    yield Case("batch_norm", (
        Call(Draw((4, 3)), *three), Call(Draw((2, 3, 2, 2)), *three),
        Call(Draw((1, 3)), *three, *running), Call(Draw((2, 3, 4)), *three, *running),
    ), references.batch_norm, batch_norm, integers=False)  # fmt: skip
    filters, bias = Draw((3, 2, 2, 3)), Draw((3,))
    yield Case("conv2d", (
        Call(IMAGES, filters), Call(IMAGES, filters, bias, 2, 1),
        Call(IMAGES, filters, bias, stride=(2, 3), pad=(1, 0)),
        Call(IMAGES, filters, dilation=2), Call(Draw((0, 2, 5, 6)), filters, bias),
        Call(IMAGES, filters, bias, (1, 2), (0, 2), (2, 1)),
    ), references.conv2d)  # fmt: skip
    small, stamps = Draw((2, 2, 3, 2)), Draw((2, 3, 2, 3))
    yield Case("conv_transpose2d", (
        Call(small, stamps), Call(small, stamps, bias, 2, 1),
        Call(small, stamps, bias, stride=(2, 3), pad=(1, 0)),
        Call(small, stamps, dilation=2), Call(Draw((0, 2, 3, 2)), stamps, bias),
        Call(small, stamps, bias, (2, 3), (0, 1), (7, 5), (2, 1)),
        Call(small, stamps, None, (3, 2), out_size=(10, 6)),
    ), references.conv_transpose2d)  # fmt: skip
    pools = (
        Call(IMAGES, 2), Call(IMAGES, (2, 3), 1), Call(IMAGES, 3, stride=2, pad=1),
        Call(IMAGES, (3, 2), (1, 2), (1, 0)), Call(Draw((0, 2, 4, 4)), 2),
    )  # fmt: skip
    hanging = Call(IMAGES, 3, 2, ceil_mode=True), Call(IMAGES, 2, 3, 1, True)
    yield Case("max_pool2d", (*pools, *hanging), references.max_pool2d, integers=False)
    yield Case("avg_pool2d", pools, references.avg_pool2d)
    yield Case("mean_squared_error", (Call(MATRIX, MATRIX), Call(POINT, POINT)),
               references.mean_squared_error)  # fmt: skip
    classes = Draw((2,), 0, 3, dtype=int), Draw((2, 3), 0, 4, dtype=int)
    yield Case("softmax_cross_entropy", (
        Call(MATRIX, classes[0]), Call(CUBE, classes[1]), Call(ROW, np.array(2)),
    ), references.softmax_cross_entropy)  # fmt: skip
    shares = Draw((2, 3), 0.1, 0.9)
    yield Case("sigmoid_cross_entropy", (Call(MATRIX, shares),),
               references.sigmoid_cross_entropy, integers=False)  # fmt: skip
    yield Case("binary_cross_entropy", (Call(shares, shares),),
               references.binary_cross_entropy, integers=False)  # fmt: skip
    yield Case("accuracy", (Call(Draw((4, 3)), Draw((4,), 0, 3, dtype=int)),),
               references.accuracy, gradient=False)  # fmt: skip


CASES = tuple(_rows())
