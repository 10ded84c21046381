"""One file from one address over HTTP, continued where it broke off before."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import time
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from ..errors import text

_BLOCK = 1 << 16
_LEAST_RATE = 1024  # bytes per second; below it a server is taken for hanging
_TRIES = 5
_SIZE = "[0-9]{1,18}"  # bytes in a file; `int` itself refuses thousands of digits


class TransferError(Exception):
    """Why an address did not give the file.

    Args:
        reason: for the user.
        again: may asking the same address once more help?
    """

    def __init__(self, reason: str, again: bool = False) -> None:
        super().__init__(reason)
        self.again = again


class Limits(NamedTuple):
    """How long to wait for a sign of life, in seconds, and how much to take."""

    timeout: float
    max_bytes: int


class Part(NamedTuple):
    """A file on its way.

    Args:
        path: of the bytes that are there.
        trusted: a checksum will tell whether the whole is right, so that bytes from
            another address or another day may be continued.
    """

    path: Path
    trusted: bool

    @property
    def size(self) -> int:
        """Bytes that are there."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def origin(self) -> Path:
        """Where it is noted which address and version the bytes are of."""
        return self.path.with_name(self.path.name + ".from")

    def drop(self) -> None:
        """Begin anew."""
        self.path.unlink(missing_ok=True)
        self.origin.unlink(missing_ok=True)


def transfer(url: str, part: Part, limits: Limits, label: str | None) -> None:
    """Complete a part from an address, asking again while that brings it forward.

    Args:
        url: of the whole file.
        part: what is there of it.
        limits: a server that falls silent, is too slow or sends too much is left.
        label: the name to show progress under on standard error; None for silence.

    Raises:
        TransferError: the address did not give the file; `part` keeps what came.
        OSError: the part cannot be written.
    """
    for n in range(_TRIES):
        before = part.size
        try:
            _attempt(url, part, limits, label)
            break
        except TransferError as error:
            if not error.again or part.size == before or n == _TRIES - 1:
                raise


def _attempt(url: str, part: Part, limits: Limits, label: str | None) -> None:
    headers = _range(url, part)
    with _opened(Request(url, headers=headers), part, limits) as response:
        start = _start(response, part.size if headers else 0)
        total = _total(response, start)
        if total is not None and total > limits.max_bytes:
            part.drop()
            raise TransferError(_too_large(limits))
        if start == 0:
            _note_origin(url, part, response)
        with part.path.open("r+b" if start else "wb") as file:
            file.seek(start)
            with _progress(label, start, total) as show:
                _copy(response, file, total, limits, show)
            os.fsync(file.fileno())
    if total is not None and part.size != total:
        reason = text("word-download-broke", size=part.size, total=total)
        raise _broken(reason, response)


# -- asking ----------------------------------------------------------------------------


def _range(url: str, part: Part) -> dict[str, str]:
    """The headers that ask for the rest, if the bytes there can be continued."""
    if not part.size:
        return {}
    wanted = {"Range": f"bytes={part.size}-"}
    if part.trusted:
        return wanted
    origin = part.origin.read_text("utf-8") if part.origin.exists() else ""
    address, _, version = origin.partition("\n")
    # If-Range: the server sends the rest only if the file is still the same version.
    return {**wanted, "If-Range": version} if address == url and version else {}


def _note_origin(url: str, part: Part, response: Any) -> None:
    tag = response.headers.get("ETag", "")
    weak = not tag or tag.startswith("W/")
    version = response.headers.get("Last-Modified", "") if weak else tag
    if not part.trusted:
        part.path.unlink(missing_ok=True)  # it is of another version than the note
        part.origin.write_text(f"{url}\n{version}", "utf-8")


@contextlib.contextmanager
def _opened(request: Request, part: Part, limits: Limits) -> Iterator[Any]:
    try:
        response = urlopen(request, timeout=limits.timeout)
    except HTTPError as error:
        error.close()
        if error.code == 416:  # there are no more bytes: what is there is no beginning
            part.drop()
        raise TransferError(
            f"HTTP {error.code} {error.reason}", error.code == 416
        ) from None
    except (OSError, HTTPException, ValueError) as error:
        raise TransferError(_reason(error, limits)) from None
    with response:
        yield response


def _start(response: Any, asked: int) -> int:
    """Where in the file the answer begins."""
    if response.status == 200:
        return 0
    first = re.match(rf"bytes ({_SIZE})-", response.headers.get("Content-Range", ""))
    if response.status != 206 or not first or int(first[1]) != asked:
        raise TransferError(text("word-download-part"))
    return asked


def _total(response: Any, start: int) -> int | None:
    """The size of the whole file, if the server says it."""
    length = response.headers.get("Content-Length")
    if length is None:
        return None
    if not re.fullmatch(_SIZE, length.strip()):
        raise TransferError(text("word-download-length", length=f"{length!r:.60}"))
    return start + int(length)


# -- receiving -------------------------------------------------------------------------


def _copy(
    response: Any, file: BinaryIO, total: int | None, limits: Limits, show: Any
) -> None:
    since, received = time.monotonic(), 0
    for block in _blocks(response, limits):
        if file.tell() + len(block) > limits.max_bytes:
            file.truncate(0)  # nothing here is worth continuing
            raise TransferError(_too_large(limits))
        file.write(block)
        show(len(block))
        received += len(block)
        if time.monotonic() - since < limits.timeout:
            continue
        if received < _LEAST_RATE * limits.timeout and file.tell() != total:
            fields = {"received": received, "seconds": limits.timeout}
            raise _broken(text("word-download-slow", **fields), response)
        since, received = time.monotonic(), 0


def _blocks(response: Any, limits: Limits) -> Iterator[bytes]:
    """The body as it comes in: `read` would wait until a whole block is there."""
    while True:
        try:
            block = response.read1(_BLOCK)
        except (OSError, HTTPException) as error:
            raise _broken(_reason(error, limits), response) from None
        if not block:
            return
        yield block


def _broken(reason: str, response: Any) -> TransferError:
    ranges = response.headers.get("Accept-Ranges", "")
    return TransferError(reason, response.status == 206 or ranges == "bytes")


def _too_large(limits: Limits) -> str:
    return text("word-download-large", most=limits.max_bytes)


def _reason(error: Exception, limits: Limits) -> str:
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, TimeoutError):
        return text("word-download-silent", seconds=limits.timeout)
    return str(cause) or type(cause).__name__


# -- showing ---------------------------------------------------------------------------


@contextlib.contextmanager
def _progress(label: str | None, start: int, total: int | None) -> Iterator[Any]:
    """A function to call with the number of bytes that came."""
    if label is None:
        yield lambda n: None
        return
    bar = _bar(label, start, total) or _Lines(label, start, total)
    with contextlib.closing(bar):
        yield bar.update


def _bar(label: str, start: int, total: int | None) -> Any:
    """The bar of tqdm, if it is installed and there is a terminal to draw it in."""
    if not sys.stderr.isatty():
        return None
    try:
        from tqdm import tqdm  # type: ignore[import-untyped]
    except ImportError:
        return None
    return tqdm(
        desc=label, initial=start, total=total, unit="B", unit_scale=True, leave=False
    )


class _Lines:
    """Progress in lines of text, few enough for a log or a notebook."""

    every = 5.0  # seconds

    def __init__(self, label: str, start: int, total: int | None) -> None:
        self.label, self.done = label, start
        self.of = "" if total is None else f" of {total / 1e6:.1f}"
        self.last = time.monotonic()
        self.show()

    def show(self) -> None:
        line = f"{self.label}: {self.done / 1e6:.1f}{self.of} MB"
        print(line, file=sys.stderr, flush=True)

    def update(self, n: int) -> None:
        self.done += n
        if time.monotonic() - self.last >= self.every:
            self.last = time.monotonic()
            self.show()

    def close(self) -> None:
        self.show()
