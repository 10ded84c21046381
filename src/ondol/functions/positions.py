"""Positions in a sequence, told to a network that does not see their order."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import primitive
from ..core.graph import Variable, as_operand, data_of, lift
from ..errors import ArgumentError, ShapeError, tell
from .activation import real
from .checks import broadcasts
from .joining import stack
from .math import cos, sin
from .register import rule
from .shape import astype, reshape

__all__ = [
    "alibi_bias",
    "rotary_embedding",
    "sinusoidal_encoding",
]


def sinusoidal_encoding(
    positions: Any, size: int, base: float = 10000.0, dtype: Any = np.float32
) -> Variable:
    """Waves of many lengths, a sine and a cosine of each, to be added to the features.

    Feature ``2 i`` is ``sin(p / base ** (2 i / size))``, feature ``2 i + 1`` the cosine
    (Vaswani et al., "Attention is all you need", 2017).

    Args:
        positions: numbers of any shape; fractions are fine, and get a gradient.
        size: how many features; even.
        base: the longest wave is about ``2 pi base`` positions long.
        dtype: of the result, if the positions are whole numbers; else theirs.

    Returns:
        ``(*positions.shape, size)``.
    """
    positions = lift(as_operand(positions))
    if not isinstance(size, int | np.integer) or size % 2 or size < 1:
        raise tell(
            ArgumentError, "sinusoidal-size", {"positions": positions}, size=size
        )
    dtype = positions.dtype if positions.dtype.kind == "f" else dtype
    # In float64: at position 10,000 float32 is off by 1e-3.
    p = reshape(astype(positions, np.float64), (*positions.shape, 1))
    angles = p * _frequencies(size, base, positions.data)
    waves = stack([sin(angles), cos(angles)], axis=-1)
    return astype(reshape(waves, (*positions.shape, size)), dtype)


def rotary_embedding(
    x: Any, positions: Any = None, base: float = 10000.0, interleaved: bool = False
) -> Variable:
    """Turn pairs of features by angles in proportion to their position.

    The product of a query and a key that were both turned depends on the distance
    between them alone (Su et al., "RoFormer", 2021). Pair i turns by
    ``p / base ** (2 i / features)``.

    Args:
        x: ``(..., T, features)``, such as queries or keys; features is even.
        positions: numbers that broadcast to ``(..., T)``; None for 0, 1, ..., T - 1.
        base: the slowest pair turns once in about ``2 pi base`` positions.
        interleaved: whether the features ``2 i`` and ``2 i + 1`` are a pair (as in the
            paper and GPT-J), or i and ``i + features / 2`` (as in GPT-NeoX and Llama).

    Returns:
        The same shape.
    """
    x = lift(real(x))
    if x.ndim < 2 or x.shape[-1] % 2:
        raise tell(ShapeError, "rotary-features", {"x": x})
    p = np.arange(x.shape[-2], like=x.data) if positions is None else positions
    p = np.asarray(data_of(p), like=x.data)
    if not broadcasts(p.shape, x.shape[:-1]):
        raise tell(
            ShapeError,
            "rotary-positions",
            {"x": x, "positions": p},
            expected=x.shape[:-1],
        )
    angles = p[..., None] * _frequencies(x.shape[-1], base, x.data)
    c, s = (wave(angles).astype(x.dtype) for wave in (np.cos, np.sin))
    return _turn(x, c, s, interleaved)


@primitive
def _rotate(x: Any, c: Any, s: Any, interleaved: bool) -> Any:
    """Turn each pair of features of `x` by an angle of cosine `c` and sine `s`."""
    half = x.shape[-1] // 2
    shape, axis = ((half, 2), -1) if interleaved else ((2, half), -2)
    a, b = np.moveaxis(np.reshape(x, (*x.shape[:-1], *shape)), axis, 0)
    return np.reshape(np.stack([a * c - b * s, a * s + b * c], axis), x.shape)


_turn = rule(
    _rotate,  # backwards it is the turn by the opposite angle
    lambda g, y, x, c, s, interleaved: _rotate(g, c, -s, interleaved),
)


def alibi_bias(
    queries: Any, keys: Any, heads: int, dtype: Any = np.float32
) -> Variable:
    """Scores that fall with distance: a mask for attention in place of positions.

    Head h of n, counted from 1, adds ``-2 ** (-8 h / n) * |query - key|`` (Press,
    Smith, Lewis, "Train short, test long", 2021; the slopes of the paper, for any
    number of heads).

    Args:
        queries: their positions, ``(T,)``.
        keys: their positions, ``(S,)``.
        heads: how many.
        dtype: of the result.

    Returns:
        ``(heads, T, S)``, a constant.
    """
    q, k = (data_of(as_operand(x)) for x in (queries, keys))
    whole = isinstance(heads, int | np.integer)
    if q.ndim != 1 or k.ndim != 1 or not whole or heads < 1:
        raise tell(
            ShapeError, "alibi-positions", {"queries": q, "keys": k}, heads=heads
        )
    slopes = 2.0 ** (-8 / heads * np.arange(1, heads + 1, like=q))
    distance = np.abs(q[:, None] * 1.0 - k)
    return lift((-slopes[:, None, None] * distance).astype(dtype))


def _frequencies(size: int, base: float, like: Any) -> Any:
    """``base ** (-2 i / size)``, in float64."""
    return base ** (np.arange(0, size, 2, like=like) / -size)
