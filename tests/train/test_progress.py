import io
import re
import subprocess
import sys
import time
import types

import pytest
from small import made, points

import ondol.functions as F
from ondol.train import fit
from ondol.train.progress import in_notebook, line

loss = F.softmax_cross_entropy
LINE = r"epoch {}/2  loss \d\.\d{{4}}  lr 0\.0100  val_loss \d\.\d{{4}}  \d\.\d\d s"


def train(epochs=2, **options):
    model, optimizer = made()
    return fit(model, points(), loss, optimizer, epochs, validation=points(20, 1),
               doctor=False, **options)  # fmt: skip


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Slow:
    def step(self, run):
        time.sleep(0.15)  # more than tqdm waits for


def test_without_a_terminal_there_is_a_line_for_each_epoch(capsys):
    train()
    shown = capsys.readouterr()
    first, second = shown.err.splitlines()
    assert re.fullmatch(LINE.format(1), first)
    assert re.fullmatch(LINE.format(2), second)
    assert shown.out == ""


def test_on_a_terminal_there_is_a_bar_that_leaves_the_lines_alone(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    train(callbacks=[Slow()])
    shown = sys.stderr.getvalue()
    assert "epoch 1/2:" in shown
    assert "loss=" in shown
    left = [part.split("\r")[-1] for part in shown.split("\n")]
    assert [bool(re.fullmatch(LINE.format(i + 1), left[i])) for i in (0, 1)] == [
        True
    ] * 2


def test_without_tqdm_there_are_the_lines(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    train()
    first, _ = sys.stderr.getvalue().splitlines()
    assert re.fullmatch(LINE.format(1), first)


def test_an_error_takes_the_bar_away(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())

    class Failing:
        def step(self, run):
            if run.steps == 2:
                raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        train(callbacks=[Failing()])
    assert sys.stderr.getvalue().endswith("\r")


def test_it_can_be_silent(capsys):
    train(progress=False)
    assert capsys.readouterr() == ("", "")


def test_a_resume_says_where_it_goes_on(capsys, tmp_path):
    class Stop:
        def step(self, run):
            if run.steps == 3:
                run.stop("test")

    train(callbacks=[Stop()], folder=tmp_path)
    capsys.readouterr()
    train(folder=tmp_path)
    first, second = capsys.readouterr().err.splitlines()
    assert first == "resumed after step 3, in epoch 2"
    assert re.fullmatch(LINE.format(2), second)
    train(folder=tmp_path)
    said = "nothing is left to do: the training has ended after epoch 2\n"
    assert capsys.readouterr().err == said


def test_numbers_that_are_tables_are_not_in_the_line():
    record = {"epoch": 3, "step": 9, "loss": 0.5, "val_c": [[1]], "seconds": 2.0}
    assert line(record, 100) == "epoch   3/100  loss 0.5000  2.00 s"


def test_in_a_notebook_lines_go_to_the_cell(monkeypatch, capsys):
    assert not in_notebook()
    shell = type("ZMQInteractiveShell", (), {})()
    module = types.SimpleNamespace(get_ipython=lambda: shell)
    monkeypatch.setitem(sys.modules, "IPython", module)
    assert in_notebook()
    train()
    shown = capsys.readouterr()
    assert shown.err == ""
    assert re.search(LINE.format(2), shown.out)


def test_importing_it_loads_no_library():
    code = "import sys, ondol.train; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    libraries = {"tqdm", "matplotlib", "tensorboardX", "IPython"}
    assert "ondol.train.fit" in run.stdout.split()
    assert not libraries & {*run.stdout.split()}
