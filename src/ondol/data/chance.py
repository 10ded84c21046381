"""Random numbers for samples: a function of seed, epoch and sample, and of no order."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import UsageError, tell


def sample_rng(seed: int, epoch: int, *key: int) -> np.random.Generator:
    """The generator of one sample, or of one batch, in one epoch.

    The key is not part of the entropy, which NumPy fills up with zeros: so ``[3, 1]``
    and ``[3, 1, 0]`` would be the same.
    """
    sequence = np.random.SeedSequence([seed, epoch], spawn_key=key)
    return np.random.Generator(np.random.PCG64(sequence))


def takes_rng(function: Callable[..., Any]) -> bool:
    """Is `function` to be called with ``(value, rng)``, not with ``(value)`` alone?

    It is if its second argument is called `rng` or has no default.
    """
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


def call(function: Callable[..., Any], value: Any, rng: Any) -> Any:
    """Call a transform with the random numbers, if it takes them."""
    return function(value, rng) if takes_rng(function) else function(value)


def need(rng: Any, name: str) -> np.random.Generator:
    """The random numbers that the transform `name` was given; it needs them."""
    if not isinstance(rng, np.random.Generator):
        raise tell(UsageError, "transform-needs-rng", name=name, got=type(rng).__name__)
    return rng
