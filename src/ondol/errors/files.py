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
    reason = error.strerror or str(error) or type(error).__name__
    told = tell(kind, code or usual, path=os.fspath(path), reason=reason)
    told.errno = error.errno
    return told
