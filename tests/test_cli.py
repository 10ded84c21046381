import signal
import subprocess
import sys

import pytest

import ondol
from ondol.__main__ import guarded, main
from ondol.errors import ShapeError

MODULE = [sys.executable, "-m", "ondol"]

# Shells say 130 either way. Python ends itself by the signal, after our own words, if
# the interrupt went through an `exec`, as libraries use while they are imported.
INTERRUPTED = (130, -signal.SIGINT)


def run(*arguments, **kwargs):
    return subprocess.run(
        [*MODULE, *arguments], capture_output=True, text=True, check=False, **kwargs
    )


def refused(capsys, *arguments):
    """The line that says what is wrong with the arguments; one that helps follows."""
    with pytest.raises(SystemExit) as leaving:
        main(["demo", *arguments])
    assert leaving.value.code == 2
    *_, line, fix = capsys.readouterr().err.splitlines()
    assert fix.startswith("  fix: write digits alone, for example ")
    return line


def test_without_arguments_it_shows_help():
    bare, asked = run(), run("--help")
    assert bare.stdout == asked.stdout
    assert bare.returncode == asked.returncode == 0
    assert "usage: python -m ondol" in bare.stdout
    for name in ("demo", "info", "python -m ondol.doctor", "python -m ondol.dezero"):
        assert name in " ".join(bare.stdout.split())


def test_version():
    assert run("--version").stdout == f"ondol {ondol.__version__}\n"


def test_the_help_of_the_demo_names_its_options(capsys):
    with pytest.raises(SystemExit) as leaving:
        main(["demo", "--help"])
    text = capsys.readouterr().out
    assert leaving.value.code == 0
    assert all(option in text for option in ("--seed", "--epochs", "--out", "12"))


@pytest.mark.parametrize("epochs", ["-3", "0", "1.5", "many", ""])
def test_epochs_that_are_no_number_of_epochs_are_refused(capsys, epochs):
    line = refused(capsys, "--epochs", epochs)
    expected = "expected a whole number of 1 or more"
    assert line.endswith(f"argument --epochs: {expected}, got {epochs!r}")


def test_a_negative_seed_is_refused(capsys):
    line = refused(capsys, "--seed", "-1")
    expected = "expected a whole number of 0 or more"
    assert line.endswith(f"argument --seed: {expected}, got '-1'")


def test_an_unknown_command_is_refused():
    unknown = run("dmeo")
    assert unknown.returncode == 2
    assert "invalid choice: 'dmeo'" in unknown.stderr


@pytest.mark.parametrize("name", ["tqdm", "matplotlib", "safetensors"])
def test_a_missing_library_is_named_before_training(
    capsys, monkeypatch, tmp_path, name
):
    monkeypatch.setitem(sys.modules, name, None)
    assert main(["demo", "--out", str(tmp_path / "out")]) == 1
    shown = capsys.readouterr()
    assert shown.err == (
        f"the demo needs {name}, which is not installed\n"
        "  fix: pip install 'ondol[demo]' [demo-library]\n"
    )
    assert shown.out == ""
    assert not (tmp_path / "out").exists()


def test_a_file_in_the_place_of_the_folder_is_left_alone(capsys, tmp_path):
    there = tmp_path / "notes.txt"
    there.write_text("mine")
    assert main(["demo", "--out", str(there)]) == 1
    shown = capsys.readouterr()
    told, fix = shown.err.splitlines()
    assert shown.out == ""
    assert told == f"--out {there}: expected a folder, but this is a file"
    assert fix == (
        "  fix: name a folder, which may be a new one: --out ondol-demo [demo-out-file]"
    )
    assert there.read_text() == "mine"


@pytest.mark.parametrize("out", ["/dev/fd", "notes.txt/out"])
def test_a_folder_that_cannot_be_written_to_is_refused(
    capsys, monkeypatch, tmp_path, out
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").touch()
    assert main(["demo", "--out", out]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"--out {out}: cannot write there (")
    assert shown.err.endswith("~/ondol-demo [demo-out-forbidden]\n")
    assert shown.err.count("\n") == 2


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (KeyboardInterrupt(), 130, "interrupted: nothing is left half-written\n"),
        (OSError("disk full"), 1, "disk full\n"),
        (ShapeError("no fit"), 1, "no fit\n"),
    ],
)
def test_what_goes_wrong_becomes_one_line_and_an_exit_code(capsys, error, code, line):
    def command():
        raise error

    assert guarded(command) == code
    assert capsys.readouterr().err == line


def test_a_bug_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        guarded(lambda: 1 // 0)


@pytest.fixture
def start_demo(tmp_path):
    """Start the demo in a program of its own, which does not outlive the test."""
    # A shell starts programs in the background with interrupts ignored, and programs
    # that those start ignore them too.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    started = []

    def start(*options):
        command = [*MODULE, "demo", "--out", tmp_path / "out", *options]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        started.append(subprocess.Popen(command, text=True, **pipes))
        return started[-1]

    yield start
    signal.signal(signal.SIGINT, before)
    for program in started:
        program.kill()
        program.wait()
        program.stdout.close()
        program.stderr.close()


def test_an_interrupt_while_training_leaves_nothing_behind(start_demo, tmp_path):
    program = start_demo("--epochs", "500")
    assert program.stdout.readline().startswith("epoch  1/500")
    program.send_signal(signal.SIGINT)
    out, err = program.communicate(timeout=30)
    assert program.returncode in INTERRUPTED
    assert err == "interrupted: nothing is left half-written\n"
    assert all(line.startswith("epoch") for line in out.splitlines())
    assert list((tmp_path / "out").iterdir()) == []


def test_an_interrupt_while_writing_keeps_what_was_there(start_demo, tmp_path):
    (tmp_path / "out").mkdir()
    picture = tmp_path / "out" / "digits.png"
    picture.write_text("an old picture")
    program = start_demo("--epochs", "1")
    while not (tmp_path / "out" / "weights.safetensors").exists():
        assert program.poll() is None
    program.send_signal(signal.SIGINT)  # while it draws, which takes a while
    _, err = program.communicate(timeout=30)
    assert program.returncode in INTERRUPTED
    assert err == "interrupted: nothing is left half-written\n"
    assert picture.read_text() == "an old picture"
    names = sorted(path.name for path in picture.parent.iterdir())
    assert names == ["digits.png", "weights.safetensors"]


def test_a_reader_that_leaves_early_gets_no_traceback(start_demo):
    program = start_demo("--epochs", "500")
    program.stdout.readline()
    program.stdout.close()
    assert program.wait(timeout=30) == 1
    assert program.stderr.read() == ""
