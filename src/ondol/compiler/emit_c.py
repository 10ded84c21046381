"""A schedule as C: a function for each different step, and one that calls them."""

from __future__ import annotations

import re
from importlib import resources

from ..errors import Birth
from .graph import Node
from .kernel import CREW, DEPTH, PLACES, SHARED, Kernel
from .loops import blocks_kernel, loop_kernel, rows_kernel
from .schedule import Call, Loop, Schedule, Step, computed, loops
from .single import KERNELS, has_kernel, matmul_kernel
from .templates import C_TYPES


def _text(*parts: str) -> str:
    folder = resources.files(__package__).joinpath("c")
    return "\n".join(folder.joinpath(part).read_text("utf-8") for part in parts)


HEAD = _text("head.c", "tiles.h", "calls.c")  # what the text of every step begins with
SIZES = f"""enum {{
  DEPTH = {DEPTH}, PLACES = {PLACES}, SHARED = {SHARED}, CREW = {CREW}
}};"""
# The library that steps call.
TILES = "\n".join([_text("head.c", "tiles.h"), SIZES, _text("tiles.c", "attention.c")])

# Around what is shared out to threads, and around calls of BLAS: what others set is
# back afterwards.
THREADS = ("  const int usual = enter();",), ("  leave(usual);",)
BLAS = (
    (
        "  const int before = blas_threads();",
        "  if (before > 1) set_blas_threads(1);",
    ),
    ("  if (before > 1) set_blas_threads(before);",),
)
Around = tuple[tuple[str, ...], tuple[str, ...]]


class Source:
    """C for a schedule: kernels, and functions that call runs of them.

    Attributes:
        segments: for each function, or for each operation that is left to NumPy, in
            order: the name of the function, or the node.
        births: of each kernel, the line of Python that it was first written for.
        scratch: the numbers of float32 for which a kernel needs room, at most.
        calls_tiles: does a kernel call the library of tiles?

    Args:
        schedule: what is to be done.
        places: where each node with memory is, as C.
        scratch: where the room is that a kernel needs beside them, as C.
    """

    def __init__(
        self, schedule: Schedule, places: dict[Node, str], scratch: str
    ) -> None:
        self.kernels: dict[str, str] = {}
        self.segments: list[str | Node] = []
        self.functions: list[str] = []
        self.births: dict[str, Birth] = {}
        self.scratch = 0
        self.calls_tiles = False
        self._around: set[Around] = set()  # the function that is being written
        calls: list[str] = []
        for step in schedule.steps:
            if isinstance(step, Call) and not has_kernel(step.node):
                self._end(calls)
                self.segments.append(step.node)
                continue
            kernel = _kernel(step, schedule)
            self._around |= _needed(kernel)
            name = self._named(kernel, computed(step)[0])
            arguments = [f"({C_TYPES[n.dtype]} *){places[n]}" for n in kernel.buffers]
            arguments += [f"(float *){scratch}"] * kernel.needs_room
            if step.epilogue:
                arguments += self._epilogue(step, schedule, places)
            room = kernel.scratch + CREW * kernel.scratch_each
            self.scratch = max(self.scratch, room)
            self.calls_tiles |= kernel.calls_tiles
            calls.append(f"  {name}({', '.join(arguments)});")
        self._end(calls)

    def _epilogue(
        self, step: Step, schedule: Schedule, places: dict[Node, str]
    ) -> list[str]:
        """The function for blocks of rows, and where its arrays are."""
        parts = loops(step)
        kernel = rows_kernel(parts, schedule, step.rows)
        at = ", ".join(places[n] for n in kernel.buffers)
        return [self._named(kernel, parts[0].nodes[0]), f"(char *[]){{{at}}}"]

    def _named(self, kernel: Kernel, node: Node) -> str:
        body = f"({kernel.signature()}) {{\n" + "\n".join(kernel.lines) + "\n}\n"
        name = self.kernels.setdefault(body, f"k{len(self.kernels)}")
        if node.birth:
            self.births.setdefault(name, node.birth)
        return name

    def _end(self, calls: list[str]) -> None:
        if calls:
            name = f"ondol_run{len(self.functions)}"
            lines = calls
            for before, after in sorted(self._around):
                lines = [*before, *lines, *after]
            self.functions.append(
                f"void {name}(char **m) {{\n" + "\n".join(lines) + "\n}\n"
            )
            self._around = set()
            self.segments.append(name)
            calls.clear()

    def birth(self, number: int) -> Birth | None:
        """The line of Python behind line `number` of the text."""
        above = "\n".join(self.text.splitlines()[:number])
        names = re.findall(r"^static .* void (k\d+)\(", above, re.MULTILINE)
        return self.births.get(names[-1]) if names else None

    @property
    def text(self) -> str:
        """The whole file."""
        kernels = [
            f"static __attribute__((noinline)) void {name}{body}"
            for body, name in self.kernels.items()
        ]
        return "\n".join([HEAD, *kernels, *self.functions])


def _kernel(step: Step, schedule: Schedule) -> Kernel:
    if isinstance(step, Loop):
        return blocks_kernel(step) if step.epilogue else loop_kernel(step, schedule)
    if step.epilogue:
        return matmul_kernel(step.node, schedule, finishes=True)
    return KERNELS[step.node.op](step.node, schedule)


def _needed(kernel: Kernel) -> set[Around]:
    """The lines that a call of a kernel needs around it."""
    calls = kernel.calls_blas or kernel.calls_tiles
    shares = calls or any("omp parallel" in x for x in kernel.text.lines)
    return {*[THREADS] * shares, *[BLAS] * kernel.calls_blas}
