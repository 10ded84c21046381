"""Batches made ahead of time, by threads or by processes."""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from multiprocessing.shared_memory import SharedMemory
from typing import Any, NoReturn, Protocol

import numpy as np

from ..errors import DtypeError, OndolError, tell, text
from .checks import listed
from .fetching import Fetch, Task
from .shared import block, pack, release, starts, unpack, views
from .worker import BATCH, READY, UNLOADABLE, Payload, work

_PATIENCE = 0.5  # seconds for a worker to end by itself
_SMALLEST_BLOCK = 1 << 16  # bytes; less goes through the pipe as fast
_UNPICKLABLE = (pickle.PicklingError, TypeError, AttributeError)
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class WorkerError(OndolError, RuntimeError):
    """A process that loads data ended, or could not begin."""


class Pool(Protocol):
    """Makes batches; `submit` gives back a function that waits for one."""

    def submit(self, task: Task) -> Callable[[], Any]:
        """Have a batch made. The answers are asked for in the same order."""

    def close(self) -> Any:
        """End at once, whatever is under way."""


def ahead(
    pool: AbstractContextManager[Pool], tasks: Iterable[Task], depth: int
) -> Iterator[Any]:
    """The batches of all tasks, in order, with up to `depth` of them made ahead."""
    waiting = deque[Callable[[], Any]]()
    with pool as workers:
        for task in tasks:
            waiting.append(workers.submit(task))
            if len(waiting) > depth:
                yield waiting.popleft()()
        while waiting:
            yield waiting.popleft()()


class Pools:
    """Makes pools, one for each epoch, and may keep one from epoch to epoch.

    Args:
        kind: the class of the pools.
        keep: an epoch that came to its end leaves its pool to the next one.
    """

    def __init__(self, kind: Callable[[Fetch, int], Pool], keep: bool) -> None:
        self.kind = kind
        self.keep = keep
        self._kept: list[tuple[Fetch, int, Pool]] = []

    def __reduce__(self) -> tuple[Any, ...]:
        return Pools, (self.kind, self.keep)  # a copy starts workers of its own

    @contextlib.contextmanager
    def lend(self, fetch: Fetch, workers: int) -> Iterator[Pool]:
        """A pool for an epoch; it begins when the block does."""
        pool = self._taken(fetch, workers) or self.kind(fetch, workers)
        with contextlib.ExitStack() as at_end:
            at_end.callback(pool.close)
            yield pool
            if self.keep:  # not after an error or a `break`: batches are under way
                at_end.pop_all()
                self._kept.append((fetch, workers, pool))

    def _taken(self, fetch: Fetch, workers: int) -> Pool | None:
        """The pool that was kept, if it makes these batches; any other one ends."""
        fitting = None
        while self._kept:
            kept, n, pool = self._kept.pop()
            if fitting is None and n == workers and kept.same(fetch):
                fitting = pool
            else:
                pool.close()
        return fitting


class Threads:
    """A pool of threads.

    Args:
        fetch: makes a batch.
        workers: how many threads.
    """

    def __init__(self, fetch: Fetch, workers: int) -> None:
        self._fetch = fetch
        self._pool = ThreadPoolExecutor(workers, "ondol-data")

    def submit(self, task: Task) -> Callable[[], Any]:
        """Have a batch made."""
        return self._pool.submit(self._fetch, task).result

    def close(self) -> None:
        """Drop what has not begun, and wait for the rest: a thread cannot be ended."""
        self._pool.shutdown(cancel_futures=True)


# -- processes -------------------------------------------------------------------------


class Processes:
    """A pool of processes, started anew: `spawn`, on every system.

    A copy by `fork` would have the locks of threads that it does not have, such as
    those of BLAS, and could wait for them for ever.

    Args:
        fetch: makes a batch; it is sent to each process.
        workers: how many processes.
    """

    def __init__(self, fetch: Fetch, workers: int) -> None:
        if multiprocessing.current_process().daemon:
            raise tell(WorkerError, "worker-nested")
        payload, memory = _payload(fetch)
        self._blocks = {memory.name: memory} if memory else {}
        self._workers: list[_Worker] = []
        # Also when the pool is forgotten, or the program ends.
        self.close = weakref.finalize(
            self, _end, os.getpid(), self._workers, self._blocks
        )
        self._free: list[SharedMemory] = []
        try:
            with one_thread_each(), importable_main():
                self._workers.extend(_Worker() for _ in range(workers))
            for worker in self._workers:
                worker.send(payload)
        except BaseException:
            self.close()
            raise
        self._turns = deque(self._workers)

    def submit(self, task: Task) -> Callable[[], Any]:
        """Have a batch made by the process whose turn it is."""
        worker, slot = self._turns[0], self._free.pop() if self._free else None
        self._turns.rotate(-1)
        worker.tasks.append(task)
        worker.send((task, slot.name if slot else None))
        return functools.partial(self._result, worker, slot)

    def _result(self, worker: _Worker, slot: SharedMemory | None) -> Any:
        """The next batch of a process, with its arrays in memory of their own."""
        _, pickled, sizes, fits = worker.receive(self._workers)
        if slot is not None and fits:
            buffers = [view.copy() for view in views(slot, sizes)]
        else:
            buffers = [worker.receive_bytes(size) for size in sizes]
            slot = self._larger(slot, starts(sizes)[-1])
        if slot is not None:
            self._free.append(slot)
        return unpack(pickled, buffers)

    def _larger(self, slot: SharedMemory | None, size: int) -> SharedMemory | None:
        """A block in place of one that a batch did not fit into; no process uses it."""
        if slot is not None:
            release(self._blocks.pop(slot.name))
        larger = block(size + size // 4) if size >= _SMALLEST_BLOCK else None
        if larger is not None:
            self._blocks[larger.name] = larger
        return larger


class _Worker:
    """The parent's end of one process."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(
            target=work, args=(theirs,), daemon=True, name="ondol-data"
        )
        self.tasks = deque[Task]()  # not answered yet
        self.ready = False
        self.process.start()
        theirs.close()  # so that the pipe ends when the process does

    def send(self, message: Any) -> None:
        """The payload first, then tasks."""
        try:
            self.connection.send(message)
        except OSError:
            self.fail()

    def receive(self, all_workers: list[_Worker]) -> tuple[Any, ...]:
        """The answer to the oldest task; also looks whether any process has died."""
        ends = {worker.process.sentinel: worker for worker in all_workers}
        ready = wait([self.connection, *ends])
        if self.connection not in ready:
            next(ends[end] for end in ready if end in ends).fail()
        try:
            message = self.connection.recv()
        except (EOFError, OSError):
            self.fail()
        if message == (READY,):
            self.ready = True
            return self.receive(all_workers)
        if message[0] != BATCH:
            _reraise(*message)
        self.tasks.popleft()
        return message

    def receive_bytes(self, size: int) -> np.ndarray:
        """The next `size` bytes."""
        buffer = np.empty(size, np.uint8)
        try:
            self.connection.recv_bytes_into(buffer.data)
        except (EOFError, OSError):
            self.fail()
        return buffer

    def fail(self) -> NoReturn:
        """Report how the process ended, and on what it was working."""
        self.process.join(_PATIENCE)
        with contextlib.suppress(EOFError, OSError):
            while self.connection.poll():
                self._skip(self.connection.recv())
        code = self.process.exitcode
        if not self.ready:
            raise tell(WorkerError, "worker-start", how=_ending(code))
        samples = listed(self.tasks[0].indices if self.tasks else ())
        raise tell(WorkerError, "worker-died", how=_ending(code), samples=samples)

    def _skip(self, message: tuple[Any, ...]) -> None:
        """Look past a message of a process that has died since."""
        self.ready = True
        if message[0] == BATCH:
            self.tasks.popleft()
            _, _, sizes, fits = message
            for _ in [] if fits else sizes:
                self.connection.recv_bytes()


def _payload(fetch: Fetch) -> tuple[Payload, SharedMemory | None]:
    """What to send to each process: large arrays go once, into shared memory."""
    pickled, buffers = _packed(fetch)
    sizes = [len(buffer) for buffer in buffers]
    size = starts(sizes)[-1]
    memory = block(size) if size >= _SMALLEST_BLOCK else None
    if memory is None:
        return (pickled, None, buffers), None
    for view, buffer in zip(views(memory, sizes), buffers, strict=True):
        view[:] = buffer
    return (pickled, memory.name, sizes), memory


def _packed(fetch: Fetch) -> tuple[bytes, list[np.ndarray]]:
    try:
        return pack(fetch)
    except _UNPICKLABLE as error:
        names = [name for name in ("transform", "collate") if _is_bad(fetch, name)]
        part = names[0] if names else "dataset"
        raise tell(DtypeError, "worker-pickle", part=part, reason=error) from error


def _is_bad(fetch: Fetch, name: str) -> bool:
    try:
        pack(getattr(fetch, name))
    except _UNPICKLABLE:
        return True
    return False


def _reraise(kind: str, pickled: bytes | None, last: str, whole: str) -> NoReturn:
    """Raise the error of a worker here, with its traceback from there."""
    if kind == UNLOADABLE:
        error: Exception = tell(WorkerError, "worker-unpickle", reason=last)
    elif pickled is None:
        error = tell(WorkerError, "worker-error", error=last)
    else:
        error = pickle.loads(pickled)
    error.add_note(text("word-in-worker", traceback=whole.strip()))
    raise error


def _ending(code: int | None) -> str:
    if code is None:
        return text("word-exit-unknown")
    if code >= 0:
        return text("word-exit-code", code=code)
    with contextlib.suppress(ValueError):
        return text("word-exit-signal", signal=signal.Signals(-code).name)
    return text("word-exit-signal", signal=-code)


def _end(owner: int, workers: list[_Worker], blocks: dict[str, SharedMemory]) -> None:
    """End all processes, first politely, and give their memory back.

    A copy of the program that `os.fork` made leaves them to their owner.
    """
    if os.getpid() != owner:
        return
    for worker in workers:
        worker.connection.close()
    processes = [worker.process for worker in workers]
    for ask in (BaseProcess.is_alive, BaseProcess.terminate, BaseProcess.kill):
        processes = [process for process in processes if process.is_alive()]
        for process in processes:
            ask(process)
        deadline = time.monotonic() + _PATIENCE
        for process in processes:
            process.join(max(0, deadline - time.monotonic()))
    for memory in blocks.values():
        release(memory)


_environment = threading.Lock()


@contextlib.contextmanager
def one_thread_each() -> Iterator[None]:
    """Processes that start in this block have one thread for BLAS, and for OpenMP.

    Several workers that all use all cores would be in each other's way. It is set by
    the environment, since that reaches every library before it starts any thread.
    """
    with _environment:
        before = {name: os.environ.get(name) for name in _THREADS}
        os.environ.update(dict.fromkeys(_THREADS, "1"))
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


@contextlib.contextmanager
def importable_main() -> Iterator[None]:
    """Hide the file of the program if there is none, as in ``python - < program.py``.

    A new process would look for a file of the name ``<stdin>``.
    """
    main = vars(sys.modules["__main__"])
    file = main.get("__file__")
    if file is None or os.path.exists(file):
        yield
        return
    del main["__file__"]
    try:
        yield
    finally:
        main["__file__"] = file
