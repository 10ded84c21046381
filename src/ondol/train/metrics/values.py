"""Metrics of predicted values: how far they are from the true ones."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

from ...errors import DtypeError, ShapeError, tell
from ...optimizers.hyper import choice
from .metric import Kept, Metric, host, no_samples, share_of


def pair(name: str, y: Any, t: Any) -> tuple[Any, Any]:
    """Predictions and targets in float64, of one shape; they do not broadcast."""
    values, targets = host(y), host(t)
    if values.shape != targets.shape:
        raise tell(ShapeError, "metric-values-shape", {"y": y, "t": t}, name=name)
    if {values.dtype.kind, targets.dtype.kind} - set("biuf"):
        raise tell(DtypeError, "metric-not-real", {"y": y, "t": t}, name=name)
    return values.astype(np.float64), targets.astype(np.float64)


class MeanSquaredError(Metric):
    """The mean of ``(y - t) ** 2`` over all elements.

    Args:
        root: take its square root, which is in the units of the targets.
    """

    better = "min"
    keys = ("total", "count")
    root: bool = choice(False, True)

    def __init__(self, root: bool = False) -> None:
        self.root = root
        self.name = "rmse" if root else "mse"

    def measure(self, y: Any, t: Any) -> Kept:
        """The sum of squares, and the number of elements."""
        y, t = pair(self.name, y, t)
        return {"total": float(np.square(y - t).sum()), "count": t.size}

    def result(self, kept: Kept) -> float:
        """The mean, or its root."""
        mean = share_of(self, kept["total"], kept["count"])
        return sqrt(mean) if self.root else mean


class MeanAbsoluteError(Metric):
    """The mean of ``|y - t|`` over all elements."""

    name, better = "mae", "min"
    keys = ("total", "count")

    def measure(self, y: Any, t: Any) -> Kept:
        """The sum of sizes, and the number of elements."""
        y, t = pair(self.name, y, t)
        return {"total": float(np.abs(y - t).sum()), "count": t.size}

    def result(self, kept: Kept) -> float:
        """The mean."""
        return share_of(self, kept["total"], kept["count"])


class R2(Metric):
    """The coefficient of determination: the share of the variance that is explained.

    ``1 - sum((y - t)**2) / sum((t - mean(t))**2)``: 1 is perfect, 0 as good as the mean
    of the targets, below 0 worse. For targets that are all the same it is 1 if they are
    hit exactly, else 0; for less than two samples it is NaN. Batches are joined by the
    formulas of Chan, Golub and LeVeque 1983, so that a large mean does no harm.

    Predictions and targets are ``(N,)`` or ``(N, ...)``, several outputs for a sample.

    Args:
        average: ``"mean"`` of the outputs, or ``"none"`` for an array of all.
    """

    name, better = "r2", "max"
    keys = ("count", "mean", "spread", "error")
    average: str = choice("mean", "none")

    def __init__(self, average: str = "mean") -> None:
        self.average = average

    def measure(self, y: Any, t: Any) -> Kept:
        """Samples, and for each output the mean, its squares, and those of errors."""
        y, t = pair(self.name, y, t)
        if not t.ndim:
            raise tell(ShapeError, "metric-values-shape", {"y": y, "t": t}, name="r2")
        n = len(t)
        mean = t.mean(axis=0) if n else np.zeros(t.shape[1:])
        spread, error = np.square(t - mean).sum(axis=0), np.square(y - t).sum(axis=0)
        arrays = zip(self.keys[1:], (mean, spread, error), strict=True)
        return {"count": n} | {key: np.asarray(array) for key, array in arrays}

    def joined(self, a: Kept, b: Kept) -> Kept:
        """The sums, and the spread between the means of the two."""
        n = a["count"] + b["count"]
        apart, share = b["mean"] - a["mean"], b["count"] / n if n else 0.0
        spread = a["spread"] + b["spread"] + apart**2 * (a["count"] * share)
        return {
            "count": n,
            "mean": a["mean"] + apart * share,
            "spread": spread,
            "error": a["error"] + b["error"],
        }

    def result(self, kept: Kept) -> Any:
        """The share, averaged over outputs or for each."""
        if not kept["count"]:
            raise no_samples(self)
        error, spread = kept["error"], kept["spread"]
        each = np.where(error == 0, 1.0, 0.0)
        np.divide(spread - error, spread, out=each, where=spread != 0)
        each = each if kept["count"] > 1 else np.full_like(each, np.nan)
        return each if self.average == "none" else float(each.mean())


def mean_squared_error(y: Any, t: Any, root: bool = False) -> float:
    """The mean of the squared errors; see `MeanSquaredError`."""
    return MeanSquaredError(root)(y, t)


def mean_absolute_error(y: Any, t: Any) -> float:
    """The mean of the sizes of the errors; see `MeanAbsoluteError`."""
    return MeanAbsoluteError()(y, t)


def r2(y: Any, t: Any, average: str = "mean") -> Any:
    """The share of the variance that is explained; see `R2`."""
    return R2(average)(y, t)
