"""The BLAS that NumPy has loaded already, by pointer."""

from __future__ import annotations

import ctypes
import functools
from pathlib import Path

import numpy as np

NAMES = ("scipy_cblas_{}gemm64_", "cblas_{}gemm64_", "cblas_{}gemm64")


@functools.cache
def gemm() -> tuple[int, int] | None:
    """The addresses of sgemm and dgemm with 64-bit sizes, or None."""
    folder = Path(np.__file__).resolve().parent.parent / "numpy.libs"
    for path in sorted(folder.glob("*openblas*")):
        library = ctypes.CDLL(str(path))
        for name in NAMES:
            try:
                found = [getattr(library, name.format(kind)) for kind in "sd"]
            except AttributeError:
                continue
            single, double = (ctypes.cast(f, ctypes.c_void_p).value or 0 for f in found)
            return single, double
    return None
