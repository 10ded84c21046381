"""Dropout: zeros at random while training, so that no feature relies on another."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.graph import Variable, lift
from ..core.modes import training
from ..errors import ArgumentError, ShapeError, tell
from ..random import generator
from .activation import SELU_ALPHA, SELU_SCALE, real
from .checks import axes_of

__all__ = [
    "alpha_dropout",
    "channel_dropout",
    "drop_path",
    "dropout",
]


def _check_ratio(name: str, ratio: Any) -> None:
    if not isinstance(ratio, int | float | np.number) or not 0 <= ratio < 1:
        raise tell(ArgumentError, "dropout-ratio", name=name, ratio=ratio)


def _kept(x: Variable, ratio: float, shared: tuple[int, ...] = ()) -> Any:
    """Which elements stay: a mask with length 1 along the axes that share a fate."""
    shape = tuple(1 if i in shared else n for i, n in enumerate(x.shape))
    dtype = np.result_type(x.dtype, np.float16)  # integers become real numbers
    mask = generator.uniform(shape, dtype) >= ratio
    # The mask goes to where the elements are. On the CPU it is there, and in a function
    # that is compiled it is a tracer, which np.asarray would refuse.
    return mask if type(x.data) is np.ndarray else np.asarray(mask, like=x.data)


def dropout(x: Any, ratio: float = 0.5, shared: Any = ()) -> Variable:
    """Zero each element with probability `ratio`; scale the rest to keep the mean.

    In test mode `x` comes back as it is (Srivastava et al. 2014; book step 54).

    Args:
        x: any shape.
        ratio: from 0 (drop nothing) to 1, not included.
        shared: axes along which all elements are dropped or kept together.
    """
    _check_ratio("dropout", ratio)
    x = lift(x)
    if not training.get() or ratio == 0:
        return x
    axes = axes_of("dropout", x, shared)
    dtype = np.result_type(x.dtype, np.float16)
    return x * (_kept(x, ratio, axes) / dtype.type(1 - ratio))


def channel_dropout(x: Any, ratio: float = 0.5) -> Variable:
    """Zero whole channels of each sample with probability `ratio`.

    For features whose neighbours tell nearly the same (Tompson et al. 2015, who call it
    spatial dropout). In test mode `x` comes back as it is.

    Args:
        x: ``(N, C, ...)``.
        ratio: from 0 (drop nothing) to 1, not included.
    """
    x = lift(x)
    if x.ndim < 2:
        raise tell(ShapeError, "channel-dropout-shape", {"x": x})
    return dropout(x, ratio, tuple(range(2, x.ndim)))


def drop_path(x: Any, ratio: float = 0.5) -> Variable:
    """Zero whole samples with probability `ratio`: stochastic depth.

    Around a residual branch, ``x + drop_path(branch(x), ratio)``, it skips the branch
    for some samples (Huang et al. 2016). In test mode `x` comes back as it is.

    Args:
        x: ``(N, ...)``.
        ratio: from 0 (drop nothing) to 1, not included.
    """
    x = lift(x)
    if x.ndim < 1:
        raise tell(ShapeError, "drop-path-shape", {"x": x})
    return dropout(x, ratio, tuple(range(1, x.ndim)))


def alpha_dropout(x: Any, ratio: float = 0.5) -> Variable:
    """Set elements to the lowest value of `selu`; keep mean 0 and variance 1.

    In test mode `x` comes back as it is (Klambauer et al. 2017).

    Args:
        x: any shape, of mean 0 and variance 1, as `selu` gives it.
        ratio: from 0 (drop nothing) to 1, not included.
    """
    _check_ratio("alpha_dropout", ratio)
    x = lift(real(x))
    if not training.get() or ratio == 0:
        return x
    ratio = float(ratio)  # a np.float64 would make float64 of float32
    keep, low = 1 - ratio, -SELU_SCALE * SELU_ALPHA
    scale = (keep + low * low * keep * ratio) ** -0.5
    kept = _kept(x, ratio).astype(x.dtype)
    return scale * (x * kept + (low * (1 - kept) - ratio * low))
