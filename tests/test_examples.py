"""The examples run, at small size, and find what they set out to find."""

import runpy
from pathlib import Path

import pytest

from ondol.optimizers import EMA

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def load(name):
    return runpy.run_path(str(EXAMPLES / f"{name}.py"))


def test_each_example_has_a_test():
    tested = {name.removeprefix("test_") for name in globals() if "test_" in name}
    assert {path.stem for path in EXAMPLES.glob("*.py")} <= tested


def test_newton(capsys):
    newton = load("newton")["newton"]
    assert newton(steps=8) == pytest.approx(1, abs=1e-12)
    assert capsys.readouterr().out.count("\n") == 8


def test_own_function(capsys):
    load("own_function")["main"]()
    numbers, right, wrong, fix = capsys.readouterr().out.splitlines()
    assert numbers == "sin = 0.866025, its derivative 0.500000, the second -0.866025"
    assert right.startswith("Sine: ")
    assert wrong.startswith("Forgetful: the derivative of order 1 by argument 0")
    assert fix.startswith("  fix: look at the rule of that argument")


def test_spiral(capsys):
    score = load("spiral")["main"](epochs=60, every=20)
    lines = capsys.readouterr().out.splitlines()
    losses = [float(line.split()[-1]) for line in lines[:-1]]
    assert len(losses) == 3
    assert losses[0] > losses[-1]
    assert score > 0.6


def test_fit_digits(capsys, tmp_path):
    main = load("fit_digits")["main"]
    first = main(tmp_path, epochs=2, compiled=False)
    assert main(tmp_path, epochs=5, compiled=False) > max(first, 0.95)
    shown = capsys.readouterr()
    assert shown.out.splitlines()[-1].startswith("epoch 5 was the best: accuracy 0.9")
    assert "resumed after step 46, in epoch 3" in shown.err


def test_by_hand(capsys, tmp_path, monkeypatch):
    main = load("by_hand")["main"]
    whole = main(tmp_path / "whole", epochs=3, workers=1)
    assert whole > 0.85
    shown = capsys.readouterr().out

    def stop(average):
        update(average)
        if average.t == 33:  # in the second epoch, three steps after a checkpoint
            raise KeyboardInterrupt

    update = EMA.update
    with monkeypatch.context() as patch:
        patch.setattr(EMA, "update", stop)
        with pytest.raises(KeyboardInterrupt):
            main(tmp_path / "stopped", epochs=3, workers=0)
    assert main(tmp_path / "stopped", epochs=3, workers=0) == whole
    assert capsys.readouterr().out == shown  # no epoch twice, and the same losses

    runs = tmp_path / "whole", tmp_path / "stopped"
    logs = [(run / "log.jsonl").read_text() for run in runs]
    assert logs[0] == logs[1]
    assert logs[0].count("\n") == 3
    last = [(run / "step-000000000069.ckpt").read_bytes() for run in runs]
    assert last[0] == last[1]
    assert main(tmp_path / "whole", epochs=3) == whole  # there is nothing left to do
