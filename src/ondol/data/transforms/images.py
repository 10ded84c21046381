"""What can be done to an image, a PIL picture or an array ``(..., H, W)`` alike."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from ...arrays import is_array
from ...errors import ArgumentError, DtypeError, MissingLibraryError, tell
from ..checks import choice, whole

INTERPOLATIONS = ("nearest", "bilinear")  # their numbers in Pillow: 0 and 2
_PALETTES = ("P", "PA")
_OF_ARRAYS = ("1", "L", "LA", "RGB", "RGBA", "I", "I;16", "F")  # what Pillow makes


def pillow() -> Any:
    """Pillow's module `Image`."""
    try:
        from PIL import Image
    except ImportError:
        raise tell(MissingLibraryError, "transform-pillow") from None
    return Image


def is_picture(x: Any) -> bool:
    """Is `x` a picture of Pillow's?"""
    image = sys.modules.get("PIL.Image")  # nobody holds one without importing it
    return image is not None and isinstance(x, image.Image)


def size_of(image: Any) -> tuple[int, int]:
    """Height and width.

    Raises:
        TypeError: `image` is neither a picture nor an array with two axes.
    """
    if is_picture(image):
        return image.height, image.width
    if not is_array(image) or image.ndim < 2:
        raise tell(DtypeError, "transform-not-image", {"got": image})
    return image.shape[-2:]


def need_picture(name: str, image: Any) -> Any:
    """The image, which is a picture, as the transform `name` needs it."""
    if not is_picture(image):
        raise tell(DtypeError, "transform-not-picture", {"got": image}, name=name)
    return image


def pair(name: str, size: Any) -> tuple[int, int]:
    """Height and width of one number for both, or of the two."""
    both = (size, size) if np.ndim(size) == 0 else tuple(size)
    if len(both) != 2:
        raise tell(ArgumentError, "transform-size", name=name, got=f"{size!r:.80}")
    return whole(name, both[0], least=1), whole(name, both[1], least=1)


def interpolation(name: str) -> str:
    """A known way to compute values between pixels."""
    return choice("interpolation", name, INTERPOLATIONS)


# -- pictures as arrays ----------------------------------------------------------------


def pixels(picture: Any) -> np.ndarray:
    """The values of a picture, ``(C, H, W)``, in the dtype that they have there."""
    if picture.mode in _PALETTES:
        raise tell(ArgumentError, "transform-palette")
    return _channels_first(np.array(picture))


def _channels_first(values: np.ndarray) -> np.ndarray:
    return values[np.newaxis] if values.ndim == 2 else values.transpose(2, 0, 1)


def picture(values: np.ndarray) -> Any:
    """The picture with these values, ``(C, H, W)``."""
    last = np.ascontiguousarray(values.transpose(1, 2, 0))
    return pillow().fromarray(last[..., 0] if len(values) == 1 else last)


def through_array(image: Any, function: Callable[[np.ndarray], np.ndarray]) -> Any:
    """A function of arrays, applied to an image of either kind."""
    size_of(image)
    if not is_picture(image):
        return function(image)
    values = pixels(image)
    if image.mode not in _OF_ARRAYS:
        raise tell(ArgumentError, "transform-mode", mode=image.mode)
    return picture(function(values))


def in_floats(
    values: np.ndarray, function: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """A function of floats, applied to values of any dtype, which they keep.

    Integers are rounded, and cut off at the ends of what their dtype can hold; so are
    truth values.
    """
    if values.dtype.kind == "f":
        return function(values)
    result = function(values.astype(np.float32))
    if values.dtype.kind in "iu":
        ends = np.iinfo(values.dtype)
        result = np.clip(result, ends.min, ends.max)
    return np.rint(result).astype(values.dtype)


def top(values: np.ndarray) -> float:
    """What stands for full brightness: the greatest number of an integer, else 1.

    Raises:
        TypeError: integers with a sign, which mostly go to 255 and not to their end.
    """
    if values.dtype.kind == "i":
        raise tell(DtypeError, "transform-signed", {"got": values})
    return float(np.iinfo(values.dtype).max) if values.dtype.kind == "u" else 1.0


def colour(value: Any, values: np.ndarray) -> np.ndarray:
    """A number, or one for each channel, to be written into an array ``(..., H, W)``.

    Raises:
        ValueError: a number that the array cannot hold, or not as many as channels.
    """
    wanted = np.asarray(value)
    with np.errstate(invalid="ignore"):
        held = wanted.astype(values.dtype)
    channels = values.shape[-3] if values.ndim > 2 else 1
    if held.shape not in ((), (1,), (channels,)):
        raise tell(ArgumentError, "transform-fill-channels", got=value, n=channels)
    if values.dtype.kind != "f" and not np.array_equal(held, wanted):
        raise tell(ArgumentError, "transform-fill", got=value, dtype=values.dtype)
    return held.reshape(-1, 1, 1) if held.size > 1 else held.reshape(())


# -- geometry --------------------------------------------------------------------------


def flip(image: Any, axis: int) -> Any:
    """Mirrored: axis -1 left to right, axis -2 top to bottom."""
    size_of(image)
    if is_picture(image):
        return image.transpose(0 if axis == -1 else 1)
    return np.flip(image, axis)


def crop(image: Any, where: tuple[int, int, int, int]) -> Any:
    """The part at (top, left, height, width); it lies inside."""
    y, x, h, w = where
    size_of(image)
    if is_picture(image):
        return image.crop((x, y, x + w, y + h))
    return image[..., y : y + h, x : x + w]


def pad(
    image: Any, before: tuple[int, int], after: tuple[int, int], mode: str, fill: Any
) -> Any:
    """With more rows and columns around; modes are those of `numpy.pad`."""

    def around(values: np.ndarray) -> np.ndarray:
        sides = [(0, 0)] * (values.ndim - 2) + [*zip(before, after, strict=True)]
        if mode != "constant":
            return np.pad(values, sides, mode)  # type: ignore[call-overload]
        (top, left), (h, w) = before, values.shape[-2:]
        shape = (*values.shape[:-2], top + h + after[0], left + w + after[1])
        padded = np.empty_like(values, shape=shape)
        padded[...] = colour(fill, values)
        padded[..., top : top + h, left : left + w] = values
        return padded

    return through_array(image, around) if any(before + after) else image


def resize(image: Any, size: tuple[int, int], how: str) -> Any:
    """Another height and width.

    Bilinear takes the mean, weighted by a triangle that is as wide as the pixels of the
    result: an image made smaller is smoothed, as Pillow does it.
    """
    if size_of(image) == size:
        return image
    if is_picture(image):
        return image.resize(size[::-1], 2 * INTERPOLATIONS.index(how))
    if how == "nearest":
        rows, columns = map(_nearest, image.shape[-2:], size)
        return image[..., rows[:, np.newaxis], columns]
    down, across = map(_triangles, image.shape[-2:], size)
    return in_floats(image, lambda x: separable(x, down, across))


def _centres(n: int, size: int) -> np.ndarray:
    """Where the centres of `size` pixels lie on a line of `n` pixels."""
    return (np.arange(size) + 0.5) * (n / size)


def _nearest(n: int, size: int) -> np.ndarray:
    return _centres(n, size).astype(int)


def _triangles(n: int, size: int) -> np.ndarray:
    """What each of `n` pixels adds to each of `size` pixels, ``(size, n)``."""
    distances = np.arange(n) + 0.5 - _centres(n, size)[:, np.newaxis]
    weights = np.maximum(1 - np.abs(distances) / max(n / size, 1), 0)
    return weights / weights.sum(1, keepdims=True)


def separable(x: np.ndarray, down: np.ndarray, across: np.ndarray) -> np.ndarray:
    """A matrix for the rows and one for the columns of each channel, in x's dtype.

    Without BLAS, whose sums depend on how many threads it has: workers have one.
    """
    floats = x.astype(np.result_type(x, np.float32), copy=False)
    turned = _weighted_rows(np.swapaxes(floats, -1, -2), across)
    return _weighted_rows(np.swapaxes(turned, -1, -2), down).astype(x.dtype)


def _weighted_rows(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """``weights @ x`` for weights that are 0 but for a few neighbours in each row."""
    some = weights > 0
    width = some.sum(1).max()
    first = np.minimum(some.argmax(1), weights.shape[1] - width)
    x, every = np.ascontiguousarray(x), np.arange(len(weights))
    result = np.zeros((*x.shape[:-2], len(weights), x.shape[-1]), x.dtype)
    part = np.empty_like(result)
    for rows in first + np.arange(width)[:, np.newaxis]:
        np.take(x, rows, -2, part, "clip")
        part *= weights[every, rows, np.newaxis].astype(x.dtype)
        result += part
    return result


def affine(image: Any, matrix: np.ndarray, how: str, fill: Any) -> Any:
    """Each pixel from where the matrix says that it was.

    Args:
        image: a picture, or an array ``(..., H, W)``.
        matrix: ``(2, 3)``, from ``(x, y, 1)`` in the result to ``(x, y)`` in the image;
            pixel i reaches from i to i + 1.
        how: "nearest" or "bilinear".
        fill: the value of pixels that were outside, or one for each channel.
    """
    height, width = size_of(image)
    if is_picture(image):
        number = 2 * INTERPOLATIONS.index(how)
        corner = _channels_first(np.array(image.crop((0, 0, 1, 1))))
        fills = np.broadcast_to(colour(fill, corner), corner.shape).ravel().tolist()
        return image.transform(
            (width, height),
            0,
            matrix.ravel(),
            number,
            fillcolor=fills[0] if len(fills) == 1 else tuple(fills),
        )
    x, y = np.arange(width) + 0.5, np.arange(height)[:, np.newaxis] + 0.5
    x, y = (a * x + b * y + c for a, b, c in matrix)
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    if how == "nearest":
        found = image[..., _within(y, height), _within(x, width)]
    else:
        found = in_floats(
            image, lambda values: _between_pixels(values, y - 0.5, x - 0.5)
        )
    return np.where(inside, found, colour(fill, image))


def _within(places: np.ndarray, n: int) -> np.ndarray:
    """The pixels at these places, or the nearest ones inside."""
    return np.clip(np.floor(places).astype(int), 0, n - 1)


def _between_pixels(image: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The values at places between the centres of pixels."""
    height, width = image.shape[-2:]
    dy, dx = ((v - np.floor(v)).astype(image.dtype) for v in (y, x))
    upper, lower = (
        image[..., row, _within(x, width)] * (1 - dx)
        + image[..., row, _within(x + 1, width)] * dx
        for row in (_within(y, height), _within(y + 1, height))
    )
    return upper * (1 - dy) + lower * dy
