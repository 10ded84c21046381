"""From C to a loaded library: find a compiler, build, keep what was built.

A library is kept under the hash of its source, its flags, the compiler and the kind of
processor, in a folder that nobody else may write to. It is written under another name
and moved into place, so that processes can build at the same time and none loads half.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import os
import platform
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from ..errors import OndolError

FLAGS = (
    "-std=gnu11", "-O3", "-march=native", "-fopenmp", "-fPIC", "-shared",
    "-fno-math-errno", "-fno-trapping-math", "-w",
)  # fmt: skip


class CompilerError(OndolError, RuntimeError):
    """The C compiler refused what ondol wrote, or there is none."""


@functools.cache
def compiler() -> str | None:
    """The C compiler: ``CC`` from the environment, else cc, gcc or clang."""
    names = [os.environ.get("CC"), "cc", "gcc", "clang"]
    return next(
        (found for name in names if name and (found := shutil.which(name))), None
    )


@functools.cache
def _identity(path: str) -> str:
    """What tells one compiler and processor from another."""
    version = subprocess.run(
        [path, "--version"], capture_output=True, text=True, check=False
    )
    try:
        flags = next(
            line
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith(("flags", "Features"))
        )
    except (OSError, StopIteration):
        flags = platform.processor()
    return f"{version.stdout}{platform.machine()}{flags}"


def cache_folder() -> Path:
    """Where libraries are kept: ``ONDOL_CACHE``, else the user's cache folder.

    Raises:
        CompilerError: others could write to it.
    """
    base = os.environ.get("ONDOL_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "ondol"
    )
    folder = Path(base) / "compiled"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _refuse_foreign(folder)
    return folder


def _refuse_foreign(path: Path) -> None:
    """Refuse a file or folder that another user owns or could write to."""
    if not hasattr(os, "getuid"):
        return
    status = path.lstat()
    if status.st_uid != os.getuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise CompilerError(
            f"{path} belongs to another user or can be written by others, so what is "
            "in it cannot be trusted; remove it, or set ONDOL_CACHE to another folder"
        )


def build(source: str) -> ctypes.CDLL:
    """Compile C, or find what was compiled from it before, and load it.

    Raises:
        CompilerError: there is no compiler, or it refused; with its own words.
    """
    path = compiler()
    if path is None:
        raise CompilerError("there is no C compiler: install gcc or clang, or set CC")
    words = "\0".join([source, *FLAGS, _identity(path)])
    name = hashlib.sha256(words.encode()).hexdigest()
    library = cache_folder() / f"{name}.so"
    if not library.exists():
        _compile(path, source, library)
    _refuse_foreign(library)
    return ctypes.CDLL(str(library))


def _compile(path: str, source: str, library: Path) -> None:
    with tempfile.TemporaryDirectory(dir=library.parent) as folder:
        text, out = Path(folder) / "step.c", Path(folder) / "step.so"
        text.write_text(source)
        command = [path, *FLAGS, str(text), "-o", str(out), "-lm"]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            raise CompilerError(f"{' '.join(command)}\n{run.stderr}")
        out.chmod(0o700)
        os.replace(out, library)
