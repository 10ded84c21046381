"""Images in other sizes, and images looked up at any points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import floor, prod
from typing import Any

import numpy as np

from ..arrays import primitive
from ..core.graph import Variable, apply
from ..errors import ArgumentError, ShapeError, tell
from .checks import check_choice, check_flag
from .compare import clip, where
from .math import absolute
from .reduce import mean
from .register import rule
from .shape import astype, expand_dims, reshape, swapaxes, transpose
from .sliding import (
    SPATIAL,
    Shape,
    Sizes,
    check_images,
    is_whole,
    numbers,
    operand,
)

__all__ = [
    "affine_grid",
    "channel_shuffle",
    "grid_sample",
    "interpolate",
    "pixel_shuffle",
    "pixel_unshuffle",
]

Step = tuple[float, float]  # numerator and denominator

MODES = ("nearest", "nearest-exact", "linear", "cubic", "area")
PADDING_MODES = ("zeros", "border", "reflection")


def interpolate(
    x: Any,
    size: Sizes | None = None,
    scale: float | tuple[float, ...] | None = None,
    mode: str = "nearest",
    align_corners: bool = False,
) -> Variable:
    """Images in another size.

    A pixel is a square and its value that of its centre, so that the place ``i`` of a
    result is the place ``(i + 0.5) / scale - 0.5`` of the image.

    Args:
        x: images, ``(N, C, L)``, ``(N, C, H, W)`` or ``(N, C, D, H, W)``.
        size: of the result, one number or one for each spatial axis; or `scale`.
        scale: how many times larger the result is, likewise; ``floor(n * scale)``
            elements come out.
        mode: ``"nearest"``, the element at ``floor(i / scale)``;
            ``"nearest-exact"``, the one whose centre is nearest;
            ``"linear"`` between neighbours along every axis: bilinear for images;
            ``"cubic"``, by four neighbours along every axis (Keys 1981, a = -0.75);
            ``"area"``, the mean of what lies under a place, as `adaptive_avg_pool2d`.
            Beyond the edge the last elements go on.
        align_corners: for ``"linear"`` and ``"cubic"``, let the centres of the first
            and the last elements of both lie on each other.

    Returns:
        ``(N, C, *size)``; of integers the nearest stay integers, others are float64.

    Raises:
        ShapeError: `x` are no images, or have no elements.
        ArgumentError: neither size nor scale, or both; or another setting that cannot
            be.
    """
    x = operand("interpolate", x)
    rank = x.ndim - 2
    if rank not in SPATIAL or not prod(x.shape[2:]):
        raise tell(ShapeError, "interpolate-images", {"x": x})
    _check_mode(x, mode, align_corners)
    sizes, steps = _result(x, size, scale)
    if mode == "area":
        return area(x, sizes)
    for axis, settings in enumerate(zip(x.shape[2:], sizes, steps, strict=True), 2):
        x = _blended(x, _taps(mode, *settings, align_corners), axis)
    return x


def _check_mode(x: Variable, mode: Any, align_corners: bool) -> None:
    """Refuse what is no mode, and settings that it does not have."""
    if not isinstance(mode, str) or mode not in MODES:
        raise tell(
            ArgumentError,
            "interpolate-mode",
            {"x": x},
            modes=", ".join(MODES),
            got=mode,
        )
    check_flag("interpolate align_corners", align_corners)
    if align_corners and mode not in ("linear", "cubic"):
        raise tell(ArgumentError, "interpolate-corners", {"x": x}, got=mode)


def _result(x: Variable, size: Any, scale: Any) -> tuple[Shape, list[Step]]:
    """The sizes that come out, and the steps in the image from one place to the next.

    A step is a fraction, so that of a `size` no place is rounded to the one before.
    """
    image = x.shape[2:]
    if (size is None) == (scale is None):
        raise tell(ArgumentError, "interpolate-size", {"x": x}, size=size, scale=scale)
    if size is not None:
        sizes = numbers("interpolate size", size, len(image), 1)
        return sizes, list(zip(image, sizes, strict=True))
    scales = tuple(scale) if isinstance(scale, tuple | list) else (scale,) * len(image)
    fits = len(scales) == len(image) and all(map(_is_scale, scales, image))
    if not fits:
        raise tell(
            ArgumentError,
            "interpolate-scale",
            {"x": x},
            axes=SPATIAL[len(image)],
            got=scale,
        )
    sizes = tuple(floor(n * float(s)) for n, s in zip(image, scales, strict=True))
    return sizes, [(1, float(s)) for s in scales]


def _is_scale(scale: Any, n: int) -> bool:
    """Is it a finite number that leaves something of n elements?"""
    real = isinstance(scale, int | float | np.integer | np.floating)
    return real and not isinstance(scale, bool) and 1 <= n * float(scale) < np.inf


# -- weighted neighbours along one axis ------------------------------------------------


@dataclass(frozen=True, eq=False)
class Taps:
    """What the elements of a result are sums of, along one axis.

    Attributes:
        index: one row for each term: the places it is taken from.
        weights: likewise; None where all are 1.
        n: how many places there are.
        rounds: for each row pairs (places to add to, elements to add), where no place
            comes twice: the way back, without adding in a loop over elements.
    """

    index: tuple[np.ndarray, ...]
    weights: tuple[np.ndarray, ...] | None
    n: int
    rounds: tuple[tuple[tuple[np.ndarray, np.ndarray], ...], ...]


def _make_taps(index: np.ndarray, weights: np.ndarray | None, n: int) -> Taps:
    """From `index` and `weights`, ``(terms, out)``."""
    rows = None if weights is None else tuple(weights)
    return Taps(tuple(index), rows, n, tuple(map(_rounds, index)))


def _rounds(row: np.ndarray) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """The places in `row`, which rise, and where they stand, each once in a round."""
    turn = np.arange(len(row)) - np.searchsorted(row, row)
    rounds = (np.nonzero(turn == i)[0] for i in range(turn.max() + 1))
    return tuple((row[elements], elements) for elements in rounds)


@lru_cache(maxsize=256)
def _taps(mode: str, n: int, out: int, step: Step, align_corners: bool) -> Taps:
    """The neighbours of each of `out` places among n, and their weights."""
    places = np.arange(out)
    if mode.startswith("nearest"):
        half = 0.5 if mode == "nearest-exact" else 0
        index = np.floor((places + half) * step[0] / step[1]).astype(int)
        return _make_taps(np.clip(index, 0, n - 1)[None], None, n)
    if align_corners:
        place = places * ((n - 1) / max(out - 1, 1))
    else:
        place = (places + 0.5) * step[0] / step[1] - 0.5
    if mode == "linear":
        place = np.clip(place, 0, n - 1)
    low = np.floor(place).astype(int)
    offsets, weights = _KERNELS[mode](place - low)
    return _make_taps(np.clip(low + offsets, 0, n - 1), weights, n)


def _linear(t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The weights of both neighbours, at a distance t from the lower one."""
    return np.array([[0], [1]]), np.stack([1 - t, t])


def _cubic(t: np.ndarray, a: float = -0.75) -> tuple[np.ndarray, np.ndarray]:
    """The weights of four neighbours (Keys 1981), t from the second one."""

    def near(d: np.ndarray) -> np.ndarray:
        return ((a + 2) * d - (a + 3)) * d * d + 1

    def far(d: np.ndarray) -> np.ndarray:
        return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a

    weights = np.stack([far(1 + t), near(t), near(1 - t), far(2 - t)])
    return np.array([[-1], [0], [1], [2]]), weights


_KERNELS = {"linear": _linear, "cubic": _cubic}


def shares(n: int, out: int) -> np.ndarray:
    """The places of `out` windows that cover n elements, ``(longest, out)``.

    Window i goes from ``floor(i * n / out)`` to ``ceil((i + 1) * n / out)``, the end
    not included. One that is shorter than the longest repeats its last place.
    """
    i = np.arange(out)
    start, end = i * n // out, -(-(i + 1) * n // out)
    return np.minimum(start + np.arange((end - start).max())[:, None], end - 1)


@lru_cache(maxsize=256)
def _area_taps(n: int, out: int) -> Taps:
    """The means of `shares`; what is repeated there shares one weight."""
    index = shares(n, out)
    last = index == index[-1]
    length = len(index) - last.sum(axis=0) + 1
    return _make_taps(index, 1 / np.where(last, length * last.sum(axis=0), length), n)


def area(x: Variable, sizes: Shape) -> Variable:
    """The mean of each of so many windows, along all spatial axes."""
    for axis, (n, out) in enumerate(zip(x.shape[2:], sizes, strict=True), 2):
        if n % out:
            x = _blended(x, _area_taps(n, out), axis)
        else:
            parts = reshape(x, (*x.shape[:axis], out, n // out, *x.shape[axis + 1 :]))
            x = mean(parts, axis=axis + 1)
    return x


def _blended(x: Variable, taps: Taps, axis: int) -> Variable:
    """Sums of neighbours along an axis; real ones, if there are weights."""
    if taps.weights is not None and x.dtype.kind in "biu":
        x = astype(x, np.float64)
    return apply(_blend, (x, taps, axis))


@primitive
def _blend(x: Any, taps: Taps, axis: int) -> Any:
    """Sums of the elements at ``taps.index`` along an axis, times the weights."""
    rest = (slice(None),) * (x.ndim - axis - 1)
    if taps.weights is None:
        return x[(..., taps.index[0], *rest)]
    first, *others = zip(taps.index, _weights(x, taps, axis), strict=True)
    y = x[(..., first[0], *rest)] * first[1]
    for row, weight in others:
        y += x[(..., row, *rest)] * weight
    return y


@primitive
def _spread(y: Any, taps: Taps, axis: int) -> Any:
    """Add the elements of `y`, times the weights, to where they were taken from."""
    rest = (slice(None),) * (y.ndim - axis - 1)
    shape = *y.shape[:axis], taps.n, *y.shape[axis + 1 :]
    x = np.zeros(shape, y.dtype, like=y)
    for weight, rounds in zip(_weights(y, taps, axis), taps.rounds, strict=True):
        part = y * weight
        for places, elements in rounds:
            x[(..., places, *rest)] += part[(..., elements, *rest)]
    return x


def _weights(x: Any, taps: Taps, axis: int) -> Sequence[Any]:
    """The weights as arrays that go along an axis of `x`."""
    if taps.weights is None:
        return (1,)
    shape = -1, *(1,) * (x.ndim - axis - 1)
    rows = (weights.reshape(shape).astype(x.dtype) for weights in taps.weights)
    return [np.asarray(row, like=x) for row in rows]


rule(_blend, lambda g, y, x, taps, axis: _spread(g, taps, axis))
rule(_spread, lambda g, x, y, taps, axis: _blend(g, taps, axis))


# -- looking up at any points ----------------------------------------------------------


def grid_sample(
    x: Any,
    grid: Any,
    mode: str = "linear",
    padding_mode: str = "zeros",
    align_corners: bool = False,
) -> Variable:
    """The values of images at given points (Jaderberg et al. 2015).

    Args:
        x: images, ``(N, C, H, W)``, or with one or three spatial axes.
        grid: points, ``(N, OH, OW, 2)``: first across, then down (then deep: the
            spatial axes from the last to the first), from -1 at one edge of the image
            to 1 at the other.
        mode: ``"linear"`` between the neighbours along every axis, or ``"nearest"``,
            halves to the even place, through which no gradient reaches the grid.
        padding_mode: what there is beyond the edge: ``"zeros"``, ``"border"`` (the
            last elements go on) or ``"reflection"``.
        align_corners: -1 and 1 are the centres of the first and the last elements, not
            their outer edges.

    Returns:
        ``(N, C, OH, OW)``.

    Raises:
        ShapeError: the shapes do not fit.
        ArgumentError: another mode.
    """
    x, grid = operand("grid_sample", x), operand("grid_sample", grid)
    _check_grid(x, grid, mode, padding_mode, align_corners)
    image = x.shape[2:]
    corners = []
    for axis, n in enumerate(image):
        place = _place(grid[..., len(image) - 1 - axis], n, padding_mode, align_corners)
        corners.append(_neighbours(place, n, mode))
    return _looked_up(x, list(product(*corners)))


def _check_grid(
    x: Variable, grid: Variable, mode: Any, padding_mode: Any, align_corners: Any
) -> None:
    """Refuse what does not go together, and modes that there are not."""
    rank = x.ndim - 2
    if (
        rank not in SPATIAL
        or not prod(x.shape[2:])
        or grid.ndim != x.ndim
        or grid.shape[0] != x.shape[0]
        or grid.shape[-1] != rank
    ):
        raise tell(ShapeError, "grid-sample-shapes", {"x": x, "grid": grid})
    check_flag("grid_sample align_corners", align_corners)
    check_choice("grid_sample padding_mode", padding_mode, PADDING_MODES)
    if not isinstance(mode, str) or mode not in ("linear", "nearest"):
        raise tell(ArgumentError, "grid-sample-mode", {"x": x, "grid": grid}, got=mode)


def _place(u: Any, n: int, padding_mode: str, align_corners: bool) -> Any:
    """From -1 ... 1 to places among n elements; far from them the distance is lost."""
    place = (u + 1) * ((n - 1) / 2) if align_corners else (u + 1) * (n / 2) - 0.5
    if padding_mode == "zeros":
        return clip(place, -2, n + 1)
    if padding_mode == "reflection":
        low, length = (0, n - 1) if align_corners else (-0.5, n)
        there_and_back = absolute(place - low) % (2 * length or 1)
        place = low + length - absolute(length - there_and_back)
    return clip(place, 0, n - 1)


def _neighbours(place: Any, n: int, mode: str) -> list[tuple[Any, Any, Any]]:
    """Index, whether there is such a one, and weight of each neighbour of places."""
    low = np.rint(place.data) if mode == "nearest" else np.floor(place.data)
    t = place - low
    weights = [None] if mode == "nearest" else [1 - t, t]
    neighbours = []
    for i, weight in enumerate(weights):
        inside = (low + i >= 0) & (low + i <= n - 1)
        index = np.where(inside, low + i, 0).astype(np.intp)
        neighbours.append((index, inside, weight))
    return neighbours


def _looked_up(x: Variable, corners: Sequence[Any]) -> Variable:
    """The sum of the corners' elements times their weights; zeros beyond the edge."""
    n, channels, *image = x.shape
    flat = reshape(x, -1)
    y: Any = None
    for corner in corners:
        index: Any = 0
        inside: Any = True
        weight: Any = None
        for m, (i, there, w) in zip(image, corner, strict=True):
            index, inside = index * m + i, inside & there
            weight = w if weight is None else weight * w
        maps = np.arange(n * channels, like=x.data) * prod(image)
        lead = np.reshape(maps, (n, channels, *(1,) * len(image)))
        at = lead + index[:, None]
        value = reshape(flat[np.ravel(at)], at.shape)
        value = where(inside[:, None], value, 0)
        value = value if weight is None else value * expand_dims(weight, 1)
        y = value if y is None else y + value
    return y


def affine_grid(theta: Any, size: Shape, align_corners: bool = False) -> Variable:
    """The points of a grid, moved by an affine map, for `grid_sample`.

    Args:
        theta: maps, ``(N, 2, 3)``, or ``(N, 3, 4)`` for volumes: of a point (across,
            down, 1) of the result they make one (across, down) of the image.
        size: of the result of `grid_sample`, ``(N, C, H, W)`` or ``(N, C, D, H, W)``.
        align_corners: as for `grid_sample`.

    Returns:
        ``(N, H, W, 2)`` or ``(N, D, H, W, 3)``.

    Raises:
        ShapeError: `theta` are no such maps.
        ArgumentError: `size` is not one.
    """
    theta = operand("affine_grid", theta)
    check_flag("affine_grid align_corners", align_corners)
    sizes = tuple(size) if isinstance(size, tuple | list) else ()
    rank = len(sizes) - 2
    if rank not in SPATIAL or not all(is_whole(n, 1) for n in sizes):
        raise tell(ArgumentError, "affine-grid-size", {"theta": theta}, got=size)
    if theta.shape != (sizes[0], rank, rank + 1):
        expected = (sizes[0], rank, rank + 1)
        raise tell(
            ShapeError,
            "affine-grid-theta",
            {"theta": theta},
            size=sizes,
            expected=expected,
        )
    points = _points(sizes[2:], align_corners)
    points = points.astype(np.result_type(theta.dtype, np.float16), copy=False)
    moved = theta @ np.asarray(points, like=theta.data)
    return reshape(swapaxes(moved, 1, 2), (sizes[0], *sizes[2:], rank))


def _points(image: Shape, align_corners: bool) -> np.ndarray:
    """Where elements lie, ``(rank + 1, elements)``: across, down, ..., and a 1."""
    axes = []
    for n in image:
        edge = 1.0 if align_corners and n > 1 else (n - 1) / n if n > 1 else 0.0
        axes.append(np.linspace(-edge, edge, n))
    places = np.meshgrid(*axes, indexing="ij")
    rows = [place.ravel() for place in reversed(places)]
    return np.stack([*rows, np.ones(prod(image))])


# -- channels and places ---------------------------------------------------------------


def pixel_shuffle(x: Any, factor: int) -> Variable:
    """Lay channels side by side as pixels (Shi et al. 2016).

    Channel ``c * factor ** 2 + i * factor + j`` becomes row i and column j of the
    square that channel c has for each pixel.

    Args:
        x: ``(N, C * factor ** 2, H, W)``.
        factor: how many times higher and wider images become.

    Returns:
        ``(N, C, H * factor, W * factor)``.

    Raises:
        ShapeError: `x` are no images, or `factor ** 2` does not divide the channels.
        ArgumentError: a factor that cannot be.
    """
    x = operand("pixel_shuffle", x)
    _check_factor("pixel_shuffle factor", factor, x)
    check_images("pixel_shuffle", 2, x)
    n, channels, height, width = x.shape
    if channels % factor**2:
        raise tell(
            ShapeError,
            "pixel-shuffle-channels",
            {"x": x},
            factor=factor,
            needed=factor**2,
        )
    out = channels // factor**2
    parts = reshape(x, (n, out, factor, factor, height, width))
    parts = transpose(parts, (0, 1, 4, 2, 5, 3))
    return reshape(parts, (n, out, height * factor, width * factor))


def pixel_unshuffle(x: Any, factor: int) -> Variable:
    """Take the pixels of squares apart into channels: `pixel_shuffle`, backwards.

    Args:
        x: ``(N, C, H * factor, W * factor)``.
        factor: height and width of a square.

    Returns:
        ``(N, C * factor ** 2, H, W)``.

    Raises:
        ShapeError: `x` are no images, or the factor does not divide their sizes.
        ArgumentError: a factor that cannot be.
    """
    x = operand("pixel_unshuffle", x)
    _check_factor("pixel_unshuffle factor", factor, x)
    check_images("pixel_unshuffle", 2, x)
    n, channels, height, width = x.shape
    if height % factor or width % factor:
        raise tell(ShapeError, "pixel-unshuffle-sizes", {"x": x}, factor=factor)
    rows, columns = height // factor, width // factor
    parts = reshape(x, (n, channels, rows, factor, columns, factor))
    parts = transpose(parts, (0, 1, 3, 5, 2, 4))
    return reshape(parts, (n, channels * factor**2, rows, columns))


def channel_shuffle(x: Any, groups: int) -> Variable:
    """Deal the channels of each group out to all groups (Zhang et al. 2018).

    Args:
        x: ``(N, C, ...)``.
        groups: how many there are; a divisor of C.

    Returns:
        The same shape: channel ``i * (C / groups) + j`` comes to ``j * groups + i``.

    Raises:
        ShapeError: `x` has no channels, or the groups do not divide them.
        ArgumentError: a number of groups that cannot be.
    """
    x = operand("channel_shuffle", x)
    _check_factor("channel_shuffle groups", groups, x)
    if x.ndim < 2 or x.shape[1] % groups:
        raise tell(ShapeError, "channel-shuffle-groups", {"x": x}, groups=groups)
    parts = reshape(x, (x.shape[0], groups, x.shape[1] // groups, *x.shape[2:]))
    return reshape(swapaxes(parts, 1, 2), x.shape)


def _check_factor(name: str, factor: Any, x: Variable) -> None:
    if not is_whole(factor, 1):
        raise tell(ArgumentError, "shuffle-factor", {"x": x}, name=name, got=factor)
