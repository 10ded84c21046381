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
    """Write bars from the line of `ondol.compile`, on a logarithmic axis."""
    from matplotlib.figure import Figure

    others = {key: lib for key, lib in libraries.items() if key != "ondol.compile"}
    height = 0.8 / len(others)
    figure = Figure(figsize=(8, 1.2 + 0.7 * len(results)), layout="constrained")
    axes = figure.add_subplot(
        xscale="log",
        xlabel="times as long as ondol compiled (left of 1: faster than it)",
    )
    axes.axvline(1, color=COLORS["ondol.compile"], label="ondol compiled")
    for i, (key, library) in enumerate(others.items()):
        at = [row + (i + 0.5) * height - 0.4 for row in range(len(results))]
        widths = [ratio - 1 for ratio in relative(results, key)]
        bars = axes.barh(at, widths, height, left=1, color=COLORS[key])
        bars.set_label(library.title)
    axes.set_yticks(range(len(results)), [result.row for result in results])
    axes.invert_yaxis()
    axes.xaxis.set_major_formatter("{x:g}")
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    figure.savefig(path, dpi=150)


def relative(results: list[Any], key: str) -> list[float]:
    """The times of one library, relative to those of `ondol.compile`."""
    return [
        median(result.times[key]) / median(result.times["ondol.compile"])
        for result in results
    ]
