"""`compile`: a function of arrays and state becomes native code."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from .. import errors
from ..core import modes
from ..core.graph import data_of
from ..errors import (
    ArgumentError,
    UnsupportedError,
    tell,
    warn,
)
from ..hot import numpy_only
from .build import compiler
from .call import MISS, Call
from .check import compare
from .cost import Cost, cost
from .graph import text
from .state import PLAIN
from .trace import Trace, tracing

LIMIT = 32  # traces of one function that are kept
KINDS = 1 << 12  # kinds of arguments that are remembered

as_it_stands = ContextVar("as_it_stands", default=False)  # are we inside of eager()?
_tracing = threading.RLock()  # while a function is traced, its state is out of reach


@contextmanager
def eager() -> Iterator[None]:
    """Run compiled functions as they stand inside the block, to look into them.

    It holds for the thread, or the async task, that the block is in.
    """
    token = as_it_stands.set(True)
    try:
        yield
    finally:
        as_it_stands.reset(token)


def compile(
    function: Callable[..., Any] | None = None,
    *,
    fallback: bool = False,
    check: bool = False,
) -> Any:
    """Turn a function into one that runs as native code, and does the same.

    It may use Variables, layers, optimizers and their state: these are found by
    themselves and changed as the function would. The first call with arguments of new
    shapes, dtypes or plain values runs as it stands, so that layers get their weights
    and optimizers their state; the next one is traced, compiled to C and run. What else
    the trace depends on (modes, flags, layers) is looked at in each call; a change of
    it is traced anew. A learning rate is read at each call.

    Args:
        function: takes arrays, Variables, plain values, and nested lists, tuples and
            dicts of them; returns Variables, likewise nested. Without it, `compile` is
            a decorator with settings: ``@ondol.compile(fallback=True)``.
        fallback: run a call as it stands if it cannot be compiled, with one warning
            for each reason.
        check: run each call as it stands and compiled, from the same state, and
            compare every result, gradient and piece of state. What the function as it
            stands has computed stays.

    Raises:
        UnsupportedError: from the call; the function asks for numbers while it is
            traced (a branch, ``item()``), or does what cannot be compiled. All is then
            as it was before the call.
        CheckError: from the call, under `check`; the compiled function does something
            else.
    """
    if function is None:
        return functools.partial(compile, fallback=fallback, check=check)
    if not callable(function):
        raise errors.no_function(function)
    return Compiled(function, fallback, check)


class Compiled:
    """A compiled function.

    Attributes:
        function: what it was made of.
        fallback, check: see `compile`.
    """

    # What is in slots is not found when a function is searched for state.
    __slots__ = (
        "__dict__",
        "__weakref__",
        "_calls",
        "_last",
        "_lock",
        "_refused",
        "_resumed",
        "_seen",
        "_warned",
        "check",
        "fallback",
        "function",
    )

    def __init__(
        self, function: Callable[..., Any], fallback: bool = False, check: bool = False
    ) -> None:
        functools.update_wrapper(self, function, updated=())
        self.function, self.fallback, self.check = function, fallback, check
        self._calls: list[Call] = []  # the one that was used last in front
        self._last: Callable[[Any, Any], Any] = _never
        self._lock = threading.RLock()
        self._seen: set[Any] = set()
        self._resumed: set[str] = set()  # what another process had seen
        self._refused: set[Any] = set()
        self._warned: set[str] = set()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Do what the function does."""
        if not as_it_stands.get():
            self._lock.acquire()  # `with` takes twice as long
            try:
                y = self._last(args, kwargs)
                if y is MISS and not self.check:
                    y = self._tried(args, kwargs)
            finally:
                self._lock.release()
            if y is not MISS:
                return y
        return self._otherwise(args, kwargs)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """As a method: bound to its object, as a function would be."""
        return self if instance is None else functools.partial(self, instance)

    def __reduce__(self) -> Any:
        """A copy is compiled anew; what its module knows by name is saved by name."""
        name = getattr(self.function, "__qualname__", "")
        if getattr(self.function, "__globals__", {}).get(name) is self:
            return name
        return Compiled, (self.function, self.fallback, self.check)

    def state_dict(self) -> dict[str, list[str]]:
        """Which kinds of calls there were.

        A training that goes on from a checkpoint compiles these at once, as the one
        that was not stopped: a call that runs as it stands differs in the last digits.
        """
        return {"seen": sorted({*map(_told, self._seen), *self._resumed})}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take kinds of calls that another process has made as made.

        Raises:
            ArgumentError: a ValueError; `state` is not what `state_dict` returns.
        """
        seen = state.get("seen") if isinstance(state, Mapping) else None
        if not isinstance(seen, list) or not all(isinstance(x, str) for x in seen):
            raise tell(ArgumentError, "compiled-state", got=state)
        self._resumed, self._seen = set(seen), set()

    # -- when the last trace does not fit ---------------------------------------------

    def _otherwise(self, args: Any, kwargs: Any) -> Any:
        if tracing.get() or not _can_build():
            return self.function(*args, **kwargs)
        with _tracing:  # never waited for with a lock of ours in hand
            if as_it_stands.get():
                return self.function(*args, **kwargs)
            kind = self._kind(args, kwargs)
            first = kind not in self._seen
            self._seen = self._seen if len(self._seen) < KINDS else set()
            self._seen.add(kind)
            if kind in self._refused:
                return self.function(*args, **kwargs)
            if first and _told(kind) not in self._resumed:
                with numpy_only():  # its kernels would be of no use from then on
                    return self.function(*args, **kwargs)
            try:
                with self._lock, numpy_only():
                    return self._compiled(args, kwargs, kind)
            except UnsupportedError as error:
                if not first:
                    raise
                self._warn("compile-once-more", f"\n{error}")
                return self.function(*args, **kwargs)

    def _compiled(self, args: Any, kwargs: Any, kind: Any) -> Any:
        """What a trace makes of it: one that is there, or a new one."""
        if self.check:
            return self._checked(args, kwargs, kind)
        y = self._tried(args, kwargs)
        return self._traced(args, kwargs, kind) if y is MISS else y

    def _kind(self, args: Any, kwargs: Any) -> Any:
        kind = _kind((args, kwargs)), modes.training.get(), modes.recording.get()
        try:
            hash(kind)
        except TypeError:
            fields = {"args": repr(args), "kwargs": repr(kwargs)}
            raise tell(UnsupportedError, "compile-arguments", **fields) from None
        return kind

    def _tried(self, args: Any, kwargs: Any) -> Any:
        """What one of the traces that are there makes of it, or `MISS`."""
        for i, call in enumerate(self._calls):
            y = call.function(args, kwargs)
            if y is not MISS:
                self._calls.insert(0, self._calls.pop(i))
                self._last = _never if self.check else call.function
                return y
        return MISS

    def _traced(self, args: Any, kwargs: Any, kind: Any) -> Any:
        """Trace, compile and run."""
        try:
            call = Call(_trace(self.function, args, kwargs))
        except UnsupportedError as error:
            if not self.fallback:
                raise
            self._refused.add(kind)
            self._warn("compile-as-it-stands", f"\n{error}")
            return self.function(*args, **kwargs)
        y = call.function(args, kwargs)
        if y is MISS:  # what it depends on changes all the time
            return self.function(*args, **kwargs)
        self._keep(call)
        return y

    def _keep(self, call: Call) -> None:
        self._calls.insert(0, call)
        self._last = _never if self.check else call.function
        if self.check:  # eager mode makes state anew, so that none is used again
            self._calls = [call]
        if len(self._calls) > LIMIT:
            self._calls.pop()
            self._warn("compile-many", count=LIMIT)

    def _warn(self, code: str, more: str = "", **fields: Any) -> None:
        if code + more not in self._warned:
            self._warned.add(code + more)
            warn(code, more, name=self._name, **fields)

    def _checked(self, args: Any, kwargs: Any, kind: Any) -> Any:
        """Run both, and compare."""

        def compiled() -> tuple[Any, Trace]:
            y = self._tried(args, kwargs)
            y = self._traced(args, kwargs, kind) if y is MISS else y
            return y, self._used().trace

        return compare(self.function, compiled, args, kwargs)

    # -- what was made ----------------------------------------------------------------

    @property
    def programs(self) -> list[Any]:
        """What was compiled, the one that was used last in front."""
        return [call.program for call in self._calls]

    @property
    def source(self) -> str:
        """The C text of what was used last."""
        return self._used().program.source.text

    @property
    def graph(self) -> str:
        """The operations of what was used last, with shapes, dtypes and lines."""
        return text(self._used().program.results)

    @property
    def cost(self) -> Cost:
        """What a call of what was used last costs: operations, bytes, kernels."""
        return cost(self._used().program)

    @property
    def _name(self) -> str:
        return getattr(self.function, "__name__", type(self.function).__name__)

    def _used(self) -> Call:
        if not self._calls:
            raise tell(errors.UsageError, "compile-not-yet", name=self._name)
        return self._calls[0]


def _never(args: Any, kwargs: Any) -> Any:
    return MISS


@functools.cache
def _can_build() -> bool:
    """Is there a C compiler? If not, say so, once."""
    found = compiler() is not None
    if not found:
        warn("compile-eagerly")
    return found


def _kind(x: Any) -> Any:
    """What tells arguments apart that need code of their own."""
    data = data_of(x)
    if hasattr(data, "dtype") and hasattr(data, "shape"):
        return type(x), data.dtype, data.shape, None if data.shape else _number(data)
    if isinstance(x, dict):
        return dict, tuple((key, _kind(part)) for key, part in x.items())
    if isinstance(x, list | tuple):
        return type(x), tuple(_kind(part) for part in x)
    return type(x), None if isinstance(x, float) else x


def _told(kind: Any) -> str:
    """A kind of call in words that mean the same in another process."""
    if isinstance(kind, tuple):
        return f"({', '.join(map(_told, kind))})"
    if isinstance(kind, type):
        return f"{kind.__module__}.{kind.__qualname__}"
    return repr(kind) if isinstance(kind, PLAIN) else _told(type(kind))


def _number(x: Any) -> Any:
    """NumPy's numbers are plain values; arrays without axes are arrays."""
    return None if hasattr(x, "flags") and hasattr(x, "ctypes") else x


# -- errors with the user's line ------------------------------------------------------


def _trace(function: Any, args: Any, kwargs: Any) -> Trace:
    """A trace; what goes wrong in it says where, and what to do."""
    try:
        return Trace(function, args, kwargs)
    except UnsupportedError as error:
        raise _located(error, error) from error
    except Exception as error:
        cause = error.__cause__ or error.__context__
        if isinstance(cause, UnsupportedError):  # NumPy has asked a tracer
            raise _located(cause, cause) from error
        if "Tracer" not in str(error):
            raise
        told = tell(UnsupportedError, "compile-untraceable", words=error)
        raise _located(told, error) from error


def _located(told: UnsupportedError, error: BaseException) -> UnsupportedError:
    """The same with the line of the user's program, and the way out."""
    *lines, fix = str(told).split("\n")
    where, at = _line_of(error), f"  {errors.text('word-at', place='')}"
    if where and not any(line.startswith(at) for line in lines):
        lines.append(at + where)
    instead = f"  {errors.text('word-compile-instead')}"
    located = type(told)("\n".join([*lines, fix, instead]))
    located.code = told.code
    return located


def _line_of(error: BaseException) -> str:
    """The last line outside of ondol that an error came through."""
    found, step = "", error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        if not errors.places.internal[code.co_filename]:
            found = errors.place((code, step.tb_lasti))
        step = step.tb_next
    return found
