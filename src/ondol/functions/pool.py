"""Pooling: one number for each window of an image (book step 57)."""

from __future__ import annotations

from functools import reduce
from itertools import product
from math import prod
from typing import Any

import numpy as np

from .. import primitives
from ..core.graph import Variable, data_of
from ..errors import ArgumentError, DtypeError, ShapeError, tell
from ..hot import hot
from .checks import check_flag
from .compare import where
from .indexing import take_along_axis
from .math import absolute
from .reduce import mean
from .reduce import sum as total
from .register import differentiable
from .resample import area, shares
from .shape import reshape
from .sliding import (
    Pads,
    Shape,
    Sizes,
    Slide,
    check_fit,
    check_images,
    make_slide,
    numbers,
    operand,
)

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "adaptive_max_pool3d",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "global_avg_pool",
    "global_max_pool",
    "lp_pool1d",
    "lp_pool2d",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
]

# Windows of up to so many elements are gone through element by element; larger ones
# axis by axis, in as many passes as the sum of their sides, not their product.
_FEW = 9


def max_pool1d(
    x: Any,
    size: Sizes,
    stride: Sizes | None = None,
    pad: Pads = 0,
    ceil_mode: bool = False,
    dilation: Sizes = 1,
) -> Variable:
    """The largest element of each window of sequences; all as for `max_pool2d`.

    Args:
        x: ``(N, C, L)``.
        size: of a window.
        stride: step between windows; the size if it is None.
        pad: places added at each side.
        ceil_mode: add windows that hang over the edge.
        dilation: step between the elements of a window.

    Returns:
        ``(N, C, OL)``.
    """
    settings = size, stride, pad, ceil_mode, dilation
    return _max_pool("max_pool1d", 1, x, *settings)


def max_pool2d(
    x: Any,
    size: Sizes,
    stride: Sizes | None = None,
    pad: Pads = 0,
    ceil_mode: bool = False,
    dilation: Sizes = 1,
) -> Variable:
    """The largest element of each window; the first of equals gets the gradient.

    The first in the order of memory: the highest row, and the leftmost there. A NaN
    wins its window, the first of several; padding never does, not even against
    ``-inf``.

    Args:
        x: images, ``(N, C, H, W)``, of any real dtype.
        size: height and width of a window.
        stride: step between windows; the size if it is None.
        pad: places added at each side, given as for `conv2d`.
        ceil_mode: where the stride leaves elements out, add a window that hangs over
            the edge; not one that would begin in the padding behind the image.
        dilation: step between the elements of a window.

    Returns:
        ``(N, C, OH, OW)``, where
        ``OH = (H + 2 * pad - dilation * (KH - 1) - 1) // stride + 1``, or one more in
        ceil mode.

    Raises:
        ShapeError: a window is larger than the padded image.
        ArgumentError: a setting that cannot be, or windows of nothing but padding.
    """
    settings = size, stride, pad, ceil_mode, dilation
    return _max_pool("max_pool2d", 2, x, *settings)


def max_pool3d(
    x: Any,
    size: Sizes,
    stride: Sizes | None = None,
    pad: Pads = 0,
    ceil_mode: bool = False,
    dilation: Sizes = 1,
) -> Variable:
    """The largest element of each window of volumes; all as for `max_pool2d`.

    Args:
        x: ``(N, C, D, H, W)``.
        size: of a window.
        stride: step between windows; the size if it is None.
        pad: places added at each side.
        ceil_mode: add windows that hang over the edge.
        dilation: step between the elements of a window.

    Returns:
        ``(N, C, OD, OH, OW)``.
    """
    settings = size, stride, pad, ceil_mode, dilation
    return _max_pool("max_pool3d", 3, x, *settings)


def avg_pool1d(
    x: Any,
    size: Sizes,
    stride: Sizes | None = None,
    pad: Pads = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Variable:
    """The mean of each window of sequences; all as for `avg_pool2d`.

    Args:
        x: ``(N, C, L)``.
        size: of a window.
        stride: step between windows; the size if it is None.
        pad: places added at each side.
        ceil_mode: add windows that hang over the edge.
        count_include_pad: count the zeros of the padding as elements.

    Returns:
        ``(N, C, OL)``.
    """
    settings = size, stride, pad, ceil_mode, count_include_pad
    return _avg_pool("avg_pool1d", 1, x, *settings)


def avg_pool2d(
    x: Any,
    size: Sizes,
    stride: Sizes | None = None,
    pad: Pads = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Variable:
    """The mean of each window.

    Args:
        x: images, ``(N, C, H, W)``.
        size: height and width of a window.
        stride: step between windows; the size if it is None.
        pad: zeros added at each side, given as for `conv2d`.
        ceil_mode: where the stride leaves elements out, add a window that hangs over
            the edge, see `max_pool2d`; what hangs over does not count.
        count_include_pad: count the zeros of the padding as elements; if not, the mean
            is over what is in the image.

    Returns:
        ``(N, C, OH, OW)``, as of `max_pool2d`.

    Raises:
        ShapeError: a window is larger than the padded image.
        ArgumentError: a setting that cannot be, or windows of nothing but padding.
    """
    settings = size, stride, pad, ceil_mode, count_include_pad
    return _avg_pool("avg_pool2d", 2, x, *settings)


def avg_pool3d(
    x: Any,
    size: Sizes,
    stride: Sizes | None = None,
    pad: Pads = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Variable:
    """The mean of each window of volumes; all as for `avg_pool2d`.

    Args:
        x: ``(N, C, D, H, W)``.
        size: of a window.
        stride: step between windows; the size if it is None.
        pad: places added at each side.
        ceil_mode: add windows that hang over the edge.
        count_include_pad: count the zeros of the padding as elements.

    Returns:
        ``(N, C, OD, OH, OW)``.
    """
    settings = size, stride, pad, ceil_mode, count_include_pad
    return _avg_pool("avg_pool3d", 3, x, *settings)


def lp_pool1d(
    x: Any,
    size: Sizes,
    stride: Sizes | None = None,
    pad: Pads = 0,
    ceil_mode: bool = False,
    p: float = 2,
) -> Variable:
    """The norm of each window of sequences; all as for `lp_pool2d`.

    Args:
        x: ``(N, C, L)``.
        size: of a window.
        stride: step between windows; the size if it is None.
        pad: places added at each side.
        ceil_mode: add windows that hang over the edge.
        p: of the norm, 1 or more.

    Returns:
        ``(N, C, OL)``.
    """
    return _lp_pool("lp_pool1d", 1, x, size, stride, pad, ceil_mode, p)


def lp_pool2d(
    x: Any,
    size: Sizes,
    stride: Sizes | None = None,
    pad: Pads = 0,
    ceil_mode: bool = False,
    p: float = 2,
) -> Variable:
    """The norm of each window, ``sum(abs(x) ** p) ** (1 / p)``.

    Between the mean (but for a factor) at ``p=1`` and the largest as p grows
    (Boureau et al., "Ask the locals", 2011). The gradient at a window of zeros is 0.

    Args:
        x: images, ``(N, C, H, W)``.
        size: height and width of a window.
        stride: step between windows; the size if it is None.
        pad: zeros added at each side, given as for `conv2d`.
        ceil_mode: add windows that hang over the edge, see `max_pool2d`.
        p: of the norm, 1 or more.

    Returns:
        ``(N, C, OH, OW)``, as of `max_pool2d`.

    Raises:
        ShapeError: a window is larger than the padded image.
        ArgumentError: a setting that cannot be.
    """
    return _lp_pool("lp_pool2d", 2, x, size, stride, pad, ceil_mode, p)


def adaptive_avg_pool1d(x: Any, out_size: Sizes) -> Variable:
    """The mean of each of `out_size` windows; as `adaptive_avg_pool2d`.

    Args:
        x: ``(N, C, L)``.
        out_size: how many windows, one number or one for each axis.

    Returns:
        ``(N, C, OL)``.
    """
    return _adaptive_avg("adaptive_avg_pool1d", 1, x, out_size)


def adaptive_avg_pool2d(x: Any, out_size: Sizes) -> Variable:
    """The mean of each of `out_size` windows, whatever the image.

    Window i of OH goes from ``floor(i * H / OH)`` to ``ceil((i + 1) * H / OH)``, the
    end not included; likewise across. Windows overlap where OH does not divide H.

    Args:
        x: ``(N, C, H, W)``.
        out_size: how many windows, one number or one for each axis.

    Returns:
        ``(N, C, OH, OW)``.
    """
    return _adaptive_avg("adaptive_avg_pool2d", 2, x, out_size)


def adaptive_avg_pool3d(x: Any, out_size: Sizes) -> Variable:
    """The mean of each of `out_size` windows; as `adaptive_avg_pool2d`.

    Args:
        x: ``(N, C, D, H, W)``.
        out_size: how many windows, one number or one for each axis.

    Returns:
        ``(N, C, OD, OH, OW)``.
    """
    return _adaptive_avg("adaptive_avg_pool3d", 3, x, out_size)


def adaptive_max_pool1d(x: Any, out_size: Sizes) -> Variable:
    """The largest element of each of `out_size` windows; as `adaptive_max_pool2d`.

    Args:
        x: ``(N, C, L)``.
        out_size: how many windows, one number or one for each axis.

    Returns:
        ``(N, C, OL)``.
    """
    return _adaptive_max("adaptive_max_pool1d", 1, x, out_size)


def adaptive_max_pool2d(x: Any, out_size: Sizes) -> Variable:
    """The largest element of each of `out_size` windows, whatever the image.

    Window i of OH goes from ``floor(i * H / OH)`` to ``ceil((i + 1) * H / OH)``, the
    end not included; likewise across. Windows overlap where OH does not divide H.
    The first of equals gets the gradient.

    Args:
        x: ``(N, C, H, W)``.
        out_size: how many windows, one number or one for each axis.

    Returns:
        ``(N, C, OH, OW)``.
    """
    return _adaptive_max("adaptive_max_pool2d", 2, x, out_size)


def adaptive_max_pool3d(x: Any, out_size: Sizes) -> Variable:
    """The largest element of each of `out_size` windows; as `adaptive_max_pool2d`.

    Args:
        x: ``(N, C, D, H, W)``.
        out_size: how many windows, one number or one for each axis.

    Returns:
        ``(N, C, OD, OH, OW)``.
    """
    return _adaptive_max("adaptive_max_pool3d", 3, x, out_size)


def global_avg_pool(x: Any, keepdims: bool = False) -> Variable:
    """The mean of each channel over all spatial axes (Lin, Chen, Yan 2014).

    Args:
        x: ``(N, C, ...)``, with one spatial axis or more.
        keepdims: leave the spatial axes in the result, with length 1.

    Returns:
        ``(N, C)``, or ``(N, C, 1, ...)``.

    Raises:
        ShapeError: `x` has no spatial axes, or no elements along them.
    """
    x = operand("global_avg_pool", x)
    check_flag("global_avg_pool keepdims", keepdims)
    _check_spatial("global_avg_pool", x)
    return mean(x, axis=tuple(range(2, x.ndim)), keepdims=keepdims)


def global_max_pool(x: Any, keepdims: bool = False) -> Variable:
    """The largest element of each channel; the first of equals gets the gradient.

    Args:
        x: ``(N, C, ...)``, with one spatial axis or more.
        keepdims: leave the spatial axes in the result, with length 1.

    Returns:
        ``(N, C)``, or ``(N, C, 1, ...)``.

    Raises:
        ShapeError: `x` has no spatial axes, or no elements along them.
    """
    x = operand("global_max_pool", x)
    check_flag("global_max_pool keepdims", keepdims)
    _check_spatial("global_max_pool", x)
    rows = reshape(x, (*x.shape[:2], prod(x.shape[2:])))
    first = np.expand_dims(np.argmax(rows.data, axis=2), 2)
    axes = (1,) * (x.ndim - 2) if keepdims else ()
    return reshape(take_along_axis(rows, first, 2), (*x.shape[:2], *axes))


def _check_spatial(name: str, x: Any) -> None:
    """Refuse what has no spatial axes, or nothing along them."""
    if x.ndim < 3 or not prod(x.shape[2:]):
        raise tell(ShapeError, "pool-spatial", {"x": x}, name=name)


def _max_pool(
    name: str,
    rank: int,
    x: Any,
    size: Any,
    stride: Any,
    pad: Any,
    ceil_mode: bool,
    dilation: Any,
) -> Variable:
    """The largest of each window, for all ranks."""
    x = operand(name, x)
    settings = _slide(name, rank, x, size, stride, pad, dilation)
    slide = _whole(name, x, settings, ceil_mode)
    if any(map(any, slide.pad)) or prod(slide.size) > _FEW:
        return _largest(name, x, _places(name, x, slide))
    _check_order(name, x)
    return _max_of_windows(x, slide.size, slide.stride, slide.dilation)


def _avg_pool(
    name: str,
    rank: int,
    x: Any,
    size: Any,
    stride: Any,
    pad: Any,
    ceil_mode: bool,
    count_include_pad: bool,
) -> Variable:
    """The mean of each window, for all ranks."""
    x = operand(name, x)
    check_flag(f"{name} count_include_pad", count_include_pad)
    settings = _slide(name, rank, x, size, stride, pad)
    full = _whole(name, x, settings, ceil_mode)
    y = mean(_windows(x, full), axis=tuple(range(2, 2 + rank)))
    counts = _counts(name, x, settings, full, count_include_pad)
    if (counts == prod(full.size)).all():
        return y
    # In a window with places that do not count the others are to count for more.
    return y * np.asarray((prod(full.size) / counts).astype(y.dtype), like=y.data)


def _lp_pool(
    name: str,
    rank: int,
    x: Any,
    size: Any,
    stride: Any,
    pad: Any,
    ceil_mode: bool,
    p: float,
) -> Variable:
    """The norm of each window, for all ranks."""
    x = operand(name, x)
    if isinstance(p, bool) or not isinstance(p, int | float) or not 1 <= p < np.inf:
        raise tell(ArgumentError, "pool-power", {"x": x}, name=name, rank=rank, got=p)
    settings = _slide(name, rank, x, size, stride, pad)
    # Without the absolute value, a zero has the right second derivative.
    powers = x ** float(p) if p % 2 == 0 else absolute(x) ** float(p)
    windows = _windows(powers, _whole(name, x, settings, ceil_mode))
    sums = total(windows, axis=tuple(range(2, 2 + rank)))
    zero = sums.data == 0  # where a root has no finite derivative
    return where(zero, 0.0, where(zero, 1.0, sums) ** (1 / p))


def _adaptive_avg(name: str, rank: int, x: Any, out_size: Any) -> Variable:
    """The means of windows that cover the image, for all ranks."""
    x = operand(name, x)
    check_images(name, rank, x)
    _check_spatial(name, x)
    return area(x, numbers(f"{name} out_size", out_size, rank, 1))


def _adaptive_max(name: str, rank: int, x: Any, out_size: Any) -> Variable:
    """The largest of windows that cover the image, for all ranks."""
    x = operand(name, x)
    check_images(name, rank, x)
    _check_spatial(name, x)
    sizes = numbers(f"{name} out_size", out_size, rank, 1)
    axes = zip(x.shape[2:], sizes, strict=True)
    return _largest(name, x, [shares(n, out) for n, out in axes])


# -- windows ---------------------------------------------------------------------------


def _slide(
    name: str,
    rank: int,
    x: Any,
    size: Any,
    stride: Any,
    pad: Any,
    dilation: Any = 1,
) -> Slide:
    """How the windows of a call go over its images."""
    check_images(name, rank, x)
    stride = size if stride is None else stride
    return make_slide(name, size, stride, pad, dilation, x.shape[2:])


def _whole(name: str, x: Any, slide: Slide, ceil_mode: bool) -> Slide:
    """The same, in ceil mode with what hangs over the edge as further padding."""
    check_flag(f"{name} ceil_mode", ceil_mode)
    if ceil_mode:
        axes = zip(x.shape[2:], slide.span, slide.stride, slide.pad, strict=True)
        pads = tuple((p[0], p[1] + _hanging(n, k, s, p)) for n, k, s, p in axes)
        slide = slide._replace(pad=pads)
    check_fit(name, slide, x.shape[2:], x)
    return slide


def _hanging(n: int, span: int, stride: int, pad: tuple[int, int]) -> int:
    """How far a last window hangs over the edge; it must begin inside the image."""
    extra = (span - n - sum(pad)) % stride
    return extra if extra < span - pad[1] else 0


def _windows(x: Any, slide: Slide) -> Any:
    """The windows of padded images, ``(N, C, *size, *positions)``."""
    if any(map(any, slide.pad)):
        x = primitives.pad(x, ((0, 0), (0, 0), *slide.pad), 0)
    return primitives.windows(x, slide.size, slide.stride, slide.dilation)


def _counts(name: str, x: Any, slide: Slide, full: Slide, padding: bool) -> np.ndarray:
    """How many elements the mean of each window is over, ``(*positions)``.

    Args:
        name: of the function, for an error.
        x: images.
        slide: how windows go over them.
        full: the same, with what hangs over the edge as further padding.
        padding: whether that of `slide` counts.
    """
    counts: Any = np.ones((), int)
    axes = zip(x.shape[2:], *slide[:3], full.positions(x.shape[2:]), strict=True)
    for n, size, stride, (before, behind), positions in axes:
        start = stride * np.arange(positions) - before
        low, high = (-before, n + behind) if padding else (0, n)
        count = np.minimum(start + size, high) - np.maximum(start, low)
        if (count < 1).any():
            raise _only_padding(name, x, slide)
        counts = np.multiply.outer(counts, count)
    return counts


def _places(name: str, x: Any, slide: Slide) -> list[np.ndarray]:
    """For each axis the places of the elements of windows, ``(size, positions)``.

    Instead of a place in the padding stands the nearest one of its window that is not.
    """
    places = []
    axes = zip(x.shape[2:], *slide, slide.positions(x.shape[2:]), strict=True)
    for n, size, stride, (before, _), dilation, positions in axes:
        start = stride * np.arange(positions) - before
        first = np.maximum(-(start // dilation), 0)
        last = np.minimum((n - 1 - start) // dilation, size - 1)
        if (first > last).any():
            raise _only_padding(name, x, slide)
        inside = np.clip(np.arange(size)[:, None], first, last)
        places.append(start + dilation * inside)
    return places


def _only_padding(name: str, x: Any, slide: Slide) -> ArgumentError:
    fields = {"pad": slide.pad, "size": slide.size}
    return tell(ArgumentError, "pool-padding", {"x": x}, name=name, **fields)


def _check_order(name: str, x: Any) -> None:
    if x.dtype.kind == "c":
        raise tell(DtypeError, "pool-order", {"x": x}, name=name)


def _elements(x: Any, slide: tuple[Shape, Shape, Shape]) -> list[Any]:
    """The first element of each window, the second, ...: ``(N, C, *positions)``."""
    windows = primitives.windows(x, *slide)
    return [windows[:, :, *place] for place in product(*map(range, slide[0]))]


@hot
def _max_of_windows_grad(
    g: Any, y: Any, x: Any, size: Shape, stride: Shape, dilation: Shape
) -> Any:
    """What each window got, to the first of its largest elements; a NaN is largest."""
    x, y = data_of(x), data_of(y)
    *others, _ = _elements(x, (size, stride, dilation))
    which = np.zeros_like(y, dtype=np.int32)  # how many elements stand before that one
    for part in reversed(others):
        misses = (part != y) & (part == part)
        which = misses.astype(np.int32) * (which + 1)
    inside = tuple(range(2, 2 + len(size)))
    each = np.arange(prod(size), dtype=np.int32, like=which)
    each = np.reshape(each, (*size, *(1,) * len(size)))
    hits = np.expand_dims(which, inside) == each
    spread = np.where(hits, np.expand_dims(g, inside), 0)
    return primitives.fold(spread, x.shape[2:], stride, dilation)


@differentiable(_max_of_windows_grad)
@hot
def _max_of_windows(x: Any, size: Shape, stride: Shape, dilation: Shape) -> Any:
    """The largest element of each window that lies in the images."""
    first, *others = _elements(x, (size, stride, dilation))
    return reduce(np.maximum, others, first) if others else first.copy()


def _largest(name: str, x: Variable, places: list[np.ndarray]) -> Variable:
    """The largest element of each window, given by places along each axis.

    The axes are folded one by one, the last first: what remains of equals is the first
    in the order of memory.
    """
    _check_order(name, x)
    n, channels, *image = x.shape
    best = x.data
    at = np.reshape(np.arange(prod(image), like=best), (1, 1, *image))
    for axis in reversed(range(len(image))):
        best, at = _fold_axis(best, at, places[axis], axis + 2)
    images = np.arange(n * channels, like=best) * prod(image)
    at = at + np.reshape(images, (n, channels, *(1,) * len(image)))
    return reshape(reshape(x, -1)[np.ravel(at)], best.shape)


def _fold_axis(x: Any, at: Any, places: np.ndarray, axis: int) -> tuple[Any, Any]:
    """The largest of the elements in a column of `places`, and where they are."""
    rest = (slice(None),) * (x.ndim - axis - 1)
    first, *others = ((..., _even(row), *rest) for row in places)
    best, place = x[first], at[first]
    for index in others:
        part = x[index]
        larger = part > best
        if part.dtype.kind == "f":
            larger = larger | ((part != part) & (best == best))  # the first NaN wins
        best = np.where(larger, part, best)
        place = np.where(larger, at[index], place)
    return best, place


def _even(places: np.ndarray) -> Any:
    """Places with even steps between them as a slice, which copies nothing."""
    steps = np.diff(places)
    if not len(steps) or (steps == max(steps[0], 1)).all():
        step = int(steps[0]) if len(steps) else 1
        return slice(int(places[0]), int(places[-1]) + 1, step)
    return places
