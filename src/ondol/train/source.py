"""The training that `fit` does, as a loop that a person would write."""

from __future__ import annotations

import json
from types import SimpleNamespace

from .run import Run
from .steps import Objective

# A line whose mark names a feature is there if the feature is asked for, one whose mark
# names it with a ! if it is not. Braces hold what `fit` was given.
TEMPLATE = """\
# Given {names}.

from pathlib import Path  #? folder
  #? folder
import ondol  #? compiled
from ondol import random, train  #? folder
from ondol import train  #? !folder
from ondol.data import DataLoader  #? arrays
from ondol.io import Checkpoints  #? folder !best
from ondol.io import Checkpoints, load_checkpoint  #? folder best
from ondol.optimizers import ClipGrad  #? norm

folder = Path({folder})  #? folder
folder.mkdir(parents=True, exist_ok=True)  #? folder
loader = DataLoader(data, batch_size={batch_size}, seed={seed})  #? arrays
loader = data  #? !arrays
optimizer.setup(model)  #? setup
optimizer.add_hook(ClipGrad({clip}))  #? norm
optimizer.add_hook(clip)  #? hook
schedule.setup(optimizer)  #? schedule
early = train.EarlyStopping(patience={patience}, better="{better}")  #? early
log = train.Log(folder / "log.jsonl")  #? folder


@ondol.compile(fallback=True)  #? compiled
def step(batch):  #? !accumulate
    *inputs, t = batch  #? supervised !accumulate
    value = loss(model(*inputs), t)  #? supervised !accumulate
    value, *_ = loss(model, batch)  #? !supervised !accumulate
    model.cleargrads()  #? !accumulate
    value.backward()  #? !accumulate
    optimizer.update()  #? !accumulate
    return value  #? !accumulate
def step(batches):  #? accumulate
    total = 0  #? accumulate
    model.cleargrads()  #? accumulate
    for batch, share in zip(batches, train.shares(batches), strict=True):  #? accumulate
        *inputs, t = batch  #? supervised accumulate
        value = loss(model(*inputs), t) * share  #? supervised accumulate
        value = loss(model, batch)[0] * share  #? !supervised accumulate
        value.backward()  #? accumulate
        total = total + value.detach()  #? accumulate
    optimizer.update()  #? accumulate
    return total  #? accumulate


steps = 0  #? !folder
parts = {{  #? folder
    "model": model,  #? folder
    "optimizer": optimizer,  #? folder
    "random": random.generator,  #? folder
    "loader": loader,  #? folder loader
    "validation": validation,  #? folder tests
    "schedule": schedule,  #? folder schedule
    "average": average,  #? folder average
    "early": early,  #? folder early
}}  #? folder
checkpoints = Checkpoints(folder, keep=2, best="{better}")  #? folder
notes = checkpoints.load(parts) or {{"step": 0, "epoch": 0}}  #? folder
steps, first = notes["step"], notes["epoch"]  #? folder
log.rewind(steps)  #? folder
for epoch in range({epochs}):  #? !folder
for epoch in range(first, {epochs}):  #? folder
    mean = train.metrics.Mean()
    for batch in loader:  #? !accumulate
        value = step(batch)  #? !accumulate
        mean.update(value.item(), train.rows(batch))  #? !accumulate
    for batches in train.groups(loader, {accumulate}):  #? accumulate
        value = step(batches)  #? accumulate
        mean.update(value.item(), sum(map(train.rows, batches)))  #? accumulate
        schedule.update()  #? schedule
        average.update()  #? average
        steps += 1
    numbers = {{"epoch": epoch + 1, "step": steps, "loss": mean.compute()}}
    scores = train.evaluate({measured})  #? validation !average
    with average.applied():  #? validation average
        scores = train.evaluate({measured})  #? validation average
    numbers |= {{f"val_{{name}}": x for name, x in scores.items()}}  #? validation
    schedule.epoch(numbers["{monitor}"])  #? schedule
    print(numbers)
    log.write(**numbers)  #? folder
    early.update(numbers["{monitor}"])  #? early !memory
    if early.update(numbers["{monitor}"]):  #? memory
        restore = train.remember({kept})  #? memory
    checkpoints.save(steps, parts, numbers["{monitor}"], epoch=epoch + 1)  #? folder
    if early.stop:  #? early
        break  #? early
load_checkpoint(checkpoints.best(), {kept})  #? best folder
restore()  #? memory
"""


def source(asked: SimpleNamespace, run: Run) -> str:
    """A program that does what `fit` was asked for, without what only watches it.

    That is the bar of progress, the doctor, the search for the first NaN, and what
    happens when it is stopped in the middle of an epoch.

    Args:
        asked: the arguments of `fit`.
        run: what was made of them.
    """
    features = features_of(asked, run)
    lines = (line.partition("  #? ") for line in TEMPLATE.splitlines())
    kept = (line for line, _, marks in lines if wanted(marks.split(), features))
    return "\n".join(kept).format(**fields(asked, run)) + "\n"


def wanted(marks: list[str], features: dict[str, bool]) -> bool:
    """Are all of these features as the marks of a line want them?"""
    return all(features[mark.lstrip("!")] != mark.startswith("!") for mark in marks)


def features_of(asked: SimpleNamespace, run: Run) -> dict[str, bool]:
    """What of the template this training has."""
    given = ("schedule", "average", "validation", "folder")
    return {
        **{name: getattr(asked, name) is not None for name in given},
        "arrays": run.loader is not asked.data,
        "loader": hasattr(run.loader, "state_dict"),
        "tests": hasattr(asked.validation, "state_dict"),
        "compiled": asked.compiled,
        "accumulate": asked.accumulate > 1,
        "supervised": not isinstance(asked.loss, Objective),
        "setup": run.optimizer.target is run.model,
        "norm": asked.clip is not None and not callable(asked.clip),
        "hook": callable(asked.clip),
        "early": asked.patience is not None or asked.restore_best,
        "best": asked.restore_best,
        "memory": asked.restore_best and asked.folder is None,
    }


def fields(asked: SimpleNamespace, run: Run) -> dict[str, object]:
    """What stands in the braces of the template."""
    names = ["model", "data", "loss", "optimizer"]
    optional = ("validation", "metrics", "schedule", "average")
    names += [name for name in optional if getattr(asked, name) not in (None, [])]
    names += ["clip"] if callable(asked.clip) else []
    metrics = ", metrics" if asked.metrics else ""
    average = ', "average": average' if asked.average is not None else ""
    return {
        **vars(asked),
        "names": ", ".join(names),
        "seed": getattr(run.loader, "seed", None),
        "measured": f"model, validation, loss{metrics}, batch_size={asked.batch_size}",
        "folder": json.dumps(str(asked.folder)),
        "better": run.early.better,
        "monitor": run.monitor,
        "kept": f'{{"model": model{average}}}',
    }
