"""What is timed: the same work in each library, one module for each of them.

`given` has the sizes, weights and inputs. The modules `in_...` have the same parts in
the same order, to be read side by side: functions, networks, weights, steps.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module, metadata
from importlib.util import find_spec
from typing import Any

Step = Callable[[], Any]


@dataclass(frozen=True)
class Library:
    """A library, in one of its modes.

    Attributes:
        title: at the head of its column.
        package: what has to be installed.
        module: of this package, that has the work in it.
        compiled: whether its compiler is used.
    """

    title: str
    package: str
    module: str
    compiled: bool

    def installed(self) -> bool:
        """Is the package there?"""
        return find_spec(self.package) is not None

    def version(self) -> str:
        """The package and its version."""
        return f"{self.package} {metadata.version(self.package)}"

    def begin(self, given: Any) -> Step:
        """The step of a row; it ends when its results are there."""
        return self._module().begin(given, self.compiled)

    def arrays(self, result: Any) -> list[Any]:
        """What a step returned, as NumPy arrays of its own memory."""
        results = result if isinstance(result, tuple) else (result,)
        return [self._module().array(one).copy() for one in results]

    def _module(self) -> Any:
        return import_module(f"workloads.{self.module}")


OURS = {
    "ondol": Library("ondol", "ondol", "in_ondol", False),
    "ondol.compile": Library("ondol compiled", "ondol", "in_ondol", True),
}
PEERS = {
    "torch": Library("PyTorch", "torch", "in_torch", False),
    "torch.compile": Library("torch.compile", "torch", "in_torch", True),
    "jax": Library("JAX jit", "jax", "in_jax", True),
    "tinygrad": Library("tinygrad", "tinygrad", "in_tinygrad", True),
}


def limit_threads(threads: int) -> None:
    """Let every library have as many threads; before any of them is imported."""
    names = (
        *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"),
        "NPROC",  # of JAX
        "NUM_CPU_THREADS",  # of tinygrad
    )
    os.environ.update(dict.fromkeys(names, str(threads)))
