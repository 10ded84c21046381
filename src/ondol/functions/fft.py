"""Discrete Fourier transforms: NumPy's ``np.fft``, as ``F.fft.rfft`` and so on.

Four transforms along one axis have rules; all others are made of them. A transform is
a product with a matrix. That of `fft` and `ifft` is symmetric, so its transpose, which
takes the gradient back, is the transform itself. Every transform computes in the
precision of its operand, as NumPy's do.

Source: J. Cooley, J. Tukey, "An algorithm for the machine calculation of complex
Fourier series", 1965.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from ..core.graph import Variable, apply, data_of, lift
from ..core.rules import Vjp
from ..errors import ArgumentError, tell
from ..primitives import pad
from .checks import axes_of, axis_of
from .complexes import conjugate
from .register import composite, rule

__all__ = [
    "fft",
    "fft2",
    "fftn",
    "fftshift",
    "hfft",
    "ifft",
    "ifft2",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftn",
]

Sizes = tuple[int, ...] | None
Norm = Literal["backward", "ortho", "forward"] | None


def _resize(g: Any, x: Any, axis: int) -> Any:
    """Zeros for what a transform cut off; nothing for the zeros that it added."""
    got, n = g.shape[axis], x.shape[axis]
    if got < n:
        return pad(g, tuple((0, n - got if i == axis else 0) for i in range(x.ndim)), 0)
    return g[(*(slice(None),) * axis, slice(n))] if got > n else g


def _transform(function: Callable[..., Any], vjp: Vjp) -> Callable[..., Variable]:
    """The transform along one axis that NumPy's `function` computes, and its rule."""

    def transform(
        a: Any, n: int | None = None, axis: int = -1, norm: Norm = None
    ) -> Variable:
        a = lift(a)
        axis = axis_of(name, a, axis)
        return apply(function, (a,), {"n": n, "axis": axis, "norm": norm})

    rule(function, vjp)
    name = transform.__name__ = transform.__qualname__ = function.__name__
    transform.__doc__ = f"""NumPy's {name}, recorded.

    Args:
        a: any shape.
        n: how many elements along `axis` go in (for irfft: come out), cut or filled up
            with zeros; None for all.
        axis: what to transform along.
        norm: "backward" (None), "ortho" or "forward": where to divide by the length.
    """
    return composite(function)(transform)


def _grad_symmetric(transform: Callable[..., Any]) -> Vjp:
    """The gradient of a transform whose matrix is symmetric: that transform again."""
    return lambda g, y, a, n, axis, norm: _resize(
        transform(g, None, axis, norm), a, axis
    )


def _grad_rfft(g: Any, y: Any, a: Any, n: int | None, axis: int, norm: Norm) -> Any:
    """As of `fft`, for a g that is 0 at the frequencies that were left out."""
    n = a.shape[axis] if n is None else n
    return _resize(np.real(np.fft.fft(g, n, axis, norm)), a, axis)


def _grad_irfft(g: Any, y: Any, a: Any, n: int | None, axis: int, norm: Norm) -> Any:
    """The frequencies that stand for their mirror images too count twice."""
    n, back = g.shape[axis], np.fft.ihfft(g, None, axis, norm)
    twice = [1.0 if k in (0, n / 2) else 2.0 for k in range(n // 2 + 1)]
    weights = np.asarray(twice, y.dtype, like=data_of(a))
    column = (-1,) + (1,) * (a.ndim - 1 - axis)
    return _resize(back * np.reshape(weights, column), a, axis)


fft = _transform(np.fft.fft, _grad_symmetric(np.fft.fft))
ifft = _transform(np.fft.ifft, _grad_symmetric(np.fft.ifft))
rfft = _transform(np.fft.rfft, _grad_rfft)
irfft = _transform(np.fft.irfft, _grad_irfft)

_OPPOSITE: dict[Norm, Norm] = {
    None: "forward",
    "backward": "forward",
    "forward": "backward",
}


@composite(np.fft.hfft)
def hfft(a: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Variable:
    """The real spectrum of a signal of which half is given, as its conjugate mirrors.

    Args:
        a: complex, any shape.
        n: the length of the result along `axis`; ``2 * (length - 1)`` if None.
        axis: what to transform along.
        norm: as NumPy's; None is "backward".
    """
    return irfft(conjugate(a), n, axis, _OPPOSITE.get(norm, norm))


@composite(np.fft.ihfft)
def ihfft(a: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Variable:
    """The inverse of `hfft`: half of the signal of a real spectrum."""
    return conjugate(rfft(a, n, axis, _OPPOSITE.get(norm, norm)))


# -- along several axes ----------------------------------------------------------------


def _steps(a: Any, s: Sizes, axes: Any) -> list[tuple[int | None, int]]:
    """Pairs of a length and an axis, one for each transform along one axis."""
    if s is None:
        return [(None, axis) for axis in (range(a.ndim) if axes is None else axes)]
    if axes is None or len(s) != len(axes):
        raise tell(ArgumentError, "fft-sizes", {"a": a}, sizes=s, axes=axes)
    pairs = zip(s, axes, strict=True)
    return [(a.shape[axis] if n == -1 else n, axis) for n, axis in pairs]


def _along(
    transform: Callable[..., Variable], a: Any, steps: Any, norm: Norm
) -> Variable:
    """One transform after another, the last axis first."""
    for n, axis in reversed(steps):
        a = transform(a, n, axis, norm)
    return a


@composite(np.fft.fftn)
def fftn(a: Any, s: Sizes = None, axes: Any = None, norm: Norm = None) -> Variable:
    """The transform along several axes.

    Args:
        a: any shape, real or complex.
        s: the length along each of `axes`, cut or filled up with zeros; -1 as it is.
        axes: what to transform along; None for all, if there is no `s`.
        norm: "backward" (None), "ortho" or "forward": where to divide by the length.

    Raises:
        ArgumentError: `s` and `axes` do not belong together.
    """
    a = lift(a)
    return _along(fft, a, _steps(a, s, axes), norm)


@composite(np.fft.ifftn)
def ifftn(a: Any, s: Sizes = None, axes: Any = None, norm: Norm = None) -> Variable:
    """The inverse of `fftn`."""
    a = lift(a)
    return _along(ifft, a, _steps(a, s, axes), norm)


@composite(np.fft.rfftn)
def rfftn(a: Any, s: Sizes = None, axes: Any = None, norm: Norm = None) -> Variable:
    """As `fftn`, of real numbers: along the last of `axes` half of the result."""
    a = lift(a)
    *others, (n, axis) = _some(_steps(a, s, axes), a)
    return _along(fft, rfft(a, n, axis, norm), others, norm)


@composite(np.fft.irfftn)
def irfftn(a: Any, s: Sizes = None, axes: Any = None, norm: Norm = None) -> Variable:
    """The inverse of `rfftn`; give `s` if the last length was odd."""
    a = lift(a)
    *others, (n, axis) = _some(_steps(a, s, axes), a)
    return irfft(_along(ifft, a, others[::-1], norm), n, axis, norm)


def _some(steps: list[Any], a: Any) -> list[Any]:
    """At least one axis, for the transforms that do something else along the last."""
    if not steps:
        raise tell(ArgumentError, "fft-no-axes", {"a": a})
    return steps


def _along_two(transform: Callable[..., Variable], name: str) -> Any:
    """The transform along the last two axes, unless `axes` says others."""

    def along_two(
        a: Any, s: Sizes = None, axes: Any = (-2, -1), norm: Norm = None
    ) -> Variable:
        return transform(a, s, axes, norm)

    along_two.__name__ = along_two.__qualname__ = name
    along_two.__doc__ = f"`{name[:-1]}n` along two axes, the last ones by default."
    return composite(getattr(np.fft, name))(along_two)


fft2 = _along_two(fftn, "fft2")
ifft2 = _along_two(ifftn, "ifft2")
rfft2 = _along_two(rfftn, "rfft2")
irfft2 = _along_two(irfftn, "irfft2")


# -- the order of frequencies ----------------------------------------------------------


@composite(np.fft.fftshift)
def fftshift(x: Any, axes: Any = None) -> Variable:
    """Bring the frequency 0 to the middle of each of `axes`; None for all."""
    x = lift(x)
    axes = axes_of("fftshift", x, axes)
    return np.roll(x, tuple(x.shape[axis] // 2 for axis in axes), axes)


@composite(np.fft.ifftshift)
def ifftshift(x: Any, axes: Any = None) -> Variable:
    """Undo `fftshift`."""
    x = lift(x)
    axes = axes_of("ifftshift", x, axes)
    return np.roll(x, tuple(-(x.shape[axis] // 2) for axis in axes), axes)
