"""The loop that ``show_source=True`` prints is the training that `fit` makes."""

import ast

import pytest
from small import bits, made, points

import ondol
import ondol.functions as F
from ondol import optimizers
from ondol.data import DataLoader
from ondol.io import Checkpoints
from ondol.train import fit, objective, read_log

loss = F.softmax_cross_entropy


@objective
def whole(model, batch):
    """The same loss, of the whole batch."""
    x, t = batch
    y = model(x)
    return loss(y, t), y, t


@pytest.fixture(autouse=True)
def _undrawn(monkeypatch):
    """The picture takes longer than the training."""
    monkeypatch.setattr("ondol.train.records.save_curves", lambda *_: None)


FEATURES = {
    "alone": lambda model: {},
    "compiled": lambda model: {"compiled": True},
    "clip": lambda model: {"clip": 0.5},
    "hook": lambda model: {"clip": optimizers.ClipValue(0.1)},
    "schedule": lambda model: {"schedule": optimizers.Cosine(steps=12, warmup=3)},
    "average": lambda model: {"average": optimizers.EMA(model, 0.8)},
    "validated average": lambda model: {
        "average": optimizers.WeightAverage(model),
        "validation": points(20, 1),
        "patience": 1,
        "restore_best": True,
    },
    "accumulate": lambda model: {"accumulate": 3},
    "objective": lambda model: {"loss": whole},
    "objective, accumulated": lambda model: {"loss": whole, "accumulate": 2},
    "loader": lambda model: {"data": DataLoader(points(), 20, seed=5)},
    "validation loader": lambda model: {
        "validation": DataLoader(points(20, 1), 8, seed=5),
        "metrics": [F.accuracy],
    },
    "early": lambda model: {
        "validation": points(20, 1),
        "metrics": F.accuracy,
        "patience": 2,
        "restore_best": True,
        "schedule": optimizers.Plateau(patience=1),
    },
    "everything": lambda model: {
        "validation": points(20, 1),
        "metrics": [F.accuracy],
        "monitor": "val_loss",
        "patience": 3,
        "restore_best": True,
        "schedule": optimizers.OneCycle(steps=12),
        "average": optimizers.EMA(model, 0.8),
        "accumulate": 2,
        "compiled": True,
        "clip": 1.0,
    },
}


def arguments(make, **more):
    """What fit is given, all of it new."""
    pair = model, optimizer = made()
    given = {"model": model, "data": points(), "loss": loss, "optimizer": optimizer,
             "epochs": 6, "batch_size": 16, "seed": 0}  # fmt: skip
    return pair, given | make(model) | more


def run(source, given):
    """Run the printed loop, with the names that it says it needs."""
    needed = source.partition("# Given ")[2].partition(".\n")[0].split(", ")
    ondol.seed(1)
    exec(compile(source, "printed.py", "exec"), {name: given[name] for name in needed})


@pytest.mark.parametrize("in_folder", [False, True], ids=["", "folder"])
@pytest.mark.parametrize("make", FEATURES.values(), ids=FEATURES)
def test_it_gives_the_same_bits(make, in_folder, capsys, tmp_path):
    folder = {"folder": tmp_path / "fit"} if in_folder else {}
    ours, given = arguments(make, **folder)
    ondol.seed(1)
    history = fit(**given, progress=False, doctor=False, show_source=True)
    source = capsys.readouterr().out
    source = source.replace(str(tmp_path / "fit"), str(tmp_path / "printed"))
    theirs, given = arguments(make)
    run(source, given)
    assert bits(*theirs) == bits(*ours)
    records = [ast.literal_eval(line) for line in capsys.readouterr().out.splitlines()]
    for ours, theirs in zip(history, records, strict=True):
        assert {name: ours[name] for name in theirs} == theirs
    if in_folder:
        assert read_log(tmp_path / "printed" / "log.jsonl") == records
        names = [[path.name for path in Checkpoints(tmp_path / name).paths()]
                 for name in ("fit", "printed")]  # fmt: skip
        assert names[0] == names[1]


def test_it_resumes_after_an_epoch(tmp_path, capsys):
    _, given = arguments(FEATURES["early"], folder=tmp_path)
    fit(**given | {"epochs": 4}, progress=False, doctor=False, show_source=True)
    source = capsys.readouterr().out.replace(str(tmp_path), str(tmp_path / "printed"))
    whole, given = arguments(FEATURES["early"])
    run(source, given)
    (tmp_path / "printed").rename(tmp_path / "whole")
    for epochs in (1, 3, 4):
        parts, given = arguments(FEATURES["early"])
        run(source.replace("range(first, 4)", f"range(first, {epochs})"), given)
    assert bits(*parts) == bits(*whole)


ALONE = """\
# Given model, data, loss, optimizer.

from ondol import train
from ondol.data import DataLoader

loader = DataLoader(data, batch_size=16, seed=0)
optimizer.setup(model)


def step(batch):
    *inputs, t = batch
    value = loss(model(*inputs), t)
    model.cleargrads()
    value.backward()
    optimizer.update()
    return value


steps = 0
for epoch in range(1):
    mean = train.metrics.Mean()
    for batch in loader:
        value = step(batch)
        mean.update(value.item(), train.rows(batch))
        steps += 1
    numbers = {"epoch": epoch + 1, "step": steps, "loss": mean.compute()}
    print(numbers)
"""


def test_only_what_is_used_is_in_it(capsys):
    _, given = arguments(FEATURES["alone"])
    fit(**given | {"epochs": 1}, progress=False, doctor=False, show_source=True)
    assert capsys.readouterr().out == ALONE
