"""`differentiable`: gradient rules for NumPy code of one's own."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from ..arrays import primitive
from ..core import Variable
from ..core.rules import RULES, Vjp
from ..errors import (
    ArgumentError,
    GradientError,
    tell,
)
from ..functions.register import rule


def differentiable(*vjps: Vjp | None) -> Callable[..., Callable[..., Variable]]:
    """Decorate NumPy code with its gradient rules, one for each argument.

    ::

        @ondol.differentiable(lambda g, y, x: g * (x > 0))
        def ramp(x):
            return np.maximum(x, 0)

    The function computes on plain arrays, whatever NumPy can do. A rule is handed `g`,
    the gradient of the result, then the result `y`, then the arguments, and returns the
    gradient of its argument: an array of its shape, or of one that broadcasting made of
    it. A rule written in operators and NumPy's functions is itself differentiated for
    derivatives of higher order.

    Args:
        vjps: the rules, in the order of the arguments; None where nothing flows.
            Arguments that are settings have no rule; they have a default, or are given
            by name, and a rule takes them too.

    Returns:
        A decorator. What it returns takes arrays or Variables and returns a Variable,
        or a tuple of them; then `g` and `y` are a list and a tuple.

    Raises:
        ArgumentError: the rules do not fit the function.
        GradientError: in the backward pass; a rule returned what is no gradient.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Variable]:
        _check_rules(function, vjps)
        dispatching = primitive(function)
        named = rule(dispatching, *vjps)
        mine = RULES[dispatching]
        mine.forward = function
        mine.vjps = tuple(_checked(function, i, vjp) for i, vjp in enumerate(vjps, 1))
        return named

    return register


def _check_rules(function: Any, vjps: tuple[Vjp | None, ...]) -> None:
    """Refuse rules that the function does not have the arguments for."""
    if not callable(function) or not vjps:
        raise tell(ArgumentError, "differentiable-no-rules")
    positional = (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
    )
    parameters = inspect.signature(function).parameters.values()
    arguments = [p for p in parameters if p.kind in positional]
    needed = [p for p in arguments if p.default is p.empty]
    names = ", ".join(p.name for p in arguments)
    if not len(needed) <= len(vjps) <= len(arguments):
        counts = {"needed": len(needed), "got": len(vjps)}
        call = f"{function.__name__}({names})"
        raise tell(ArgumentError, "differentiable-count", call=call, **counts)
    for i, vjp in enumerate(vjps, 1):
        if vjp is not None and not all(
            _takes(vjp, n) for n in {*map(len, (needed, arguments))}
        ):
            takes = inspect.signature(vjp)
            fields = {"i": i, "name": function.__name__, "takes": takes}
            raise tell(ArgumentError, "differentiable-rule", names=names, **fields)


def _takes(vjp: Vjp, count: int) -> bool:
    """Can a rule be called for so many arguments?"""
    try:
        inspect.signature(vjp).bind("g", "y", *range(count))
    except TypeError:
        return False
    return True


def _checked(function: Any, i: int, vjp: Vjp | None) -> Vjp | None:
    """A rule that is told so when it returns no array."""
    if vjp is None:
        return None

    @wraps(vjp)
    def checked(*args: Any, **kwargs: Any) -> Any:
        g = vjp(*args, **kwargs)
        if not hasattr(g, "shape"):
            kind = type(g).__name__
            fields = {"name": function.__name__, "i": i, "got": g, "kind": kind}
            raise tell(GradientError, "differentiable-result", **fields)
        return g

    return checked
