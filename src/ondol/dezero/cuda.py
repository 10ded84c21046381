"""Where arrays live: in main memory, or on a GPU by CuPy (book step 52)."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from .. import arrays
from ..core.graph import data_of
from ..errors import UsageError, tell


@cache
def _cupy() -> ModuleType | None:
    """CuPy, if it is installed and finds a GPU."""
    try:
        cupy = import_module("cupy")
        return cupy if cupy.cuda.runtime.getDeviceCount() else None
    except Exception:  # without a driver CuPy raises errors of its own
        return None


def __getattr__(name: str) -> Any:
    """``gpu_enable`` and ``cupy``, looked for when first asked for."""
    if name == "gpu_enable":
        return _cupy() is not None
    if name == "cupy" and _cupy() is not None:
        return _cupy()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def get_array_module(x: Any) -> ModuleType:
    """The module that made `x`, a Variable or an array: ``numpy`` or ``cupy``."""
    return arrays.array_module(data_of(x))


def as_numpy(x: Any) -> Any:
    """A Variable's array, or an array, in main memory."""
    x = arrays.as_array(data_of(x))
    return x if arrays.array_module(x) is arrays.np else x.get()


def as_cupy(x: Any) -> Any:
    """A Variable's array, or an array, on the GPU.

    Raises:
        UsageError: a RuntimeError; there is no CuPy, or no GPU.
    """
    cupy = _cupy()
    if cupy is None:
        raise tell(UsageError, "book-no-gpu")
    return cupy.asarray(data_of(x))
