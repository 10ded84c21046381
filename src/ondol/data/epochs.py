"""What loaders have in common: they count epochs, and have workers make batches."""

from __future__ import annotations

import contextlib
import operator
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import ArgumentError, DtypeError, tell
from .checks import choice, whole
from .fetching import Fetch, Task
from .workers import Pool, Pools, Processes, Threads, ahead

_KINDS: dict[str, Callable[[Fetch, int], Pool]] = {
    "process": Processes,
    "thread": Threads,
}


@dataclass
class Progress:
    """How far an epoch has come."""

    epoch: int
    position: int = 0  # batches that were handed out


class Epochs:
    """Each ``for`` is one epoch; a class of loaders says which batches it has.

    Args:
        dataset: for `Fetch`, as are the next two.
        transform: of each sample.
        collate: of each batch.
        seed: a non-negative int; None takes one from the operating system.
        workers: how many.
        worker_kind: "process" or "thread".
        prefetch: how many batches each worker is ahead.
        persistent_workers: they live from epoch to epoch.
    """

    def __init__(
        self,
        dataset: Any,
        transform: Callable[..., Any] | None,
        collate: Callable[..., Any] | None,
        seed: int | None,
        workers: int,
        worker_kind: str,
        prefetch: int,
        persistent_workers: bool,
    ) -> None:
        self.dataset = dataset
        self.transform = transform
        self.collate = collate
        self.seed = whole("seed", secrets.randbits(32) if seed is None else seed)
        self.workers = whole("workers", workers)
        self.worker_kind = choice("worker_kind", worker_kind, (*_KINDS,))
        self.prefetch = whole("prefetch", prefetch, least=1)
        self._pools = Pools(_KINDS[self.worker_kind], persistent_workers)
        self.epoch = 0
        self._fetch()  # an error about the arguments comes here, not in the first epoch

    @property
    def epoch(self) -> int:
        """How many epochs have been started."""
        return self._epoch

    @epoch.setter
    def epoch(self, epoch: int) -> None:
        self._epoch = whole("epoch", epoch)
        self._progress = Progress(self._epoch)

    def __iter__(self) -> Iterator[Any]:
        # Not itself a generator: the epoch starts here, not when the first batch is
        # asked for, and what follows depends on nothing that another epoch changes.
        start = self._progress.position if self._progress.epoch == self.epoch else 0
        progress = Progress(self.epoch, start)
        fetch = self._fetch()
        tasks = self._tasks(self.epoch, start, fetch.random)
        self.epoch += 1
        self._progress = progress
        return _counted(self._made(fetch, tasks), progress)

    def _tasks(self, epoch: int, start: int, random: bool) -> Iterable[Task]:
        """The batches of an epoch from number `start` on.

        Args:
            epoch: which one.
            start: how many batches to leave out.
            random: samples are to get random numbers.
        """
        raise NotImplementedError

    def _fetch(self) -> Fetch:
        return Fetch(self.dataset, self.transform, self.collate, self.seed)

    def _made(self, fetch: Fetch, tasks: Iterable[Task]) -> Iterator[Any]:
        workers = min(self.workers, operator.length_hint(tasks, self.workers))
        if workers == 0:
            return (fetch(task) for task in tasks)
        pool = self._pools.lend(fetch, workers)
        return ahead(pool, tasks, workers * self.prefetch)

    def _place(
        self, state: Any, expected: dict[str, Any], same: Sequence[str]
    ) -> tuple[int, int, int]:
        """Epoch, position and seed of a saved state.

        Args:
            state: what was saved.
            expected: the state of this loader now.
            same: the names of what must be the same in both.
        """
        if not isinstance(state, dict) or {*state} != {*expected}:
            name = type(self).__name__
            raise tell(DtypeError, "loader-state", name=name, keys=", ".join(expected))
        for name in same:
            if state[name] != expected[name]:
                values = {"saved": state[name], "here": expected[name]}
                raise tell(ArgumentError, "loader-state-misfit", name=name, **values)
        epoch, position, seed = (
            whole(name, state[name]) for name in ("epoch", "position", "seed")
        )
        return epoch, position, seed

    def _go_to(self, epoch: int, position: int, seed: int) -> None:
        self.seed = seed
        self.epoch = epoch
        self._progress = Progress(epoch, position)


def _counted(batches: Iterator[Any], progress: Progress) -> Iterator[Any]:
    """The batches; each counts as soon as it is handed out."""
    with contextlib.closing(batches):  # type: ignore[type-var]
        for batch in batches:
            progress.position += 1
            yield batch
    progress.epoch, progress.position = progress.epoch + 1, 0
