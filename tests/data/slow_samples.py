"""Datasets and transforms for worker processes, which import them from here."""

import os
import signal
import time

import numpy as np


class Squares:
    """Sample i is ``(i, i * i)`` and something large enough for shared memory."""

    def __init__(self, n=10, size=20_000):
        self.n = n
        self.big = np.arange(size, dtype=np.float64)

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return i, i * i, self.big + i


class At(Squares):
    """Something happens at sample 5."""

    def __init__(self, what, n=10):
        super().__init__(n, 10)
        self.what = what

    def __getitem__(self, i):
        if i == 5:
            self.what()
        return super().__getitem__(i)


class OddError(Exception):
    """Cannot be pickled: its constructor takes something else than its args."""

    def __init__(self, a, b):
        super().__init__(f"{a}{b}")


def key_error():
    raise KeyError("lost")


def odd():
    raise OddError("un", "usual")


def leave():
    os._exit(3)


def killed():
    os.kill(os.getpid(), signal.SIGKILL)


def sleep():
    time.sleep(60)


def noise(sample, rng):
    return (*sample, rng.normal(size=3))


class Process:
    """Which process made a sample, and how many threads BLAS was told to use there."""

    def __len__(self):
        return 8

    def __getitem__(self, i):
        return os.getpid(), int(os.environ.get("OMP_NUM_THREADS", 0)), i
