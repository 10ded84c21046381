"""Warnings of a training: for what is no reason to end it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import text


def warn(code: str, **fields: Any) -> None:
    """Warn with a text of the table, and say what to do."""
    told, fix = text(code, **fields), text(code, "_fix", **fields)
    warnings.warn(f"{told}; {fix} [{code}]", stacklevel=2)


@contextmanager
def going_on(path: Any) -> Iterator[None]:
    """A file that cannot be written is no reason to lose a training: warn instead."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        warn("fit-unwritten", path=os.fspath(path), reason=reason)
