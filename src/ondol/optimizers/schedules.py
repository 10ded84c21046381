"""Schedules: the learning rate over the steps of a training.

A schedule is a function of the number of steps made: the learning rate is that of the
optimizer at `Schedule.setup`, times `Schedule.scale` of the step. So training goes on
after a break exactly as it would have without one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import cos, inf, isfinite, isinf, pi
from numbers import Integral, Real
from typing import Any, Self

from ..errors import ArgumentError, DtypeError, OndolError, UsageError, tell
from .hyper import choice, count, fraction, inner, non_negative, positive, share
from .optimizer import Optimizer


class Schedule:
    """A learning rate of ``base * scale(t)`` after `t` steps.

    The base is the optimizer's `lr` at `setup`; the schedules here make it the highest
    that there will be. In a loop `update` follows `Optimizer.update`::

        optimizer = SGD(lr=0.1).setup(model)
        schedule = Schedule(lambda t: 1 / (1 + t / 100)).setup(optimizer)
        for x, t in loader:
            ...
            optimizer.update()
            schedule.update()

    A step is what `update` is called for: a batch here, an epoch if it stands in the
    outer loop. It belongs outside of a compiled step, which takes the new `lr` as it
    is. A subclass defines `scale`.

    Args:
        function: steps made so far -> factor on the base, in [0, inf).

    Attributes:
        t: the number of steps so far.
        base: the learning rate at a scale of 1; None before `setup`.
        optimizer: whose learning rate it is; None before `setup`.

    Raises:
        TypeError: `function` cannot be called.
    """

    t: int = 0
    base: float | None = None
    optimizer: Optimizer | None = None
    parts: Sequence[Schedule] = ()  # the schedules that this one is made of

    def __init__(self, function: Callable[[int], float]) -> None:
        if not callable(function):
            raise tell(DtypeError, "schedule-function", got=function)
        self.function = function

    def scale(self, t: int) -> float:
        """The factor on the base after `t` steps."""
        return self.function(t)

    def setup(self, optimizer: Optimizer) -> Self:
        """Take the base from the optimizer's `lr`, and set it for the first step.

        Args:
            optimizer: whose learning rate this is from now on.

        Returns:
            This schedule.

        Raises:
            TypeError: `optimizer` is none.
            RuntimeError: this schedule has already made steps with another optimizer.
        """
        if not isinstance(optimizer, Optimizer):
            raise tell(DtypeError, "schedule-optimizer", got=type(optimizer).__name__)
        if optimizer is not self.optimizer:
            if self.t:
                raise self._error(UsageError, "schedule-in-use", t=self.t)
            self.optimizer, self.base = optimizer, optimizer.lr
            self._apply(0)
        return self

    def update(self) -> None:
        """Count a step, and set the learning rate for the next one.

        Raises:
            RuntimeError: there was no `setup`.
            ValueError: the scale is no number in [0, inf).
        """
        self._apply(self.t + 1)

    def epoch(self, metric: float) -> None:
        """Say how good the model is now, at the end of an epoch; `Plateau` wants it.

        Args:
            metric: a loss, an accuracy.

        Raises:
            RuntimeError: there was no `setup`.
        """
        self._see(metric, self.t)
        self._apply(self.t)

    def state_dict(self) -> dict[str, Any]:
        """The base, the step, and what a `Plateau` remembers: numbers."""
        return {"base": self.base, "t": self.t} | self._memory()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` of an equal schedule gave, and set the `lr`.

        Raises:
            RuntimeError: there was no `setup`.
            ValueError: it is not the state of such a schedule; nothing has changed.
        """
        self._optimizer()
        fits = _fits(state, self.state_dict())
        if not (fits and 0 <= state["base"] < inf and 0 <= state["t"] < inf):
            raise self._error(ArgumentError, "schedule-state", got=f"{state!r:.100}")
        self.base = float(state["base"])
        self._remember(state)
        self._apply(int(state["t"]))

    def _apply(self, t: int) -> None:
        """Set the learning rate after `t` steps."""
        optimizer, scale = self._optimizer(), self.scale(t)
        if not isinstance(scale, Real) or not 0 <= float(scale) < inf:
            raise self._error(ArgumentError, "schedule-scale", t=t, got=scale)
        self._move(optimizer, t)
        optimizer.lr = self.base * float(scale)
        self.t = t

    def _optimizer(self) -> Optimizer:
        if self.optimizer is None:
            raise self._error(UsageError, "schedule-no-optimizer")
        return self.optimizer

    def _error(self, kind: type[OndolError], code: str, **fields: Any) -> OndolError:
        return tell(kind, code, name=type(self).__name__, **fields)

    def _move(self, optimizer: Optimizer, t: int) -> None:
        """Set what goes along with the learning rate after `t` steps: a momentum."""

    # What does not follow from the step alone.

    def _see(self, metric: float, t: int) -> None:
        """Take in what `epoch` was told after `t` steps."""

    def _memory(self) -> dict[str, Any]:
        """What was made of it, by name; that of a part under its number."""
        parts = {str(i): part._memory() for i, part in enumerate(self.parts)}
        return {i: memory for i, memory in parts.items() if memory}

    def _remember(self, state: Mapping[str, Any]) -> None:
        for i, part in enumerate(self.parts):
            part._remember(state.get(str(i), {}))


def _fits(theirs: Any, ours: Any) -> bool:
    """Are there the same names, all the way down, and numbers under them?"""
    if not isinstance(ours, Mapping):
        return isinstance(theirs, Real)
    return (
        isinstance(theirs, Mapping)
        and {*theirs} == {*ours}
        and all(_fits(theirs[name], ours[name]) for name in ours)
    )


# -- lower at each step, or at some of them -------------------------------------------


class Step(Schedule):
    """Multiply the learning rate by `factor` every `size` steps.

    Args:
        size: steps from one change to the next.
        factor: in (0, inf).
    """

    size: int = count()
    factor: float = positive()

    def __init__(self, size: int, factor: float = 0.1) -> None:
        self.size, self.factor = size, factor

    def scale(self, t: int) -> float:
        """``factor ** (t // size)``."""
        return self.factor ** (t // self.size)


class MultiStep(Schedule):
    """Multiply the learning rate by `factor` after each of some numbers of steps.

    Args:
        at: these numbers, each larger than the one before.
        factor: in (0, inf).
    """

    factor: float = positive()

    def __init__(self, at: Sequence[int], factor: float = 0.1) -> None:
        self.at, self.factor = _rising("MultiStep", at), factor

    def scale(self, t: int) -> float:
        """``factor`` to the power of how many of them are reached."""
        return self.factor ** bisect_right(self.at, t)


class Exponential(Schedule):
    """Multiply the learning rate by `factor` at each step.

    Args:
        factor: in (0, inf); above 1 it grows, as for finding the largest that trains.
    """

    factor: float = positive()

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def scale(self, t: int) -> float:
        """``factor ** t``."""
        return self.factor**t


# -- down to an end -------------------------------------------------------------------


class Linear(Schedule):
    """Fall on a straight line to `lowest` over the steps of a training, and stay there.

    Args:
        steps: of the whole training, with those of the warm-up.
        warmup: steps of a linear rise before it, as in `Warmup`.
        lowest: the share of the base that is left in the end, in [0, 1].

    Raises:
        ValueError: the warm-up is as long as the training.
    """

    steps: int = count()
    warmup: int = count(0)
    lowest: float = share()

    def __init__(self, steps: int, warmup: int = 0, lowest: float = 0.0) -> None:
        self.steps, self.warmup, self.lowest = steps, warmup, lowest
        if self.warmup >= self.steps:
            what = {"warmup": warmup, "steps": steps}
            raise self._error(ArgumentError, "schedule-warmup-length", **what)

    def scale(self, t: int) -> float:
        """The rise, then the fall from 1 to `lowest`."""
        if t < self.warmup:
            return _rise(t, self.warmup)
        done = min(1.0, (t - self.warmup) / (self.steps - self.warmup))
        return self.lowest + (1 - self.lowest) * self._left(done)

    def _left(self, done: float) -> float:
        """The part of the height that is left, when a part of the way is done."""
        return 1 - done


class Polynomial(Linear):
    """Fall to `lowest` as a power of what is left of the steps of a training.

    Args:
        steps: of the whole training, with those of the warm-up.
        power: in (0, inf).
        warmup: steps of a linear rise before it, as in `Warmup`.
        lowest: the share of the base that is left in the end, in [0, 1].

    Raises:
        ValueError: the warm-up is as long as the training.
    """

    power: float = positive()

    def __init__(
        self, steps: int, power: float = 2.0, warmup: int = 0, lowest: float = 0.0
    ) -> None:
        super().__init__(steps, warmup, lowest)
        self.power = power

    def _left(self, done: float) -> float:
        return (1 - done) ** self.power


class Cosine(Linear):
    """Fall on half a cosine to `lowest` over the steps of a training, and stay there.

    One cycle of Loshchilov and Hutter 2017.

    Args:
        steps: of the whole training, with those of the warm-up.
        warmup: steps of a linear rise before it, as in `Warmup`.
        lowest: the share of the base that is left in the end, in [0, 1].

    Raises:
        ValueError: the warm-up is as long as the training.
    """

    def _left(self, done: float) -> float:
        return _half_cosine(done)


class CosineRestarts(Schedule):
    """Fall on half a cosine again and again (SGDR, Loshchilov and Hutter 2017).

    Args:
        steps: of the first cycle.
        growth: how many times as long as the last one each cycle is; whole.
        lowest: the share of the base at the end of a cycle, in [0, 1].
    """

    steps: int = count()
    growth: int = count()
    lowest: float = share()

    def __init__(self, steps: int, growth: int = 1, lowest: float = 0.0) -> None:
        self.steps, self.growth, self.lowest = steps, growth, lowest

    def scale(self, t: int) -> float:
        """``lowest + (1 - lowest) * (1 + cos(pi * part of the cycle)) / 2``."""
        steps = self.steps
        if self.growth == 1:
            t %= steps
        while t >= steps:
            t, steps = t - steps, steps * self.growth
        return self.lowest + (1 - self.lowest) * _half_cosine(t / steps)


class OneCycle(Schedule):
    """Rise to the base and fall far below where it began (Smith and Topin 2019).

    Both ways are half cosines. The base is the highest learning rate.

    Args:
        steps: of the whole training.
        peak: where in it the learning rate is highest, in (0, 1).
        start: the share of the base at the beginning, in [0, 1].
        lowest: the share of the base at the end, in [0, 1].
        momentum: (highest, lowest) for the optimizer's `momentum`, or `beta1`, which
            then goes the other way; None leaves it as it is. In a compiled step, each
            new momentum is a new trace.

    Raises:
        ValueError: `momentum` is no pair of numbers in [0, 1).
        TypeError: at `setup`; the optimizer has no momentum.
    """

    steps: int = count()
    peak: float = inner()
    start: float = share()
    lowest: float = share()

    def __init__(
        self,
        steps: int,
        peak: float = 0.3,
        start: float = 0.04,
        lowest: float = 4e-6,
        momentum: tuple[float, float] | None = None,
    ) -> None:
        self.steps, self.peak, self.start, self.lowest = steps, peak, start, lowest
        if momentum is not None and not _are_shares(momentum):
            raise self._error(ArgumentError, "schedule-momentum", got=repr(momentum))
        self.momentum = momentum

    def scale(self, t: int) -> float:
        """The rise from `start` to 1, then the fall to `lowest`."""
        foot = self.start if t < self.peak * self.steps else self.lowest
        return foot + (1 - foot) * self._height(t)

    def _height(self, t: int) -> float:
        """How near the peak is: from 0 up to 1 and back to 0."""
        top = self.peak * self.steps
        if t < top:
            return 1 - _half_cosine(t / top)
        return _half_cosine(min(1.0, (t - top) / (self.steps - top)))

    def _move(self, optimizer: Optimizer, t: int) -> None:
        if self.momentum is not None:
            high, low = self.momentum
            momentum = high - (high - low) * self._height(t)
            setattr(optimizer, self._name(optimizer), momentum)

    def _name(self, optimizer: Optimizer) -> str:
        """What the optimizer calls its momentum."""
        for name in ("momentum", "beta1"):
            if hasattr(optimizer, name):
                return name
        got = type(optimizer).__name__
        raise self._error(DtypeError, "schedule-no-momentum", got=got)


# -- made of others -------------------------------------------------------------------


class Warmup(Schedule):
    """Rise on a straight line before another schedule begins (Goyal et al. 2017).

    Step ``t`` of the rise has ``(t + 1) / (steps + 1)`` of the base: none is lost to a
    learning rate of 0, and the first step after it has all.

    Args:
        steps: of the rise.
        then: the schedule after it, whose steps count from there; None stays at the
            base.

    Raises:
        TypeError: `then` is no schedule.
    """

    steps: int = count()

    def __init__(self, steps: int, then: Schedule | None = None) -> None:
        self.steps = steps
        self.parts = [] if then is None else _schedules("Warmup", [then])

    def scale(self, t: int) -> float:
        """The rise, then what comes after it."""
        if t < self.steps:
            return _rise(t, self.steps)
        return self.parts[0].scale(t - self.steps) if self.parts else 1.0

    def _move(self, optimizer: Optimizer, t: int) -> None:
        for part in self.parts:
            part._move(optimizer, max(0, t - self.steps))

    def _see(self, metric: float, t: int) -> None:
        for part in self.parts:
            part._see(metric, max(0, t - self.steps))


class Chain(Schedule):
    """One schedule after another; the steps of each count from its beginning.

    Args:
        schedules: in their order.
        at: the steps at which all but the first begin, each larger than the one before.

    Raises:
        TypeError, ValueError: they are not schedules, or not as many as `at` says.
    """

    def __init__(self, schedules: Sequence[Schedule], at: Sequence[int]) -> None:
        self.parts, self.at = _schedules("Chain", schedules), _rising("Chain", at)
        if len(self.parts) != len(self.at) + 1:
            what = {"count": len(self.parts), "at": self.at}
            raise self._error(ArgumentError, "schedule-chain", **what)

    def scale(self, t: int) -> float:
        """That of the schedule whose turn it is."""
        part, since = self._turn(t)
        return part.scale(since)

    def _turn(self, t: int) -> tuple[Schedule, int]:
        """Whose turn it is after `t` steps, and how many of these are its own."""
        i = bisect_right(self.at, t)
        return self.parts[i], t - (0, *self.at)[i]

    def _move(self, optimizer: Optimizer, t: int) -> None:
        part, since = self._turn(t)
        part._move(optimizer, since)

    def _see(self, metric: float, t: int) -> None:
        part, since = self._turn(t)
        part._see(metric, since)


# -- by how good the model is ---------------------------------------------------------


class Plateau(Schedule):
    """Multiply the learning rate by `factor` when a metric gets better no more.

    Tell it the metric with `epoch`. Everything counts in epochs, whatever `update` is
    called for.

    Args:
        factor: in [0, 1).
        patience: how many epochs without an improvement are borne.
        mode: ``"min"`` if less is better, as for a loss, or ``"max"``.
        threshold: an improvement is more than this share of the best, in [0, inf).
        cooldown: epochs after a change in which nothing is counted.
        lowest: the smallest share of the base, in [0, 1].
    """

    factor: float = fraction()
    patience: int = count(0)
    mode: str = choice("min", "max")
    threshold: float = non_negative()
    cooldown: int = count(0)
    lowest: float = share()

    def __init__(
        self,
        factor: float = 0.1,
        patience: int = 10,
        mode: str = "min",
        threshold: float = 1e-4,
        cooldown: int = 0,
        lowest: float = 0.0,
    ) -> None:
        self.factor, self.patience, self.mode = factor, patience, mode
        self.threshold, self.cooldown, self.lowest = threshold, cooldown, lowest
        self.best = inf if mode == "min" else -inf
        self.cuts = self.waited = self.resting = 0

    def scale(self, t: int) -> float:
        """``factor`` to the power of the changes so far, but not below `lowest`."""
        return max(self.lowest, self.factor**self.cuts)

    def _see(self, metric: float, t: int) -> None:
        try:
            metric = float(metric)
        except (TypeError, ValueError) as error:
            raise tell(DtypeError, "schedule-metric", got=metric) from error
        if self._is_better(metric):
            self.best, self.waited = metric, 0
        elif self.resting == 0:
            self.waited += 1
        self.resting = max(0, self.resting - 1)
        if self.waited > self.patience:
            self.cuts += 1
            self.waited, self.resting = 0, self.cooldown

    def _is_better(self, metric: float) -> bool:
        """Is it better than the best? NaN and infinity never are."""
        if not isfinite(metric) or isinf(self.best):
            return isfinite(metric)
        gain = self.best - metric if self.mode == "min" else metric - self.best
        return gain > self.threshold * abs(self.best)

    _kept = ("best", "cuts", "waited", "resting")

    def _memory(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._kept}

    def _remember(self, state: Mapping[str, Any]) -> None:
        vars(self).update({name: state[name] for name in self._kept})


def _rise(t: int, steps: int) -> float:
    return (t + 1) / (steps + 1)


def _half_cosine(part: float) -> float:
    """From 1 down to 0."""
    return (1 + cos(pi * part)) / 2


def _are_shares(pair: Any) -> bool:
    """Is it a pair of numbers in [0, 1)?"""
    known = isinstance(pair, tuple | list) and len(pair) == 2
    return known and all(isinstance(x, Real) and 0 <= float(x) < 1 for x in pair)


def _rising(name: str, at: Sequence[int]) -> list[int]:
    """Numbers of steps, each larger than the one before."""
    numbers = [*at] if isinstance(at, Iterable) else [at, at]
    whole = all(isinstance(n, Integral) for n in numbers)
    if not whole or any(b <= a for a, b in zip([0, *numbers], numbers, strict=False)):
        raise tell(ArgumentError, "schedule-rising", name=name, got=at)
    return numbers


def _schedules(name: str, schedules: Sequence[Schedule]) -> list[Schedule]:
    for each in schedules:
        if not isinstance(each, Schedule):
            raise tell(DtypeError, "schedule-part", name=name, got=each)
    return [*schedules]
