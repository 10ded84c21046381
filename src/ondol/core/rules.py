"""The tables that say how each function is differentiated.

A *primitive* is one NumPy name with a gradient rule per argument. A *composite* is a
NumPy name that is spelled out in primitives, and needs no rule. `functions` fills the
tables; the engine only reads them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any

from ..errors import name_of, unknown_arguments

# One argument's rule: (gradient of the result, the result, *arguments, **keywords)
# -> gradient of that argument. Written in operators and np.*, so that the same text
# computes on arrays and records on Variables. None: nothing flows to that argument.
Vjp = Callable[..., Any]


class EachArgument:
    """The rules of a function of any number of arguments: ``vjp(i, g, y, *args)``."""

    def __init__(self, vjp: Vjp) -> None:
        self.vjp = vjp

    def __iter__(self) -> Iterator[Vjp]:
        return (partial(self.vjp, i) for i in count())

    def __len__(self) -> int:
        return 1 << 30


class Rule:
    """What one primitive computes, its gradient rules, the arguments they understand.

    A function whose result carries no gradient (a comparison, an argmax) has no vjps.
    """

    def __init__(self, forward: Callable[..., Any], vjps: Any, like: Any) -> None:
        self.forward = forward
        self.vjps = vjps
        self.positional: tuple[str, ...] = ()
        self.keywords: tuple[str, ...] = ()
        if like is not None:
            code = inspect.unwrap(like).__code__
            names, last = code.co_varnames, code.co_argcount
            self.keywords = names[last : last + code.co_kwonlyargcount]
            if not code.co_flags & inspect.CO_VARARGS:
                self.positional = names[2:last]

    def bind(
        self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Move keywords to their positions; refuse what the rule would not see."""
        kwargs = dict(kwargs)
        for key in self.positional[len(args) :]:
            if key not in kwargs:
                break
            args += (kwargs.pop(key),)
        unknown = [key for key in kwargs if key not in self.keywords + self.positional]
        if unknown or (self.positional and len(args) > len(self.positional)):
            got = ", ".join(unknown) or f"{len(args)} positional arguments"
            expected = self.positional + self.keywords
            raise unknown_arguments(name_of(function), expected, got, args)
        return args, kwargs


RULES: dict[Callable[..., Any], Rule] = {}
COMPOSITES: dict[Callable[..., Any], Callable[..., Any]] = {}
