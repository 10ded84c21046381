"""Mini-batches: an order of samples for each epoch, cut into pieces."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import ArgumentError, tell
from .checks import able, row_numbers, whole
from .dataset import as_dataset, occurrence
from .epochs import Epochs
from .fetching import Task
from .samplers import BatchSampler, Cut, InOrder, Sampler, Sharded, Shuffled


class DataLoader(Epochs):
    """Batches of a dataset, in a new order each epoch (book step 50).

    Each ``for x, t in loader`` is one epoch from its beginning, also after a `break`.
    Only after `load_state_dict` the first one goes on where the saved one was.

    What the batches hold depends on `seed` and the number of the epoch alone: not on
    how many workers there are, of which kind, or how fast they were.

    Args:
        dataset: an `ArrayDataset`; a tuple of arrays ``(x, t)``, which becomes one; or
            anything with ``len()`` and ``[i]`` whose samples are tuples ``(x, t)``.
            Fields of such samples are stacked: ``(...)`` becomes ``(batch, ...)``.
        batch_size: samples in a batch; the last batch holds what is left.
        shuffle: False keeps the order of the dataset.
        seed: a non-negative int; None takes one from the operating system.
        drop_last: leave out a last batch that is smaller than `batch_size`.
        sampler: which samples, in which order, in place of `shuffle`; see
            `ondol.data.samplers`.
        batch_sampler: makes the batches, in place of `batch_size`, `shuffle`,
            `drop_last` and `sampler`.
        transform: sample -> sample, such as those of `ondol.data.transforms`; or
            ``(sample, rng)`` -> sample, which gets a `numpy.random.Generator` of its
            own for each sample in each epoch.
        collate: list of samples -> batch, or ``(samples, rng)`` -> batch; None stacks.
        workers: how many threads or processes make batches while you use others; 0
            makes each when it is asked for.
        worker_kind: "process", which runs Python in parallel, and for which dataset,
            transform and collate are pickled; or "thread", which is for whatever
            waits for files or computes in NumPy and Pillow. They live for one epoch.
        prefetch: how many batches each worker is ahead.
        persistent_workers: let them live on to the next epochs, as long as the loader.
            That saves their start, some tenths of a second; processes then keep the
            dataset as it was when they started.

    Attributes:
        seed: the seed in use, also when it was drawn.
        epoch: how many epochs have been started; set it to resume there.

    Raises:
        TypeError: a dataset or a number of the wrong type.
        ValueError: an empty dataset, a number out of range, or, while iterating, a
            sample whose fields do not have the shapes of the first in its batch.
        WorkerError: a RuntimeError; a worker process died, or could not begin.
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = None,
        shuffle: bool = True,
        seed: int | None = None,
        drop_last: bool = False,
        *,
        sampler: Sampler | None = None,
        batch_sampler: BatchSampler | None = None,
        transform: Callable[..., Any] | None = None,
        collate: Callable[..., Any] | None = None,
        workers: int = 0,
        worker_kind: str = "process",
        prefetch: int = 2,
        persistent_workers: bool = False,
    ) -> None:
        dataset = as_dataset(dataset)
        if batch_sampler is None:
            if sampler is None:
                sampler = (Shuffled if shuffle else InOrder)(len(dataset))
            batch_size = whole("batch_size", batch_size, least=1)
            batch_sampler = Cut(
                able("sampler", sampler, "order"), batch_size, drop_last
            )
        elif batch_size is not None or sampler is not None:
            raise tell(ArgumentError, "loader-two-samplers")
        self.batch_sampler = able("batch_sampler", batch_sampler, "batches")
        self.batch_size = batch_size
        if seed is None and isinstance(sampler, Sharded):
            raise tell(ArgumentError, "loader-shard-seed")
        how = workers, worker_kind, prefetch, persistent_workers
        super().__init__(dataset, transform, collate, seed, *how)
        if len(self) == 0:
            raise tell(
                ArgumentError, "loader-no-batch", n=len(self.dataset), got=batch_size
            )

    def __len__(self) -> int:
        return len(self.batch_sampler)

    def _tasks(self, epoch: int, start: int, random: bool) -> list[Task]:
        batches = self._batches(epoch, self.seed)
        order = np.concatenate(batches)
        repeats = occurrence(order) if random else np.zeros_like(order)
        pieces = np.split(repeats, np.cumsum([*map(len, batches)])[:-1])
        parts = zip(batches, pieces, strict=True)
        tasks = [Task(epoch, number, *part) for number, part in enumerate(parts)]
        return tasks[start:]

    def _batches(self, epoch: int, seed: int) -> list[np.ndarray]:
        """The row numbers of each batch of an epoch."""
        batches = self.batch_sampler.batches(np.random.default_rng([seed, epoch]))
        if len(batches) != len(self):
            raise tell(ArgumentError, "loader-count", got=len(batches), said=len(self))
        n = len(self.dataset)
        return [row_numbers("batch_sampler", batch, n) for batch in batches]

    # -- saving ------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Where the loader is, also in the middle of an epoch, as plain ints.

        A batch counts from the moment it was handed out, whatever workers have made
        ahead. Of several epochs that run side by side, it is the one started last.
        """
        epoch, position = self._progress.epoch, self._progress.position
        if position == len(self):
            epoch, position = epoch + 1, 0
        return {
            "epoch": epoch,
            "position": position,
            "seed": self.seed,
            "samples": len(self.dataset),
            "batches": len(self),
            "batch_size": self.batch_size,
            "order": self._checksum(epoch, self.seed) if position else 0,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where another loader was: the next `for` begins with its next batch.

        Raises:
            ValueError: the state is of a loader of another dataset, batch size or
                sampler; this loader stays as it was.
            TypeError: it is not the state of a loader.
        """
        same = ("samples", "batches", "batch_size")
        epoch, position, seed = self._place(state, self.state_dict(), same)
        if position >= len(self):
            raise tell(
                ArgumentError, "loader-state-position", got=position, n=len(self)
            )
        if position and self._checksum(epoch, seed) != state["order"]:
            raise tell(ArgumentError, "loader-state-order", epoch=epoch)
        self._go_to(epoch, position, seed)

    def _checksum(self, epoch: int, seed: int) -> int:
        """Of the order of an epoch: another one could not be gone on with."""
        order = np.concatenate(self._batches(epoch, seed))
        return zlib.crc32(order.astype("<i8").tobytes())
