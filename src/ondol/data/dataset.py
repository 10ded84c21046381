"""Datasets: samples held as whole arrays, and datasets made of other datasets.

A dataset is anything with ``len()`` and ``[i]`` for an int. One that can do better than
sample by sample has a method ``rows_at(indices)`` for many samples at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..arrays import is_array
from ..errors import ArgumentError, DtypeError, IndexingError, tell
from .checks import row_numbers


class ArrayDataset:
    """Arrays of equal length, side by side: sample i is row i of each.

    Args:
        *arrays: ``(N, ...)`` each, such as images and labels; not copied. Arrays that
            stay in a file do, too: ``np.load(path, mmap_mode="r")``.

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
        try:
            return tuple(array[index] for array in self.arrays)
        except IndexError:
            fields = {"name": "ArrayDataset", "got": index, "n": len(self)}
            raise tell(IndexingError, "data-no-such-row", **fields) from None

    def rows_at(self, indices: np.ndarray) -> tuple[Any, ...]:
        """Copies of many samples at once, ``(batch, ...)`` each."""
        return self[indices]


def _check_arrays(arrays: tuple[Any, ...]) -> None:
    if not arrays:
        raise tell(ArgumentError, "dataset-no-arrays")
    for i, array in enumerate(arrays):
        if not is_array(array):
            got = type(array).__name__
            raise tell(DtypeError, "dataset-not-array", position=i, got=got)
        if array.ndim == 0:
            raise tell(ArgumentError, "dataset-no-axis", position=i)
    if len({len(array) for array in arrays}) > 1:
        raise tell(ArgumentError, "dataset-lengths", arrays)


def _check_index(index: Any) -> None:
    """Refuse what NumPy would take as an index into the axes of one sample."""
    if isinstance(index, slice) or (isinstance(index, list) and not index):
        return
    array = index if is_array(index) else np.asarray(index)
    mask = array.dtype == bool and array.ndim == 1
    if isinstance(index, tuple) or not (mask or array.dtype.kind in "iu"):
        raise tell(DtypeError, "dataset-index", got=f"{index!r:.80}")


def as_dataset(dataset: Any) -> Any:
    """What was given, as something that is not empty and has ``len()`` and ``[i]``.

    Raises:
        TypeError: it is neither a dataset nor a tuple of arrays.
        ValueError: it is empty.
    """
    if isinstance(dataset, tuple) and dataset and all(map(is_array, dataset)):
        dataset = ArrayDataset(*dataset)
    sized = hasattr(dataset, "__len__") and hasattr(dataset, "__getitem__")
    if not sized or isinstance(dataset, Mapping | str):
        raise tell(DtypeError, "dataset-kind", got=type(dataset).__name__)
    if len(dataset) == 0:
        raise tell(ArgumentError, "dataset-empty")
    return dataset


def rows_at(dataset: Any, indices: np.ndarray) -> tuple[Any, ...] | None:
    """Many samples at once, each field stacked; None if the dataset cannot do that."""
    at_once = getattr(dataset, "rows_at", None)
    return at_once(indices) if at_once else None


# -- made of others --------------------------------------------------------------------


class Subset:
    """Some samples of a dataset.

    Args:
        dataset: a dataset, or a tuple of arrays.
        indices: which samples, and in which order: ints, or a mask ``(N,)``.

    Raises:
        TypeError, ValueError: `indices` are no row numbers of the dataset.
    """

    def __init__(self, dataset: Any, indices: Any) -> None:
        self.dataset = as_dataset(dataset)
        mask = np.asarray(indices)
        if mask.dtype == bool and mask.shape == (len(self.dataset),):
            indices = np.flatnonzero(mask)
        self.indices = row_numbers("indices", indices, len(self.dataset))

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: Any) -> Any:
        """Sample `index` of the subset; a slice, if the dataset takes many rows."""
        rows = self.indices[index]
        return self.dataset[rows if rows.ndim else int(rows)]

    def rows_at(self, indices: np.ndarray) -> tuple[Any, ...] | None:
        """Many samples at once, if the dataset can do that."""
        return rows_at(self.dataset, self.indices[indices])


class Concat:
    """Datasets one after the other.

    Args:
        *datasets: datasets, or tuples of arrays, whose samples are alike.
    """

    def __init__(self, *datasets: Any) -> None:
        if not datasets:
            raise tell(ArgumentError, "dataset-nothing-to-join")
        self.datasets = [as_dataset(dataset) for dataset in datasets]
        self.ends = np.cumsum([len(dataset) for dataset in self.datasets])

    def __len__(self) -> int:
        return int(self.ends[-1])

    def __getitem__(self, index: int) -> Any:
        """Sample `index`, counted through all datasets."""
        index = range(len(self))[index]
        which = int(np.searchsorted(self.ends, index, side="right"))
        return self.datasets[which][index - int(self.ends[which])]

    def rows_at(self, indices: np.ndarray) -> tuple[Any, ...] | None:
        """Many samples at once, if all datasets can do that."""
        which = np.searchsorted(self.ends, indices, side="right")
        starts = self.ends - [len(dataset) for dataset in self.datasets]
        parts = [
            rows_at(dataset, indices[which == k] - starts[k])
            for k, dataset in enumerate(self.datasets)
        ]
        if not all(isinstance(part, tuple) for part in parts):
            return None
        back = np.argsort(np.argsort(which, kind="stable"))
        return tuple(np.concatenate(field)[back] for field in zip(*parts, strict=True))


class Mapped:
    """A dataset whose samples are changed by a function when they are asked for.

    Args:
        dataset: a dataset, or a tuple of arrays.
        function: sample -> sample. What draws random numbers belongs into the
            `transform` of a loader, which knows the epoch.
    """

    def __init__(self, dataset: Any, function: Callable[[Any], Any]) -> None:
        self.dataset = as_dataset(dataset)
        self.function = function

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> Any:
        """The changed sample."""
        return self.function(self.dataset[index])


def random_split(
    dataset: Any, parts: Sequence[float], seed: int = 0, stratify: Any = None
) -> list[Subset]:
    """Deal the samples of a dataset out to parts, each sample to one.

    Args:
        dataset: a dataset, or a tuple of arrays.
        parts: fractions that sum to 1, such as ``(0.8, 0.2)``, or numbers of samples
            that sum to the length.
        seed: of the dealing, so that it is the same in every run.
        stratify: the class of each sample, ``(N,)``: every part then gets its share of
            each class, as exactly as whole samples allow.

    Returns:
        The parts, in random order each.

    Raises:
        ValueError: parts that do not sum up, or not one class for each sample.
    """
    dataset = as_dataset(dataset)
    n = len(dataset)
    sizes = _sizes(parts, n)
    rng = np.random.default_rng(seed)
    order = rng.permutation(n)
    if stratify is not None:
        order = order[_spread(_classes(stratify, n)[order])]
    pieces = np.split(order, np.cumsum(sizes)[:-1])
    return [Subset(dataset, rng.permutation(piece)) for piece in pieces]


def _sizes(parts: Sequence[float], n: int) -> list[int]:
    """Numbers of samples that sum to `n`; the largest remainders are rounded up."""
    wanted = np.asarray(parts, np.float64)
    total = wanted.sum() if wanted.ndim == 1 and (wanted >= 0).all() else np.nan
    counts = np.asarray(parts).dtype.kind in "iu" and total == n
    if not counts and not np.isclose(total, 1):
        raise tell(ArgumentError, "split-parts", got=f"{parts!r:.80}", n=n)
    exact = wanted if counts else wanted * n
    sizes = np.floor(exact + 1e-9).astype(int)
    sizes[np.argsort(sizes - exact, kind="stable")[: n - sizes.sum()]] += 1
    return sizes.tolist()


def _classes(stratify: Any, n: int) -> np.ndarray:
    classes = np.asarray(stratify)
    if classes.shape != (n,):
        raise tell(ArgumentError, "split-stratify", got=classes.shape, n=n)
    return classes


def _spread(classes: np.ndarray) -> np.ndarray:
    """An order in which every stretch holds each class in its share.

    The k-th of m samples of a class comes at ``(k + 1/2) / m`` of the way.
    """
    _, which, counts = np.unique(classes, return_inverse=True, return_counts=True)
    return np.argsort((occurrence(which) + 0.5) / counts[which], kind="stable")


def occurrence(values: np.ndarray) -> np.ndarray:
    """How many times each value ``(n,)`` has come before in the array."""
    order = np.argsort(values, kind="stable")
    places = np.arange(len(values))
    new = np.diff(values[order], prepend=-1) != 0
    result = np.empty_like(places)
    result[order] = places - np.maximum.accumulate(np.where(new, places, 0))
    return result
