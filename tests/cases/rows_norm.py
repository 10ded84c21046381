"""Rows of the table of cases: affine maps, embeddings, dropout and normalisation."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import references

import ondol
import ondol.functions as F
from cases.makers import CUBE, EMPTY, MATRIX, POINT, ROW, Call, Case, Draw
from ondol import State, test_mode
from ondol.core.graph import data_of
from ondol.random import generator


def seeded(name: str) -> Any:
    def function(*args: Any, **kwargs: Any) -> Any:
        ondol.seed(3)
        return getattr(F, name)(*args, **kwargs)

    return function


def kept(x: Any, ratio: float, shared: tuple[int, ...]) -> Any:
    ondol.seed(3)
    shape = [1 if i in shared else n for i, n in enumerate(x.shape)]
    return generator.uniform(shape, x.dtype if x.dtype.kind == "f" else float) >= ratio


def dropout(x: Any, ratio: float, shared: tuple[int, ...] = ()) -> Any:
    mask = kept(x, ratio, [i % x.ndim for i in shared])
    return np.where(mask, x / (1 - ratio), 0).astype(np.result_type(x, np.float16))


def channel_dropout(x: Any, ratio: float) -> Any:
    return dropout(x, ratio, tuple(range(2, x.ndim)))


def drop_path(x: Any, ratio: float) -> Any:
    return dropout(x, ratio, tuple(range(1, x.ndim)))


def alpha_dropout(x: Any, ratio: float) -> Any:
    low, keep = -1.7580993408473766, 1 - ratio
    y = np.where(kept(x, ratio, ()), x, low)
    a = 1 / np.sqrt(keep + low**2 * keep * ratio)
    return (a * y - a * ratio * low).astype(x.dtype if x.dtype.kind == "f" else float)


def batch_norm(x: Any, gamma: Any, beta: Any, *running: Any) -> Any:
    """While training without running statistics among the arguments, else testing."""
    if running:
        with test_mode():
            return F.batch_norm(x, gamma, beta, *map(State, running))
    like, n = data_of(x), x.shape[1]
    mean, var = State(np.zeros(n, like=like)), State(np.ones(n, like=like))
    return F.batch_norm(x, gamma, beta, mean, var)


def standard(x: Any, axes: Any, eps: float, centred: bool = True) -> Any:
    """Slice by slice, in float64."""
    dtype = x.dtype if x.dtype.kind == "f" else np.float64
    x = x.astype(np.float64)
    m = x.mean(axis=axes, keepdims=True) if centred else 0
    v = np.mean((x - m) ** 2, axis=axes, keepdims=True)
    return ((x - m) / np.sqrt(v + eps)).astype(dtype)


def spread(part: Any, x: Any, axes: Any, missing: float) -> Any:
    if part is None:
        return np.array(missing, x.dtype)
    return np.reshape(part, [n if i in axes else 1 for i, n in enumerate(x.shape)])


def layer_norm(
    x: Any, gamma: Any = None, beta: Any = None, axis: Any = -1, eps: float = 1e-5
) -> Any:
    axes = [i % x.ndim for i in np.atleast_1d(axis)]
    y = standard(x, tuple(axes), eps)
    return y * spread(gamma, y, axes, 1) + spread(beta, y, axes, 0)


def rms_norm(x: Any, gamma: Any = None, axis: Any = -1, eps: float = 1e-6) -> Any:
    axes = [i % x.ndim for i in np.atleast_1d(axis)]
    y = standard(x, tuple(axes), eps, centred=False)
    return y * spread(gamma, y, axes, 1)


def group_norm(
    x: Any, groups: int, gamma: Any = None, beta: Any = None, eps: float = 1e-5
) -> Any:
    parts = np.split(x, groups, axis=1)
    axes = tuple(range(1, x.ndim))
    y = np.concatenate([standard(part, axes, eps) for part in parts], axis=1)
    return y * spread(gamma, y, (1,), 1) + spread(beta, y, (1,), 0)


def instance_norm(x: Any, *args: Any, **kwargs: Any) -> Any:
    return group_norm(x, x.shape[1], *args, **kwargs)


def local_response_norm(
    x: Any, size: int = 5, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Any:
    y = np.array(x, x.dtype if x.dtype.kind == "f" else float)
    for c in range(x.shape[1]):
        near = x[:, max(0, c - size // 2) : c + (size - 1) // 2 + 1].astype(float)
        y[:, c] = x[:, c] / (k + alpha / size * (near**2).sum(axis=1)) ** beta
    return y


def bilinear(x: Any, z: Any, W: Any, b: Any = None) -> Any:
    outputs = [np.sum((x @ W[:, :, k]) * z, axis=-1) for k in range(W.shape[2])]
    return np.stack(outputs, axis=-1) + (0 if b is None else b)


def embedding(ids: Any, W: Any, padding_index: int | None = None) -> Any:
    return references.embedding(ids, W)


def rows() -> Iterator[Case]:
    weights = Draw((3, 4)), Draw((4,))
    yield Case("linear", (
        Call(MATRIX, *weights), Call(Draw((5, 2, 3)), *weights), Call(EMPTY, *weights),
        Call(Draw((3,)), *weights), Call(MATRIX, weights[0]),
    ), references.linear)  # fmt: skip
    ids = Draw((2, 3), 0, 4, dtype=int), Draw((0,), 0, 4, dtype=int)
    table = Draw((4, 2))
    yield Case("embedding", tuple(Call(i, table) for i in ids), embedding,
               integers=False)  # fmt: skip
    forms = Call(CUBE, 0.3), Call(POINT, 0.5), Call(EMPTY, 0.5)
    shared = Call(CUBE, 0.3, shared=(1,)), Call(CUBE, 0.3, (0, -1))
    yield Case("dropout", (*forms, *shared), dropout, seeded("dropout"),
               integers=False)  # fmt: skip
    yield Case("alpha_dropout", forms, alpha_dropout, seeded("alpha_dropout"),
               integers=False)  # fmt: skip
    whole = Call(CUBE, 0.3), Call(Draw((5, 3)), 0.5), Call(EMPTY, 0.5)
    yield Case("channel_dropout", whole, channel_dropout, seeded("channel_dropout"),
               integers=False)  # fmt: skip
    yield Case("drop_path", (*whole, Call(Draw((5,)), 0.5)), drop_path,
               seeded("drop_path"), integers=False)  # fmt: skip
    three = Draw((3,)), Draw((3,))
    running = Draw((3,), fixed=True), Draw((3,), 0.5, 2, fixed=True)
    yield Case("batch_norm", (
        Call(Draw((4, 3)), *three), Call(Draw((2, 3, 2, 2)), *three),
        Call(Draw((1, 3)), *three, *running), Call(Draw((2, 3, 4)), *three, *running),
    ), references.batch_norm, batch_norm, integers=False)  # fmt: skip
    four = Draw((4,)), Draw((4,))
    nothing = Draw((0, 3, 4))
    yield Case("layer_norm", (
        Call(CUBE), Call(CUBE, *four), Call(CUBE, Draw((3, 4)), axis=(1, 2)),
        Call(CUBE, None, Draw((2,)), axis=0), Call(ROW, *four, eps=1e-3),
        Call(nothing, *four), Call(CUBE, Draw((2, 4)), axis=(0, -1)),
    ), layer_norm)  # fmt: skip
    yield Case("rms_norm", (
        Call(CUBE), Call(CUBE, four[0]), Call(CUBE, Draw((3, 4)), axis=(1, 2)),
        Call(ROW, eps=1e-3), Call(nothing, four[0]),
    ), rms_norm)  # fmt: skip
    images, channels = Draw((2, 4, 3, 2)), Draw((2, 4))
    yield Case("group_norm", (
        Call(images, 2), Call(images, 2, *four), Call(channels, 1, *four),
        Call(images, 4, four[0], None, 1e-3), Call(Draw((0, 4, 3)), 2, *four),
    ), group_norm)  # fmt: skip
    yield Case("instance_norm", (
        Call(images), Call(images, *four), Call(Draw((2, 4, 3)), beta=None),
        Call(Draw((0, 4, 3)), *four),
    ), instance_norm)  # fmt: skip
    yield Case("local_response_norm", (
        Call(images), Call(images, 3, 0.5, 0.6, 2.0), Call(channels, size=2, alpha=1.0),
        Call(Draw((0, 4, 3))),
    ), local_response_norm)  # fmt: skip
    cube, bias = Draw((3, 4, 2)), Draw((2,))
    yield Case("bilinear", (
        Call(MATRIX, Draw((2, 4)), cube), Call(MATRIX, Draw((2, 4)), cube, bias),
        Call(Draw((3,)), ROW, cube, bias), Call(EMPTY, Draw((0, 4)), cube, bias),
    ), bilinear)  # fmt: skip
