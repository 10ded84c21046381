"""The book's package, on ondol: programs written for DeZero run without a change.

``python -m ondol.dezero script.py`` runs a script whose ``import dezero`` means this
package; in a notebook, `install` does the same for the imports after it.
"""

from __future__ import annotations

import importlib
import sys

from . import (
    cuda,
    dataloaders,
    datasets,
    functions,
    functions_conv,
    layers,
    models,
    optimizers,
    transforms,
    utils,
)
from .core import (
    Config,
    Function,
    Parameter,
    Variable,
    as_array,
    as_variable,
    no_grad,
    setup_variable,
    test_mode,
    using_config,
)
from .dataloaders import DataLoader, SeqDataLoader
from .datasets import Dataset
from .layers import Layer
from .models import Model

MODULES = (
    "core",
    "core_simple",
    "cuda",
    "dataloaders",
    "datasets",
    "functions",
    "functions_conv",
    "layers",
    "models",
    "optimizers",
    "transforms",
    "utils",
)

__all__ = [
    "Config",
    "DataLoader",
    "Dataset",
    "Function",
    "Layer",
    "Model",
    "Parameter",
    "SeqDataLoader",
    "Variable",
    "as_array",
    "as_variable",
    "cuda",
    "dataloaders",
    "datasets",
    "functions",
    "functions_conv",
    "install",
    "layers",
    "models",
    "no_grad",
    "optimizers",
    "setup_variable",
    "test_mode",
    "transforms",
    "using_config",
    "utils",
]

is_simple_core = False
__version__ = "0.0.13"  # of the book's package, whose names these are


def install() -> None:
    """Let ``import dezero``, and its modules, mean this package from now on.

    It holds for the whole process, whatever else is called ``dezero`` on ``sys.path``.
    """
    sys.modules["dezero"] = sys.modules[__name__]
    for name in MODULES:
        module = importlib.import_module(f"{__name__}.{name}")
        sys.modules[f"dezero.{name}"] = module
