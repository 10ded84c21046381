"""Convolution and pooling, as products and reductions of windows (book steps 55 to 57).

`windows` lays every window of an image out as a view; a convolution is then one matrix
product per image, and pooling a reduction. Their gradients follow from the rules of
these parts, to any order.
"""

from __future__ import annotations

from operator import index
from typing import Any

import numpy as np

from .. import primitives
from ..core.graph import Variable, as_operand, lift
from ..errors import ArgumentError, ShapeError, operands
from .reduce import mean
from .shape import reshape, take_along_axis

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
    columns = _windows("conv2d", x, W.shape[2:], stride, pad, dilation, 0)
    n, c, kh, kw, oh, ow = columns.shape
    rows = np.reshape(W, (W.shape[0], c * kh * kw))
    y = rows @ np.reshape(columns, (n, c * kh * kw, oh * ow))
    if b is not None:
        b = as_operand(b)
        if b.shape != W.shape[:1]:
            raise ShapeError(
                f"conv2d: the bias has one number for each of {W.shape[0]} filters"
                f"{operands((x, W, b))}"
            )
        y = y + np.reshape(b, (-1, 1))
    return reshape(y, (n, W.shape[0], oh, ow))


def max_pool2d(
    x: Any, size: Pair, stride: Pair | None = None, pad: Pair = 0
) -> Variable:
    """The largest element of each window; the first of equals gets the gradient.

    Args:
        x: images, ``(N, C, H, W)``.
        size: height and width of a window.
        stride: step between windows; the size if it is None.
        pad: places added at each side, which never win.

    Returns:
        ``(N, C, OH, OW)``.
    """
    x = lift(x)
    _check_images("max_pool2d", x)
    stride = size if stride is None else stride
    parts = _windows("max_pool2d", x, size, stride, pad, 1, _lowest(x.dtype))
    n, c, kh, kw, oh, ow = parts.shape
    if not all(p < k for p, k in zip(_pair("", pad, 0), (kh, kw), strict=True)):
        raise ArgumentError(
            f"max_pool2d: pad {pad} makes windows of nothing but padding; expected "
            f"less than the size {size}{operands((x,))}"
        )
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
    return mean(_windows("avg_pool2d", x, size, stride, pad, 1, 0), axis=(2, 3))


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


def _windows(
    name: str, x: Any, size: Any, stride: Pair, pad: Pair, dilation: Pair, fill: float
) -> Any:
    """The windows of padded images, ``(N, C, KH, KW, OH, OW)``."""
    size, stride = _pair(f"{name} size", size, 1), _pair(f"{name} stride", stride, 1)
    dilation = _pair(f"{name} dilation", dilation, 1)
    pad = _pair(f"{name} pad", pad, 0)
    if any(pad):
        widths = ((0, 0), (0, 0), (pad[0],) * 2, (pad[1],) * 2)
        x = primitives.pad(x, widths, fill)
    spans = tuple((n - 1) * d + 1 for n, d in zip(size, dilation, strict=True))
    if spans[0] > x.shape[2] or spans[1] > x.shape[3]:
        raise ShapeError(
            f"{name}: a window of {spans} does not fit into images of {x.shape[2:]} "
            f"(padding included){operands((x,))}"
        )
    return primitives.windows(x, size, stride, dilation)


def _check_images(name: str, *args: Any) -> None:
    if args[0].ndim != 4:
        raise ShapeError(
            f"{name}: expected images (N, C, H, W), got {args[0].shape}; one image is "
            f"x[None], one channel is x[:, None]{operands(args)}"
        )
