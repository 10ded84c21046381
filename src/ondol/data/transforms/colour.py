"""Transforms that change values: colours, noise, blur, blots.

Full brightness is 255 in a picture and in an array uint8, and 1 in an array of floats;
of integers with a sign nobody knows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import ArgumentError, ShapeError, tell
from ..checks import between, choice, whole
from . import images
from .base import ImageTransform, RandomImageTransform
from .geometry import random_box, span

Generator = np.random.Generator
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # of red, green, blue: ITU-R BT.601


class Convert(ImageTransform):
    """A picture in another mode.

    Args:
        mode: one of Pillow's, such as ``"RGB"`` or ``"L"``.
    """

    def __init__(self, mode: str = "RGB") -> None:
        self.mode = mode

    def apply(self, image: Any) -> Any:
        """The converted picture."""
        return images.need_picture("Convert", image).convert(self.mode)


class Grayscale(ImageTransform):
    """An image without its colours.

    Args:
        channels: 1, or 3 equal ones for a network that wants so many.
    """

    def __init__(self, channels: int = 1) -> None:
        self.channels = choice("channels", channels, (1, 3))

    def apply(self, image: Any) -> Any:
        """The gray image."""
        return images.through_array(image, self._gray)

    def _gray(self, values: np.ndarray) -> np.ndarray:
        gray = images.in_floats(_coloured(values), _gray)
        return np.repeat(gray, self.channels, axis=0)


class ColorJitter(RandomImageTransform):
    """An image ``(3, H, W)`` with other brightness, contrast, saturation and hue.

    They are changed in this order. Gray images ``(1, H, W)`` take the first two.

    Args:
        brightness: a factor from 1 - this to 1 + this is drawn, not below 0.
        contrast: likewise; 0 would leave the mean brightness alone.
        saturation: likewise; 0 would leave no colours.
        hue: the colours are turned by up to this share of the colour circle.
    """

    def __init__(
        self,
        brightness: float = 0,
        contrast: float = 0,
        saturation: float = 0,
        hue: float = 0,
    ) -> None:
        self.brightness = between("brightness", brightness, 0, 10)
        self.contrast = between("contrast", contrast, 0, 10)
        self.saturation = between("saturation", saturation, 0, 10)
        self.hue = between("hue", hue, 0, 0.5)

    def apply(self, image: Any, rng: Generator) -> Any:
        """The image in other colours."""
        spread = self.brightness, self.contrast, self.saturation, self.hue
        drawn = rng.uniform(-1, 1, 4) * spread
        return images.through_array(image, lambda values: self._jitter(values, drawn))

    def _jitter(self, values: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        if self.saturation or self.hue:
            _coloured(values)
        full = images.top(values)
        _check_bright(values, full)

        def change(x: np.ndarray) -> np.ndarray:
            return jitter(x / full, *drawn.astype(x.dtype)) * full

        return images.in_floats(values, change)


def jitter(
    x: np.ndarray, brightness: Any, contrast: Any, saturation: Any, hue: Any
) -> np.ndarray:
    """Values from 0 to 1, changed by so much; 0 changes nothing."""
    x = np.clip(x * max(1 + brightness, 0), 0, 1)
    gray = _gray(x) if len(x) == 3 else x
    x = _blend(x, gray.mean(), contrast)
    if saturation:
        x = _blend(x, _gray(x), saturation)
    return turn_hue(x, hue) if hue else x


def _blend(x: np.ndarray, other: Any, change: Any) -> np.ndarray:
    factor = max(1 + change, 0)
    return np.clip(other + (x - other) * factor, 0, 1)


def turn_hue(rgb: np.ndarray, turn: float) -> np.ndarray:
    """Colours ``(3, H, W)`` turned by a share of the colour circle.

    Value and saturation of HSV stay. A channel of the result is a piecewise linear
    function of the hue (A. R. Smith, "Color gamut transform pairs", 1978).
    """
    value = rgb.max(0)
    chroma = value - rgb.min(0)
    red, green, blue = rgb
    some = np.where(chroma == 0, 1, chroma)
    sector = np.where(
        value == red,
        (green - blue) / some % 6,
        np.where(value == green, (blue - red) / some + 2, (red - green) / some + 4),
    )
    offset = np.array([5, 3, 1], rgb.dtype).reshape(3, 1, 1)
    k = (offset + sector + 6 * turn) % 6
    return value - chroma * np.clip(np.minimum(k, 4 - k), 0, 1)


class GaussianNoise(RandomImageTransform):
    """An image with normal noise added to each value.

    Args:
        std: its standard deviation, as a share of full brightness. Floats may leave
            the range from 0 to 1.
    """

    def __init__(self, std: float = 0.1) -> None:
        self.std = between("std", std, 0, np.inf)

    def apply(self, image: Any, rng: Generator) -> Any:
        """The noisy image."""
        return images.through_array(image, lambda values: self._noisy(values, rng))

    def _noisy(self, values: np.ndarray, rng: Generator) -> np.ndarray:
        noise = rng.standard_normal(values.shape, np.float32)
        scale = np.float32(self.std * images.top(values))
        return images.in_floats(values, lambda x: (x + noise * scale).astype(x.dtype))


class GaussianBlur(RandomImageTransform):
    """An image out of focus: each pixel a mean weighted by a normal distribution.

    Args:
        sigma: the least and the greatest standard deviation, in pixels.
    """

    def __init__(self, sigma: tuple[float, float] = (0.1, 2.0)) -> None:
        self.sigma = span("sigma", sigma, 1e-3, 1e3)

    def apply(self, image: Any, rng: Generator) -> Any:
        """The blurred image."""
        sigma = rng.uniform(*self.sigma)
        down, across = (_bells(n, sigma) for n in images.size_of(image))

        def blur(x: np.ndarray) -> np.ndarray:
            return images.separable(x, down, across)

        return images.through_array(
            image, lambda values: images.in_floats(values, blur)
        )


def _bells(n: int, sigma: float) -> np.ndarray:
    """The weights of `n` pixels in each of them, ``(n, n)``."""
    places = np.arange(n)
    weights = np.exp(-(((places - places[:, np.newaxis]) / sigma) ** 2) / 2)
    weights[weights < 1e-9] = 0  # far below what float32 can tell
    return weights / weights.sum(1, keepdims=True)


class RandomErasing(RandomImageTransform):
    """An image with a rectangle wiped out by chance (Zhong et al. 2017).

    Args:
        p: the probability.
        scale: the least and the greatest share of the area.
        ratio: the least and the greatest width in relation to the height.
        value: what is written there: a number, or one for each channel.
    """

    def __init__(
        self,
        p: float = 0.5,
        scale: tuple[float, float] = (0.02, 0.33),
        ratio: tuple[float, float] = (0.3, 3.3),
        value: Any = 0,
    ) -> None:
        self.p = between("p", p, 0, 1)
        self.scale = span("scale", scale, 0, 1)
        self.ratio = span("ratio", ratio, 1e-3, 1e3)
        self.value = value

    def apply(self, image: Any, rng: Generator) -> Any:
        """The image, with or without a blot."""
        if rng.random() >= self.p:
            return image
        where = random_box(images.size_of(image), self.scale, self.ratio, rng)
        return _wiped(image, where, self.value)


class Cutout(RandomImageTransform):
    """An image with a square wiped out (DeVries and Taylor 2017).

    Its centre may be any pixel, so that it reaches beyond the edges at times.

    Args:
        size: of the square, in pixels.
        value: what is written there: a number, or one for each channel.
    """

    def __init__(self, size: int, value: Any = 0) -> None:
        self.size = whole("size", size, least=1)
        self.value = value

    def apply(self, image: Any, rng: Generator) -> Any:
        """The image with a blot."""
        size = np.array(images.size_of(image))
        start = rng.integers(size) - self.size // 2
        (top, left), (bottom, right) = np.clip([start, start + self.size], 0, size)
        return _wiped(image, (top, left, bottom - top, right - left), self.value)


def _wiped(image: Any, where: tuple[int, int, int, int], value: Any) -> Any:
    """A copy of an image with `value` in the rectangle (top, left, height, width)."""
    y, x, h, w = where

    def wipe(values: np.ndarray) -> np.ndarray:
        wiped = values.copy()
        wiped[..., y : y + h, x : x + w] = images.colour(value, values)
        return wiped

    return images.through_array(image, wipe)


def _gray(x: np.ndarray) -> np.ndarray:
    """The brightness of colours ``(3, H, W)``, ``(1, H, W)``."""
    return (_LUMA.astype(x.dtype).reshape(3, 1, 1) * x).sum(0, keepdims=True)


def _coloured(values: np.ndarray) -> np.ndarray:
    if values.ndim != 3 or len(values) != 3:
        raise tell(ShapeError, "transform-colours", {"got": values})
    return values


def _check_bright(values: np.ndarray, full: float) -> None:
    if values.dtype.kind == "f" and values.size:
        low, high = values.min(), values.max()
        if not (low >= -1e-3 and high <= full * 1.001):
            ends = {"low": f"{low:.3g}", "high": f"{high:.3g}"}
            raise tell(ArgumentError, "transform-brightness", **ends)
