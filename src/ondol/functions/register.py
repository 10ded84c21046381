"""How `functions` fills the tables: each of these also makes the ondol name."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NoReturn

from ..arrays import primitive
from ..core.graph import Variable, apply, call
from ..core.rules import COMPOSITES, RULES, EachArgument, Rule, Vjp
from ..errors import (
    ArgumentError,
    OndolError,
    UnsupportedError,
    explain,
    name_of,
    retell,
    tell,
)

_RETOLD = (
    OndolError, TypeError, ValueError, IndexError, AttributeError, OverflowError,
)  # fmt: skip
_LIBRARIES = {"ondol", "numpy", "cupy", "cupyx"}


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
    """Decorate the spelling of NumPy's `functions`, if any, in terms of others.

    Whatever it refuses, the error is one of ondol's and names the function.
    """

    def register(spelling: Callable[..., Any]) -> Callable[..., Any]:
        name = (*functions, spelling)[0].__name__

        @functools.wraps(spelling)
        def told(*args: Any, **kwargs: Any) -> Any:
            try:
                return spelling(*args, **kwargs)
            except _RETOLD as error:
                _retell(name, args, error)

        for function in functions:
            COMPOSITES[function] = told
        return told

    return register


def _retell(name: str, args: tuple[Any, ...], error: Exception) -> NoReturn:
    """Raise an error of the function called `name` as one of ondol's that says so."""
    trace = error.__traceback__ and error.__traceback__.tb_next
    if trace is None and isinstance(error, TypeError):  # Python's, about the signature
        fields = {"name": name, "words": error}
        raise tell(UnsupportedError, "call-arguments", args, **fields) from None
    while trace:
        module = trace.tb_frame.f_globals.get("__name__", "")
        if module.partition(".")[0] not in _LIBRARIES:
            raise error  # of a function that the user handed in
        trace = trace.tb_next
    if isinstance(error, OverflowError):
        fields = {"name": name, "words": error}
        raise tell(ArgumentError, "call-overflow", args, **fields) from error
    if isinstance(error, OndolError):
        retell(error, name, args)
        raise error
    raise explain(name, args, error) from error


def _is_ours(function: Callable[..., Any]) -> bool:
    return hasattr(function, "__wrapped__") and "numpy" not in function.__module__


def _named(function: Callable[..., Any], rules: int = 0) -> Callable[..., Variable]:
    def named(*args: Any, **kwargs: Any) -> Variable:
        try:
            if kwargs or len(args) > rules:
                return call(function, args, kwargs)
            return apply(function, args)
        except _RETOLD as error:
            _retell(function.__name__.lstrip("_"), args, error)

    functools.update_wrapper(named, function, ("__name__",), ())
    named.__qualname__ = named.__name__
    named.__module__ = "ondol.functions"  # where pickle finds it
    ours = _is_ours(function)
    named.__doc__ = function.__doc__ if ours else f"{name_of(function)}, recorded."
    return named
