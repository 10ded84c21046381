"""The book's loaders of mini-batches (steps 50 and 60)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arrays import array_module
from ..errors import ArgumentError, ShapeError, tell
from ..layers.checks import whole
from . import cuda
from .datasets import whole_batch


class DataLoader:
    """Mini-batches of a data set, each sample once in an epoch (book step 50).

    It is its own iterator: ``for x, t in loader`` is one epoch from its beginning, and
    `next` gives one batch. Orders are drawn from ``np.random`` as the book draws them:
    one in the constructor, and the next at the end of each epoch.

    Args:
        dataset: anything with ``len()`` whose ``[i]`` is a pair ``(x, t)``.
        batch_size: samples in a batch; the last of an epoch holds what is left.
        shuffle: False keeps the order of the data set.
        gpu: give CuPy arrays.

    Raises:
        TypeError, ValueError: `batch_size` is not an int of at least 1.
    """

    def __init__(
        self, dataset: Any, batch_size: int, shuffle: bool = True, gpu: bool = False
    ) -> None:
        self.dataset = dataset
        self.batch_size = whole("batch_size", batch_size)
        self.shuffle = shuffle
        self.data_size = len(dataset)
        self.max_iter = math.ceil(self.data_size / self.batch_size)
        self.gpu = gpu
        self.reset()

    def reset(self) -> None:
        """Begin an epoch, in a new order."""
        self.iteration = 0
        n = len(self.dataset)
        self.index = np.random.permutation(n) if self.shuffle else np.arange(n)

    def __len__(self) -> int:
        return self.max_iter

    def __iter__(self) -> DataLoader:
        if self.iteration:  # the last loop was left by a break
            self.reset()
        return self

    def __next__(self) -> tuple[Any, Any]:
        """The next batch, ``x`` and ``t``; ``t`` is None where there are no labels."""
        if self.iteration >= self.max_iter:
            self.reset()
            raise StopIteration
        batch = _gather(self.dataset, self._indices())
        self.iteration += 1
        return (_on_gpu(batch[0]), _on_gpu(batch[1])) if self.gpu else batch

    def _indices(self) -> Any:
        start = self.iteration * self.batch_size
        return self.index[start : start + self.batch_size]

    def next(self) -> tuple[Any, Any]:
        """The next batch."""
        return self.__next__()

    def to_cpu(self) -> None:
        """Give NumPy arrays."""
        self.gpu = False

    def to_gpu(self) -> None:
        """Give CuPy arrays."""
        self.gpu = True


class SeqDataLoader(DataLoader):
    """Batches of a series, for recurrent networks (book step 60).

    The series is cut into `batch_size` stretches of equal length, and each batch holds
    the next sample of every stretch. As in the book, an epoch has
    ``ceil(n / batch_size)`` batches: if the division leaves a rest, the last one runs
    into the first samples of the next stretches.

    Args:
        dataset: as for `DataLoader`, in the order of time.
        batch_size: how many stretches; at most ``len(dataset)``.
        gpu: give CuPy arrays.
    """

    def __init__(self, dataset: Any, batch_size: int, gpu: bool = False) -> None:
        super().__init__(dataset, batch_size, shuffle=False, gpu=gpu)
        if self.batch_size > self.data_size:
            fields = {"size": self.data_size, "got": batch_size}
            raise tell(ArgumentError, "book-stretches", **fields)

    def _indices(self) -> Any:
        jump = self.data_size // self.batch_size
        return (np.arange(self.batch_size) * jump + self.iteration) % self.data_size


def _gather(dataset: Any, indices: Any) -> tuple[Any, Any]:
    """The samples at `indices`, at once where that is possible."""
    batch = whole_batch(dataset, indices)
    if batch is not None:
        return batch
    samples = [dataset[i] for i in indices]
    return _stack([s[0] for s in samples]), _stack([s[1] for s in samples])


def _stack(values: Sequence[Any]) -> Any:
    if all(value is None for value in values):
        return None
    try:
        return array_module(values[0]).array(values)
    except ValueError:
        shapes = sorted({np.shape(value) for value in values})
        raise tell(ShapeError, "book-shapes", shapes=f"{shapes!r:.200}") from None


def _on_gpu(x: Any) -> Any:
    return None if x is None else cuda.as_cupy(x)
