"""Accumulation: one update of several small batches, as if they were a large one."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np

from ..errors import ArgumentError, DtypeError, UsageError, tell
from .hooks import set_gradient
from .hyper import choice, count
from .optimizer import Array, Optimizer, with_gradient
from .saved import are_arrays, is_count


class Accumulate:
    """Collect the gradients of several batches, then update once.

    It stands where the update of the optimizer stood::

        accumulate = Accumulate(optimizer, every=4)
        for x, t in loader:
            loss = F.softmax_cross_entropy(model(x), t)
            loss.backward()
            if accumulate.update(len(x)):
                schedule.update()

    Each call takes the gradients away from the parameters, so that the next `backward`
    begins anew, with or without ``model.cleargrads()``. The losses are means over the
    samples of their batches; so the mean is weighted by the numbers of samples, and is
    the gradient of the mean over all of them. Batch normalisation sees the small
    batches. Hooks, for example `ClipGrad`, get the mean.

    Args:
        optimizer: set up with the model.
        every: how many batches make an update.
        reduction: ``"mean"``, or ``"sum"`` if the losses are sums over samples.

    Attributes:
        count: the batches collected since the last update.

    Raises:
        TypeError: `optimizer` is none.
    """

    every: int = count()
    reduction: str = choice("mean", "sum")

    def __init__(
        self, optimizer: Optimizer, every: int, reduction: str = "mean"
    ) -> None:
        if not isinstance(optimizer, Optimizer):
            kind = type(optimizer).__name__
            raise tell(DtypeError, "accumulate-optimizer", got=kind)
        self.optimizer, self.every, self.reduction = optimizer, every, reduction
        self._forget()

    def _forget(self) -> None:
        self.count, self.samples = 0, 0.0
        self.gradients: dict[str, Array] = {}

    def update(self, samples: float = 1) -> bool:
        """Collect the gradients that `backward` left; update with the last of a group.

        Args:
            samples: how many samples the batch has, or their weight; the same number
                each time does for batches of one size.

        Returns:
            Whether there was an update.

        Raises:
            RuntimeError: no parameter has a gradient.
            ValueError: `samples` is not above 0.
            TypeError, ValueError: as `Optimizer.update`.
        """
        if not samples > 0:
            raise tell(ArgumentError, "accumulate-samples", got=samples)
        self._collect(samples)
        return self.flush() if self.count >= self.every else False

    def flush(self) -> bool:
        """Update with what there is: at the end of data that leave a part of a group.

        Returns:
            Whether there was an update: not if nothing was collected.
        """
        if not self.count:
            return False
        named = self.optimizer.parameters()
        for name, grad in self.gradients.items():
            set_gradient(named[name], grad)
        self.optimizer.update()
        for name in self.gradients:
            named[name].cleargrad()
        self._forget()
        return True

    def _collect(self, samples: float) -> None:
        named = self.optimizer.parameters()
        ready = with_gradient(named)
        if not ready:
            raise tell(UsageError, "optimizer-no-gradient", count=len(named))
        self.count += 1
        self.samples += samples
        share = samples / self.samples
        old, new = (1.0 - share, share) if self.reduction == "mean" else (1.0, 1.0)
        for so_far in self.gradients.values():
            so_far *= old
        for name, _, grad in ready:
            part = np.asarray(new * grad, like=grad)
            if name in self.gradients:
                self.gradients[name] += part
            else:
                self.gradients[name] = part
            named[name].cleargrad()

    def state_dict(self) -> dict[str, Any]:
        """What was collected since the last update: a copy of the gradients."""
        gradients = {name: grad.copy() for name, grad in self.gradients.items()}
        return {"count": self.count, "samples": self.samples, "gradients": gradients}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over (a copy of) what `state_dict` gave.

        Raises:
            ValueError: it is no such state, or its gradients do not fit the parameters;
                nothing has changed.
        """
        count, samples = state.get("count"), state.get("samples")
        gradients = state.get("gradients", {})
        numbers = is_count(count) and isinstance(samples, Real)
        if not (numbers and are_arrays(gradients) and self._fit(gradients)):
            raise tell(ArgumentError, "accumulate-state", got=f"{state!r:.100}")
        self.count, self.samples = int(state["count"]), float(state["samples"])
        self.gradients = {name: grad.copy() for name, grad in gradients.items()}

    def _fit(self, gradients: Mapping[str, Array]) -> bool:
        """Has each of them a parameter of its shape? A lazy one may come yet."""
        named = self.optimizer.parameters()
        return all(
            name in named
            and (named[name].data is None or named[name].shape == grad.shape)
            for name, grad in gradients.items()
        )
