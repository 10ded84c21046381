import argparse
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import ondol

FOLDER = Path(__file__).parents[1] / "benchmarks"
TIME = r"\d[\d.e+]* (s|ms|µs)"
RATIO = r"\d+\.\d\d"
RANGE = rf"{RATIO} to {RATIO}"


sys.path.insert(0, str(FOLDER))  # as `python benchmarks/...` has it
agreement, chart, compiled, processes, timing = map(
    importlib.import_module,
    ("agreement", "chart", "compiled", "processes", "timing"),
)
workloads = importlib.import_module("workloads")
given = importlib.import_module("workloads.given")
sys.path.remove(str(FOLDER))


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


def test_a_quick_run_compares_every_row():
    peers = ("torch", "jax")  # the others compile for minutes
    done = run(
        *("--quick", "--rounds", "2", "--threads", "1", "--tables", "steps"),
        *("--peers", *peers),
        program="compiled.py",
    )
    assert done.returncode == 0, done.stderr
    table = rows(done.stdout)
    assert {*table} == {*given.ROWS}
    there = [peer for peer in peers if workloads.PEERS[peer].installed()]
    times = [TIME] * (2 + len(there))
    ratio = ["PyTorch|JAX jit", RATIO, RANGE] if there else [""] * 3
    for name, cells in table.items():
        share = r"\d+%" if name in compiled.MATRIX else ""
        assert matches([*times, *ratio, share], cells), name
    missing = [peer for peer in peers if peer not in there]
    assert ("left out" in done.stdout) == bool(missing)


@pytest.fixture
def quick(monkeypatch):
    """Options of a quick run, where new processes find ondol."""
    monkeypatch.setenv("PYTHONPATH", str(Path(ondol.__file__).parents[1]))
    return argparse.Namespace(quick=True, starts=1)


def test_cold_starts_are_of_new_processes(quick):
    table = rows(processes.cold({"ondol": workloads.OURS["ondol"]}, quick))
    assert matches([TIME] * 4, table["ondol"])


def test_peak_memory_is_of_new_processes(quick):
    table = rows(processes.memory({"ondol": workloads.OURS["ondol"]}, quick))
    assert matches([r"\d+ MB"] * len(processes.LARGE), table["ondol"])


def test_a_process_that_fails_is_shown(quick, tmp_path):
    with pytest.raises(
        SystemExit, match=r"(?s)ondol: none failed in a new process:\n.*Key"
    ):
        processes.alone("ondol", "none", 1, str(tmp_path), quick)


def test_a_chart_has_a_bar_for_each_library_in_each_row(tmp_path):
    path = tmp_path / "chart.png"
    libraries = workloads.OURS | {"jax": workloads.PEERS["jax"]}
    times = {"ondol": [2.0], "ondol.compile": [1.0], "jax": [0.5]}
    chart.save(path, libraries, [compiled.Result("mlp", times)])
    assert path.read_bytes().startswith(b"\x89PNG")


def test_libraries_that_disagree_are_not_timed():
    number = lambda value: lambda: ondol.Variable(np.array(value))
    libraries = dict.fromkeys("ab", workloads.OURS["ondol"])
    both = lambda b: {"a": number([1.0, 2.0]), "b": number(b)}
    agreement.check("same", libraries, both([1.0, 2.0 + 1e-5]), 1e-4)
    message = "mlp: after 20 steps the results differ.*ondol 0, ondol 0.001"
    with pytest.raises(SystemExit, match=message):
        agreement.check("mlp", libraries, both([1.0, 2.002]), 1e-4)
    for bad in ([1.0], [1.0, np.nan]):
        with pytest.raises(SystemExit, match="differ"):
            agreement.check("mlp", libraries, both(bad), 1e-4)


def test_results_are_compared_after_20_steps():
    counter = iter(range(100))
    assert agreement.run(lambda: next(counter)) == 19


RESULTS = [
    compiled.Result(
        "won",
        {
            "ondol": [1.0, 1.0, 1.0],
            "ondol.compile": [1.0, 3.0, 1.0],
            "torch": [4.0, 4.0, 4.0],
            "jax": [2.0, 2.0, 2.0],
        },
    ),
    compiled.Result("lost", {"ondol.compile": [3.0], "torch": [2.0]}, share=0.5),
]


def test_the_ratio_is_to_the_best_peer_within_each_round():
    won, lost = RESULTS
    assert (won.best(), won.ratio()) == ("jax", (0.5, 0.5, 1.5))
    assert (lost.best(), lost.ratio()) == ("torch", (1.5, 1.5, 1.5))
    alone = compiled.Result("alone", {"ondol.compile": [3.0]})
    assert (alone.best(), alone.ratio()) == (None, (1.0, 1.0, 1.0))


def test_the_rows_that_are_lost_come_first():
    libraries = dict.fromkeys(("ondol.compile", "torch"), workloads.PEERS["torch"])
    table = compiled.steps_table(libraries, [won_of_two(), RESULTS[1]])
    assert [*rows(table)] == ["lost", "won"]
    assert rows(table)["lost"][-4:] == ["PyTorch", "1.50", "1.50 to 1.50", "50%"]


def won_of_two():
    return compiled.Result("won", {"ondol.compile": [1.0], "torch": [2.0]})


def test_flops_are_those_of_the_matrix_products():
    flops = {name: given.start(given.ROWS[name]).flops for name in compiled.MATRIX}
    layer = 2 * 100 * 784 * 1000
    assert flops["mlp"] == 2 * layer + 3 * 2 * 100 * 1000 * 10
    assert flops["mlp-infer-1000"] == 10 * layer + 2 * 1000 * 1000 * 10
    blocks = 4 * (1024 * 12 * 256**2 + 2 * 8 * 4 * 128 * 128 * 64)
    assert flops["gpt"] == 6 * (blocks + 1024 * 256 * 65)
    assert flops["cnn"] == 2 * (
        2 * 64 * 784 * 9 * 32
        + 3 * (64 * 196 * 288 * 64 + 64 * 3136 * 128 + 64 * 128 * 10)
    )
    gates = 1600 * 64 * 512 + 50 * 32 * 128 * 512
    assert flops["lstm"] == 6 * (gates + 1600 * 128 * 65)


def test_the_rows_are_known_without_numpy():
    assert processes.rows() == [*given.ROWS]


@pytest.mark.parametrize("row", given.ROWS.values(), ids=[*given.ROWS])
def test_the_start_of_a_row_is_always_the_same(row):
    a, b = (given.start(row, quick=True) for _ in range(2))
    assert {*a.weights} == {*b.weights}
    for name, weight in a.weights.items():
        np.testing.assert_array_equal(weight, b.weights[name])
    np.testing.assert_array_equal(a.x, b.x)
    np.testing.assert_array_equal(a.t, b.t)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--threads", "0"), "--threads: expected 1 or more, got 0"),
        (("--rows", "gpt2"), "invalid choice: 'gpt2'"),
        (("--tables", "cold", "--chart", "x.png"), "--chart shows the steps"),
    ],
)
def test_a_bad_option_of_the_comparison_is_refused(options, message):
    done = run(*options, program="compiled.py")
    assert done.returncode == 2
    assert message in done.stderr


def test_rounds_are_taken_in_turn():
    order = []
    a, b = (lambda name=name: order.append(name) for name in "ab")
    times = timing.in_turn([a, b], rounds=3, seconds=0)
    assert [len(one) for one in times] == [3, 3]
    assert "".join(order[-12:]) == "aabb" * 3  # one goes before the one that counts


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
