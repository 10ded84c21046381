"""Which samples an epoch has, in which order, and how they are cut into batches.

A sampler has ``len()``, the samples of an epoch, and ``order(rng)``, their row numbers.
A batch sampler has ``len()``, the batches of an epoch, and ``batches(rng)``, a list of
arrays of row numbers. Both draw from `rng` alone, which the loader makes of its seed
and the epoch, and remember nothing: so any epoch can be had again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from ..errors import ArgumentError, DtypeError, tell
from .checks import whole

Generator = np.random.Generator


class Sampler(Protocol):
    """An order of samples for each epoch."""

    def __len__(self) -> int: ...

    def order(self, rng: Generator) -> np.ndarray:
        """The row numbers of an epoch, int ``(n,)``."""


class BatchSampler(Protocol):
    """Batches of samples for each epoch."""

    def __len__(self) -> int: ...

    def batches(self, rng: Generator) -> list[np.ndarray]:
        """The row numbers of each batch of an epoch, int ``(batch,)`` each."""


# -- orders ----------------------------------------------------------------------------


class InOrder:
    """The same order in every epoch.

    Args:
        rows: row numbers, or how many rows there are.
    """

    def __init__(self, rows: int | Sequence[int] | np.ndarray) -> None:
        self.rows = _rows(rows)

    def __len__(self) -> int:
        return len(self.rows)

    def order(self, rng: Generator) -> np.ndarray:
        """The rows as they are."""
        return self.rows


class Shuffled(InOrder):
    """A new random order in each epoch.

    Args:
        rows: row numbers, or how many rows there are.
    """

    def order(self, rng: Generator) -> np.ndarray:
        """The rows, shuffled."""
        return rng.permutation(self.rows)


class Weighted:
    """Samples drawn at random, some more often than others.

    Args:
        weights: of each row, ``(N,)``, not negative; they need not sum to 1.
        size: how many to draw in an epoch; None takes N.
        replace: a row may come several times. Its random transforms differ each time.

    Raises:
        ValueError: weights that are negative, not finite, or all 0; or fewer rows with
            a weight than are to be drawn without replacement.
    """

    def __init__(
        self, weights: Any, size: int | None = None, replace: bool = True
    ) -> None:
        given = np.asarray(weights)
        if given.dtype.kind not in "biuf":
            raise tell(DtypeError, "sampler-numbers", {"weights": given})
        self.weights = given.astype(np.float64)
        n = self.weights.size if size is None else size
        self.size = whole("size", n, least=1)
        self.replace = replace
        fine = np.isfinite(self.weights).all() and (self.weights >= 0).all()
        if self.weights.ndim != 1 or not fine or not self.weights.any():
            raise tell(ArgumentError, "sampler-weights", {"weights": self.weights})
        possible = np.count_nonzero(self.weights)
        if not replace and self.size > possible:
            raise tell(ArgumentError, "sampler-size", size=self.size, possible=possible)

    @classmethod
    def balanced(cls, labels: Any, size: int | None = None) -> Weighted:
        """All classes equally often.

        Args:
            labels: the class of each row, ``(N,)``.
            size: as above.
        """
        _, which, counts = np.unique(labels, return_inverse=True, return_counts=True)
        return cls(1 / counts[which], size)

    def __len__(self) -> int:
        return self.size

    def order(self, rng: Generator) -> np.ndarray:
        """The rows that were drawn."""
        p = self.weights / self.weights.sum()
        return rng.choice(len(p), self.size, self.replace, p)


class Sharded:
    """The part of an order that one of several processes trains on.

    All have the same loader with the same seed, so that they share out one order. It
    is filled up from its beginning until each has the same number of samples.

    Args:
        sampler: the whole order; or row numbers, or how many there are, to shuffle.
        rank: which process this is, from 0.
        ranks: how many there are.
    """

    def __init__(self, sampler: Any, rank: int, ranks: int) -> None:
        self.sampler = sampler if hasattr(sampler, "order") else Shuffled(sampler)
        self.ranks = whole("ranks", ranks, least=1)
        self.rank = whole("rank", rank)
        if self.rank >= self.ranks:
            raise tell(ArgumentError, "sampler-rank", rank=rank, ranks=ranks)

    def __len__(self) -> int:
        return -(-len(self.sampler) // self.ranks)

    def order(self, rng: Generator) -> np.ndarray:
        """Every `ranks`-th row, from `rank`."""
        whole_order = np.asarray(self.sampler.order(rng))
        return np.resize(whole_order, len(self) * self.ranks)[self.rank :: self.ranks]


def _rows(rows: Any) -> np.ndarray:
    return np.arange(whole("rows", rows)) if np.ndim(rows) == 0 else np.asarray(rows)


# -- batches ---------------------------------------------------------------------------


class Cut:
    """An order, cut into batches.

    Args:
        sampler: the order.
        batch_size: samples in a batch; the last batch holds what is left.
        drop_last: leave out a last batch that is smaller.
    """

    def __init__(
        self, sampler: Sampler, batch_size: int, drop_last: bool = False
    ) -> None:
        self.sampler = sampler
        self.batch_size = whole("batch_size", batch_size, least=1)
        self.drop_last = drop_last

    def __len__(self) -> int:
        full, rest = divmod(len(self.sampler), self.batch_size)
        return full + (rest > 0 and not self.drop_last)

    def batches(self, rng: Generator) -> list[np.ndarray]:
        """The pieces of the order."""
        order, n = np.asarray(self.sampler.order(rng)), len(self.sampler)
        if order.shape != (n,):
            raise tell(ArgumentError, "sampler-count", got=order.shape, n=n)
        return _cut(order, self.batch_size, len(self))


class Buckets:
    """Batches of samples of similar length, so that there is little to pad.

    The samples are shuffled, each stretch of `spread` batches is sorted by length and
    cut, and the batches are shuffled.

    Args:
        lengths: of each row, ``(N,)``.
        batch_size: samples in a batch; one batch holds what is left.
        shuffle: False sorts all rows by length and keeps that order.
        drop_last: leave out a batch that is smaller.
        spread: of how many batches the lengths are compared. More of them leave less
            padding and less chance.
    """

    def __init__(
        self,
        lengths: Any,
        batch_size: int,
        shuffle: bool = True,
        drop_last: bool = False,
        spread: int = 50,
    ) -> None:
        self.lengths = np.asarray(lengths)
        if self.lengths.ndim != 1 or self.lengths.dtype.kind not in "iuf":
            raise tell(DtypeError, "sampler-lengths", {"lengths": self.lengths})
        self.shuffle = shuffle
        self.spread = whole("spread", spread, least=1)
        self._cut = Cut(InOrder(len(self.lengths)), batch_size, drop_last)

    def __len__(self) -> int:
        return len(self._cut)

    def batches(self, rng: Generator) -> list[np.ndarray]:
        """The batches of an epoch."""
        size = self._cut.batch_size
        if not self.shuffle:
            return _cut(np.argsort(self.lengths, kind="stable"), size, len(self))
        order = rng.permutation(len(self.lengths))
        stretches = _cut(
            order, size * self.spread, -(-len(order) // (size * self.spread))
        )
        by_length = [s[np.argsort(self.lengths[s], kind="stable")] for s in stretches]
        batches = _cut(np.concatenate(by_length), size, len(self))
        return [batches[i] for i in rng.permutation(len(batches))]


class Streams:
    """A series in time, read at several places at once (book step 60).

    The rows, in the order of time, are cut into `batch_size` stretches of equal length,
    and batch k holds the k-th row of each. A recurrent network so keeps its state from
    batch to batch. What is left over at the end of the series is not read.

    Args:
        rows: how many rows there are.
        batch_size: how many stretches.
    """

    def __init__(self, rows: int, batch_size: int) -> None:
        self.batch_size = whole("batch_size", batch_size, least=1)
        self.rows = whole("rows", rows, least=1)
        if self.rows < self.batch_size:
            raise tell(
                ArgumentError, "sampler-streams", rows=rows, batch_size=batch_size
            )

    def __len__(self) -> int:
        return self.rows // self.batch_size

    def batches(self, rng: Generator) -> list[np.ndarray]:
        """The same in every epoch."""
        starts = np.arange(self.batch_size) * len(self)
        return [starts + k for k in range(len(self))]


def _cut(order: np.ndarray, size: int, count: int) -> list[np.ndarray]:
    return [order[start : start + size] for start in range(0, count * size, size)]
