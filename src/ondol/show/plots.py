"""Plots with matplotlib, drawn into figures that never open a window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import MissingLibraryError, tell


def new_figure(width: float, height: float) -> Any:
    """An empty figure, to be drawn into and then written with its `savefig`.

    Made without pyplot: nothing asks for a display, and nothing is kept when the
    figure is dropped.

    Args:
        width: in inches.
        height: in inches.

    Raises:
        MissingLibraryError: an ImportError; matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise tell(MissingLibraryError, "show-no-matplotlib") from None
    return Figure(figsize=(width, height), layout="constrained")


def learning_curves(
    figure: Any, panels: Mapping[str, Mapping[str, Sequence[float]]]
) -> None:
    """Draw numbers over epochs, one panel above the other.

    Args:
        figure: a figure or subfigure of matplotlib's.
        panels: the label of a panel -> the label of a curve -> a number per epoch,
            as in ``{"loss": {"train": losses}}``.
    """
    axes = figure.subplots(len(panels), sharex=True, squeeze=False)[:, 0]
    for axis, (title, curves) in zip(axes, panels.items(), strict=True):
        for label, values in curves.items():
            axis.plot(range(1, len(values) + 1), values, marker=".", label=label)
        axis.set_ylabel(title)
        axis.grid(alpha=0.3)
        axis.legend()
    axes[-1].set_xlabel("epoch")
    axes[-1].xaxis.get_major_locator().set_params(integer=True)


def prediction_grid(
    figure: Any,
    images: np.ndarray,
    targets: np.ndarray,
    predicted: np.ndarray,
    rows: int = 5,
    columns: int = 8,
) -> None:
    """Draw images with the class predicted for each: the wrong ones first, in red.

    Args:
        figure: a figure or subfigure of matplotlib's.
        images: grey, ``(N, 1, H, W)``.
        targets: the true class ids, ``(N,)``.
        predicted: the class ids that a model gives, ``(N,)``.
        rows: of the grid.
        columns: of the grid; images that do not fit into it are left out.
    """
    wrong = predicted != targets
    figure.suptitle(f"{wrong.sum()} of {len(wrong)} test images read wrongly")
    shown = np.argsort(~wrong, kind="stable")
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axis in axes:
        axis.set_axis_off()
    for axis, i in zip(axes, shown, strict=False):
        axis.imshow(images[i, 0], cmap="gray_r")
        caption = f"{predicted[i]}, not {targets[i]}" if wrong[i] else predicted[i]
        axis.set_title(caption, fontsize=9, color="red" if wrong[i] else "black")
