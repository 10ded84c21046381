"""Datasets and transforms for worker processes, which import them from here."""

import os
import signal
import sys
import threading
import time

import numpy as np

from ondol.data import DataLoader


class Squares:
    """Sample i is ``(i, i * i)`` and something large enough for shared memory."""

    def __init__(self, n=20, size=20_000):
        self.n = n
        self.big = np.arange(size, dtype=np.float64)

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return i, i * i, self.big[: i * 100 + 1].sum() + self.big


class At(Squares):
    """Something happens at sample 5."""

    def __init__(self, what, n=10):
        super().__init__(n, 10)
        self.what = what

    def __getitem__(self, i):
        if i == 5:
            self.what()
        return super().__getitem__(i)


class DiesAhead(Squares):
    """Even samples are made at once, until 6 ends its process; others take long."""

    def __getitem__(self, i):
        if i % 2:
            time.sleep(3)
        if i == 6:
            os._exit(1)
        return super().__getitem__(i)


class OddError(Exception):
    """Cannot be unpickled: its constructor takes something else than its args."""

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


def twist(samples, rng):
    return np.stack([sample[0] for sample in samples]), rng.random()


class Unloadable:
    """Can be pickled, but not where it is sent."""

    def __len__(self):
        return 4

    def __getitem__(self, i):
        return (i,)

    def __reduce__(self):
        return getattr, (self.__class__, "nowhere")


class Whereabouts:
    """Who made a sample: the process, its threads for BLAS, and its thread."""

    def __len__(self):
        return 8

    def __getitem__(self, i):
        time.sleep(0.02)
        one = os.environ.get("OMP_NUM_THREADS") == "1"
        return os.getpid(), one, threading.get_ident(), "ondol" in sys.modules


class Nested(Squares):
    """Each sample is read by workers of its own."""

    def __getitem__(self, i):
        return next(iter(DataLoader(Squares(), 1, workers=1)))


def endless(samples):
    return (sample for sample in samples)


class Interrupted(Squares):
    """At sample 2 somebody presses Ctrl-C, which all processes get."""

    def __getitem__(self, i):
        if i == 2:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getppid(), signal.SIGINT)
        return i, i


class FileOf(Squares):
    """Where its array lies."""

    def __init__(self, array):
        self.array = array

    def __len__(self):
        return 2

    def __getitem__(self, i):
        base = self.array if isinstance(self.array, np.memmap) else self.array.base
        return i, isinstance(base, np.memmap), float(self.array.sum())
