"""The program of a worker process: take tasks, make batches, send them."""

from __future__ import annotations

import contextlib
import gc
import pickle
import queue
import signal
import threading
import traceback
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from typing import Any

from .checks import noted
from .fetching import Fetch
from .shared import pack, starts, unpack, views

# What a worker sends: the first word of each message.
READY, UNLOADABLE, BATCH, ERROR = "ready", "unloadable", "batch", "error"

# A pickle, the name of the block where its arrays lie, and their sizes; or no name, and
# the bytes of the arrays.
Payload = tuple[bytes, str | None, list[Any]]


def work(connection: Connection) -> None:
    """Make batches until nobody is there any more to take them, and not less long.

    Args:
        connection: to the parent. From there comes a payload, the packed `Fetch`, and
            then tasks; batches go there.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent to handle
    parent_is_gone = contextlib.suppress(
        EOFError, BrokenPipeError, ConnectionResetError
    )
    with parent_is_gone, _Memory() as memory:
        fetch, first = _opened(connection.recv(), memory)
        connection.send(first)
        for task, slot in _tasks(connection):
            if fetch is not None:
                _answer(connection, fetch, task, memory[slot] if slot else None)
        del fetch  # its arrays lie in the memory that is given back now


class _Memory(dict[str, SharedMemory]):
    """Blocks of the parent by name, opened when they are needed."""

    def __missing__(self, name: str) -> SharedMemory:
        return self.setdefault(name, SharedMemory(name))

    def __enter__(self) -> _Memory:
        return self

    def __exit__(self, *_: object) -> None:
        gc.collect()
        for memory in self.values():
            with contextlib.suppress(BufferError):  # an array in it is still in use
                memory.close()


def _opened(payload: Payload, memory: _Memory) -> tuple[Fetch | None, tuple[Any, ...]]:
    """What makes batches, if it can be loaded, and the first message to the parent."""
    pickled, name, buffers = payload
    try:
        fetch = unpack(pickled, views(memory[name], buffers) if name else buffers)
    except Exception as error:
        return None, (UNLOADABLE, *_portable(error))
    return fetch, (READY,)


def _tasks(connection: Connection) -> Iterator[tuple[Any, str | None]]:
    """The tasks, as long as the parent is there.

    A thread takes them off the pipe while a batch is made, so that the parent never
    waits for a worker that waits for the parent.
    """
    tasks = queue.SimpleQueue[Any]()
    gone = threading.Event()

    def listen() -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                tasks.put(connection.recv())
        gone.set()
        tasks.put(None)

    threading.Thread(target=listen, daemon=True).start()
    while (task := tasks.get()) is not None and not gone.is_set():
        yield task


def _answer(
    connection: Connection, fetch: Fetch, task: Any, slot: SharedMemory | None
) -> None:
    """Make one batch and send it, through shared memory if it fits in."""
    try:
        batch = fetch(task)
        with noted("word-sending", number=task.number, epoch=task.epoch):
            pickled, buffers = pack(batch)
    except Exception as error:
        connection.send((ERROR, *_portable(error)))
        return
    sizes = [len(buffer) for buffer in buffers]
    fits = slot is not None and starts(sizes)[-1] <= slot.size
    if slot is not None and fits:
        for view, buffer in zip(views(slot, sizes), buffers, strict=True):
            view[:] = buffer
    connection.send((BATCH, pickled, sizes, fits))
    for buffer in [] if fits else buffers:
        connection.send_bytes(buffer.data)


def _portable(error: Exception) -> tuple[bytes | None, str, str]:
    """An error as a pickle, if it can be one, its last line, and its traceback."""
    whole = "".join(traceback.format_exception(error))
    last = "".join(traceback.format_exception_only(error)).strip()
    try:
        pickled = pickle.dumps(error)
        pickle.loads(pickled)
    except Exception:
        return None, last, whole
    return pickled, last, whole
