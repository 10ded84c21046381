"""How good a model is on some data."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..core import no_grad, test_mode
from ..core.graph import data_of
from .data import as_loader
from .history import plain
from .metrics import Mean, MeanLoss
from .steps import as_objective, rows


def as_metrics(metrics: Any) -> list[Any]:
    """Metrics with ``update``, ``compute`` and ``reset``; functions become such."""
    some = metrics if isinstance(metrics, Iterable) else [metrics]
    return [m if hasattr(m, "update") else averaged(m) for m in some]


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
    """
    loss, metrics, mean = as_objective(loss), as_metrics(metrics), Mean()
    for metric in metrics:
        metric.reset()
    with no_grad(), test_mode():
        for batch in as_loader(data, batch_size, shuffle=False):
            value, y, t = loss(model, batch)
            mean.update(value.item(), rows(batch))
            for metric in metrics:
                metric.update(data_of(y), data_of(t))
    return {"loss": mean.compute()} | {m.name: plain(m.compute()) for m in metrics}
