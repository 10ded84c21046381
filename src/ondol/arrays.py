"""Plain arrays: what counts as one, where it lives, and dispatch like NumPy's."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

SCALARS = (np.generic, int, float, complex)


def is_array(x: Any) -> bool:
    """Is `x` an array of NumPy's, or of CuPy's if that is in use?"""
    return isinstance(x, np.ndarray) or array_module(x) is not np


def array_module(x: Any) -> ModuleType:
    """The module whose functions made `x`: ``cupy`` for its arrays, else ``numpy``."""
    cupy = sys.modules.get("cupy")  # nobody holds a CuPy array without importing it
    return cupy if cupy is not None and isinstance(x, cupy.ndarray) else np


def as_array(x: Any) -> Any:
    """Turn a scalar into a 0-dimensional array; leave an array as it is (book step 9).

    NumPy's functions answer with a scalar where an operand has no dimensions.
    """
    plain = type(x) is np.ndarray  # nearly always, and the quicker question
    return x if plain or not isinstance(x, SCALARS) else np.asarray(x)


def primitive(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function of our own dispatch on its operands, as NumPy's functions do."""

    @functools.wraps(function)
    def dispatch(*args: Any, **kwargs: Any) -> Any:
        for x in args:
            if type(x) is np.ndarray or not hasattr(type(x), "__array_function__"):
                continue
            if not is_array(x):
                return x.__array_function__(dispatch, (type(x),), args, kwargs)
        return function(*args, **kwargs)

    return dispatch


@primitive
def astype(x: Any, dtype: Any) -> Any:
    """`x` converted to `dtype`; always a new array."""
    return x.astype(dtype)
