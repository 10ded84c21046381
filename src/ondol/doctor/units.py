"""Activations whose units are dead, or at their ends."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from .numbers import host
from .record import Record
from .step import Step, results, values


class Site:
    """One activation in the program, over all steps.

    Attributes:
        alive: for each unit, was it above 0 for some sample?
        full: for each step, the share of elements at an end.
        samples: how many were seen.
    """

    def __init__(self, call: Any, layer: str) -> None:
        self.name, self.birth, self.layer = call.name, call.birth, layer
        self.alive: Any = np.ones(0, bool)
        self.full: list[float] = []
        self.samples = 0

    def add(self, y: np.ndarray) -> None:
        """Another result."""
        if self.name in ("sigmoid", "tanh"):
            self.full.append(share_at_ends(self.name, y))
            return
        unit = 1 if y.ndim > 3 else y.ndim - 1
        others = tuple(axis for axis in range(y.ndim) if axis != unit)
        alive = (y > 0).any(axis=others)
        fits = alive.shape == self.alive.shape
        self.alive = alive | self.alive if fits else alive
        self.samples += len(y)


class Units:
    """All activations between the layers."""

    def __init__(self) -> None:
        self.sites: dict[Any, Site] = {}

    def measure(self, step: Step, record: Record) -> None:
        """Look at the activations of a step; those of the loss do not count."""
        met: dict[Any, int] = defaultdict(int)
        for call in step.calls:
            if id(call) in step.tail or not is_activation(call):
                continue
            place = call.name, call.birth
            met[place] += 1
            key = *place, met[place]  # the same line may run for several layers
            if key not in self.sites:
                self.sites[key] = Site(call, record.layer_of(call))
            y = host(results(call)[0])
            if y.ndim > 1:
                self.sites[key].add(y)


def is_activation(call: Any) -> bool:
    """Is it a relu, by whatever name, a sigmoid or a tanh?"""
    if call.name == "maximum":
        return any(np.ndim(v) == 0 and v == 0 for v in values(call))
    return call.name in ("relu", "sigmoid", "tanh")


def share_at_ends(name: str, y: np.ndarray) -> float:
    """The share of elements where the slope is below a hundredth of the steepest."""
    slope = 1 - np.square(y) if name == "tanh" else 4 * y * (1 - y)
    return float(np.mean(slope < 0.01)) if y.size else 0.0
