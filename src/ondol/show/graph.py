"""Pictures of the graph that a computation leaves behind.

A picture is a text in DOT, the language of Graphviz, first of all. Graphviz draws it:
the `dot` program if the machine has it, or the copy that pygraphviz brings along.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ..core.graph import Function, Variable
from ..errors import (
    ArgumentError,
    DtypeError,
    MissingLibraryError,
    UsageError,
    tell,
    text,
)
from ..io.atomic import atomic_write

TEXT_FORMATS = (".dot", ".gv")
DRAWN_FORMATS = (".png", ".svg", ".pdf")
TIME_LIMIT = 60.0  # seconds; a weight used in each of 60 steps can need far more

# What `dot` does, as a program of its own too: a crash or an endless layout in
# Graphviz's C code must not take the user's session along.
_BUNDLED_DOT = (
    "import sys, pygraphviz\n"
    "graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode())\n"
    "kind = sys.argv[1].removeprefix('-T')\n"
    "sys.stdout.buffer.write(graph.draw(format=kind, prog='dot'))\n"
)

_HEAD = """\
digraph ondol {
  graph [nodesep=0.2, ranksep=0.3]
  node [fontname="Helvetica,Arial,sans-serif", fontsize=12, style=filled]
  node [height=0.3, margin="0.1,0.03"]
  edge [arrowsize=0.7, color="#555555"]
"""
_CALL = 'shape=box, style="filled,rounded", color="#7fb3d5", fillcolor="#d6eaf8"'
_LEAF = 'color="#d68910", fillcolor="#f8c471"'
_RESULT = 'color="#d5c295", fillcolor="#fdf2e0"'
_DOT = "shape=circle, width=0.12, height=0.12"  # a Variable with nothing to say


def calls(output: Variable) -> Iterator[Function]:
    """The Function calls that `output` was computed by, each once, the last one first.

    A loop, not a recursion: a graph may be deeper than Python's stack.
    """
    todo = [output.creator] if output.creator else []
    seen = {id(call) for call in todo}
    while todo:
        call = todo.pop()
        yield call
        for x in variables(call):
            if x.creator is not None and id(x.creator) not in seen:
                seen.add(id(x.creator))
                todo.append(x.creator)


def variables(call: Function) -> list[Variable]:
    """The operands of a call that are Variables, as the program knows them."""
    return [itself(x) for x in call._args if isinstance(x, Variable)]


def itself(x: Variable) -> Variable:
    """The Variable that the program has, for one that a recorded `backward` saw."""
    return getattr(x, "source", x)


def quoted(text: object) -> str:
    """A string of DOT that is shown as `text`, whatever is in it."""
    shown = str(text).replace("\0", "").replace("\\", r"\\").replace('"', r"\"")
    return '"' + shown.replace("&", "&amp;").replace("\n", r"\n") + '"'


class _Picture:
    """The lines of a DOT text, and the names of what is in it: v1, v2, f1, f2."""

    def __init__(self, verbose: bool) -> None:
        self.verbose = verbose
        self.names: dict[int, str] = {}  # by identity: users may redefine equality
        self.count = Counter[str]()
        self.lines: list[str] = []

    def call(self, call: Function) -> str:
        """The name of a call, which is drawn when it is met first."""
        return self._name(call, "f", f"label={quoted(call.name)}, {_CALL}")

    def variable(self, x: Variable) -> str:
        """The name of a Variable, which is drawn when it is met first."""
        known = id(x) in self.names
        label = self._label(x)
        look = _LEAF if x.creator is None else _RESULT
        look = look if label else f"{look}, {_DOT}"
        name = self._name(x, "v", f"label={quoted(label)}, {look}")
        if x.creator is not None and not known:
            self.edge(self.call(x.creator), name)
        return name

    def edge(self, start: str, end: str) -> None:
        """An arrow."""
        self.lines.append(f"  {start} -> {end}\n")

    def _name(self, node: Function | Variable, letter: str, attributes: str) -> str:
        if id(node) not in self.names:
            self.count[letter] += 1
            self.names[id(node)] = f"{letter}{self.count[letter]}"
            self.lines.append(f"  {self.names[id(node)]} [{attributes}]\n")
        return self.names[id(node)]

    def _label(self, x: Variable) -> str:
        parts = [] if x.name is None else [str(x.name)]
        if self.verbose and x.data is not None:
            parts.append(f"{x.shape} {x.dtype}")
        return "\n".join(parts)


def dot_text(output: Variable, verbose: bool = False) -> str:
    """The graph that a Variable was computed by, in DOT, the language of Graphviz.

    Variables are round, Function calls are boxes, arrows run from operands to results.
    Arrays and numbers that are not Variables are left out. The same program gives the
    same text each time, so that two graphs can be compared as texts.

    Args:
        output: the result to start from.
        verbose: show the shape and dtype of each Variable, beside its name.

    Raises:
        DtypeError: a TypeError; `output` is not a Variable.
        UsageError: `output` was not computed, or the computation was not recorded.
    """
    if not isinstance(output, Variable):
        raise tell(DtypeError, "graph-of-what", got=type(output).__name__)
    if output.creator is None:
        raise tell(UsageError, "graph-none", {"output": output})
    picture = _Picture(verbose)
    picture.variable(output)
    for call in calls(output):
        name = picture.call(call)
        for x in variables(call):
            picture.edge(picture.variable(x), name)
    return _HEAD + "".join(picture.lines) + "}\n"


def save_graph(
    output: Variable, path: str | os.PathLike[str], verbose: bool = False
) -> Path:
    """Write a picture of the graph that a Variable was computed by.

    Args:
        output: the result to start from.
        path: ends in .png, .svg, .pdf, or in .dot or .gv for the text of `dot_text`.
        verbose: show the shape and dtype of each Variable, beside its name.

    Returns:
        `path`, where the file is now.

    Raises:
        DtypeError: a TypeError; `output` is not a Variable.
        UsageError: there is no graph, or Graphviz could not draw it.
        ArgumentError: a ValueError; `path` ends in something else.
        MissingLibraryError: an ImportError; there is neither a `dot` program nor
            pygraphviz.
        OSError: the file cannot be written there.
    """
    return write_dot(dot_text(output, verbose), path)


def write_dot(dot: str, path: str | os.PathLike[str]) -> Path:
    """Write a text in DOT, or what Graphviz draws of it, by the suffix of `path`.

    See `save_graph`; an existing file is replaced only when the new one is complete.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in TEXT_FORMATS + DRAWN_FORMATS:
        known = ", ".join(DRAWN_FORMATS + TEXT_FORMATS)
        raise tell(ArgumentError, "graph-ending", got=path.name, known=known)
    content = dot.encode("utf-8", errors="replace")
    with atomic_write(path) as temporary:
        drawn = suffix in DRAWN_FORMATS
        temporary.write_bytes(_drawn(content, suffix[1:]) if drawn else content)
    return path


def _drawn(dot: bytes, kind: str) -> bytes:
    """What Graphviz makes of a DOT text: the content of a file of the given kind."""
    command = [*_dot_command(), f"-T{kind}"]
    try:
        run = subprocess.run(
            command, input=dot, capture_output=True, timeout=TIME_LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        what = text("word-graphviz-slow", seconds=TIME_LIMIT)
        raise _failed(what, command) from None
    except OSError as error:
        what = text("word-graphviz-start", reason=error)
        raise _failed(what, command) from error
    if run.returncode or not run.stdout:
        said = run.stderr.decode(errors="replace").strip()
        said = said or text("word-graphviz-silent")
        what = text("word-graphviz-status", status=run.returncode, said=said)
        raise _failed(what, command)
    return run.stdout


def _dot_command() -> list[str]:
    """The `dot` program of this machine, or what takes its place."""
    dot = shutil.which("dot")
    if dot is not None:
        return [dot]
    if importlib.util.find_spec("pygraphviz") is None:
        raise tell(MissingLibraryError, "graph-no-graphviz")
    return [sys.executable, "-P", "-c", _BUNDLED_DOT]


def _failed(what: str, command: list[str]) -> UsageError:
    return tell(UsageError, "graph-not-drawn", what=what, program=command[0])
