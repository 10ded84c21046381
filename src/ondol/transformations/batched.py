"""A value with a hidden axis: what a function under `vmap` computes with.

A `Batched` looks like one example: its shape has no batch axis. Inside is a Variable
that holds all examples, their axis in front. Whatever is computed with it is computed
on that Variable, by the rule that `BATCHING` has for the function, so there is one
ordinary graph, and derivatives need nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any, NoReturn

import numpy as np

from ..core.graph import TAKES_OVER, Variable, lift
from ..core.rules import RULES
from ..errors import (
    UnsupportedError,
    UsageError,
    caller,
    explain,
    name_of,
    place,
    tell,
)
from .structure import flatten


class Level:
    """One `vmap` that is running: how many examples it has."""

    def __init__(self, size: int) -> None:
        self.size = size

    def batched(self, y: Any) -> Batched:
        """What a rule returned, as a value of this level."""
        return y if isinstance(y, Batched) and y.level is self else Batched(y, self)


# The running vmaps, the outermost first.
levels: ContextVar[tuple[Level, ...]] = ContextVar("levels", default=())

# function -> how it is computed with Batched arguments: (level, function, *arguments,
# **keywords) -> the result with the axis of the level in front.
BATCHING: dict[Callable[..., Any], Callable[..., Any]] = {}

# What answers about shapes and dtypes, and what makes arrays by `like=`.
_ABOUT = {np.shape, np.ndim, np.size, np.result_type, np.can_cast}
_ABOUT |= {np.iscomplexobj, np.isrealobj}
_MAKING = {np.array, np.asarray, np.arange, np.zeros, np.ones, np.full, np.empty}
_MAKING |= {np.eye, np.identity, np.tri}


class Batched(Variable):
    """One example of many, as the function under `vmap` sees it.

    Args:
        value: all the examples, ``(B, ...)``.
        level: the `vmap` whose examples they are.
    """

    __slots__ = ("level", "value")

    def __init__(self, value: Any, level: Level) -> None:
        self.value = lift(value)
        self.level = level
        self._grad = self.creator = self.name = None
        self.generation = TAKES_OVER
        self.birth = caller(1)

    shape = property(lambda self: self.value.shape[1:])
    ndim = property(lambda self: self.value.ndim - 1)
    size = property(lambda self: int(np.prod(self.shape, dtype=int)))
    dtype = property(lambda self: self.value.dtype)

    def detach(self) -> Batched:
        """The same examples in a value that takes no gradient."""
        return Batched(self.value.detach(), self.level)

    data = property(detach)
    _data = property(detach)

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        return f"batched({self.level.size} examples of {self.dtype} {self.shape})"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def _no_value(self, *_: Any, **__: Any) -> NoReturn:
        """There is one number for each example, so none to branch on or convert to."""
        raise tell(
            UnsupportedError,
            "vmap-value",
            examples=self.level.size,
            value=self,
            place=place(self.birth),
        )

    __bool__ = __float__ = __int__ = __index__ = _no_value
    __array__ = item = __reduce__ = _no_value

    def backward(self, *_: Any, **__: Any) -> NoReturn:
        """Not here: the gradients of one example are `ondol.grad`'s."""
        raise tell(UsageError, "vmap-backward", [self])

    def __array_function__(self, function: Any, _: Any, args: Any, kwargs: Any) -> Any:
        if function in _ABOUT:
            return function(*map(_standing_for, args), **kwargs)
        if function in _MAKING:
            kwargs.pop("like", None)
            if args and isinstance(args[0], Batched):
                return args[0]
            return function(*args, like=innermost(self)._data, **kwargs)
        if function in BATCHING and function not in RULES:  # of values, not recorded
            return self.take_over(function, args, kwargs)
        return super().__array_function__(function, _, args, kwargs)

    @staticmethod
    def take_over(function: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
        """Compute `function` for all examples of the innermost `vmap` at once."""
        level = _innermost_level(args)
        rule = BATCHING.get(function)
        if rule is None:
            plain = isinstance(function, np.ufunc) and function.signature is None
            rule = BATCHING[np.where if plain else object]
        try:
            y = rule(level, function, *args, **kwargs)
        except (TypeError, ValueError, IndexError, ZeroDivisionError) as error:
            raise explain(name_of(function), args, error) from error
        return (
            tuple(map(level.batched, y)) if isinstance(y, tuple) else level.batched(y)
        )


Batched.kind = Batched


def _innermost_level(args: tuple[Any, ...]) -> Level:
    """The level furthest inside among those of the arguments."""
    running = levels.get()
    found = [x.level for x in flatten(args)[0] if isinstance(x, Batched)]
    if not {*found} <= {*running}:
        raise tell(UsageError, "vmap-left", args)
    return max(found, key=running.index)


def innermost(x: Any) -> Variable:
    """The Variable inside all the Batched."""
    while isinstance(x, Batched):
        x = x.value
    return x


def _standing_for(x: Any) -> Any:
    """An array of the shape and dtype of `x`, without its elements."""
    return (
        np.broadcast_to(np.zeros((), x.dtype), x.shape) if isinstance(x, Batched) else x
    )


def bare(x: Any, running: Sequence[Level]) -> Variable:
    """`x` with one axis in front for each of the running levels, the outermost first.

    Where `x` does not depend on a level it is repeated.
    """
    if isinstance(x, Batched) and x.level not in running:  # of a vmap further inside
        inner: Any = bare(x.value, running)
        return Batched(np.moveaxis(inner, len(running), 0), x.level)
    if not running:
        return lift(x)
    *outer, last = running
    if isinstance(x, Batched) and x.level is last:
        return bare(x.value, outer)
    return bare(np.broadcast_to(lift(x), (last.size, *np.shape(x))), outer)


def dressed(x: Any, running: Sequence[Level]) -> Variable:
    """What `bare` undid: the axes in front hidden again."""
    if isinstance(x, Batched) and x.level not in running:
        inner: Any = x.value
        inner = dressed(np.moveaxis(inner, 0, len(running)), running)
        return Batched(inner, x.level)
    for level in running:
        x = Batched(x, level)
    return lift(x)
