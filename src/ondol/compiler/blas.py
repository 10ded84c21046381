"""The BLAS that NumPy has loaded already, by pointer."""

from __future__ import annotations

import ctypes
import functools

from ..threads import openblas

FUNCTIONS = (
    "cblas_sgemm", "cblas_dgemm", "openblas_get_num_threads", "openblas_set_num_threads"
)  # fmt: skip


@functools.cache
def functions() -> tuple[int, ...] | None:
    """The addresses of `FUNCTIONS`, or None where NumPy has another BLAS."""
    find = openblas()
    if find is None:
        return None
    return tuple(ctypes.cast(find(f), ctypes.c_void_p).value or 0 for f in FUNCTIONS)
