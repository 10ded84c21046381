"""NumPy's npz files, read without trusting them: zip archives of npy files.

Sizes are compared with each other and with what is allowed before memory is taken for
them; no object is unpickled; names are keys, and never paths.
"""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from zipfile import ZipInfo

import numpy as np

from ..errors import text

LONGEST_TABLE = 1 << 24  # bytes of a table of contents: a hundred thousand arrays
_LONGEST_HEADER = 1 << 16  # NumPy itself refuses one of more than 10,000 characters
_BLOCK = 1 << 20
_EMPTY = 22  # bytes of an archive of nothing
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_KINDS = "biufcSUmM"  # of dtypes: numbers, booleans, text and times
_HEADERS: dict[tuple[int, int], Any] = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


class FlawError(ValueError):
    """What is wrong with a file, in words for the user."""


class TooLargeError(Exception):
    """Arrays that take more memory than is allowed.

    Args:
        need: bytes that they take.
    """

    def __init__(self, need: int) -> None:
        super().__init__(need)
        self.need = need


def read_npz(path: Path, most: int) -> Iterator[tuple[str, np.ndarray]]:
    """The arrays of an npz file and their names, one after the other.

    Beside the arrays it takes the memory of one of them more, and 512 MiB for a table
    of contents of the greatest length.

    Args:
        path: of the file.
        most: bytes that all arrays may take together.

    Raises:
        TooLargeError: they take more.
        Exception: of many kinds; the file is damaged, or holds something else.
    """
    with _Archive(io.FileIO(path)) as file, zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        _check(entries, file.seek(0, io.SEEK_END), _count(file, archive))
        need = sum(entry.file_size for entry in entries)
        if need > most:
            raise TooLargeError(need)
        for entry in entries:
            with archive.open(entry) as npy:
                array = read_npy(npy, entry.file_size)
            yield entry.filename.removesuffix(".npy"), array


class _Archive(io.BufferedReader):
    """A file that is not read into memory at the word of a zip archive."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > LONGEST_TABLE:
            raise FlawError(text("word-table-long", size=size, most=LONGEST_TABLE))
        return super().read(size)


def _count(file: IO[bytes], archive: zipfile.ZipFile) -> int:
    """How many entries the end of an archive says there are; `zipfile` never asks."""
    file.seek(-12 - len(archive.comment), io.SEEK_END)
    return int.from_bytes(file.read(2), "little")


def _check(entries: list[ZipInfo], size: int, count: int) -> None:
    """Refuse an archive that NumPy does not write, and whose numbers lie."""
    if count not in (len(entries), 0xFFFF):  # the largest stands for more
        raise FlawError(text("word-zip-count", found=len(entries), count=count))
    if not entries and size > _EMPTY:
        raise FlawError(text("word-zip-empty"))
    if len({entry.filename for entry in entries}) < len(entries):
        raise FlawError(text("word-zip-twice"))
    for entry in entries:
        _check_entry(entry)
    places = sorted(entries, key=lambda entry: entry.header_offset)
    ends = [*(entry.header_offset for entry in places[1:]), size]
    for entry, end in zip(places, ends, strict=False):  # of none there is one end
        if entry.header_offset + entry.compress_size > end:
            raise FlawError(text("word-zip-overlap", name=repr(entry.filename)[:80]))


def _check_entry(entry: ZipInfo) -> None:
    name = repr(entry.filename)[:80]
    if not entry.filename.endswith(".npy"):
        raise FlawError(text("word-zip-other", name=name))
    if entry.flag_bits & 1 or entry.compress_type not in _PACKINGS:
        raise FlawError(text("word-zip-packing", name=name))


# -- npy files -------------------------------------------------------------------------


def read_npy(file: IO[bytes], size: int) -> np.ndarray:
    """The array of an npy file, in the machine's byte order and in C order.

    Args:
        file: to be read from the beginning to the end, where a zip entry compares its
            checksum.
        size: bytes in it.

    Raises:
        ValueError: they are less, or not those of one array of numbers, booleans, text
            or times.
    """
    shape, fortran, dtype = _header(file)
    if dtype.hasobject:
        raise FlawError(text("word-npy-objects"))
    fits = math.prod(shape) * dtype.itemsize == (left := size - file.tell())
    if dtype.kind not in _KINDS or min(shape, default=0) < 0 or not fits:
        raise FlawError(text("word-npy-size", dtype=dtype, shape=shape, size=left))
    array = np.empty(shape, dtype, order="F" if fortran else "C")
    _fill((array.T if fortran else array).reshape(-1).view(np.uint8), file)
    return own(array)


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    if version not in _HEADERS:
        raise FlawError(text("word-npy-version", version="{}.{}".format(*version)))
    try:
        return _HEADERS[version](_Header(file))
    except MemoryError:  # Python's parser has it for what is nested too deep
        raise FlawError(text("word-npy-header", size=file.tell())) from None


class _Header:
    """An npy file whose header is not read into memory whatever its length."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def read(self, size: int) -> bytes:
        if size > _LONGEST_HEADER:
            raise FlawError(text("word-npy-header", size=size))
        return self.file.read(size)


def _fill(data: np.ndarray, file: Any) -> None:
    """Read bytes until there are as many as wanted, and nothing behind them."""
    done = 0
    while done < len(data):
        n = file.readinto(data[done : done + _BLOCK])
        if not n:
            raise FlawError(text("word-npy-short", done=done, size=len(data)))
        done += n
    file.read(1)


def own(array: np.ndarray) -> np.ndarray:
    """`array` in the machine's byte order and C order; booleans are looked through.

    NumPy counts on a boolean being 0 or 1 where it takes memory for a selection.
    """
    if array.dtype.kind == "b" and array.view(np.uint8).max(initial=0) > 1:
        raise FlawError(text("word-not-true-or-false"))
    return array.astype(array.dtype.newbyteorder("="), order="C", copy=False)
