"""The numbers that new parameters begin with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import prod
from typing import Any

import numpy as np

from ..random import generator

_drawing = ContextVar("drawing", default=True)
_SLAB = 1 << 22  # how many numbers are drawn at once: drawing takes 80 times their size


@contextmanager
def undrawn() -> Iterator[None]:
    """Make weights without numbers inside the block: theirs will come from a file.

    They have shape and dtype, take no memory and no time, and cannot be written to.
    """
    token = _drawing.set(False)
    try:
        yield
    finally:
        _drawing.reset(token)


def lecun_normal(shape: tuple[int, ...], fan_in: int, dtype: Any) -> np.ndarray:
    """Normal numbers of variance ``1 / fan_in``, which keep the scale of a signal.

    LeCun, Bottou, Orr, Müller, "Efficient BackProp" (1998).
    """
    if not _drawing.get():
        return np.broadcast_to(np.zeros((), dtype), shape)
    weights = np.empty(shape, dtype)
    rows = max(1, _SLAB // max(1, prod(shape[1:])))
    for start in range(0, shape[0], rows):
        slab = weights[start : start + rows]
        slab[...] = generator.normal(slab.shape, dtype)
    weights *= np.dtype(dtype).type((1 / fan_in) ** 0.5)
    return weights
