"""The Doctor: watches the first steps of a training, and says what is wrong with it."""

from __future__ import annotations

import functools
import sys
import threading
import warnings
from collections.abc import Callable, Collection, Iterable
from contextlib import ExitStack
from importlib import import_module
from itertools import islice
from typing import Any, Self

import numpy as np

from ..arrays import is_array
from ..core import Variable
from ..core.graph import data_of
from ..core.modes import recording
from ..errors import ArgumentError, UsageError, caller, tell, text
from ..errors.places import internal
from ..errors.texts import table
from ..tree import BRANCHES
from . import data, graphs, listen, losses, parameters
from .finding import DoctorWarning, Finding
from .modes import Modes
from .record import Check, Record
from .signals import Signals
from .step import Step

CHECKS: tuple[type[Check], ...] = (
    losses.Broadcast,
    losses.TwiceSquashed,
    losses.WrongLabels,
    graphs.OldGraph,
    graphs.KeptGraphs,
    graphs.Float64,
    parameters.Accumulated,
    parameters.NewLayers,
    parameters.NewOptimizer,
    parameters.OtherModel,
    parameters.NotReached,
    parameters.Missing,
    parameters.NothingChanges,
)


def codes() -> list[str]:
    """The codes of all findings."""
    return [code for code in table() if code.startswith("doctor-")]


def check_settings(
    model: Any, optimizer: Any, steps: Any, silence: Any, validation: Any
) -> None:
    """Refuse what a Doctor cannot work with."""
    if model is not None and not isinstance(model, BRANCHES):
        raise tell(ArgumentError, "watch-model", got=type(model).__name__)
    for code in silence:
        if code not in codes():
            known = ", ".join(codes())
            raise tell(ArgumentError, "watch-code", got=code, known=known)
    if not isinstance(steps, int) or steps < 1:
        raise tell(ArgumentError, "watch-steps", got=steps)
    for one in optimizer if isinstance(optimizer, list | tuple) else [optimizer]:
        if one is not None and not hasattr(one, "hooks"):
            raise tell(ArgumentError, "watch-optimizer", got=type(one).__name__)
    known_kind = callable(validation) or hasattr(validation, "dataset")
    if validation is not None and not (known_kind or hasattr(validation, "__len__")):
        kind = type(validation).__name__
        raise tell(ArgumentError, "watch-validation-kind", got=kind)


def harmless(method: Callable[..., None]) -> Callable[..., None]:
    """What goes wrong in the doctor itself ends its visit, and not the training."""

    @functools.wraps(method)
    def safe(self: Doctor, *args: Any) -> None:
        try:
            with np.errstate(all="ignore"):
                method(self, *args)
        except DoctorWarning:  # warnings are errors here
            raise
        except Exception as error:
            self._stack.close()
            self.failed = True
            told = text("word-doctor-failed", error=f"{type(error).__name__}: {error}")
            warn(RuntimeWarning(told))

    return safe


def warn(warning: Warning) -> None:
    """Warn at the line of the program that is watched."""
    frame, level = sys._getframe(), 1
    while internal[frame.f_code.co_filename] and frame.f_back is not None:
        frame, level = frame.f_back, level + 1
    warnings.warn(warning, stacklevel=level)


class Doctor:
    """Finds mistakes in the training inside its block, and warns of each once.

    ::

        with Doctor(model, optimizer, validation=x_val) as doctor:
            for x, t in loader:
                ...
        print(doctor.findings)

    It looks at each ``loss.backward()`` and ``optimizer.update()`` until parameters
    have changed `steps` times; after that, and outside of the block, everything runs
    as if it were not there. Compiled functions run as they stand until then. It sees
    the thread that it was opened in, and no training by `ondol.grad` and its like.

    Args:
        model: the network, or a dict of several; None finds it in what runs.
        optimizer: the optimizer, or a list of several; None finds it likewise.
        steps: how many steps it watches, 1 or more.
        silence: codes of findings not to be told.
        validation: data that must not be trained on: an array of inputs, a tuple
            ``(x, t)``, a dataset, a `DataLoader`, or a function that returns one.

    Attributes:
        findings: what was found so far.
        failed: did the doctor itself fail? A `RuntimeWarning` says how, and the
            training goes on unwatched.

    Raises:
        ArgumentError: no such code, fewer than 1 step, or something else in the place
            of an optimizer or of validation data.
    """

    def __init__(
        self,
        model: Any = None,
        optimizer: Any = None,
        steps: int = 20,
        silence: Collection[str] = (),
        validation: Any = None,
    ) -> None:
        silence = (silence,) if isinstance(silence, str) else silence
        check_settings(model, optimizer, steps, silence, validation)
        self.steps, self.silence = steps, {*silence}
        self.findings: list[Finding] = []
        self.failed = False
        self.thread = 0
        self._record = Record(model, optimizer)
        self._modes = Modes(self._record)
        self._batches = data.SameBatch(self._record)
        self._leak = data.Leak(self._record, validation)
        self._signals = Signals(self._record)
        self._checks = [check(self._record) for check in CHECKS]
        self._checks += [self._modes, self._batches, self._leak]
        self._step: Step | None = None
        self._depth = self._updating = 0
        self._outer: Any = None  # the layer that no other one has called
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        if self.thread:
            raise tell(UsageError, "watch-again")
        self.thread = threading.get_ident()
        compiler = import_module("ondol.compiler")  # here, as it takes long
        with ExitStack() as stack:
            stack.enter_context(compiler.eager())
            stack.callback(listen.forget, self)
            listen.listen(self)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if self.is_open:
            self._stack.close()
            self._close(error, trace)

    @property
    def is_open(self) -> bool:
        """Is it still watching?"""
        return self in listen._open

    @property
    def backwards(self) -> int:
        """How many backward passes it has seen."""
        return self._record.backwards

    # -- what it hears ----------------------------------------------------------------

    @harmless
    def before_backward(self, loss: Variable) -> None:
        """A backward pass begins: look at the graph."""
        if not is_array(loss._data) or loss.creator is None:
            return
        self._step = self._record.begin(loss)
        if self._record.steps >= self.steps:  # the program updates by itself
            self.finish()
            return
        for check in (*self._checks, self._signals):
            self._tell(check.before(self._step))

    @harmless
    def after_backward(self) -> None:
        """It is over: look at the gradients."""
        if self._step is None:
            return
        for check in (*self._checks, self._signals):
            self._tell(check.after(self._step))
        self._step = None

    @harmless
    def enter_update(self, optimizer: Any) -> None:
        """An optimizer begins its update; a method that it calls is part of it."""
        if not self._updating:
            self._record.use(optimizer)
            for check in self._checks:
                self._tell(check.update(optimizer))
        self._updating += 1

    def leave_update(self) -> None:
        """The update is over."""
        self._updating -= 1

    @harmless
    def updated(self) -> None:
        """It has worked: was that enough?"""
        enough = self._record.updates >= self.steps
        if enough and not self._updating and self.is_open:
            self.finish()

    def meet(self, optimizer: Any) -> None:
        """There is an optimizer."""
        self._record.meet(optimizer)

    @harmless
    def enter_layer(self, layer: Any, inputs: tuple[Any, ...]) -> None:
        """A layer is called; which one called it?"""
        record = self._record
        record.calls[id(layer)] = layer, caller(2)
        self._depth += 1
        if self._depth == 1:
            self._outer = layer
            record.roots.setdefault(id(layer), (layer, {}))
            arrays = [data_of(x) for x in inputs if getattr(x, "creator", None) is None]
            if recording.get():
                for check in (self._batches, self._leak):
                    check.feed([x for x in arrays if is_array(x) and x.ndim])
        record.roots[id(self._outer)][1][id(layer)] = layer

    def leave_layer(self) -> None:
        """The layer has returned."""
        self._depth -= 1
        self._outer = self._outer if self._depth else None

    @harmless
    def load(self, loader: Any) -> None:
        """A loader begins an epoch."""
        self._batches.load(loader)

    @harmless
    def mode(self, training: bool) -> None:
        """A function asks whether this is training."""
        self._modes.mode(training, self._outer)

    @harmless
    def measure(self) -> None:
        """A loss or an accuracy is computed."""
        self._tell(self._modes.measured())

    # -- what it says -----------------------------------------------------------------

    def finish(self) -> None:
        """Enough was seen: say what only the whole shows, and go."""
        self._stack.close()
        self._close()

    @harmless
    def _close(self, error: Any = None, trace: Any = None) -> None:
        self._step = None  # and with it the graph
        self._tell(losses.after_error(trace))
        if not self._record.backwards or isinstance(error, Exception):
            return
        for check in self._checks:
            self._tell(check.close())
        if not self.findings and (self._record.updates or self._record.steps):
            told = (f for f in self._signals.close() if f.code not in self.silence)
            self._tell(islice(told, 1))

    def _tell(self, found: Iterable[Finding]) -> None:
        """Warn of what was not told yet, at the line that runs now."""
        for one in found:
            told = any(one.code == other.code for other in self.findings)
            if not told and one.code not in self.silence:
                self.findings.append(one)
                warn(DoctorWarning(one.message))
