"""Numbers of a size that cannot train: inputs, activations, gradients, scores.

One such mistake shows in many places, so only the first is told, in the order of the
table at the end, and only if nothing else is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..arrays import is_array
from ..core.graph import data_of
from ..errors import Birth
from .finding import Finding, finding
from .numbers import are_alike, host, rms, spread, units_apart
from .record import Check, Leaf, Record
from .step import Step, results, values
from .units import Units

LARGE_INPUT = 10.0  # root mean square of data
SMALL_INPUT = 1e-4  # largest number of data
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


class Input(NamedTuple):
    """Data that met a weight in one step."""

    low: float
    high: float
    size: float
    spread: float
    samples: int
    birth: Birth
    are_ids: bool


class Output(NamedTuple):
    """What a call with a weight computed in one step, and of what."""

    given: float
    size: float
    spread: float
    samples: int
    leaf: Leaf
    birth: Birth


class Signals(Check):
    """The sizes of what goes forward and of what comes back.

    Attributes:
        inputs: the data of all steps.
        outputs: for each step, what layers gave.
        slopes: for each step, weights and the sizes of their gradients, first layer
            first.
        scores: of each step, how much they differ between samples, and the classes.
        units: the activations.
        birth: the line of the last loss.
    """

    def __init__(self, record: Record) -> None:
        super().__init__(record)
        self.inputs: list[Input] = []
        self.outputs: list[list[Output]] = []
        self.slopes: list[list[tuple[Leaf, float]]] = []
        self.scores: list[tuple[float, int]] = []
        self.units = Units()
        self.birth: Birth | None = None
        self.names: dict[int, str] = {}

    def before(self, step: Step) -> Iterator[Finding]:
        """Measure what went forward."""
        self.birth = getattr(step.loss.creator, "birth", None)
        for call, x in step.inputs():
            are_ids = call.name in ("embedding", "getitem")
            if x.size and (x.ndim > 1 or are_ids):
                self.inputs.append(measured_input(host(x), call.birth, are_ids))
        self.outputs.append([*self.measured_outputs(step)])
        self.units.measure(step, self.record)
        for call in step.tail_calls():
            if call.name in ("softmax_cross_entropy", "log_softmax"):
                x = values(call)[0]
                if len(x) > 1:
                    self.scores.append((spread(x), x.shape[-1]))
        return iter(())

    def measured_outputs(self, step: Step) -> Iterator[Output]:
        """What each call with a weight gave."""
        for call, weight in step.weighted():
            y, leaf = results(call)[0], self.record.leaf(weight)
            if leaf and y.ndim > 1:
                others = [data_of(x) for x in call._args if x is not weight]
                given = max((rms(x) for x in others if is_array(x)), default=0.0)
                differs = spread(y)
                size = differs if len(y) > 1 else rms(y)  # a bias may well be large
                yield Output(given, size, differs, len(y), leaf, call.birth)

    def after(self, step: Step) -> Iterator[Finding]:
        """Measure what came back."""
        for leaf in filter(None, map(self.record.leaf, step.leaves)):
            leaf.after()
        leaves = [self.record.leaf(weight) for _, weight in step.weighted()]
        slopes = [(leaf, leaf.slopes[-1]) for leaf in leaves if leaf and leaf.slopes]
        self.slopes.append(slopes)
        return iter(())

    def trained_slopes(self) -> list[list[tuple[str, float]]]:
        """The same by name, of weights that are trained."""
        return [
            [(self.name(leaf), slope) for leaf, slope in slopes if leaf.changes]
            for slopes in self.slopes
        ]

    def name(self, leaf: Leaf) -> str:
        """The name of a weight."""
        x = leaf.ref()
        return self.names.get(id(x)) or getattr(x, "name", None) or "?"

    def close(self) -> Iterator[Finding]:
        """All that is wrong, causes before what follows from them."""
        self.names = self.record.names()
        for look in CAUSES:
            yield from look(self)


def measured_input(x: np.ndarray, birth: Birth, are_ids: bool) -> Input:
    """What is kept of data."""
    low, high = float(x.min()), float(x.max())
    return Input(low, high, rms(x), spread(x), len(x), birth, are_ids)


# -- in the order in which one leads to another ---------------------------------------


def unusual_inputs(seen: Signals) -> Iterator[Finding]:
    """Data such as 0 to 255, or lengths of light waves in metres."""
    data = [x for x in seen.inputs if not x.are_ids]
    large = [x for x in data if x.size > LARGE_INPUT]
    top = max([max(-x.low, x.high) for x in seen.inputs], default=0.0)
    for x in large or data * (0 < top < SMALL_INPUT):
        yield finding("doctor-inputs", x.birth, low=x.low, high=x.high, size=x.size)
        return


def constant_inputs(seen: Signals) -> Iterator[Finding]:
    """Data that are the same for all samples."""
    batches = [x for x in seen.inputs if x.samples > 1]
    if batches and not any(x.spread for x in batches):
        x = batches[0]
        yield finding("doctor-constant-inputs", x.birth, low=x.low, high=x.high)


def symmetric_weights(seen: Signals) -> Iterator[Finding]:
    """Units that were equal in the beginning and stay so."""
    for x, leaf in seen.record.alive():
        alike = leaf.changes > 1 and leaf.seen and are_alike(*leaf.apart)
        if alike and are_alike(*units_apart(x._data)):
            units = x.shape[0 if x.ndim > 2 else 1]
            name = seen.record.name(x)
            yield finding("doctor-symmetric", x.birth, parameter=name, units=units)
            return


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


def exploding_outputs(seen: Signals) -> Iterator[Finding]:
    """Outputs that grow from layer to layer in the first step."""
    outputs = seen.outputs[0] if seen.outputs else []
    start = max([1.0, *(y.given for y in outputs[:1])])
    for y in outputs:
        if y.leaf.changes and y.size > LARGE_SIGNAL * start:
            yield finding(
                "doctor-exploding-outputs",
                y.birth,
                layer=seen.name(y.leaf),
                size=y.size,
                start=start,
            )
            return


def exploding_gradients(seen: Signals) -> Iterator[Finding]:
    """Gradients that grow on their way back in the first step."""
    slopes = [*seen.trained_slopes(), []][0]
    least, last = max([(slope, name) for name, slope in slopes[-2:]], default=(0.0, ""))
    for name, slope in slopes[:-2]:
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
    if len(losses) < STEPS or not np.isfinite(losses[0]):
        return
    moves = [(leaf.move, x) for x, leaf in seen.record.alive() if is_driven(leaf)]
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


def is_driven(leaf: Leaf) -> bool:
    """Has it moved by much at once, and grown?"""
    return leaf.move > MOVED and not rms(leaf.sample) <= 2 * leaf.first


def not_finite(seen: Signals) -> Iterator[Finding]:
    """NaN or infinity in a loss or a gradient."""
    losses = np.isfinite(seen.record.losses)
    wrong = [x for x, leaf in seen.record.alive() if not leaf.finite]
    if wrong or not losses.all():
        yield finding(
            "doctor-not-finite",
            seen.birth,
            step=len(losses) if losses.all() else int(losses.argmin()) + 1,
            parameters=seen.record.listed(wrong) or "-",
        )


def vanishing_gradients(seen: Signals) -> Iterator[Finding]:
    """Gradients that do not reach the first layers, in any step."""
    weakest = [*map(weak_slope, seen.trained_slopes())]
    if len(weakest) < STEPS or len({w and w[0] for w in weakest}) > 1:
        return
    if weakest[-1] and not has_begun_with_zeros(seen):
        name, slope, largest, last = weakest[-1]
        yield finding(
            "doctor-vanishing-gradients",
            seen.birth,
            layer=name,
            slope=slope,
            last=last,
            largest=largest,
        )


def has_begun_with_zeros(seen: Signals) -> bool:
    """Did a layer, the last one mostly, begin with zeros, as is good practice?

    With a learning rate that is only warming up little goes through it for long.
    """
    return any(not y.leaf.first for y in seen.outputs[0])


def weak_slope(slopes: list[tuple[str, float]]) -> tuple[str, float, float, str] | None:
    """The first layer whose gradient is nothing beside that of a later one."""
    for i, (name, slope) in enumerate(slopes):
        largest, last = max(((s, n) for n, s in slopes[i + 1 :]), default=(0.0, ""))
        if slope < FLAT * largest:
            return name, slope, largest, last
    return None


def vanishing_outputs(seen: Signals) -> Iterator[Finding]:
    """In each step a layer gives nearly the same for all samples."""
    start = min((x.spread for x in seen.inputs if x.spread > 0), default=0.0)
    found = [first_faint(outputs, start) for outputs in seen.outputs]
    if len(found) >= STEPS and all(found) and found[0]:
        yield finding(
            "doctor-vanishing-outputs",
            found[0].birth,
            layer=seen.name(found[0].leaf),
            spread=found[0].spread,
            start=start,
        )


def first_faint(outputs: list[Output], start: float) -> Output | None:
    """The first output that hardly differs, if it has not come to that all at once."""
    before = start
    for y in outputs:
        if y.samples > 1 and y.spread < SMALL_SIGNAL * start:
            return y if y.spread > CUT * before else None
        before = y.spread
    return None


def chance(seen: Signals) -> Iterator[Finding]:
    """Scores that are the same for all samples, and a loss that stays at chance."""
    if len(seen.scores) < STEPS or seen.record.steps < STEPS:
        return
    if not has_begun_with_zeros(seen) and all(s < ALIKE for s, _ in seen.scores):
        count = seen.scores[-1][1]
        yield finding(
            "doctor-chance",
            seen.birth,
            loss=seen.record.losses[-1],
            count=count,
            chance=float(np.log(count)),
        )


CAUSES = (
    unusual_inputs,
    constant_inputs,
    symmetric_weights,
    dead_units,
    full_units,
    exploding_outputs,
    exploding_gradients,
    diverging,
    not_finite,
    vanishing_outputs,
    vanishing_gradients,
    chance,
)
