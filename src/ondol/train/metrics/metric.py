"""What all metrics have in common, and the mean of numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any

import numpy as np

from ...arrays import array_module
from ...core.graph import data_of
from ...errors import ArgumentError, DtypeError, MissingMethodError, UsageError, tell

Kept = dict[str, Any]  # what a metric keeps of the samples so far: numbers and arrays


class Metric:
    """A number about predictions and targets that comes batch by batch.

    It keeps a few sums, from which `compute` makes the same number as from all samples
    at once. A subclass defines `measure` and `result`.

    Attributes:
        name: under which it is shown and recorded; may be set.
        better: ``"max"`` if more is better, ``"min"`` if less is, or None.
        kept: the sums over all samples since `reset`; None without any.
    """

    name: str = "metric"
    better: str | None = None
    keys: tuple[str, ...] = ()  # the names of what is kept
    kept: Kept | None = None

    # What a subclass defines.

    def measure(self, y: Any, t: Any) -> Kept:
        """What to keep of one batch.

        Args:
            y: predictions, a Variable or an array.
            t: targets, likewise.
        """
        raise tell(MissingMethodError, "metric-no-measure", kind=type(self).__name__)

    def result(self, kept: Kept) -> Any:
        """The metric of what was kept: a float, or an array of them."""
        raise tell(MissingMethodError, "metric-no-measure", kind=type(self).__name__)

    def joined(self, a: Kept, b: Kept) -> Kept:
        """What to keep of two batches, from what was kept of each: the sums."""
        return {key: add(a[key], b[key]) for key in self.keys}

    # What a user calls.

    def __call__(self, y: Any, t: Any) -> Any:
        """The metric of these samples alone; what was kept stays as it is."""
        return self.result(self.measure(y, t))

    def update(self, y: Any, t: Any) -> None:
        """Count a batch.

        Args:
            y: predictions, a Variable or an array.
            t: targets, likewise.

        Raises:
            ValueError, TypeError, IndexError: they do not fit together; nothing has
                been counted.
        """
        self._take(self.measure(y, t))

    def compute(self) -> Any:
        """The metric of all samples since `reset`.

        Raises:
            RuntimeError: there were none.
        """
        if self.kept is None:
            raise no_samples(self)
        return self.result(self.kept)

    def reset(self) -> None:
        """Forget all samples."""
        self.kept = None

    def merge(self, other: Metric) -> None:
        """Count what another metric of this kind has counted, in another process say.

        Raises:
            ValueError: it is of another kind.
        """
        if type(other) is not type(self):
            kinds = {"kind": type(self).__name__, "other": type(other).__name__}
            raise tell(ArgumentError, "metric-merge", **kinds)
        if other.kept is not None:
            self._take(other.kept)

    def _take(self, kept: Kept) -> None:
        self.kept = self.joined(self.kept, kept) if self.kept else {**kept}

    def state_dict(self) -> dict[str, Any]:
        """A copy of what was kept."""
        return {key: _copied(value) for key, value in (self.kept or {}).items()}

    def _is_state(self, state: Any) -> bool:
        if not isinstance(state, Mapping) or {*state} not in (set(), {*self.keys}):
            return False
        return all(isinstance(v, Real | np.ndarray) for v in state.values())

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over (a copy of) what `state_dict` gave.

        Raises:
            ValueError: it is not the state of such a metric; nothing has changed.
        """
        if not self._is_state(state):
            what = {"kind": type(self).__name__, "got": f"{state!r:.100}"}
            raise tell(ArgumentError, "metric-state", **what)
        self.kept = {key: _copied(state[key]) for key in self.keys} if state else None


def add(a: Any, b: Any) -> Any:
    """The sum; of arrays of different sizes, as if the smaller one went on with 0."""
    if not isinstance(a, np.ndarray) or a.shape == b.shape:
        return a + b
    total = np.zeros(np.maximum(a.shape, b.shape), np.result_type(a, b))
    for part in (a, b):
        total[tuple(map(slice, part.shape))] += part
    return total


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def no_samples(metric: Metric) -> UsageError:
    """For a metric that is asked before it has seen anything."""
    return tell(UsageError, "metric-empty", name=metric.name)


def host(x: Any) -> Any:
    """The array of a Variable, an array or a list, in main memory."""
    data = data_of(x)
    array = np.asarray(data) if array_module(data) is np else data.get()
    if array.dtype == object:
        raise tell(DtypeError, "metric-not-array", got=type(data).__name__)
    return array


# -- the mean of numbers --------------------------------------------------------------


class Mean(Metric):
    """The mean of numbers, each with a weight: of the losses of batches, for example.

    ``mean.update(loss, len(x))`` weighs a mean over a batch by its samples, so that a
    smaller last batch counts for what it is.

    Args:
        name: under which it is shown and recorded.
        better: ``"max"``, ``"min"`` or None.
    """

    keys = ("total", "count")

    def __init__(self, name: str = "mean", better: str | None = None) -> None:
        self.name, self.better = name, better

    def measure(self, y: Any, t: Any = 1) -> Kept:
        """The number, times its weight, and the weight."""
        weight = float(t)
        return {"total": self._number(y) * weight, "count": weight}

    def _number(self, y: Any) -> float:
        if isinstance(y, float):  # the loss of each step: no array is made of it
            return y
        value = host(y)
        if value.size != 1:
            raise tell(ArgumentError, "metric-not-one-number", [y], name=self.name)
        return float(value.item())

    def update(self, y: Any, t: Any = 1) -> None:
        """Count a number.

        Args:
            y: the number; a Variable or an array of one element will do.
            t: its weight.
        """
        super().update(y, t)

    def result(self, kept: Kept) -> float:
        """The weighted mean."""
        return share_of(self, kept["total"], kept["count"])


class MeanLoss(Metric):
    """The mean of a loss over all samples: of one that is a mean over its batch.

    Args:
        function: ``loss(y, t)``, for example `ondol.functions.softmax_cross_entropy`.
        name: under which it is shown and recorded.
    """

    better: str | None = "min"
    keys = ("total", "count")

    def __init__(self, function: Callable[[Any, Any], Any], name: str = "loss") -> None:
        self.function, self.name = function, name

    def measure(self, y: Any, t: Any) -> Kept:
        """The loss, times the samples, and their number."""
        count = len(host(t))
        if not count:
            return {"total": 0.0, "count": 0}
        value = float(host(self.function(data_of(y), data_of(t))).item())
        return {"total": value * count, "count": count}

    def result(self, kept: Kept) -> float:
        """The mean."""
        return share_of(self, kept["total"], kept["count"])


def share_of(metric: Metric, total: float, count: float) -> float:
    """A sum divided by the number of samples.

    Raises:
        UsageError: there were none.
    """
    if not count:
        raise no_samples(metric)
    return float(total / count)
