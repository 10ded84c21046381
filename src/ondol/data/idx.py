"""The idx format of MNIST: one array in a file, plain or gzip."""

from __future__ import annotations

import math
import os
import struct
from typing import Any

import numpy as np

from ..errors import tell, text
from .download import PathLike
from .files import DataFileError, capacity, fill, opened

_DTYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_MAX_AXES = 32


def read_idx(path: PathLike, max_bytes: int = 1 << 31) -> np.ndarray:
    """Read the array of an idx file (LeCun, Cortes and Burges, the MNIST page).

    Two zero bytes, a code for the dtype, the number of axes; the length of each axis
    as a big-endian uint32; the numbers, big-endian, the last axis fastest. Every field
    is checked before memory is taken for what it says, and nothing may follow. Beside
    the array it takes less than 4 MiB.

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
            raise _wrong(path, "word-idx-short", got=got, need=need)
        if file.read(1):  # this also makes gzip compare its checksum
            raise _wrong(path, "word-idx-more", need=need, shape=shape)
    return _native(data.view(dtype[0])).reshape(shape)


def _native(array: np.ndarray) -> np.ndarray:
    """The numbers in the machine's byte order, turned where they are."""
    if not array.dtype.isnative:
        array.byteswap(inplace=True)
    return array.view(array.dtype.newbyteorder("="))


def _dtype(path: PathLike, magic: bytes) -> tuple[np.dtype[Any], int]:
    """The dtype and the number of axes."""
    if magic[:2] != b"\0\0" or magic[2] not in _DTYPES:
        raise _wrong(path, "word-idx-magic", magic=magic.hex(" "))
    if not 1 <= magic[3] <= _MAX_AXES:
        raise _wrong(path, "word-idx-axes", axes=magic[3], most=_MAX_AXES)
    return np.dtype(_DTYPES[magic[2]]), magic[3]


def _shape(path: PathLike, file: Any, axes: int) -> tuple[int, ...]:
    return struct.unpack(f">{axes}I", _exactly(path, file, 4 * axes))


def _check_size(path: PathLike, need: int, header: int, max_bytes: int) -> None:
    """Refuse what a file of this size cannot hold, and what is more than allowed."""
    if header + need > capacity(path):
        size = os.stat(path).st_size
        raise _wrong(path, "word-idx-claims", need=need, size=size)
    if need > max_bytes:
        fields = {"path": os.fspath(path), "need": need, "most": max_bytes}
        raise tell(DataFileError, "idx-too-large", **fields)


def _exactly(path: PathLike, file: Any, size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise _wrong(path, "word-idx-header")
    return data


def _wrong(path: PathLike, code: str, **fields: Any) -> DataFileError:
    what = text(code, **fields)
    return tell(DataFileError, "idx-damaged", path=os.fspath(path), what=what)
