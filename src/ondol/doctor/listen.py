"""What is wrapped while a doctor watches, and only then.

Nothing here costs anything when no doctor is open: the methods are then the original
ones.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

from ..core import Variable, modes
from ..core.rules import RULES
from ..data.epochs import Epochs
from ..data.loader import DataLoader
from ..layers import Layer
from ..optimizers import Optimizer

MEASURES = {"accuracy", "mean_squared_error", "softmax_cross_entropy"}

_open: list[Any] = []
_undo = ExitStack()
_lock = threading.RLock()


def listen(doctor: Any) -> None:
    """Let a doctor hear of what happens in this thread."""
    with _lock:
        _open.append(doctor)
        if len(_open) == 1:
            _wrap_all()


def forget(doctor: Any) -> None:
    """Let it hear no more; does nothing if it does not hear."""
    with _lock:
        if doctor in _open:
            _open.remove(doctor)
            if not _open:
                _undo.close()


def _heard() -> Iterator[Any]:
    """The doctors of this thread."""
    here = threading.get_ident()
    return (doctor for doctor in (*_open,) if doctor.thread == here)


def _wrap_all() -> None:
    _wrap(Variable, "backward", _backward)
    _wrap(Epochs, "__iter__", _iter)
    _wrap(Optimizer, "setup", _setup)
    for base, name, make in (
        (Optimizer, "update", _update),
        (Layer, "__call__", _call),
    ):
        _wrap_kinds(base, name, make)
    for rule in [RULES[f] for f in RULES if f.__name__.lstrip("_") in MEASURES]:
        _wrap(rule, "forward", _measure)
    for name, module in (*sys.modules.items(),):
        theirs = vars(module).get("training") if name.startswith("ondol.") else None
        if theirs is modes.training and module is not modes:
            module.training = Mode()  # type: ignore[attr-defined]
            _undo.callback(setattr, module, "training", modes.training)


def _wrap(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Put something in the place of a method, for as long as a doctor is open."""
    original = vars(owner)[name]
    setattr(owner, name, functools.wraps(original)(make(original)))
    _undo.callback(setattr, owner, name, original)


def _wrap_kinds(base: Any, name: str, make: Callable[[Any], Any]) -> None:
    """The same for a class and all classes derived from it, those to come too."""

    def new(kind: type) -> None:
        super(base, kind).__init_subclass__()
        if name in vars(kind):
            _wrap(kind, name, make)

    for kind in _kinds(base):
        if name in vars(kind):
            _wrap(kind, name, make)
    base.__init_subclass__ = classmethod(new)
    _undo.callback(delattr, base, "__init_subclass__")


def _kinds(kind: type) -> set[type]:
    """A class and all classes derived from it."""
    return {kind}.union(*map(_kinds, kind.__subclasses__()))


# -- what takes their place -----------------------------------------------------------


def _backward(original: Any) -> Any:
    def backward(self: Variable, *args: Any, **kwargs: Any) -> None:
        for doctor in _heard():
            doctor.before_backward(self)
        original(self, *args, **kwargs)
        for doctor in _heard():
            doctor.after_backward()

    return backward


def _call(original: Any) -> Any:
    def call(self: Layer, *inputs: Any, **options: Any) -> Any:
        hearing = [*_heard()]
        for doctor in hearing:
            doctor.enter_layer(self, inputs)
        try:
            return original(self, *inputs, **options)
        finally:
            for doctor in hearing:
                doctor.leave_layer()

    return call


def _iter(original: Any) -> Any:
    def batches(self: Epochs) -> Any:
        for doctor in _heard() if isinstance(self, DataLoader) else ():
            doctor.load(self)
        return original(self)

    return batches


def _setup(original: Any) -> Any:
    def setup(self: Optimizer, target: Any) -> Any:
        for doctor in _heard():
            doctor.meet(self)
        return original(self, target)

    return setup


def _update(original: Any) -> Any:
    def update(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        hearing = [*_heard()]
        for doctor in hearing:
            doctor.enter_update(self)
        try:
            result = original(self, *args, **kwargs)
        finally:
            for doctor in hearing:
                doctor.leave_update()
        for doctor in hearing:
            doctor.updated()
        return result

    return update


def _measure(original: Any) -> Any:
    def forward(*args: Any, **kwargs: Any) -> Any:
        for doctor in _heard():
            doctor.measure()
        return original(*args, **kwargs)

    return forward


class Mode:
    """The training mode, which tells when it is asked for."""

    def get(self) -> bool:
        """Is this training?"""
        training = modes.training.get()
        for doctor in _heard():
            doctor.mode(training)
        return training
