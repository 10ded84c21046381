"""How a batch is made: samples are read, transformed and collated."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from .chance import Part, part, sample_rng
from .checks import listed, noted
from .collate import stack, unstack
from .dataset import rows_at


class Task(NamedTuple):
    """A batch to be made."""

    epoch: int
    number: int  # of the batch in its epoch
    indices: np.ndarray  # of its samples, int (batch,)
    repeats: np.ndarray  # how often each of these came before in the epoch, (batch,)
    samples: Sequence[Any] | None = None  # if they come with it and not from a dataset


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
        self._transform = _part(transform)
        self._collate = _part(collate)

    @property
    def random(self) -> bool:
        """Do samples get random numbers?"""
        return self._transform is not None and self._transform.random

    def same(self, other: Fetch) -> bool:
        """Is `other` made of the same things?"""
        mine, theirs = (
            (one.dataset, one.transform, one.collate) for one in (self, other)
        )
        return self.seed == other.seed and all(map(operator.is_, mine, theirs))

    def __call__(self, task: Task) -> Any:
        """The batch. An error gets a note that names the sample or the batch."""
        at_once = self._rows_at(task)
        if at_once is not None and not self._transform and not self._collate:
            return at_once
        # Rows taken together are copies: a transform that writes spoils no dataset.
        samples = self._read(task) if at_once is None else unstack(at_once)
        if self._transform is not None:
            samples = self._transformed(self._transform, samples, task)
        if self._collate is not None:
            return self._collated(self._collate, samples, task)
        return stack(samples, task.indices.tolist())

    def _rows_at(self, task: Task) -> Any:
        many = {"samples": listed(task.indices), "epoch": task.epoch}
        with noted("word-reading-many", **many):
            return rows_at(self.dataset, task.indices)

    def _read(self, task: Task) -> list[Any]:
        if task.samples is not None:
            return [*task.samples]
        samples = []
        for index in task.indices.tolist():
            with noted("word-reading", index=index, epoch=task.epoch):
                samples.append(self.dataset[index])
        return samples

    def _transformed(
        self, transform: Part, samples: list[Any], task: Task
    ) -> list[Any]:
        keys = zip(task.indices.tolist(), task.repeats.tolist(), strict=True)
        for i, key in enumerate(keys):
            with noted("word-transforming", index=key[0], epoch=task.epoch):
                samples[i] = transform(samples[i], self._rng(transform, task, *key))
        return samples

    def _collated(self, collate: Part, samples: list[Any], task: Task) -> Any:
        with noted("word-collating", number=task.number, epoch=task.epoch):
            return collate(samples, self._rng(collate, task, task.number))

    def _rng(self, part: Part, task: Task, *key: int) -> np.random.Generator | None:
        return sample_rng(self.seed, task.epoch, *key) if part.random else None


def _part(function: Callable[..., Any] | None) -> Part | None:
    return None if function is None else part("DataLoader", function)
