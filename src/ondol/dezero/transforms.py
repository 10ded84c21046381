"""What is done to each sample of a data set (book step 51): pictures, then arrays.

Transforms of arrays that do the same to every sample can be applied to a whole batch
at once; `on_batch` finds out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..data.files import loaded
from ..errors import (
    ArgumentError,
    DtypeError,
    MissingLibraryError,
    ShapeError,
    tell,
)
from ..layers.checks import within
from .utils import pair

Transform = Callable[[Any], Any]


class Compose:
    """Transforms, one after the other.

    Args:
        transforms: callables of one argument, in the order in which they are applied.
    """

    def __init__(self, transforms: Sequence[Transform] = ()) -> None:
        self.transforms = list(transforms)

    def __call__(self, img: Any) -> Any:
        """Apply them all."""
        for transform in self.transforms:
            img = transform(img)
        return img


def identity(x: Any) -> Any:
    """The transform that changes nothing."""
    return x


# -- pictures --------------------------------------------------------------------------


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError:
        raise tell(MissingLibraryError, "book-no-pillow") from None
    return Image


class Convert:
    """A picture in another mode.

    Args:
        mode: one of Pillow's, such as ``"RGB"`` or ``"L"``; or ``"BGR"``, whose
            channels come in the opposite order of RGB's.
    """

    def __init__(self, mode: str = "RGB") -> None:
        self.mode = mode

    def __call__(self, img: Any) -> Any:
        """The converted picture."""
        if self.mode != "BGR":
            return loaded(img).convert(self.mode)
        red, green, blue = loaded(img).convert("RGB").split()
        return _pillow().merge("RGB", (blue, green, red))


class Resize:
    """A picture in another size.

    Args:
        size: width and height, or one number for both.
        mode: how to interpolate, one of Pillow's constants; 2 is bilinear.
    """

    def __init__(self, size: int | tuple[int, int], mode: int = 2) -> None:
        self.size = pair(size)
        self.mode = mode

    def __call__(self, img: Any) -> Any:
        """The resized picture."""
        return loaded(img).resize(self.size, self.mode)


class CenterCrop:
    """The middle of a picture; black beyond its edges, where it is too small.

    Args:
        size: width and height, or one number for both.
    """

    def __init__(self, size: int | tuple[int, int]) -> None:
        self.size = pair(size)

    def __call__(self, img: Any) -> Any:
        """The cropped picture."""
        (width, height), (w, h) = img.size, self.size
        left, top = (width - w) // 2, (height - h) // 2
        return loaded(img).crop((left, top, left + w, top + h))


class ToArray:
    """A picture as an array ``(C, H, W)``; an array stays as it is.

    Values are those of the picture, mostly 0 to 255: they are not scaled.

    Args:
        dtype: of the array.
    """

    def __init__(self, dtype: Any = np.float32) -> None:
        self.dtype = dtype

    def __call__(self, img: Any) -> np.ndarray:
        """The array, in `dtype` unless it was one already."""
        if isinstance(img, np.ndarray):
            return img
        if not isinstance(img, _pillow().Image):
            raise tell(DtypeError, "book-picture", got=type(img).__name__)
        if img.mode in ("P", "PA"):
            raise tell(ArgumentError, "book-palette")
        array = np.asarray(loaded(img))
        channels = array[np.newaxis] if array.ndim == 2 else array.transpose(2, 0, 1)
        return channels.astype(self.dtype)


class ToPIL:
    """An array ``(C, H, W)`` of 1, 3 or 4 channels as a picture.

    Other dtypes than uint8 are rounded, if their values lie between 0 and 255.
    """

    def __call__(self, array: np.ndarray) -> Any:
        """The picture."""
        if array.ndim != 3 or array.shape[0] not in (1, 3, 4):
            raise tell(ShapeError, "book-channels", [array], got=array.shape)
        pixels = np.ascontiguousarray(_as_bytes(array).transpose(1, 2, 0))
        return _pillow().fromarray(pixels[..., 0] if len(array) == 1 else pixels)


def _as_bytes(array: np.ndarray) -> np.ndarray:
    if array.dtype == np.uint8:
        return array
    if array.size and not (array.min() >= 0 and array.max() <= 255):
        fields = {"least": array.min(), "most": array.max()}
        raise tell(ArgumentError, "book-pixels", **fields)
    return np.rint(array).astype(np.uint8)


class RandomHorizontalFlip:
    """A picture, or an array ``(..., W)``, turned left to right by chance.

    Args:
        p: the probability; each call takes one number from ``np.random``.
    """

    def __init__(self, p: float = 0.5) -> None:
        self.p = within("p", p, 0, 1, "[]")

    def __call__(self, img: Any) -> Any:
        """The same, or its mirror image."""
        if np.random.rand() >= self.p:
            return img
        if isinstance(img, np.ndarray):
            return np.flip(img, axis=-1)
        return img.transpose(_pillow().Transpose.FLIP_LEFT_RIGHT)


# -- arrays ----------------------------------------------------------------------------


class Normalize:
    """``(array - mean) / std``.

    Integers become float64 first: a mean with a fraction would lose it, and small
    unsigned values would wrap around. Other dtypes stay.

    Args:
        mean: one number, or one for each channel, the first axis of a sample.
        std: likewise.
    """

    def __init__(self, mean: Any = 0, std: Any = 1) -> None:
        self.mean = mean
        self.std = std

    def __call__(self, array: np.ndarray) -> np.ndarray:
        """The normalised array."""
        return self._normalize(array, axis=0)

    def _batch(self, arrays: np.ndarray) -> np.ndarray:
        return self._normalize(arrays, axis=1)

    def _normalize(self, array: np.ndarray, axis: int) -> np.ndarray:
        if array.dtype.kind not in "fc":
            array = array.astype(np.float64)
        mean = _along(axis, "mean", self.mean, array)
        return (array - mean) / _along(axis, "std", self.std, array)


def _along(axis: int, name: str, value: Any, array: np.ndarray) -> Any:
    """`value` shaped to broadcast along one axis of `array`, and in its dtype."""
    if np.ndim(value) == 0:
        return np.asarray(value).item()  # a NumPy scalar could widen the dtype
    values = np.asarray(value, dtype=array.dtype)
    shape = [1] * array.ndim
    if array.ndim > axis and values.shape in ((1,), array.shape[axis : axis + 1]):
        shape[axis] = len(values)
        return values.reshape(shape)
    fields = {"shape": values.shape, "sample": array.shape[axis:]}
    raise tell(ArgumentError, "book-normalize", name=name, **fields)


class Flatten:
    """An array ``(...)`` as a copy of one axis."""

    def __call__(self, array: np.ndarray) -> np.ndarray:
        """The values, ``(size,)``."""
        return array.flatten()

    def _batch(self, arrays: np.ndarray) -> np.ndarray:
        return arrays.reshape(len(arrays), -1)


class AsType:
    """An array in another dtype.

    Args:
        dtype: a dtype, or what NumPy makes one of.
    """

    def __init__(self, dtype: Any = np.float32) -> None:
        self.dtype = dtype

    def __call__(self, array: Any) -> Any:
        """The converted array."""
        return array.astype(self.dtype)

    def _batch(self, arrays: np.ndarray) -> np.ndarray:
        return arrays.astype(self.dtype)


ToFloat = AsType


class ToInt(AsType):
    """An array in a dtype of whole numbers; fractions are cut off."""

    def __init__(self, dtype: Any = int) -> None:
        super().__init__(dtype)


# -- whole batches ---------------------------------------------------------------------


def on_batch(transform: Transform, ndim: int) -> Transform | None:
    """What does to all samples at once what `transform` does to each of them.

    Args:
        transform: of one sample.
        ndim: the axes of a sample.

    Returns:
        A function of ``(N, ...)``, with the same values and dtypes; None if that is
        not known, as of classes and functions of the user's own.
    """
    if transform is identity:
        return identity
    # Exactly these classes: one that is derived may do something else.
    if type(transform) not in (Compose, AsType, ToInt, Flatten, Normalize):
        return None
    if isinstance(transform, Compose):
        return _compose_on_batch(transform, ndim)
    if isinstance(transform, AsType):
        return transform._batch if np.dtype(transform.dtype).kind in "biufc" else None
    return transform._batch if ndim else None  # type: ignore[attr-defined]


def _compose_on_batch(transform: Compose, ndim: int) -> Transform | None:
    parts = [on_batch(part, ndim) for part in transform.transforms]
    known = [part for part in parts if part is not None]
    return Compose(known) if len(known) == len(parts) else None
