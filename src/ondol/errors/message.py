"""An error made of a code of the table, what it is about, and the fix."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping
from typing import Any, TypeVar

from .kinds import OndolError
from .places import Operands, internal, operands
from .texts import text

Kind = TypeVar("Kind", bound=OndolError)


def tell(
    kind: type[Kind], code: str, about: Operands = (), more: str = "", /, **fields: Any
) -> Kind:
    """An error by its code: what is wrong, a line for each operand, and the fix.

    Args:
        kind: the class of the error.
        code: its name in the table, and in ``docs/errors.md``.
        about: the operands, to be shown with shape, dtype, name and line of birth; by
            their names if it is a dict, else as argument 1, 2, ... The texts may name
            those of a dict: ``{x.shape}``.
        more: further lines, as `call_site` writes them.
        **fields: what the placeholders of the texts stand for.

    Returns:
        The error, to be raised; ``error.code`` is its code.
    """
    error = kind(told(code, about, more, **fields))
    error.code = code
    return error


def told(code: str, about: Operands = (), more: str = "", /, **fields: Any) -> str:
    """The text of an error, or of a warning; see `tell`."""
    fields = {**about, **fields} if isinstance(about, Mapping) else fields
    what, fix = (_one_line(text(code, part, **fields)) for part in ("", "_fix"))
    return f"{what}{operands(about)}{more}\n  {text('word-fix')}: {fix} [{code}]"


def warn(code: str, more: str = "", /, **fields: Any) -> None:
    """Warn with a text of the table, at the line of the program that led here."""
    level, frame = 2, sys._getframe(1)
    while internal[frame.f_code.co_filename] and frame.f_back is not None:
        level, frame = level + 1, frame.f_back
    warnings.warn(told(code, (), more, **fields), stacklevel=level)


def retell(error: OndolError, name: str, about: Operands) -> None:
    """Put into an error what it leaves out: the function's name, and the operands."""
    what, _, rest = str(error).partition("\n")
    if name.rpartition(".")[2] not in what:
        what = f"{name}: {what}"
    if error.code and "\n" not in rest:  # it is the fix alone
        what += operands(about)
    error.args = (f"{what}\n{rest}" if rest else what,)


def _one_line(words: str) -> str:
    """Words without the line breaks of what they quote."""
    return " ".join(words.split())
