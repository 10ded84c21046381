"""An error made of a code of the table, what it is about, and the fix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from .kinds import OndolError
from .places import Operands, operands
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
    fields = {**about, **fields} if isinstance(about, Mapping) else fields
    what, fix = (_one_line(text(code, part, **fields)) for part in ("", "_fix"))
    lines = f"{what}{operands(about)}{more}\n  {text('word-fix')}: {fix} [{code}]"
    error = kind(lines)
    error.code = code
    return error


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
