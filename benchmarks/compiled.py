"""Times of `ondol.compile` against other libraries: ``python benchmarks/compiled.py``.

Eager and compiled ondol against PyTorch, `torch.compile`, JAX and tinygrad, as far as
they are installed. Prints tables in Markdown: steps (all in one process, in turn), cold
starts and peak memory (each in a process of its own). Before a row is timed, all must
have computed the same after 20 steps.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from dataclasses import dataclass
from statistics import median

import agreement
import processes
import timing
from workloads import OURS, PEERS, Library, limit_threads

TABLES = ("steps", "cold", "memory")
# Rows in which matrix products are most of the work.
MATRIX = ("mlp", "mlp-adam", "cnn", "lstm", "gpt", "gpt-long", "mlp-infer-1000")


def main() -> None:
    options = arguments()
    limit_threads(options.threads)
    libraries = chosen(options.peers)
    # Before anything large is loaded: see `processes`.
    parts = [
        make(libraries, options)
        for name, make in (("cold", processes.cold), ("memory", processes.memory))
        if name in options.tables
    ]
    results: list[Result] = []
    if "steps" in options.tables:
        results = measured(libraries, options)
        parts.insert(0, steps_table(libraries, results))
    print(heading(options), *parts, sep="\n\n")
    if options.chart:
        import chart

        chart.save(options.chart, libraries, results)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    rows = processes.rows()
    parser.add_argument("--rows", nargs="+", default=rows, choices=rows)
    parser.add_argument(
        "--peers", nargs="*", default=[*PEERS], choices=[*PEERS], help="none: alone"
    )
    parser.add_argument("--tables", nargs="+", default=TABLES, choices=TABLES)
    parser.add_argument("--rounds", type=int, default=7, help="turns for each row")
    parser.add_argument("--starts", type=int, default=3, help="cold starts of each")
    parser.add_argument("--threads", type=int, default=2, help="for every library")
    parser.add_argument("--quick", action="store_true", help="only show that it works")
    parser.add_argument("--chart", metavar="PNG", help="a picture of the first table")
    options = parser.parse_args()
    for name in ("rounds", "starts", "threads"):
        if getattr(options, name) < 1:
            parser.error(f"--{name}: expected 1 or more, got {getattr(options, name)}")
    if options.chart and "steps" not in options.tables:
        parser.error("--chart shows the steps: expected them among --tables")
    return options


def chosen(peers: list[str]) -> dict[str, Library]:
    """Ours, and those peers that are installed."""
    return OURS | {name: PEERS[name] for name in peers if PEERS[name].installed()}


def heading(options: argparse.Namespace) -> str:
    """What ran, on what; and what was left out."""
    import numpy

    import ondol

    peers = {PEERS[name].package: PEERS[name] for name in options.peers}
    found = [peer.version() for peer in peers.values() if peer.installed()]
    missing = [name for name, peer in peers.items() if not peer.installed()]
    versions = [f"ondol {ondol.__version__}", f"numpy {numpy.__version__}", *found]
    left_out = f" Not installed, left out: {', '.join(missing)}." if missing else ""
    return (
        f"## Compiled\n\n{', '.join(versions)}; Python {platform.python_version()}, "
        f"{options.threads} threads on {os.cpu_count()} cores ({platform.machine()})."
        f"{left_out}"
    )


# -- steps -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Result:
    """The times of one row.

    Attributes:
        row: its name.
        times: seconds of a step, for each library one for each round.
        share: of the speed of large matrix products, that `ondol.compile` reaches;
            None where they are not most of the work.
    """

    row: str
    times: dict[str, list[float]]
    share: float | None = None

    def best(self) -> str | None:
        """The peer with the lowest median; None if there is no peer."""
        peers = [name for name in self.times if name in PEERS]
        return min(peers, key=lambda name: median(self.times[name]), default=None)

    def ratio(self) -> tuple[float, float, float]:
        """Ours to the best peer, within each round: median, lowest, highest."""
        ours = self.times["ondol.compile"]
        return timing.ratios(ours, self.times[self.best() or "ondol.compile"])


def measured(
    libraries: dict[str, Library], options: argparse.Namespace
) -> list[Result]:
    """All rows, in the order of `options`."""
    peak = gemm_speed(64 if options.quick else 2048)
    return [measured_row(name, libraries, peak, options) for name in options.rows]


def measured_row(
    name: str, libraries: dict[str, Library], peak: float, options: argparse.Namespace
) -> Result:
    from workloads.given import ROWS, start

    print(f"{name} ...", file=sys.stderr)
    given = start(ROWS[name], options.quick)
    steps = {key: library.begin(given) for key, library in libraries.items()}
    agreement.check(name, libraries, steps, given.row.rtol)
    seconds = 0.002 if options.quick else 0.2
    times = timing.in_turn([*steps.values()], options.rounds, seconds)
    by_name = dict(zip(steps, times, strict=True))
    speed = given.flops / median(by_name["ondol.compile"])
    return Result(name, by_name, speed / peak if name in MATRIX else None)


def gemm_speed(size: int, repeats: int = 10) -> float:
    """FLOP/s of the best of some products of square float32 matrices, by NumPy."""
    import numpy as np

    a, b = np.random.default_rng(0).standard_normal((2, size, size), np.float32)
    times = [timing.step_time(lambda: a @ b, 0) for _ in range(repeats)]
    return 2 * size**3 / min(times)


def steps_table(libraries: dict[str, Library], results: list[Result]) -> str:
    """Where `ondol.compile` loses comes first."""
    titles = [library.title for library in libraries.values()]
    head = ["row", *titles, "best peer", "ratio", "range", "of gemm peak"]
    order = sorted(results, key=lambda result: -result.ratio()[0])
    note = "Ratio: ondol compiled to the best peer, within each round."
    return f"{timing.table(head, [cells(result) for result in order])}\n\n{note}"


def cells(result: Result) -> list[str]:
    times = [timing.human(median(one)) for one in result.times.values()]
    best = result.best()
    ratio = ["", "", ""]
    if best:
        middle, low, high = result.ratio()
        ratio = [PEERS[best].title, f"{middle:.2f}", f"{low:.2f} to {high:.2f}"]
    share = "" if result.share is None else f"{result.share:.0%}"
    return [result.row, *times, *ratio, share]


if __name__ == "__main__":
    main()
