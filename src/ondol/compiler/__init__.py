"""A traced function as native code: graph, schedule, C."""

from .compiled import Compiled, compile

__all__ = ["Compiled", "compile"]
