"""The book's convolution and pooling (step 57), spelled with ondol's."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import ondol.functions as F

from .. import primitives
from ..functions.sliding import check_images, numbers
from .core import as_class, lifted

Pair = int | tuple[int, int]


def __getattr__(name: str) -> Any:
    """The book's module hands on helpers of ``utils``, which itself needs this one."""
    if name in ("get_conv_outsize", "get_deconv_outsize", "pair"):
        return getattr(import_module("ondol.dezero.utils"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@lifted
def conv2d(x: Any, W: Any, b: Any = None, stride: Pair = 1, pad: Pair = 0) -> Any:
    """Slide filters ``(O, C, KH, KW)`` over images ``(N, C, H, W)``."""
    return F.conv2d(x, W, b, stride, pad)


conv2d_simple = conv2d


@lifted
def deconv2d(
    x: Any,
    W: Any,
    b: Any = None,
    stride: Pair = 1,
    pad: Pair = 0,
    outsize: Pair | None = None,
) -> Any:
    """The transpose of `conv2d`, for W of shape ``(C, O, KH, KW)``."""
    return F.conv_transpose2d(x, W, b, stride, pad, outsize)


@lifted
def pooling(x: Any, kernel_size: Pair, stride: Pair = 1, pad: Pair = 0) -> Any:
    """The largest element of each window."""
    return F.max_pool2d(x, kernel_size, stride, pad)


pooling_simple = pooling


@lifted
def average_pooling(x: Any, kernel_size: Pair, stride: Pair = 1, pad: Pair = 0) -> Any:
    """The mean of each window; zeros of the padding count."""
    return F.avg_pool2d(x, kernel_size, stride, pad)


@lifted
def im2col(
    x: Any, kernel_size: Pair, stride: Pair = 1, pad: Pair = 0, to_matrix: bool = True
) -> Any:
    """The windows of images ``(N, C, H, W)``.

    Returns:
        ``(N * OH * OW, C * KH * KW)``, or ``(N, C, KH, KW, OH, OW)`` without
        `to_matrix`.
    """
    check_images("im2col", 2, x)
    size = numbers("im2col size", kernel_size, 2, 1)
    step = numbers("im2col stride", stride, 2, 1)
    ph, pw = numbers("im2col pad", pad, 2, 0)
    if ph or pw or not to_matrix:  # windows are to show a copy of the images
        x = F.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    col = primitives.windows(x, size, step, (1, 1))
    if not to_matrix:
        return col
    n, c, kh, kw, oh, ow = col.shape
    rows = F.transpose(col, (0, 4, 5, 1, 2, 3))
    return F.reshape(rows, (n * oh * ow, c * kh * kw))


@lifted
def col2im(
    x: Any,
    input_shape: tuple[int, int, int, int],
    kernel_size: Pair,
    stride: Pair = 1,
    pad: Pair = 0,
    to_matrix: bool = True,
) -> Any:
    """Add windows up to images of `input_shape`: the transpose of `im2col`."""
    n, c, h, w = input_shape
    kh, kw = numbers("col2im size", kernel_size, 2, 1)
    step = numbers("col2im stride", stride, 2, 1)
    ph, pw = numbers("col2im pad", pad, 2, 0)
    if to_matrix:
        oh = (h + 2 * ph - kh) // step[0] + 1
        ow = (w + 2 * pw - kw) // step[1] + 1
        x = F.transpose(F.reshape(x, (n, oh, ow, c, kh, kw)), (0, 3, 4, 5, 1, 2))
    padded = primitives.fold(x, (h + 2 * ph, w + 2 * pw), step, (1, 1))
    return padded[:, :, ph : ph + h, pw : pw + w]


def im2col_array(
    img: Any, kernel_size: Pair, stride: Pair, pad: Pair, to_matrix: bool = True
) -> Any:
    """`im2col` of a plain array."""
    return im2col(img, kernel_size, stride, pad, to_matrix).data


def col2im_array(
    col: Any,
    img_shape: tuple[int, int, int, int],
    kernel_size: Pair,
    stride: Pair,
    pad: Pair,
    to_matrix: bool = True,
) -> Any:
    """`col2im` of a plain array."""
    return col2im(col, img_shape, kernel_size, stride, pad, to_matrix).data


# The book's classes, for programs that name them: ``Conv2d(stride, pad)(x, W, b)``.
Conv2d, Deconv2d = as_class("Conv2d", conv2d), as_class("Deconv2d", deconv2d)
Pooling = as_class("Pooling", pooling)
AveragePooling = as_class("AveragePooling", average_pooling)
Im2col, Col2im = as_class("Im2col", im2col), as_class("Col2im", col2im)
