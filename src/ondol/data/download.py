"""Files from the net, kept in one folder: mirrors, checksums, one fetch at a time."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import unquote, urlsplit

from ..errors import ArgumentError, OndolError, tell, text, unwritable
from .transfer import Limits, Part, TransferError, transfer

PathLike = str | os.PathLike[str]
_ALGORITHMS = ("md5", "sha1", "sha256", "sha512")

_chosen: Path | None = None


class DownloadError(OndolError, OSError):
    """No mirror gave the file; the message says why, and how to get it by hand."""


def cache_folder() -> Path:
    """Where downloaded files are kept.

    What `set_cache_folder` set; else the environment variable ``ONDOL_HOME``; else
    ``ondol`` in ``XDG_CACHE_HOME``; else ``~/.cache/ondol``. It need not exist yet.
    """
    if _chosen is not None:
        return _chosen
    if home := os.environ.get("ONDOL_HOME"):
        return Path(home).expanduser()
    caches = Path(os.environ.get("XDG_CACHE_HOME", ""))
    # The XDG rules say to pass over a path that is not absolute.
    return (caches if caches.is_absolute() else Path.home() / ".cache") / "ondol"


def set_cache_folder(folder: PathLike | None) -> None:
    """Keep downloaded files in `folder` from now on, in this process.

    Args:
        folder: made when it is needed; None goes back to the environment's choice.
    """
    global _chosen
    _chosen = None if folder is None else Path(folder).expanduser()


def fetch(
    urls: str | Sequence[str],
    name: str | None = None,
    *,
    checksum: str | None = None,
    timeout: float = 30.0,
    max_bytes: int = 1 << 32,
    progress: bool = True,
) -> Path:
    """The path of a file in the cache folder, downloaded if it is not there yet.

    The addresses are tried in order. What arrives is kept as ``NAME.part``; a transfer
    that broke off, also in an earlier run, goes on from there if the server can do
    that. Only a complete file with the right checksum gets its name. Processes that
    fetch the same file wait for the one that began.

    A file that is in the cache folder is taken as it is, so it may be put there by
    hand; checks of its contents are up to the reader of its format.

    Args:
        urls: one address, or mirrors of one file; http or https.
        name: of the file in the cache folder, folders in front with ``/``; None takes
            the last part of the first address.
        checksum: hexadecimal, of the form ``"sha256:..."`` (also md5, sha1, sha512),
            or the SHA-256 alone. Without one, broken transfers are continued only
            from the same address and the same version of the file.
        timeout: seconds to wait for a connection, and for each sign of life after it.
            A server that sends less than 1 KiB/s over such a span has failed, too.
        max_bytes: refuse a larger file.
        progress: show it on standard error: a bar where tqdm is installed and there is
            a terminal, lines of text otherwise.

    Returns:
        The path of the file.

    Raises:
        DownloadError: an OSError; no address gave the file. What came of it is kept.
        ArgumentError: a ValueError; an address, name or checksum that cannot be one.
        FileError: an OSError; the cache folder cannot be written to, or the disk is
            full. What came is kept there too.
    """
    addresses = [urls] if isinstance(urls, str) else list(urls)
    for url in addresses:
        _check_url(url)
    if not addresses:
        raise tell(ArgumentError, "download-no-address")
    target = cache_folder() / _checked_name(name or _last_part(addresses[0]))
    digest = None if checksum is None else Checksum.parse(checksum)
    if target.is_file():
        return target
    label = target.name if progress else None
    with _kept(target):
        if not target.is_file():  # another process may have fetched it meanwhile
            _fetch(addresses, target, digest, Limits(timeout, max_bytes), label)
    return target


@contextlib.contextmanager
def _kept(target: Path) -> Iterator[None]:
    """One process at a time, in a folder that is there and can be written to."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _locked(target.with_name(f".{target.name}.lock")):
            yield
    except OSError as error:
        if isinstance(error, OndolError):
            raise
        raise unwritable(target, error, "download-not-kept") from None


class Checksum(NamedTuple):
    """A digest that the right file has."""

    algorithm: str
    digest: str

    @classmethod
    def parse(cls, said: str) -> Checksum:
        """Read ``"algorithm:digest"``; a digest alone is SHA-256."""
        algorithm, _, digest = said.lower().rpartition(":")
        algorithm = algorithm or "sha256"
        works = algorithm in _ALGORITHMS
        length = 2 * hashlib.new(algorithm).digest_size if works else 0
        if len(digest) != length or set(digest) - set("0123456789abcdef"):
            known = ", ".join(f"{name}:" for name in _ALGORITHMS)
            got = f"{said!r:.160}"
            raise tell(ArgumentError, "download-checksum", known=known, got=got)
        return cls(algorithm, digest)

    def of(self, path: Path) -> str:
        """The digest that a file has, by the same algorithm."""
        with path.open("rb") as file:
            return hashlib.file_digest(file, self._new).hexdigest()

    def _new(self) -> Any:
        # Against damage on the way, not as a signature: say so where MD5 is forbidden.
        return hashlib.new(self.algorithm, usedforsecurity=False)

    def __str__(self) -> str:
        return f"{self.algorithm} {self.digest}"


# -- one download ----------------------------------------------------------------------


def _fetch(
    urls: list[str],
    target: Path,
    checksum: Checksum | None,
    limits: Limits,
    label: str | None,
) -> None:
    part = Part(target.with_name(target.name + ".part"), trusted=checksum is not None)
    reasons = []
    for url in urls:
        try:
            _complete(url, part, checksum, limits, label)
        except TransferError as error:
            reasons.append(f"\n  {url}: {error}")
        else:
            return _publish(part, target)
    known = f" ({checksum})" if checksum else ""
    fields = {"name": target.name, "target": str(target), "known": known}
    raise tell(DownloadError, "download-failed", (), "".join(reasons), **fields)


def _complete(
    url: str, part: Part, checksum: Checksum | None, limits: Limits, label: str | None
) -> None:
    """Have in `part` the whole file, and the right one."""
    resumed = part.size > 0
    if resumed and checksum and checksum.of(part.path) == checksum.digest:
        return  # the last run was stopped just before it gave the file its name
    transfer(url, part, limits, label)
    if checksum is None or (got := checksum.of(part.path)) == checksum.digest:
        return
    part.drop()
    if not resumed:
        raise TransferError(text("word-download-wrong", known=checksum, got=got))
    _complete(url, part, checksum, limits, label)  # the old bytes may be to blame


def _publish(part: Part, target: Path) -> None:
    os.replace(part.path, target)
    part.drop()


# -- names and addresses ---------------------------------------------------------------


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise tell(ArgumentError, "download-address", got=url)


def _last_part(url: str) -> str:
    return unquote(urlsplit(url).path).rpartition("/")[2]


def _checked_name(name: str) -> PurePosixPath:
    """A relative path that cannot lead out of the cache folder."""
    parts = name.split("/")
    if {"", ".", ".."} & {*parts} or any(c in name for c in '\\:\0"<>|?*'):
        raise tell(ArgumentError, "download-name", got=name)
    return PurePosixPath(*parts)


# -- one process at a time -------------------------------------------------------------


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Wait until no other process or thread is in such a block for the same path.

    The file stays: to remove it while another waits for it would let two of them in.
    A process that dies lets go of the lock.
    """
    with path.open("ab") as file:
        _lock(file)
        yield


if sys.platform == "win32":
    import msvcrt

    def _lock(file: BinaryIO) -> None:
        while True:
            with contextlib.suppress(OSError):  # after ten seconds of waiting
                return msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
else:
    import fcntl

    def _lock(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)
