"""The C compiler: which one there is, which flags it knows, what its errors mean."""

from __future__ import annotations

import functools
import importlib.util
import linecache
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import OndolError, tell, text, warn

FLAGS = (
    "-std=gnu11", "-O3", "-fPIC", "-shared", "-fno-math-errno", "-fno-trapping-math",
    "-ffp-contract=off",  # NumPy rounds a product before it is added
    "-w",
)  # fmt: skip
# What not every compiler has: of each line the first that works is taken, if one does.
CHOICES = (("-march=native", "-mcpu=native"), ("-fopenmp", "-fopenmp-simd"))
BEST = tuple(options[0] for options in CHOICES)

HEADERS = "#include <math.h>\n#include <stdint.h>\n#include <string.h>\n"
NO_SPACE = ("No space left on device", "Read-only file system", "quota exceeded")


class CompilerError(OndolError, RuntimeError):
    """The C compiler refused what ondol wrote, or there is none."""


@dataclass(frozen=True)
class Compiler:
    """A C compiler of this machine.

    Attributes:
        command: the words that start it.
        identity: what tells one compiler, C library and processor from another: the
            macros that they define.
    """

    command: tuple[str, ...]
    identity: str

    def compile(self, text: Path, out: Path, choice: Sequence[str] = BEST) -> None:
        """Make a library of a file of C.

        Raises:
            CompilerError: the compiler refuses.
            OSError: there is no room for the library.
        """
        command = [*self.command, *FLAGS, *choice, *own_flags()]
        command += [str(text), "-o", str(out), "-lm"]
        run = _run(command)
        if any(word in run.stderr for word in NO_SPACE):
            raise OSError(run.stderr.strip())
        if run.returncode:
            said = explained(text.read_text(), run.stderr)
            words = f"\n{said}"
            line = shlex.join(command)
            raise tell(CompilerError, "compiler-said", (), words, command=line)


def compiler() -> Compiler | None:
    """The C compiler: ``CC``, else cc, gcc, clang, or the package ziglang."""
    return _first_of(os.environ.get("CC", ""), os.environ.get("PATH"))


def own_flags() -> list[str]:
    """What the environment variable ``ONDOL_CFLAGS`` adds to the compiler's flags."""
    return shlex.split(os.environ.get("ONDOL_CFLAGS", ""))


@functools.cache
def _first_of(cc: str, path: str | None) -> Compiler | None:
    """The first compiler that works; the arguments are what the answer depends on."""
    for words in _candidates(cc):
        found = shutil.which(words[0], path=path)
        identity = _identity((found, *words[1:])) if found else None
        if found and identity:
            return Compiler((found, *words[1:]), identity)
        if words == shlex.split(cc):
            warn("compiler-cc", cc=cc)
    return None


def _candidates(cc: str) -> Iterator[list[str]]:
    if cc:
        yield shlex.split(cc)
    yield from (["cc"], ["gcc"], ["clang"])
    if importlib.util.find_spec("ziglang"):
        yield [sys.executable, "-m", "ziglang", "cc"]


def _identity(command: Sequence[str]) -> str | None:
    """All macros; None if it cannot even read the headers."""
    for native in (*CHOICES[0], None):
        flags = [native] if native else []
        run = _run([*command, *flags, "-dM", "-E", "-x", "c", "-"], HEADERS)
        if run.returncode == 0:
            return run.stdout
    return None


def _run(command: Sequence[str], text: str = "") -> subprocess.CompletedProcess[str]:
    """Run the compiler; it speaks English, so that its messages can be understood."""
    environment = {**os.environ, "LC_ALL": "C"}
    try:
        return subprocess.run(
            command,
            input=text,
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )
    except OSError as error:  # it is not there any more, or no program
        return subprocess.CompletedProcess(command, 1, "", str(error))


# -- errors ---------------------------------------------------------------------------

_ERROR = re.compile(r"\.c:(\d+)(?::\d+)?: (?:fatal )?error: (.*)")
_ORIGIN = re.compile(r"/[*/]\s*(\S.*?):(\d+)\s*(?:\*/\s*)?$")


def explained(source: str, message: str) -> str:
    """What the compiler says, beside the line of C and the user's line behind it.

    Args:
        source: the C. A comment ``/* file:line */`` before a kernel tells which line
            of Python it was written for.
        message: what the compiler said.
    """
    found = _ERROR.search(message)
    if not found:
        return message.strip()
    lines, number = source.splitlines(), int(found[1])
    shown = [
        f"{'>' if i == number else ' '} {i:5} | {lines[i - 1]}"
        for i in range(max(1, number - 2), min(len(lines), number + 2) + 1)
    ]
    return "\n".join([found[2], *shown, *_origin(lines[:number])])


def _origin(lines: Sequence[str]) -> Iterator[str]:
    """The line of Python that the nearest comment above names."""
    for line in reversed(lines):
        if found := _ORIGIN.search(line):
            line = linecache.getline(found[1], int(found[2])).strip()
            place = f"{found[1]}:{found[2]}: {line}"
            yield f"  {text('word-written-for', place=place)}"
            return
