"""The compiled rows of the table, watched by the sanitizers of the C compiler.

They end a process that reads or writes outside of an array (address sanitizer), or does
what C leaves undefined: overflow, shifts too far, wrong alignment. Each test runs every
so many rows; with ``ONDOL_SANITIZE=all`` in the environment, as in CI, together they
run all of them.
"""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from compiler.small_networks import NETWORKS
from compiler.traced import calls

HERE = Path(__file__).parent
SCRIPT = HERE / "sanitized.py"
FLAGS = "-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all"
SIZE = 150  # calls in one process
ALL = os.environ.get("ONDOL_SANITIZE") == "all"
STEP = 1 if ALL else 24
PART = 1 if ALL else 5  # of tiles, and of what follows products
# Tiles of other processors of the kind that this one is.
SETS = ["", "-mno-avx512f", "-mno-avx"] if platform.machine() == "x86_64" else [""]
SCALES = {"mlp": 40, "cnn": 16, "lstm": 10, "gpt": 8, "elementwise": 30, "block": 2}


def runtime():
    """The library of the address sanitizer, if gcc and it are there."""
    if not shutil.which("gcc"):
        return None
    command = ["gcc", "-print-file-name=libasan.so"]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    path = Path(found.stdout.strip())
    return path if path.is_absolute() else None


LIBRARY = runtime()
pytestmark = pytest.mark.skipif(LIBRARY is None, reason="gcc has no sanitizers here")


def run(cache, *words):
    environment = {
        **os.environ,
        "ASAN_OPTIONS": "detect_leaks=0",  # Python itself leaves some
        "CC": "gcc",
        "LD_PRELOAD": str(LIBRARY),
        "ONDOL_CACHE": str(cache),
        "ONDOL_CFLAGS": FLAGS,
        "PYTHONPATH": os.pathsep.join([str(HERE.parent), *sys.path]),
    }
    return subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, words)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def assert_well(done):
    assert (done.returncode, done.stdout) == (0, "all is well\n"), done.stderr[:4000]


@pytest.mark.parametrize("start", range(0, len([*calls()]), SIZE * STEP))
def test_rows_of_the_table(start, tmp_path):
    assert_well(run(tmp_path, start, start + SIZE * STEP, STEP))


@pytest.mark.parametrize("flags", SETS if ALL else SETS[:1])
def test_what_is_made_of_tiles(flags, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "FLAGS", f"{FLAGS} -DTILES {flags}")
    assert_well(run(tmp_path, "tiles", PART))


@pytest.mark.parametrize("flags", ["", "-mno-avx512f"] if ALL else [""])
def test_what_follows_products(flags, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "FLAGS", f"{FLAGS} {flags}")
    assert_well(run(tmp_path, "epilogues", PART))


@pytest.mark.parametrize("name", NETWORKS if ALL else ["mlp"])
def test_networks_large_enough_for_threads(name, tmp_path):
    assert_well(run(tmp_path, name, SCALES[name]))


def test_a_loop_that_goes_too_far_is_found(tmp_path):
    done = run(tmp_path, "plant")
    assert done.returncode != 0
    assert "AddressSanitizer: heap-buffer-overflow" in done.stderr
    assert "step.c:" in done.stderr
