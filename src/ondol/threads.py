"""How many threads BLAS and generated code use.

Without a word from the user that is as many as the process may use CPUs: those that it
is bound to, or as many as a container's limit lets run at a time, if that is less.
"""

from __future__ import annotations

import ctypes
import functools
import math
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .errors import ArgumentError, tell, warn

# What comes before and after a name in the builds of OpenBLAS with 64-bit sizes.
BUILDS = (("scipy_", "64_"), ("", "64_"), ("", "64"))
VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

# What generated code reads at each call: how many threads it may use; 0 if that is
# OpenMP's to say, which knows of `cpus` and of ``OMP_NUM_THREADS``.
ALLOWED = ctypes.c_int(0)


def set_num_threads(n: int) -> None:
    """Let BLAS and generated code use `n` threads from now on, in the whole process.

    Inside a block of `limit` it takes effect when the block ends.

    Args:
        n: at least 1; it may be more than there are CPUs.

    Raises:
        ArgumentError: a ValueError; `n` is no whole number of at least 1.
    """
    n = _checked(n)
    with _limits.lock:
        _limits.asked = n
        _limits.apply()


def get_num_threads() -> int:
    """How many threads BLAS and generated code may use."""
    return _limits.now() or _by_environment() or available()


@contextmanager
def limit(n: int) -> Iterator[None]:
    """Let BLAS and generated code use `n` threads inside the block.

    Blocks may be nested. BLAS has one number for the whole process: of blocks that are
    open in several threads at a time the one that was opened last holds, for all.

    Raises:
        ArgumentError: a ValueError; `n` is no whole number of at least 1.
    """
    block = [_checked(n)]  # a list, to tell two blocks of the same `n` apart
    with _limits.lock:
        _limits.blocks.append(block)
        _limits.apply()
    try:
        yield
    finally:
        with _limits.lock:
            _limits.blocks = [other for other in _limits.blocks if other is not block]
            _limits.apply()


def _checked(n: Any) -> int:
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise tell(ArgumentError, "threads-number", got=n)
    return int(n)


class _Limits:
    """Who has asked for how many threads.

    Attributes:
        asked: by `set_num_threads`; None before the first time.
        blocks: the number of each open block of `limit`, in the order of opening.
        lock: held while any of this changes.
    """

    def __init__(self) -> None:
        self.asked: int | None = None
        self.blocks: list[list[int]] = []
        self.lock = threading.RLock()
        self._usual: list[tuple[Pool, int]] = []  # what BLAS had when nobody had asked

    def now(self) -> int | None:
        """What holds; None if nobody has asked."""
        blocks = self.blocks
        return blocks[-1][0] if blocks else self.asked

    def apply(self) -> None:
        """Tell BLAS, and generated code."""
        n = self.now()
        ALLOWED.value = n or _by_container()
        if not self._usual:
            self._usual = [(pool, pool.get()) for pool in pools()]
        for pool, usual in self._usual:
            pool.set(n or usual)
        if n is None:  # libraries that are loaded from now on are found next time
            self._usual = []


_limits = _Limits()


# -- BLAS -----------------------------------------------------------------------------


class Pool(NamedTuple):
    """The threads of a BLAS."""

    name: str
    get: Callable[[], int]
    set: Callable[[int], Any]


def pools() -> list[Pool]:
    """Every BLAS in this process, found by threadpoolctl; without it, NumPy's OpenBLAS.

    Says so, once, if there is none that can be told anything.
    """
    found = _found()
    if not found:
        _say_unknown()
    return found


def _found() -> list[Pool]:
    try:
        from threadpoolctl import ThreadpoolController  # type: ignore
    except ImportError:
        return _numpys_own()
    libraries = ThreadpoolController().select(user_api="blas").lib_controllers
    return [
        Pool(each.internal_api, each.get_num_threads, each.set_num_threads)
        for each in libraries
    ]


def _numpys_own() -> list[Pool]:
    find = openblas()
    if find is None:
        return []
    names = ("openblas_get_num_threads", "openblas_set_num_threads")
    return [Pool("openblas", *map(find, names))]


@functools.cache
def openblas() -> Callable[[str], Any] | None:
    """What finds a function by name in the OpenBLAS that NumPy has brought along.

    None where NumPy has another BLAS.
    """
    folder = Path(np.__file__).resolve().parent.parent / "numpy.libs"
    for path in sorted(folder.glob("*openblas*")):
        library = ctypes.CDLL(str(path))
        for before, after in BUILDS:
            if hasattr(library, f"{before}openblas_set_num_threads{after}"):
                return functools.partial(_named, library, before, after)
    return None


def _named(library: ctypes.CDLL, before: str, after: str, name: str) -> Any:
    return getattr(library, before + name + after)


@functools.cache
def _say_unknown() -> None:
    warn("threads-blas")


# -- the machine ----------------------------------------------------------------------


def available() -> int:
    """How many CPUs this process may use: those it is bound to, a container's limit."""
    return max(1, math.ceil(min(cpus(), quota())))


def cpus() -> int:
    """How many CPUs this process is bound to: by default all that there are."""
    if hasattr(os, "process_cpu_count"):  # Python 3.13: obeys -X cpu_count, too
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _by_environment() -> int:
    """What ``OMP_NUM_THREADS`` says: of ``4,2`` the first; 0 if it says nothing."""
    first = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    return int(first) if first.isdecimal() else 0


def _by_container() -> int:
    """A container's limit; 0 if there is none that OpenMP would not find by itself."""
    return n if (n := available()) < cpus() and not _by_environment() else 0


def quota(root: Path = Path("/")) -> float:
    """How many CPUs' worth of time a container lets its processes have, at most.

    Linux counts it in control groups, which are nested: the least of all holds. Version
    2 of them keeps ``200000 100000`` in ``cpu.max``: 200 of each 100 milliseconds, two
    CPUs. Version 1 keeps the two numbers in two files.

    Args:
        root: of the file system.

    Returns:
        Infinity without a limit, and on other systems.
    """
    try:
        lines = os.fsdecode((root / "proc/self/cgroup").read_bytes()).splitlines()
    except OSError:
        return math.inf
    folders = (f for line in lines for f in _groups(line, root / "sys/fs/cgroup"))
    return min(map(_quota_of, folders), default=math.inf)


def _groups(line: str, root: Path) -> Iterator[Path]:
    """The folder of the group that a line names, ``id:controllers:path``, and above."""
    controllers, _, path = line.partition(":")[2].partition(":")
    if not controllers or "cpu" in controllers.split(","):
        mount = root / controllers
        folder = mount / path.strip("/")
        yield folder
        while folder != mount:
            folder = folder.parent
            yield folder


def _quota_of(folder: Path) -> float:
    """The limit of one group alone."""
    with suppress(OSError, ValueError, ZeroDivisionError):
        time, period = (folder / "cpu.max").read_text().split()
        return math.inf if time == "max" else int(time) / int(period)
    with suppress(OSError, ValueError, ZeroDivisionError):
        quota, each = (
            int((folder / f"cpu.cfs_{name}_us").read_text())
            for name in ("quota", "period")
        )
        return quota / each if quota > 0 else math.inf
    return math.inf


def keep_to_container() -> None:
    """Lower the threads of BLAS to a container's limit, which it does not know of.

    What the user has said, in an environment variable or by `set_num_threads`, holds.
    """
    if _limits.now() is not None:
        return
    ALLOWED.value = n = _by_container()
    if n and not any(map(os.environ.get, VARIABLES)):
        for pool in _found():
            pool.set(min(pool.get(), n))


keep_to_container()
