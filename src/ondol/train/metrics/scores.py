"""Metrics of scores themselves: how well they rank, how likely they make the truth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...errors import ArgumentError, tell
from .classes import check_range, check_shapes, class_ids, scores_of
from .metric import Kept, Metric, host, no_samples, share_of


class AUC(Metric):
    """The area under the ROC curve: how well scores tell one class from the others.

    It is the share of pairs, one sample of the class and one of another, in which the
    first has the higher score; a tie counts half (Mann and Whitney 1947). It is exact:
    all scores are kept, so the memory grows with the samples.

    Scores are ``(...)`` for two classes, of class 1; or ``(..., classes)``, for which
    the mean over classes of each against the rest is taken. For more than two classes
    use probabilities: logits of different samples cannot be compared. A NaN among the
    scores makes the area NaN.

    Raises:
        ValueError: at `compute`; a class has no samples, or no others.
    """

    name, better = "auc", "max"
    keys = ("scores", "ids")

    def measure(self, y: Any, t: Any) -> Kept:
        """The scores and class ids, as lists of arrays."""
        operands = {"y": y, "t": t}
        scores, ids = host(y), class_ids(self.name, y, t)
        if scores.ndim == ids.ndim + 1:
            scores = scores_of(self.name, scores, ids, -1, operands)
            check_range(self.name, ids, scores.shape[-1])
            scores = scores.reshape(-1, scores.shape[-1])
            if scores.shape[-1] == 2:  # one number says it all, for logits too
                scores = scores[:, 1] - scores[:, 0]
        else:
            check_shapes(self.name, scores.shape, ids.shape, "(...)", operands)
            check_range(self.name, ids, 2)
            scores = scores.ravel()
        return {"scores": [scores], "ids": [ids.ravel()]}

    def joined(self, a: Kept, b: Kept) -> Kept:
        """The lists, one after the other."""
        return {key: a[key] + b[key] for key in self.keys}

    def result(self, kept: Kept) -> float:
        """The area, or the mean of those of the classes."""
        scores, ids = (np.concatenate(kept[key]) for key in self.keys)
        if not ids.size:
            raise no_samples(self)
        if scores.ndim == 1:
            return self._area(scores, ids == 1, 1)
        classes = range(scores.shape[1])
        return float(np.mean([self._area(scores[:, c], ids == c, c) for c in classes]))

    def _area(self, scores: Any, is_class: Any, c: int) -> float:
        """From the sum of the ranks of the class, those of ties being equal."""
        n, m = int(is_class.sum()), int((~is_class).sum())
        if not n or not m:
            raise tell(ArgumentError, "metric-one-class", c=c, count=n, others=m)
        if np.isnan(scores).any():
            return float("nan")
        _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
        ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
        return float((ranks[is_class].sum() - n * (n + 1) / 2) / (n * m))

    def state_dict(self) -> dict[str, Any]:
        """The scores and class ids so far, an array of each."""
        return {key: np.concatenate(part) for key, part in (self.kept or {}).items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over (a copy of) what `state_dict` gave.

        Raises:
            ValueError: it is not the state of such a metric; nothing has changed.
        """
        super().load_state_dict(state)
        if self.kept:
            self.kept = {key: [part] for key, part in self.kept.items()}


class Perplexity(Metric):
    """The exponential of the mean negative log likelihood of the right class or token.

    Args:
        ignore_index: targets of this id do not count: padding.
    """

    name, better = "perplexity", "min"
    keys = ("total", "count")

    def __init__(self, ignore_index: int | None = None) -> None:
        self.ignore_index = ignore_index

    def measure(self, y: Any, t: Any) -> Kept:
        """The sum of ``-log(softmax(y)[t])``, and over how many it goes.

        Args:
            y: scores before any softmax, ``(..., classes)``.
            t: class ids, ``(...)``.
        """
        operands = {"y": y, "t": t}
        ids = class_ids(self.name, y, t)
        scores = scores_of(self.name, host(y), ids, -1, operands)
        if self.ignore_index is not None:
            kept = ids != self.ignore_index
            scores, ids = scores[kept], ids[kept]
        check_range(self.name, ids, scores.shape[-1])
        return {"total": _nll(scores, ids), "count": ids.size}

    def update_loss(self, loss: Any, count: int) -> None:
        """Count a loss that is there already, in place of the scores.

        Args:
            loss: the mean negative log likelihood over `count` targets, as
                `ondol.functions.softmax_cross_entropy` gives it.
            count: how many targets it is the mean of.
        """
        self._take({"total": float(host(loss).item()) * count, "count": count})

    def result(self, kept: Kept) -> float:
        """The exponential of the mean; infinity where that is too large."""
        with np.errstate(over="ignore"):
            return float(np.exp(share_of(self, kept["total"], kept["count"])))


def _nll(scores: Any, ids: Any) -> float:
    """The sum of the negative log likelihoods, added up in float64."""
    if not ids.size:
        return 0.0
    scores = scores.astype(np.result_type(scores, np.float32), copy=False)
    top = scores.max(axis=-1, keepdims=True)
    sums = np.exp(scores - top).sum(axis=-1, dtype=np.float64)
    own = np.take_along_axis(scores, ids[..., None], axis=-1) - top
    return float((np.log(sums) - own[..., 0]).sum())


def auc(y: Any, t: Any) -> float:
    """The area under the ROC curve; see `AUC`."""
    return AUC()(y, t)


def perplexity(y: Any, t: Any, ignore_index: int | None = None) -> float:
    """The exponential of the mean negative log likelihood; see `Perplexity`."""
    return Perplexity(ignore_index)(y, t)
