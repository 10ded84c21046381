"""Sequences: convolution and correlation, and lines through given points."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import is_array
from ..core.graph import Variable, apply, as_operand, data_of, lift
from ..errors import ArgumentError, DtypeError, ShapeError, tell
from .compare import where
from .complexes import conj
from .joining import concatenate
from .register import composite, rule
from .shape import broadcast_to

__all__ = [
    "convolve",
    "correlate",
    "interp",
]

# Only the full convolution is a primitive: it alone is closed under differentiation.
rule(
    np.convolve,
    lambda g, y, a, v: np.convolve(g, np.flip(v, 0))[v.size - 1 :][: a.size],
    lambda g, y, a, v: np.convolve(g, np.flip(a, 0))[a.size - 1 :][: v.size],
)


@composite(np.convolve)
def convolve(a: Any, v: Any, mode: str = "full") -> Variable:
    """``y[k] = sum(a[n] * v[k - n])`` of two vectors, of N and of M elements.

    Args:
        a: ``(N,)``.
        v: ``(M,)``; the two may be exchanged.
        mode: what to return: ``"full"``, all ``N + M - 1`` sums; ``"same"``, the middle
            ``max(N, M)``; ``"valid"``, the ``max(N, M) - min(N, M) + 1`` in which no
            element of the shorter one is left over.
    """
    a, v = _vector("convolve", a), _vector("convolve", v)
    return lift(apply(np.convolve, (a, v))[_kept("convolve", mode, a, v, False)])


@composite(np.correlate)
def correlate(a: Any, v: Any, mode: str = "valid") -> Variable:
    """``y[k] = sum(a[n + k] * conj(v[n]))`` of two vectors: `v` slides along `a`.

    Arguments are those of `convolve`; exchanged, they give the result backwards.
    """
    a, v = _vector("correlate", a), _vector("correlate", v)
    full = apply(np.convolve, (a, conj(np.flip(v, 0))))
    return lift(full[_kept("correlate", mode, a, v, a.size < v.size)])


def _vector(name: str, x: Any) -> Any:
    x = as_operand(x)
    if x.ndim > 1 or not x.size:
        raise tell(ShapeError, "signal-vectors", {"x": x}, name=name)
    return x if x.ndim else np.reshape(x, (1,))


def _kept(name: str, mode: Any, a: Any, v: Any, backwards: bool) -> slice:
    """Which of the full sums a mode returns."""
    short, long = sorted((a.size, v.size))
    if mode == "full":
        return slice(None)
    if mode == "same":
        start = short // 2 if backwards else (short - 1) // 2
        return slice(start, start + long)
    if mode == "valid":
        return slice(short - 1, long)
    raise tell(ArgumentError, "signal-mode", {"a": a, "v": v}, name=name, got=mode)


@composite(np.interp)
def interp(
    x: Any,
    xp: Any,
    fp: Any,
    left: Any = None,
    right: Any = None,
    period: float | None = None,
) -> Variable:
    """The height at `x` of the straight lines that join the points ``(xp, fp)``.

    Args:
        x: any shape.
        xp: ``(n,)``, rising.
        fp: ``(n,)``, real or complex.
        left: the value before the first point; None for that of the first.
        right: the value behind the last point; None for that of the last.
        period: of `xp`, which then need not rise; `left` and `right` are not used.

    Returns:
        The shape of `x`. The gradient goes to all three; by `x` it is the slope, at a
        point that of the line to its right, which behind the last one is 0.

    Raises:
        ShapeError: `xp` and `fp` are not two vectors of one length, at least 1.
        ArgumentError: `xp` does not rise everywhere, or `period` is 0.
        DtypeError: `x` or `xp` is complex: they have no order.
    """
    x, xp, fp = lift(as_operand(x)), lift(as_operand(xp)), lift(as_operand(fp))
    if xp.ndim != 1 or xp.shape != fp.shape or not xp.size:
        raise tell(ShapeError, "interp-points", {"xp": xp, "fp": fp})
    if "c" in (x.dtype.kind, xp.dtype.kind):
        raise tell(DtypeError, "interp-real", {"x": x, "xp": xp})
    if period is not None:
        (x, xp, fp), left, right = _around(x, xp, fp, period), None, None
    rises = xp.data[1:] > xp.data[:-1]
    if is_array(rises) and not np.all(rises):
        raise tell(ArgumentError, "interp-order", {"xp": xp})
    before, behind = x.data < xp.data[0], x.data >= xp.data[-1]
    y = _between(x, xp, fp, before | behind)
    last = fp[-1] if right is None else where(x.data > xp.data[-1], right, fp[-1])
    return where(before, fp[0] if left is None else left, where(behind, last, y))


def _around(x: Any, xp: Any, fp: Any, period: Any) -> tuple[Any, Any, Any]:
    """Points of one period, and the nearest of those before and behind it."""
    if not isinstance(period, int | float | np.number) or not period:
        raise tell(ArgumentError, "interp-period", got=period)
    period = -period if period < 0 else period
    x, xp = x % period, xp % period
    order = np.argsort(xp.data)
    xp, fp = xp[order], fp[order]
    xp = concatenate([xp[-1:] - period, xp, xp[:1] + period])
    return x, xp, concatenate([fp[-1:], fp, fp[:1]])


def _between(x: Variable, xp: Variable, fp: Variable, outside: Any) -> Any:
    """The height on the line that `x` is on; any finite number for those outside."""
    if xp.size == 1:
        return broadcast_to(fp[0] * 1.0, x.shape)
    i = np.searchsorted(xp.data, x.data, side="right") - 1
    i = np.clip(i, 0, xp.size - 2)
    start = xp[i]
    x = where(outside, data_of(start), x)
    share = (x - start) / (xp[i + 1] - start)
    return fp[i] + (fp[i + 1] - fp[i]) * share
