"""The picture of `compiled.py`: the times of each row, relative to ondol compiled."""

from __future__ import annotations

from statistics import median
from typing import Any

COLORS = {
    "ondol": "#f2b8a0",
    "ondol.compile": "#d1495b",
    "torch": "#bcc6cf",
    "torch.compile": "#7d8d9c",
    "jax": "#4a5a6a",
    "tinygrad": "#1f2933",
}


def save(path: str, libraries: dict[str, Any], results: list[Any]) -> None:
    """Write bars, for each row one of each library, on a logarithmic axis."""
    from matplotlib.figure import Figure

    height = 0.8 / len(libraries)
    figure = Figure(figsize=(8, 0.6 + 0.9 * len(results)), layout="constrained")
    axes = figure.add_subplot(
        xscale="log", xlabel="time of a step, relative to ondol compiled"
    )
    for i, (key, library) in enumerate(libraries.items()):
        at = [row + (i + 0.5) * height - 0.4 for row in range(len(results))]
        bars = axes.barh(at, relative(results, key), height, color=COLORS[key])
        bars.set_label(library.title)
    axes.set_yticks(range(len(results)), [result.row for result in results])
    axes.invert_yaxis()
    axes.axvline(1, color=COLORS["ondol.compile"], linewidth=0.8)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=3, frameon=False)
    figure.savefig(path, dpi=150)


def relative(results: list[Any], key: str) -> list[float]:
    """The times of one library, relative to those of `ondol.compile`."""
    return [
        median(result.times[key]) / median(result.times["ondol.compile"])
        for result in results
    ]
