"""Writing a file so that it is there whole or not at all; and opening one."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ..errors import (
    FileError,
    ForbiddenFileError,
    MissingFileError,
    OndolError,
    tell,
    unreadable,
    unwritable,
)

PathLike = str | os.PathLike[str]


@contextlib.contextmanager
def atomic_write(path: PathLike) -> Iterator[Path]:
    """Give a temporary path to write to, which becomes `path` if all goes well.

    The temporary file lies in the same folder. When the block ends it is flushed to the
    disk and renamed, so that whoever looks finds the old file or the new one, also
    after a power cut. If the block raises anything, it is removed and the old file is
    as it was. A file that is replaced passes on its permissions; a symbolic link stays,
    and the file that it points to is replaced.

    Args:
        path: the file to write or replace, in a folder that exists.

    Yields:
        The path of an empty file: open it, write, close it.

    Raises:
        MissingFileError: a FileNotFoundError; there is no such folder.
        ForbiddenFileError: a PermissionError; the old file is marked read-only, or the
            folder is.
        FileError: an OSError; there is something at `path` that is not a file; or the
            disk is full, and whatever else keeps a file from being written.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".ondol-{secrets.token_hex(8)}.tmp")
    try:
        mode = _mode(target)
        # With the permissions of the old file from the start: nobody who may not read
        # that one should read the new one meanwhile.
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL, mode))
        if not target.exists():
            mode = _permissions(temporary)
        yield temporary
        temporary.chmod(mode)  # a writer may have put a file of its own in this place
        _flush(temporary)
        os.replace(temporary, target)
    except OSError as error:
        if isinstance(error, OndolError):
            raise
        raise unwritable(target, error) from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    # Not every system can flush a folder, and the file is in its place by now.
    with contextlib.suppress(OSError):
        _flush(target.parent)


def opened(path: PathLike) -> BinaryIO:
    """Open a file to read it.

    Raises:
        MissingFileError: a FileNotFoundError; there is no such file.
        ForbiddenFileError: a PermissionError; it may not be read.
        FileError: an OSError; it is a folder, say.
    """
    try:
        return open(path, "rb")
    except OSError as error:
        raise unreadable(path, error) from None


def _mode(target: Path) -> int:
    """The permissions of the file to replace, or those to ask for if there is none."""
    path, folder = str(target), str(target.parent)
    if not target.parent.is_dir():
        raise tell(MissingFileError, "file-no-folder", path=path, folder=folder)
    if not target.exists():
        return 0o666  # less what the user's umask takes away
    if not target.is_file():
        raise tell(FileError, "file-not-a-file", path=path)
    mode = _permissions(target)
    if not mode & 0o222:
        raise tell(ForbiddenFileError, "file-read-only", path=path)
    return mode


def _permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _flush(path: Path) -> None:
    """Have the system put a file, or the names in a folder, on the disk."""
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_WRONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
