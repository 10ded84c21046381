"""Settings that hold for a block of code: is a graph recorded, is this training.

They live in context variables, so a setting made in one thread or one async task is
never seen by another.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any

from ..errors import no_setting, setting_is_read

recording = ContextVar("enable_backprop", default=True)
training = ContextVar("train", default=True)
replaying = ContextVar("replaying", default=False)  # is this a run made once before?
SETTINGS: dict[str, ContextVar[Any]] = {"enable_backprop": recording, "train": training}


class Config:
    """The settings of the current context, to read: ``config.train``."""

    def __setattr__(self, name: str, value: Any) -> None:
        raise setting_is_read(name, value)

    def __getattr__(self, name: str) -> Any:
        """The value of a setting."""
        return _setting(name).get()


config = Config()


def _setting(name: str) -> ContextVar[Any]:
    if name not in SETTINGS:
        raise no_setting(name, SETTINGS)
    return SETTINGS[name]


@contextmanager
def using_config(name: str, value: Any) -> Iterator[None]:
    """Hold the setting `name` at `value` inside a ``with`` block (book step 18).

    Args:
        name: ``"enable_backprop"`` or ``"train"``.
        value: the value inside the block; the old one returns after it.

    Raises:
        AttributeError: there is no such setting.
    """
    token = _setting(name).set(value)
    try:
        yield
    finally:
        SETTINGS[name].reset(token)


def no_grad() -> AbstractContextManager[None]:
    """Record no graph inside the block: less memory, no ``backward``."""
    return using_config("enable_backprop", False)


def train_mode() -> AbstractContextManager[None]:
    """Train inside the block, as by default: with dropout, and batch statistics."""
    return using_config("train", True)


def test_mode() -> AbstractContextManager[None]:
    """Predict inside the block: no dropout, batch norm by its running statistics."""
    return using_config("train", False)
