"""Training in test mode, and measuring in training mode."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..core.modes import recording
from ..errors import Birth, caller
from .finding import Finding, finding
from .record import Check, Record
from .step import Step


class Modes(Check):
    """What dropout and batch normalisation are told when they ask for the mode."""

    def __init__(self, record: Record) -> None:
        super().__init__(record)
        self.asked: dict[bool, Birth] = {}  # is this training? -> the last line
        self.measuring: Birth | None = None  # the same, where no graph is recorded
        self.suspect: Birth | None = None

    def mode(self, training: bool, layer: Any) -> None:
        """A function has asked for the mode, inside of a layer or of none."""
        if recording.get():
            self.asked[training] = caller(1)
        elif layer is None or self.record.is_learning(layer):
            self.measuring = caller(1) if training else None

    def measured(self) -> Iterator[Finding]:
        """A loss or an accuracy was computed."""
        if self.measuring and not recording.get() and self.record.steps:
            yield finding("doctor-train-mode", self.measuring)

    def before(self, step: Step) -> Iterator[Finding]:
        """Was the last step, in test mode, one of a training?"""
        yield from self.close()
        only_test = False in self.asked and True not in self.asked
        self.suspect = self.asked[False] if only_test else None
        self.asked, self.measuring = {}, None

    def close(self) -> Iterator[Finding]:
        """The same at the end."""
        changed = any(leaf.changed for _, leaf in self.record.alive())
        if self.suspect and changed:
            yield finding("doctor-test-mode", self.suspect)
