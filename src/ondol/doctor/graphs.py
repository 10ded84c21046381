"""Graphs that grow from step to step, and dtypes that do."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..arrays import is_array
from ..core import Variable
from ..errors import Birth, describe
from ..writes import WRITES
from .finding import Finding, finding
from .record import Check, Record
from .step import Step, results, values

MANY = 6  # losses that are still there, each with its graph


class OldGraph(Check):
    """A backward pass into the graph of a step that is over."""

    def before(self, step: Step) -> Iterator[Finding]:
        """Was a parameter changed after the call that used it?"""
        for call in step.calls:
            for x in step.parameters(call):
                if is_stale(call, x):
                    name = self.record.name(x)
                    yield finding("doctor-old-graph", call.birth, parameter=name)
                    return


def is_stale(call: Any, x: Variable) -> bool:
    """Has `x` been changed since this call used it?"""
    kept = getattr(call, "values", None)
    if kept is not None and all(value is not x._data for value in kept):
        return True
    written = WRITES.written_since(call._written, x._data)
    return written is not None and call._written >= 0


class KeptGraphs(Check):
    """Losses that are kept, each with the graph of its step."""

    def __init__(self, record: Record) -> None:
        super().__init__(record)
        self.losses: list[weakref.ref[Variable]] = []

    def before(self, step: Step) -> Iterator[Finding]:
        """Are all losses so far still there?"""
        losses = [ref() for ref in self.losses]
        kept = [x for x in losses if x is not None and x.creator is not None]
        if len(kept) == len(losses) >= MANY:
            yield finding("doctor-kept-graphs", self.birth, count=len(kept))
        self.losses.append(weakref.ref(step.loss))
        self.birth = getattr(step.loss.creator, "birth", None)

    birth: Birth | None = None


class Float64(Check):
    """A network of float32 that computes in float64."""

    def before(self, step: Step) -> Iterator[Finding]:
        """Does a float32 parameter meet float64? Then where did it come in?"""
        for call, weight in step.weighted():
            wide = results(call)[0].dtype == np.float64
            if wide and weight.dtype == np.float32:
                origin = next(filter(widens, step.calls), call)
                yield finding(
                    "doctor-float64",
                    origin.birth,
                    function=origin.name,
                    operand=describe(wide_operand(origin)),
                    parameter=self.record.name(weight),
                )
                return


def widens(call: Any) -> bool:
    """Does it make float64 of float32?"""
    if call.name == "astype" or results(call)[0].dtype != np.float64:
        return False
    return any(is_array(v) and v.dtype == np.float32 for v in values(call))


def wide_operand(call: Any) -> Any:
    """The argument by which a call's result is float64."""
    for x, value in zip(call._args, values(call), strict=False):
        if getattr(value, "dtype", None) == np.float64:
            return x
    return call._args[0]
