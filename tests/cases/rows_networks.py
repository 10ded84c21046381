"""Rows of the table of cases: what networks are made of."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import references

import ondol
import ondol.functions as F
from cases.makers import (
    CUBE,
    EMPTY,
    IMAGES,
    MATRIX,
    POINT,
    ROW,
    Call,
    Case,
    Draw,
    unary,
)
from ondol import State, test_mode
from ondol.core.graph import data_of
from ondol.random import generator


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


def rows() -> Iterator[Case]:
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
