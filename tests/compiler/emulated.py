"""Compiled code on another processor, ARM: by a cross compiler, run by an emulator.

    PYTHONPATH=tests python tests/compiler/emulated.py         networks and tiles
    PYTHONPATH=tests python tests/compiler/emulated.py rows    also rows of the table

Needs Debian's packages gcc-aarch64-linux-gnu and qemu-user; the rows take minutes. Each
run of kernels is a process: the arrays go to it and come back. Of BLAS, which is not
ours, there is a plain one in C.
"""

import ctypes
import functools
import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import ondol
from compiler import tiled
from compiler.sanitized import run_network, run_rows, separate
from compiler.small_networks import NETWORKS
from ondol.compiler.emit_c import TILES
from ondol.compiler.program import EXPORTS, Program

CC = "aarch64-linux-gnu-gcc"
ROWS = 24  # so far apart are the rows of the table of cases in one program
SAMPLE = 12  # and so far apart programs
EMULATOR = ("qemu-aarch64", "-L", "/usr/aarch64-linux-gnu")
FLAGS = ("-std=gnu11", "-O3", "-ffp-contract=off", "-fopenmp", "-w", "-DTILES")

MAIN = Path(__file__).with_suffix(".c").read_text()


class Emulator:
    """Builds and runs in a folder of its own.

    Attributes:
        runs: how many times something ran.
    """

    def __init__(self, folder):
        self.folder, self.runs = Path(folder), 0
        self.tiles = self.build(TILES, "-fPIC", "-shared")

    def build(self, source, *flags):
        """The path of what the compiler makes of C."""
        path = self.folder / hashlib.sha256(source.encode()).hexdigest()[:16]
        if not path.exists():
            text = path.with_suffix(".c")
            text.write_text(source)
            subprocess.run([CC, *FLAGS, *flags, text, "-o", path, "-lm"], check=True)
        return path

    def loaded(self, program):
        """Instead of `Program._loaded`: steps that are processes."""
        return [
            functools.partial(
                self.run,
                program,
                self.build(program.source.text + MAIN.replace("RUN", part)),
            )
            if isinstance(part, str)
            else part
            for part in program.source.segments
        ]

    def run(self, program, path, _):
        """Send the arrays to the process, and take them back."""
        self.runs += 1
        sizes = [0] * len(program.arrays)
        for node, slot in program.slots.items():
            sizes[slot] = node.size * node.dtype.itemsize
        sizes[-1] = 4 * program.source.scratch
        head = np.array([len(sizes), *sizes]).tobytes()
        places = [*zip(program.table, sizes, strict=True)]
        arrays = b"".join(ctypes.string_at(at, n) if n else b"" for at, n in places)
        done = subprocess.run(
            [*EMULATOR, path, self.tiles, *EXPORTS],
            input=head + arrays,
            capture_output=True,
            check=True,
        )
        assert len(done.stdout) == sum(sizes)
        start = 0
        for at, n in places:
            ctypes.memmove(at, done.stdout[start : start + n], n)
            start += n


def main():
    with tempfile.TemporaryDirectory() as folder:
        emulator = Emulator(folder)
        Program._loaded = lambda program: emulator.loaded(program)
        Program._place_in_arena = separate
        for name in NETWORKS:
            run_network(name, 4)
        with ondol.numpy_only():
            tiled.check_all()
        for start in range(0, ROWS, SAMPLE) if "rows" in sys.argv else ():
            run_rows(start, None, ROWS)
        print(f"all is well: {emulator.runs} runs")


if __name__ == "__main__":
    main()
