"""The training scripts of the book, unchanged, on its own package and on ondol.

    python benchmarks/book.py PATH_TO_THE_BOOKS_REPOSITORY --rounds 5
    python benchmarks/book.py tests/dezero --alone  # our scripts of the same steps

Each run is a process of its own, which has imported its package before the clock
starts. Both draw the same random numbers, plots are left out (they cost the same in
both), and MNIST is a stand-in of its shape. The two take turns; a row shows medians,
and the median and range of the ratios within the rounds.
"""

from __future__ import annotations

import argparse
import gzip
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import numpy as np
import timing

ROOT = Path(__file__).resolve().parents[1]
BOTH = ("ondol", "book")
SCRIPTS = ("42", "43", "44", "45", "46", "47", "48", "51", "59", "60")
# Steps 57 and 58 train nothing: what they compute, in their shapes.
SNIPPETS = {
    "57": """
        import dezero.functions as F
        x = dezero.Variable(np.random.randn(1, 5, 15, 15))
        W = np.random.randn(8, 5, 3, 3)
        images = np.random.rand(10, 3, 7, 7)
        for _ in range(500):
            F.im2col(images, kernel_size=5, stride=1, pad=0, to_matrix=True)
            F.conv2d_simple(x, W, b=None, stride=1, pad=1).backward()
    """,
    "58": """
        x = np.random.rand(1, 3, 224, 224).astype(np.float32)
        with dezero.test_mode():
            MODEL(x)
    """,
}
# Imports and whatever is the same for both come before the clock starts.
RUN = """
import runpy, sys, textwrap, time
from unittest.mock import MagicMock
import numpy as np

sys.modules["matplotlib"] = sys.modules["matplotlib.pyplot"] = MagicMock()
who, step, program = sys.argv[1:4]
if who == "ondol":
    import ondol.dezero
    ondol.dezero.install()
import dezero, dezero.models
np.random.seed(0)
if step == "58":
    MODEL = dezero.models.VGG16()
    with dezero.test_mode():
        MODEL(np.zeros((1, 3, 224, 224), np.float32))  # draws the weights
start = time.perf_counter()
try:
    if program.endswith(".py"):
        runpy.run_path(program, run_name="__main__")
    else:
        exec(textwrap.dedent(program))
except TypeError as error:  # steps 59 and 60 end so on the book's package, NumPy 2.4
    if who != "book":
        raise
    print(error, file=sys.stderr)
print("seconds", time.perf_counter() - start)
"""


def main() -> None:
    options = arguments()
    lines = []
    with tempfile.TemporaryDirectory() as home:
        environ = os.environ | {"HOME": home, "ONDOL_HOME": f"{home}/.dezero"}
        environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "2")
        if "51" in options.steps:
            write_mnist(Path(home) / ".dezero")
        both = BOTH[:1] if options.alone else BOTH
        for step in options.steps:
            turns = [
                [seconds(who, step, options.repository, environ, home) for who in both]
                for _ in range(options.rounds)
            ]
            lines.append(cells(step, turns))
            print(*lines[-1], file=sys.stderr)
    head = ["step", "ondol", "the book's package", "ratio", "range"]
    print(f"NumPy {np.__version__}, Python {platform.python_version()}\n")
    print(timing.table(head, lines))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("repository", type=Path, help="the book's, checked out")
    parser.add_argument("--rounds", type=int, default=5, help="turns for each row")
    parser.add_argument(
        "--alone", action="store_true", help="leave the book's package out"
    )
    steps = sorted({*SCRIPTS, *SNIPPETS})
    parser.add_argument("--steps", nargs="+", default=steps, choices=steps)
    return parser.parse_args()


def seconds(
    who: str, step: str, repository: Path, environ: dict[str, str], folder: str
) -> float:
    """The time of one run, in a process of its own."""
    script = (repository / "steps" / f"step{step}.py").resolve()
    program = SNIPPETS.get(step, str(script))
    package = ROOT / "src" if who == "ondol" else repository.resolve()
    done = subprocess.run(
        [sys.executable, "-c", RUN, who, step, program],
        env=environ | {"PYTHONPATH": str(package)},
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout.rsplit("seconds ", 1)[1])


def cells(step: str, turns: list[list[float]]) -> list[str]:
    if len(turns[0]) == 1:
        return [f"step {step}", timing.human(median(t for (t,) in turns)), "", "", ""]
    ours, theirs = map(list, zip(*turns, strict=True))
    middle, low, high = timing.ratios(ours, theirs)
    both = [timing.human(median(times)) for times in (ours, theirs)]
    return [f"step {step}", *both, f"{middle:.2f}", f"{low:.2f} to {high:.2f}"]


def write_mnist(folder: Path) -> None:
    """Four files of MNIST's shape, where each of the packages looks for them."""
    rng = np.random.default_rng(0)
    for place in (folder, folder / "mnist"):
        place.mkdir()
    for prefix, count in (("train", 60_000), ("t10k", 10_000)):
        labels = rng.integers(10, size=count, dtype=np.uint8)
        images = np.zeros((count, 28, 28), np.uint8)
        images[np.arange(count), labels * 2 + 4] = (
            255  # a line, at a row for each class
        )
        for kind, magic, data in (
            ("images-idx3", 2051, images),
            ("labels-idx1", 2049, labels),
        ):
            header = np.array([magic, *data.shape], ">u4").tobytes()
            packed = gzip.compress(header + data.tobytes(), 1)
            for place in (folder, folder / "mnist"):
                (place / f"{prefix}-{kind}-ubyte.gz").write_bytes(packed)


if __name__ == "__main__":
    main()
