"""Times of ondol against PyTorch, both eager: ``python benchmarks/eager.py``.

Prints tables in Markdown: training steps and single functions side by side, the time
per node as a graph grows, and what ``import ondol`` takes. PyTorch is optional.
"""

import argparse
import math
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from types import ModuleType

import timing

THREADS = 2
CHECKED = 20  # steps after which the losses must agree
GROWTH = (1_000, 10_000, 100_000, 1_000_000)


def main() -> None:
    options = arguments()
    for library in ("OMP", "OPENBLAS", "MKL"):  # read when NumPy and PyTorch load
        os.environ[f"{library}_NUM_THREADS"] = str(THREADS)
    torch = None if options.alone else load_torch()
    print(heading(torch), compared(options, torch), sep="\n\n", flush=True)
    print("\n" + growth(options), imports(options), sep="\n\n")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="ondol and PyTorch eager, side by side"
    )
    parser.add_argument("--rounds", type=int, default=7, help="turns for each row")
    parser.add_argument("--quick", action="store_true", help="only show that it works")
    parser.add_argument("--alone", action="store_true", help="leave PyTorch out")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error(f"--rounds: expected 1 or more, got {options.rounds}")
    options.seconds = 0.002 if options.quick else 0.2
    return options


def load_torch() -> ModuleType | None:
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(THREADS)
    return torch


def heading(torch: ModuleType | None) -> str:
    import numpy

    import ondol

    peer = f"PyTorch {torch.__version__}" if torch else "no PyTorch: ondol alone"
    return (
        f"## Eager mode\n\nondol {ondol.__version__}, NumPy {numpy.__version__}, "
        f"{peer}; Python {platform.python_version()}, {THREADS} threads on "
        f"{os.cpu_count()} cores ({platform.machine()})."
    )


def compared(options: argparse.Namespace, torch: ModuleType | None) -> str:
    """The two in turn; where ondol loses comes first."""
    import workloads

    lines = []
    for row in workloads.ROWS:
        steps = [row.ours(), row.peer()] if torch else [row.ours()]
        agree(row.name, steps, row.rtol)
        times = timing.in_turn(steps, options.rounds, options.seconds)
        lines.append((row, times, timing.ratios(times[0], times[-1])))
    lines.sort(key=lambda line: -line[2][0])
    head = ["row", "ondol", "PyTorch", "ondol / PyTorch", "range"]
    return timing.table(head, [cells(*line) for line in lines])


def agree(name: str, steps: list[Callable[[], object]], rtol: float) -> None:
    """Stop if the programs do not compute the same."""
    last = [[step() for _ in range(CHECKED)][-1].item() for step in steps]
    if not all(math.isclose(n, last[0], rel_tol=rtol) for n in last):
        sys.exit(f"{name}: after {CHECKED} steps the numbers differ: {last}")


def cells(row: object, times: list[list[float]], ratio: tuple[float, ...]) -> list[str]:
    both = [timing.human(median(one) / row.nodes) for one in times]
    if len(both) == 1:
        return [row.name, *both, "", "", ""]
    middle, low, high = ratio
    return [row.name, *both, f"{middle:.2f}", f"{low:.2f} to {high:.2f}"]


def growth(options: argparse.Namespace) -> str:
    """Time per node of longer and longer chains, the garbage collector as it is."""
    import workloads

    sizes = [n // 100 for n in GROWTH] if options.quick else GROWTH
    steps = [workloads.chain_ondol(n) for n in sizes]
    times = timing.in_turn(steps, options.rounds, options.seconds)
    nodes = [[t / n for t in one] for n, one in zip(sizes, times, strict=True)]
    lines = []
    for size, one in zip(sizes, nodes, strict=True):
        middle, low, high = timing.ratios(one, nodes[0])
        spread = [f"{middle:.2f}", f"{low:.2f} to {high:.2f}"]
        lines.append([f"growth, {size:,} nodes", timing.human(median(one)), *spread])
    head = ["row", "ondol, per node", f"ratio to {sizes[0]:,} nodes", "range"]
    return timing.table(head, lines)


def imports(options: argparse.Namespace) -> str:
    """NumPy's import, and what ondol's adds to it, in new processes in turn."""
    import ondol

    paths = [str(Path(ondol.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    pairs = [("numpy", "sys"), ("ondol", "numpy")]
    turns = [
        [timing.import_time(module, after, environ) for module, after in pairs]
        for _ in range(2 if options.quick else 15)
    ]
    numpy_times, ondol_times = map(list, zip(*turns, strict=True))
    middle, low, high = timing.ratios(ondol_times, numpy_times)
    both = [timing.human(median(ondol_times)), timing.human(median(numpy_times))]
    head = ["row", "ondol adds", "NumPy", "ondol / NumPy", "range"]
    line = ["import", *both, f"{middle:.2f}", f"{low:.2f} to {high:.2f}"]
    return timing.table(head, [line])


if __name__ == "__main__":
    main()
