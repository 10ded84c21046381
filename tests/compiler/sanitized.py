"""Runs the compiled rows of the table of cases in a process of its own.

The process is started with the runtime of the address sanitizer (see
test_sanitizers.py), which ends it at the first read or write outside of an array. So
that it can see them, each node gets memory of its own instead of a part of the arena.

    python sanitized.py START STOP STEP
    python sanitized.py NETWORK SCALE
    python sanitized.py tiles STEP
    python sanitized.py epilogues STEP
    python sanitized.py plant
"""

import os
import sys

import numpy as np

from compiler import followed, tiled
from compiler.small_networks import NETWORKS, compiled
from compiler.traced import assert_close, calls, new_builder, traced
from ondol.compiler import epilogues, loops
from ondol.compiler.program import Program
from ondol.core.graph import data_of


def separate(self, stored):
    """Instead of `Program._place_in_arena`: numbers that nobody computed stand out."""
    self.arena_size = 0
    for node in stored:
        if node in self.schedule.step_of and node not in self.at_home:
            array = np.empty(node.shape, node.dtype)
            array.view().reshape(-1).view(np.uint8)[:] = 0xFF if array.size else 0
            self._set(self.slots[node], array)
    self._set(-1, np.empty(self.source.scratch, np.float32))


def one_too_far(open_loop):
    """A mistake to be found: loops that end one late."""

    def opened(self, k, start="0", end=None):
        open_loop(self, k, start, end or f"{self.axes[k].length} + 1")

    return opened


def run_rows(start, stop, step):
    """Rows of the table, and what they compute compared."""
    builder = new_builder()
    chosen = [*calls()][start:stop:step]
    some = [traced(name, case, call, builder) for name, case, call in chosen]
    program = Program(
        [node for one in some for node in one.results],
        [node for one in some for node in one.inputs],
    )
    got = iter(program.run([x for one in some for x in one.arrays]))
    for one in some:
        for expected in one.expected:
            assert_close(one.name, next(got), expected, 1e-9)


def run_network(name, scale):
    """A whole network, large enough for threads and matrix products."""
    step, arguments, twin = compiled(name, scale)
    for _ in range(2):
        got, expected = data_of(step(*arguments)), data_of(twin(*arguments))
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


def main(first, *rest):
    os.environ.pop("LD_PRELOAD")  # the compiler needs no sanitizer
    Program._place_in_arena = separate
    if first in NETWORKS:
        run_network(first, int(rest[0]))
    elif first == "tiles":
        tiled.check_all(int(rest[0]))
    elif first == "epilogues":
        epilogues.PARALLEL = 0
        followed.check_all(int(rest[0]))
    elif first == "plant":
        loops.LoopWriter._open = one_too_far(loops.LoopWriter._open)
        run_rows(0, 10, 1)
    else:
        run_rows(int(first), *map(int, rest))
    print("all is well")


if __name__ == "__main__":
    main(*sys.argv[1:])
