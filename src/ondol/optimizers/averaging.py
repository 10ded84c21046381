"""Averages of the weights over a training, which often predict better than the last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from ondol.core import Parameter, State, Variable
from ondol.errors import ArgumentError, UsageError, tell, text
from ondol.tree import collect, walk

from .hyper import choice, fraction
from .optimizer import PARTS, Array
from .saved import are_arrays, describe, is_count


class Average:
    """What `EMA` and `WeightAverage` have in common: they differ in one weight.

    Everything a model saves is averaged, Parameters and States (the running statistics
    of batch normalisation); whole numbers in it are taken as they are last. The average
    begins with the first `update`; a part that gets its data later joins it then.
    Averages are of the dtype of their part, of float32 at least.

    Attributes:
        t: the number of updates, a 0-d int64 array.
        averages: dotted name -> array.
    """

    def __init__(self, model: Any) -> None:
        if not isinstance(model, PARTS) or not walk([model], Parameter):
            what = {"name": type(self).__name__, "kind": type(model).__name__}
            raise tell(ArgumentError, "average-nothing", **what)
        self.model = model
        self.t: Array = np.zeros((), np.int64)
        self.averages: dict[str, Array] = {}
        self.since: dict[str, int] = {}  # the updates before a part joined
        self._is_applied = False

    def weight(self, n: Any) -> Any:
        """The weight of new values beside an average of `n` values, from 0 to 1.

        Args:
            n: a whole number above 0, as an array without axes.
        """
        raise NotImplementedError

    def update(self) -> None:
        """Take the weights as they are now into the average; after each step, say.

        It may stand in a compiled step, after ``optimizer.update()``.

        Raises:
            RuntimeError: the average stands in the model's place (`applied`).
            ValueError: a part was taken away, or has another shape now; nothing has
                changed.
        """
        if self._is_applied:
            raise tell(UsageError, "average-applied", name=type(self).__name__)
        leaves = _leaves(self.model)
        _check(self.averages, leaves)
        for name, leaf in leaves.items():
            if name in self.averages:
                self._take(name, leaf.data)
            elif leaf.data is not None:
                self.averages[name] = leaf.data.astype(_wide(leaf.data))
                self.since[name] = int(self.t)
        self.t.fill(self.t + 1)

    def _take(self, name: str, data: Array) -> None:
        average = self.averages[name]
        if data.dtype.kind not in "fc":
            average[...] = data
            return
        weight = np.asarray(self.weight(self.t - self.since[name]), like=average)
        average += weight.astype(average.dtype) * (data - average)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Have the model hold its average inside the block, and its own after it.

        What is done to the weights in the block, training too, is gone after it.

        Raises:
            RuntimeError: there is no average yet.
        """
        self._need()
        before = [(leaf, leaf.data) for leaf in _leaves(self.model).values()]
        was_applied, self._is_applied = self._is_applied, True
        try:
            self.copy_to(self.model)
            yield
        finally:
            self._is_applied = was_applied
            for leaf, data in before:
                leaf.data = data

    def copy_to(self, model: Any) -> None:
        """Give a model the average, in arrays of its own.

        Args:
            model: the model itself, or one with the same names; lazy layers get their
                weights.

        Raises:
            RuntimeError: there is no average yet.
            ValueError: names are missing, or shapes differ; nothing has changed.
        """
        self._need()
        leaves = _leaves(model)
        _check(self.averages, leaves)
        for name, average in self.averages.items():
            leaf = leaves[name]
            leaf.data = average.astype(
                average.dtype if leaf.data is None else leaf.dtype
            )

    def _need(self) -> None:
        if not self.averages:
            raise tell(UsageError, "average-empty", name=type(self).__name__)

    def state_dict(self) -> dict[str, Any]:
        """A copy of the averages, and the number of updates."""
        averages = {name: average.copy() for name, average in self.averages.items()}
        return {"t": int(self.t), "averages": averages, "since": {**self.since}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over (a copy of) what `state_dict` gave.

        Raises:
            ValueError: it is no such state, or does not fit the model; nothing has
                changed.
        """
        given = state if isinstance(state, Mapping) else {}
        averages, since = given.get("averages", {}), given.get("since", {})
        counts = [given.get("t"), *since.values()]
        whole = all(map(is_count, counts)) and are_arrays(averages)
        if not whole or {*averages} != {*since}:
            what = {"name": type(self).__name__, "got": f"{state!r:.100}"}
            raise tell(ArgumentError, "average-state", **what)
        _check(averages, _leaves(self.model))
        self.t.fill(state["t"])
        self.averages = {name: average.copy() for name, average in averages.items()}
        self.since = {name: int(t) for name, t in since.items()}


class EMA(Average):
    """The exponential moving average: ``a = decay * a + (1 - decay) * weights``.

    It forgets, so that it may run from the first step of a training to the last.

    Args:
        model: a model; also a list or dict of models or Parameters.
        decay: how much of the average is kept at each update, in [0, 1). It looks back
            over some ``1 / (1 - decay)`` updates.
        warmup: keep less at first, ``min(decay, (1 + n) / (10 + n))`` at update ``n``,
            so that the first weights are soon forgotten.

    Raises:
        ValueError: there is no Parameter in `model`, or `decay` is out of range.
    """

    decay: float = fraction()
    warmup: bool = choice(False, True)

    def __init__(self, model: Any, decay: float = 0.999, warmup: bool = False) -> None:
        super().__init__(model)
        self.decay, self.warmup = decay, warmup

    def weight(self, n: Any) -> Any:
        """``1 - decay``, or more during the warm-up."""
        if not self.warmup:
            return 1.0 - self.decay
        return 1.0 - np.minimum(self.decay, (1.0 + n) / (10.0 + n))


class WeightAverage(Average):
    """The equal average of the weights at each `update` (SWA, Izmailov et al. 2018).

    Begin when the training has come far, and update after each epoch, say. The running
    statistics of batch normalisation are averaged too, which is near to those of the
    averaged weights; to compute these, `copy_to` the model in the end and run it over
    the training data once more, in train mode and `no_grad`.

    Args:
        model: a model; also a list or dict of models or Parameters.

    Raises:
        ValueError: there is no Parameter in `model`.
    """

    def weight(self, n: Any) -> Any:
        """``1 / (n + 1)``."""
        return 1.0 / (n + 1.0)


def _leaves(model: Any) -> dict[str, Variable]:
    """Everything of a model that is averaged, by its dotted name."""
    return collect(model, (Parameter, State))


def _wide(data: Array) -> np.dtype[Any]:
    """The dtype of an average: small steps would be lost in float16."""
    return np.result_type(data, np.float32) if data.dtype.kind in "fc" else data.dtype


def _check(averages: Mapping[str, Array], leaves: Mapping[str, Variable]) -> None:
    """Refuse averages that have no place in these parts of a model."""
    if problems := [*_problems(averages, leaves)]:
        lines = "".join(f"\n  {problem}" for problem in problems)
        raise tell(ArgumentError, "average-misfit", (), lines)


def _problems(
    averages: Mapping[str, Array], leaves: Mapping[str, Variable]
) -> Iterator[str]:
    for name, average in averages.items():
        if name not in leaves:
            yield text("word-state-unknown", name=name)
            continue
        data = leaves[name].data
        if data is not None and data.shape != average.shape:
            kinds = {"part": describe(average), "data": describe(data)}
            yield text("word-state-misfit", name=name, **kinds)
