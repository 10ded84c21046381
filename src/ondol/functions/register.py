"""How `functions` fills the tables: each of these also makes the ondol name."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..arrays import primitive
from ..core.graph import Variable, apply, call
from ..core.rules import COMPOSITES, RULES, EachArgument, Rule, Vjp
from ..errors import name_of


def rule(
    function: Callable[..., Any],
    *vjps: Vjp | None,
    each: Vjp | None = None,
) -> Callable[..., Variable]:
    """Make `function` a primitive with one gradient rule for each argument.

    Args:
        function: a NumPy name, or a primitive of our own.
        vjps: ``(g, y, *arguments, **keywords) -> gradient``, one for each argument;
            parameters are named as NumPy names them; None where nothing flows.
        each: one rule for a function of any number of arguments, with the position of
            the argument in front.

    Returns:
        The same function under ondol's name: takes arrays too, returns Variables.
    """
    like = next((vjp for vjp in (each, *vjps) if vjp is not None), None)
    rules = EachArgument(each) if each else vjps
    RULES[function] = Rule(function, rules, like)
    return _named(function, len(rules))


def differentiable(*vjps: Vjp | None) -> Callable[..., Callable[..., Variable]]:
    """Decorate NumPy code: a primitive of our own with its gradient rules."""

    def register(function: Callable[..., Any]) -> Callable[..., Variable]:
        dispatching = primitive(function)
        named = rule(dispatching, *vjps)
        RULES[dispatching].forward = function  # on plain arrays there is no dispatch
        return named

    return register


def constant(function: Callable[..., Any]) -> Callable[..., Variable]:
    """Let `function` through on Variables; its result carries no gradient."""
    RULES[function] = Rule(function, (), None)
    return _named(function)


def composite(*functions: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate the spelling of NumPy's `functions` in terms of others."""

    def register(spelling: Callable[..., Any]) -> Callable[..., Any]:
        for function in functions:
            COMPOSITES[function] = spelling
        return spelling

    return register


def _is_ours(function: Callable[..., Any]) -> bool:
    return hasattr(function, "__wrapped__") and "numpy" not in function.__module__


def _named(function: Callable[..., Any], rules: int = 0) -> Callable[..., Variable]:
    def named(*args: Any, **kwargs: Any) -> Variable:
        if kwargs or len(args) > rules:
            return call(function, args, kwargs)
        return apply(function, args)

    functools.update_wrapper(named, function, ("__name__",), ())
    named.__qualname__ = named.__name__
    named.__module__ = "ondol.functions"  # where pickle finds it
    ours = _is_ours(function)
    named.__doc__ = function.__doc__ if ours else f"{name_of(function)}, recorded."
    return named
