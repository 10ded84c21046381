"""How a time is taken, so that it counts: in turn, in rounds, medians and ratios.

Two programs on a machine that others share are compared in one run, A B A B ...: what
disturbs one round disturbs both, and the ratio within a round stays.
"""

import math
import subprocess
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter, sleep

Step = Callable[[], object]
REST = 0.05  # seconds


def step_time(step: Step, seconds: float) -> float:
    """The median time of a step, of as many as last `seconds` in all (at least one)."""
    times = []
    end = perf_counter() + seconds
    while not times or perf_counter() < end:
        start = perf_counter()
        step()
        times.append(perf_counter() - start)
    return median(times)


def settle(step: Step, seconds: float, most: int = 10) -> None:
    """Run until two rounds in succession differ by less than 5 %."""
    before = step_time(step, seconds)
    for _ in range(most):
        now = step_time(step, seconds)
        if math.isclose(now, before, rel_tol=0.05):
            return
        before = now


def in_turn(steps: list[Step], rounds: int, seconds: float) -> list[list[float]]:
    """The step times of each program, one for each round, taken in turn."""
    for step in steps:
        settle(step, seconds)
    turns = [[turn(step, seconds) for step in steps] for _ in range(rounds)]
    return [list(times) for times in zip(*turns, strict=True)]


def turn(step: Step, seconds: float) -> float:
    """The step time, when what ran before has come to rest.

    Threads that have computed spin for a while in case there is more to do, and would
    take a core from the one whose turn it is. One step goes before those that count.
    """
    sleep(REST)
    step()
    return step_time(step, seconds)


def ratios(times: list[float], base: list[float]) -> tuple[float, float, float]:
    """Median, lowest and highest of the ratios within each round."""
    each = [a / b for a, b in zip(times, base, strict=True)]
    return median(each), min(each), max(each)


def import_time(module: str, after: str, environ: dict[str, str]) -> float:
    """Seconds to import `module` in a new process that has imported `after`."""
    code = (
        f"import {after}\nfrom time import perf_counter\nstart = perf_counter()\n"
        f"import {module}\nprint(perf_counter() - start)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environ,
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)


def human(seconds: float) -> str:
    """Three digits and a unit: ``12.3 µs``."""
    units = {"s": 1, "ms": 1e-3, "µs": 1e-6}
    fits = (unit for unit, scale in units.items() if seconds >= scale)
    unit = next(fits, "µs")
    return f"{seconds / units[unit]:.3g} {unit}"


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown, its columns padded."""
    lines = [head, ["-" * 3] * len(head), *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = (" | ".join(map(str.ljust, line, widths)) for line in lines)
    return "\n".join(f"| {line} |" for line in padded)
