"""Writes into arrays that a backward pass needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..writes import WRITES


@contextmanager
def writes() -> Iterator[None]:
    """Find every write into an array that a later ``backward`` needs.

    Put it around the forward and the backward pass. Without it ondol notices the writes
    that it sees, ``x.data -= d`` and an optimizer's update; inside it also
    ``x.data[0] = 1`` and those through other names of the same memory. Each call takes
    a fingerprint of each of its arrays, which costs a pass over them.

    Raises:
        GradientError: from ``backward``, for an array that was written into after a
            call whose gradient needs what was there.
    """
    WRITES.watch_more(1)
    try:
        yield
    finally:
        WRITES.watch_more(-1)
