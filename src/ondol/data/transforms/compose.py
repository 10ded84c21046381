"""Transforms made of transforms."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ...errors import ArgumentError, DtypeError, tell
from ..chance import Part, need, part
from ..checks import between
from .base import Shown

Transform = Callable[..., Any]
Generator = np.random.Generator


class _Combined(Shown):
    """Transforms, some of which may need random numbers; the others go without."""

    def _part(self, transform: Transform) -> Part:
        return part(type(self).__name__, transform)

    def _call(self, one: Part, value: Any, rng: Generator | None) -> Any:
        return one(value, need(rng, type(self).__name__) if one.random else None)


class Compose(_Combined):
    """Transforms, one after the other (book step 51).

    Args:
        transforms: callables of a sample, or of ``(sample, rng)``, in the order in
            which they are applied.
    """

    def __init__(self, transforms: Sequence[Transform] = ()) -> None:
        if not isinstance(transforms, Iterable):
            raise tell(DtypeError, "transform-no-list", got=type(transforms).__name__)
        self.transforms = [*transforms]
        self._parts = [self._part(transform) for transform in self.transforms]

    @property
    def random(self) -> bool:
        """Does one of them need random numbers?"""
        return any(one.random for one in self._parts)

    def __call__(self, sample: Any, rng: Generator | None = None) -> Any:
        """Apply them all."""
        for one in self._parts:
            sample = self._call(one, sample, rng)
        return sample


class Fields(_Combined):
    """A transform for each field of a sample: for image and mask, or image and class.

    Args:
        *transforms: of the fields, in their order; None leaves a field as it is, and so
            do fields beyond the last one.
        joint: all draw the same random numbers, so that an image and its mask are
            turned alike; False lets each draw its own.
    """

    def __init__(self, *transforms: Transform | None, joint: bool = False) -> None:
        self.transforms = transforms
        self.joint = joint
        self._parts = [None if t is None else self._part(t) for t in transforms]

    @property
    def random(self) -> bool:
        """Does one of them need random numbers?"""
        return any(one.random for one in self._parts if one)

    def __repr__(self) -> str:
        arguments = [*map(repr, self.transforms), f"joint={self.joint}"]
        return f"Fields({', '.join(arguments)})"

    def __call__(self, sample: Any, rng: Generator | None = None) -> tuple[Any, ...]:
        """Apply each to its field.

        Raises:
            TypeError: the sample is not a tuple, or has fewer fields.
        """
        if not isinstance(sample, tuple) or len(sample) < len(self.transforms):
            n = len(self.transforms)
            raise tell(DtypeError, "transform-fields", n=n, got=type(sample).__name__)
        fields = [*sample]
        for i, one in enumerate(self._parts):
            if one is not None:
                own = copy.deepcopy(rng) if self.joint else rng
                fields[i] = self._call(one, fields[i], own)
        return tuple(fields)


class RandomApply(_Combined):
    """A transform that is applied by chance.

    Args:
        transform: what may be applied.
        p: the probability that it is.
    """

    def __init__(self, transform: Transform, p: float = 0.5) -> None:
        self.transform = transform
        self._transform = self._part(transform)
        self.p = between("p", p, 0, 1)

    def __call__(self, sample: Any, rng: Generator | None = None) -> Any:
        """The sample, changed or not."""
        if need(rng, "RandomApply").random() >= self.p:
            return sample
        return self._call(self._transform, sample, rng)


class RandomChoice(_Combined):
    """One of several transforms, each as likely as the others.

    Args:
        transforms: what to choose from.
    """

    def __init__(self, transforms: Sequence[Transform]) -> None:
        self.transforms = [*transforms]
        if not self.transforms:
            raise tell(ArgumentError, "transform-no-choice")
        self._parts = [self._part(transform) for transform in self.transforms]

    def __call__(self, sample: Any, rng: Generator | None = None) -> Any:
        """The sample, changed by the one that was drawn."""
        drawn = need(rng, "RandomChoice").integers(len(self.transforms))
        return self._call(self._parts[drawn], sample, rng)
