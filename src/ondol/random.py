"""Random numbers from a counter: what new weights and dropout draw.

A stream is a pure function of a seed and a position, so it can be continued, replayed,
and computed by other code to the same bits.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from math import prod
from operator import index
from typing import Any

import numpy as np

from .arrays import primitive
from .errors import ArgumentError, DtypeError, tell

_MASK = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15  # 2**64 divided by the golden ratio, made odd


@primitive
def random_bits(key: Any, counter: Any, size: int) -> Any:
    """`size` random 64-bit words: SplitMix64 at ``counter, counter + 1, ...``.

    A pure function of its arguments, so a stream can be continued from its counter,
    replayed, and computed by other code to the same bits (Steele, Lea, Flood, "Fast
    splittable pseudorandom number generators", 2014).

    Args:
        key: names the stream; uint64, ``(1,)``.
        counter: where on the stream to start; uint64, ``(1,)``.
        size: how many words.
    """
    z = key + (counter + np.arange(1, size + 1, dtype=np.uint64, like=key)) * _STEP
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB
    return z ^ (z >> 31)


class Generator:
    """A stream of random numbers: a key that names it, a counter that moves along it.

    Args:
        seed: any integer; None takes one from the operating system.
    """

    def __init__(self, seed: int | None = None) -> None:
        self.seed(int.from_bytes(os.urandom(8)) if seed is None else seed)

    def seed(self, seed: int) -> None:
        """Start the stream of `seed` from its beginning."""
        try:
            word = index(seed) & _MASK
        except TypeError:
            raise tell(DtypeError, "generator-seed", got=seed) from None
        self.key = random_bits(np.array([word], np.uint64), np.zeros(1, np.uint64), 1)
        self.counter = np.zeros(1, np.uint64)

    def state_dict(self) -> dict[str, int]:
        """Where the stream is, to go on from there."""
        return {"key": int(self.key[0]), "counter": int(self.counter[0])}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from where another generator was when it gave its `state_dict`.

        Raises:
            ArgumentError: a ValueError; `state` is something else. Nothing is changed.
        """
        known = isinstance(state, Mapping) and state.keys() == {"key", "counter"}
        words = [state["key"], state["counter"]] if known else [None]
        if not all(type(word) is int and 0 <= word <= _MASK for word in words):
            raise tell(ArgumentError, "generator-state", got=state)
        self.key, self.counter = (np.array([word], np.uint64) for word in words)

    def bits(self, size: int) -> Any:
        """The next `size` words of 64 bits."""
        words = random_bits(self.key, self.counter, size)
        self.counter = self.counter + size
        return words

    def uniform(self, shape: tuple[int, ...], dtype: Any = np.float32) -> Any:
        """Numbers from [0, 1), evenly spaced at the precision of `dtype`."""
        digits = np.finfo(dtype).nmant + 1
        words = self.bits(prod(shape)) >> (64 - digits)
        return (words.astype(dtype) * np.dtype(dtype).type(0.5**digits)).reshape(shape)

    def normal(self, shape: tuple[int, ...], dtype: Any = np.float32) -> Any:
        """Standard normal numbers, by the transform of Box and Muller (1958)."""
        radius, angle = self.uniform((2, *shape), np.float64)
        normal = np.sqrt(-2 * np.log(1 - radius)) * np.cos(2 * np.pi * angle)
        return np.asarray(normal, dtype)


generator = Generator()  # what dropout and new weights draw from


def seed(seed: int) -> None:
    """Make what follows repeatable: new weights and dropout draw from this seed."""
    generator.seed(seed)
