"""Ctrl-C and SIGTERM: the step is finished before the program ends."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Self

HANDLED = (signal.SIGINT, signal.SIGTERM)


class Signals:
    """Catches Ctrl-C and SIGTERM while a block runs, for the block to stop by itself.

        with Signals() as signals:
            for batch in loader:
                step(batch)
                if signals.caught:
                    break

    A second Ctrl-C is not waited for: it ends the program as always. Python lets only
    the main thread handle signals; in others the block runs as if it were not there.

    Attributes:
        caught: ``"SIGINT"`` (Ctrl-C), ``"SIGTERM"``, or "" if there was none.
    """

    def __init__(self) -> None:
        self.caught = ""
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in HANDLED:
                self._before[number] = signal.signal(number, self._catch)
        return self

    def __exit__(self, *_: object) -> None:
        self._restore()

    def step(self, run: Any) -> None:
        """As a callback of `fit`: stop the training."""
        if self.caught:
            run.stop(self.caught)

    validation = epoch = step

    def _catch(self, number: int, frame: FrameType | None) -> None:
        self.caught = signal.Signals(number).name
        self._restore()

    def _restore(self) -> None:
        while self._before:
            number, handler = self._before.popitem()
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def obey(self, message: str) -> None:
        """Do what the signal asked for, now that it can be done.

        Args:
            message: for the user: what was saved, and how to go on.

        Raises:
            KeyboardInterrupt: after Ctrl-C.
            SystemExit: after SIGTERM, with code 143, 128 + 15, as shells count; unless
                the program has a handler of its own, which is called.
        """
        if self.caught == "SIGINT":
            raise KeyboardInterrupt(message)
        if self.caught == "SIGTERM":
            print(message, file=sys.stderr, flush=True)
            handler: Callable[..., Any] | Any = signal.getsignal(signal.SIGTERM)
            if callable(handler):
                handler(signal.SIGTERM, sys._getframe())
            else:
                raise SystemExit(128 + signal.SIGTERM)
