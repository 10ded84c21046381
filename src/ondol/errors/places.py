"""Where things were made, and how an error shows its operands."""

from __future__ import annotations

import contextlib
import linecache
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from types import CodeType
from typing import Any

from .texts import text

# Where a call came from: the code object and the instruction in it. Cheap to take;
# it becomes a file and a line only when an error asks.
Birth = tuple[CodeType, int]

# The operands of a call in their order, or by their names.
Operands = Iterable[Any] | Mapping[str, Any]


class Internal(dict[str, bool]):
    """File name -> does it belong to ondol itself? Filled as files are met."""

    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep

    def __missing__(self, filename: str) -> bool:
        inside = self[filename] = filename.startswith(self.root)
        return inside


# Blocks that are closed by contextlib belong to the line that holds them.
internal = Internal({contextlib.contextmanager.__code__.co_filename: True})
_getframe = sys._getframe


def caller(depth: int) -> Birth:
    """The nearest frame outside ondol, `depth` frames up or above: the user's line."""
    frame = _getframe(depth + 1)
    code = frame.f_code
    while internal[code.co_filename] and frame.f_back is not None:
        frame = frame.f_back
        code = frame.f_code
    return code, frame.f_lasti


def place(birth: Birth) -> str:
    """``file:line: source text`` of a birth."""
    code, at = birth
    line = next((n for start, end, n in code.co_lines() if start <= at < end), None)
    if line is None:
        return code.co_filename
    text = linecache.getline(code.co_filename, line).strip()
    return f"{code.co_filename}:{line}" + (f": {text}" if text else "")


def at_line(birth: Birth) -> str:
    """The line of an error message that names a line of the program."""
    return f"\n  {text('word-at', place=place(birth))}"


def name_of(function: Callable[..., Any]) -> str:
    """What the user calls it: ``np.tanh``, ``np.linalg.norm``, ``windows``."""
    module = getattr(function, "__module__", None) or "numpy"
    name = getattr(function, "__name__", str(function)).lstrip("_")
    return f"{module}.{name}".replace("numpy.", "np.") if "numpy" in module else name


def describe(x: Any) -> str:
    """One operand in one line: dtype, shape, name, and where it was made."""
    data = x._data if hasattr(x, "creator") else x
    if not (hasattr(data, "dtype") and hasattr(data, "shape")):
        return f"{type(data).__name__} {_quoted(data)}"
    words = [f"{data.dtype} {data.shape}"]
    if getattr(x, "name", None):
        words.append(text("word-named", name=x.name))
    birth = getattr(getattr(x, "creator", None) or x, "birth", None)
    if birth:
        words.append(text("word-made-at", place=place(birth)))
    return ", ".join(words)


def _quoted(data: Any) -> str:
    """What is no array, in short; of a list of arrays the first three."""
    several = isinstance(data, list | tuple) and len(data) > 0
    if several and all(hasattr(x, "dtype") for x in data):
        return "; ".join([*map(describe, data[:3]), *["..."] * (len(data) > 3)])
    return " ".join(repr(data).split())[:120]


def operands(args: Operands) -> str:
    """The lines of an error message that list its operands."""
    if not isinstance(args, Mapping):
        word = text("word-argument")
        args = {f"{word} {i}": x for i, x in enumerate(args, 1)}
    return "".join(f"\n  {name}: {describe(x)}" for name, x in args.items())


def call_site(call: Any) -> str:
    """The lines of an error message that tell which Function call it is about."""
    called = text("word-called-at", place=place(call.birth))
    return f"\n  {called}{operands(call._args)}"
