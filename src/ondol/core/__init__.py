"""The core: Variables, Functions, the rule table, and the backward pass."""

from .errors import (
    ArgumentError,
    DtypeError,
    GradientError,
    IndexingError,
    OndolError,
    ShapeError,
    UnsupportedError,
)
from .graph import Function, Parameter, State, Variable, as_variable
from .modes import config, no_grad, test_mode, train_mode, using_config

__all__ = [
    "ArgumentError",
    "DtypeError",
    "Function",
    "GradientError",
    "IndexingError",
    "OndolError",
    "Parameter",
    "ShapeError",
    "State",
    "UnsupportedError",
    "Variable",
    "as_variable",
    "config",
    "no_grad",
    "test_mode",
    "train_mode",
    "using_config",
]
