"""Layers of filters, for sequences, images and volumes."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any, ClassVar

import numpy as np

from .. import functions as F
from ..core import Parameter, Variable
from ..errors import (
    ArgumentError,
    tell,
)
from ..functions.sliding import SPATIAL, Pads, Sizes
from .basic import bias
from .checks import checked, floating, function, pads, sizes, whole
from .initial import Initial, draw, fan_normal
from .layer import Layer


class _Filters(Layer):
    """What both directions have in common; the arguments are those of `Conv2d`."""

    rank: ClassVar[int]  # how many spatial axes
    in_axis: ClassVar[int]  # of the filters: the axis of the channels that come in
    _function: ClassVar[Callable[..., Variable]]

    def __init__(
        self,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        pad: Pads = 0,
        nobias: bool = False,
        dtype: Any = np.float32,
        in_channels: int | None = None,
        *,
        dilation: Sizes = 1,
        groups: int = 1,
        W_init: Initial | None = None,
    ) -> None:
        name, rank = type(self).__name__, self.rank
        self._W_init = W_init if W_init is None else function(f"{name} W_init", W_init)
        self.out_channels = whole(f"{name} out_channels", out_channels)
        self.kernel_size = sizes(f"{name} kernel_size", kernel_size, rank)
        self.stride = sizes(f"{name} stride", stride, rank)
        self.pad = pads(f"{name} pad", pad, rank)
        self.dilation = sizes(f"{name} dilation", dilation, rank)
        self.groups = whole(f"{name} groups", groups)
        if self.out_channels % self.groups:
            fields = {"which": "out_channels", "channels": self.out_channels}
            raise tell(ArgumentError, "layer-groups", name=name, got=groups, **fields)
        self.dtype = floating(f"{name} dtype", dtype)
        self.W = Parameter(None, "W")
        self.b = bias(name, nobias, self.out_channels, self.dtype)
        if in_channels is not None:
            self._make(whole(f"{name} in_channels", in_channels))

    nobias = property(lambda self: self.b is None)

    @property
    def in_channels(self) -> int | None:
        """Channels that come in; None as long as there was no input."""
        if self.W.data is None:
            return None
        return self.W.shape[self.in_axis] * (self.groups if self.in_axis else 1)

    def _make(self, in_channels: int) -> None:
        """Draw the filters: the second axis has the channels of one group."""
        if in_channels % self.groups:
            fields = {"which": "in_channels", "channels": in_channels}
            fields |= {"name": type(self).__name__, "got": self.groups}
            raise tell(ArgumentError, "layer-groups", **fields)
        channels = [self.out_channels, self.out_channels]
        channels[self.in_axis] = in_channels
        shape = channels[0], channels[1] // self.groups, *self.kernel_size
        fan_in = in_channels // self.groups * prod(self.kernel_size)
        self.W.data = self._drawn(shape, fan_in)

    def _drawn(self, shape: tuple[int, ...], fan_in: int) -> Any:
        if self._W_init is None:
            return fan_normal(shape, fan_in, self.dtype)
        if self.in_axis == 1:
            return draw(self._W_init, shape, self.dtype)
        # An initialiser takes the fans of filters (out, in, *kernel).
        turned = (shape[1], shape[0], *shape[2:])
        return np.swapaxes(draw(self._W_init, turned, self.dtype), 0, 1).copy()

    def _checked(self, x: Any) -> Any:
        """The input, if its channels fit; they make the filters if there are none."""
        axes = "(N, {}, " + SPATIAL[self.rank] + ")"
        x = checked(self, x, -1 - self.rank, "in_channels", axes)
        if self.W.data is None:
            self._make(x.shape[-1 - self.rank])
            self._settle(x)
        return x


class _Conv(_Filters):
    in_axis = 1

    def forward(self, x: Any) -> Variable:
        """``(N, in_channels, H, W)`` to ``(N, out_channels, OH, OW)``, for two axes."""
        settings = self.stride, self.pad, self.dilation, self.groups
        return self._function(self._checked(x), self.W, self.b, *settings)


class _ConvTranspose(_Filters):
    in_axis = 0

    def forward(self, x: Any, out_size: Sizes | None = None) -> Variable:
        """``(N, in_channels, H, W)`` to ``(N, out_channels, OH, OW)``, for two axes.

        Args:
            x: images.
            out_size: of the result, see `ondol.functions.conv_transpose2d`.
        """
        settings = self.stride, self.pad, out_size, self.dilation, self.groups
        return self._function(self._checked(x), self.W, self.b, *settings)


class Conv1d(_Conv):
    """Filters that slide along sequences ``(N, C, L)``.

    Args:
        out_channels: how many filters.
        kernel_size: length of a filter.
        stride: step between windows.
        pad: zeros added, see `Conv2d`.
        nobias: leave `b` away.
        dtype: of the parameters.
        in_channels: channels that come in; None takes them from the first input.
        W_init: makes `W` of ``(out, in, *kernel)`` and a dtype; see `layers.initial`.
        dilation: step between the elements of a window.
        groups: parts of the channels that do not see each other.

    Attributes:
        W: ``(out_channels, in_channels / groups, K)``, drawn as of `Conv2d`.
        b: ``(out_channels,)``, zeros; or None.
    """

    rank = 1
    _function = staticmethod(F.conv1d)


class Conv2d(_Conv):
    """Filters that slide over images ``(N, C, H, W)`` (book step 57).

    Args:
        out_channels: how many filters.
        kernel_size: height and width of a filter, one number or two.
        stride: step between windows, one number or two.
        pad: zeros added at each side: a number, or for each direction one, or a pair
            for before and behind; or ``"same"`` or ``"valid"``, see
            `ondol.functions.conv2d`.
        nobias: leave `b` away.
        dtype: of the parameters.
        in_channels: channels that come in; None takes them from the first input.
        W_init: makes `W` of ``(out, in, *kernel)`` and a dtype; see `layers.initial`.
        dilation: step between the elements of a window, one number or two.
        groups: parts of the channels that do not see each other; as many as there are
            channels make a depthwise convolution.

    Attributes:
        W: ``(out_channels, in_channels / groups, KH, KW)``, normal of variance
            ``groups / (in_channels * KH * KW)``.
        b: ``(out_channels,)``, zeros; or None.
    """

    rank = 2
    _function = staticmethod(F.conv2d)


class Conv3d(_Conv):
    """Filters that slide through volumes ``(N, C, D, H, W)``.

    Args:
        out_channels: how many filters.
        kernel_size: depth, height and width of a filter, one number or three.
        stride: step between windows.
        pad: zeros added, see `Conv2d`.
        nobias: leave `b` away.
        dtype: of the parameters.
        in_channels: channels that come in; None takes them from the first input.
        W_init: makes `W` of ``(out, in, *kernel)`` and a dtype; see `layers.initial`.
        dilation: step between the elements of a window.
        groups: parts of the channels that do not see each other.

    Attributes:
        W: ``(out_channels, in_channels / groups, KD, KH, KW)``, drawn as of `Conv2d`.
        b: ``(out_channels,)``, zeros; or None.
    """

    rank = 3
    _function = staticmethod(F.conv3d)


class ConvTranspose1d(_ConvTranspose):
    """The transpose of a convolution of sequences; see `ConvTranspose2d`.

    Args:
        out_channels: channels that come out.
        kernel_size: length of a filter.
        stride: step between the places.
        pad: elements cut off at each end.
        nobias: leave `b` away.
        dtype: of the parameters.
        in_channels: channels that come in; None takes them from the first input.
        W_init: makes `W` of ``(out, in, *kernel)`` and a dtype; see `layers.initial`.
        dilation: step between the elements of a filter.
        groups: parts of the channels that do not see each other.

    Attributes:
        W: ``(in_channels, out_channels / groups, K)``, drawn as of `ConvTranspose2d`.
        b: ``(out_channels,)``, zeros; or None.
    """

    rank = 1
    _function = staticmethod(F.conv_transpose1d)


class ConvTranspose2d(_ConvTranspose):
    """Filters laid down at every place of images: the transpose of a convolution.

    With a stride of 2 it doubles height and width, as the generators of images do; see
    `ondol.functions.conv_transpose2d`.

    Args:
        out_channels: channels that come out.
        kernel_size: height and width of a filter, one number or two.
        stride: step between the places, one number or two.
        pad: rows and columns cut off at each side, given as for `Conv2d`; ``"same"``
            makes images `stride` times as large.
        nobias: leave `b` away.
        dtype: of the parameters.
        in_channels: channels that come in; None takes them from the first input.
        W_init: makes `W` of ``(out, in, *kernel)`` and a dtype; see `layers.initial`.
        dilation: step between the elements of a filter, one number or two.
        groups: parts of the channels that do not see each other.

    Attributes:
        W: ``(in_channels, out_channels / groups, KH, KW)``, normal of variance
            ``groups / (in_channels * KH * KW)``.
        b: ``(out_channels,)``, zeros; or None.
    """

    rank = 2
    _function = staticmethod(F.conv_transpose2d)


class ConvTranspose3d(_ConvTranspose):
    """The transpose of a convolution of volumes; see `ConvTranspose2d`.

    Args:
        out_channels: channels that come out.
        kernel_size: depth, height and width of a filter, one number or three.
        stride: step between the places.
        pad: what is cut off at each side.
        nobias: leave `b` away.
        dtype: of the parameters.
        in_channels: channels that come in; None takes them from the first input.
        W_init: makes `W` of ``(out, in, *kernel)`` and a dtype; see `layers.initial`.
        dilation: step between the elements of a filter.
        groups: parts of the channels that do not see each other.

    Attributes:
        W: ``(in_channels, out_channels / groups, KD, KH, KW)``, drawn as of
            `ConvTranspose2d`.
        b: ``(out_channels,)``, zeros; or None.
    """

    rank = 3
    _function = staticmethod(F.conv_transpose3d)
