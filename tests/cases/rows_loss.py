"""Rows of the table of cases: losses."""

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import references

import ondol.functions as F
from cases.makers import CUBE, EMPTY, MATRIX, POINT, ROW, Call, Case, Draw

SHARES = Draw((2, 3), 0.1, 0.9)
LOGS = Draw((2, 3), -3.0, -0.1)
POSITIVE = Draw((2, 3), 0.2, 3.0)
BITS = Draw((2, 3), 0, 2, dtype=int)
IDS = Draw((2,), 0, 3, dtype=int)
GRID = Draw((2, 4), 0, 3, dtype=int)  # of the classes on axis 1 of CUBE
ROWS = Draw((2, 3), 0, 4, dtype=int)  # of the classes on the last axis of CUBE


def exactly(reference: Callable[..., Any]) -> Callable[..., Any]:
    """Computed in float64; the result has the dtype of the predictions."""

    def wide(x: Any) -> Any:
        real = isinstance(x, np.ndarray) and x.dtype.kind == "f"
        return x.astype(np.float64) if real else x

    def run(*args: Any, **kwargs: Any) -> Any:
        dtype = args[0].dtype if args[0].dtype.kind == "f" else np.float64
        kwargs = {key: wide(x) for key, x in kwargs.items()}
        return np.asarray(reference(*map(wide, args), **kwargs)).astype(dtype)

    return run


def reduced(losses: Any, reduction: str = "mean") -> Any:
    losses = np.asarray(losses)
    return {"mean": losses.mean, "sum": losses.sum, "none": lambda: losses}[reduction]()


def each(formula: Callable[..., float]) -> Callable[..., Any]:
    """A loss of pairs of numbers."""

    @exactly
    def reference(*args: Any, reduction: str = "mean", **settings: Any) -> Any:
        arrays = np.broadcast_arrays(*args)
        losses = [
            formula(*map(float, v), **settings)
            for v in zip(*[a.flat for a in arrays], strict=True)
        ]
        return reduced(np.reshape(losses, arrays[0].shape), reduction)

    return reference


def huber(x: float, t: float, delta: float = 1.0) -> float:
    d = abs(x - t)
    return d * d / 2 if d <= delta else delta * (d - delta / 2)


def smooth_l1(x: float, t: float, beta: float = 1.0) -> float:
    return huber(x, t, beta) / beta


def poisson(x: float, t: float, log_input: bool = True, full: bool = False) -> float:
    rate = math.exp(x) if log_input else x + 1e-8
    loss = rate - t * math.log(rate) - (0 if log_input else 1e-8)
    if full and t > 1:
        loss += t * math.log(t) - t + 0.5 * math.log(2 * math.pi * t)
    return loss


def gaussian(x: float, t: float, var: float, full: bool = False) -> float:
    density = math.exp(-((x - t) ** 2) / (2 * var)) / math.sqrt(var)
    return -math.log(density / (math.sqrt(2 * math.pi) if full else 1))


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def binary(p: float, t: float, weight: float = 1.0, pos_weight: float = 1.0) -> float:
    yes, no = pos_weight * t * math.log(p), (1 - t) * math.log(1 - p)
    return -weight * (yes + no)


def focal(x: float, t: float, alpha: float | None = 0.25, gamma: float = 2.0) -> float:
    p = sigmoid(x)
    right = p * t + (1 - p) * (1 - t)
    share = 1 if alpha is None else alpha * t + (1 - alpha) * (1 - t)
    return -share * (1 - right) ** gamma * math.log(p**t * (1 - p) ** (1 - t))


def samples(x: Any, axis: int) -> tuple[Any, tuple[int, ...]]:
    """Rows of scores, and the shape of what there is one row of."""
    x = np.moveaxis(x, axis, -1)
    return x.reshape(-1, x.shape[-1]), x.shape[:-1]


def cross_entropy(
    log_p: Any,
    t: Any,
    weight: Any = None,
    *,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    axis: int = -1,
    reduction: str = "mean",
) -> Any:
    """Sample by sample, from targets spelled out as probabilities."""
    logs, shape = samples(log_p, axis)
    classes = logs.shape[1]
    weight = np.ones(classes) if weight is None else weight
    shares = samples(t, axis)[0] if t.shape == log_p.shape else None
    losses, scales = [], []
    for i, row in enumerate(logs):
        ids = t.reshape(-1)
        if shares is None and ids[i] == ignore_index:
            losses.append(0.0)
            continue
        target = np.eye(classes)[ids[i]] if shares is None else shares[i]
        scales.append(1.0 if shares is not None else weight[ids[i]])
        target = (1 - label_smoothing) * target + label_smoothing / classes
        if shares is None and label_smoothing == 0:
            losses.append(-weight[ids[i]] * row[ids[i]])
        else:
            losses.append(-(weight * target * row).sum())
    if reduction == "mean":
        return sum(losses) / sum(scales)
    return reduced(np.reshape(losses, shape), reduction)


@exactly
def softmax_cross_entropy(x: Any, t: Any, *args: Any, axis: int = -1, **k: Any) -> Any:
    log_p = references.log_softmax(x, axis)
    return cross_entropy(log_p, t, *args, axis=axis, **k)


def of_shares(function: Callable[..., Any], softmax: Callable[..., Any]) -> Any:
    """A function whose targets are probabilities, made here of scores."""

    def run(x: Any, t: Any, *args: Any, axis: int = -1, **kwargs: Any) -> Any:
        soft = softmax(t, axis) if t.shape == getattr(x, "shape", 0) else t
        return function(x, soft, *args, axis=axis, **kwargs)

    return run


def of_signs(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose last targets are 1 or -1, made here of 1 and 0."""

    def run(*args: Any, **kwargs: Any) -> Any:
        return function(*args[:-1], 2 * args[-1] - 1, **kwargs)

    return run


@exactly
def multi_margin(
    x: Any, t: Any, p: int = 1, margin: float = 1.0, weight: Any = None,
    reduction: str = "mean",
) -> Any:  # fmt: skip
    rows, shape = samples(x, -1)
    losses = []
    for row, i in zip(rows, t.reshape(-1), strict=True):
        costs = [max(0, margin - row[i] + v) ** p for j, v in enumerate(row) if j != i]
        losses.append(sum(costs) / len(row) * (1 if weight is None else weight[i]))
    return reduced(np.reshape(losses, shape), reduction)


@exactly
def multilabel_margin(x: Any, t: Any, reduction: str = "mean") -> Any:
    losses = []
    for row, labels in zip(x, t, strict=True):
        pairs = itertools.product(row[labels == 1], row[labels == 0])
        losses.append(sum(max(0, 1 - a + b) for a, b in pairs) / len(row))
    return reduced(losses, reduction)


@exactly
def multilabel_soft_margin(
    x: Any, t: Any, weight: Any = 1.0, reduction: str = "mean"
) -> Any:
    p = 1 / (1 + np.exp(-x))
    losses = -(t * np.log(p) + (1 - t) * np.log(1 - p)) * weight
    return reduced([row.sum() / len(row) for row in losses], reduction)


@exactly
def dice(p: Any, t: Any, eps: float = 1.0, reduction: str = "mean") -> Any:
    losses = [
        1 - (2 * (a * b).sum() + eps) / (a.sum() + b.sum() + eps)
        for a, b in zip(p, t, strict=True)
    ]
    return reduced(losses, reduction)


@exactly
def normalize(x: Any, axis: Any = -1) -> Any:
    return x / np.sqrt(np.sum(x**2, axis=axis, keepdims=True))


@exactly
def cosine_similarity(a: Any, b: Any, axis: int = -1) -> Any:
    return np.sum(normalize(a, axis) * normalize(b, axis), axis=axis)


@exactly
def cosine_embedding(
    a: Any, b: Any, t: Any, margin: float = 0.0, reduction: str = "mean"
) -> Any:
    cosines = cosine_similarity(a, b)
    pairs = zip(cosines, t, strict=True)
    losses = [1 - c if sign == 1 else max(0, c - margin) for c, sign in pairs]
    return reduced(losses, reduction)


def distances(a: Any, b: Any) -> Any:
    return np.array([math.dist(v, w) for v, w in zip(a, b, strict=True)])


@exactly
def triplet_margin(
    anchor: Any, same: Any, other: Any, margin: float = 1.0, reduction: str = "mean"
) -> Any:
    gap = distances(anchor, same) - distances(anchor, other) + margin
    return reduced(np.maximum(gap, 0), reduction)


@exactly
def contrastive(
    a: Any, b: Any, t: Any, margin: float = 1.0, reduction: str = "mean"
) -> Any:
    d = distances(a, b)
    losses = np.where(t == 1, d**2 / 2, np.maximum(margin - d, 0) ** 2 / 2)
    return reduced(losses, reduction)


@exactly
def kl_divergence(log_p: Any, t: Any, axis: int = -1, reduction: str = "mean") -> Any:
    return reduced(np.sum(t * np.log(t / np.exp(log_p)), axis=axis), reduction)


@exactly
def ctc(
    x: Any,
    t: Any,
    input_lengths: Any = None,
    target_lengths: Any = None,
    blank: int = 0,
    reduction: str = "mean",
) -> Any:
    """By trying every path."""
    losses = []
    for n, scores in enumerate(x):
        steps = len(scores) if input_lengths is None else input_lengths[n]
        labels = t.shape[1] if target_lengths is None else target_lengths[n]
        p = references.softmax(scores)
        total = 0.0
        for path in itertools.product(range(x.shape[2]), repeat=int(steps)):
            merged = [c for c, _ in itertools.groupby(path) if c != blank]
            if merged == list(t[n, :labels]):
                total += math.prod(p[i, c] for i, c in enumerate(path))
        losses.append(-math.log(total))
    return reduced(losses, reduction)


def forms(*args: Any) -> tuple[Call, ...]:
    """The three reductions."""
    return tuple(Call(*args, reduction=r) for r in ("mean", "sum", "none"))


def of_numbers() -> Iterator[Case]:
    empty = Call(EMPTY, EMPTY, reduction="sum"), Call(EMPTY, EMPTY, reduction="none")
    plain = (*forms(MATRIX, MATRIX), Call(POINT, POINT), Call(CUBE, CUBE), *empty)
    for name, formula in {
        "mean_squared_error": lambda x, t: (x - t) ** 2,
        "mean_absolute_error": lambda x, t: abs(x - t),
    }.items():
        yield Case(name, plain, each(formula))
    wide = Draw((3, 5), -4, 4)
    yield Case("huber_loss", (
        *plain, Call(wide, wide), Call(wide, wide, 0.5), Call(wide, wide, delta=3),
    ), each(huber))  # fmt: skip
    yield Case("smooth_l1_loss", (
        *plain, Call(wide, wide), Call(wide, wide, beta=0.5), Call(wide, wide, beta=3),
    ), each(smooth_l1))  # fmt: skip
    yield Case("poisson_nll_loss", (
        *forms(MATRIX, POSITIVE), Call(MATRIX, Draw((2, 3), 1.1, 4), full=True),
        Call(POSITIVE, POSITIVE, log_input=False), *empty,
    ), each(poisson), integers=False)  # fmt: skip
    yield Case("gaussian_nll_loss", (
        *forms(MATRIX, MATRIX, POSITIVE), Call(MATRIX, MATRIX, POSITIVE, full=True),
    ), each(gaussian), integers=False)  # fmt: skip


def of_classes() -> Iterator[Case]:
    weight = Draw((3,), 0.5, 2.0)
    ours = of_shares(F.softmax_cross_entropy, F.softmax)
    yield Case("softmax_cross_entropy", (
        Call(MATRIX, IDS), Call(CUBE, ROWS), Call(ROW, np.array(2)),
        *forms(MATRIX, IDS), Call(MATRIX, IDS, weight), *forms(CUBE, ROWS),
        Call(MATRIX, IDS, label_smoothing=0.2), Call(CUBE, GRID, weight, axis=1),
        Call(MATRIX, IDS, weight, label_smoothing=0.2, reduction="sum"),
        Call(MATRIX, IDS, weight, label_smoothing=0.2),
        Call(CUBE, ROWS, ignore_index=1, reduction="none"),
        Call(CUBE, ROWS, Draw((4,), 0.5, 2), ignore_index=1, label_smoothing=0.1),
        *forms(MATRIX, MATRIX), Call(CUBE, CUBE, axis=1),
        Call(MATRIX, MATRIX, weight, label_smoothing=0.3),
        Call(Draw((0, 3)), Draw((0,), 0, 3, dtype=int), reduction="sum"),
    ), of_shares(softmax_cross_entropy, references.softmax), ours)  # fmt: skip
    yield Case("nll_loss", (
        *forms(LOGS, IDS), Call(LOGS, IDS, weight), Call(LOGS, IDS, ignore_index=-1),
        Call(Draw((2, 3, 4), -3, -0.1), GRID, weight, axis=1, ignore_index=0),
    ), exactly(cross_entropy), integers=False)  # fmt: skip
    yield Case("multi_margin_loss", (
        *forms(MATRIX, IDS), Call(MATRIX, IDS, 2), Call(CUBE, ROWS, margin=0.3),
        Call(MATRIX, IDS, 2, 0.5, weight),
    ), multi_margin)  # fmt: skip
    yield Case("accuracy", (Call(Draw((4, 3)), Draw((4,), 0, 3, dtype=int)),),
               references.accuracy, gradient=False)  # fmt: skip


def of_labels() -> Iterator[Case]:
    column, row = Draw((2, 1), 0.5, 2), Draw((3,), 0.5, 2)
    logistic = each(lambda x, *args, **k: binary(sigmoid(x), *args, **k))
    yield Case("sigmoid_cross_entropy", (
        *forms(MATRIX, SHARES), Call(MATRIX, BITS), Call(POINT, Draw((), 0.1, 0.9)),
        Call(MATRIX, SHARES, row), Call(MATRIX, SHARES, column, row),
        Call(EMPTY, EMPTY, reduction="sum"),
    ), logistic, integers=False)  # fmt: skip
    yield Case("binary_cross_entropy", (
        *forms(SHARES, SHARES), Call(SHARES, BITS),
    ), each(binary), integers=False)  # fmt: skip
    yield Case("focal_loss", (
        *forms(MATRIX, BITS), Call(MATRIX, SHARES, 0.7, 1.5),
        Call(MATRIX, BITS, gamma=0.0), Call(MATRIX, BITS, alpha=None),
    ), each(focal), integers=False)  # fmt: skip
    yield Case("dice_loss", (
        *forms(SHARES, BITS), Call(SHARES, SHARES, 0.1),
    ), dice, integers=False)  # fmt: skip
    signs = of_signs(each(lambda x, t: max(0.0, 1 - t * x)))
    yield Case("hinge_loss", forms(Draw((2, 3), away=(-1, 1)), BITS), signs,
               of_signs(F.hinge_loss))  # fmt: skip
    signs = of_signs(each(lambda x, t: math.log(1 + math.exp(-t * x))))
    yield Case("soft_margin_loss", forms(MATRIX, BITS), signs,
               of_signs(F.soft_margin_loss))  # fmt: skip
    yield Case("multilabel_margin_loss", forms(MATRIX, BITS), multilabel_margin)
    soft = *forms(MATRIX, SHARES), Call(MATRIX, BITS, row)
    yield Case("multilabel_soft_margin_loss", soft, multilabel_soft_margin,
               integers=False)  # fmt: skip


def of_pairs() -> Iterator[Case]:
    yield Case("normalize", (
        Call(MATRIX), Call(CUBE, 1), Call(CUBE, axis=(0, -1)), Call(EMPTY),
    ), normalize)  # fmt: skip
    yield Case("cosine_similarity", (
        Call(MATRIX, MATRIX), Call(CUBE, CUBE, axis=1), Call(Draw((3,)), Draw((3,))),
        Call(Draw((4, 1, 3)), Draw((1, 2, 3))), Call(EMPTY, EMPTY),
    ), cosine_similarity, integers=False)  # fmt: skip
    wide = Draw((3, 4))
    two, three = Draw((2,), 0, 2, dtype=int), Draw((3,), 0, 2, dtype=int)
    yield Case("cosine_embedding_loss", (
        *forms(MATRIX, MATRIX, two), Call(wide, wide, three, margin=-0.5),
    ), of_signs(cosine_embedding), of_signs(F.cosine_embedding_loss),
        integers=False)  # fmt: skip
    ranking = each(lambda a, b, t, margin=0.0: max(0.0, -t * (a - b) + margin))
    pairs = (*forms(MATRIX, MATRIX, BITS), Call(MATRIX, MATRIX, BITS, margin=0.7))
    yield Case("margin_ranking_loss", pairs, of_signs(ranking),
               of_signs(F.margin_ranking_loss))  # fmt: skip
    yield Case("triplet_margin_loss", (
        *forms(MATRIX, MATRIX, MATRIX), Call(MATRIX, MATRIX, MATRIX, margin=5.0),
    ), triplet_margin)  # fmt: skip
    yield Case("contrastive_loss", (
        *forms(MATRIX, MATRIX, two), Call(MATRIX, MATRIX, two, margin=5.0),
    ), contrastive)  # fmt: skip
    cubes = Draw((2, 3, 4), -3, -0.1), Draw((2, 3, 4), 0.1, 0.9)
    yield Case("kl_divergence", (*forms(LOGS, SHARES), Call(*cubes, axis=1)),
               kl_divergence, integers=False)  # fmt: skip


def of_sequences() -> Iterator[Case]:
    scores = Draw((2, 4, 3))
    t, last = np.array([[1, 2], [2, 2]]), np.array([[0, 1], [1, 0]])
    steps, labels = np.array([3, 4]), np.array([2, 1])
    yield Case("ctc_loss", (
        *forms(scores, t), Call(scores, last, blank=2), Call(scores, t, steps, labels),
        Call(scores, t, target_lengths=np.array([0, 1]), reduction="none"),
        Call(Draw((1, 2, 3)), np.zeros((1, 0), int)),
    ), ctc, integers=False)  # fmt: skip


def rows() -> Iterator[Case]:
    for part in (of_numbers, of_classes, of_labels, of_pairs, of_sequences):
        yield from part()
