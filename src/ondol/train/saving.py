"""Callbacks that keep what was trained: the last state, and the best weights."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..core import Parameter, State
from ..errors import warn
from ..io.checkpoint import load_checkpoint
from ..io.checkpoints import Checkpoints
from ..tree import walk
from .run import Callback, Run
from .snapshot import copied, put


@contextmanager
def going_on(path: Any) -> Iterator[None]:
    """A file that cannot be written is no reason to lose a training: warn instead."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        warn("fit-unwritten", path=os.fspath(path), reason=reason)


class Saving(Callback):
    """Saves a checkpoint after each epoch, now and then within, and at the end.

    Args:
        checkpoints: the folder.
        parts: name -> what has to be saved.
        every: steps between two checkpoints within an epoch; None saves none there.
    """

    def __init__(
        self,
        checkpoints: Checkpoints,
        parts: Mapping[str, Any],
        every: int | None = None,
    ) -> None:
        self.checkpoints, self.parts, self.every = checkpoints, parts, every
        self.saved = (0, 0)

    def start(self, run: Run) -> None:
        """Note what is saved already."""
        self.saved = where(run)

    def step(self, run: Run) -> None:
        """Save, if it is time."""
        due = self.every and run.steps % self.every == 0
        if due and run.position != run.steps_in_epoch:
            with going_on(self.checkpoints.folder):
                self.save(run)

    def epoch(self, run: Run) -> None:
        """Save, with the number by which the best epoch is told."""
        with going_on(self.checkpoints.folder):
            self.save(run, run.record[run.monitor])

    def end(self, run: Run) -> None:
        """Save where the training was stopped, if it was not an error that did it.

        Raises:
            OSError: the file cannot be written.
        """
        if run.stopped and where(run) != self.saved:
            self.save(run, None if run.position else run.record[run.monitor])

    def save(self, run: Run, score: float | None = None) -> None:
        """Save a checkpoint, if there is no NaN in it to go on from."""
        run.check()
        self.checkpoints.save(run.steps, self.parts, score, epoch=run.done)
        self.saved = where(run)


def where(run: Run) -> tuple[int, int]:
    """Where a training is: after an epoch is elsewhere than after its last step."""
    return run.steps, run.done


class KeepBest(Callback):
    """Ends a training with the weights of its best epoch.

    Args:
        parts: what to bring back: the model, and the averages of its weights.
        checkpoints: where to find them; None keeps a copy in memory.
    """

    def __init__(
        self, parts: Mapping[str, Any], checkpoints: Checkpoints | None = None
    ) -> None:
        self.parts, self.checkpoints = parts, checkpoints
        self._restore: Callable[[], None] | None = None

    def epoch(self, run: Run) -> None:
        """Copy the weights of an epoch that is the best so far."""
        if run.improved and self.checkpoints is None:
            self._restore = remember(self.parts)

    def end(self, run: Run) -> None:
        """Bring them back, unless an error or a signal has ended the training."""
        if run.stopped and not run.stopped.startswith("SIG"):
            if self._restore is not None:
                self._restore()
            elif self.checkpoints and (path := self.checkpoints.best()):
                load_checkpoint(path, self.parts)


def remember(parts: Mapping[str, Any]) -> Callable[[], None]:
    """Copy a model, and what has a state; the result brings it back."""
    leaves = [
        (leaf, copied(leaf.data)) for _, leaf in walk(dict(parts), (Parameter, State))
    ]
    states = [
        (part, copy.deepcopy(part.state_dict()))
        for part in parts.values()
        if hasattr(part, "state_dict")
    ]

    def restore() -> None:
        for leaf, data in leaves:
            leaf.data = put(leaf.data, data)
        for part, state in states:
            part.load_state_dict(state)

    return restore
