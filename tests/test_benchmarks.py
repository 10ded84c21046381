import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import ondol

FOLDER = Path(__file__).parents[1] / "benchmarks"
TIME = r"\d[\d.e+]* (s|ms|µs)"
RATIO = r"\d+\.\d\d"
RANGE = rf"{RATIO} to {RATIO}"


def load(name):
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


timing = load("timing")


def run(*options, program="eager.py"):
    source = str(Path(ondol.__file__).parents[1])
    return subprocess.run(
        [sys.executable, str(FOLDER / program), *options],
        env=os.environ | {"PYTHONPATH": source, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
    )


def rows(text):
    """Row name -> its other cells, of all the tables in a text."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {name: rest for name, *rest in cells if name not in ("row", "---")}


def matches(patterns, cells):
    return len(patterns) == len(cells) and all(map(re.fullmatch, patterns, cells))


def test_a_quick_run_prints_every_row():
    done = run("--quick", "--rounds", "2")
    assert (done.returncode, done.stderr) == (0, "")
    table = rows(done.stdout)
    alone = "ondol alone" in done.stdout
    compared = [TIME, "", "", ""] if alone else [TIME, TIME, RATIO, RANGE]
    for name in ("scalar", "chain, per node", "spiral", "mlp"):
        assert matches(compared, table.pop(name)), name
    assert matches([TIME, TIME, RATIO, RANGE], table.pop("import"))
    growth = table.values()
    assert list(table) == [f"growth, {n:,} nodes" for n in (10, 100, 1000, 10000)]
    assert all(matches([TIME, RATIO, RANGE], cells) for cells in growth)


def test_without_pytorch_ondol_runs_alone_and_says_so():
    done = run("--quick", "--rounds", "1", "--alone")
    assert (done.returncode, done.stderr) == (0, "")
    assert "no PyTorch: ondol alone" in done.stdout
    assert matches([TIME, "", "", ""], rows(done.stdout)["mlp"])


def test_a_bad_option_is_refused():
    done = run("--rounds", "0")
    assert done.returncode == 2
    assert "--rounds: expected 1 or more, got 0" in done.stderr


def test_scripts_of_the_book_are_timed_without_its_package():
    scripts = str(FOLDER.parent / "tests" / "dezero")
    options = ("--alone", "--rounds", "1", "--steps", "42", "57")
    done = run(scripts, *options, program="book.py")
    assert done.returncode == 0, done.stderr
    table = rows(done.stdout)
    for name in ("step 42", "step 57"):
        assert matches([TIME, "", "", ""], table[name]), name


def test_programs_that_disagree_are_not_timed(monkeypatch):
    monkeypatch.setitem(sys.modules, "timing", timing)
    eager = load("eager")
    number = lambda value: lambda: ondol.Variable(ondol.as_array(value))
    eager.agree("same", [number(1.0), number(1.0 + 1e-12)], 1e-9)
    with pytest.raises(SystemExit, match=r"mlp: after 20 steps the numbers differ"):
        eager.agree("mlp", [number(1.0), number(1.001)], 1e-4)


def test_rounds_are_taken_in_turn():
    order = []
    a, b = (lambda name=name: order.append(name) for name in "ab")
    times = timing.in_turn([a, b], rounds=3, seconds=0)
    assert [len(one) for one in times] == [3, 3]
    assert "".join(order[-6:]) == "ababab"


def test_ratios_are_of_times_in_the_same_round():
    assert timing.ratios([1.0, 20.0, 3.0], [2.0, 10.0, 3.0]) == (1.0, 0.5, 2.0)


def test_a_step_is_timed_at_least_once_and_as_long_as_asked():
    calls = []
    assert timing.step_time(lambda: calls.append(0), seconds=0) >= 0
    assert len(calls) == 1
    timing.step_time(lambda: calls.append(0), seconds=0.01)
    assert len(calls) > 10


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(2, "2 s"), (0.0123, "12.3 ms"), (4.56e-5, "45.6 µs"), (1e-7, "0.1 µs")],
)
def test_times_are_written_with_a_unit(seconds, text):
    assert timing.human(seconds) == text


def test_import_time_is_that_of_the_second_import():
    environ = dict(os.environ)
    assert timing.import_time("numpy", "numpy", environ) < 0.01
