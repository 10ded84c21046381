"""Callbacks that write down what happens: the log, the curves, events."""

from __future__ import annotations

import os
import time
from math import inf
from pathlib import Path
from typing import Any

from ..errors import (
    ArgumentError,
    MissingLibraryError,
    tell,
    warn,
)
from ..io.atomic import PathLike, atomic_write
from ..show import learning_curves, new_figure
from .history import History, Record, plain
from .log import Log
from .run import Callback, Run
from .saving import going_on

PAUSE = 30.0  # seconds between two pictures of a training that goes on


class LogWriter(Callback):
    """Writes the numbers of each epoch, and of each `every`-th step, into a `Log`.

    Args:
        path: the file.
        every: steps from one line to the next.
    """

    def __init__(self, path: PathLike, every: int = 100) -> None:
        self.log, self.every = Log(path), every

    def start(self, run: Run) -> None:
        """Drop the lines of steps that will be made again."""
        self.log.rewind(run.steps)

    def step(self, run: Run) -> None:
        """Write a line now and then."""
        if run.steps % self.every == 0:
            self.write("step", step_record(run))

    def epoch(self, run: Run) -> None:
        """Write the line of the epoch."""
        self.write("epoch", run.record)

    def write(self, event: str, record: Record) -> None:
        """Write a line, if there is room."""
        with going_on(self.log.path):
            self.log.write(event=event, **record)


def step_record(run: Run) -> Record:
    """The numbers of a step."""
    return {
        "epoch": run.done + 1,
        "step": run.steps,
        "loss": run.loss,
        "lr": run.optimizer.lr,
    }


class CurvesWriter(Callback):
    """Keeps a picture of the learning curves up to date, every half minute and last.

    Args:
        path: the file, a PNG.
    """

    def __init__(self, path: PathLike) -> None:
        self.path = Path(path)
        self._next = 0.0

    def epoch(self, run: Run) -> None:
        """Draw, if the last picture is old."""
        if time.monotonic() >= self._next:
            self.draw(run.history)
            self._next = max(self._next, time.monotonic() + PAUSE)

    def end(self, run: Run) -> None:
        """Draw."""
        if len(run.history):
            self.draw(run.history)

    def draw(self, history: History) -> None:
        """Draw; without matplotlib, say so once."""
        try:
            with going_on(self.path):
                save_curves(self.path, history)
        except ImportError:
            if self._next != inf:
                warn("fit-no-curves")
            self._next = inf


def save_curves(path: PathLike, history: History) -> None:
    """Write a picture of the learning curves, a panel for each number.

    Args:
        path: the file, a PNG; replaced whole or not at all.
        history: of at least one epoch.

    Raises:
        ImportError: matplotlib is not installed.
    """
    panels = history.panels()
    if not panels:
        raise tell(ArgumentError, "fit-no-epoch")
    figure = new_figure(7, 1 + 2 * len(panels))
    learning_curves(figure, panels)
    with atomic_write(path) as temporary:
        figure.savefig(temporary, format="png")


class TensorBoard(Callback):
    """Writes events for TensorBoard: the loss of each step, the numbers of each epoch.

    They are written by the tensorboardX library (``pip install tensorboardX``).

    Args:
        folder: for the files of events.

    Raises:
        ImportError: the library is not installed.
    """

    def __init__(self, folder: PathLike) -> None:
        self.folder = folder
        self.make: Any = event_writer()
        self.writer: Any = None

    def start(self, run: Run) -> None:
        """Begin a file; TensorBoard forgets what others have after this step."""
        step = run.steps + 1 if run.steps else None
        # Files are named by the second: one that is begun in the same must not be lost.
        suffix = f".{run.steps}.{os.getpid()}"
        self.writer = self.make(
            str(self.folder), purge_step=step, filename_suffix=suffix
        )

    def step(self, run: Run) -> None:
        """Write the loss and the learning rate."""
        self.writer.add_scalar("step/loss", run.loss, run.steps)
        self.writer.add_scalar("step/lr", run.optimizer.lr, run.steps)

    def epoch(self, run: Run) -> None:
        """Write what the epoch came to."""
        for name, value in run.record.items():
            if isinstance(value := plain(value), float):
                self.writer.add_scalar(f"epoch/{name}", value, run.steps)
        self.writer.flush()

    def end(self, run: Run) -> None:
        """Close the file."""
        if self.writer is not None:
            self.writer.close()


def event_writer() -> Any:
    """What makes a writer of events."""
    try:
        from tensorboardX import SummaryWriter  # type: ignore[import-untyped]
    except ImportError:
        raise tell(MissingLibraryError, "fit-no-tensorboard") from None
    return SummaryWriter
