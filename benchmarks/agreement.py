"""Programs are compared by their times if they compute the same, and only then."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

Step = Callable[[], Any]

CHECKED = 20  # steps after which the results must agree


def check(
    name: str, libraries: dict[str, Any], steps: dict[str, Step], rtol: float
) -> None:
    """Stop if the libraries do not compute the same.

    Args:
        name: of the row.
        libraries: a `workloads.Library` for each step.
        steps: what they do.
        rtol: how far their results may be apart, relative to the largest number.
    """
    last = {key: libraries[key].arrays(run(step)) for key, step in steps.items()}
    first = next(iter(last.values()))
    far = {key: distance(arrays, first) for key, arrays in last.items()}
    if not all(d <= rtol for d in far.values()):
        apart = ", ".join(f"{libraries[key].title} {d:.2g}" for key, d in far.items())
        sys.exit(
            f"{name}: after {CHECKED} steps the results differ, by more than {rtol:g} "
            f"of the largest number: {apart}"
        )


def run(step: Step) -> Any:
    """The last of some results."""
    for _ in range(CHECKED - 1):
        step()
    return step()


def distance(results: list[Any], others: list[Any]) -> float:
    """The largest difference, relative to the largest number; inf for other shapes."""
    import numpy as np

    if [a.shape for a in results] != [b.shape for b in others]:
        return float("inf")
    pairs = zip(results, others, strict=True)
    return max(float(np.max(np.abs(a - b)) / np.max(np.abs(b))) for a, b in pairs)
