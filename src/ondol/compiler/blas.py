"""The BLAS that NumPy has loaded already, by pointer."""

from __future__ import annotations

import ctypes
import functools
from pathlib import Path

import numpy as np

# What comes before and after a name in the builds of OpenBLAS with 64-bit sizes.
BUILDS = (("scipy_", "64_"), ("", "64_"), ("", "64"))
FUNCTIONS = (
    "cblas_sgemm", "cblas_dgemm", "openblas_get_num_threads", "openblas_set_num_threads"
)  # fmt: skip


@functools.cache
def functions() -> tuple[int, ...] | None:
    """The addresses of `FUNCTIONS`, or None where NumPy has another BLAS."""
    folder = Path(np.__file__).resolve().parent.parent / "numpy.libs"
    for path in sorted(folder.glob("*openblas*")):
        library = ctypes.CDLL(str(path))
        for before, after in BUILDS:
            try:
                found = [getattr(library, before + name + after) for name in FUNCTIONS]
            except AttributeError:
                continue
            return tuple(ctypes.cast(f, ctypes.c_void_p).value or 0 for f in found)
    return None
