import re
import subprocess
import sys

import numpy as np
import pytest

import ondol
from ondol.__main__ import main
from ondol.data import digits
from ondol.demo import DemoError, DigitNet, accuracy, demo
from ondol.io import load_arrays, load_weights

EPOCH = re.compile(
    r"epoch +\d+/\d+  loss \d+\.\d{4}  train accuracy [01]\.\d{4}  "
    r"test accuracy [01]\.\d{4}  \d+\.\d\d s"
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The demo, run as a user runs it: its output and its folder."""
    out = tmp_path_factory.mktemp("demo") / "new" / "folder"
    run = subprocess.run(
        [sys.executable, "-m", "ondol", "demo", "--out", out],
        capture_output=True,
        text=True,
        check=True,
    )
    return run, out


@pytest.fixture
def undrawn(monkeypatch):
    """Skip the picture, which takes longer than an epoch."""
    monkeypatch.setattr("ondol.demo.draw", lambda *_: None)


def without_seconds(text):
    return re.sub(r"\d+\.\d\d s", "", text)


def test_it_reads_at_least_98_percent_of_the_held_out_digits(finished):
    last = finished[0].stdout.splitlines()[-1]
    assert re.fullmatch(r"test accuracy 0\.\d{4}", last)
    assert float(last.split()[-1]) >= 0.98


def test_it_prints_a_line_for_each_epoch_and_no_bar_into_a_pipe(finished):
    lines = finished[0].stdout.splitlines()
    assert all(EPOCH.fullmatch(line) for line in lines[:12])
    assert len(lines) == 12 + 3
    assert finished[0].stderr == ""


def test_it_writes_weights_and_a_picture_and_nothing_else(finished):
    out = finished[1]
    assert sorted(p.name for p in out.iterdir()) == [
        "digits.png",
        "weights.safetensors",
    ]
    assert (out / "digits.png").read_bytes().startswith(b"\x89PNG")
    assert load_arrays(out / "weights.safetensors")["conv1.W"].shape == (32, 1, 3, 3)


def test_the_last_line_is_the_accuracy_of_the_saved_weights(finished):
    run, out = finished
    model = DigitNet()
    load_weights(out / "weights.safetensors", model)
    score = accuracy(model, *digits(train=False))
    assert run.stdout.endswith(f"\ntest accuracy {score:.4f}\n")


@pytest.mark.usefixtures("undrawn")
def test_the_same_seed_gives_the_same_numbers(capsys, tmp_path):
    texts = []
    for seed in (7, 7, 8):
        demo(seed, 1, tmp_path)
        texts.append(without_seconds(capsys.readouterr().out))
    assert texts[0] == texts[1]
    assert texts[0] != texts[2]


@pytest.mark.usefixtures("undrawn")
def test_a_bar_is_shown_on_a_terminal(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    demo(0, 1, tmp_path)
    shown = capsys.readouterr()
    assert "batch/s" in shown.err
    assert EPOCH.fullmatch(shown.out.splitlines()[0])


@pytest.mark.usefixtures("undrawn")
def test_weights_that_give_other_predictions_are_not_passed_over(monkeypatch, tmp_path):
    def load_others(path, model):
        load_weights(path, model)
        model.linear.b.data[3] += 100

    monkeypatch.setattr("ondol.demo.load_weights", load_others)
    with pytest.raises(DemoError, match="give other predictions"):
        demo(0, 1, tmp_path)


def test_a_file_that_cannot_be_written_is_one_line(capsys, tmp_path):
    (tmp_path / "weights.safetensors").mkdir()
    assert main(["demo", "--epochs", "1", "--out", str(tmp_path)]) == 1
    shown = capsys.readouterr()
    assert "what is there is not a file" in shown.err
    assert shown.err.endswith("[file-not-a-file]\n")
    assert shown.err.count("\n") == 2


def test_accuracy_is_measured_in_test_mode():
    ondol.seed(0)
    model = DigitNet()
    x, t = digits(train=False)
    model(x)  # moves the running statistics, and so what test mode gives
    scores = [accuracy(model, x, t) for _ in range(3)]
    assert scores == [np.mean(model.predict(x).argmax(1) == t)] * 3
