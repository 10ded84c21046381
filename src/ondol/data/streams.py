"""Batches of samples that come one after the other, uncounted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count, islice
from typing import Any

import numpy as np

from ..errors import ArgumentError, DtypeError, tell
from .checks import noted, whole
from .epochs import Epochs
from .fetching import Task

_END = object()


class StreamLoader(Epochs):
    """Batches of a stream: of lines of files, of a database, of endless made-up data.

    Each ``for batch in loader`` is one epoch, which begins the stream anew. What the
    batches hold depends on `seed`, the number of the epoch and the stream alone, as in
    a `DataLoader`; so does the place where `load_state_dict` goes on: the samples of
    the batches before it are read once more, but not transformed.

    The process that trains reads the stream; workers transform and collate. So the
    stream may give names of files, and `transform` read them.

    Args:
        source: an iterable of samples that can be begun anew, so not an iterator; or a
            function of the epoch that returns an iterable.
        batch_size: samples in a batch; the last batch holds what is left.
        shuffle_buffer: each sample is drawn out of so many, which are held in memory;
            0 keeps the order.
        seed: a non-negative int; None takes one from the operating system.
        drop_last: leave out a last batch that is smaller than `batch_size`.
        transform: as in a `DataLoader`, as are all that follow. The number of a sample
            is its place in the stream.
        collate: makes a batch.
        workers: how many threads or processes.
        worker_kind: "process" or "thread".
        prefetch: how many batches each worker is ahead.
        persistent_workers: they live from epoch to epoch.

    Attributes:
        seed: the seed in use, also when it was drawn.
        epoch: how many epochs have been started; set it to begin there.

    Raises:
        TypeError: `source` can be read but once, or not at all.
        ValueError: a number out of range; while iterating, an epoch without a batch.
        WorkerError: a RuntimeError; a worker process died, or could not begin.
    """

    def __init__(
        self,
        source: Iterable[Any] | Callable[[int], Iterable[Any]],
        batch_size: int,
        shuffle_buffer: int = 0,
        seed: int | None = None,
        drop_last: bool = False,
        *,
        transform: Callable[..., Any] | None = None,
        collate: Callable[..., Any] | None = None,
        workers: int = 0,
        worker_kind: str = "process",
        prefetch: int = 2,
        persistent_workers: bool = False,
    ) -> None:
        again = isinstance(source, Iterable) and not isinstance(source, Iterator)
        if isinstance(source, Mapping | str) or not (again or callable(source)):
            raise tell(DtypeError, "stream-source", got=type(source).__name__)
        self.source = source
        self.batch_size = whole("batch_size", batch_size, least=1)
        self.shuffle_buffer = whole("shuffle_buffer", shuffle_buffer)
        self.drop_last = drop_last
        how = workers, worker_kind, prefetch, persistent_workers
        super().__init__(None, transform, collate, seed, *how)

    def __iter__(self) -> Iterator[Any]:
        # A state may have been saved with the last batch in hand: nobody knew it.
        epoch, start = self._progress.epoch, self._progress.position
        resumed = epoch == self.epoch and start > 0
        if resumed and next(self._tasks(epoch, start, False), None) is None:
            self.epoch += 1
        return super().__iter__()

    def _tasks(self, epoch: int, start: int, random: bool) -> Iterator[Task]:
        samples = _mixed(
            self._numbered(epoch),
            self.shuffle_buffer,
            np.random.default_rng([self.seed, epoch]),
        )
        samples = islice(samples, start * self.batch_size, None)
        for number in count(start):
            chunk = [*islice(samples, self.batch_size)]
            if not chunk or (self.drop_last and len(chunk) < self.batch_size):
                break
            places, values = zip(*chunk, strict=True)
            indices = np.array(places)
            yield Task(epoch, number, indices, np.zeros_like(indices), values)
        if number == 0:
            raise tell(ArgumentError, "stream-empty", epoch=epoch)

    def _numbered(self, epoch: int) -> Iterator[tuple[int, Any]]:
        """The samples of an epoch and their places in the stream."""
        source = (
            self.source if isinstance(self.source, Iterable) else self.source(epoch)
        )
        samples = iter(source)
        for place in count():
            with noted("word-reading-stream", index=place, epoch=epoch):
                sample = next(samples, _END)
            if sample is _END:
                return
            yield place, sample

    def state_dict(self) -> dict[str, Any]:
        """Where the loader is, also in the middle of an epoch, as plain ints."""
        return {
            "epoch": self._progress.epoch,
            "position": self._progress.position,
            "seed": self.seed,
            "batch_size": self.batch_size,
            "shuffle_buffer": self.shuffle_buffer,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where another loader was: the next `for` begins with its next batch.

        Raises:
            ValueError: the state is of a loader of another batch size or buffer; this
                loader stays as it was.
            TypeError: it is not the state of such a loader.
        """
        same = ("batch_size", "shuffle_buffer")
        self._go_to(*self._place(state, self.state_dict(), same))


def _mixed(
    samples: Iterable[Any], size: int, rng: np.random.Generator
) -> Iterator[Any]:
    """The samples, each drawn out of `size` of them."""
    held = [*islice(samples := iter(samples), size)]
    for sample in samples:
        if not held:
            yield sample
            continue
        place = int(rng.integers(size))
        yield held[place]
        held[place] = sample
    yield from (held[i] for i in rng.permutation(len(held)))
