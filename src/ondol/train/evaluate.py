"""How good a model is on some data."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..core import no_grad, test_mode
from ..core.graph import data_of
from ..errors import ArgumentError, DtypeError, tell
from .data import as_loader
from .history import plain
from .metrics import Mean, MeanLoss
from .steps import Objective, as_objective, rows

NEEDED = ("name", "update", "compute", "reset")  # what a metric has


def as_metrics(metrics: Any) -> list[Any]:
    """Metrics with ``update``, ``compute`` and ``reset``; functions become such.

    Raises:
        DtypeError: a TypeError; one is neither, or the class of a metric.
        ArgumentError: a ValueError; two have the same name, or one that of the loss.
    """
    several = isinstance(metrics, Iterable) and not isinstance(metrics, str)
    some = [*map(as_metric, metrics if several else [metrics])]
    names = ["loss", *(metric.name for metric in some)]
    for name in names:
        if names.count(name) > 1:
            raise tell(ArgumentError, "fit-metric-names", name=name)
    return some


def as_metric(metric: Any) -> Any:
    """A metric as it is; of a function, one that takes its mean."""
    known = all(hasattr(metric, name) for name in NEEDED)
    if isinstance(metric, type) or not (known or callable(metric)):
        raise tell(DtypeError, "fit-metric", got=f"{metric!r:.60}")
    return metric if known else averaged(metric)


def averaged(function: Callable[[Any, Any], Any]) -> MeanLoss:
    """A function ``metric(y, t)`` as a metric: its mean over the samples."""
    metric = MeanLoss(function, getattr(function, "__name__", type(function).__name__))
    metric.better = None  # it does not say
    return metric


def evaluate(
    model: Any, data: Any, loss: Any, metrics: Any = (), batch_size: int = 256
) -> dict[str, Any]:
    """The mean loss and the metrics of a model on some data, in test mode, no graph.

    Args:
        model: is called with the inputs of each batch.
        data: a `DataLoader` (or another iterable of batches), or a tuple of arrays
            ``(x, t)``.
        loss: ``loss(y, t)`` for batches ``(*inputs, t)``, or what `objective` made.
        metrics: objects with ``update(y, t)``, ``compute()``, ``reset()`` and
            ``name``, or functions ``metric(y, t)`` whose mean over the samples is
            taken; y and t are arrays.
        batch_size: for arrays.

    Returns:
        ``loss`` and the name of each metric -> a float, or nested lists of them.

    Raises:
        ArgumentError, DtypeError: a ValueError or TypeError; metrics that are none,
            that have the same name, or that have nothing to compare; no batches.
    """
    metrics = as_metrics(metrics)
    loader = as_loader(data, batch_size, shuffle=False)
    return numbers(measured(model, loader, as_objective(loss), metrics), metrics)


def measured(
    model: Any, batches: Iterable[Any], loss: Objective, metrics: list[Any]
) -> Mean:
    """Count all batches, in the metrics and in the mean loss that is returned."""
    mean = Mean()
    for metric in metrics:
        metric.reset()
    with no_grad(), test_mode():
        for batch in batches:
            value, y, t = loss(model, batch)
            mean.update(value.item(), rows(batch))
            if metrics and y is None:
                raise tell(ArgumentError, "fit-nothing-to-measure")
            for metric in metrics:
                metric.update(data_of(y), data_of(t))
    return mean


def numbers(mean: Mean, metrics: list[Any]) -> dict[str, Any]:
    """What a mean loss and metrics came to, by name."""
    if not mean.kept:
        raise tell(ArgumentError, "fit-no-validation")
    return {"loss": mean.compute()} | {m.name: plain(m.compute()) for m in metrics}
