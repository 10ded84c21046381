"""Rows of the table of cases: affine maps, embeddings, dropout and normalisation."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import references

import ondol
import ondol.functions as F
from cases.makers import CUBE, EMPTY, MATRIX, POINT, Call, Case, Draw
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
