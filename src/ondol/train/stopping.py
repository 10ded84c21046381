"""Which epoch was the best, and when to stop waiting for a better one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..errors import ArgumentError, tell

DIRECTIONS = {"min": -1, "max": 1}


class EarlyStopping:
    """Remembers the best value, and says when there was none for too long.

        if early.update(validation_loss):
            save_weights("best.npz", model)
        if early.stop:
            break

    Args:
        patience: how many updates without a better value are one too many when they
            are reached; None waits for ever.
        better: "min" for losses, "max" for scores.

    Attributes:
        best: the best value so far, or None. NaN is never better than a number.
        since: updates since then.

    Raises:
        ArgumentError: a ValueError; `patience` is no int above 0, or `better` is
            another word.
    """

    def __init__(self, patience: int | None = None, better: str = "min") -> None:
        if patience is not None and (type(patience) is not int or patience < 1):
            raise tell(ArgumentError, "fit-patience", got=patience)
        if better not in DIRECTIONS:
            raise tell(ArgumentError, "fit-better", got=better)
        self.patience, self.better = patience, better
        self.best: float | None = None
        self.since = 0

    def update(self, value: float) -> bool:
        """Take the next value; is it the best so far?"""
        improved = self._is_better(float(value))
        if improved:
            self.best, self.since = float(value), 0
        else:
            self.since += 1
        return improved

    def _is_better(self, value: float) -> bool:
        if self.best is None:
            return not math.isnan(value)
        return (value - self.best) * DIRECTIONS[self.better] > 0

    @property
    def stop(self) -> bool:
        """Is it time to stop?"""
        return self.patience is not None and self.since >= self.patience

    def state_dict(self) -> dict[str, Any]:
        """The best value, and how long ago it was."""
        return {"best": self.best, "since": self.since}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self.best, self.since = state["best"], state["since"]
