"""One step of a training: a batch, its loss, the gradients, an update.

A step is a function of one batch, for a loop written by hand as for `fit`. It names the
model, the loss and the optimizer and nothing else, so that `ondol.compile` finds all of
its state.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from ..core import Variable
from ..core.graph import data_of
from ..errors import ArgumentError, DtypeError, ShapeError, tell

Step = Callable[[Any], Any]


class Objective:
    """The loss of a whole batch: what `objective` makes of a function."""

    def __init__(self, function: Callable[[Any, Any], Any]) -> None:
        functools.update_wrapper(self, function)
        self.function = function

    def __call__(self, model: Any, batch: Any) -> tuple[Any, Any, Any]:
        """The loss, and what metrics compare: y and t.

        Raises:
            ArgumentError, ShapeError: a ValueError; the function returns neither a
                loss nor ``(loss, y, t)``, or the loss is not a Variable of one number.
        """
        result = self.function(model, batch)
        value, y, t = (
            triple(result) if isinstance(result, tuple) else (result, None, None)
        )
        if not isinstance(value, Variable) or value.size != 1:
            raise tell(ShapeError, "fit-loss-value", {"loss": value})
        return value, y, t


def triple(result: tuple[Any, ...]) -> tuple[Any, ...]:
    """What an objective returns when it is more than a loss: ``(loss, y, t)``."""
    if len(result) != 3:
        raise tell(ArgumentError, "fit-objective", count=len(result))
    return result


def objective(function: Callable[[Any, Any], Any]) -> Objective:
    """Say that a loss takes the model and the whole batch (to be used as a decorator).

    For batches that are not ``(x, t)``, for models with several outputs, and where
    there is no target:

        @train.objective
        def reconstruction(model, batch):
            (x,) = batch
            return F.mean_squared_error(model(x), x)

        fit(model, x, reconstruction, optimizer, epochs=10)

    Args:
        function: takes the model and a batch as the loader gives it; returns the loss,
            or ``(loss, y, t)`` for metrics to compare y with t.
    """
    return Objective(function)


def as_objective(loss: Any) -> Objective:
    """An objective as it is; of ``loss(y, t)`` one for batches ``(*inputs, t)``.

    Raises:
        DtypeError: a TypeError; `loss` cannot be called.
    """
    if isinstance(loss, Objective):
        return loss
    if not callable(loss):
        raise tell(DtypeError, "fit-loss", got=type(loss).__name__)

    def supervised(model: Any, batch: Any) -> tuple[Any, Any, Any]:
        *inputs, t = pair(batch)
        y = model(*inputs)
        return loss(y, t), y, t

    return Objective(supervised)


def pair(batch: Any) -> Any:
    """A batch that has inputs and a target, as ``loss(y, t)`` needs it."""
    if isinstance(batch, Sequence) and len(batch) > 1:
        return batch
    got = f"a {type(batch).__name__}"
    if isinstance(batch, Sequence | Mapping):
        got += f" of {len(batch)}"
    raise tell(ArgumentError, "fit-batch", got=got)


def arrays_of(batch: Any) -> list[Any]:
    """The arrays of a batch, however they are nested, and those of Variables in it."""
    parts: Iterable[Any] = ()
    if isinstance(batch, tuple | list):  # asked first, as it is asked in each step
        parts = batch
    elif hasattr(data := data_of(batch), "dtype"):  # compiled steps have others
        return [data]
    elif isinstance(batch, Iterable) and not isinstance(batch, str | bytes):
        parts = batch.values() if isinstance(batch, Mapping) else batch
    return [array for part in parts for array in arrays_of(part)]


def rows(batch: Any) -> int:
    """How many samples a batch has: the length of its first array; 1 without any."""
    for array in arrays_of(batch):
        if array.ndim:
            return len(array)
    return 1


def make_step(model: Any, loss: Any, optimizer: Any) -> Step:
    """A function that takes a batch, makes one update, and returns the loss.

    Args:
        model: has ``cleargrads()``.
        loss: ``loss(y, t)`` for batches ``(*inputs, t)``, or what `objective` made.
        optimizer: set up with the model.
    """
    loss = as_objective(loss)

    def step(batch: Any) -> Any:
        value, *_ = loss(model, batch)
        model.cleargrads()
        value.backward()
        optimizer.update()
        return value

    return step


def make_accumulating_step(model: Any, loss: Any, optimizer: Any) -> Step:
    """A function that makes one update from several batches, as if they were one.

    Args:
        model: has ``cleargrads()``.
        loss: as for `make_step`; a mean over the samples of its batch.
        optimizer: set up with the model.

    Returns:
        A step that takes what `groups` gives.
    """
    loss = as_objective(loss)

    def step(batches: Any) -> Any:
        total = 0
        model.cleargrads()
        for batch, share in zip(batches, shares(batches), strict=True):
            value = loss(model, batch)[0] * share
            value.backward()
            total = total + value.detach()
        optimizer.update()
        return total

    return step


def shares(batches: Sequence[Any]) -> list[float]:
    """The part that each of these batches has in the mean over all their samples."""
    counts = [rows(batch) for batch in batches]
    return [count / sum(counts) for count in counts]


def groups(batches: Iterable[Any], size: int) -> Iterator[tuple[Any, ...]]:
    """Batches in tuples of `size`; the last holds what is left."""
    batches = iter(batches)
    while group := tuple(islice(batches, size)):
        yield group
