"""Handwritten digits that come with the package: real data without a download."""

from __future__ import annotations

from importlib.resources import files

import numpy as np

from ..errors import tell
from .files import DataFileError, check_train


def digits(train: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """The 8 × 8 handwritten digits of UCI (Alpaydin and Kaynak, 1998), in file order.

    The set of 1,797 images is split once and for all: of each digit every fifth image,
    from the third on, is held out. So both parts hold the digits in the same
    proportions, have no image in common, and are the same in every run.

    Args:
        train: the 1,438 training images; False gives the 359 held-out ones.

    Returns:
        The images, float32 ``(N, 1, 8, 8)`` from 0 (paper) to 1 (ink), and the digits
        on them, int64 ``(N,)``. Both are the caller's own to change.

    Raises:
        DtypeError: a TypeError; `train` is not a bool.
        DataFileError: a ValueError; the package's own file is damaged.

    Source and licence are in ``digits.md`` beside this file.
    """
    check_train("digits", train)
    images, labels = _arrays()
    chosen = _held_out(labels) ^ train
    x = images[chosen, np.newaxis].astype(np.float32) / 16
    return x, labels[chosen].astype(np.int64)


def _arrays() -> tuple[np.ndarray, np.ndarray]:
    path = files(__package__) / "digits.npz"
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return arrays["images"], arrays["labels"]
    except Exception as error:
        fields = {"path": str(path), "reason": f"{type(error).__name__}: {error}"}
        raise tell(DataFileError, "digits-damaged", **fields) from None


def _held_out(labels: np.ndarray) -> np.ndarray:
    """A mask over `labels`: every fifth of each class."""
    mask = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        # From the middle of each five: the count is then a fifth, rounded to nearest.
        mask[np.flatnonzero(labels == label)[2::5]] = True
    return mask
