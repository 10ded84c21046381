"""Kill a training again and again: nothing may be lost, and not one bit may differ.

    python tests/faults/kill.py --times 200

A training saves a checkpoint after each step. It is killed (SIGKILL) at random moments,
half of them while it writes, and started again, until it arrives. After each kill every
checkpoint in the folder is byte for byte that of a training that was left alone.
"""

import argparse
import filecmp
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from ondol.io import Checkpoints

TRAINING = Path(__file__).with_name("training.py")
STEPS = 40
KEEP = 3
LONG_AGO = 2 * 3600  # seconds: whoever wrote to a file then is not writing now


class Killed:
    """A training that is killed, and what came of it.

    Attributes:
        counts: kills, kills while a checkpoint was being written, arrivals.
    """

    def __init__(self, work, compiled, steps, seed):
        self.steps = steps
        self.folder, self.reference = work / "killed", work / "reference"
        self.options = ["--compiled"] if compiled else []
        self.rng = random.Random(seed)
        self.counts = Counter()
        alone = self.start(self.reference)
        _, errors = alone.communicate()
        assert alone.returncode == 0, errors
        assert len(Checkpoints(self.reference).paths()) == steps

    def start(self, folder, *options):
        command = [sys.executable, TRAINING, folder, "--steps", str(self.steps)]
        return subprocess.Popen(
            [*command, *self.options, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def round(self):
        """Start, kill, and look at what is left."""
        before = self.newest()
        old = self.make_leftovers_old()
        process = self.start(self.folder, "--keep", str(KEEP))
        process.stdout.readline()  # it has imported, and loaded its checkpoint
        self.wait(process)
        process.kill()
        _, errors = process.communicate()
        assert process.returncode in (0, -9), errors
        now = self.newest()
        assert now >= before
        self.check()
        if now > before + 1:  # it has tidied up at least once
            assert not old & self.leftovers()
        self.count(process.returncode, self.leftovers() - old)

    def wait(self, process):
        """Wait for a random moment, or for one while a file is being written."""
        if self.rng.random() < 0.5:
            time.sleep(self.rng.uniform(0, 0.3))
            return
        for _ in range(self.rng.randrange(1, 20)):
            known = self.leftovers()
            while not self.leftovers() - known and process.poll() is None:
                pass
        time.sleep(self.rng.uniform(0, 0.002))

    def check(self):
        """Every checkpoint is whole and the right one, and there are enough."""
        checkpoints = Checkpoints(self.folder)
        paths = checkpoints.paths()
        for path in paths:
            assert filecmp.cmp(path, self.reference / path.name, shallow=False), path
        assert checkpoints.latest() == (paths[-1] if paths else None)
        assert min(KEEP, self.newest()) <= len(paths) <= KEEP + 1

    def count(self, code, half_written):
        self.counts["kills"] += code == -9
        self.counts["while writing"] += bool(half_written)
        if code == 0:
            assert self.newest() == self.steps
            self.counts["arrivals"] += 1
            shutil.rmtree(self.folder)

    def newest(self):
        paths = Checkpoints(self.folder).paths()
        return int(paths[-1].stem.removeprefix("step-")) if paths else 0

    def leftovers(self):
        try:
            return {
                name for name in os.listdir(self.folder) if name.startswith(".ondol-")
            }
        except FileNotFoundError:
            return set()

    def make_leftovers_old(self):
        then = time.time() - LONG_AGO
        for name in self.leftovers():
            os.utime(self.folder / name, (then, then))
        return self.leftovers()


def run(times, compiled, steps=STEPS, seed=0):
    """Kill so many times; what happened, as counts."""
    with tempfile.TemporaryDirectory() as work:
        killed = Killed(Path(work), compiled, steps, seed)
        while killed.counts["kills"] < times:
            killed.round()
        return killed.counts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        os.environ["ONDOL_CACHE"] = cache
        for compiled in (False, True):
            counts = run(options.times // 2, compiled, seed=options.seed)
            print("compiled:" if compiled else "eager:", dict(counts), flush=True)


if __name__ == "__main__":
    main()
