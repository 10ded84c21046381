"""A finding: what is wrong, where, why it matters, and how to fix it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import Birth, place, text


class DoctorWarning(UserWarning):
    """A training that runs, and learns the wrong thing."""


@dataclass(frozen=True)
class Finding:
    """One mistake in a training.

    Attributes:
        code: its name in ``docs/doctor.md``, and what silences it.
        message: what is wrong and why that matters, where, and how to fix it.
        place: ``file:line: source text``; "" if there is no such line.
    """

    code: str
    message: str
    place: str


def finding(code: str, birth: Birth | None, /, **fields: Any) -> Finding:
    """A finding by its code in the table of texts.

    Args:
        code: its name in the table.
        birth: the line of the program that it is about.
        **fields: what the placeholders of the texts stand for.
    """
    where = place(birth) if birth else ""
    lines = [text(code, **fields)]
    lines += [f"  {where}"] if where else []
    lines += [f"  {text('word-fix')}: {text(code, '_fix', **fields)} [{code}]"]
    return Finding(code, "\n".join(lines), where)
