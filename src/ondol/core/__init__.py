"""The core: Variables, Functions, the rule table, and the backward pass."""

from .graph import Function, Parameter, State, Variable, as_variable
from .modes import config, no_grad, test_mode, train_mode, using_config

__all__ = ["Function", "Parameter", "State", "Variable", "as_variable", "config"]
__all__ += ["no_grad", "test_mode", "train_mode", "using_config"]
