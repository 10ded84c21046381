"""Metrics of classes: how often, and where, the right one was predicted.

All of them take predictions in one of three forms:

- scores ``(..., classes)``: the class of the highest one is predicted. Logits and
  probabilities do alike. For ``(N, classes, H, W)`` say ``axis=1``.
- with a `threshold`, scores ``(...)`` of two classes: above it 1 is predicted, else 0.
  0 for logits, 0.5 for probabilities.
- class ids ``(...)``, integers.

Targets are class ids ``(...)``, integers from 0. Those of `ignore_index` do not count.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import ArgumentError, DtypeError, IndexingError, ShapeError, tell
from ...optimizers.hyper import choice, count
from .metric import Kept, Metric, host, no_samples, share_of


class OfClasses(Metric):
    """A metric of predicted and true classes.

    Args:
        axis: of the classes in scores.
        threshold: above which a score ``(...)`` means class 1; None for scores of all
            classes, and for class ids.
        ignore_index: targets of this id do not count.
    """

    def __init__(
        self,
        axis: int = -1,
        threshold: float | None = None,
        ignore_index: int | None = None,
    ) -> None:
        self.axis, self.threshold, self.ignore_index = axis, threshold, ignore_index

    def labels(self, y: Any, t: Any) -> tuple[Any, Any, int]:
        """The predicted and the true class ids in a row, and the number of classes.

        Raises:
            DtypeError, ShapeError, IndexingError: they do not fit together.
        """
        scores, ids = host(y), class_ids(self.name, y, t)
        predicted, classes = self._predicted(scores, ids, {"y": y, "t": t})
        return *self._counted(predicted, ids, classes), classes

    def _predicted(self, y: Any, t: Any, operands: dict[str, Any]) -> tuple[Any, int]:
        """The class of each sample, and how many there are; 0 if nobody knows."""
        if self.threshold is not None:
            check_shapes(self.name, y.shape, t.shape, "(...)", operands)
            return (y > self.threshold).astype(np.int64), 2
        if y.shape == t.shape and y.dtype.kind in "iub":
            return y, 0
        y = scores_of(self.name, y, t, self.axis, operands)
        return np.argmax(y, axis=-1), y.shape[-1]

    def _counted(self, predicted: Any, t: Any, classes: int) -> tuple[Any, Any]:
        """The samples that count, in a row."""
        if self.ignore_index is not None:
            kept = t != self.ignore_index
            predicted, t = predicted[kept], t[kept]
        check_range(self.name, t, classes)
        check_range(self.name, predicted, classes)
        return predicted.ravel().astype(np.int64), t.ravel().astype(np.int64)


def class_ids(name: str, y: Any, t: Any) -> Any:
    """Targets as an array of class ids."""
    ids = host(t)
    if ids.dtype.kind not in "iub":
        one_hot = _is_one_hot(ids) and ids.shape == np.shape(host(y))
        code = "metric-one-hot" if one_hot else "metric-ids"
        got = {"got": ids.dtype, "name": name}
        raise tell(DtypeError, code, {"y": y, "t": t}, **got)
    return ids


def scores_of(name: str, y: Any, t: Any, axis: int, operands: dict[str, Any]) -> Any:
    """Scores with the classes along the last axis, one row for each target."""
    if not y.ndim or not -y.ndim <= axis < y.ndim:
        raise tell(ShapeError, "metric-axis", operands, name=name, axis=axis)
    moved = np.moveaxis(y, axis, -1)
    if y.shape == t.shape and _is_one_hot(np.moveaxis(t, axis, -1)):
        raise tell(ShapeError, "metric-one-hot", operands, name=name, got=t.dtype)
    check_shapes(name, moved.shape[:-1], t.shape, "(..., classes)", operands)
    if moved.shape[-1] == 1:
        raise tell(ShapeError, "metric-one-column", operands, name=name)
    return moved


def _is_one_hot(t: Any) -> bool:
    """Are these rows with a single 1 among zeros?"""
    if t.ndim < 2 or not t.size or t.shape[-1] < 2:
        return False
    return bool(((t == 0) | (t == 1)).all() and (t.sum(axis=-1) == 1).all())


def check_shapes(
    name: str, y: Any, t: Any, form: str, operands: dict[str, Any]
) -> None:
    """Refuse samples that are not as many, or not arranged, as the targets."""
    if y != t:
        what = {"form": form, "samples": y, "got": t}
        raise tell(ShapeError, "metric-shapes", operands, name=name, **what)


def check_range(name: str, ids: Any, classes: int) -> None:
    """Refuse class ids below 0 or above the last class."""
    if not ids.size:
        return
    low, high = int(ids.min()), int(ids.max())
    if low < 0 or (classes and high >= classes):
        what = {"got": low if low < 0 else high, "count": classes or "?"}
        raise tell(IndexingError, "metric-range", name=name, **what)


class Accuracy(OfClasses):
    """The share of samples whose class was predicted.

    Args:
        axis: of the classes in scores.
        threshold: above which a score ``(...)`` means class 1; None for scores of all
            classes, and for class ids.
        ignore_index: targets of this id do not count.
    """

    name, better = "accuracy", "max"
    keys = ("right", "count")

    def measure(self, y: Any, t: Any) -> Kept:
        """How many are right, of how many."""
        predicted, true, _ = self.labels(y, t)
        return {"right": int((predicted == true).sum()), "count": true.size}

    def result(self, kept: Kept) -> float:
        """The share."""
        return share_of(self, kept["right"], kept["count"])


class TopK(Metric):
    """The share of samples whose class is among the `k` with the highest scores.

    Of equal scores those of the lower class ids come first, as in `Accuracy`, which is
    ``TopK(1)``. A NaN counts as higher than any score.

    Args:
        k: at least 1, at most the number of classes.
        axis: of the classes in scores.
        ignore_index: targets of this id do not count.
    """

    better = "max"
    keys = ("right", "count")
    k: int = count()

    def __init__(
        self, k: int = 5, axis: int = -1, ignore_index: int | None = None
    ) -> None:
        self.k, self.axis, self.ignore_index = k, axis, ignore_index
        self.name = f"top{k}"

    def measure(self, y: Any, t: Any) -> Kept:
        """How many are right, of how many."""
        operands = {"y": y, "t": t}
        t = class_ids(self.name, y, t)
        y = scores_of(self.name, host(y), t, self.axis, operands)
        if self.k > y.shape[-1]:
            what = {"name": self.name, "k": self.k, "count": y.shape[-1]}
            raise tell(ArgumentError, "metric-top-k", operands, **what)
        kept = (
            np.ones(t.shape, bool)
            if self.ignore_index is None
            else t != self.ignore_index
        )
        y, t = y[kept], t[kept]
        check_range(self.name, t, y.shape[-1])
        return {"right": int((_rank(y, t) < self.k).sum()), "count": t.size}

    def result(self, kept: Kept) -> float:
        """The share."""
        return share_of(self, kept["right"], kept["count"])


def _rank(y: Any, t: Any) -> Any:
    """How many scores of each row come before that of its class."""
    own = np.take_along_axis(y, t[:, None], axis=-1)
    earlier = np.arange(y.shape[-1]) < t[:, None]
    return (~(y <= own) | ((y == own) & earlier)).sum(axis=-1)


# -- what was predicted, class by class -----------------------------------------------


class ConfusionMatrix(OfClasses):
    """How many samples of each class were taken for which: ``[true, predicted]``.

    Args:
        normalize: ``"true"`` divides each row by its sum, the samples of a class;
            ``"predicted"`` each column; ``"all"`` everything by the number of samples;
            None counts. What has no samples is 0.
        classes: how many there are; None takes it from the scores, or from the largest
            id.
        axis: of the classes in scores.
        threshold: above which a score ``(...)`` means class 1; None for scores of all
            classes, and for class ids.
        ignore_index: targets of this id do not count.
    """

    name = "confusion_matrix"
    keys = ("counts",)
    normalize: str | None = choice(None, "true", "predicted", "all")

    def __init__(
        self,
        normalize: str | None = None,
        classes: int | None = None,
        axis: int = -1,
        threshold: float | None = None,
        ignore_index: int | None = None,
    ) -> None:
        super().__init__(axis, threshold, ignore_index)
        self.normalize, self.classes = normalize, classes

    def measure(self, y: Any, t: Any) -> Kept:
        """The matrix of counts."""
        predicted, true, classes = self.labels(y, t)
        known = self.classes or classes
        for ids in (predicted, true):
            check_range(self.name, ids, known)
        n = known or 1 + int(max(predicted.max(initial=-1), true.max(initial=-1)))
        cells = np.bincount(true * n + predicted, minlength=n * n)
        return {"counts": cells.reshape(n, n)}

    def result(self, kept: Kept) -> Any:
        """The matrix, int64; normalised, float64."""
        counts = kept["counts"]
        if not counts.sum():
            raise no_samples(self)
        axes: dict[str, Any] = {"true": 1, "predicted": 0, "all": None}
        if self.normalize is None:
            return counts.copy()
        return ratio(counts, counts.sum(axis=axes[self.normalize], keepdims=True))


class _ByClass(OfClasses):
    """A ratio of counts for each class, and an average of them."""

    better = "max"
    keys = ("hits", "predicted", "true")
    average: str = choice("binary", "micro", "macro", "weighted", "none")

    def __init__(
        self,
        average: str | None = None,
        axis: int = -1,
        threshold: float | None = None,
        ignore_index: int | None = None,
    ) -> None:
        super().__init__(axis, threshold, ignore_index)
        default = "macro" if threshold is None else "binary"
        self.average = default if average is None else average

    def measure(self, y: Any, t: Any) -> Kept:
        """For each class: how often it was predicted rightly, predicted, and true."""
        predicted, true, classes = self.labels(y, t)
        hits = true[predicted == true]
        counts = zip(self.keys, (hits, predicted, true), strict=True)
        return {key: np.bincount(ids, minlength=max(classes, 1)) for key, ids in counts}

    def result(self, kept: Kept) -> Any:
        """The average, or an array of all classes."""
        n = max(map(len, kept.values()))
        hits, predicted, true = (np.pad(c, (0, n - len(c))) for c in kept.values())
        if not true.sum():
            raise no_samples(self)
        above, below = self.parts(hits, predicted, true)
        each = ratio(above, below)
        if self.average == "none":
            return each
        if self.average == "binary":
            return self._second(each)
        if self.average == "micro":
            return float(above.sum() / below.sum())
        weights = true if self.average == "weighted" else predicted + true > 0
        return float(np.average(each, weights=weights))

    def _second(self, each: Any) -> float:
        if len(each) > 2:
            raise tell(ArgumentError, "metric-binary", name=self.name, count=len(each))
        return float(each[1]) if len(each) == 2 else 0.0

    def parts(self, hits: Any, predicted: Any, true: Any) -> tuple[Any, Any]:
        """What stands above and below the line of the ratio, for each class."""
        raise NotImplementedError


class Precision(_ByClass):
    """Of the samples that were taken for a class, the share that belongs to it.

    It is 0 for a class that was never predicted.

    Args:
        average: ``"macro"``, the mean over the classes that occur, in targets or
            predictions; ``"weighted"``, that mean weighted by the samples of each;
            ``"micro"``, the ratio of the sums over all classes; ``"binary"``, that of
            class 1 of two; ``"none"``, an array of all classes. None is "binary" with
            a `threshold`, else "macro".
        axis: of the classes in scores.
        threshold: above which a score ``(...)`` means class 1; None for scores of all
            classes, and for class ids.
        ignore_index: targets of this id do not count.
    """

    name = "precision"

    def parts(self, hits: Any, predicted: Any, true: Any) -> tuple[Any, Any]:
        """Hits of predictions."""
        return hits, predicted


class Recall(_ByClass):
    """Of the samples that belong to a class, the share that was taken for it.

    It is 0 for a class without samples.

    Args: those of `Precision`.
    """

    name = "recall"

    def parts(self, hits: Any, predicted: Any, true: Any) -> tuple[Any, Any]:
        """Hits of samples."""
        return hits, true


class F1(_ByClass):
    """The harmonic mean of precision and recall: ``2 hits / (predicted + true)``.

    It is 0 for a class that is neither predicted nor true.

    Args: those of `Precision`.
    """

    name = "f1"

    def parts(self, hits: Any, predicted: Any, true: Any) -> tuple[Any, Any]:
        """Twice the hits, of predictions and samples."""
        return 2 * hits, predicted + true


def ratio(above: Any, below: Any) -> Any:
    """The ratio in float64; 0 where there is nothing below the line."""
    return np.divide(above, below, out=np.zeros(above.shape), where=below != 0)


# -- all at once ----------------------------------------------------------------------


def accuracy(y: Any, t: Any, **options: Any) -> float:
    """The share of samples whose class was predicted; see `Accuracy`."""
    return Accuracy(**options)(y, t)


def top_k(y: Any, t: Any, k: int = 5, **options: Any) -> float:
    """The share whose class is among the `k` highest scores; see `TopK`."""
    return TopK(k, **options)(y, t)


def precision(y: Any, t: Any, average: str | None = None, **options: Any) -> Any:
    """The share of predictions that are right; see `Precision`."""
    return Precision(average, **options)(y, t)


def recall(y: Any, t: Any, average: str | None = None, **options: Any) -> Any:
    """The share of each class that was found; see `Recall`."""
    return Recall(average, **options)(y, t)


def f1(y: Any, t: Any, average: str | None = None, **options: Any) -> Any:
    """The harmonic mean of precision and recall; see `F1`."""
    return F1(average, **options)(y, t)


def confusion_matrix(
    y: Any, t: Any, normalize: str | None = None, **options: Any
) -> Any:
    """How many of each class were taken for which; see `ConfusionMatrix`."""
    return ConfusionMatrix(normalize, **options)(y, t)
