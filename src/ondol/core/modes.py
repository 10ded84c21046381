"""Settings that hold for a block of code: is a graph recorded, is this training.

They live in context variables, so a setting made in one thread or one async task is
never seen by another.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

recording = ContextVar("enable_backprop", default=True)
training = ContextVar("train", default=True)

SETTINGS: dict[str, ContextVar[Any]] = {
    setting.name: setting for setting in (recording, training)
}


class Config:
    """The settings of the current context, to read: ``config.train``."""

    @property
    def enable_backprop(self) -> bool:
        """Whether calls are recorded so that ``backward`` can follow them."""
        return recording.get()

    @property
    def train(self) -> bool:
        """Whether dropout drops and batch norm uses the statistics of its batch."""
        return training.get()


config = Config()


@contextmanager
def using_config(name: str, value: Any) -> Iterator[None]:
    """Hold the setting `name` at `value` inside a ``with`` block (book step 18).

    Args:
        name: ``"enable_backprop"`` or ``"train"``.
        value: the value inside the block; the old one returns after it.

    Raises:
        AttributeError: there is no such setting.
    """
    if name not in SETTINGS:
        raise AttributeError(f"no setting {name!r}; there are {', '.join(SETTINGS)}")
    token = SETTINGS[name].set(value)
    try:
        yield
    finally:
        SETTINGS[name].reset(token)


def no_grad() -> Any:
    """Record no graph inside the block: less memory, no ``backward``."""
    return using_config("enable_backprop", False)


def train_mode() -> Any:
    """Train inside the block: dropout drops, batch norm uses its batch (the default)."""
    return using_config("train", True)


def test_mode() -> Any:
    """Predict inside the block: no dropout, batch norm uses its running statistics."""
    return using_config("train", False)
