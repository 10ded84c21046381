"""Layers of filters for images."""

from __future__ import annotations

from math import prod
from typing import Any, ClassVar

import numpy as np

from .. import functions as F
from ..core import Parameter, Variable
from .checks import checked, floating, pair, whole
from .initial import lecun_normal
from .layer import Layer


class _Filters(Layer):
    """What both directions have in common; the arguments are those of `Conv2d`."""

    in_axis: ClassVar[int]  # of the filters: the axis of the channels that come in

    def __init__(
        self,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        pad: int | tuple[int, int] = 0,
        nobias: bool = False,
        dtype: Any = np.float32,
        in_channels: int | None = None,
    ) -> None:
        name = type(self).__name__
        self.out_channels = whole(f"{name} out_channels", out_channels)
        self.kernel_size = pair(f"{name} kernel_size", kernel_size)
        self.stride = pair(f"{name} stride", stride)
        self.pad = pair(f"{name} pad", pad, least=0)
        self.dtype = floating(f"{name} dtype", dtype)
        self.W = Parameter(None, "W")
        zeros = np.zeros(self.out_channels, self.dtype)
        self.b = None if nobias else Parameter(zeros, "b")
        if in_channels is not None:
            self._make(whole(f"{name} in_channels", in_channels))

    nobias = property(lambda self: self.b is None)

    @property
    def in_channels(self) -> int | None:
        """Channels that come in; None as long as there was no input."""
        return None if self.W.data is None else self.W.shape[self.in_axis]

    def _make(self, in_channels: int) -> None:
        channels = [self.out_channels, self.out_channels]
        channels[self.in_axis] = in_channels
        fan_in = in_channels * prod(self.kernel_size)
        self.W.data = lecun_normal((*channels, *self.kernel_size), fan_in, self.dtype)

    def _checked(self, x: Any) -> Any:
        """The input, if its channels fit; they make the filters if there are none."""
        x = checked(self, x, -3, "in_channels", "(N, {}, H, W)")
        if self.W.data is None:
            self._make(x.shape[-3])
            self._settle(x)
        return x


class Conv2d(_Filters):
    """Filters that slide over images ``(N, C, H, W)`` (book step 57).

    Args:
        out_channels: how many filters.
        kernel_size: height and width of a filter, one number or two.
        stride: step between windows, one number or two.
        pad: zeros added at each side, one number or two.
        nobias: leave `b` away.
        dtype: of the parameters.
        in_channels: channels that come in; None takes them from the first input.

    Attributes:
        W: ``(out_channels, in_channels, KH, KW)``, normal of variance
            ``1 / (in_channels * KH * KW)``.
        b: ``(out_channels,)``, zeros; or None.
    """

    in_axis = 1

    def forward(self, x: Any) -> Variable:
        """``(N, in_channels, H, W)`` to ``(N, out_channels, OH, OW)``."""
        return F.conv2d(self._checked(x), self.W, self.b, self.stride, self.pad)


class ConvTranspose2d(_Filters):
    """Filters laid down at every place of images: the transpose of a convolution.

    With a stride of 2 it doubles height and width, as the generators of images do; see
    `ondol.functions.conv_transpose2d`.

    Args:
        out_channels: channels that come out.
        kernel_size: height and width of a filter, one number or two.
        stride: step between the places, one number or two.
        pad: rows and columns cut off at each side, one number or two.
        nobias: leave `b` away.
        dtype: of the parameters.
        in_channels: channels that come in; None takes them from the first input.

    Attributes:
        W: ``(in_channels, out_channels, KH, KW)``, normal of variance
            ``1 / (in_channels * KH * KW)``.
        b: ``(out_channels,)``, zeros; or None.
    """

    in_axis = 0

    def forward(self, x: Any) -> Variable:
        """``(N, in_channels, H, W)`` to ``(N, out_channels, OH, OW)``."""
        x = self._checked(x)
        return F.conv_transpose2d(x, self.W, self.b, self.stride, self.pad)
