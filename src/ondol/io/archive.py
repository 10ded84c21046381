"""The file of a checkpoint: a zip of arrays, and a JSON that says what they are.

``docs/checkpoints.md`` describes it. A file is not believed: nothing is allocated
before it is known that the file has as many bytes, and nothing in it is ever run.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import struct
import zipfile
from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Mapping
from functools import partial
from typing import IO, Any, NamedTuple

import numpy as np

from ..errors import ArgumentError, OndolError, tell, text
from .atomic import PathLike, atomic_write, opened
from .npz import FlawError, own
from .values import DTYPES, join, split

FORMAT, VERSION = "ondol checkpoint", 1
MANIFEST = "checkpoint.json"
MOST = 1 << 24  # bytes of the JSON, and of the zip's directory
CHUNK = 1 << 20  # bytes that are read at a time
NPY = b"\x93NUMPY\1\0"  # how a .npy file of version 1.0 begins


class CheckpointError(OndolError, ValueError):
    """A checkpoint that cannot be loaded."""


class DamagedError(CheckpointError):
    """A file that is damaged, cut short, or no checkpoint at all."""


class Array(NamedTuple):
    """What the JSON says of an array.

    Attributes:
        dtype, shape: as NumPy has them.
        sha256: of the entry in the zip.
        axes: the axes in the order of memory, the one with the longest strides first;
            None for C order. Sums go along the memory, and so do their last digits.
    """

    dtype: str
    shape: list[int]
    sha256: str
    axes: list[int] | None = None


# -- writing ---------------------------------------------------------------------------


def write(
    path: PathLike, states: Mapping[str, Callable[[], Any]], notes: dict[str, Any]
) -> None:
    """Write a checkpoint, whole or not at all.

    Args:
        path: the file to write or replace.
        states: name of a part -> what gives its state. Each is asked in its turn and
            written at once: what it has copied for that is gone before the next.
        notes: plain values and arrays.

    Raises:
        ArgumentError: a ValueError; a value that a checkpoint cannot hold.
        OSError: the file cannot be written; an old one is then untouched.
    """
    with atomic_write(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        parts: dict[str, Any] = {}
        arrays = _Written(archive)
        for name, state in states.items():
            parts |= split({name: state()}, "", arrays)
        plain = {"parts": parts, "notes": split(notes, "notes", arrays)}
        manifest = {"format": FORMAT, "version": VERSION, **plain, "arrays": arrays}
        _put_manifest(archive, manifest)


def _put_manifest(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    lines = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False)
    encoded = lines.encode("utf-8", "surrogatepass")
    if len(encoded) > MOST:
        raise tell(ArgumentError, "checkpoint-large", size=len(encoded), most=MOST)
    entry = zipfile.ZipInfo(MANIFEST)  # a fixed date: equal states make equal files
    entry.comment = _hash(encoded)
    archive.writestr(entry, encoded)


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()


class _Written(dict[str, Any]):
    """Name -> what the JSON says of an array, which is written when it is set."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        super().__init__()
        self.archive = archive

    def __setitem__(self, name: str, array: np.ndarray) -> None:
        super().__setitem__(name, _put(self.archive, name, array))


def _put(archive: zipfile.ZipFile, name: str, given: np.ndarray) -> dict[str, Any]:
    """Write an array in C order and little-endian; what the JSON says of it."""
    array = np.asarray(given, given.dtype.newbyteorder("<"), order="C")
    entry = zipfile.ZipInfo(f"{name}.npy")
    with archive.open(entry, "w", force_zip64=True) as file:
        hashed = _Hashed(file)
        np.lib.format.write_array(hashed, array, (1, 0), allow_pickle=False)
    sha256, axes = hashed.sha256.hexdigest(), _axes(given)
    said = Array(array.dtype.name, [*array.shape], sha256, axes)._asdict()
    return {field: value for field, value in said.items() if value is not None}


def _axes(array: np.ndarray) -> list[int] | None:
    if array.flags.c_contiguous:
        return None
    return sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis]))


class _Hashed:
    """A file that is written to and hashed."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.sha256 = file, hashlib.sha256()

    def write(self, chunk: bytes) -> int:
        self.sha256.update(chunk)
        return self.file.write(chunk)


# -- reading ---------------------------------------------------------------------------


def read(
    path: PathLike, wanted: Container[str] | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parts and notes of a checkpoint, every byte of them compared with its hash.

    Takes no more memory than the file has bytes, an array of it once more if it did
    not lie in C order, and 512 MiB, whatever the file says.

    Args:
        path: of the file.
        wanted: the parts that are; the others are None. None wants them all.

    Raises:
        DamagedError: a ValueError; the file is not what was written.
        CheckpointError: a ValueError; a newer ondol has written it.
        OSError: there is no such file, or it may not be read.
    """
    with _opened(path) as (archive, manifest):
        parts, notes = manifest["parts"], manifest["notes"]
        if wanted is not None:
            parts = {name: parts[name] if name in wanted else None for name in parts}
        used = _no_arrays()
        _joined(parts, used), _joined(notes, used)
        arrays = {
            name: array for name, array in _arrays(archive, manifest) if name in used
        }
        return _joined(parts, arrays), _joined(notes, arrays)


def read_notes(path: PathLike) -> dict[str, Any]:
    """The notes alone, arrays in them empty, without a look at the rest of the file."""
    with _opened(path) as (_, manifest):
        return _joined(manifest["notes"], _no_arrays())


def _no_arrays() -> defaultdict[str, np.ndarray]:
    """Has an empty array under each name, and the names that were asked for."""
    empty = np.empty(0)
    return defaultdict(lambda: empty)


def _joined(plain: Any, arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    joined = join(plain, arrays)
    _expect(isinstance(joined, dict), "word-no-parts")
    return joined


def verify(path: PathLike) -> None:
    """Read a checkpoint array by array and raise what `read` would raise."""
    with _opened(path) as (archive, manifest):
        for _ in _arrays(archive, manifest):
            pass


@contextlib.contextmanager
def _opened(path: PathLike) -> Iterator[tuple[zipfile.ZipFile, dict[str, Any]]]:
    """The zip and its JSON; whatever goes wrong in the block is damage of the file."""
    with opened(path) as file:  # missing or forbidden is not damaged
        try:
            size = os.fstat(file.fileno()).st_size
            _check_directory(file, size)
            with zipfile.ZipFile(file) as archive:
                _check_sizes(archive, size)
                yield archive, _manifest(archive, path)
        except (CheckpointError, MemoryError):
            raise
        except Exception as error:
            told = str(error) if isinstance(error, FlawError) else repr(error)
            where = {"path": os.fspath(path), "reason": told[:200]}
            raise tell(DamagedError, "checkpoint-damaged", **where) from None


def _expect(holds: bool, code: str, **fields: Any) -> None:
    if not holds:
        raise FlawError(text(code, **fields))


def _check_directory(file: IO[bytes], size: int) -> None:
    """The directory at the end of the zip is there and small: it is parsed as a whole.

    The last 22 bytes are its end record; of a large file, the 76 before it as well.
    """
    file.seek(max(size - 98, 0))
    tail = file.read(98)
    _expect(tail[-22:-18] == b"PK\5\6" and tail[-2:] == b"\0\0", "word-cut-short")
    (length,) = struct.unpack("<L", tail[-10:-6])
    if tail[-42:-38] == b"PK\6\7":
        (length,) = struct.unpack("<Q", tail[40:48])
        where = struct.unpack("<Q", tail[-34:-26])
        _expect(where == (size - 98,) and tail[:4] == b"PK\6\6", "word-cut-short")
    _expect(length <= min(size, MOST), "word-too-large", name="directory")
    file.seek(0)


def _check_sizes(archive: zipfile.ZipFile, size: int) -> None:
    """What lies in the zip is as it is, and no larger than the file."""
    entries = archive.infolist()
    for entry in entries:
        stored = entry.compress_type == zipfile.ZIP_STORED and not entry.flag_bits & 1
        same = entry.compress_size == entry.file_size
        _expect(stored and same, "word-not-stored", name=entry.filename)
    total = sum(entry.file_size for entry in entries)
    _expect(total <= size, "word-too-large", name="zip")
    names = {entry.filename for entry in entries}
    _expect(len(names) == len(entries), "word-twice")


def _manifest(archive: zipfile.ZipFile, path: PathLike) -> dict[str, Any]:
    """The JSON, if it is one of ours that we can read."""
    _expect(MANIFEST in archive.namelist(), "word-no-checkpoint")
    entry = archive.getinfo(MANIFEST)
    _expect(entry.file_size <= MOST, "word-too-large", name=MANIFEST)
    encoded = archive.read(entry)
    # The first files have no hash of it.
    _expect(entry.comment in (b"", _hash(encoded)), "word-other-hash", name=MANIFEST)
    manifest = json.loads(encoded)
    known = isinstance(manifest, dict) and manifest.get("format") == FORMAT
    _expect(known and type(manifest["version"]) is int, "word-no-checkpoint")
    if manifest["version"] > VERSION:
        version = manifest["version"]
        where = os.fspath(path)
        raise tell(CheckpointError, "checkpoint-newer", path=where, version=version)
    _expect(manifest.keys() >= {"parts", "notes", "arrays"}, "word-no-parts")
    return manifest


def _arrays(
    archive: zipfile.ZipFile, manifest: dict[str, Any]
) -> Iterator[tuple[str, np.ndarray]]:
    """The arrays one by one, each with its hash compared."""
    said = manifest["arrays"]
    names = {*archive.namelist()} - {MANIFEST}
    _expect(names == {f"{name}.npy" for name in said}, "word-other-arrays")
    for name, described in said.items():
        fields = described.keys() & {*Array._fields}
        array = Array(**{field: described[field] for field in fields})
        yield name, _read_array(archive, archive.getinfo(f"{name}.npy"), array)


def _read_array(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, said: Array
) -> np.ndarray:
    """The array of an entry, whose bytes have the hash that was written down."""
    start = _start(entry.file_size, said)
    with archive.open(entry) as file:
        header = file.read(start)
        # What else is in the header is for other readers: the JSON says the same.
        ends = 10 + int.from_bytes(header[8:10], "little")
        fits = header.startswith(NPY) and start == ends
        _expect(fits, "word-no-array", name=entry.filename)
        array = np.empty(said.shape, np.dtype(said.dtype).newbyteorder("<"))
        sha256 = hashlib.sha256(header)
        _fill(array, file, sha256)
    same = sha256.hexdigest() == said.sha256
    _expect(same, "word-other-hash", name=entry.filename)
    return _laid_out(own(array), said.axes)


def _laid_out(array: np.ndarray, axes: list[int] | None) -> np.ndarray:
    """The array, in memory as the one that was written."""
    if axes is None or axes == [*range(array.ndim)]:
        return array
    return array.transpose(axes).copy().transpose(np.argsort(axes))


def _start(size: int, said: Array) -> int:
    """Where the numbers begin in an entry of that size; 0 if it cannot be the array."""
    counts = all(type(n) is int and 0 <= n < 1 << 63 for n in said.shape)
    if not counts or len(said.shape) > 64 or said.dtype not in DTYPES:
        return 0
    start = size - math.prod(said.shape) * np.dtype(said.dtype).itemsize
    return start if 0 < start < 1 << 17 else 0


def _fill(array: np.ndarray, file: IO[bytes], sha256: Any) -> None:
    """Read the numbers of an array piece by piece, and hash them."""
    rest = array.reshape(-1).view(np.uint8).data
    for chunk in iter(partial(file.read, CHUNK), b""):
        sha256.update(chunk)
        rest[: len(chunk)] = chunk
        rest = rest[len(chunk) :]
