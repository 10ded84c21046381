"""Numbers of a size that cannot train: inputs, activations, gradients, scores.

One such mistake shows in many places, so only the first is told, in the order of the
table at the end, and only if nothing else is wrong.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ..core.graph import data_of
from ..errors import Birth
from .finding import Finding, finding
from .numbers import host, rms, spread
from .record import Check, Record
from .step import Step, results, values

LARGE_INPUT = 10.0  # root mean square of data
LARGE_SIGNAL = 100.0  # how much larger a layer's output may be than the data
SMALL_SIGNAL = 1e-5  # by how much of the data's differences the outputs must differ
STEEP = 1e4  # how much larger one layer's gradient may be than a later one's
FLAT = 1e-5  # how much smaller
DEAD = 0.9  # share of the units
FULL = 0.9  # share of the elements at the end of a sigmoid or tanh
GROWN = 20.0  # how much larger a loss may become
MOVED = 0.5  # how much of its size a parameter may change at once
CUT = 1e-3  # what is left of them behind a layer that lets nothing through
ALIKE = 1e-4  # scores that differ less from sample to sample are the same
STEPS = 3  # that are needed to say that something stays so


class Output(NamedTuple):
    """What a call with a weight computed in one step, and of what."""

    given: float
    size: float
    spread: float
    samples: int
    name: str
    birth: Birth


class Signals(Check):
    """The sizes of what goes forward and of what comes back."""

    def __init__(self, record: Record) -> None:
        super().__init__(record)
        self.inputs: list[tuple[float, float, Any, Birth]] = []
        self.layers: list[list[Output]] = []
        self.slopes: list[list[tuple[str, float]]] = []
        self.finite = True
        self.birth: Birth | None = None
        self.units = Units()
        self.scores: list[tuple[float, int]] = []

    def before(self, step: Step) -> Iterator[Finding]:
        """Measure what went forward."""
        with np.errstate(all="ignore"):
            self.birth = getattr(step.loss.creator, "birth", None)
            for call, x in step.inputs():
                if x.dtype.kind == "f" and x.ndim > 1:
                    self.inputs.append((rms(x), spread(x), x, call.birth))
            self.layers.append([*self.measured(step)])
            self.units.measure(step, self.record)
            for call in step.tail_calls():
                if call.name in ("softmax_cross_entropy", "log_softmax"):
                    x = host(values(call)[0])
                    self.scores.append((spread(x), x.shape[-1]))
        return iter(())

    def measured(self, step: Step) -> Iterator[Output]:
        """What each call with a weight gave."""
        names = self.record.names()
        for call, weight in step.weighted():
            y = results(call)[0]
            if y.ndim > 1:
                name = names.get(id(weight), weight.name or "?")
                given = [x for x in call._args if x is not weight]
                start = max(
                    (rms(data_of(x)) for x in given if hasattr(x, "ndim")), default=0
                )
                yield Output(start, rms(y), spread(y), len(y), name, call.birth)

    def after(self, step: Step) -> Iterator[Finding]:
        """Measure what came back."""
        slopes = []
        with np.errstate(all="ignore"):
            for x in step.leaves:
                leaf = self.record.leaf(x)
                if leaf:
                    leaf.after()
                    self.finite = self.finite and leaf.finite
            for _, weight in step.weighted():
                leaf = self.record.leaf(weight)
                if leaf and leaf.slopes:
                    slopes.append((self.record.name(weight), leaf.slopes[-1]))
        self.slopes.append(slopes)
        return iter(())

    def close(self) -> Iterator[Finding]:
        """The first of all that is wrong."""
        for look in CAUSES:
            yield from look(self)


# -- in the order in which one leads to another ---------------------------------------


def large_inputs(seen: Signals) -> Iterator[Finding]:
    """Data such as 0 to 255."""
    for size, _, x, birth in seen.inputs:
        if size > LARGE_INPUT:
            low, high = host(x).min(), host(x).max()
            yield finding(
                "doctor-inputs", birth, low=f"{low:.4g}", high=f"{high:.4g}", size=size
            )
            return


def constant_inputs(seen: Signals) -> Iterator[Finding]:
    """Data that are the same for all samples."""
    batches = [(s, x, birth) for _, s, x, birth in seen.inputs if len(x) > 1]
    if batches and all(s == 0 for s, _, _ in batches):
        _, x, birth = batches[0]
        yield finding("doctor-constant-inputs", birth, value=f"{host(x).flat[0]:.4g}")


def symmetric_weights(seen: Signals) -> Iterator[Finding]:
    """Units that were equal in the beginning and stay so."""
    for x, leaf in seen.record.alive():
        if x.ndim < 2 or leaf.changes < 2 or not leaf.slopes:
            continue
        units = host(x._data) if x.ndim > 2 else host(x._data).T
        if len(units) > 1 and units[0].size > 1 and are_alike(units):
            yield finding(
                "doctor-symmetric",
                x.birth,
                parameter=seen.record.name(x),
                units=len(units),
            )
            return


def are_alike(units: np.ndarray) -> bool:
    """Are all rows the same, but for the order in which products add up?"""
    size = np.abs(units).max()
    return bool(np.allclose(units, units[0], rtol=0, atol=1e-3 * size))


def dead_units(seen: Signals) -> Iterator[Finding]:
    """A relu that is 0 for all samples of all steps."""
    for site in seen.units.sites.values():
        dead = 1 - site.alive.mean() if site.alive.size > 1 else 0.0
        if dead >= DEAD and site.samples >= 16:
            yield finding(
                "doctor-dead", site.birth, share=dead, layer=site.layer, name=site.name
            )
            return


def full_units(seen: Signals) -> Iterator[Finding]:
    """A sigmoid or tanh that is at its ends."""
    for site in seen.units.sites.values():
        if site.full and min(site.full) > FULL:
            yield finding(
                "doctor-saturated",
                site.birth,
                share=min(site.full),
                layer=site.layer,
                name=site.name,
            )
            return


def exploding(seen: Signals) -> Iterator[Finding]:
    """Outputs, or gradients, that grow from layer to layer in the first step."""
    layers = seen.layers[0] if seen.layers else []
    start = max([1.0, *(layer.given for layer in layers[:1])])
    for layer in layers:
        if not layer.size <= LARGE_SIGNAL * start:
            yield finding(
                "doctor-exploding-outputs",
                layer.birth,
                layer=layer.name,
                size=layer.size,
                start=start,
            )
            return
    slopes = seen.slopes[0] if seen.slopes else []
    last, least = slopes[-1] if slopes else ("", 0.0)
    for name, slope in slopes[:-1]:
        if slope > STEEP * least > 0:
            yield finding(
                "doctor-exploding-gradients",
                seen.birth,
                layer=name,
                slope=slope,
                last=last,
                least=least,
            )
            return


def diverging(seen: Signals) -> Iterator[Finding]:
    """A loss that grows, while parameters change by much at once."""
    losses = seen.record.losses
    if len(losses) < STEPS:
        return
    moves = [(leaf.move, x) for x, leaf in seen.record.alive() if leaf.move > MOVED]
    first, last = abs(losses[0]), float(np.median(np.abs(losses[-STEPS:])))
    peak = float(np.max(np.abs(losses)))
    if moves and not (peak <= GROWN * first or last < first):
        move, x = max(moves, key=lambda pair: pair[0])
        rates = ", ".join(f"{o.lr:g}" for o in seen.record.optimizers)
        yield finding(
            "doctor-diverging",
            seen.birth,
            first=first,
            peak=peak,
            parameter=seen.record.name(x),
            move=move,
            lr=rates or "?",
        )


def not_finite(seen: Signals) -> Iterator[Finding]:
    """NaN or infinity in a loss or a gradient."""
    if seen.finite and np.isfinite(seen.record.losses).all():
        return
    wrong = [x for x, leaf in seen.record.alive() if not leaf.finite]
    step = int(np.argmin(np.isfinite(seen.record.losses))) + 1
    yield finding(
        "doctor-not-finite",
        seen.birth,
        step=step,
        parameters=seen.record.listed(wrong) or "-",
    )


def vanishing(seen: Signals) -> Iterator[Finding]:
    """Outputs that do not differ, or gradients that do not reach the first layers."""
    yield from fading_outputs(seen)
    if len(seen.slopes) < STEPS:
        return
    weakest = [weak_slope(slopes) for slopes in seen.slopes]
    names = {found[0] if found else None for found in weakest}
    if len(names) == 1 and None not in names:
        name, slope, largest, last = weakest[-1]  # type: ignore[misc]
        yield finding(
            "doctor-vanishing-gradients",
            seen.birth,
            layer=name,
            slope=slope,
            last=last,
            largest=largest,
        )


def weak_slope(slopes: list[tuple[str, float]]) -> tuple[str, float, float, str] | None:
    """The first layer whose gradient is nothing beside that of a later one."""
    for i, (name, slope) in enumerate(slopes):
        largest, last = max(((s, n) for n, s in slopes[i + 1 :]), default=(0.0, ""))
        if slope < FLAT * largest:
            return name, slope, largest, last
    return None


def fading_outputs(seen: Signals) -> Iterator[Finding]:
    """In each step a layer gives nearly the same for all samples."""
    given = [s for _, s, _, _ in seen.inputs if s > 0]
    if len(seen.layers) < STEPS or not given:
        return
    found = [first_faint(layers, min(given)) for layers in seen.layers]
    if all(found) and found[0]:
        yield finding(
            "doctor-vanishing-outputs",
            found[0].birth,
            layer=found[0].name,
            spread=found[0].spread,
            start=min(given),
        )


def first_faint(layers: list[Output], start: float) -> Output | None:
    """The first layer whose outputs hardly differ, and not all at once."""
    before = start
    for layer in layers:
        if layer.samples > 1 and layer.spread < SMALL_SIGNAL * start:
            return layer if layer.spread > CUT * before else None
        before = layer.spread
    return None


def chance(seen: Signals) -> Iterator[Finding]:
    """Scores that are the same for all samples, and a loss that stays at chance."""
    if len(seen.scores) < STEPS or seen.record.steps < STEPS:
        return
    if all(s < ALIKE for s, _ in seen.scores):
        count = seen.scores[-1][1]
        yield finding(
            "doctor-chance",
            seen.birth,
            loss=seen.record.losses[-1],
            count=count,
            chance=float(np.log(count)),
        )


CAUSES = (
    large_inputs,
    constant_inputs,
    symmetric_weights,
    dead_units,
    full_units,
    exploding,
    diverging,
    not_finite,
    vanishing,
    chance,
)


# -- activations ----------------------------------------------------------------------


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
