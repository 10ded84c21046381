"""How windows go over images: what convolution, pooling and folding have in common."""

from __future__ import annotations

from functools import lru_cache
from operator import index
from typing import Any, NamedTuple

from ..core.graph import Variable, as_operand, lift
from ..errors import ArgumentError, DtypeError, ShapeError, tell

Sizes = int | tuple[int, ...]  # one whole number for all spatial axes, or one for each
Pads = str | int | tuple[int | tuple[int, int], ...]
Shape = tuple[int, ...]

SPATIAL = {1: "L", 2: "H, W", 3: "D, H, W"}


class Slide(NamedTuple):
    """How a window goes over an image: whole numbers for each spatial axis."""

    size: Shape
    stride: Shape
    pad: tuple[tuple[int, int], ...]  # before and behind
    dilation: Shape

    @property
    def span(self) -> Shape:
        """From the first element of a window to the last."""
        axes = zip(self.size, self.dilation, strict=True)
        return tuple((k - 1) * d + 1 for k, d in axes)

    def padded(self, image: Shape) -> Shape:
        """The sizes of an image with its padding."""
        return tuple(n + a + b for n, (a, b) in zip(image, self.pad, strict=True))

    def inside(self, image: Shape) -> tuple[Any, ...]:
        """Where an image lies in its padding."""
        starts = zip(image, self.pad, strict=True)
        return (..., *(slice(a, a + n) for n, (a, _) in starts))

    @lru_cache(maxsize=256)  # noqa: B019 (it keeps a few numbers alive, no more)
    def positions(self, image: Shape) -> Shape:
        """How many places there are for a window, along each axis."""
        axes = zip(self.padded(image), self.span, self.stride, strict=True)
        return tuple((n - span) // s + 1 for n, span, s in axes)


def make_slide(
    name: str, size: Any, stride: Any, pad: Any, dilation: Any, image: Shape
) -> Slide:
    """The settings of a call as numbers for each axis of an `image`.

    Raises:
        ArgumentError: one of them cannot be.
    """
    rank = len(image)
    slide = Slide(
        numbers(f"{name} size", size, rank, 1),
        numbers(f"{name} stride", stride, rank, 1),
        ((0, 0),) * rank,
        numbers(f"{name} dilation", dilation, rank, 1),
    )
    if isinstance(pad, str) and pad == "same":
        return slide._replace(pad=_same(slide, image))
    no_pad = isinstance(pad, str) and pad == "valid"
    return slide if no_pad else slide._replace(pad=_sides(name, pad, rank))


def numbers(name: str, value: Any, rank: int, low: int) -> Shape:
    """One whole number for all axes, or one for each, written out."""
    if type(value) is int and value >= low:
        return (value,) * rank
    parts = tuple(value) if isinstance(value, tuple | list) else (value,) * rank
    if len(parts) != rank or not all(is_whole(part, low) for part in parts):
        raise tell(
            ArgumentError,
            "slide-numbers",
            name=name,
            low=low,
            axes=SPATIAL.get(rank, rank),
            got=value,
        )
    return tuple(map(index, parts))


def is_whole(value: Any, low: int) -> bool:
    """Is it a whole number of `low` or more?"""
    try:
        return not isinstance(value, bool) and index(value) >= low
    except TypeError:
        return False


def _sides(name: str, pad: Any, rank: int) -> tuple[tuple[int, int], ...]:
    """Padding before and behind, for each axis."""
    if type(pad) is int and pad >= 0:
        return ((pad, pad),) * rank
    parts = tuple(pad) if isinstance(pad, tuple | list) else (pad,) * rank
    pairs = [tuple(p) if isinstance(p, tuple | list) else (p, p) for p in parts]
    whole = all(len(pair) == 2 and all(is_whole(n, 0) for n in pair) for pair in pairs)
    if len(pairs) != rank or not whole:
        raise tell(
            ArgumentError, "slide-pad", name=name, axes=SPATIAL.get(rank, rank), got=pad
        )
    return tuple((index(before), index(behind)) for before, behind in pairs)


def _same(slide: Slide, image: Shape) -> tuple[tuple[int, int], ...]:
    """The padding that makes ``ceil(n / stride)`` places; the odd one goes behind."""
    pairs = []
    for n, span, s in zip(image, slide.span, slide.stride, strict=True):
        total = max((-(-n // s) - 1) * s + span - n, 0)
        pairs.append((total // 2, total - total // 2))
    return tuple(pairs)


def operand(name: str, x: Any) -> Variable:
    """An operand as a Variable; refused in the words of the function if it cannot be.

    Raises:
        DtypeError: it does not hold numbers.
    """
    x = as_operand(x)
    if x.dtype.kind not in "biufc":
        raise tell(DtypeError, "images-dtype", name=name, dtype=x.dtype)
    return lift(x)


def check_images(name: str, rank: int, *args: Any) -> None:
    """Refuse what does not have the axes of images: batch, channels, spatial ones."""
    if args[0].ndim == rank + 2:
        return
    axes = f"(N, C, {SPATIAL[rank]})"
    fields = {"axes": axes, "got": args[0].shape}
    raise tell(ShapeError, "images-axes", args, name=name, **fields)


def check_fit(name: str, slide: Slide, image: Shape, *args: Any) -> None:
    """Refuse windows that are larger than the padded image."""
    if min(slide.positions(image)) < 1:
        raise tell(ShapeError, "window-fit", args, name=name, image=image, slide=slide)
