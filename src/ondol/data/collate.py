"""Batches of samples: fields stacked, or padded to the longest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import ArgumentError, DtypeError, tell
from .checks import whole

Batch = tuple[Any, ...]


def stack(samples: Sequence[Any], names: Sequence[int] | None = None) -> Any:
    """The fields of all samples, ``(...)`` each, as arrays ``(batch, ...)``.

    Tuples and dicts, also within one another, are what holds fields; anything else is
    a field, which NumPy can make an array of.

    Args:
        samples: tuples of fields, such as ``(x, t)``, or dicts, of equal shapes.
        names: the numbers of the samples, for errors; None counts them.

    Returns:
        A tuple or a dict as the samples are.

    Raises:
        TypeError: a sample that is no tuple and no dict, or a field that is a picture
            or another object.
        ValueError: a sample whose fields do not have the shapes of the first one's.
    """
    names = range(len(samples)) if names is None else names
    layouts = _layouts(samples, names, (tuple, dict))
    for name, layout in zip(names, layouts, strict=True):
        if layout != layouts[0]:
            raise tell(
                ArgumentError,
                "collate-shapes",
                sample=name,
                shapes=layout,
                first=names[0],
                expected=layouts[0],
            )
    return _stacked(samples)


def _stacked(values: Sequence[Any]) -> Any:
    """Values of the same layout as one."""
    first = values[0]
    if isinstance(first, dict):
        return {key: _stacked([value[key] for value in values]) for key in first}
    if isinstance(first, tuple):
        fields = map(_stacked, zip(*values, strict=True))
        return getattr(first, "_make", tuple)(fields)  # a namedtuple stays one
    return np.stack(values)


def unstack(batch: Any) -> list[Any]:
    """The samples of a batch of fields."""
    if isinstance(batch, dict):
        rows = zip(*batch.values(), strict=True)
        return [dict(zip(batch, row, strict=True)) for row in rows]
    return [*zip(*batch, strict=True)]


def _layouts(samples: Sequence[Any], names: Sequence[int], kinds: Any) -> list[Any]:
    """The shapes of the fields of each sample, which is of one of these kinds."""
    layouts = []
    for name, sample in zip(names, samples, strict=True):
        if not isinstance(sample, kinds) or not sample:
            kind = type(sample).__name__
            raise tell(DtypeError, "collate-not-tuple", sample=name, got=kind)
        layouts.append(_layout(sample, name))
    return layouts


def _layout(value: Any, name: int) -> Any:
    """The shapes of fields, held as they are held in sample `name`."""
    if isinstance(value, dict):
        return {key: _layout(field, name) for key, field in value.items()}
    if isinstance(value, tuple):
        return [_layout(field, name) for field in value]
    if hasattr(value, "getbands"):
        raise tell(DtypeError, "collate-picture", sample=name)
    try:
        array = value if hasattr(value, "dtype") else np.asarray(value)
    except ValueError:
        raise tell(ArgumentError, "collate-ragged", sample=name) from None
    if array.dtype == object:
        got = f"{value!r:.80}"
        raise tell(DtypeError, "collate-object", sample=name, got=got)
    return array.shape


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
        _layouts(samples, range(len(samples)), tuple)
        fields = [*zip(*samples, strict=True)]
        self._check(len(fields))
        values = np.broadcast_to(np.asarray(self.value, object), len(fields))
        padded = [self._pad(*pair) for pair in zip(fields, values, strict=True)]
        lengths = [_lengths(fields[i], i) for i in self.lengths]
        ends = [_lengths(fields[i], i)[:, np.newaxis] for i in self.masks]
        places = [np.arange(padded[i].shape[1]) for i in self.masks]
        return (*padded, *lengths, *map(np.less, places, ends))

    def _check(self, n: int) -> None:
        """Refuse settings that do not go with `n` fields."""
        named = (*self.lengths, *self.masks)
        if np.shape(self.value) not in ((), (1,), (n,)) or not {*named} <= {*range(n)}:
            raise tell(ArgumentError, "collate-pad-fields", n=n, pad=f"{vars(self)}")

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
        # An empty list is an array of floats, but says nothing of what it could hold.
        dtype = np.result_type(*[array for array in arrays if array.size] or arrays)
        padded = np.full(shape, _fitting(value, dtype))
        for row, array in zip(padded, arrays, strict=True):
            row[: len(array)] = array
        return padded


def _fitting(value: Any, dtype: np.dtype[Any]) -> np.ndarray:
    """`value` in a dtype, which does not change it but for rounding of floats."""
    with np.errstate(invalid="ignore"):
        held = np.asarray(value).astype(dtype)
    if dtype.kind in "iub" and held != value:
        raise tell(ArgumentError, "collate-pad-value", value=value, dtype=dtype)
    return held


def _lengths(field: Sequence[Any], position: int) -> np.ndarray:
    if np.ndim(field[0]) == 0:
        raise tell(ArgumentError, "collate-no-length", field=position)
    return np.array([*map(len, field)], np.int64)
