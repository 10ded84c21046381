"""Transforms between pictures, arrays and dtypes; classes as rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import ArgumentError, DtypeError, IndexingError, ShapeError, tell
from ..checks import whole
from . import images
from .base import ImageTransform, Shown


class ToArray(ImageTransform):
    """A picture as an array ``(C, H, W)`` with its values as they are, mostly uint8.

    An array stays as it is.
    """

    def apply(self, image: Any) -> np.ndarray:
        """The array."""
        images.size_of(image)
        return images.pixels(image) if images.is_picture(image) else image


class ToFloat(ImageTransform):
    """An image as an array of floats from 0 to 1.

    Unsigned integers are divided by the greatest number of their dtype, 255 for a
    picture; other values stay.

    Args:
        dtype: of the array.
    """

    def __init__(self, dtype: Any = np.float32) -> None:
        self.dtype = np.dtype(dtype)

    def apply(self, image: Any) -> np.ndarray:
        """The array, ``(C, H, W)`` of a picture."""
        values = ToArray().apply(image)
        full = images.top(values) if values.dtype.kind == "u" else 1.0
        return values.astype(self.dtype) / full


class ToPIL(ImageTransform):
    """An array ``(C, H, W)`` of 1, 3 or 4 channels as a picture.

    Floats go from 0 to 1. A picture stays as it is.
    """

    def apply(self, image: Any) -> Any:
        """The picture."""
        if images.is_picture(image):
            return image
        images.size_of(image)
        if image.ndim != 3 or len(image) not in (1, 3, 4):
            raise tell(ShapeError, "transform-channels", {"got": image})
        return images.picture(_bytes(image))


def _bytes(image: np.ndarray) -> np.ndarray:
    if image.dtype == np.uint8:
        return image
    if image.dtype.kind != "f":
        raise tell(DtypeError, "transform-no-bytes", {"got": image})
    if image.size and not (image.min() >= 0 and image.max() <= 1):
        ends = {"low": f"{image.min():.3g}", "high": f"{image.max():.3g}"}
        raise tell(ArgumentError, "transform-brightness", **ends)
    return np.rint(image * 255).astype(np.uint8)


class Normalize(ImageTransform):
    """``(image - mean) / std`` of an array of floats ``(C, ...)``, in its dtype.

    Args:
        mean: one number, or one for each channel.
        std: likewise.
    """

    def __init__(self, mean: Any = 0, std: Any = 1) -> None:
        self.mean = mean
        self.std = std
        if not np.all(np.asarray(std) > 0):
            raise tell(ArgumentError, "transform-std", got=f"{std!r:.80}")

    def apply(self, image: np.ndarray) -> np.ndarray:
        """The normalised array."""
        if getattr(image, "dtype", np.dtype(object)).kind not in "fc":
            raise tell(DtypeError, "transform-not-float", {"got": image})
        mean, std = (_channels(value, image) for value in (self.mean, self.std))
        return (image - mean) / std


def _channels(value: Any, image: np.ndarray) -> np.ndarray:
    """Numbers shaped to go with the first axis of an array, in its dtype."""
    values = np.asarray(value, image.dtype)
    if values.ndim == 0:
        return values
    if image.ndim == 0 or values.shape not in ((1,), image.shape[:1]):
        operands = {"values": values, "image": image}
        raise tell(ShapeError, "transform-per-channel", operands)
    return values.reshape(-1, *[1] * (image.ndim - 1))


class Flatten(ImageTransform):
    """An array as a copy with one axis."""

    def apply(self, image: np.ndarray) -> np.ndarray:
        """The values, ``(size,)``."""
        return image.flatten()


class AsType(ImageTransform):
    """An array in another dtype; values are not scaled.

    Args:
        dtype: a dtype, or what NumPy makes one of.
    """

    def __init__(self, dtype: Any = np.float32) -> None:
        self.dtype = np.dtype(dtype)

    def apply(self, image: Any) -> Any:
        """The converted array."""
        return np.asarray(image).astype(self.dtype)


class OneHot(Shown):
    """The number of a class as a row of zeros with a one, or many numbers as rows.

    It is a transform of labels: ``Fields(None, OneHot(10))``.

    Args:
        classes: how many there are.
        dtype: of the row.
    """

    def __init__(self, classes: int, dtype: Any = np.float32) -> None:
        self.classes = whole("classes", classes, least=1)
        self.dtype = np.dtype(dtype)

    def __call__(self, label: Any) -> np.ndarray:
        """The rows, ``(..., classes)`` for numbers of shape ``(...)``.

        Raises:
            TypeError: numbers that are not whole.
            IndexError: a number that is no class.
        """
        label = np.asarray(label)
        if label.dtype.kind not in "iu":
            raise tell(DtypeError, "transform-label-kind", {"got": label})
        if label.size and not (label.min() >= 0 and label.max() < self.classes):
            ends = {"low": label.min(), "high": label.max(), "classes": self.classes}
            raise tell(IndexingError, "transform-label", **ends)
        return (label[..., np.newaxis] == np.arange(self.classes)).astype(self.dtype)
