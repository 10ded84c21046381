"""The numbers that new parameters begin with: ``L.initial.he_normal``.

An initialiser is a function of a shape and a dtype that returns a new array; those that
draw do so from ondol's own stream, which `ondol.seed` starts. `lecun_normal`,
`orthogonal` and their like are initialisers; `normal`, `constant` and their like make
one of their settings: ``L.Linear(10, W_init=L.initial.normal(std=0.02))``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import prod
from typing import Any

import numpy as np

from ..errors import (
    ArgumentError,
    ShapeError,
    tell,
)
from ..random import generator

__all__ = [
    "constant",
    "dirac",
    "fans",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "lecun_normal",
    "lecun_uniform",
    "normal",
    "ones",
    "orthogonal",
    "sparse",
    "truncated_normal",
    "uniform",
    "zeros",
]

Shape = tuple[int, ...]
Initial = Callable[..., Any]  # (shape, dtype) -> a new array

_drawing = ContextVar("drawing", default=True)
_SLAB = 1 << 22  # how many numbers are drawn at once: drawing takes 80 times their size


@contextmanager
def undrawn() -> Iterator[None]:
    """Make weights without numbers inside the block: theirs will come from a file.

    They have shape and dtype, take no memory and no time, and cannot be written to.
    """
    token = _drawing.set(False)
    try:
        yield
    finally:
        _drawing.reset(token)


def draw(init: Initial, shape: Shape, dtype: Any) -> Any:
    """A new array by an initialiser; it is refused if it is not what was asked for."""
    if not _drawing.get():
        return np.broadcast_to(np.zeros((), dtype), shape)
    weights = init(shape, dtype)
    if getattr(weights, "shape", None) != shape or weights.dtype != dtype:
        asked = {"shape": shape, "dtype": np.dtype(dtype)}
        raise tell(ShapeError, "initial-result", [weights], **asked)
    return weights


def fan_normal(shape: Shape, fan_in: int, dtype: Any) -> Any:
    """`lecun_normal` for weights in another layout, whose fan-in is told."""
    return draw(lambda *_: _normal(shape, dtype, (1 / fan_in) ** 0.5), shape, dtype)


def fans(shape: Shape) -> tuple[int, int]:
    """How many numbers feed one output, and how many outputs one number feeds.

    Args:
        shape: ``(in, out)`` of a matrix; ``(out, in, *kernel)`` of filters, whose
            kernel counts for both.

    Raises:
        ShapeError: fewer than two axes.
    """
    if len(shape) < 2:
        raise tell(ShapeError, "initial-fans", got=shape)
    if len(shape) == 2:
        return shape[0], shape[1]
    kernel = prod(shape[2:])
    return shape[1] * kernel, shape[0] * kernel


def _slabs(draw: Callable[..., Any], shape: Shape, dtype: Any) -> np.ndarray:
    """Draw a large array part by part."""
    weights = np.empty(shape, dtype)
    if not shape:
        weights[...] = draw(shape, dtype)
        return weights
    rows = max(1, _SLAB // max(1, prod(shape[1:])))
    for start in range(0, shape[0], rows):
        slab = weights[start : start + rows]
        slab[...] = draw(slab.shape, dtype)
    return weights


def _normal(shape: Shape, dtype: Any, std: float) -> np.ndarray:
    weights = _slabs(generator.normal, shape, dtype)
    weights *= np.dtype(dtype).type(std)
    return weights


def _uniform(shape: Shape, dtype: Any, low: float, high: float) -> np.ndarray:
    weights = _slabs(generator.uniform, shape, dtype)
    weights *= np.dtype(dtype).type(high - low)
    weights += np.dtype(dtype).type(low)
    return weights


# -- by the number of inputs and outputs ----------------------------------------------


def lecun_normal(shape: Shape, dtype: Any = np.float32) -> np.ndarray:
    """Normal numbers of variance ``1 / fan_in``, which keep the scale of a signal.

    LeCun, Bottou, Orr, Müller, "Efficient BackProp" (1998).
    """
    return _normal(shape, dtype, (1 / max(fans(shape)[0], 1)) ** 0.5)


def lecun_uniform(shape: Shape, dtype: Any = np.float32) -> np.ndarray:
    """Even numbers of variance ``1 / fan_in``."""
    bound = (3 / max(fans(shape)[0], 1)) ** 0.5
    return _uniform(shape, dtype, -bound, bound)


def glorot_normal(shape: Shape, dtype: Any = np.float32) -> np.ndarray:
    """Normal numbers of variance ``2 / (fan_in + fan_out)``, for tanh.

    Glorot, Bengio, "Understanding the difficulty of training deep feedforward neural
    networks" (2010).
    """
    return _normal(shape, dtype, (2 / max(sum(fans(shape)), 1)) ** 0.5)


def glorot_uniform(shape: Shape, dtype: Any = np.float32) -> np.ndarray:
    """Even numbers of variance ``2 / (fan_in + fan_out)`` (Glorot, Bengio 2010)."""
    bound = (6 / max(sum(fans(shape)), 1)) ** 0.5
    return _uniform(shape, dtype, -bound, bound)


def he_normal(shape: Shape, dtype: Any = np.float32) -> np.ndarray:
    """Normal numbers of variance ``2 / fan_in``, for relu.

    He, Zhang, Ren, Sun, "Delving Deep into Rectifiers" (2015).
    """
    return _normal(shape, dtype, (2 / max(fans(shape)[0], 1)) ** 0.5)


def he_uniform(shape: Shape, dtype: Any = np.float32) -> np.ndarray:
    """Even numbers of variance ``2 / fan_in`` (He, Zhang, Ren, Sun 2015)."""
    bound = (6 / max(fans(shape)[0], 1)) ** 0.5
    return _uniform(shape, dtype, -bound, bound)


def orthogonal(shape: Shape, dtype: Any = np.float32, scale: float = 1.0) -> np.ndarray:
    """Rows, or columns if there are fewer, at right angles and of length `scale`.

    Filters ``(out, in, *kernel)`` count as a matrix ``(out, in * kernel)``. By the QR
    decomposition of normal numbers, with the signs that make all rotations equally
    likely (Saxe, McClelland, Ganguli 2014; Mezzadri 2007).
    """
    fans(shape)
    rows, columns = shape[0], prod(shape[1:])
    tall = generator.normal((max(rows, columns), min(rows, columns)), np.float64)
    q, r = np.linalg.qr(tall)
    q = q * np.where(np.diagonal(r) < 0, -1, 1)
    q = q if rows >= columns else q.T
    return np.reshape(scale * q, shape).astype(dtype)


# -- by numbers that are told ---------------------------------------------------------


def normal(std: float = 0.01, mean: float = 0.0) -> Initial:
    """An initialiser of normal numbers."""
    return lambda shape, dtype=np.float32: (
        _normal(shape, dtype, std) + (np.dtype(dtype).type(mean))
    )


def uniform(low: float = -0.05, high: float = 0.05) -> Initial:
    """An initialiser of numbers spread evenly from `low` up to `high`."""
    if not low <= high:
        raise tell(ArgumentError, "initial-uniform", low=low, high=high)
    return lambda shape, dtype=np.float32: _uniform(shape, dtype, low, high)


def truncated_normal(std: float = 0.01, mean: float = 0.0, bound: float = 2) -> Initial:
    """An initialiser of normal numbers, drawn anew beyond `bound` deviations.

    `std` is that of the numbers before they are cut off: with a bound of 2 the result
    has 0.88 of it.
    """
    if not bound > 0.1:
        raise tell(ArgumentError, "initial-bound", got=bound)

    def init(shape: Shape, dtype: Any = np.float32) -> np.ndarray:
        weights = generator.normal(shape, np.float64)
        while (far := np.abs(weights) > bound).any():
            weights[far] = generator.normal((int(far.sum()),), np.float64)
        return (mean + std * weights).astype(dtype)

    return init


def constant(value: float) -> Initial:
    """An initialiser of one and the same number."""
    return lambda shape, dtype=np.float32: np.full(shape, value, dtype)


def zeros(shape: Shape, dtype: Any = np.float32) -> np.ndarray:
    """Zeros."""
    return np.zeros(shape, dtype)


def ones(shape: Shape, dtype: Any = np.float32) -> np.ndarray:
    """Ones."""
    return np.ones(shape, dtype)


def identity(shape: Shape, dtype: Any = np.float32) -> np.ndarray:
    """The matrix that leaves a vector as it is, cut or filled with zeros to `shape`."""
    if len(shape) != 2:
        raise tell(ShapeError, "initial-matrix", name="identity", got=shape)
    return np.eye(*shape, dtype=dtype)


def dirac(shape: Shape, dtype: Any = np.float32) -> np.ndarray:
    """Filters ``(out, in, *kernel)`` that hand each channel on as it is.

    A 1 at the middle of the kernel, from channel i to channel i (Zagoruyko, Komodakis
    2017); further outputs are 0.
    """
    if len(shape) < 3:
        raise tell(ShapeError, "initial-filters", name="dirac", got=shape)
    weights, middle = np.zeros(shape, dtype), tuple(n // 2 for n in shape[2:])
    for i in range(min(shape[:2])):
        weights[(i, i, *middle)] = 1
    return weights


def sparse(share: float, std: float = 0.01) -> Initial:
    """An initialiser of matrices ``(in, out)``: of normal numbers, most of them 0.

    Args:
        share: of the inputs of each output that are 0, from 0 to 1.
        std: of the others (Martens 2010).
    """
    if not 0 <= share <= 1:
        raise tell(ArgumentError, "initial-share", got=share)

    def init(shape: Shape, dtype: Any = np.float32) -> np.ndarray:
        if len(shape) != 2:
            raise tell(ShapeError, "initial-matrix", name="sparse", got=shape)
        order = np.argsort(generator.uniform(shape, np.float64), axis=0)
        ranks = np.argsort(order, axis=0)
        return _normal(shape, dtype, std) * (ranks >= round(share * shape[0]))

    return init
