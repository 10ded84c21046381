"""Run a folder of the book's scripts and tell which of them work.

``python -m ondol.dezero.check FOLDER`` takes the folder ``steps`` or ``examples`` of
the book's repository, or any folder of scripts written for DeZero. Each runs in its own
process and its own empty working directory.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Literal, NamedTuple

from ..errors import ArgumentError, MissingFileError, tell

# Chapters of theory: the book's files of these steps hold no code.
EMPTY_STEPS = ("05", "15", "25", "30", "31", "32", "56")

# Scripts that end with an exception on purpose, and what its last line has to say.
MEANT_TO_FAIL = {"step09": r"TypeError: .*<class 'float'>"}

# What scripts of the book download.
DOWNLOADS = {
    **dict.fromkeys(("step51", "step52", "step53", "mnist", "gan", "vae"), "MNIST"),
    "step58": "zebra.jpg, VGG16's weights, ImageNet's labels",
    "grad_cam": "zebra.jpg, VGG16's weights",
    "style_transfer": "zebra.jpg, starry_night_google.jpg, VGG16's weights",
}
DOWNLOAD_ERROR = re.compile(r"(\w+\.)*(DownloadError|URLError|HTTPError)\b")
MISSING_MODULE = re.compile(r"ModuleNotFoundError: No module named '(\w+)")

NUMBER = re.compile(r"[-+]?\d+(?:\.\d*)?(?:e[-+]?\d+)?")

Verdict = Literal["ok", "failed", "needs"]


class Result(NamedTuple):
    """How one script ended.

    Attributes:
        script: its path.
        verdict: "ok"; "failed"; or "needs", where it cannot run for want of a download
            or of a library that is no part of ondol.
        seconds: that it took.
        note: the last line that it printed, or what went wrong.
        output: all that it printed to standard output.
    """

    script: Path
    verdict: Verdict
    seconds: float
    note: str
    output: str = ""


# -- one script ------------------------------------------------------------------------


def run(script: Path, folder: Path, timeout: float, threads: int = 1) -> Result:
    """Run a script through ``python -m ondol.dezero``.

    Args:
        script: its path.
        folder: the working directory.
        timeout: seconds after which it is stopped and has failed.
        threads: that NumPy's matrix products may use, unless the environment says so.
    """
    command = [sys.executable, "-m", "ondol.dezero", str(script.resolve())]
    began = time.perf_counter()
    try:
        ended = subprocess.run(
            command,
            cwd=folder,
            env=environment(threads),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
        )
    except subprocess.TimeoutExpired:
        note = f"stopped after {timeout:g} s; --timeout gives it longer"
        return Result(script, "failed", time.perf_counter() - began, note)
    seconds = time.perf_counter() - began
    verdict, note = judge(script.stem, ended.returncode, ended.stdout, ended.stderr)
    return Result(script, verdict, seconds, note, ended.stdout)


def environment(threads: int) -> dict[str, str]:
    """What the scripts see: this ondol from any folder, no windows, UTF-8."""
    here = str(Path(__file__).resolve().parents[2])
    paths = [here, *filter(None, [os.environ.get("PYTHONPATH")])]
    limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(threads))
    ours = {
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUTF8": "1",
        "MPLBACKEND": "Agg",
    }
    return {**limits, **os.environ, **ours}


def judge(name: str, code: int, output: str, errors: str) -> tuple[Verdict, str]:
    """The verdict on a script that ended, and the line that says most about it."""
    if name in MEANT_TO_FAIL:
        return judge_failure(MEANT_TO_FAIL[name], code, errors)
    if code == 0:
        return "ok", last_line(output)
    error = error_line(errors) or f"exit code {code}"
    if DOWNLOAD_ERROR.match(error):
        return "needs", f"{DOWNLOADS.get(name, 'a download')}: {error}"
    missing = MISSING_MODULE.match(error)
    if missing and missing[1] not in ("dezero", "ondol"):
        return "needs", f"{missing[1]}: install it to run this script"
    return "failed", error


def judge_failure(wanted: str, code: int, errors: str) -> tuple[Verdict, str]:
    """The verdict on a script that has to end with an exception."""
    error = error_line(errors)
    if code == 0:
        return "failed", f"ended without the error that it is there to show: {wanted}"
    if not re.match(wanted, error):
        return "failed", f"expected {wanted}, got {error}"
    return "ok", f"{error} (on purpose)"


def last_line(text: str) -> str:
    """The last line that is not blank; "" if there is none."""
    return next((line for line in reversed(text.splitlines()) if line.strip()), "")


def error_line(errors: str) -> str:
    """``Kind: message`` of the exception that ended a script.

    A message may go on for lines, so it is the first line after the last traceback.
    """
    _, found, trace = errors.rpartition("Traceback (most recent call last):\n")
    if not found:
        return last_line(errors)
    lines = (line for line in trace.splitlines() if line and not line[0].isspace())
    return next(lines, last_line(errors))


# -- what it printed -------------------------------------------------------------------


def difference(expected: str, got: str, units: float = 0) -> str | None:
    """The first line in which two texts differ, or None.

    Args:
        expected: the text wanted.
        got: the text to compare with it.
        units: by how many units of the last printed digit numbers may differ. The
            finer of the two numbers says which digit is the last one.
    """
    lines, others = expected.splitlines(), got.splitlines()
    for number, (line, other) in enumerate(zip(lines, others, strict=False), 1):
        if not alike(line, other, units):
            return f"line {number}: expected {line!r}, got {other!r}"
    if len(lines) != len(others):
        return f"expected {len(lines)} lines, got {len(others)}"
    return None


def alike(line: str, other: str, units: float) -> bool:
    """Do two lines say the same, numbers to `units` of their last digit?"""
    if line == other:
        return True
    if not units or words(line) != words(other):
        return False
    numbers = map(Decimal, NUMBER.findall(line)), map(Decimal, NUMBER.findall(other))
    return all(close(a, b, units) for a, b in zip(*numbers, strict=True))


def close(a: Decimal, b: Decimal, units: float) -> bool:
    """Are two numbers the same to `units` of the last digit of the finer one?"""
    finest = Decimal(min(a.as_tuple().exponent, b.as_tuple().exponent))
    return abs(a - b) <= Decimal(units) * Decimal(10) ** finest


def words(line: str) -> list[str]:
    """The text around the numbers; how many spaces stand there does not matter."""
    return NUMBER.sub(" # ", line).split()


def compared(result: Result, folder: Path, units: float) -> Result:
    """The result; failed if it printed other text than NAME.txt in `folder`."""
    path = folder / f"{result.script.stem}.txt"
    if result.verdict != "ok":
        return result
    if not path.is_file():
        return result._replace(note=f"{result.note} (no {path.name} to compare with)")
    found = difference(path.read_text(encoding="utf-8"), result.output, units)
    return result._replace(verdict="failed", note=found) if found else result


# -- a folder of scripts ---------------------------------------------------------------


def check(
    folder: Path,
    timeout: float = 600.0,
    jobs: int = 1,
    expected: Path | None = None,
    units: float = 0,
) -> Iterator[Result]:
    """Run all scripts of a folder.

    Args:
        folder: where the scripts ``*.py`` are.
        timeout: seconds for each of them.
        jobs: how many to run at a time.
        expected: a folder with the output wanted of ``NAME.py`` in ``NAME.txt``.
        units: as in `difference`.

    Yields:
        The results, by the names of the scripts, each as soon as it is known.
    """
    threads = max(1, (os.cpu_count() or 1) // jobs)

    def one(script: Path) -> Result:
        with tempfile.TemporaryDirectory(prefix="ondol-check-") as scratch:
            result = run(script, Path(scratch), timeout, threads)
        return compared(result, expected, units) if expected else result

    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(one, scripts_in(folder))


def scripts_in(folder: Path) -> list[Path]:
    """The scripts of a folder, by name."""
    return sorted(folder.glob("*.py"))


# -- the command line ------------------------------------------------------------------


def main(argv: Sequence[str] | None = None) -> int:
    """Run the scripts of a folder and print a table of how they ended.

    Args:
        argv: the arguments; None takes them from the command line.

    Returns:
        The exit code: 0, or 1 if a script failed. One that needs what is not there
        has not failed.
    """
    parser = build_parser()
    arguments = parser.parse_args(argv)
    scripts = scripts_in(arguments.folder)
    if not scripts:
        told = tell(MissingFileError, "book-no-scripts", folder=arguments.folder)
        parser.error(str(told))
    width = max(len(script.name) for script in scripts)
    results = []
    print(f"{'script':{width}}  {'result':6}  seconds  last line or error", flush=True)
    for result in check(**vars(arguments)):
        results.append(result)
        print(row(result, width), flush=True)
    print("\n".join(summary(results)))
    return int(any(result.verdict == "failed" for result in results))


def build_parser() -> argparse.ArgumentParser:
    """All arguments."""
    parser = argparse.ArgumentParser(
        "python -m ondol.dezero.check",
        description="Run the book's scripts on ondol and tell which of them work.",
    )
    argument = parser.add_argument
    argument("folder", type=Path, help="the folder with the scripts")
    argument("--timeout", type=positive, default=600.0, help="seconds for a script")
    argument("--jobs", type=int, choices=range(1, 65), default=1, metavar="N")
    text = "a folder with NAME.txt, the output wanted of NAME.py"
    argument("--compare", type=Path, dest="expected", metavar="FOLDER", help=text)
    text = "let numbers differ by so many units of their last printed digit"
    argument("--units", type=positive, default=0, metavar="N", help=text)
    return parser


def positive(text: str) -> float:
    """Read a number above 0 from the command line."""
    number = float(text)
    if not 0 < number < float("inf"):
        told = tell(ArgumentError, "book-positive", got=text)
        raise argparse.ArgumentTypeError(str(told))
    return number


def row(result: Result, width: int) -> str:
    """A line of the table."""
    note = "no code in the book" if is_empty(result.script) else result.note
    name = f"{result.script.name:{width}}"
    return f"{name}  {result.verdict:6}  {result.seconds:7.1f}  {note}"


def is_empty(script: Path) -> bool:
    """Is it a step whose file has no code in the book's repository?"""
    return script.stem.removeprefix("step") in EMPTY_STEPS


def summary(results: Sequence[Result]) -> list[str]:
    """The lines below the table."""
    counts = {
        verdict: sum(result.verdict == verdict for result in results)
        for verdict in ("ok", "failed", "needs")
    }
    lines = ["{ok} ok, {failed} failed, {needs} need what is not here".format(**counts)]
    names = {result.script.stem for result in results}
    absent = [n for n in EMPTY_STEPS if f"step{n}" not in names]
    if absent and any(name.startswith("step") for name in names):
        lines.append(f"Steps without code in the book: {', '.join(absent)}")
    return lines


if __name__ == "__main__":
    sys.exit(main())
