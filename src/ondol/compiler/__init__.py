"""A traced function as native code: graph, schedule, C."""

from .check import CheckError
from .compiled import Compiled, compile, eager
from .cost import Cost

__all__ = ["CheckError", "Compiled", "Cost", "compile", "eager"]
