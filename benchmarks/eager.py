"""Times of ondol against PyTorch, both eager: ``python benchmarks/eager.py``.

Prints tables in Markdown: training steps and single functions side by side, the time
per node as a graph grows, and what ``import ondol`` takes. PyTorch is optional.
"""

import argparse
import os
import platform
from dataclasses import replace
from pathlib import Path
from statistics import median
from types import ModuleType

import agreement
import timing
from workloads import limit_threads

THREADS = 2
GROWTH = (1_000, 10_000, 100_000, 1_000_000)


def main() -> None:
    options = arguments()
    limit_threads(THREADS)
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
    from workloads.given import CHAIN, ROWS, start

    rows = {"scalar": ROWS["scalar"], "chain, per node": CHAIN}
    rows |= {name: ROWS[name] for name in ("spiral", "mlp")}
    libraries = {"ondol": workloads.OURS["ondol"]}
    if torch:
        libraries["torch"] = workloads.PEERS["torch"]
    lines = []
    for name, row in rows.items():
        first = start(row, options.quick)
        steps = {key: library.begin(first) for key, library in libraries.items()}
        agreement.check(name, libraries, steps, row.rtol)
        times = timing.in_turn([*steps.values()], options.rounds, options.seconds)
        nodes = row.sizes.get("nodes", 1)
        lines.append((name, nodes, times, timing.ratios(times[0], times[-1])))
    lines.sort(key=lambda line: -line[-1][0])
    head = ["row", "ondol", "PyTorch", "ondol / PyTorch", "range"]
    return timing.table(head, [cells(*line) for line in lines])


def cells(
    name: str, nodes: int, times: list[list[float]], ratio: tuple[float, ...]
) -> list[str]:
    both = [timing.human(median(one) / nodes) for one in times]
    if len(both) == 1:
        return [name, *both, "", "", ""]
    middle, low, high = ratio
    return [name, *both, f"{middle:.2f}", f"{low:.2f} to {high:.2f}"]


def growth(options: argparse.Namespace) -> str:
    """Time per node of longer and longer chains, the garbage collector as it is."""
    from workloads import OURS
    from workloads.given import CHAIN, start

    sizes = [n // 100 for n in GROWTH] if options.quick else GROWTH
    rows = [replace(CHAIN, sizes={"nodes": n}) for n in sizes]
    steps = [OURS["ondol"].begin(start(row)) for row in rows]
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
