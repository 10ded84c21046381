"""How a batch is made: samples are read, transformed and collated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .chance import sample_rng, takes_rng
from .checks import noted
from .collate import stack
from .dataset import rows


class Task(NamedTuple):
    """A batch to be made."""

    epoch: int
    number: int  # of the batch in its epoch
    indices: np.ndarray  # of its samples, int (batch,)
    repeats: np.ndarray  # how often each of these came before in the epoch, (batch,)


class Fetch:
    """Makes batches: a function of the task alone, so it may run anywhere.

    Args:
        dataset: a dataset.
        transform: of each sample, `None` for none.
        collate: makes a batch of a list of samples; None stacks their fields.
        seed: of the random numbers that transforms and collate are given.
    """

    def __init__(
        self,
        dataset: Any,
        transform: Callable[..., Any] | None,
        collate: Callable[..., Any] | None,
        seed: int,
    ) -> None:
        self.dataset = dataset
        self.transform = transform
        self.collate = collate
        self.seed = seed
        self.random = transform is not None and takes_rng(transform)
        self._random_batch = collate is not None and takes_rng(collate)

    def __call__(self, task: Task) -> Any:
        """The batch. An error gets a note that names the sample or the batch."""
        at_once = rows(self.dataset, task.indices)
        if at_once is not None and self.transform is None and self.collate is None:
            return at_once
        # Rows taken together are copies: a transform that writes spoils no dataset.
        samples = self._read(task) if at_once is None else [*zip(*at_once, strict=True)]
        if self.transform is not None:
            samples = self._transformed(samples, task)
        if self.collate is None:
            return stack(samples, task.indices.tolist())
        return self._collated(samples, task)

    def _read(self, task: Task) -> list[Any]:
        samples = []
        for index in task.indices.tolist():
            with noted("word-reading", index=index, epoch=task.epoch):
                samples.append(self.dataset[index])
        return samples

    def _transformed(self, samples: list[Any], task: Task) -> list[Any]:
        keys = zip(task.indices.tolist(), task.repeats.tolist(), strict=True)
        for i, key in enumerate(keys):
            with noted("word-transforming", index=key[0], epoch=task.epoch):
                samples[i] = self._transform(samples[i], task.epoch, key)
        return samples

    def _transform(self, sample: Any, epoch: int, key: tuple[int, int]) -> Any:
        assert self.transform is not None
        if self.random:
            return self.transform(sample, sample_rng(self.seed, epoch, *key))
        return self.transform(sample)

    def _collated(self, samples: list[Any], task: Task) -> Any:
        assert self.collate is not None
        with noted("word-collating", number=task.number, epoch=task.epoch):
            if self._random_batch:
                rng = sample_rng(self.seed, task.epoch, task.number)
                return self.collate(samples, rng)
            return self.collate(samples)
