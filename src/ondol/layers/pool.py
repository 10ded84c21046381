"""Layers without parameters that make images smaller or larger.

They are for lists of layers; `ondol.functions.global_avg_pool` and others that need no
settings can stand in a list as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from .. import functions as F
from ..core import Variable
from ..errors import (
    ArgumentError,
    tell,
)
from ..functions.sliding import Pads, Sizes
from .checks import pads, sizes
from .layer import Layer


class _Pool(Layer):
    """What all pools have in common; the arguments are those of `MaxPool2d`."""

    rank: ClassVar[int]  # how many spatial axes
    _function: ClassVar[Callable[..., Variable]]

    def __init__(
        self,
        size: Sizes,
        stride: Sizes | None = None,
        *,
        pad: Pads = 0,
        ceil_mode: bool = False,
    ) -> None:
        name, rank = type(self).__name__, self.rank
        self.size = sizes(f"{name} size", size, rank)
        given = stride is not None
        self.stride = sizes(f"{name} stride", stride, rank) if given else None
        self.pad = pads(f"{name} pad", pad, rank)
        self.ceil_mode = ceil_mode

    def _settings(self) -> tuple[Any, ...]:
        return self.size, self.stride, self.pad, self.ceil_mode

    def forward(self, x: Any) -> Variable:
        """``(N, C, H, W)`` to ``(N, C, OH, OW)``, for two axes."""
        return self._function(x, *self._settings())


class _MaxPool(_Pool):
    def __init__(
        self,
        size: Sizes,
        stride: Sizes | None = None,
        *,
        pad: Pads = 0,
        ceil_mode: bool = False,
        dilation: Sizes = 1,
    ) -> None:
        super().__init__(size, stride, pad=pad, ceil_mode=ceil_mode)
        name = type(self).__name__
        self.dilation = sizes(f"{name} dilation", dilation, self.rank)

    def _settings(self) -> tuple[Any, ...]:
        return *super()._settings(), self.dilation


class _AvgPool(_Pool):
    def __init__(
        self,
        size: Sizes,
        stride: Sizes | None = None,
        *,
        pad: Pads = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(size, stride, pad=pad, ceil_mode=ceil_mode)
        self.count_include_pad = count_include_pad

    def _settings(self) -> tuple[Any, ...]:
        return *super()._settings(), self.count_include_pad


class MaxPool1d(_MaxPool):
    """The largest element of each window; see `ondol.functions.max_pool1d`.

    Args:
        size: of a window, one number or one for each spatial axis.
        stride: step between windows; the size if it is None.
        pad: places added at each side, which never win.
        ceil_mode: add windows that hang over the edge.
        dilation: step between the elements of a window.
    """

    rank = 1
    _function = staticmethod(F.max_pool1d)


class MaxPool2d(_MaxPool):
    """The largest element of each window; see `ondol.functions.max_pool2d`.

    Args:
        size: of a window, one number or one for each spatial axis.
        stride: step between windows; the size if it is None.
        pad: places added at each side, which never win.
        ceil_mode: add windows that hang over the edge.
        dilation: step between the elements of a window.
    """

    rank = 2
    _function = staticmethod(F.max_pool2d)


class MaxPool3d(_MaxPool):
    """The largest element of each window; see `ondol.functions.max_pool3d`.

    Args:
        size: of a window, one number or one for each spatial axis.
        stride: step between windows; the size if it is None.
        pad: places added at each side, which never win.
        ceil_mode: add windows that hang over the edge.
        dilation: step between the elements of a window.
    """

    rank = 3
    _function = staticmethod(F.max_pool3d)


class AvgPool1d(_AvgPool):
    """The mean of each window; see `ondol.functions.avg_pool1d`.

    Args:
        size: of a window, one number or one for each spatial axis.
        stride: step between windows; the size if it is None.
        pad: zeros added at each side.
        ceil_mode: add windows that hang over the edge.
        count_include_pad: count the zeros of the padding as elements.
    """

    rank = 1
    _function = staticmethod(F.avg_pool1d)


class AvgPool2d(_AvgPool):
    """The mean of each window; see `ondol.functions.avg_pool2d`.

    Args:
        size: of a window, one number or one for each spatial axis.
        stride: step between windows; the size if it is None.
        pad: zeros added at each side.
        ceil_mode: add windows that hang over the edge.
        count_include_pad: count the zeros of the padding as elements.
    """

    rank = 2
    _function = staticmethod(F.avg_pool2d)


class AvgPool3d(_AvgPool):
    """The mean of each window; see `ondol.functions.avg_pool3d`.

    Args:
        size: of a window, one number or one for each spatial axis.
        stride: step between windows; the size if it is None.
        pad: zeros added at each side.
        ceil_mode: add windows that hang over the edge.
        count_include_pad: count the zeros of the padding as elements.
    """

    rank = 3
    _function = staticmethod(F.avg_pool3d)


class Upsample(Layer):
    """Images in another size; see `ondol.functions.interpolate`.

    Args:
        size: of the result, one number or one for each spatial axis; or `scale`.
        scale: how many times larger the result is, likewise.
        mode: ``"nearest"``, ``"nearest-exact"``, ``"linear"``, ``"cubic"`` or
            ``"area"``.
        align_corners: let the centres of the first and last elements of both lie on
            each other.
    """

    def __init__(
        self,
        size: Sizes | None = None,
        *,
        scale: float | tuple[float, ...] | None = None,
        mode: str = "nearest",
        align_corners: bool = False,
    ) -> None:
        self.size, self.scale = size, scale
        self.mode, self.align_corners = mode, align_corners
        if (size is None) == (scale is None):
            raise tell(ArgumentError, "upsample-size", size=size, scale=scale)

    def forward(self, x: Any) -> Variable:
        """``(N, C, H, W)`` to ``(N, C, OH, OW)``, or one or three spatial axes."""
        return F.interpolate(x, self.size, self.scale, self.mode, self.align_corners)
