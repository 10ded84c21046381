"""Run something and leave no trace of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..compiler.check import Memory


@contextmanager
def unchanged(function: Callable[..., Any], args: Any, kwargs: Any) -> Iterator[None]:
    """Put back, after the block, all that a function can reach.

    Args:
        function: what is called inside the block. Models, optimizers and arrays in its
            closures and globals are put back, the position of random generators too.
        args: what it is given, likewise,
        kwargs: also by name.
    """
    memory = Memory(function, args, kwargs)
    try:
        yield
    finally:
        memory.restore()
