"""Transforms of whole batches that mix samples and their labels.

They go behind `stack` into the `collate` of a loader, which gives them random numbers:
``DataLoader(data, 32, collate=Compose([stack, Mixup(classes=10)]))``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...errors import DtypeError, ShapeError, tell
from ..chance import need
from ..checks import between
from .base import Shown
from .conversion import OneHot

Generator = np.random.Generator


class Mixup(Shown):
    """Each sample is blended with another one of its batch (Zhang et al. 2017).

    Labels become probabilities of classes, which `softmax_cross_entropy` takes.

    Args:
        alpha: the share of the other sample is drawn from Beta(alpha, alpha), once for
            a batch; the smaller, the less is blended.
        classes: how many classes, for labels that are numbers of classes; None for
            labels that are floats already.
    """

    def __init__(self, alpha: float = 0.2, classes: int | None = None) -> None:
        self.alpha = between("alpha", alpha, 1e-3, 1e3)
        self.classes = classes

    def __call__(self, batch: Any, rng: Generator | None = None) -> tuple[Any, Any]:
        """The batch ``(x, t)``, blended."""
        rng = need(rng, type(self).__name__)
        x, t = self._batch(batch)
        partner = rng.permutation(len(x))
        x, share = self._mix(
            x, x[partner], float(rng.beta(self.alpha, self.alpha)), rng
        )
        return x, _blend(t, t[partner], share)

    def _mix(
        self, x: np.ndarray, other: np.ndarray, share: float, rng: Generator
    ) -> tuple[np.ndarray, float]:
        """The samples mixed, and the share of `x` in them."""
        if x.dtype.kind != "f":
            raise tell(DtypeError, "transform-not-float", {"got": x})
        return _blend(x, other, share), share

    def _batch(self, batch: Any) -> tuple[np.ndarray, np.ndarray]:
        if not isinstance(batch, tuple) or len(batch) != 2:
            name = type(self).__name__
            raise tell(DtypeError, "mix-batch", name=name, got=type(batch).__name__)
        x, t = batch
        if self.classes is not None:
            return x, OneHot(self.classes)(t)
        if t.dtype.kind != "f":
            raise tell(DtypeError, "mix-labels", name=type(self).__name__)
        return x, t


class CutMix(Mixup):
    """Each image has a rectangle of another one of its batch (Yun et al. 2019).

    Labels are mixed by the area.

    Args:
        alpha: the share of the area that stays is drawn from Beta(alpha, alpha), once
            for a batch.
        classes: as in `Mixup`.
    """

    def __init__(self, alpha: float = 1.0, classes: int | None = None) -> None:
        super().__init__(alpha, classes)

    def _mix(
        self, x: np.ndarray, other: np.ndarray, share: float, rng: Generator
    ) -> tuple[np.ndarray, float]:
        if x.ndim < 3:
            raise tell(ShapeError, "mix-images", {"got": x})
        size = np.array(x.shape[-2:])
        half = size * math.sqrt(1 - share) / 2
        centre = rng.uniform(0, size)
        ends = np.clip(np.rint([centre - half, centre + half]), 0, size).astype(int)
        (top, left), (bottom, right) = ends
        mixed = x.copy()
        mixed[..., top:bottom, left:right] = other[..., top:bottom, left:right]
        return mixed, float(1 - np.prod(ends[1] - ends[0]) / np.prod(size))


def _blend(a: np.ndarray, b: np.ndarray, share: float) -> np.ndarray:
    return a * share + b * (1 - share)
