"""What `fit` is asked for: nonsense is refused before anything is changed."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from ..core import Parameter
from ..errors import ArgumentError, DtypeError, tell
from ..optimizers import ClipGrad, Plateau
from ..tree import walk
from .evaluate import as_metrics
from .run import as_callbacks

# The arguments that are objects: what `fit` calls, and what one looks like.
PIECES = {
    "optimizer": ("optimizers.Adam(lr=0.001)", ("setup", "update", "state_arrays")),
    "schedule": ("optimizers.Cosine(steps=1000)", ("setup", "update")),
    "average": ("optimizers.EMA(model, 0.999)", ("update", "applied")),
}


def check(asked: SimpleNamespace) -> None:
    """Refuse what makes no sense; metrics and callbacks become lists, a clip a hook."""
    whole("epochs", asked.epochs, 0)
    whole("accumulate", asked.accumulate, 1)
    if asked.every is not None:
        whole("every", asked.every, 1)
    for name in PIECES:
        check_piece(name, getattr(asked, name))
    asked.callbacks = as_callbacks(asked.callbacks)
    asked.metrics = as_metrics(asked.metrics)
    if asked.metrics and asked.validation is None:
        raise tell(ArgumentError, "fit-metrics")
    if asked.tensorboard and asked.folder is None:
        raise tell(ArgumentError, "fit-tensorboard")
    asked.hook = clip_hook(asked.clip)
    check_owner("optimizer", asked.optimizer.target, asked.model)
    check_owner("average", getattr(asked.average, "model", None), asked.model)


def whole(name: str, value: Any, least: int) -> int:
    """`value` as an int of at least `least`."""
    if isinstance(value, bool) or not hasattr(value, "__index__") or value < least:
        raise tell(ArgumentError, "fit-whole", name=name, least=least, got=value)
    return operator.index(value)


def check_piece(name: str, piece: Any) -> None:
    """Refuse what is no optimizer, schedule or average: the class of one, a number."""
    like, methods = PIECES[name]
    known = all(hasattr(piece, method) for method in methods)
    optional = piece is None and name != "optimizer"
    if isinstance(piece, type) or not (known or optional):
        got = f"{piece!r:.60}"
        raise tell(DtypeError, "fit-piece", name=name, like=like, got=got)


def clip_hook(clip: Any) -> Any:
    """The hook that clips gradients, if they are to be clipped."""
    return clip if clip is None or callable(clip) else ClipGrad(clip)


def check_owner(name: str, target: Any, model: Any) -> None:
    """Refuse parameters of another model: their gradients would never be cleared."""
    ours = {id(parameter) for _, parameter in walk(model, Parameter)}
    others = [n for n, p in walk(target, Parameter) if id(p) not in ours]
    if others:
        what = {"name": name, "count": len(others), "names": ", ".join(others[:3])}
        raise tell(ArgumentError, "fit-other-model", like=PIECES[name][0], **what)


def directions(asked: SimpleNamespace) -> dict[str, str | None]:
    """What can be monitored -> whether less or more of it is better."""
    found: dict[str, str | None] = {"loss": "min"}
    if asked.validation is not None:
        found["val_loss"] = "min"
        found |= {f"val_{m.name}": getattr(m, "better", None) for m in asked.metrics}
    return found


def monitored(asked: SimpleNamespace) -> tuple[str, str]:
    """What tells the best epoch, and whether less or more of it is better."""
    known = directions(asked)
    name = asked.monitor or [*known][asked.validation is not None]
    better = known.get(name)
    if better is None:
        names = ", ".join(k for k, direction in known.items() if direction)
        raise tell(ArgumentError, "fit-monitor", got=name, names=names)
    for plateau in plateaus(asked.schedule):
        if plateau.mode != better:
            what = {"name": name, "better": better, "mode": plateau.mode}
            raise tell(ArgumentError, "fit-plateau", **what)
    return name, better


def plateaus(schedule: Any) -> Iterator[Plateau]:
    """Each `Plateau` that a schedule is, or is made of."""
    if isinstance(schedule, Plateau):
        yield schedule
    for part in getattr(schedule, "parts", ()):
        yield from plateaus(part)
