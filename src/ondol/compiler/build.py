"""From C to a loaded library, which is kept for the next time.

Processes can build at the same time, and stop half-way: each works in a folder of its
own, and only what is whole gets its name.
"""

from __future__ import annotations

import ctypes
import functools
import itertools
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from ..errors import (
    tell,
)
from . import cache
from .toolchain import (
    BEST,
    CHOICES,
    FLAGS,
    Compiler,
    CompilerError,
    compiler,
    own_flags,
)

ALL = [
    tuple(filter(None, choice))
    for choice in itertools.product(*((*options, "") for options in CHOICES))
]
PROBE = """\
#include <math.h>
#ifdef _OPENMP
#include <omp.h>
int ondol_threads(void) { return omp_get_max_threads(); }
#endif
void ondol_probe(int n, double *x) {
#pragma omp parallel for simd
  for (int i = 0; i < n; i++) x[i] = exp(x[i]);
}
"""


def build(source: str) -> ctypes.CDLL:
    """Compile C, or find what was compiled from it before, and load it.

    Raises:
        CompilerError: there is no compiler, or it refused; with its own words.
    """
    found = compiler()
    if found is None:
        raise tell(CompilerError, "compiler-missing")
    try:
        return _built(source, found, cache.cache_folder())
    except OSError as error:
        reason = error
    try:
        return _built(source, found, cache.instead(reason))
    except OSError as error:
        reasons = f"{reason}; {error}"
        raise tell(CompilerError, "compiler-folder", reasons=reasons) from error


def flags(found: Compiler) -> list[str]:
    """What a compiler is told, of the flags that it knows.

    Raises:
        OSError: there is no folder to try them in.
    """
    own = own_flags()
    return [*FLAGS, *_choice(found, tuple(own), cache.cache_folder()), *own]


def _built(source: str, found: Compiler, folder: Path) -> ctypes.CDLL:
    """The library, kept in a folder: whatever choice of flags it was made with."""
    kept = (cache.find(folder, _key(source, found, choice)) for choice in ALL)
    library = next(filter(None, kept), None) or _compiled(source, found, folder)
    return ctypes.CDLL(str(library))


def _key(source: str, found: Compiler, choice: Sequence[str]) -> str:
    parts = [source, *found.command, found.identity, *choice, *own_flags()]
    return cache.digest("\0".join(parts).encode())


def _compiled(source: str, found: Compiler, folder: Path) -> Path:
    choice = _choice(found, tuple(own_flags()), folder)
    key = _key(source, found, choice)
    with cache.workplace(folder) as place:
        text, out = Path(place) / "step.c", Path(place) / "step.so"
        text.write_text(source)
        try:
            found.compile(text, out, choice)
        except CompilerError as error:
            saved = folder / f"{key}.c"
            with suppress(OSError):
                saved.write_text(source)
            more = f"\n{error}"
            raise tell(CompilerError, "compiler-refused", (), more, c=saved) from None
        return cache.keep(folder, key, out)


@functools.cache
def _choice(found: Compiler, own: tuple[str, ...], folder: Path) -> tuple[str, ...]:
    """Those flags that not every compiler knows and that this one does."""
    if _works(found, BEST, folder):
        return BEST
    chosen: list[str] = []
    for options in CHOICES:
        fits = (flag for flag in options if _works(found, [*chosen, flag], folder))
        chosen += [*fits][:1]
    return tuple(chosen)


def _works(found: Compiler, choice: Sequence[str], folder: Path) -> bool:
    """Can a library be made with these flags, and be loaded?"""
    with cache.workplace(folder) as place:
        text, out = Path(place) / "probe.c", Path(place) / "probe.so"
        text.write_text(PROBE)
        with suppress(CompilerError):
            found.compile(text, out, choice)
        with suppress(OSError):
            return bool(ctypes.CDLL(str(out)))
    return False
