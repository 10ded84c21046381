"""Batches of samples: fields stacked, or padded to the longest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import ArgumentError, DtypeError, tell
from .checks import whole

Batch = tuple[Any, ...]


def stack(samples: Sequence[Any], names: Sequence[int] | None = None) -> Batch:
    """The fields of all samples, ``(...)`` each, as arrays ``(batch, ...)``.

    Args:
        samples: tuples of fields, such as ``(x, t)``, of equal shapes.
        names: the numbers of the samples, for errors; None counts them.

    Raises:
        TypeError: a sample that is no tuple, or a field that is a picture.
        ValueError: a sample whose fields do not have the shapes of the first one's.
    """
    names = range(len(samples)) if names is None else names
    check_samples(samples, names)
    for name, sample in zip(names, samples, strict=True):
        shapes, expected = (list(map(np.shape, s)) for s in (sample, samples[0]))
        if shapes != expected:
            raise tell(
                ArgumentError,
                "collate-shapes",
                sample=name,
                shapes=shapes,
                first=names[0],
                expected=expected,
            )
    return tuple(np.stack(field) for field in zip(*samples, strict=True))


def check_samples(samples: Sequence[Any], names: Sequence[int]) -> None:
    """Each sample is a tuple of fields, and none of these is a picture."""
    for name, sample in zip(names, samples, strict=True):
        if not isinstance(sample, tuple) or not sample:
            kind = type(sample).__name__
            raise tell(DtypeError, "collate-not-tuple", sample=name, got=kind)
        if any(hasattr(field, "getbands") for field in sample):
            raise tell(DtypeError, "collate-picture", sample=name)


class Pad:
    """Samples of unequal lengths as one batch: the shorter ones are filled up.

    Fields with an axis, ``(length, ...)``, become ``(batch, longest, ...)``; numbers
    become ``(batch,)``. What is asked for by `lengths` and `masks` follows, in this
    order.

    Args:
        value: what to fill with: a number, or one for each field. For targets it is
            often the `ignore_index` of the loss.
        lengths: fields whose lengths, int64 ``(batch,)``, are added.
        masks: fields whose masks, bool ``(batch, longest)``, are added: True where
            there is a value and not padding.
        multiple: make the longest a multiple of this, so that there are fewer
            different shapes.

    Raises:
        TypeError: a sample that is no tuple.
        ValueError: fields that differ in more than their lengths.
    """

    def __init__(
        self,
        value: Any = 0,
        lengths: Sequence[int] = (0,),
        masks: Sequence[int] = (),
        multiple: int = 1,
    ) -> None:
        self.value = value
        self.lengths = tuple(lengths)
        self.masks = tuple(masks)
        self.multiple = whole("multiple", multiple, least=1)

    def __call__(self, samples: Sequence[Any]) -> Batch:
        """The batch of the samples."""
        check_samples(samples, range(len(samples)))
        fields = [*zip(*samples, strict=True)]
        values = np.broadcast_to(np.asarray(self.value, object), len(fields))
        padded = [self._pad(*pair) for pair in zip(fields, values, strict=True)]
        lengths = [_lengths(fields[i], i) for i in self.lengths]
        ends = [_lengths(fields[i], i)[:, np.newaxis] for i in self.masks]
        places = [np.arange(padded[i].shape[1]) for i in self.masks]
        return (*padded, *lengths, *map(np.less, places, ends))

    def _pad(self, field: Sequence[Any], value: Any) -> np.ndarray:
        arrays = [np.asarray(x) for x in field]
        if len({(array.ndim, array.shape[1:]) for array in arrays}) > 1:
            shapes = [array.shape for array in arrays]
            raise tell(
                ArgumentError, "collate-more-than-length", got=f"{shapes!r:.200}"
            )
        if arrays[0].ndim == 0:
            return np.stack(arrays)
        longest = -(-max(map(len, arrays)) // self.multiple) * self.multiple
        shape = (len(arrays), longest, *arrays[0].shape[1:])
        padded = np.full(shape, value, np.result_type(*arrays))
        for row, array in zip(padded, arrays, strict=True):
            row[: len(array)] = array
        return padded


def _lengths(field: Sequence[Any], position: int) -> np.ndarray:
    if np.ndim(field[0]) == 0:
        raise tell(ArgumentError, "collate-no-length", field=position)
    return np.array([*map(len, field)], np.int64)
