"""Define-by-run deep learning whose core can be read in one sitting.

``Variable`` and ``Function`` are in `core`; `functions` holds what networks compute,
`layers` and `models` the networks, `optimizers` what trains them.
"""

from importlib import import_module as _import
from typing import Any as _Any

from . import errors, functions, hot, threads
from .arrays import as_array
from .core import (
    Function,
    Parameter,
    State,
    Variable,
    as_variable,
    config,
    no_grad,
    test_mode,
    train_mode,
    using_config,
)
from .hot import numpy_only
from .random import seed
from .threads import get_num_threads, set_num_threads

__version__ = "0.1.0"

__all__ = [
    "Function",
    "Parameter",
    "State",
    "Variable",
    "as_array",
    "as_variable",
    "config",
    "errors",
    "functions",
    "get_num_threads",
    "no_grad",
    "numpy_only",
    "seed",
    "set_num_threads",
    "test_mode",
    "threads",
    "train_mode",
    "using_config",
]

_ON_DEMAND = (
    "compiler",
    "data",
    "debug",
    "distributions",
    "doctor",
    "io",
    "layers",
    "models",
    "optimizers",
    "show",
    "testing",
    "train",
    "transformations",
)
_ELSEWHERE = {  # name -> the part of the house that defines it
    "compile": "compiler",
    "eager": "compiler",
    "info": "show",
    "profile": "show",
}
_TRANSFORMATIONS = (
    "checkpoint",
    "differentiable",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "value_and_grad",
    "vjp",
    "vmap",
)


def _make_kernel(*what: _Any) -> _Any:
    return _import(f"{__name__}.compiler.kernels").make(*what)


hot.make_kernel = _make_kernel


def __getattr__(name: str) -> _Any:
    """Import a subpackage, or a transformation, when it is first asked for."""
    if name in _ON_DEMAND:
        return _import(f"{__name__}.{name}")
    if name in _TRANSFORMATIONS:
        return getattr(_import(f"{__name__}.transformations"), name)
    if name in _ELSEWHERE:
        return getattr(_import(f"{__name__}.{_ELSEWHERE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """All names, for a prompt that completes them."""
    return sorted({*globals(), *_ON_DEMAND, *_ELSEWHERE, *_TRANSFORMATIONS})
