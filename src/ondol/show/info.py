"""What ondol runs on: versions, processor, BLAS, compiler and GPU, for a report."""

from __future__ import annotations

import math
import os
import platform
import re
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

import ondol

from .. import threads
from ..compiler import cache
from ..compiler.build import flags
from ..compiler.toolchain import compiler
from .cost import amount

LIBRARIES = (
    "cupy", "cupy-cuda12x", "cupy-cuda13x", "IPython", "matplotlib", "pillow",
    "pygraphviz", "safetensors", "scipy", "tensorboardX", "threadpoolctl", "torch",
    "tqdm", "ziglang",
)  # fmt: skip
VARIABLES = re.compile(
    "ONDOL_|OMP_|GOMP_|KMP_|OPENBLAS_|MKL_|BLIS_|VECLIB_|(CC|CUDA_VISIBLE_DEVICES)$"
)


class Info(dict[str, str]):
    """Subject -> what there is; printed, a line for each."""

    def __repr__(self) -> str:
        width = max(map(len, self)) + 2
        return "\n".join(
            f"{name:{width}}{line}" if i == 0 else f"{'':{width}}{line}"
            for name, text in self.items()
            for i, line in enumerate(text.split("\n"))
        )


def info() -> Info:
    """What ondol runs on, to be looked at, and to be pasted into a report of a mistake.

    Returns:
        Subject -> text. Nothing in it is secret, but for environment variables that
        begin like those of ondol, OpenMP, BLAS and CUDA: look at them first.
    """
    return Info({name: _asked(ask) for name, ask in SUBJECTS.items()})


def _asked(ask: Callable[[], str]) -> str:
    """An answer; a report about what is broken must not break."""
    try:
        return ask().replace(os.path.expanduser("~/"), "~/")
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _processor() -> str:
    model = platform.processor() or platform.machine()
    described = Path("/proc/cpuinfo")
    if described.exists():
        found = re.search(r"^model name\s*: (.*)$", described.read_text(), re.MULTILINE)
        model = found[1] if found else model
    quota = threads.quota()
    limit = "" if math.isinf(quota) else f", a container's limit of {quota:g}"
    return f"{model}, {os.cpu_count()} CPUs, bound to {threads.cpus()}{limit}"


def _blas() -> str:
    built: dict[str, Any] = np.show_config(mode="dicts")  # type: ignore[assignment]
    blas = built["Build Dependencies"]["blas"]
    pools = (f"{pool.name} uses {pool.get()} threads" for pool in threads.pools())
    return "\n".join([f"{blas['name']} {blas.get('version', '')}", *pools])


def _compiler() -> str:
    found = compiler()
    if found is None:
        return "none: compiled functions run as they stand"
    named = re.search(r'#define __VERSION__ "(.*)"', found.identity)
    return f"{' '.join(found.command)} {named[1] if named else ''}\n" + " ".join(
        flags(found)
    )


def _cache() -> str:
    folder = cache.cache_folder()
    sizes = [path.stat().st_size for path in folder.glob("*.so")]
    return f"{folder}, {len(sizes)} libraries, {amount(sum(sizes), 'B')}"


def _gpu() -> str:
    try:
        import cupy  # type: ignore[import-not-found]
    except ImportError:
        return "none: CuPy is not installed"
    runtime = cupy.cuda.runtime
    devices = [
        f"{runtime.getDeviceProperties(i)['name'].decode()}"
        for i in range(runtime.getDeviceCount())
    ]
    return f"{', '.join(devices) or 'none'}; CUDA {runtime.runtimeGetVersion()}"


def _libraries() -> str:
    found = []
    for name in LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found) or "none"


def _environment() -> str:
    found = [f"{k}={v}" for k, v in sorted(os.environ.items()) if VARIABLES.match(k)]
    return "\n".join(found) or "nothing set"


SUBJECTS: dict[str, Callable[[], str]] = {
    "ondol": lambda: f"{ondol.__version__}, in {Path(ondol.__file__).parent}",
    "Python": lambda: f"{platform.python_version()}, {sys.executable}",
    "NumPy": lambda: np.__version__,
    "system": platform.platform,
    "processor": _processor,
    "threads": lambda: f"{threads.get_num_threads()} for BLAS and generated code",
    "BLAS": _blas,
    "compiler": _compiler,
    "cache": _cache,
    "GPU": _gpu,
    "libraries": _libraries,
    "environment": _environment,
}
