"""Functions that run along an axis: totals so far, differences, slopes, areas."""

from __future__ import annotations

from collections.abc import Callable
from math import pi
from typing import Any

import numpy as np

from ..arrays import primitive
from ..core.graph import Variable, as_operand, lift
from ..errors import ArgumentError, DtypeError, ShapeError, tell
from .checks import axes_of, axis_of
from .compare import not_equal
from .elementwise import apart
from .indexing import take_along_axis
from .joining import concatenate
from .math import subtract
from .reduce import as_real, sum
from .register import composite, differentiable, rule
from .shape import astype, broadcast_to, moveaxis, ravel

__all__ = [
    "cummax",
    "cummin",
    "cumprod",
    "cumsum",
    "diff",
    "ediff1d",
    "gradient",
    "logcumsumexp",
    "trapezoid",
    "unwrap",
]


# -- running totals -------------------------------------------------------------------


def _grad_cumsum(g: Any, y: Any, a: Any, axis: int | None = None) -> Any:
    """The gradient of a running sum is the running sum from the other end."""
    along = 0 if axis is None else axis
    back = np.flip(np.cumsum(np.flip(g, along), axis=along), along)
    return np.reshape(back, a.shape)


@primitive
def _recurrence(b: Any, a: Any) -> Any:
    """``y[i] = b[i] + a[i] * y[i - 1]`` along the first axis, from ``y[0] = b[0]``."""
    y = b.copy()
    for i in range(1, len(y)):
        y[i] += a[i] * y[i - 1]
    return y


def _back(g: Any, a: Any) -> Any:
    """The recurrence from the other end: ``s[i] = g[i] + a[i + 1] * s[i + 1]``."""
    return np.flip(_recurrence(np.flip(g, 0), np.flip(np.roll(a, -1, 0), 0)), 0)


def _before(y: Any, first: Any) -> Any:
    """`y` one step later along the first axis, beginning with `first`."""
    return np.concatenate([first, y[:-1]])


rule(
    _recurrence,
    lambda g, y, b, a: _back(g, a),
    lambda g, y, b, a: _back(g, a) * _before(y, np.zeros_like(y[:1])),
)


def _grad_cumprod(g: Any, y: Any, a: Any, axis: int | None = None) -> Any:
    """The product before each element, times what follows from it; no division."""
    if axis is None or not a.ndim:
        return np.reshape(_grad_cumprod(g, y, np.reshape(a, -1), 0), a.shape)
    g, y, a = (np.moveaxis(part, axis, 0) for part in (g, y, a))
    before = _before(y, np.ones_like(y[:1]))
    return np.moveaxis(before * _back(g, a), 0, axis)


cumsum = rule(np.cumsum, _grad_cumsum)
cumprod = rule(np.cumprod, _grad_cumprod)
unwrap = rule(np.unwrap, lambda g, y, p, discont=None, axis=-1, *, period=2 * pi: g)


def _cumulative(name: str, running: Any, start: int) -> Callable[..., Variable]:
    """The array standard's running total, which may begin with that of nothing."""

    def total(x: Any, *, axis: int | None = None, include_initial: bool = False) -> Any:
        x = lift(x)
        if axis is None and x.ndim > 1:
            raise tell(ArgumentError, "running-axis", {"x": x}, name=name)
        y = running(x, axis=axis or 0)
        if not include_initial:
            return y
        first = np.full_like(np.moveaxis(y.data, axis or 0, 0)[:1], start)
        return concatenate([np.moveaxis(first, 0, axis or 0), y], axis or 0)

    total.__name__ = total.__qualname__ = name
    return total


composite(np.cumulative_sum)(_cumulative("cumulative_sum", cumsum, 0))
composite(np.cumulative_prod)(_cumulative("cumulative_prod", cumprod, 1))


def _scan(combine: Callable[[Any, Any], Any], x: Any, axis: int) -> Any:
    """Running totals of a plain array in log2(n) steps, as every device can do them.

    Each step combines with the total `reach` places before (Hillis and Steele 1986).
    """
    x = np.moveaxis(x, axis, 0)
    reach = 1
    while reach < len(x):
        x = np.concatenate([x[:reach], combine(x[:-reach], x[reach:])])
        reach *= 2
    return np.moveaxis(x, 0, axis)


def _running_extreme(x: Any, axis: int, better: Callable[[Any, Any], Any]) -> Variable:
    """The best so far, taken from its last place, which so gets the gradient."""
    x = lift(x)
    axis = axis_of("cummax, cummin", x, axis)
    best = _scan(better, x.data, axis)
    shape = tuple(-1 if i == axis else 1 for i in range(x.ndim))
    here = np.reshape(np.arange(x.shape[axis], like=x.data), shape)
    hit = (x.data == best) | (x.data != x.data)
    return take_along_axis(x, _scan(np.maximum, np.where(hit, here, 0), axis), axis)


def cummax(x: Any, axis: int = -1) -> Variable:
    """The largest element so far along `axis`: ``np.maximum.accumulate``.

    Of equal elements the last so far gets the gradient. From a NaN on all are NaN.

    Args:
        x: any shape with one or more axes.
        axis: the axis to run along.
    """
    return _running_extreme(x, axis, np.maximum)


def cummin(x: Any, axis: int = -1) -> Variable:
    """The smallest element so far along `axis`; see `cummax`."""
    return _running_extreme(x, axis, np.minimum)


def _grad_logcumsumexp(g: Any, y: Any, x: Any, axis: int = -1) -> Any:
    """Weights ``exp(x[i] - y[j])``, multiplied up from factors that are at most 1."""
    g, y, x = (np.moveaxis(part, axis, 0) for part in (g, y, x))
    top = np.where(y == -np.inf, 0, y)  # nothing but zeros so far
    fade = np.exp(apart(_before(y, y[:1]), top))
    return np.moveaxis(np.exp(apart(x, top)) * _back(g, fade), 0, axis)


@differentiable(_grad_logcumsumexp)
def logcumsumexp(x: Any, axis: int = -1) -> Any:
    """``log(cumsum(exp(x)))`` along `axis`, without overflow.

    Args:
        x: any shape with one or more axes; -inf is the logarithm of 0.
        axis: the axis to run along.
    """
    return _scan(np.logaddexp, np.logaddexp(x, -np.inf), axis)


# -- differences ----------------------------------------------------------------------


@composite(np.diff)
def diff(
    a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None
) -> Variable:
    """The difference of neighbours along `axis`, `n` times over.

    Args:
        a: any shape with one or more axes; of truth values it says where they change.
        n: how many times; each makes the axis one shorter.
        axis: the axis of the neighbours.
        prepend: what to put before `a` along `axis`: an array, or a number, which
            takes the dtype of `a` where NumPy's takes its own.
        append: what to put behind it.

    Raises:
        ArgumentError: `n` is negative, or there is no such axis.
    """
    a = lift(a)
    if not isinstance(n, int | np.integer) or n < 0:
        raise tell(ArgumentError, "diff-times", {"a": a}, got=n)
    axis = axis_of("diff", a, axis)
    # With n = 0 NumPy leaves the ends out.
    before, after = (_end(part, a, axis) if n else None for part in (prepend, append))
    parts = [part for part in (before, a, after) if part is not None]
    x = moveaxis(concatenate(parts, axis) if len(parts) > 1 else a, axis, -1)
    minus = not_equal if a.dtype.kind == "b" else subtract
    for _ in range(n):
        x = minus(x[..., 1:], x[..., :-1])
    return moveaxis(x, -1, axis)


def _end(part: Any, a: Variable, axis: int) -> Any:
    """What `diff` puts at an end of `a`; a number as one layer of it."""
    if part is None:
        return None
    if isinstance(part, int | float):
        part = np.asarray(part, np.result_type(a.dtype, part), like=a.data)
    part = as_operand(part)
    layer = tuple(1 if i == axis else n for i, n in enumerate(a.shape))
    return broadcast_to(part, layer) if part.ndim == 0 else part


@composite(np.ediff1d)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Variable:
    """The differences of neighbours in the flattened array, between two ends.

    Args:
        ary: any shape.
        to_end: numbers to put behind them, in the dtype of `ary`.
        to_begin: numbers to put before them.
    """
    a = ravel(lift(ary))
    parts = [to_begin, subtract(a[1:], a[:-1]), to_end]
    return concatenate([_flat(part, a) for part in parts if part is not None])


def _flat(part: Any, a: Variable) -> Variable:
    """`part` in one row and in the dtype of `a`."""
    part = as_operand(part)
    if not np.can_cast(part.dtype, a.dtype, "same_kind"):
        raise tell(
            DtypeError, "ediff1d-dtype", (a, part), ends=part.dtype, dtype=a.dtype
        )
    return ravel(part if part.dtype == a.dtype else astype(part, a.dtype))


# -- slopes and areas -----------------------------------------------------------------


@composite(np.gradient)
def gradient(
    f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1
) -> Variable | tuple[Variable, ...]:
    """The slope of sampled values along each axis, by differences of neighbours.

    Inside by the two neighbours, exact for parabolas; at the ends one-sided (Fornberg
    1988). This is NumPy's name; for derivatives of a function see `backward`.

    Args:
        f: the values; integers become float64.
        varargs: for each axis the distance of neighbours, or their coordinates; one
            number for all; 1 if left out.
        axis: one or several axes; None for all.
        edge_order: 1 or 2, how many differences the ends are taken from.

    Returns:
        As `f`; a tuple with one for each axis if there are several.
    """
    f = as_real(f)
    axes = axes_of("gradient", f, axis)
    if edge_order not in (1, 2) or any(f.shape[i] <= edge_order for i in axes):
        raise tell(ArgumentError, "gradient-edges", {"f": f}, got=edge_order)
    spaces = varargs * len(axes) if len(varargs) == 1 else varargs or (1,) * len(axes)
    if len(spaces) != len(axes):
        raise tell(
            ArgumentError,
            "gradient-spaces",
            (f, *varargs),
            axes=len(axes),
            got=len(spaces),
        )
    slopes = [_slope(f, h, i, edge_order) for h, i in zip(spaces, axes, strict=True)]
    return slopes[0] if len(slopes) == 1 else tuple(slopes)


def _slope(f: Variable, h: Any, axis: int, edge_order: int) -> Variable:
    """The slope along one axis, for distances or coordinates `h`."""
    f = moveaxis(f, axis, -1)
    h = _distances(h, f)
    left, center, right = f[..., :-2], f[..., 1:-1], f[..., 2:]
    if np.ndim(h) == 0:  # apart, as the center, perhaps a NaN, does not matter here
        ends = h, -h
        inside = (right - left) / (2 * h)
    else:
        ends = h, -h[::-1]
        inside = _uneven(left, center, right, h[:-1], h[1:])
    reach = edge_order + 1
    first = _one_sided(f[..., :reach], ends[0])
    last = _one_sided(f[..., ::-1][..., :reach], ends[1])
    return moveaxis(concatenate([first, inside, last], -1), -1, axis)


def _distances(h: Any, f: Variable) -> Any:
    """One distance of all neighbours, or the distance of each two."""
    if isinstance(h, int | float):
        return float(h)
    h = lift(as_operand(h))
    if h.ndim and h.shape != f.shape[-1:]:
        raise tell(
            ShapeError,
            "gradient-coordinates",
            {"f": f, "coordinates": h},
            length=f.shape[-1],
        )
    h = astype(h, f.dtype)
    return h[1:] - h[:-1] if h.ndim else h


def _uneven(left: Any, center: Any, right: Any, a: Any, b: Any) -> Any:
    """The slope of the parabola through three points at distances `a` and `b`."""
    outer = right * (a / (b * (a + b))) - left * (b / (a * (a + b)))
    return outer + center * ((b - a) / (a * b))


def _one_sided(f: Any, h: Any) -> Any:
    """The slope at the first of two or three points, of the curve through them."""
    a, b = (h, h) if np.ndim(h) == 0 else (h[0], h[:2][-1])
    near, middle, far = f[..., :1], f[..., 1:2], f[..., 2:]
    if not far.shape[-1]:
        return (middle - near) / a
    outer = near * ((2 * a + b) / (a * (a + b))) + far * (a / (b * (a + b)))
    return middle * ((a + b) / (a * b)) - outer


@composite(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Variable:
    """The area under sampled values along `axis`, by the trapezoidal rule.

    Args:
        y: the values; integers become float64.
        x: their coordinates, as `y` or along `axis` alone; None: they are `dx` apart.
        dx: the distance of neighbours.
        axis: the axis that is folded.

    Raises:
        ShapeError: `x` does not fit `y`.
    """
    y = as_real(y)
    axis = axis_of("trapezoid", y, axis)
    if x is not None:
        x = as_real(as_operand(x))
        if x.shape not in (y.shape, y.shape[axis : axis + 1]):
            raise tell(
                ShapeError,
                "trapezoid-coordinates",
                {"y": y, "x": x},
                length=y.shape[axis],
            )
        dx = diff(moveaxis(x, axis, -1) if x.ndim > 1 else x)
    y = moveaxis(y, axis, -1)
    return sum(dx * ((y[..., 1:] + y[..., :-1]) / 2), axis=-1)
