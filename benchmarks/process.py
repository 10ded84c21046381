"""One library takes some steps of one row, in this process alone.

    python benchmarks/process.py LIBRARY ROW STEPS START [--quick]

START is the time (``time.time()``) at which the process was started. Prints JSON: the
seconds from then to the end of each step, and the peak of resident memory in bytes.
"""

import json
import sys
import time

from workloads import OURS, PEERS


def main(library: str, row: str, steps: int, start: float, quick: bool) -> None:
    from workloads import given

    step = (OURS | PEERS)[library].begin(given.start(given.ROWS[row], quick))
    measures: dict[str, float] = {}
    for i in range(1, steps + 1):
        step()
        measures[str(i)] = time.time() - start
    print(json.dumps(measures | {"peak": peak()}))


def peak() -> int:
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    library, row, steps, start, *quick = sys.argv[1:]
    main(library, row, int(steps), float(start), quick == ["--quick"])
