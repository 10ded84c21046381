"""The log of a training: a file of JSON objects, one in each line."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

from ..errors.files import unwritable
from ..io.atomic import PathLike, atomic_write
from .history import Record, plain

NOT_IN_JSON = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND


class Log:
    """Appends a line of JSON for each record, written whole and at once.

    NaN and infinity, which JSON has no numbers for, become the strings ``"NaN"``,
    ``"Infinity"`` and ``"-Infinity"``, which Python's `float` and `read_log` read. Of
    objects that JSON does not know, the `str` is written.

    Args:
        path: the file; made if need be, in a folder that exists.
    """

    def __init__(self, path: PathLike) -> None:
        self.path = Path(path)

    def write(self, **record: Any) -> None:
        """Add a line.

        Raises:
            OSError: it could not be written; the lines before it are whole.
        """
        line = json.dumps(encoded(record), allow_nan=False, default=str) + "\n"
        try:
            descriptor = os.open(self.path, FLAGS, 0o666)
        except OSError as error:
            raise unwritable(self.path, error) from error
        try:
            append(descriptor, line.encode())
        finally:
            os.close(descriptor)

    def rewind(self, step: int) -> None:
        """Drop what was written after `step`, which will be written again.

        So is a last line that was cut off when the program was killed.
        """
        if not self.path.exists():
            return
        lines = self.path.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if is_until(line, step)]
        if kept != lines:
            with atomic_write(self.path) as temporary:
                temporary.write_text("".join(kept), encoding="utf-8")


def append(descriptor: int, line: bytes) -> None:
    """Write a line at the end of a file, or nothing of it if the disk is full."""
    before = os.fstat(descriptor).st_size
    try:
        while line:  # one write of the system's, so that readers see no half of a line
            line = line[os.write(descriptor, line) :]
    except OSError:
        os.ftruncate(descriptor, before)
        raise


def is_until(line: str, step: int) -> bool:
    """Is this a whole line, and of this step or one before it?"""
    try:
        return line.endswith("\n") and json.loads(line).get("step", 0) <= step
    except ValueError:
        return False


def read_log(path: PathLike) -> list[Record]:
    """The records that a `Log` wrote, with NaN and infinity as floats.

    A last line that is not whole, of a program that was killed or is just writing, is
    left out.
    """
    lines = Path(path).read_text(encoding="utf-8").splitlines(keepends=True)
    return [decoded(json.loads(line)) for line in lines if line.endswith("\n")]


def encoded(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, dict):
        return {name: encoded(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [encoded(part) for part in value]
    value = plain(value)
    if isinstance(value, list):
        return encoded(value)
    if isinstance(value, float) and not math.isfinite(value):
        return NOT_IN_JSON[str(value)]
    return value


def decoded(value: Any) -> Any:
    """The value that `encoded` was given, with lists for arrays."""
    if isinstance(value, dict):
        return {name: decoded(part) for name, part in value.items()}
    if isinstance(value, list):
        return [decoded(part) for part in value]
    words = isinstance(value, str) and value in NOT_IN_JSON.values()
    return float(value) if words else value
