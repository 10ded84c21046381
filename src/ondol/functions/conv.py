"""Convolution and pooling, as products and reductions of windows (book steps 55 to 57).

`windows` lays every window of an image out as a view. A convolution is then one matrix
product per image, pooling a reduction, and the transpose of a convolution adds windows
up again.
"""

from __future__ import annotations

from math import prod
from operator import ge, gt, index
from typing import Any, NamedTuple

import numpy as np

from .. import primitives
from ..arrays import primitive
from ..core.graph import Variable, apply, as_operand, lift
from ..errors import ArgumentError, ShapeError, operands
from .indexing import take_along_axis
from .reduce import mean
from .register import rule
from .shape import reshape

__all__ = [
    "avg_pool2d",
    "conv2d",
    "conv_transpose2d",
    "max_pool2d",
]

Pair = int | tuple[int, int]


def conv2d(
    x: Any, W: Any, b: Any = None, stride: Pair = 1, pad: Pair = 0, dilation: Pair = 1
) -> Variable:
    """Slide filters over images (cross-correlation, as the field means it).

    Args:
        x: images, ``(N, C, H, W)``.
        W: filters, ``(O, C, KH, KW)``.
        b: one number for each filter, ``(O,)``; or None.
        stride: step between windows; a number, or one for each direction.
        pad: zeros added at each side.
        dilation: step between the elements of a window.

    Returns:
        ``(N, O, OH, OW)``, where
        ``OH = (H + 2 * pad - dilation * (KH - 1) - 1) // stride + 1``.

    Raises:
        ShapeError: the shapes do not fit, or a window is larger than the padded image.
    """
    x, W = as_operand(x), as_operand(W)
    _check_images("conv2d", x, W)
    if W.ndim != 4 or W.shape[1] != x.shape[1]:
        raise ShapeError(
            f"conv2d: images (N, C, H, W) need filters (O, C, KH, KW) with the same C: "
            f"got C = {x.shape[1]} and filters {W.shape}{operands((x, W))}"
        )
    slide = _slide("conv2d", W.shape[2:], stride, pad, dilation)
    if any(n < 1 for n in slide.positions(x.shape[2:])):
        raise ShapeError(
            f"conv2d: a window of {slide.span} does not fit into images of "
            f"{x.shape[2:]} with pad {slide.pad}{operands((x, W))}"
        )
    y = apply(_conv2d, (x, W, slide))
    return y if b is None else y + _bias("conv2d", x, W, b, W.shape[0])


def conv_transpose2d(
    x: Any,
    W: Any,
    b: Any = None,
    stride: Pair = 1,
    pad: Pair = 0,
    out_size: Pair | None = None,
    dilation: Pair = 1,
) -> Variable:
    """Lay a filter, times its weight, at every place of an image, and add them up.

    It is the transpose of `conv2d`: the map that takes gradients of its results to
    gradients of its images (Dumoulin, Visin, "A guide to convolution arithmetic for
    deep learning", 2016).

    Args:
        x: images, ``(N, C, H, W)``.
        W: filters, ``(C, O, KH, KW)``.
        b: one number for each channel that comes out, ``(O,)``; or None.
        stride: step between the places, one number or two.
        pad: rows and columns cut off at each side.
        out_size: height and width of the result, up to ``stride - 1`` larger than
            below: of these sizes `conv2d` makes the same H and W.
        dilation: step between the elements of a filter.

    Returns:
        ``(N, O, OH, OW)``, where
        ``OH = stride * (H - 1) + dilation * (KH - 1) + 1 - 2 * pad``.

    Raises:
        ShapeError: the shapes do not fit, or nothing is left of the result.
        ArgumentError: an `out_size` that cannot be.
    """
    x, W = as_operand(x), as_operand(W)
    _check_images("conv_transpose2d", x, W)
    if W.ndim != 4 or W.shape[0] != x.shape[1]:
        raise ShapeError(
            f"conv_transpose2d: images (N, C, H, W) need filters (C, O, KH, KW) with "
            f"the same C: got C = {x.shape[1]} and filters {W.shape}{operands((x, W))}"
        )
    slide = _slide("conv_transpose2d", W.shape[2:], stride, pad, dilation)
    size = _transposed_size(x, W, slide, out_size)
    y = apply(_conv_transpose2d, (x, W, slide, size))
    return y if b is None else y + _bias("conv_transpose2d", x, W, b, W.shape[1])


def max_pool2d(
    x: Any,
    size: Pair,
    stride: Pair | None = None,
    pad: Pair = 0,
    ceil_mode: bool = False,
) -> Variable:
    """The largest element of each window; the first of equals gets the gradient.

    Args:
        x: images, ``(N, C, H, W)``.
        size: height and width of a window.
        stride: step between windows; the size if it is None.
        pad: places added at each side, which never win.
        ceil_mode: where the stride leaves elements out, add a window that hangs over
            the edge; not one that would begin in the padding behind the image.

    Returns:
        ``(N, C, OH, OW)``, where ``OH = (H + 2 * pad - KH) // stride + 1``, or one more
        in ceil mode.
    """
    x = lift(x)
    _check_images("max_pool2d", x)
    stride = size if stride is None else stride
    slide = _slide("max_pool2d", size, stride, pad, 1)
    parts = _windows("max_pool2d", x, slide, _lowest(x.dtype), ceil_mode)
    if any(map(ge, slide.pad, slide.size)):
        raise ArgumentError(
            f"max_pool2d: pad {pad} makes windows of nothing but padding; expected "
            f"less than the size {size}{operands((x,))}"
        )
    n, c, kh, kw, oh, ow = parts.shape
    parts = reshape(parts, (n, c, kh * kw, oh, ow))
    first = np.expand_dims(np.argmax(parts.data, axis=2), 2)
    return take_along_axis(parts, first, 2)[:, :, 0]


def avg_pool2d(
    x: Any, size: Pair, stride: Pair | None = None, pad: Pair = 0
) -> Variable:
    """The mean of each window; zeros of the padding count.

    Args:
        x: images, ``(N, C, H, W)``.
        size: height and width of a window.
        stride: step between windows; the size if it is None.
        pad: zeros added at each side.

    Returns:
        ``(N, C, OH, OW)``.
    """
    x = lift(x)
    _check_images("avg_pool2d", x)
    stride = size if stride is None else stride
    slide = _slide("avg_pool2d", size, stride, pad, 1)
    return mean(_windows("avg_pool2d", x, slide, 0), axis=(2, 3))


def _lowest(dtype: np.dtype[Any]) -> Any:
    """What loses against every number of `dtype`."""
    if dtype.kind == "f":
        return -np.inf
    return np.iinfo(dtype).min if dtype.kind in "iu" else False


def _pair(name: str, value: Any, low: int) -> tuple[int, int]:
    """One whole number for both directions, or one for each."""
    pair = tuple(value) if isinstance(value, tuple | list) else (value, value)
    try:
        height, width = (index(n) for n in pair)
    except (TypeError, ValueError):
        height = width = low - 1
    if min(height, width) < low:
        raise ArgumentError(
            f"{name}: expected a whole number of {low} or more, or one for height and "
            f"one for width, got {value!r}"
        )
    return height, width


# -- convolution as one sum ------------------------------------------------------------
#
# The sum of x[n, c, i * stride + k, ...] * W[o, c, k, ...] * y[n, o, i, ...] over all
# of its indices has three factors. Leave one out and sum over the rest: that is the
# convolution, its transpose, and what the gradient of the filters is. So each of the
# three has the other two for gradients, to any order.


@primitive
def _conv2d(x: Any, W: Any, slide: _Slide) -> Any:
    """``(N, C, H, W)`` and ``(O, C, KH, KW)`` to ``(N, O, OH, OW)``."""
    columns = _columns(x, slide)
    rows = W.reshape(len(W), columns.shape[1])
    return (rows @ columns).reshape(len(x), len(W), *slide.positions(x.shape[2:]))


@primitive
def _conv_transpose2d(y: Any, W: Any, slide: _Slide, size: tuple[int, int]) -> Any:
    """``(N, O, OH, OW)`` and ``(O, C, KH, KW)`` to ``(N, C, *size)``."""
    (n, o, *positions), channels = y.shape, W.shape[1]
    rows = W.reshape(o, channels * prod(slide.size))
    columns = rows.T @ y.reshape(n, o, prod(positions))
    columns = columns.reshape(n, channels, *slide.size, *positions)
    (top, left), (height, width) = slide.pad, size
    padded = height + 2 * top, width + 2 * left
    x = primitives.fold(columns, padded, slide.stride, slide.dilation)
    return x[:, :, top : top + height, left : left + width]


@primitive
def _conv2d_filters(x: Any, y: Any, slide: _Slide) -> Any:
    """``(N, C, H, W)`` and ``(N, O, OH, OW)`` to ``(O, C, KH, KW)``."""
    columns = _columns(x, slide)
    rows = y.reshape(*y.shape[:2], columns.shape[2])
    products = rows @ np.swapaxes(columns, 1, 2)
    return products.sum(axis=0).reshape(y.shape[1], x.shape[1], *slide.size)


rule(
    _conv2d,
    lambda g, y, x, W, slide: _conv_transpose2d(g, W, slide, x.shape[2:]),
    lambda g, y, x, W, slide: _conv2d_filters(x, g, slide),
)
rule(
    _conv_transpose2d,
    lambda g, x, y, W, slide, size: _conv2d(g, W, slide),
    lambda g, x, y, W, slide, size: _conv2d_filters(g, y, slide),
)
rule(
    _conv2d_filters,
    lambda g, W, x, y, slide: _conv_transpose2d(y, g, slide, x.shape[2:]),
    lambda g, W, x, y, slide: _conv2d(x, g, slide),
)


def _columns(x: Any, slide: _Slide) -> Any:
    """The windows of padded images as matrices, ``(N, C * KH * KW, OH * OW)``."""
    if any(slide.pad):
        x = primitives.pad(x, ((0, 0), (0, 0), *((p, p) for p in slide.pad)), 0)
    views = primitives.windows(x, slide.size, slide.stride, slide.dilation)
    n, c, kh, kw, oh, ow = views.shape
    return views.reshape(n, c * kh * kw, oh * ow)


class _Slide(NamedTuple):
    """How a window goes over an image: two whole numbers each."""

    size: tuple[int, int]
    stride: tuple[int, int]
    pad: tuple[int, int]
    dilation: tuple[int, int]

    @property
    def span(self) -> tuple[int, int]:
        """From the first element of a window to the last."""
        (height, width), (down, across) = self.size, self.dilation
        return (height - 1) * down + 1, (width - 1) * across + 1

    def positions(self, image: tuple[int, ...]) -> tuple[int, ...]:
        """How many there are in an image, down and across."""
        axes = zip(image, self.span, self.stride, self.pad, strict=True)
        return tuple((n + 2 * p - span) // s + 1 for n, span, s, p in axes)


def _slide(name: str, size: Any, stride: Any, pad: Any, dilation: Any) -> _Slide:
    return _Slide(
        _pair(f"{name} size", size, 1),
        _pair(f"{name} stride", stride, 1),
        _pair(f"{name} pad", pad, 0),
        _pair(f"{name} dilation", dilation, 1),
    )


def _windows(name: str, x: Any, slide: _Slide, fill: float, ceil: bool = False) -> Any:
    """The windows of padded images, ``(N, C, KH, KW, OH, OW)``."""
    axes = zip(x.shape[2:], slide.span, slide.stride, slide.pad, strict=True)
    widths = [(p, p + (_hanging(n, k, s, p) if ceil else 0)) for n, k, s, p in axes]
    if any(map(any, widths)):
        x = primitives.pad(x, ((0, 0), (0, 0), *widths), fill)
    if any(map(gt, slide.span, x.shape[2:])):
        raise ShapeError(
            f"{name}: a window of {slide.span} does not fit into images of "
            f"{x.shape[2:]} (padding included){operands((x,))}"
        )
    return primitives.windows(x, slide.size, slide.stride, slide.dilation)


def _hanging(n: int, span: int, stride: int, pad: int) -> int:
    """How far a last window hangs over the edge; it must begin inside the image."""
    extra = (span - n - 2 * pad) % stride
    return extra if extra < span - pad else 0


def _transposed_size(x: Any, W: Any, slide: _Slide, out_size: Any) -> tuple[int, int]:
    """Height and width of the result of `conv_transpose2d`."""
    least = tuple(
        s * (n - 1) + span - 2 * p if n else 0
        for n, s, span, p in zip(
            x.shape[2:], slide.stride, slide.span, slide.pad, strict=True
        )
    )
    if min(least) < 1:
        raise ShapeError(
            f"conv_transpose2d: nothing is left of the result: images of {x.shape[2:]} "
            f"make {least} with windows of {slide.span} and pad {slide.pad}"
            f"{operands((x, W))}"
        )
    if out_size is None:
        return least[0], least[1]
    size = _pair("conv_transpose2d out_size", out_size, 1)
    most = tuple(n + s - 1 for n, s in zip(least, slide.stride, strict=True))
    if not (least[0] <= size[0] <= most[0] and least[1] <= size[1] <= most[1]):
        raise ArgumentError(
            f"conv_transpose2d: expected an out_size from {least} to {most}, got "
            f"{out_size!r}: of others conv2d does not make images of {x.shape[2:]}"
            f"{operands((x, W))}"
        )
    return size


def _bias(name: str, x: Any, W: Any, b: Any, size: int) -> Any:
    """The bias as a column: one number for each channel that comes out."""
    b = as_operand(b)
    if b.shape != (size,):
        raise ShapeError(
            f"{name}: the bias has one number for each of {size} filters"
            f"{operands((x, W, b))}"
        )
    return np.reshape(b, (-1, 1, 1))


def _check_images(name: str, *args: Any) -> None:
    if args[0].ndim != 4:
        raise ShapeError(
            f"{name}: expected images (N, C, H, W), got {args[0].shape}; one image is "
            f"x[None], one channel is x[:, None]{operands(args)}"
        )
