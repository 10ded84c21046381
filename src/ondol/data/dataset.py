"""Samples held as whole arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import is_array
from ..errors import ArgumentError, DtypeError


class ArrayDataset:
    """Arrays of equal length, side by side: sample i is row i of each.

    Args:
        *arrays: ``(N, ...)`` each, such as images and labels; not copied.

    Raises:
        TypeError: one of them is not an array.
        ValueError: there are none, one has no axis of samples, or lengths differ.
    """

    def __init__(self, *arrays: Any) -> None:
        _check_arrays(arrays)
        self.arrays = arrays

    def __len__(self) -> int:
        return len(self.arrays[0])

    def __getitem__(self, index: Any) -> tuple[Any, ...]:
        """A row of each array, or many: always a tuple, one entry for each array.

        Args:
            index: an int, a slice, an array (or list) of ints, or a mask ``(N,)``.
                As in NumPy, a slice gives views and the others give copies.

        Raises:
            IndexError: outside of the dataset.
            TypeError: an index of another kind, such as a tuple.
        """
        _check_index(index)
        return tuple(array[index] for array in self.arrays)


def _check_arrays(arrays: tuple[Any, ...]) -> None:
    if not arrays:
        raise ArgumentError("ArrayDataset needs at least one array: ArrayDataset(x, t)")
    for i, array in enumerate(arrays):
        if not is_array(array):
            raise DtypeError(
                f"ArrayDataset holds arrays: argument {i} is a {type(array).__name__}; "
                "convert it with np.asarray"
            )
        if array.ndim == 0:
            raise ArgumentError(
                f"ArrayDataset: argument {i} has no axis to count samples"
            )
    if len({len(array) for array in arrays}) > 1:
        shapes = ", ".join(str(array.shape) for array in arrays)
        raise ArgumentError(
            "ArrayDataset: the arrays must have the same length, one row for each "
            f"sample; their shapes are {shapes}"
        )


def _check_index(index: Any) -> None:
    """Refuse what NumPy would take as an index into the axes of one sample."""
    if isinstance(index, slice) or (isinstance(index, list) and not index):
        return
    array = index if is_array(index) else np.asarray(index)
    mask = array.dtype == bool and array.ndim == 1
    if isinstance(index, tuple) or not (mask or array.dtype.kind in "iu"):
        raise DtypeError(
            "a dataset is indexed by an int, a slice, an array of ints or a mask of "
            f"shape (N,); got {index!r:.80}"
        )
