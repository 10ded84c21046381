"""NumPy's vocabulary, spelled out in the operations of the graph.

`LOWER` maps a function of NumPy's, or a primitive of our own, to a function that takes
a `Builder` and the same arguments, with nodes for the arrays, and returns a node.
Composites are not here: they are spelled out in NumPy's vocabulary already.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import attention, convolutions, making, products, reductions, shapes
from .indexing import getitem, is_index_array
from .table import LOWER, axes_of

__all__ = ["LOWER", "axes_of", "getitem", "is_index_array", "spelled"]
__all__ += ["attention", "convolutions", "making", "products", "reductions", "shapes"]


def spelled(function: Any) -> Callable[..., Any] | None:
    """How a function is spelled, if it is known; a ufunc of one result is a map."""
    if function in LOWER:
        return LOWER[function]
    if isinstance(function, np.ufunc) and function.nout == 1:
        return lambda b, *xs: b.map(function, *xs)
    return None
