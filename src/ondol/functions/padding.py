"""Padding: lengthening the axes of an array at both ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import primitives
from ..arrays import SCALARS
from ..core.graph import Variable, apply, lift
from ..errors import ArgumentError, ShapeError, tell
from .checks import axis_of
from .joining import concatenate
from .register import composite, rule
from .shape import along

__all__ = [
    "pad",
]

rule(
    primitives.pad,
    lambda g, y, x, widths, value: g[
        tuple(slice(a, a + n) for (a, _), n in zip(widths, x.shape, strict=True))
    ],
)

Pair = tuple[int, int]
STATISTICS = ("maximum", "mean", "median", "minimum")
REPEATING = ("edge", "reflect", "symmetric", "wrap")
_OPTIONS = (
    ("constant_values", 0, ("constant",)),
    ("end_values", 0, ("linear_ramp",)),
    ("stat_length", None, STATISTICS),
    ("reflect_type", None, ("reflect", "symmetric")),
)
MODES = ("constant", "linear_ramp", *STATISTICS, *REPEATING)


@composite(np.pad)
def pad(
    array: Any,
    pad_width: Any,
    mode: str = "constant",
    *,
    constant_values: Any = 0,
    end_values: Any = 0,
    stat_length: Any = None,
    reflect_type: str = "even",
) -> Variable:
    """Lengthen the axes of an array at both ends, one axis after the other.

    Args:
        array: any shape.
        pad_width: as NumPy's: a number, ``(before, after)``, one pair per axis, or a
            dict from an axis to a number or pair.
        mode: what to pad with. ``"constant"``; ``"edge"``, the outermost element;
            ``"linear_ramp"`` from there to an end value; ``"maximum"``, ``"mean"``,
            ``"median"`` or ``"minimum"`` of the outermost elements; ``"reflect"`` at
            the outermost element, ``"symmetric"``, reflect it too; or ``"wrap"``.
        constant_values: numbers given as `pad_width` is; for ``"constant"``.
        end_values: likewise, for ``"linear_ramp"``.
        stat_length: likewise how many elements, for a statistic; None for all.
        reflect_type: ``"odd"`` also turns what is reflected upside down, about the
            outermost element.

    Integers are padded as NumPy does, with rounded means and ramps.
    """
    x = lift(array)
    widths = _widths(pad_width, x)
    _check(mode, reflect_type, x, widths)
    odd = None if reflect_type == "even" else reflect_type
    _check_options(mode, constant_values, end_values, stat_length, odd)
    if mode == "constant" and isinstance(constant_values, SCALARS):
        return apply(primitives.pad, (x, widths, constant_values))
    if mode in REPEATING and reflect_type == "even":
        return _repeat(x, widths, mode)
    options: dict[str, Any] = {
        "constant": {"constant_values": _pairs(constant_values, x)},
        "linear_ramp": {"end_values": _pairs(end_values, x)},
        "reflect": {"reflect_type": reflect_type},
        "symmetric": {"reflect_type": reflect_type},
    }
    option = options.get(mode, {"stat_length": _lengths(stat_length, x)})
    if x.dtype.kind in "biu":  # rounded, so that there is no gradient
        padded: Any = np.pad(x.data, widths, mode, **option)  # type: ignore
        return lift(padded)
    (setting,) = option.values()
    for axis, width in enumerate(widths):
        if any(width):
            per_axis = setting[axis] if isinstance(setting, tuple) else setting
            ends = _ENDS[mode](x, axis, width, per_axis, mode)
            x = concatenate([ends[0], x, ends[1]], axis)
    return x


def _check(mode: Any, reflect_type: Any, x: Variable, widths: tuple[Pair, ...]) -> None:
    if mode not in MODES or reflect_type not in ("even", "odd"):
        raise tell(
            ArgumentError,
            "pad-mode",
            {"x": x},
            modes=", ".join(MODES),
            mode=mode,
            reflect_type=reflect_type,
        )
    empty = [n for n, w in enumerate(widths) if any(w) and not x.shape[n]]
    if empty and mode != "constant":
        raise tell(ShapeError, "pad-empty", {"x": x}, axis=empty[0], mode=mode)


def _check_options(mode: str, *options: Any) -> None:
    """Refuse an option of another mode, which would be ignored."""
    for (name, default, modes), value in zip(_OPTIONS, options, strict=True):
        if value is not default and mode not in modes:
            raise tell(
                ArgumentError,
                "pad-option",
                option=name,
                modes=" or ".join(map(repr, modes)),
                mode=mode,
            )


def _widths(width: Any, x: Variable) -> tuple[Pair, ...]:
    """NumPy's short forms of `pad_width`, written out."""
    if isinstance(width, dict):
        width = {axis_of("pad", x, n): pair for n, pair in width.items()}
        width = [np.broadcast_to(width.get(n, 0), 2) for n in range(x.ndim)]
    pairs: Any = _pairs(width, x)
    numbers = np.array(pairs)
    if numbers.size and (numbers.dtype.kind not in "iu" or numbers.min() < 0):
        raise tell(ArgumentError, "pad-width", {"x": x}, got=width)
    return tuple(pairs)


def _lengths(stat_length: Any, x: Variable) -> tuple[Pair, ...] | None:
    if stat_length is None:
        return None
    pairs: Any = _pairs(stat_length, x)
    numbers = np.array(pairs)
    if numbers.size and (numbers.dtype.kind not in "iu" or numbers.min() < 1):
        raise tell(ArgumentError, "pad-stat-length", {"x": x}, got=stat_length)
    return tuple(pairs)


def _pairs(value: Any, x: Variable) -> tuple[tuple[Any, Any], ...]:
    """A number, a pair, or pairs, as one pair for each axis."""
    if isinstance(value, Variable):
        raise tell(ArgumentError, "pad-option-variable", {"x": x, "value": value})
    try:
        pairs = np.broadcast_to(np.asarray(value), (x.ndim, 2))
    except ValueError:
        raise tell(ArgumentError, "pad-pairs", {"x": x}, got=value) from None
    return tuple((before, after) for before, after in pairs.tolist())


def _repeat(x: Variable, widths: tuple[Pair, ...], mode: str) -> Variable:
    """Padding the positions says which elements to repeat."""
    for axis, width in enumerate(widths):
        if any(width):
            positions = np.pad(np.arange(x.shape[axis]), width, mode)  # type: ignore
            x = x[along(axis, positions)]
    return x


# -- what comes at the two ends of an axis ---------------------------------------------


def _constant(x: Any, axis: int, width: Pair, values: Any, mode: str) -> list[Any]:
    first = x.data[along(axis, slice(1))]
    shape = [(*x.shape[:axis], n, *x.shape[axis + 1 :]) for n in width]
    return [
        np.full_like(first, value, shape=s)
        for value, s in zip(values, shape, strict=True)
    ]


def _ramps(x: Any, axis: int, width: Pair, ends: Any, mode: str) -> list[Any]:
    shape = (-1, *(1,) * (x.ndim - 1 - axis))
    left, right = (
        np.reshape(np.arange(n, like=x.data) / max(n, 1), shape).astype(x.dtype)
        for n in width
    )
    first, last = _edges(x, axis)
    return [
        (first - ends[0]) * left + ends[0],
        (last - ends[1]) * np.flip(right, 0) + ends[1],
    ]


def _edges(x: Any, axis: int) -> tuple[Any, Any]:
    return x[along(axis, slice(1))], x[along(axis, slice(-1, None))]


def _statistics(x: Any, axis: int, width: Pair, lengths: Any, mode: str) -> list[Any]:
    n = x.shape[axis]
    before, after = lengths or (n, n)
    parts = x[along(axis, slice(before))], x[along(axis, slice(max(n - after, 0), n))]
    compute = _STATISTIC[mode]
    return [
        np.repeat(compute(part, axis), count, axis)
        for part, count in zip(parts, width, strict=True)
    ]


def _median(x: Any, axis: int) -> Any:
    n, ordered = x.shape[axis], np.sort(x, axis)
    return np.mean(
        ordered[along(axis, slice((n - 1) // 2, n // 2 + 1))], axis, keepdims=True
    )


_STATISTIC: dict[str, Callable[[Any, int], Any]] = {
    "maximum": lambda x, axis: np.max(x, axis=axis, keepdims=True),
    "minimum": lambda x, axis: np.min(x, axis=axis, keepdims=True),
    "mean": lambda x, axis: np.mean(x, axis=axis, keepdims=True),
    "median": _median,
}


def _odd(x: Any, axis: int, width: Pair, _: Any, mode: str) -> list[Any]:
    """The reflection about a point: as often as it is turned, it moves up a period.

    With the first element ``s``, the last ``e`` and the period ``2 * half`` of the
    plain reflection, position p = 2 * half * m + q holds ``x[q] + 2 * m * (e - s)`` for
    q in the first half of it, and ``2 * e - x[mirrored q] + 2 * m * (e - s)`` else.
    """
    n = x.shape[axis]
    half = n - 1 if mode == "reflect" else n
    if not half:  # one element, that is both ends of its reflection
        return [x[along(axis, np.zeros(count, np.intp))] for count in width]
    first, last = _edges(x, axis)
    ends = []
    for positions in (np.arange(-width[0], 0), np.arange(n, n + width[1])):
        period, q = np.divmod(positions, 2 * half)
        even = q < n
        source = np.where(even, q, 2 * half - q - (mode == "symmetric"))
        shape = (-1, *(1,) * (x.ndim - 1 - axis))
        turns, sign, flips = (
            np.asarray(np.reshape(v, shape).astype(x.dtype), like=x.data)
            for v in (2 * period, np.where(even, 1, -1), np.where(even, 0, 2))
        )
        part = x[along(axis, source)]
        ends.append(part * sign + last * flips + (last - first) * turns)
    return ends


_ENDS: dict[str, Callable[..., list[Any]]] = {
    "constant": _constant,
    "linear_ramp": _ramps,
    "reflect": _odd,
    "symmetric": _odd,
    **dict.fromkeys(STATISTICS, _statistics),
}
