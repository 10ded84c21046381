"""The tables that say how each function is differentiated.

A *primitive* is one NumPy name with a gradient rule per argument. A *composite* is a
NumPy name that is spelled out in primitives, and needs no rule. `functions` fills the
tables; the engine only reads them.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any

from ..errors import UnsupportedError, operands

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
    """The gradient rules of one primitive, and the arguments they understand.

    A function whose result carries no gradient (a comparison, an argmax) has no vjps.
    """

    def __init__(self, vjps: Any, like: Vjp | None) -> None:
        self.vjps = vjps
        self.positional: tuple[str, ...] = ()
        self.keywords: tuple[str, ...] = ()
        if like is not None:
            code = like.__code__
            names, last = code.co_varnames, code.co_argcount
            self.keywords = names[last : last + code.co_kwonlyargcount]
            if not code.co_flags & inspect.CO_VARARGS:
                self.positional = names[2:last]

    def bind(
        self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Move keywords to their positions; refuse what the rule would not see."""
        kwargs = dict(kwargs)
        for key in self.positional[len(args) :]:
            if key not in kwargs:
                break
            args += (kwargs.pop(key),)
        unknown = [key for key in kwargs if key not in self.keywords + self.positional]
        if unknown or (self.positional and len(args) > len(self.positional)):
            raise UnsupportedError(
                f"{name} of Variables takes "
                f"({', '.join(self.positional + self.keywords)}), not "
                f"{', '.join(unknown) or f'{len(args)} positional arguments'}"
                f"{operands(args)}"
            )
        return args, kwargs


RULES: dict[Callable[..., Any], Rule] = {}
COMPOSITES: dict[Callable[..., Any], Callable[..., Any]] = {}


def name_of(function: Callable[..., Any]) -> str:
    """What the user calls it: ``np.tanh``, ``np.linalg.norm``, ``windows``."""
    module = getattr(function, "__module__", None) or "numpy"
    name = getattr(function, "__name__", str(function))
    return f"{module}.{name}".replace("numpy.", "np.") if "numpy" in module else name


def unsupported(
    function: Callable[..., Any], args: tuple[Any, ...]
) -> UnsupportedError:
    """The error for a function that is in neither table: it names the nearest that is."""
    known = sorted({name_of(f) for f in (*RULES, *COMPOSITES)})
    near = difflib.get_close_matches(name_of(function), known, n=3, cutoff=0.5)
    hint = f"the nearest that are: {', '.join(near)}. " if near else ""
    return UnsupportedError(
        f"{name_of(function)} is not differentiable in ondol; {hint}For a constant "
        f"result apply it to x.data; for a derivative of your own write a Function."
        f"{operands(args)}"
    )
