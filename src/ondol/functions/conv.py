"""Convolution, as matrix products of windows (book steps 55 to 57).

`windows` lays every window of an image out as a view. A convolution is then one matrix
product per image, and its transpose adds windows up again.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from .. import primitives
from ..arrays import primitive
from ..core.graph import Variable, apply, as_operand
from ..errors import ArgumentError, ShapeError, tell
from ..hot import hot
from .register import differentiable, rule
from .shape import reshape
from .sliding import (
    SPATIAL,
    Pads,
    Shape,
    Sizes,
    Slide,
    check_fit,
    check_images,
    is_whole,
    make_slide,
    numbers,
    operand,
)

__all__ = [
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "fold",
    "unfold",
]


def conv1d(
    x: Any,
    W: Any,
    b: Any = None,
    stride: Sizes = 1,
    pad: Pads = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Variable:
    """Slide filters along sequences; all as for `conv2d`, with one spatial axis.

    Args:
        x: ``(N, C, L)``.
        W: filters, ``(O, C / groups, K)``.
        b: ``(O,)``, or None.
        stride: step between windows.
        pad: zeros added, see `conv2d`.
        dilation: step between the elements of a window.
        groups: parts of the channels that do not see each other.

    Returns:
        ``(N, O, OL)``.
    """
    return _convolve("conv1d", 1, x, W, b, stride, pad, dilation, groups)


def conv2d(
    x: Any,
    W: Any,
    b: Any = None,
    stride: Sizes = 1,
    pad: Pads = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Variable:
    """Slide filters over images (cross-correlation, as the field means it).

    Args:
        x: images, ``(N, C, H, W)``; a single image is ``x[None]``.
        W: filters, ``(O, C / groups, KH, KW)``.
        b: one number for each filter, ``(O,)``; or None.
        stride: step between windows; a number, or one for each direction.
        pad: zeros added at each side; a number, or for each direction one, or a pair
            for before and behind. ``"valid"`` adds none. ``"same"`` adds what makes
            ``OH = ceil(H / stride)``; if that is an odd number, one more behind than
            before.
        dilation: step between the elements of a window.
        groups: channels and filters are cut into so many parts, and the filters of a
            part see its channels only; `C` of them make a depthwise convolution.

    Returns:
        ``(N, O, OH, OW)``, where
        ``OH = (H + 2 * pad - dilation * (KH - 1) - 1) // stride + 1``.

    Raises:
        ShapeError: the shapes do not fit, or a window is larger than the padded image.
        ArgumentError: a setting that cannot be.
    """
    return _convolve("conv2d", 2, x, W, b, stride, pad, dilation, groups)


def conv3d(
    x: Any,
    W: Any,
    b: Any = None,
    stride: Sizes = 1,
    pad: Pads = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Variable:
    """Slide filters through volumes; all as for `conv2d`, with three spatial axes.

    Args:
        x: ``(N, C, D, H, W)``.
        W: filters, ``(O, C / groups, KD, KH, KW)``.
        b: ``(O,)``, or None.
        stride: step between windows.
        pad: zeros added, see `conv2d`.
        dilation: step between the elements of a window.
        groups: parts of the channels that do not see each other.

    Returns:
        ``(N, O, OD, OH, OW)``.
    """
    return _convolve("conv3d", 3, x, W, b, stride, pad, dilation, groups)


def conv_transpose1d(
    x: Any,
    W: Any,
    b: Any = None,
    stride: Sizes = 1,
    pad: Pads = 0,
    out_size: Sizes | None = None,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Variable:
    """The transpose of `conv1d`; all as for `conv_transpose2d`, with one spatial axis.

    Args:
        x: ``(N, C, L)``.
        W: filters, ``(C, O / groups, K)``.
        b: ``(O,)``, or None.
        stride: step between the places.
        pad: elements cut off at each end, see `conv_transpose2d`.
        out_size: the length of the result.
        dilation: step between the elements of a filter.
        groups: parts of the channels that do not see each other.

    Returns:
        ``(N, O, OL)``.
    """
    settings = stride, pad, out_size, dilation, groups
    return _convolve_back("conv_transpose1d", 1, x, W, b, *settings)


def conv_transpose2d(
    x: Any,
    W: Any,
    b: Any = None,
    stride: Sizes = 1,
    pad: Pads = 0,
    out_size: Sizes | None = None,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Variable:
    """Lay a filter, times its weight, at every place of an image, and add them up.

    It is the transpose of `conv2d`: the map that takes gradients of its results to
    gradients of its images (Dumoulin, Visin, "A guide to convolution arithmetic for
    deep learning", 2016).

    Args:
        x: images, ``(N, C, H, W)``.
        W: filters, ``(C, O / groups, KH, KW)``.
        b: one number for each channel that comes out, ``(O,)``; or None.
        stride: step between the places, one number or two.
        pad: rows and columns cut off at each side; ``"same"`` makes
            ``OH = H * stride``, as the `conv2d` that takes OH to H pads it.
        out_size: height and width of the result, up to ``stride - 1`` larger than
            below: of these sizes `conv2d` makes the same H and W.
        dilation: step between the elements of a filter.
        groups: channels are cut into so many parts, that do not see each other.

    Returns:
        ``(N, O, OH, OW)``, where
        ``OH = stride * (H - 1) + dilation * (KH - 1) + 1 - 2 * pad``.

    Raises:
        ShapeError: the shapes do not fit, or nothing is left of the result.
        ArgumentError: an `out_size` or another setting that cannot be.
    """
    settings = stride, pad, out_size, dilation, groups
    return _convolve_back("conv_transpose2d", 2, x, W, b, *settings)


def conv_transpose3d(
    x: Any,
    W: Any,
    b: Any = None,
    stride: Sizes = 1,
    pad: Pads = 0,
    out_size: Sizes | None = None,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Variable:
    """The transpose of `conv3d`; as `conv_transpose2d`, with three spatial axes.

    Args:
        x: ``(N, C, D, H, W)``.
        W: filters, ``(C, O / groups, KD, KH, KW)``.
        b: ``(O,)``, or None.
        stride: step between the places.
        pad: what is cut off at each side, see `conv_transpose2d`.
        out_size: the spatial sizes of the result.
        dilation: step between the elements of a filter.
        groups: parts of the channels that do not see each other.

    Returns:
        ``(N, O, OD, OH, OW)``.
    """
    settings = stride, pad, out_size, dilation, groups
    return _convolve_back("conv_transpose3d", 3, x, W, b, *settings)


def unfold(
    x: Any, size: Sizes, stride: Sizes = 1, pad: Pads = 0, dilation: Sizes = 1
) -> Variable:
    """The windows of images as columns of a matrix (im2col).

    Args:
        x: images, ``(N, C, H, W)``, or with one or three spatial axes.
        size: of a window, one number or one for each spatial axis.
        stride: step between windows.
        pad: zeros added at each side, given as for `conv2d`.
        dilation: step between the elements of a window.

    Returns:
        ``(N, C * KH * KW, OH * OW)``.

    Raises:
        ShapeError: `x` are no images, or a window is larger than the padded ones.
        ArgumentError: a setting that cannot be.
    """
    x = operand("unfold", x)
    check_images("unfold", x.ndim - 2 if x.ndim - 2 in SPATIAL else 2, x)
    slide = make_slide("unfold", size, stride, pad, dilation, x.shape[2:])
    check_fit("unfold", slide, x.shape[2:], x)
    if any(map(any, slide.pad)):
        x = primitives.pad(x, ((0, 0), (0, 0), *slide.pad), 0)
    views = primitives.windows(x, slide.size, slide.stride, slide.dilation)
    rank = len(slide.size)
    shape = x.shape[1] * prod(slide.size), prod(views.shape[-rank:])
    return reshape(views, (x.shape[0], *shape))


def fold(
    x: Any,
    out_size: tuple[int, ...],
    size: Sizes,
    stride: Sizes = 1,
    pad: Pads = 0,
    dilation: Sizes = 1,
) -> Variable:
    """Add the columns of a matrix up to images (col2im): the transpose of `unfold`.

    Args:
        x: windows, ``(N, C * KH * KW, OH * OW)``.
        out_size: the spatial sizes of the images, ``(H, W)``, or one or three of them.
        size: of a window; this and all others as for `unfold`.
        stride: step between windows.
        pad: what is cut off at each side.
        dilation: step between the elements of a window.

    Returns:
        ``(N, C, H, W)``.

    Raises:
        ShapeError: of images of `out_size` `unfold` does not make such a matrix.
        ArgumentError: a setting that cannot be.
    """
    x = operand("fold", x)
    rank = len(out_size) if isinstance(out_size, tuple | list) else 0
    image = numbers("fold out_size", out_size, rank if rank in SPATIAL else 2, 1)
    slide = make_slide("fold", size, stride, pad, dilation, image)
    check_fit("fold", slide, image, x)
    positions = slide.positions(image)
    if x.ndim != 3 or x.shape[1] % prod(slide.size) or x.shape[2] != prod(positions):
        raise tell(
            ShapeError,
            "fold-shape",
            {"x": x},
            image=image,
            slide=slide,
            elements=prod(slide.size),
            positions=prod(positions),
        )
    channels = x.shape[1] // prod(slide.size)
    parts = reshape(x, (x.shape[0], channels, *slide.size, *positions))
    padded = slide.padded(image)
    y = primitives.fold(parts, padded, slide.stride, slide.dilation)
    return y[slide.inside(image)]


def _convolve(
    name: str,
    rank: int,
    x: Any,
    W: Any,
    b: Any,
    stride: Any,
    pad: Any,
    dilation: Any,
    groups: Any,
) -> Variable:
    """The convolutions of all ranks."""
    x, W = as_operand(x), as_operand(W)
    check_images(name, rank, x, W)
    _check_groups(name, x, W, groups)
    if W.ndim != x.ndim or W.shape[1] * groups != x.shape[1] or W.shape[0] % groups:
        raise _wrong_filters(name, f"(O, C / groups, {_kernel(rank)})", x, W, groups)
    slide = make_slide(name, W.shape[2:], stride, pad, dilation, x.shape[2:])
    check_fit(name, slide, x.shape[2:], x, W)
    y = apply(conv, (x, W, slide, groups))
    return y if b is None else _shift(y, _bias(name, x, W, b, W.shape[0]))


def _convolve_back(
    name: str,
    rank: int,
    x: Any,
    W: Any,
    b: Any,
    stride: Any,
    pad: Any,
    out_size: Any,
    dilation: Any,
    groups: Any,
) -> Variable:
    """The transposes of all ranks."""
    x, W = as_operand(x), as_operand(W)
    check_images(name, rank, x, W)
    _check_groups(name, x, W, groups)
    if W.ndim != x.ndim or W.shape[0] != x.shape[1] or x.shape[1] % groups:
        raise _wrong_filters(name, f"(C, O / groups, {_kernel(rank)})", x, W, groups)
    steps = numbers(f"{name} stride", stride, rank, 1)
    image = x.shape[2:]
    if isinstance(pad, str) and pad == "same":
        image = out_size = _same_size(name, x, W, steps, out_size)
    slide = make_slide(name, W.shape[2:], steps, pad, dilation, image)
    size = _transposed_size(name, x, W, slide, out_size)
    y = apply(conv_transpose, (x, W, slide, size, groups))
    return y if b is None else _shift(y, _bias(name, x, W, b, W.shape[1] * groups))


def _check_groups(name: str, x: Any, W: Any, groups: Any) -> None:
    if not is_whole(groups, 1):
        raise tell(
            ArgumentError, "conv-groups", {"x": x, "W": W}, name=name, got=groups
        )


def _wrong_filters(name: str, shape: str, x: Any, W: Any, groups: int) -> ShapeError:
    """For filters that do not go with the channels of the images."""
    fields = {"channels": x.shape[1], "groups": groups, "got": W.shape}
    fields |= {"images": f"(N, C, {SPATIAL[x.ndim - 2]})", "filters": shape}
    return tell(ShapeError, "conv-filters", {"x": x, "W": W}, name=name, **fields)


def _kernel(rank: int) -> str:
    """The spatial axes of filters, for an error."""
    return "K" if rank == 1 else ", ".join(f"K{n}" for n in SPATIAL[rank].split(", "))


def _same_size(name: str, x: Any, W: Any, stride: Shape, out_size: Any) -> Shape:
    """The sizes of images that are padded to make ``ceil(size / stride)`` places."""
    most = tuple(n * s for n, s in zip(x.shape[2:], stride, strict=True))
    if out_size is None:
        return most
    size = numbers(f"{name} out_size", out_size, len(most), 1)
    least = tuple(n - s + 1 for n, s in zip(most, stride, strict=True))
    _check_between(name, size, least, most, x, W)
    return size


def _transposed_size(name: str, x: Any, W: Any, slide: Slide, size: Any) -> Shape:
    """The spatial sizes of the result of a transposed convolution."""
    image = x.shape[2:]
    axes = zip(image, slide.stride, slide.span, slide.pad, strict=True)
    least = tuple(s * (n - 1) + span - sum(p) if n else 0 for n, s, span, p in axes)
    if min(least) < 1:
        raise tell(
            ShapeError,
            "conv-nothing-left",
            {"x": x, "W": W},
            name=name,
            least=least,
            slide=slide,
        )
    if size is None:
        return least
    size = numbers(f"{name} out_size", size, len(image), 1)
    most = tuple(n + s - 1 for n, s in zip(least, slide.stride, strict=True))
    _check_between(name, size, least, most, x, W)
    return size


def _check_between(
    name: str, size: Shape, least: Shape, most: Shape, x: Any, W: Any
) -> None:
    """Refuse sizes of which a convolution does not make the images `x`."""
    if any(not a <= n <= b for n, a, b in zip(size, least, most, strict=True)):
        sizes = {"least": least, "most": most, "got": size}
        raise tell(ArgumentError, "conv-out-size", {"x": x, "W": W}, name=name, **sizes)


def _bias(name: str, x: Any, W: Any, b: Any, size: int) -> Any:
    """The bias: one number for each channel that comes out."""
    b = as_operand(b)
    if b.shape != (size,):
        raise tell(
            ShapeError, "conv-bias", {"x": x, "W": W, "b": b}, name=name, filters=size
        )
    return b


@differentiable(
    lambda g, y, x, b: g,
    hot(lambda g, y, x, b: np.sum(g, axis=(0, *range(2, g.ndim)))),
)
@hot
def _shift(x: Any, b: Any) -> Any:
    """Channels ``(N, C, ...)``, each with its own number of ``(C,)`` added."""
    return x + np.reshape(b, (-1, *(1,) * (x.ndim - 2)))


# -- convolution as one sum ------------------------------------------------------------
#
# The sum of x[n, c, i * stride + k, ...] * W[o, c, k, ...] * y[n, o, i, ...] over all
# of its indices has three factors. Leave one out and sum over the rest: that is the
# convolution, its transpose, and what the gradient of the filters is. So each of the
# three has the other two for gradients, to any order. With groups there is one such
# sum for each; they are a further axis of the matrices.


COPYING = 1.6  # elements of windows that are copied while one is added up


def _multiplied(x: Any, W: Any, *_: Any) -> int:
    return x.size * len(W)


@primitive
@hot(work=_multiplied)
def conv(x: Any, W: Any, slide: Slide, groups: int) -> Any:
    """``(N, C, *image)`` and ``(O, C / G, *size)`` to ``(N, O, *positions)``."""
    columns = _columns(x, slide, groups)
    rows = W.reshape(groups, len(W) // groups, columns.shape[2])
    return (rows @ columns).reshape(len(x), len(W), *slide.positions(x.shape[2:]))


@primitive
@hot(work=lambda y, W, *_: y.size * W.shape[1])
def conv_transpose(y: Any, W: Any, slide: Slide, image: Shape, groups: int) -> Any:
    """``(N, O, *positions)`` and ``(O, C / G, *size)`` to ``(N, C, *image)``."""
    (n, o, *positions), channels = y.shape, W.shape[1]
    within = all(max(pad) < n for pad, n in zip(slide.pad, slide.span, strict=True))
    copied, added = o * prod(image), groups * channels * prod(positions)
    if within and max(slide.stride) == 1 and copied <= COPYING * added:
        return _turned(y, W, slide, image, groups)
    rows = W.reshape(groups, o // groups, channels * prod(slide.size))
    maps = y.reshape(n, groups, o // groups, prod(positions))
    columns = np.swapaxes(rows, 1, 2) @ maps
    columns = columns.reshape(n, groups * channels, *slide.size, *positions)
    x = primitives.fold(columns, slide.padded(image), slide.stride, slide.dilation)
    return x[slide.inside(image)]


@primitive
@hot(work=lambda x, y, *_: y.size * x.shape[1])
def conv_filters(x: Any, y: Any, slide: Slide, groups: int) -> Any:
    """``(N, C, *image)`` and ``(N, O, *positions)`` to ``(O, C / G, *size)``."""
    columns = _columns(x, slide, groups)
    (n, o), channels = y.shape[:2], x.shape[1]
    rows = y.reshape(n, groups, o // groups, columns.shape[3])
    products = rows @ np.swapaxes(columns, 2, 3)
    return products.sum(axis=0).reshape(o, channels // groups, *slide.size)


rule(
    conv,
    lambda g, y, x, W, slide, groups: conv_transpose(g, W, slide, x.shape[2:], groups),
    lambda g, y, x, W, slide, groups: conv_filters(x, g, slide, groups),
)
rule(
    conv_transpose,
    lambda g, x, y, W, slide, image, groups: conv(g, W, slide, groups),
    lambda g, x, y, W, slide, image, groups: conv_filters(g, y, slide, groups),
)
rule(
    conv_filters,
    lambda g, W, x, y, slide, groups: conv_transpose(y, g, slide, x.shape[2:], groups),
    lambda g, W, x, y, slide, groups: conv(x, g, slide, groups),
)


def _turned(y: Any, W: Any, slide: Slide, image: Shape, groups: int) -> Any:
    """`conv_transpose` as a convolution with the filters turned around (stride 1).

    It copies windows of `y`, `o` for each place of the image, where the other way adds
    up windows of the result. As in compiled code, filters that are infinite meet zeros
    beside `y`, and give NaN at the edges.
    """
    size, (o, channels) = slide.size, W.shape[:2]
    ends = zip(slide.pad, slide.span, strict=True)
    pads = tuple((n - 1 - before, n - 1 - behind) for (before, behind), n in ends)
    columns = _columns(y, slide._replace(pad=pads), groups)
    filters = W.reshape(groups, o // groups, channels, *size)
    filters = filters[(..., *[slice(None, None, -1)] * len(size))]
    rows = np.swapaxes(filters, 1, 2).reshape(groups, channels, columns.shape[2])
    return (rows @ columns).reshape(len(y), groups * channels, *image)


def _columns(x: Any, slide: Slide, groups: int) -> Any:
    """The windows of padded images as matrices, ``(N, G, C / G * size, positions)``."""
    if any(map(any, slide.pad)):
        x = primitives.pad(x, ((0, 0), (0, 0), *slide.pad), 0)
    views = primitives.windows(x, slide.size, slide.stride, slide.dilation)
    rows = x.shape[1] // groups * prod(slide.size)
    return views.reshape(len(x), groups, rows, prod(views.shape[-len(slide.size) :]))
