"""An error made of a code of the table, what it is about, and the fix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from .kinds import OndolError
from .places import describe
from .texts import text

Kind = TypeVar("Kind", bound=OndolError)


def tell(
    kind: type[Kind],
    code: str,
    operands: Iterable[Any] | Mapping[str, Any] = (),
    /,
    **fields: Any,
) -> Kind:
    """An error by its code: what is wrong, a line for each operand, and the fix.

    Args:
        kind: the class of the error.
        code: its name in the table, and in ``docs/errors.md``.
        operands: what to show with shape, dtype, name and line of birth; by their
            names if it is a dict, else as argument 1, 2, ...
        **fields: what the placeholders of the texts stand for.

    Returns:
        The error, to be raised; ``error.code`` is its code.
    """
    named = operands if isinstance(operands, Mapping) else _numbered(operands)
    lines = [text(code, **fields)]
    lines += [f"  {name}: {describe(x)}" for name, x in named.items()]
    lines += [f"  {text('word-fix')}: {text(code, '_fix', **fields)} [{code}]"]
    error = kind("\n".join(lines))
    error.code = code
    return error


def _numbered(operands: Iterable[Any]) -> dict[str, Any]:
    word = text("word-argument")
    return {f"{word} {i}": x for i, x in enumerate(operands, 1)}
