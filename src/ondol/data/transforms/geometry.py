"""Transforms that move pixels: crops, flips, sizes, rotations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...errors import ArgumentError, tell
from ..checks import between, choice, whole
from . import images
from .base import ImageTransform, RandomImageTransform

Generator = np.random.Generator
_BORDERS = ("constant", "edge", "reflect", "symmetric")


class Resize(ImageTransform):
    """An image in another size.

    Args:
        size: height and width, or one number for both.
        shorter: `size`, one number, is that of the shorter side; the other one keeps
            the proportions.
        interpolation: "bilinear", smoothed where an image gets smaller; or "nearest",
            which makes no new values, for masks of classes.
    """

    def __init__(
        self, size: Any, shorter: bool = False, interpolation: str = "bilinear"
    ) -> None:
        self.size = whole("size", size, 1) if shorter else images.pair("size", size)
        self.shorter = shorter
        self.interpolation = images.interpolation(interpolation)

    def apply(self, image: Any) -> Any:
        """The resized image."""
        size = self.size
        if isinstance(size, int):
            height, width = images.size_of(image)
            scale = size / min(height, width)
            size = (max(size, round(height * scale)), max(size, round(width * scale)))
        return images.resize(image, size, self.interpolation)


class CenterCrop(ImageTransform):
    """The middle of an image; where it is too small, `fill` around it.

    Args:
        size: height and width, or one number for both.
        fill: the value beyond the edges, or one for each channel.
    """

    def __init__(self, size: Any, fill: Any = 0) -> None:
        self.size = images.pair("size", size)
        self.fill = fill

    def apply(self, image: Any) -> Any:
        """The cropped image."""
        image = _at_least(image, self.size, self.fill)
        height, width = images.size_of(image)
        h, w = self.size
        return images.crop(image, ((height - h) // 2, (width - w) // 2, h, w))


class RandomCrop(RandomImageTransform):
    """A part of an image, anywhere in it.

    Args:
        size: height and width, or one number for both.
        padding: rows and columns that are added on each side before.
        mode: what they hold: "constant", `fill`; "edge"; "reflect"; "symmetric".
        fill: the value beyond the edges, or one for each channel.
    """

    def __init__(
        self, size: Any, padding: int = 0, mode: str = "constant", fill: Any = 0
    ) -> None:
        self.size = images.pair("size", size)
        self.padding = whole("padding", padding)
        self.mode = choice("mode", mode, _BORDERS)
        self.fill = fill

    def apply(self, image: Any, rng: Generator) -> Any:
        """The cropped image."""
        sides = (self.padding, self.padding)
        image = images.pad(image, sides, sides, self.mode, self.fill)
        image = _at_least(image, self.size, self.fill)
        (height, width), (h, w) = images.size_of(image), self.size
        top, left = rng.integers((height - h + 1, width - w + 1)).tolist()
        return images.crop(image, (top, left, h, w))


def _at_least(image: Any, size: tuple[int, int], fill: Any) -> Any:
    """The image in the middle of one that is large enough to be cropped."""
    height, width = images.size_of(image)
    more = max(size[0] - height, 0), max(size[1] - width, 0)
    before = more[0] // 2, more[1] // 2
    after = more[0] - before[0], more[1] - before[1]
    return images.pad(image, before, after, "constant", fill)


class RandomResizedCrop(RandomImageTransform):
    """A part of an image of random size and proportions, resized (Szegedy et al. 2015).

    Args:
        size: height and width of the result, or one number for both.
        scale: the least and the greatest share of the area that the part has.
        ratio: the least and the greatest width in relation to the height.
        interpolation: "bilinear" or "nearest".
    """

    def __init__(
        self,
        size: Any,
        scale: tuple[float, float] = (0.08, 1.0),
        ratio: tuple[float, float] = (3 / 4, 4 / 3),
        interpolation: str = "bilinear",
    ) -> None:
        self.size = images.pair("size", size)
        self.scale = span("scale", scale, 0, 1)
        self.ratio = span("ratio", ratio, 1e-3, 1e3)
        self.interpolation = images.interpolation(interpolation)

    def apply(self, image: Any, rng: Generator) -> Any:
        """The part that was drawn, resized."""
        where = random_box(images.size_of(image), self.scale, self.ratio, rng)
        return images.resize(images.crop(image, where), self.size, self.interpolation)


def random_box(
    size: tuple[int, int],
    scale: tuple[float, float],
    ratio: tuple[float, float],
    rng: Generator,
) -> tuple[int, int, int, int]:
    """A part (top, left, height, width) of random area and proportions.

    It draws four numbers, whatever comes out; a side that would be longer than the
    image is cut off there.
    """
    height, width = size
    area = rng.uniform(*scale) * height * width
    relation = math.exp(rng.uniform(*np.log(ratio)))
    h = min(max(round(math.sqrt(area / relation)), 1), height)
    w = min(max(round(math.sqrt(area * relation)), 1), width)
    down, right = rng.random(2)
    return int(down * (height - h + 1)), int(right * (width - w + 1)), h, w


class RandomHorizontalFlip(RandomImageTransform):
    """An image turned left to right by chance (book step 51).

    Args:
        p: the probability.
    """

    axis = -1

    def __init__(self, p: float = 0.5) -> None:
        self.p = between("p", p, 0, 1)

    def apply(self, image: Any, rng: Generator) -> Any:
        """The image, or its mirror image."""
        return images.flip(image, self.axis) if rng.random() < self.p else image


class RandomVerticalFlip(RandomHorizontalFlip):
    """An image turned upside down by chance, as a mirror does.

    Args:
        p: the probability.
    """

    axis = -2


class RandomAffine(RandomImageTransform):
    """An image turned, moved, scaled and sheared, about its centre.

    Args:
        degrees: turned by an angle up to this, to either side.
        translate: moved by up to these shares of the height and the width.
        scale: the least and the greatest factor.
        shear: sheared along the rows by an angle up to this, in degrees.
        interpolation: "bilinear" or "nearest".
        fill: the value of pixels that come from outside, or one for each channel.
    """

    def __init__(
        self,
        degrees: float = 0,
        translate: tuple[float, float] = (0, 0),
        scale: tuple[float, float] = (1, 1),
        shear: float = 0,
        interpolation: str = "bilinear",
        fill: Any = 0,
    ) -> None:
        self.degrees = between("degrees", degrees, 0, 180)
        down, right = translate
        self.translate = (
            between("translate", down, 0, 1),
            between("translate", right, 0, 1),
        )
        self.scale = span("scale", scale, 1e-3, 1e3)
        self.shear = between("shear", shear, 0, 89)
        self.interpolation = images.interpolation(interpolation)
        self.fill = fill

    def apply(self, image: Any, rng: Generator) -> Any:
        """The moved image."""
        height, width = images.size_of(image)
        angle, shear = rng.uniform(-1, 1, 2) * np.radians((self.degrees, self.shear))
        down, right = rng.uniform(-1, 1, 2) * self.translate * np.array([height, width])
        scale = rng.uniform(*self.scale)
        move = _moved(right + width / 2, down + height / 2)
        turn = move @ _turned(angle, shear, scale) @ _moved(-width / 2, -height / 2)
        return images.affine(
            image, np.linalg.inv(turn)[:2], self.interpolation, self.fill
        )


class RandomRotation(RandomAffine):
    """An image turned about its centre.

    Args:
        degrees: by an angle up to this, to either side.
        interpolation: "bilinear" or "nearest".
        fill: the value of pixels that come from outside, or one for each channel.
    """

    def __init__(
        self, degrees: float, interpolation: str = "bilinear", fill: Any = 0
    ) -> None:
        super().__init__(degrees, interpolation=interpolation, fill=fill)

    def __repr__(self) -> str:
        how = f"interpolation={self.interpolation!r}, fill={self.fill!r}"
        return f"RandomRotation(degrees={self.degrees!r}, {how})"


def _moved(x: float, y: float) -> np.ndarray:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]])


def _turned(angle: float, shear: float, scale: float) -> np.ndarray:
    """Sheared, scaled, and turned to the left; y points down."""
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    turn = np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
    return turn @ [[1, math.tan(shear), 0], [0, 1, 0], [0, 0, 1]]


def span(name: str, ends: Any, low: float, high: float) -> tuple[float, float]:
    """The least and the greatest of something, in this order."""
    if np.shape(ends) != (2,) or not ends[0] <= ends[1]:
        raise tell(ArgumentError, "transform-span", name=name, got=f"{ends!r:.80}")
    return between(name, ends[0], low, high), between(name, ends[1], low, high)
