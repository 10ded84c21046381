"""Cold starts and peak memory: each measurement in a process of its own.

This module loads nothing but the standard library, and is to be used before anything
else is loaded: on Linux the peak of a new process begins with the memory of the one
that started it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import timing
from workloads import Library

HERE = Path(__file__).parent
STEPS = 20  # of which the peak memory is taken
LARGE = ("gpt", "gpt-long", "cnn")  # rows of which it is taken
Measures = dict[str, float]


def rows() -> list[str]:
    """The names of the rows, without loading NumPy."""
    return [
        *("scalar", "spiral", "mlp", "mlp-adam", "cnn", "lstm", "gpt"),
        *("gpt-long", "elementwise", "mlp-infer-1", "mlp-infer-1000"),
    ]


def cold(libraries: dict[str, Library], options: argparse.Namespace) -> str:
    """A table: from the start of a process to its first and second step of gpt."""
    turns: dict[str, list[list[float]]] = {key: [] for key in libraries}
    for _ in range(options.starts):
        for key in libraries:
            with tempfile.TemporaryDirectory() as folder:
                both = [alone(key, "gpt", 2, folder, options) for _ in range(2)]
            turns[key].append([run[step] for run in both for step in ("1", "2")])
    head = ["cold start, gpt", "1st step", "2nd step"]
    head += ["1st step, warm cache", "2nd step, warm cache"]
    lines = [
        [
            libraries[key].title,
            *map(timing.human, map(median, zip(*times, strict=True))),
        ]
        for key, times in turns.items()
    ]
    note = "`ondol.compile` runs the first call as it stands, and compiles the second."
    return f"{timing.table(head, lines)}\n\n{note}"


def memory(libraries: dict[str, Library], options: argparse.Namespace) -> str:
    """A table: the peak of resident memory."""
    lines = []
    for key, library in libraries.items():
        with tempfile.TemporaryDirectory() as folder:
            runs = [alone(key, row, STEPS, folder, options) for row in LARGE]
        peaks = [f"{run['peak'] / 1e6:.0f} MB" for run in runs]
        lines.append([library.title, *peaks])
    return timing.table([f"peak memory, {STEPS} steps", *LARGE], lines)


def alone(
    library: str, row: str, steps: int, folder: str, options: argparse.Namespace
) -> Measures:
    """What `process.py` measures; compiled code is kept in a folder."""
    print(f"{library}: {row} in a new process ...", file=sys.stderr)
    program = [sys.executable, str(HERE / "process.py"), library, row, str(steps)]
    quick = ["--quick"] if options.quick else []
    done = subprocess.run(
        [*program, str(time.time()), *quick],
        env=os.environ | caches(folder),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"{library}: {row} failed in a new process:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def caches(folder: str) -> dict[str, str]:
    """Where each library keeps what it has compiled."""
    return {
        "ONDOL_CACHE": f"{folder}/ondol",
        "TORCHINDUCTOR_CACHE_DIR": f"{folder}/torch",
        "JAX_COMPILATION_CACHE_DIR": f"{folder}/jax",
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
        "CACHEDB": f"{folder}/tinygrad/cache.db",
    }
