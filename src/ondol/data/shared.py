"""Objects that go from process to process, their arrays through shared memory.

Pickle's protocol 5 sets the memory of arrays apart from the rest. Through shared memory
a batch of 19 MB arrives in a sixth of the time that it takes in a pipe.
"""

from __future__ import annotations

import io
import os
import pickle
import sys
from collections.abc import Sequence
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Any

import numpy as np

_ALIGNED = 64  # bytes: where each array begins

Buffer = np.ndarray  # of bytes, uint8 (n,)


class _Pickler(pickle.Pickler):
    """Sends an array that lies in a file as the name of the file."""

    def reducer_override(self, obj: Any) -> Any:
        base = _file_behind(obj)
        if base is not None:
            start = obj.ctypes.data - base.ctypes.data
            return _window, (base, obj.shape, obj.dtype, start, obj.strides)
        if type(obj) is np.memmap and _is_as_its_file(obj):
            mode = "r+" if obj.mode == "w+" else obj.mode
            where = (str(obj.filename), obj.dtype, mode, obj.offset, obj.shape)
            return np.memmap, (*where, "C" if obj.flags.c_contiguous else "F")
        return NotImplemented


def _file_behind(obj: Any) -> np.memmap | None:
    """The array in a file that an array is a view of."""
    if type(obj) not in (np.ndarray, np.memmap):
        return None
    base = obj.base
    while type(base) is np.ndarray:
        base = base.base
    return base if isinstance(base, np.memmap) and _is_as_its_file(base) else None


def _is_as_its_file(array: np.memmap) -> bool:
    """Whoever opens the file sees the same; mode "c" keeps changes to itself."""
    return array.filename is not None and array.mode != "c"


def _window(base: np.ndarray, *layout: Any) -> np.ndarray:
    """A view of an array: shape, dtype, first byte, strides."""
    shape, dtype, start, strides = layout
    flat = base.reshape(-1, order="A").view(np.uint8)
    return np.ndarray(shape, dtype, flat, start, strides)


def pack(obj: Any) -> tuple[bytes, list[Buffer]]:
    """An object as a pickle without its arrays, and their bytes."""
    file, buffers = io.BytesIO(), list[pickle.PickleBuffer]()
    _Pickler(file, protocol=5, buffer_callback=buffers.append).dump(obj)
    return file.getvalue(), [np.frombuffer(b.raw(), np.uint8) for b in buffers]


def unpack(pickled: bytes, buffers: Sequence[Any]) -> Any:
    """The object that was packed; its arrays live in the buffers."""
    return pickle.loads(pickled, buffers=buffers)


def starts(sizes: Sequence[int]) -> list[int]:
    """Where each of some buffers begins in a block, and where the last one ends."""
    padded = [-(-size // _ALIGNED) * _ALIGNED for size in sizes]
    return [0, *np.cumsum(padded, dtype=int).tolist()]


def views(memory: SharedMemory, sizes: Sequence[int]) -> list[Buffer]:
    """The buffers of these sizes in a block of shared memory."""
    places = zip(starts(sizes), sizes, strict=False)
    return [np.ndarray(size, np.uint8, memory.buf, at) for at, size in places]


def block(size: int) -> SharedMemory | None:
    """Shared memory of at least `size` bytes; None if there is not enough."""
    try:
        memory = SharedMemory(create=True, size=max(size, 1))
    except OSError:
        return None
    try:
        _reserve(memory)
    except OSError:
        release(memory)
        return None
    return memory


def _reserve(memory: SharedMemory) -> None:
    """Have all of a block from the system now, or an OSError.

    Linux promises more than it has, and kills who then writes there: as in containers,
    which often have 64 MB.
    """
    file = Path("/dev/shm", memory.name)
    if sys.platform == "linux" and file.exists():
        with file.open("r+b") as opened:
            os.posix_fallocate(opened.fileno(), 0, memory.size)


def release(memory: SharedMemory) -> None:
    """Give a block back to the system; nobody may be using it."""
    memory.close()
    memory.unlink()
