"""Sequences for language models and recurrent networks: windows of a long series.

A `DataLoader` makes batches of them: shuffled, for networks that see a window at once;
with ``batch_sampler=Streams(len(windows), batch_size)`` in the order of time, for
recurrent ones that keep their state, which is truncated backpropagation through time.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import is_array
from ..errors import ArgumentError, DtypeError, tell
from .checks import whole


class TokenWindows:
    """Windows of a series, and the same windows one step later.

    Sample i is ``(x, t)`` of shape ``(length, ...)``, with ``x[k]`` the entry
    ``i * stride + k`` of the series and ``t[k]`` the one after it. What is left over at
    the end is not read.

    Args:
        series: token ids ``(N,)``, or values ``(N, ...)``; it may stay in a file,
            ``np.load(path, mmap_mode="r")``.
        length: entries in a window.
        stride: from window to window; None takes `length`, so that they do not overlap.
        dtype: of the samples; None makes int64 of integers, and leaves others.

    Raises:
        TypeError: `series` is not an array.
        ValueError: a number out of range, or a series shorter than a window.
    """

    def __init__(
        self, series: Any, length: int, stride: int | None = None, dtype: Any = None
    ) -> None:
        if not is_array(series) or series.ndim == 0:
            raise tell(DtypeError, "windows-series", {"series": series})
        self.series = series
        self.length = whole("length", length, least=1)
        self.stride = whole("stride", length if stride is None else stride, least=1)
        if len(series) <= self.length:
            raise tell(ArgumentError, "windows-short", n=len(series), length=length)
        integer = series.dtype.kind in "iu"
        self.dtype = np.dtype(
            np.int64 if dtype is None and integer else dtype or series.dtype
        )

    def __len__(self) -> int:
        return (len(self.series) - 1 - self.length) // self.stride + 1

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """A window ``(length, ...)`` and the one that is a step later."""
        x, t = self.rows_at(np.array([range(len(self))[index]]))
        return x[0], t[0]

    def rows_at(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Many windows at once, ``(batch, length, ...)``."""
        places = np.asarray(indices)[:, np.newaxis] * self.stride
        entries = self.series[places + np.arange(self.length + 1)].astype(self.dtype)
        return entries[:, :-1].copy(), entries[:, 1:].copy()
