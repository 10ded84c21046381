"""The runner of the book's scripts, on scripts that end in all ways there are."""

import re
import subprocess
import sys

import pytest

from ondol.dezero import check

SCRIPTS = {
    "fine.py": "print('first')\nprint('last 1.5')\n\nprint()",
    "uses_dezero.py": "import dezero, numpy as np; print(dezero.Variable(np.ones(2)))",
    "silent.py": "",
    "broken.py": "print('so far')\nraise ValueError('no\\nmore')",
    "quits.py": "import sys; sys.exit(3)",
    "slow.py": "import time; time.sleep(60)",
    "step09.py": "raise TypeError(\"<class 'float'> is not supported\")",
    "step30.py": "# a chapter of theory",
    "mnist.py": "class DownloadError(OSError): pass\n"
    "raise DownloadError('could not\\n reach it')",
    "wants_more.py": "import no_library_of_this_name.part",
    "wants_names.py": "import dezero.nothing_of_this_name",
}


@pytest.fixture
def folder(tmp_path):
    """A function that makes a folder with some of the scripts above."""

    def make(*names):
        for name in names:
            (tmp_path / name).write_text(SCRIPTS[name])
        return tmp_path

    return make


def run(path, timeout=60.0):
    scratch = path.parent / "scratch"
    scratch.mkdir()
    return check.run(path, scratch, timeout)


@pytest.mark.parametrize(
    ("name", "verdict", "note"),
    [
        ("fine.py", "ok", "last 1.5"),
        ("uses_dezero.py", "ok", "variable([1. 1.])"),
        ("silent.py", "ok", ""),
        ("broken.py", "failed", "ValueError: no"),
        ("quits.py", "failed", "exit code 3"),
        ("step09.py", "ok", "TypeError: <class 'float'> is not supported (on purpose)"),
        ("mnist.py", "needs", "MNIST: DownloadError: could not"),
        (
            "wants_more.py",
            "needs",
            "no_library_of_this_name: install it to run this script",
        ),
        (
            "wants_names.py",
            "failed",
            "ModuleNotFoundError: No module named 'dezero.nothing_of_this_name'",
        ),
    ],
)
def test_verdicts(folder, name, verdict, note):
    result = run(folder(name) / name)
    assert (result.verdict, result.note) == (verdict, note)
    assert 0 < result.seconds < 60


def test_all_that_was_printed_is_kept(folder):
    assert run(folder("fine.py") / "fine.py").output == "first\nlast 1.5\n\n"


def test_a_slow_script_is_stopped(folder):
    result = run(folder("slow.py") / "slow.py", timeout=0.5)
    assert result.verdict == "failed"
    assert result.note == "stopped after 0.5 s; --timeout gives it longer"
    assert result.seconds < 30


def test_a_script_works_in_the_folder_given_and_sees_no_window(tmp_path):
    script = tmp_path / "where.py"
    script.write_text("import os; print(os.listdir(), os.environ['MPLBACKEND'])")
    assert run(script).output == "[] Agg\n"


def test_an_error_on_purpose_has_to_come():
    judge = check.judge
    assert judge("step09", 0, "all well", "")[0] == "failed"
    other = "Traceback (most recent call last):\n  File\nTypeError: 'int' has no data\n"
    verdict, note = judge("step09", 1, "", other)
    assert verdict == "failed"
    assert "'int' has no data" in note
    assert judge("step08", 1, "", other) == ("failed", "TypeError: 'int' has no data")


CHAINED = """\
a warning before
Traceback (most recent call last):
  File "a.py", line 1
KeyError: 1

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "a.py", line 3
    far()
ondol.data.download.DownloadError: could not download x:
  http://here: no
or get it by hand
"""


def test_the_error_is_the_line_below_the_last_traceback():
    line = "ondol.data.download.DownloadError: could not download x:"
    assert check.error_line(CHAINED) == line
    assert check.judge("step58", 1, "", CHAINED)[0] == "needs"
    assert check.error_line('  File "a.py"\nSyntaxError: no\n') == "SyntaxError: no"
    assert check.error_line("") == ""
    url = "Traceback (most recent call last):\n  File\nurllib.error.URLError: <no>"
    assert check.judge("own", 1, "", url) == (
        "needs",
        "a download: urllib.error.URLError: <no>",
    )


# -- differences -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "got", "units"),
    [
        ("a\nb 1.5\n", "a\nb 1.5", 0),
        ("loss 1.25", "loss 1.26", 1),
        ("loss 0.5", "loss 0.4999999999999999", 1),
        ("[ 1.5 -2.]", "[1.5  -2.]", 1),
        ("v(1.2345e-05)", "v(1.2344e-05)", 1),
        ("variable(3)", "variable(5)", 2),
    ],
)
def test_alike(expected, got, units):
    assert check.difference(expected, got, units) is None


@pytest.mark.parametrize(
    ("expected", "got", "units", "found"),
    [
        ("a\nb\n", "a\nc\n", 0, "line 2: expected 'b', got 'c'"),
        ("loss 1.25", "loss 1.26", 0, "line 1: expected 'loss 1.25', got 'loss 1.26'"),
        ("loss 1.25", "loss 1.27", 1, "line 1: expected 'loss 1.25', got 'loss 1.27'"),
        ("1 2", "1", 1, "line 1: expected '1 2', got '1'"),
        ("x 1", "y 1", 1, "line 1: expected 'x 1', got 'y 1'"),
        ("1.0", "nan", 5, "line 1: expected '1.0', got 'nan'"),
        ("1e-05", "3e-05", 1, "line 1: expected '1e-05', got '3e-05'"),
        ("a\nb", "a", 1, "expected 2 lines, got 1"),
    ],
)
def test_differences(expected, got, units, found):
    assert check.difference(expected, got, units) == found


# -- folders ---------------------------------------------------------------------------


def test_the_table(folder, capsys):
    path = folder("fine.py", "broken.py", "mnist.py", "step30.py")
    assert check.main([str(path), "--jobs", "2"]) == 1
    head, *rows = capsys.readouterr().out.splitlines()
    assert re.split("  +", head) == [
        "script",
        "result",
        "seconds",
        "last line or error",
    ]
    assert [row.split()[:2] for row in rows[:4]] == [
        ["broken.py", "failed"],
        ["fine.py", "ok"],
        ["mnist.py", "needs"],
        ["step30.py", "ok"],
    ]
    assert rows[3].endswith("no code in the book")
    assert rows[4] == "2 ok, 1 failed, 1 need what is not here"
    assert rows[5] == "Steps without code in the book: 05, 15, 25, 31, 32, 56"


def test_what_is_needed_is_no_failure(folder, capsys):
    assert check.main([str(folder("mnist.py"))]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "0 ok, 0 failed, 1 need what is not here"


def test_outputs_are_compared(folder, tmp_path, capsys):
    path = folder("fine.py", "silent.py")
    wanted = tmp_path / "wanted"
    wanted.mkdir()
    arguments = [str(path), "--compare", str(wanted)]

    (wanted / "fine.txt").write_text("first\nlast 1.5\n\n")
    assert check.main(arguments) == 0
    assert "no silent.txt to compare with" in capsys.readouterr().out

    (wanted / "fine.txt").write_text("first\nlast 1.6\n\n")
    assert check.main(arguments) == 1
    assert "line 2: expected 'last 1.6', got 'last 1.5'" in capsys.readouterr().out
    assert check.main([*arguments, "--units", "1"]) == 0


@pytest.mark.parametrize(
    "arguments",
    [[], ["no such folder"], [".", "--jobs", "0"], [".", "--timeout", "-1"]],
)
def test_arguments_are_checked(arguments, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as caught:
        check.main(arguments)
    assert caught.value.code == 2
    assert "ondol.dezero.check" in capsys.readouterr().err


def test_the_command(folder):
    command = [sys.executable, "-m", "ondol.dezero.check", str(folder("fine.py"))]
    run = subprocess.run(
        command, capture_output=True, text=True, env=check.environment(1), check=True
    )
    assert "1 ok, 0 failed" in run.stdout
