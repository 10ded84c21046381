"""Errors that say what was expected, what came, and where each operand was made."""

from __future__ import annotations

import linecache
import os
import sys
from types import CodeType
from typing import Any

# Where a call came from: the code object and the instruction in it. Cheap to take;
# it becomes a file and a line only when an error asks.
Birth = tuple[CodeType, int]


class OndolError(Exception):
    """The base of every error that ondol raises on purpose."""


class ShapeError(OndolError, ValueError):
    """Shapes that do not fit together."""


class DtypeError(OndolError, TypeError):
    """A value of a type or dtype that the function cannot work with."""


class ArgumentError(OndolError, ValueError):
    """An argument outside of what the function accepts."""


class IndexingError(OndolError, IndexError):
    """An index outside of the array, or one that selects nothing sensible."""


class GradientError(OndolError, RuntimeError):
    """A backward pass that cannot be right."""


class UnsupportedError(OndolError, TypeError):
    """A NumPy function, or a way to call it, that has no derivative here."""


class _Internal(dict[str, bool]):
    """File name -> does it belong to ondol itself? Filled as files are met."""

    root = os.path.dirname(os.path.abspath(__file__)) + os.sep

    def __missing__(self, filename: str) -> bool:
        inside = self[filename] = filename.startswith(self.root)
        return inside


internal = _Internal()


def caller(depth: int) -> Birth:
    """The nearest frame outside ondol, `depth` frames up or above (the user's line)."""
    frame = sys._getframe(depth + 1)
    code = frame.f_code
    while internal[code.co_filename] and frame.f_back is not None:
        frame = frame.f_back
        code = frame.f_code
    return code, frame.f_lasti


def place(birth: Birth | None) -> str:
    """``file:line: source text`` of a birth, or an empty text."""
    if birth is None:
        return ""
    code, instruction = birth
    line = next(
        (n for start, end, n in code.co_lines() if start <= instruction < end), None
    )
    if line is None:
        return code.co_filename
    text = linecache.getline(code.co_filename, line).strip()
    return f"{code.co_filename}:{line}" + (f": {text}" if text else "")


def describe(x: Any) -> str:
    """One operand in one line: dtype, shape, name, and where it was made."""
    data = getattr(x, "data", x) if hasattr(x, "creator") else x
    if not hasattr(data, "dtype"):
        return f"{type(x).__name__} {data!r}"[:120]
    words = [f"{data.dtype} {data.shape}"]
    if getattr(x, "name", None):
        words.append(f"named {x.name!r}")
    birth = getattr(getattr(x, "creator", None) or x, "birth", None)
    if birth:
        words.append(f"made at {place(birth)}")
    return ", ".join(words)


def operands(args: tuple[Any, ...]) -> str:
    """The lines of an error message that list its operands."""
    return "".join(f"\n  argument {i}: {describe(x)}" for i, x in enumerate(args, 1))


def explain(name: str, args: tuple[Any, ...], error: Exception) -> OndolError:
    """Retell what NumPy said about a call, with the operands and their lines."""
    if isinstance(error, OndolError):
        return error
    kinds = {IndexError: IndexingError, TypeError: DtypeError}
    kind = next(
        (ours for theirs, ours in kinds.items() if isinstance(error, theirs)),
        ShapeError,
    )
    return kind(f"{name}: {error}{operands(args)}")
