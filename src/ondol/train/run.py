"""The loop, and where in it a training is.

`loop` is what a person would write by hand. Everything else (records, checkpoints,
stopping early, a bar of progress) are callbacks, which are called at named moments.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ..errors import ArgumentError, DtypeError, tell
from .data import batches_of
from .history import History, Record
from .metrics import Mean
from .snapshot import numbers_of, set_numbers
from .steps import groups, rows
from .stopping import EarlyStopping


class Callback:
    """What is called at the moments of a training; a subclass says what it does there.

    With ``state_dict()`` and ``load_state_dict(state)`` its state is saved, too.
    """

    def start(self, run: Run) -> None:
        """Before the first step, and after a checkpoint was loaded."""

    def step(self, run: Run) -> None:
        """After each update; ``run.loss`` is its loss, a float."""

    def epoch(self, run: Run) -> None:
        """After each epoch and its validation; ``run.record`` are its numbers."""

    def validation(self, run: Run) -> None:
        """After each batch of the validation."""

    def end(self, run: Run) -> None:
        """At the end, also after an error; then ``run.stopped`` is ""."""


MOMENTS = ("start", "step", "validation", "epoch", "end")


class AfterEpoch(Callback):
    """A plain function as a callback: called after each epoch."""

    def __init__(self, function: Callable[[Run], Any]) -> None:
        self.function = function

    def epoch(self, run: Run) -> None:
        """Call it."""
        self.function(run)


def as_callbacks(callbacks: Any) -> list[Any]:
    """Callbacks in a list; one alone will do."""
    some = callbacks if isinstance(callbacks, Iterable) else [callbacks]
    return [*map(as_callback, some)]


def as_callback(callback: Any) -> Any:
    """An object with moments as it is; a function is called after each epoch.

    Raises:
        DtypeError: a TypeError; it is neither, or the class of such objects.
    """
    moments = any(hasattr(callback, name) for name in MOMENTS)
    if isinstance(callback, type) or not (moments or callable(callback)):
        raise tell(DtypeError, "fit-callback", got=f"{callback!r:.60}")
    return callback if moments else AfterEpoch(callback)


class Run:
    """A training while it runs: what callbacks see.

    Attributes:
        model, optimizer, loader: what is trained, by what, with which batches.
        epochs: how many there shall be.
        done: how many there were.
        steps: updates so far.
        position: steps of the current epoch so far.
        loss: of the last step, a float.
        record: the numbers of the last epoch; callbacks may add to it.
        history: the records of all epochs.
        stopped: why the training ends, or "".
    """

    def __init__(
        self,
        model: Any,
        optimizer: Any,
        loader: Any,
        epochs: int,
        *,
        validate: Callable[[Run], Record | None],
        early: EarlyStopping,
        monitor: str,
        schedule: Any = None,
        average: Any = None,
        accumulate: int = 1,
    ) -> None:
        self.model, self.optimizer, self.loader = model, optimizer, loader
        self.epochs, self.accumulate = epochs, accumulate
        self.make_step: Any = None  # what makes a step of a batch
        self.validate, self.early, self.monitor = validate, early, monitor
        self.check: Callable[[], None] = lambda: None  # are the parameters finite?
        self.schedule, self.average = schedule, average
        self.given = hyperparameters(optimizer, schedule)
        self.changed: dict[str, float] = {}  # of them, since the last checkpoint
        self.callbacks: list[Any] = []
        self.compiled: Any = None  # the step, if it is compiled
        self.done = self.steps = self.position = 0
        self.loss, self.mean = float("nan"), Mean()
        self.record: Record = {}
        self.history, self.stopped = History(), ""
        self.improved = False  # was the last epoch the best so far?
        self._started, self._seconds = time.perf_counter(), 0.0

    def stop(self, reason: str) -> None:
        """End the training after this step, or after this epoch if it is over.

        In a validation it ends at once; after a resume the validation is made anew.
        """
        self.stopped = self.stopped or reason

    def call(self, moment: str) -> None:
        """Call all callbacks that have this moment."""
        for callback in self.callbacks:
            if hasattr(callback, moment):
                getattr(callback, moment)(self)

    def batches(self) -> Iterator[Any]:
        """What is left of the epoch, a batch (or a group of them) for each step."""
        self._started = time.perf_counter()
        if self.position and self.position == self.steps_in_epoch:
            return iter(())
        left = batches_of(self.loader, self.position * self.accumulate)
        return left if self.accumulate == 1 else groups(left, self.accumulate)

    @property
    def steps_in_epoch(self) -> int | None:
        """How many steps an epoch has; None if the loader does not know its length."""
        if not hasattr(self.loader, "__len__"):
            return None
        return -(-len(self.loader) // self.accumulate)

    def count(self, loss: Any, batch: Any) -> None:
        """Note that a step was made."""
        self.loss = loss.item()
        batches = (batch,) if self.accumulate == 1 else batch
        self.mean.update(self.loss, sum(map(rows, batches)))
        self.steps += 1
        self.position += 1

    def finish_epoch(self) -> bool:
        """Validate, and note the numbers of the epoch.

        Returns:
            Whether this was done; not if the training was stopped in the validation.

        Raises:
            ArgumentError: a ValueError; there were no batches.
            NonFiniteError: an ArithmeticError; a step made a NaN or an infinity.
        """
        if not self.position:
            raise tell(ArgumentError, "fit-data-empty", epoch=self.done + 1)
        self.check()
        scores = self.validate(self)
        if scores is None:
            return False
        self.done += 1
        self.record = {
            "epoch": self.done,
            "step": self.steps,
            "loss": self.mean.compute(),
            "lr": self.optimizer.lr,
        }
        self.record |= {f"val_{name}": x for name, x in scores.items()}
        self.record["seconds"] = self.seconds
        self.history.records.append(self.record)
        self.improved = self.early.update(self.record[self.monitor])
        if self.improved:
            self.history.best = self.record
        if self.early.stop:
            self.stop("patience")
        self.position, self.mean, self._seconds = 0, Mean(), 0.0
        return True

    @property
    def seconds(self) -> float:
        """How long this epoch has taken, without the pause before a resume."""
        return self._seconds + time.perf_counter() - self._started

    def state_dict(self) -> dict[str, Any]:
        """Where the training is, as plain values."""
        return {
            "done": self.done,
            "steps": self.steps,
            "position": self.position,
            "mean": self.mean.state_dict(),
            "seconds": self.seconds,
            "given": self.given,
            "compiled": self.compiled.state_dict() if self.compiled else {},
            "early": self.early.state_dict(),
            "history": self.history.state_dict(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Be where `state_dict` was."""
        self.done, self.steps = state["done"], state["steps"]
        self.position = state["position"]
        before = state["given"]
        self.changed = {k: v for k, v in self.given.items() if before.get(k, v) != v}
        if self.compiled and state["compiled"]:
            self.compiled.load_state_dict(state["compiled"])
        self.mean.load_state_dict(state["mean"])
        self._seconds = state["seconds"]
        self.early.load_state_dict(state["early"])
        if self.early.stop:
            self.stop("patience")
        self.history.load_state_dict(state["history"])

    def change(self) -> None:
        """After a resume, take the hyperparameters that are given another value now."""
        set_numbers(self.optimizer, self.changed)
        if "lr" in self.changed and hasattr(self.schedule, "base"):
            state = self.schedule.state_dict()
            self.schedule.load_state_dict(state | {"base": self.changed["lr"]})


def hyperparameters(optimizer: Any, schedule: Any) -> dict[str, float]:
    """Those that were given: the lr is the base of a schedule that moves it already."""
    numbers = numbers_of(optimizer)
    if getattr(schedule, "optimizer", None) is optimizer:
        numbers["lr"] = schedule.base
    return numbers


def loop(run: Run) -> None:
    """Train, epoch by epoch and batch by batch, until all is done or someone stops it.

    Written out by hand, without callbacks, this is what ``show_source=True`` prints.
    """
    while run.done < run.epochs and not run.stopped:
        for batch in run.batches():
            loss = run.make_step(batch)
            if run.schedule:
                run.schedule.update()
            if run.average:
                run.average.update()
            run.count(loss, batch)
            run.call("step")
            if run.stopped:
                return
        if not run.finish_epoch():
            return
        if hasattr(run.schedule, "epoch"):
            run.schedule.epoch(run.record[run.monitor])
        run.call("epoch")
