"""What transforms have in common: which field they change, and how they are shown."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import MissingMethodError, tell
from ..chance import need


class Shown:
    """Its ``repr`` is the call that makes it, if its attributes are its arguments."""

    def __repr__(self) -> str:
        items = (f"{k}={v!r}" for k, v in vars(self).items() if not k.startswith("_"))
        return f"{type(self).__name__}({', '.join(items)})"


class ImageTransform(Shown):
    """A transform of the image of a sample; a class of your own writes `apply`."""

    def __call__(self, sample: Any) -> Any:
        """Change an image, or the first field of a tuple."""
        if isinstance(sample, tuple):
            return (self.apply(sample[0]), *sample[1:])
        return self.apply(sample)

    def apply(self, image: Any) -> Any:
        """The changed image; the one given stays as it is."""
        raise _unwritten(self)


class RandomImageTransform(Shown):
    """A random transform of the image of a sample.

    A class of your own writes `apply`, and draws all its random numbers from `rng`.
    """

    def __call__(self, sample: Any, rng: np.random.Generator | None = None) -> Any:
        """Change an image, or the first field of a tuple.

        Raises:
            UsageError: a RuntimeError; there is no `rng`.
        """
        rng = need(rng, type(self).__name__)
        if isinstance(sample, tuple):
            return (self.apply(sample[0], rng), *sample[1:])
        return self.apply(sample, rng)

    def apply(self, image: Any, rng: np.random.Generator) -> Any:
        """The changed image; the one given stays as it is."""
        raise _unwritten(self)


def _unwritten(transform: Shown) -> MissingMethodError:
    name = type(transform).__name__
    return tell(MissingMethodError, "transform-no-apply", name=name)
