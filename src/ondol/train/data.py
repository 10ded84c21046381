"""What `fit` is given as data, as something that gives batches again and again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..arrays import is_array
from ..data import ArrayDataset, DataLoader
from ..errors import ArgumentError, DtypeError, tell


def as_loader(
    data: Any, batch_size: int, shuffle: bool = True, seed: int | None = None
) -> Any:
    """A loader as it is; of arrays or a dataset, one is made.

    Raises:
        DtypeError: a TypeError; `data` gives its batches once and never again, or none.
    """
    if is_array(data):
        data = (data,)
    if isinstance(data, ArrayDataset) or is_arrays(data):
        return DataLoader(data, batch_size, shuffle, seed)
    if not isinstance(data, Iterable) or isinstance(data, Iterator | str):
        raise tell(DtypeError, "fit-data", got=type(data).__name__)
    return data


def is_arrays(data: Any) -> bool:
    """Is this a tuple ``(x, t)`` of arrays with one row for each sample?"""
    return isinstance(data, tuple) and bool(data) and all(map(is_array, data))


def batches_of(loader: Any, done: int) -> Iterator[Any]:
    """The batches of an epoch of which `done` have been used already.

    A loader that can save its state knows where it is; others are run through.
    """
    batches = iter(loader)
    if not hasattr(loader, "load_state_dict"):
        for _ in range(done):
            if next(batches, None) is None:
                raise tell(ArgumentError, "fit-data-shorter", done=done)
    return batches
