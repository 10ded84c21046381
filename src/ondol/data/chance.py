"""Random numbers for samples: a function of seed, epoch and sample, and of no order."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..errors import DtypeError, UsageError, tell


def sample_rng(seed: int, epoch: int, *key: int) -> np.random.Generator:
    """The generator of one sample, or of one batch, in one epoch.

    The key is not part of the entropy, which NumPy fills up with zeros: so ``[3, 1]``
    and ``[3, 1, 0]`` would be the same.
    """
    sequence = np.random.SeedSequence([seed, epoch], spawn_key=key)
    return np.random.Generator(np.random.PCG64(sequence))


def takes_rng(function: Callable[..., Any]) -> bool:
    """Is `function` to be called with ``(value, rng)``, not with ``(value)`` alone?

    It is if its second argument is called `rng` or has no default. One that depends on
    what it is made of has an attribute `random`.
    """
    random = getattr(function, "random", None)
    if isinstance(random, bool):
        return random
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # some that are written in C have no signature
        return False
    positional = [
        p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.POSITIONAL_ONLY)
    ]
    if len(positional) < 2:
        return False
    return (
        positional[1].name == "rng" or positional[1].default is inspect.Parameter.empty
    )


class Part(NamedTuple):
    """A transform, and whether it takes random numbers; picklable if it is."""

    function: Callable[..., Any]
    random: bool

    def __call__(self, value: Any, rng: np.random.Generator | None) -> Any:
        """Call it as it wants to be called."""
        return self.function(value, rng) if self.random else self.function(value)


def part(name: str, function: Any) -> Part:
    """A transform, looked at once; `name` is whose it is.

    Raises:
        TypeError: it cannot be called.
    """
    if not callable(function):
        got = f"{function!r:.80}"
        raise tell(DtypeError, "transform-not-callable", name=name, got=got)
    return Part(function, takes_rng(function))


def need(rng: Any, name: str) -> np.random.Generator:
    """The random numbers that the transform `name` was given; it needs them."""
    if not isinstance(rng, np.random.Generator):
        raise tell(UsageError, "transform-needs-rng", name=name, got=type(rng).__name__)
    return rng
