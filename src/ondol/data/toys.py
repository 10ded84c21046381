"""Data made by formulas: the book's spiral and its noisy sine."""

from __future__ import annotations

from typing import Any

import numpy as np

from .files import check_train

Arrays = tuple[np.ndarray, np.ndarray]

_ARMS, _PER_ARM = 3, 100
SPIRAL_SEEDS = {True: 1984, False: 2020}


def spiral(train: bool = True) -> Arrays:
    """Three arms of 100 noisy points that wind around the origin (book step 48).

    They are the book's points, in its order; NumPy's global random state is left alone.

    Args:
        train: False gives another 300 points of the same arms.

    Returns:
        The points, float32 ``(300, 2)``, and the arm that each lies on, int64
        ``(300,)``.

    Raises:
        DtypeError: a TypeError; `train` is not a bool.
    """
    check_train("spiral", train)
    return spiral_points(np.random.RandomState(SPIRAL_SEEDS[train]))


def spiral_points(random: Any) -> Arrays:
    """A spiral from the numbers of a ``RandomState``, or of ``np.random`` itself."""
    rate = np.tile(np.arange(_PER_ARM) / _PER_ARM, _ARMS)
    t = np.repeat(np.arange(_ARMS), _PER_ARM)
    theta = t * 4.0 + 4.0 * rate + random.randn(len(t)) * 0.2
    x = np.stack([rate * np.sin(theta), rate * np.cos(theta)], axis=1)
    order = random.permutation(len(t))
    return x[order].astype(np.float32), t[order].astype(np.int64)


def sine(train: bool = True, seed: int = 0) -> Arrays:
    """A wave to be predicted one step ahead (book step 59).

    Args:
        train: one period of the sine with noise, uniform in [-0.05, 0.05); False gives
            one period of the cosine without.
        seed: of the noise.

    Returns:
        The wave, float64 ``(999, 1)``, and at each place its next value, of the same
        shape.

    Raises:
        DtypeError: a TypeError; `train` is not a bool.
    """
    check_train("sine", train)
    return sine_points(np.random.RandomState(seed), train)


def sine_points(random: Any, train: bool) -> Arrays:
    """A wave with the noise of a ``RandomState``, or of ``np.random`` itself.

    The clean wave takes the numbers of its noise all the same, as the book's does.
    """
    x = np.linspace(0, 2 * np.pi, 1000)
    noise = random.uniform(-0.05, 0.05, size=x.shape)
    y = (np.sin(x) + noise if train else np.cos(x))[:, np.newaxis]
    return y[:-1], y[1:]
