"""Where libraries are kept, and why what is found there may be loaded.

A library is named after what it was made of and after its own content: so a damaged
one is noticed, and one move makes it visible as a whole. To load a library is to run
it. So the folder, what is in it and the folders above must be such that no other user
(but root) can have written there.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import os
import shutil
import stat
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from ..errors import (
    FileError,
    tell,
    warn,
)

if sys.platform != "win32":
    import grp
    import pwd

DAY = 24 * 60 * 60  # seconds
OTHERS = stat.S_IWGRP | stat.S_IWOTH


def cache_folder() -> Path:
    """The user's folder: ``ONDOL_CACHE``, else ``ondol`` among the user's caches.

    Raises:
        OSError: it cannot be made, or others could write to it.
    """
    base = os.environ.get("ONDOL_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "ondol"
    )
    folder = Path(base).resolve() / "compiled"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    refuse_foreign(folder)
    for parent in folder.parents:
        _refuse_replaceable(parent)
    return folder


@functools.cache
def private_folder() -> Path:
    """A folder for this process alone, which goes when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="ondol-"))
    atexit.register(_remove, folder, os.getpid())
    return folder


def _remove(folder: Path, owner: int) -> None:
    if os.getpid() == owner:  # a forked child must not take it from its parent
        shutil.rmtree(folder, ignore_errors=True)


def instead(reason: OSError) -> Path:
    """The private folder, with a word about why the user's own one is not used."""
    known = private_folder.cache_info().currsize
    folder = private_folder()
    if not known:
        what, *_ = str(reason).split("\n")
        warn("cache-unused", reason=what)
    return folder


# -- trust ----------------------------------------------------------------------------


def refuse_foreign(path: Path) -> None:
    """Refuse a link, and what another user owns or could write to.

    Raises:
        FileError: an OSError; it is one.
    """
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        raise tell(FileError, "cache-link", path=path)
    if not hasattr(os, "getuid"):
        return
    if status.st_uid != os.getuid() or status.st_mode & OTHERS:
        raise tell(FileError, "cache-foreign", path=path)


def _refuse_replaceable(parent: Path) -> None:
    """Refuse a folder in which other users could exchange what is in it."""
    status = parent.stat()
    if not hasattr(os, "getuid"):
        return
    writers = status.st_mode & OTHERS
    if writers == stat.S_IWGRP and _is_own_group(status.st_gid):
        writers = 0
    sticky = status.st_mode & stat.S_ISVTX  # each may only move what is theirs
    if status.st_uid not in (0, os.getuid()) or (writers and not sticky):
        raise tell(FileError, "cache-replaceable", path=parent)


def _is_own_group(group: int) -> bool:
    """Is it the group that many systems make for each user, with nobody else in it?"""
    try:
        me, found = pwd.getpwuid(os.getuid()), grp.getgrgid(group)
    except KeyError:
        return False
    alone = {*found.gr_mem} <= {me.pw_name}
    return group == me.pw_gid and found.gr_name == me.pw_name and alone


# -- libraries ------------------------------------------------------------------------


def find(folder: Path, key: str) -> Path | None:
    """The library that was kept under a key, if it is whole and nobody else's."""
    for path in folder.glob(f"{key}-*.so"):
        try:
            refuse_foreign(path)
            if _name(key, path) == path.name:
                return path
        except OSError:
            continue  # it will be made again
    return None


def keep(folder: Path, key: str, made: Path) -> Path:
    """Move a new library into the folder, in one step."""
    made.chmod(0o700)
    path = folder / _name(key, made)
    os.replace(made, path)
    return path


def _name(key: str, path: Path) -> str:
    return f"{key}-{digest(path.read_bytes())}.so"


def digest(data: bytes) -> str:
    """What tells contents apart."""
    return hashlib.sha256(data).hexdigest()[:32]


def workplace(folder: Path) -> tempfile.TemporaryDirectory[str]:
    """A folder to build in; what killed processes have left is swept up."""
    for old in folder.glob("building-*"):
        with suppress(FileNotFoundError):  # the process that made it has ended
            if old.lstat().st_mtime < time.time() - DAY:
                shutil.rmtree(old, ignore_errors=True)
    return tempfile.TemporaryDirectory(prefix="building-", dir=folder)
