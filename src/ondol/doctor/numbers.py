"""A few numbers that stand for a large array."""

from __future__ import annotations

import math
from typing import Any
from zlib import crc32

import numpy as np

from ..arrays import array_module

ENOUGH = 4096  # numbers of a parameter that are compared from step to step


def host(array: Any) -> np.ndarray:
    """An array where NumPy can read it: one on a GPU is copied."""
    return array if array_module(array) is np else array.get()


def sample(array: Any) -> np.ndarray:
    """A copy of at most `ENOUGH` numbers, spread evenly over the array."""
    flat = array.reshape(-1)
    step = -(-flat.size // ENOUGH) or 1
    return host(flat[::step]).copy()


def fingerprint(array: Any) -> int:
    """A number that other contents would hardly have."""
    return crc32(np.ascontiguousarray(host(array)).view(np.uint8).reshape(-1).data)


def rms(array: Any) -> float:
    """The root of the mean square; 0 for an empty array."""
    array = host(array).astype(np.float64, copy=False)
    return float(np.sqrt(np.mean(np.square(array)))) if array.size else 0.0


def rms_of_nonzero(array: Any) -> float:
    """The same of what is not 0: rows that nobody asked for do not count."""
    array = host(array)
    return rms(array[array != 0])


def spread(array: Any) -> float:
    """How much the samples, along the first axis, differ: a standard deviation."""
    array = host(array).astype(np.float64, copy=False)
    return rms(array - array.mean(axis=0)) if array.size else 0.0


def is_finite(array: Any) -> bool:
    """Is there neither NaN nor infinity?"""
    return bool(np.isfinite(host(array)).all())


def units_apart(weights: Any) -> tuple[float, float]:
    """How much the units of a layer differ at most, and the largest number in them.

    Args:
        weights: ``(inputs, units)``, or ``(units, ...)`` with three axes or more; of
            others the units differ without end.
    """
    units = host(weights) if weights.ndim > 2 else host(weights).T
    if units.ndim < 2 or len(units) < 2 or units[0].size < 2:
        return math.inf, 0.0
    return float(np.abs(units - units[0]).max()), float(np.abs(units).max())


def are_alike(apart: float, largest: float) -> bool:
    """Are units the same, but for the order in which products add up?"""
    return apart <= 1e-3 * largest
