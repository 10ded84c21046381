"""Arrays and weights in files, written whole or not at all."""

from .formats import WeightsError, load_arrays, save_arrays
from .weights import load_weights, save_weights

__all__ = [
    "WeightsError",
    "load_arrays",
    "load_weights",
    "save_arrays",
    "save_weights",
]
