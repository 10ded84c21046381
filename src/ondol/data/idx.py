"""The idx format of MNIST: one array in a file, plain or gzip."""

from __future__ import annotations

import math
import os
import struct
from typing import Any

import numpy as np

from .download import PathLike
from .files import DataFileError, capacity, fill, opened

_DTYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_MAX_AXES = 32


def read_idx(path: PathLike, max_bytes: int = 1 << 31) -> np.ndarray:
    """Read the array of an idx file (LeCun, Cortes and Burges, the MNIST page).

    Two zero bytes, a code for the dtype, the number of axes; the length of each axis
    as a big-endian uint32; the numbers, big-endian, the last axis fastest. Every field
    is checked before memory is taken for what it says, and nothing may follow.

    Args:
        path: of the file; whether it is packed is told by its first bytes.
        max_bytes: refuse an array that takes more.

    Returns:
        The array, in the machine's byte order; the caller's own.

    Raises:
        DataFileError: a ValueError; the file is damaged, cut short, too large, or not
            in this format.
        OSError: the file cannot be opened.
    """
    with opened(path) as file:
        dtype = _dtype(path, _exactly(path, file, 4))
        shape = _shape(path, file, dtype[1])
        need = math.prod(shape) * dtype[0].itemsize
        _check_size(path, need, 4 + 4 * len(shape), max_bytes)
        data = np.empty(need, np.uint8)
        got = fill(data.data, file)
        if got < need:
            raise _wrong(path, f"it is cut short: {got:,} of {need:,} bytes of data")
        if file.read(1):  # this also makes gzip compare its checksum
            raise _wrong(
                path, f"more follows after the {need:,} bytes of shape {shape}"
            )
    array = data.view(dtype[0]).reshape(shape)
    return array.astype(dtype[0].newbyteorder("="), copy=False)


def _dtype(path: PathLike, magic: bytes) -> tuple[np.dtype[Any], int]:
    """The dtype and the number of axes."""
    if magic[:2] != b"\0\0" or magic[2] not in _DTYPES:
        raise _wrong(path, f"it begins with the bytes {magic.hex(' ')}")
    if not 1 <= magic[3] <= _MAX_AXES:
        raise _wrong(path, f"an array of {magic[3]} axes; expected 1 to {_MAX_AXES}")
    return np.dtype(_DTYPES[magic[2]]), magic[3]


def _shape(path: PathLike, file: Any, axes: int) -> tuple[int, ...]:
    return struct.unpack(f">{axes}I", _exactly(path, file, 4 * axes))


def _check_size(path: PathLike, need: int, header: int, max_bytes: int) -> None:
    """Refuse what a file of this size cannot hold, and what is more than allowed."""
    if header + need > capacity(path):
        size = os.stat(path).st_size
        raise _wrong(path, f"it claims {need:,} bytes of data, but has {size:,} itself")
    if need > max_bytes:
        raise _wrong(path, f"{need:,} bytes of data; {max_bytes:,} are allowed")


def _exactly(path: PathLike, file: Any, size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise _wrong(path, "it ends within its header")
    return data


def _wrong(path: PathLike, what: str) -> DataFileError:
    return DataFileError(f"{path} is not a whole idx file: {what}")
