"""Progress: a bar on terminals and in notebooks, elsewhere a line for each epoch."""

from __future__ import annotations

import sys
import warnings
from typing import Any

from ..errors import text
from .history import Record, is_table, shown
from .run import Callback, Run


class Progress(Callback):
    """Shows how far a training is.

    A bar of the tqdm library for each epoch, where there is someone to watch it, and a
    line when it is over: on standard error, in notebooks in the output of the cell.
    Without tqdm (``pip install 'ondol[demo]'``) there are the lines alone.
    """

    def __init__(self) -> None:
        notebook = in_notebook()
        self.file = sys.stdout if notebook else sys.stderr
        self.bars = bars() if notebook or self.file.isatty() else None
        self.bar: Any = None

    def start(self, run: Run) -> None:
        """Say where it goes on, if this is not the beginning."""
        if run.stopped or run.done >= run.epochs:
            self.say(text("word-fit-complete", epoch=run.done))
        elif run.steps:
            self.say(text("word-fit-resumed", step=run.steps, epoch=run.done + 1))

    def step(self, run: Run) -> None:
        """Move the bar, which is made when the epoch begins."""
        if self.bars is None:
            return
        if self.bar is None:
            self.bar = self.bars(
                desc=f"epoch {run.done + 1}/{run.epochs}",
                total=run.steps_in_epoch,
                initial=run.position - 1,
                leave=False,
                unit="step",
                file=self.file,
            )
        self.bar.set_postfix(loss=f"{run.mean.compute():.4f}", refresh=False)
        self.bar.update()

    def epoch(self, run: Run) -> None:
        """Write the line of the epoch."""
        self.close()
        self.say(line(run.record, run.epochs))

    def end(self, run: Run) -> None:
        """Take the bar away, also after an error."""
        self.close()

    def close(self) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None

    def say(self, line: str) -> None:
        """Write a line, into a pipe at once, too."""
        print(line, file=self.file, flush=True)


def line(record: Record, epochs: int) -> str:
    """The numbers of an epoch in a line."""
    width = len(str(epochs))
    numbers = (
        f"{name} {shown(value)}"
        for name, value in record.items()
        if name not in ("epoch", "step", "seconds") and not is_table(value)
    )
    start, seconds = f"epoch {record['epoch']:{width}}/{epochs}", record["seconds"]
    return "  ".join((start, *numbers, f"{seconds:.2f} s"))


def in_notebook() -> bool:
    """Does this run in a cell of a notebook?"""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return type(shell).__name__ == "ZMQInteractiveShell"


def bars() -> Any:
    """What makes a bar: tqdm, for notebooks if this is one; None if it is missing."""
    try:
        with warnings.catch_warnings():
            # Where the widgets for notebooks are missing it is a bar of text.
            warnings.simplefilter("ignore")
            from tqdm.auto import tqdm  # type: ignore[import-untyped]
    except ImportError:
        return None
    return tqdm
