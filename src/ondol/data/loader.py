"""Mini-batches: an order of samples for each epoch, cut into pieces."""

from __future__ import annotations

import operator
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..arrays import is_array
from ..errors import ArgumentError, DtypeError
from .dataset import ArrayDataset


class DataLoader:
    """Batches of a dataset, in a new order each epoch (book step 50).

    Each ``for x, t in loader`` is one epoch from its beginning, also after a `break`.
    The order of an epoch depends on `seed` and the number of the epoch alone, so a
    stopped training resumes where it was by setting both.

    Args:
        dataset: an `ArrayDataset`; a tuple of arrays ``(x, t)``, which becomes one; or
            anything with ``len()`` and ``[i]`` whose samples are tuples ``(x, t)``.
            Fields of such samples are stacked: ``(...)`` becomes ``(batch, ...)``.
        batch_size: samples in a batch; the last batch holds what is left.
        shuffle: False keeps the order of the dataset.
        seed: a non-negative int; None takes one from the operating system.
        drop_last: leave out a last batch that is smaller than `batch_size`.

    Attributes:
        seed: the seed in use, also when it was drawn.
        epoch: how many epochs have been started; set it to resume there.

    Raises:
        TypeError: a dataset or a number of the wrong type.
        ValueError: an empty dataset, a number out of range, or, while iterating, a
            sample whose fields do not have the shapes of the first in its batch.
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int,
        shuffle: bool = True,
        seed: int | None = None,
        drop_last: bool = False,
    ) -> None:
        self.dataset = _as_dataset(dataset)
        self.batch_size = _whole("batch_size", batch_size, least=1)
        self.shuffle = shuffle
        self.seed = _whole("seed", secrets.randbits(32) if seed is None else seed)
        self.drop_last = drop_last
        self.epoch = 0
        if len(self) == 0:
            raise ArgumentError(
                f"no batch to give: drop_last leaves out the only {len(self.dataset)} "
                f"samples, as batch_size is {batch_size}; make it smaller"
            )

    @property
    def epoch(self) -> int:
        """How many epochs have been started."""
        return self._epoch

    @epoch.setter
    def epoch(self, epoch: int) -> None:
        self._epoch = _whole("epoch", epoch)

    def __len__(self) -> int:
        whole, rest = divmod(len(self.dataset), self.batch_size)
        return whole + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        # Not itself a generator: the epoch starts here, not when the first batch is
        # asked for, and what follows depends on nothing that another epoch changes.
        order = self._order(self.epoch)
        self.epoch += 1
        starts = range(0, len(self) * self.batch_size, self.batch_size)
        batches = [order[start : start + self.batch_size] for start in starts]
        return (_take(self.dataset, indices) for indices in batches)

    def _order(self, epoch: int) -> np.ndarray:
        n = len(self.dataset)
        if not self.shuffle:
            return np.arange(n)
        return np.random.default_rng([self.seed, epoch]).permutation(n)


def _whole(name: str, value: Any, least: int = 0) -> int:
    """`value` as an int of at least `least`."""
    if isinstance(value, bool | np.bool_) or not hasattr(value, "__index__"):
        raise DtypeError(f"{name} must be an int, got {value!r}")
    number = operator.index(value)
    if number < least:
        raise ArgumentError(f"{name} must be at least {least}, got {number}")
    return number


def _as_dataset(dataset: Any) -> Any:
    """What was given, as something that is not empty and has ``len()`` and ``[i]``."""
    if isinstance(dataset, tuple) and dataset and all(map(is_array, dataset)):
        dataset = ArrayDataset(*dataset)
    sized = hasattr(dataset, "__len__") and hasattr(dataset, "__getitem__")
    if not sized or isinstance(dataset, Mapping | str):
        raise DtypeError(
            "a dataset is an ArrayDataset, a tuple of arrays (x, t), or a sequence of "
            f"samples (x, t) with len() and [i]; got a {type(dataset).__name__}"
        )
    if len(dataset) == 0:
        raise ArgumentError("the dataset is empty: there is no batch to give")
    return dataset


def _take(dataset: Any, indices: np.ndarray) -> tuple[Any, ...]:
    """The batch of the samples at `indices`."""
    if isinstance(dataset, ArrayDataset):
        return dataset[indices]
    positions = indices.tolist()
    samples = [dataset[i] for i in positions]
    _check_samples(samples, positions)
    return tuple(np.stack(field) for field in zip(*samples, strict=True))


def _check_samples(samples: list[Any], positions: list[int]) -> None:
    """Each sample is a tuple, and its fields have the shapes of the first one's."""
    for i, sample in zip(positions, samples, strict=True):
        if not isinstance(sample, tuple) or not sample:
            raise DtypeError(
                f"sample {i} is a {type(sample).__name__}, expected a tuple of fields "
                "such as (x, t); whole arrays go in as ArrayDataset(x, t)"
            )
        shapes, expected = ([np.shape(x) for x in s] for s in (sample, samples[0]))
        if shapes != expected:
            raise ArgumentError(
                f"samples of one batch must have the same shapes: sample {i} has "
                f"{shapes}, but sample {positions[0]} has {expected}; crop or pad them"
            )
