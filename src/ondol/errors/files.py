"""What the system says about files, retold."""

from __future__ import annotations

import errno
import os

from .kinds import FileError, ForbiddenFileError, MissingFileError
from .message import tell

_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


def unwritable(
    path: str | os.PathLike[str], error: OSError, code: str | None = None
) -> FileError:
    """For a file that the system did not let be written; what was there still is.

    Args:
        path: of the file, or of the folder that should hold it.
        error: what the system said, whose number the new error has too.
        code: of a text with ``{path}`` and ``{reason}`` in place of the usual ones.
    """
    kind, usual = FileError, "file-not-written"
    if error.errno in _FULL:
        usual = "file-disk-full"
    elif error.errno in _FORBIDDEN:
        kind, usual = ForbiddenFileError, "file-forbidden"
    elif isinstance(error, FileNotFoundError):
        kind = MissingFileError
    told = tell(kind, code or usual, path=os.fspath(path), reason=_reason(error))
    told.errno = error.errno
    return told


def unreadable(path: str | os.PathLike[str], error: OSError) -> FileError:
    """For a file that the system does not open.

    Args:
        path: of the file.
        error: what the system said, whose number the new error has too.
    """
    kind, code = FileError, "file-unreadable"
    if isinstance(error, FileNotFoundError):
        kind, code = MissingFileError, "file-missing"
    elif error.errno in _FORBIDDEN:
        kind = ForbiddenFileError
    told = tell(kind, code, path=os.fspath(path), reason=_reason(error))
    told.errno = error.errno
    return told


def _reason(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
