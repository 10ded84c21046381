"""The table of all messages: a code, and what is wrong and how to fix it, twice.

It lies beside this file as TOML, a file for each part of the house, and is read when
the first error asks. ``ONDOL_LANG=ko`` makes messages Korean.
"""

from __future__ import annotations

import os
import string
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("texts")
LANGUAGES = ("en", "ko")
LONGEST = 160  # letters of a value that is quoted; of a text or path as many as it has


class _Quoting(string.Formatter):
    """`str.format` that cuts off what ``!r`` shows of arrays, models and the like."""

    def convert_field(self, value: Any, conversion: Any) -> Any:
        words = super().convert_field(value, conversion)
        if conversion != "r" or isinstance(value, str | os.PathLike):
            return words
        words = " ".join(words.split())
        return words if len(words) <= LONGEST else f"{words[:LONGEST]}..."


@cache
def table() -> dict[str, dict[str, str]]:
    """Code -> ``{"en": what is wrong, "en_fix": what to do}``, and the same for ``ko``.

    Both are templates for `str.format`.
    """
    loads = import_module("tomllib").loads  # here, as most programs need it never
    found: dict[str, dict[str, str]] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        found |= loads(path.read_text(encoding="utf-8"))
    return found


def language() -> str:
    """``"ko"`` if the environment variable ``ONDOL_LANG`` says so, else ``"en"``."""
    asked = os.environ.get("ONDOL_LANG", "")[:2].lower()
    return asked if asked in LANGUAGES else LANGUAGES[0]


def text(code: str, part: str = "", /, **fields: Any) -> str:
    """One text of the table in the language of the user.

    Args:
        code: its name in the table.
        part: "" for what is wrong, ``"_fix"`` for what to do.
        **fields: what the placeholders of the text stand for.
    """
    return _Quoting().vformat(table()[code][language() + part], (), fields)
