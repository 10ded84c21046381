"""Files of data sets: where they are, and how to read them without trusting them."""

from __future__ import annotations

import contextlib
import gzip
import os
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from ..errors import DtypeError, MissingFileError, OndolError, tell
from .download import Checksum, PathLike, fetch

LONGEST_READ = 1 << 20  # bytes that a file is asked for at once
_DEFLATE_RATIO = 1032  # no deflate stream unpacks to more times its size than this


class DataFileError(OndolError, ValueError):
    """A file of data that is damaged, cut short, or not what it should be."""


class Source(NamedTuple):
    """A file of a data set: its name in the cache folder, mirrors, checksum."""

    name: str
    urls: tuple[str, ...]
    checksum: str | None = None


def locate(source: Source, root: PathLike | None) -> Path:
    """The path of a file: in the folder `root` if one is given, else downloaded.

    A file in `root` may be unpacked, without its ending ``.gz``. It is the user's own,
    so its checksum is not looked at.

    Raises:
        MissingFileError: a FileNotFoundError; it is not in `root`.
        DownloadError: an OSError; it could not be downloaded.
    """
    if root is None:
        return fetch(source.urls, source.name, checksum=source.checksum)
    name = PurePosixPath(source.name).name
    for path in (Path(root) / name, Path(root) / name.removesuffix(".gz")):
        if path.is_file():
            return path
    fields = {"name": name, "root": os.fspath(root), "urls": ", ".join(source.urls)}
    raise tell(MissingFileError, "data-file-missing", **fields)


def is_published(source: Source, folder: Path) -> bool:
    """Is the file in a folder, with its checksum? Without a known one it is not."""
    if source.checksum is None:
        return False
    checksum = Checksum.parse(source.checksum)
    try:
        got = checksum.of(folder / PurePosixPath(source.name).name)
    except OSError:
        return False
    return got == checksum.digest


@contextlib.contextmanager
def opened(path: PathLike) -> Iterator[Any]:
    """A file to read bytes from, unpacked on the way if it is a gzip file.

    Raises:
        DataFileError: a ValueError; the packed data is damaged or cut short.
    """
    with open(path, "rb") as raw:
        packed = is_gzip(path)
        file = gzip.GzipFile(fileobj=raw) if packed else contextlib.nullcontext(raw)
        try:
            with file as unpacked:
                yield unpacked
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            fields = {"path": os.fspath(path), "reason": error}
            raise tell(DataFileError, "data-damaged", **fields) from None


def is_gzip(path: PathLike) -> bool:
    """Does a file begin as gzip files do, whatever its name says?"""
    with open(path, "rb") as file:
        return file.read(2) == b"\x1f\x8b"


def capacity(path: PathLike) -> int:
    """How many bytes a file could hold at the most, unpacked."""
    size = os.stat(path).st_size
    return size * _DEFLATE_RATIO if is_gzip(path) else size


def fill(buffer: memoryview, file: Any) -> int:
    """Read into a buffer of bytes until it is full or the file ends; the bytes read."""
    done = 0
    while n := file.readinto(buffer[done : done + LONGEST_READ]):
        done += n
    return done


def read_text(path: PathLike, max_bytes: int) -> str:
    """A file of UTF-8 text, each line ending in one newline character.

    Takes at most six times `max_bytes` of memory: a letter in a text with rare ones
    takes four bytes.

    Raises:
        DataFileError: a ValueError; it is larger than `max_bytes`, or not UTF-8.
    """
    with opened(path) as file:
        data = file.read(min(max_bytes, capacity(path)) + 1)
    if len(data) > max_bytes:
        fields = {"path": os.fspath(path), "most": max_bytes}
        raise tell(DataFileError, "data-text-large", **fields)
    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        fields = {"path": os.fspath(path), "reason": error.reason}
        raise tell(DataFileError, "data-not-text", **fields) from None


def loaded(picture: Any) -> Any:
    """A PIL image with its numbers, which PIL reads from the file only when asked.

    How large it may be is PIL's setting ``PIL.Image.MAX_IMAGE_PIXELS``.

    Raises:
        DataFileError: a ValueError; the file is damaged, cut short or far too large.
    """
    try:
        picture.load()
    except MemoryError:
        raise
    except Exception as error:  # each format of pictures has errors of its own
        reason = f"{type(error).__name__}: {error}"
        raise tell(DataFileError, "data-picture", reason=reason) from None
    return picture


def check_train(name: str, train: Any) -> None:
    """Refuse a `train` that is not a bool: ``"test"`` would be taken for True."""
    if not isinstance(train, bool):
        raise tell(DtypeError, "data-train", name=name, got=train)
