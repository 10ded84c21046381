"""Which operation made the first NaN or infinity of a training."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .. import debug
from ..arrays import is_array
from ..core import Parameter
from ..errors import NonFiniteError, tell, text
from ..tree import walk
from .snapshot import numbers_of, set_numbers, size_of, snapshot
from .steps import Step, arrays_of

STEPS = 100  # between two snapshots, at most
MEMORY = 1 << 20  # bytes of batches that are kept in any case


class FiniteStep:
    """A step that finds out where a NaN or infinity came from.

    The state is copied now and then, and the batches since are kept, in no more memory
    than the state itself takes (or 1 MiB). When a loss is not finite, or a parameter
    when the next copy is made or at a `check`, the steps since the last copy are made
    again. The one that went wrong is made a third time, as it stands and inside of
    ``ondol.debug.nan()``, which stops at the operation. The model and the optimizer are
    then left as they were before that step.

    Args:
        step: takes a batch, returns the loss.
        model: what it changes.
        optimizer: by which.
        made: steps that were made before.
    """

    def __init__(self, step: Step, model: Any, optimizer: Any, made: int = 0) -> None:
        self.step, self.model, self.optimizer = step, model, optimizer
        self.count = made
        self._restore: Callable[[], None] | None = None
        self._kept: list[tuple[Any, dict[str, float]]] = []
        self._room = self._bytes = 0

    def __call__(self, batch: Any) -> Any:
        """Make the step.

        Raises:
            NonFiniteError: an ArithmeticError; it made a NaN or an infinity.
        """
        self._remember(batch)
        loss = self.step(batch)
        self.count += 1
        if not math.isfinite(loss.item()):
            self._explain()
        return loss

    def check(self) -> None:
        """Look at the parameters, which a step may ruin though its loss was finite.

        Raises:
            NonFiniteError: an ArithmeticError; one of the steps did.
        """
        if self._kept and broken(self.model):
            self._explain()

    def _remember(self, batch: Any) -> None:
        if self._bytes >= self._room or len(self._kept) >= STEPS:
            self.check()
            self._restore = snapshot(self.model, self.optimizer)
            self._kept, self._bytes = [], 0
            self._room = max(MEMORY, size_of(self.model, self.optimizer))
        self._kept.append((batch, numbers_of(self.optimizer)))
        self._bytes += sum(array.nbytes for array in arrays_of(batch))

    def _explain(self) -> None:
        assert self._restore is not None
        self._restore()
        with np.errstate(all="ignore"):
            self._replay()

    def _replay(self) -> None:
        first = self.count - len(self._kept)
        for number, (batch, numbers) in enumerate(self._kept, first + 1):
            before = snapshot(self.model, self.optimizer)
            set_numbers(self.optimizer, numbers)
            loss = self.step(batch)
            if not math.isfinite(loss.item()) or broken(self.model):
                before()
                set_numbers(self.optimizer, numbers)
                reason = self._reason(batch)
                before()
                raise tell(NonFiniteError, "fit-nonfinite", (), reason, step=number)
        raise tell(NonFiniteError, "fit-nonfinite-once", step=self.count)

    def _reason(self, batch: Any) -> str:
        """Why the step that comes next goes wrong: the lines of an error."""
        found = [*bad_fields(batch), *broken(self.model)]
        if not found:
            try:
                debug.find(self.step, batch)
                found = [text("word-fit-compiled-only")]
            except NonFiniteError as error:
                found = str(error).splitlines()
        return "".join(f"\n  {line}" for line in found)


def broken(model: Any) -> list[str]:
    """A line for each parameter that is not finite."""
    return [
        text("word-fit-bad-parameter", name=name, **counted(parameter.data))
        for name, parameter in walk(model, Parameter)
        if not is_finite(parameter.data)
    ]


def bad_fields(batch: Any) -> Iterator[str]:
    """A line for each array of a batch that is not finite."""
    for i, array in enumerate(arrays_of(batch)):
        if not is_finite(array):
            axes = tuple(range(1, array.ndim))
            first = np.flatnonzero(~np.isfinite(array).all(axis=axes))[0]
            yield text("word-fit-bad-batch", i=i, first=first, **counted(array))


def is_finite(array: Any) -> bool:
    """Is there no NaN and no infinity in an array? Other kinds have none."""
    real = is_array(array) and array.dtype.kind in "fc"
    return not real or bool(np.isfinite(array).all())


def counted(array: Any) -> dict[str, int]:
    """How many elements of an array are not finite, and how many there are."""
    return {"bad": int(np.count_nonzero(~np.isfinite(array))), "size": array.size}
