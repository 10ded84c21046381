"""Which operation made the first NaN or infinity, and what fed it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from ..compiler.compiled import Compiled, eager
from ..core.graph import Function, apply, data_of
from ..core.rules import RULES
from ..errors import Birth, NonFiniteError, describe, place, tell, text
from ..hot import numpy_only
from .unchanged import unchanged
from .watch import BACKWARD, FORWARD, STEP, Event, Notes, arrays_in, watching

DEPTH = 4  # how many computations back an error tells of, for each operand

# What to do, by the name of the function.
HINTS = {
    "word-nonfinite-log": "log log2 log10 log1p xlogy entr rel_entr logit",
    "word-nonfinite-divide": "divide true_divide reciprocal remainder fmod",
    "word-nonfinite-sqrt": "sqrt cbrt power float_power hypot arcsin arccos arccosh",
    "word-nonfinite-large": "exp exp2 expm1 sinh cosh square multiply matmul linear",
}
HINT_OF = {name: code for code, names in HINTS.items() for name in names.split()}


@contextmanager
def nan(inf: bool = True) -> Iterator[None]:
    """Stop at the first operation that makes a NaN or an infinity.

    Put it around a step. Inside, the result of each function is looked at, each
    gradient, and each step of an optimizer before it is taken. What an operation gets
    it may pass on: a mask of ``-inf`` is no mistake, but ``-inf - -inf`` is. A NaN that
    no operation has made, but came in with the data or the weights, is one too, as soon
    as it gets into a result; a constant NaN (``np.where(known, x, np.nan)``) is not.

    It looks at what this thread, or async task, does. Compiled functions run as they
    stand, hot ones without kernels, and NumPy does not warn.

    Args:
        inf: look for infinities, too, not for NaN alone.

    Raises:
        NonFiniteError: an ArithmeticError; names the function, the line, how many
            numbers there are, the operands with their ranges, and what they come from.
    """
    quiet = np.errstate(all="ignore")
    with eager(), numpy_only(), quiet, watching(_Finder(inf)):
        yield


def find(step: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Run a step inside of `nan`, and put everything back as it was before.

    Args:
        step: any function, compiled or not. All that it can reach is put back: models,
            optimizers, and arrays in its arguments, closures and globals, the position
            of random generators.
        *args: what it takes,
        **kwargs: also by name.

    Raises:
        NonFiniteError: an ArithmeticError; it makes a NaN or an infinity.
    """
    function = step.function if isinstance(step, Compiled) else step
    with unchanged(function, args, kwargs), nan():
        function(*args, **kwargs)


class Origin(NamedTuple):
    """What computed an array."""

    name: str
    birth: Birth
    range: str

    @property
    def fields(self) -> dict[str, str]:
        """For the texts."""
        return {"name": self.name, "place": place(self.birth)}


class _Finder:
    """Looks at what is computed, and remembers where arrays come from."""

    def __init__(self, inf: bool) -> None:
        self.inf = inf
        self.origins = Notes()  # of an array: the last computations behind it
        self.look = {
            FORWARD: self._forward,
            BACKWARD: self._backward,
            STEP: self._step,
        }

    def __call__(self, event: Event, compute: Callable[[], Any]) -> Any:
        """Compute, and look at what comes out."""
        y = compute()
        if event.kind in self.look:
            self.look[event.kind](event, y)
        return y

    def _forward(self, event: Event, y: Any) -> None:
        if not (isinstance(event.subject, Function) or RULES[event.subject].vjps):
            return  # it compares or counts, and computes no numbers
        operands = [*_numbers((event.operands, event.options))]
        for array in map(data_of, arrays_in(y)):
            if self._is_bad(array):
                self._judge(event, array, operands)
            self._remember(event, array, operands)

    def _judge(self, event: Event, y: Any, operands: list[Any]) -> None:
        """Raise if the operation made it, or if it is a NaN that came in."""
        nans = [x for x in operands if _has(np.isnan, x)]
        came = [x for x in nans if np.ndim(x) and self.origins.get(x) is None]
        clean = not (nans or any(_has(np.isinf, x) for x in operands))
        made = _has(np.isnan, y) and not nans
        if made or clean or (came and _has(np.isnan, y)):
            named = _numbered(_as_written(event))
            raise self._error(event, y, text("word-nonfinite-result"), named, not came)

    def _backward(self, event: Event, pairs: Any) -> None:
        for x, g in pairs:
            if self._is_bad(data_of(g)):
                args = event.subject._args
                i = next(i for i, each in enumerate(args, 1) if each is x)
                word = text("word-nonfinite-gradients")
                named = [(word, g) for g in event.operands] + _numbered(args)
                what = text("word-nonfinite-gradient", i=i)
                clean = not any(map(self._is_bad, map(data_of, event.operands)))
                raise self._error(event, data_of(g), what, named, clean)

    def _step(self, event: Event, y: Any) -> None:
        delta, state = y
        for array in (delta, *state.values()):
            if self._is_bad(array):
                grad, before, data = event.operands
                found = event.subject.parameters().items()
                name = next((n for n, p in found if p.data is data), "?")
                named = [("grad", grad), *before.items(), (name, data)]
                what = text("word-nonfinite-step", name=name)
                raise self._error(event, array, what, named, not self._is_bad(grad))

    def _is_bad(self, x: Any) -> bool:
        return _has(np.isnan, x) or (self.inf and _has(np.isinf, x))

    def _remember(self, event: Event, y: Any, operands: list[Any]) -> None:
        trails = filter(None, map(self.origins.get, operands))
        origin = Origin(event.name, event.birth, _range(y))
        self.origins[y] = (origin, *next(trails, ()))[:DEPTH]

    # -- the message ------------------------------------------------------------------

    def _error(
        self, event: Event, bad: Any, what: str, named: Any, made: bool
    ) -> NonFiniteError:
        layer = text("word-nonfinite-layer", name=event.layer) if event.layer else ""
        called = text("word-called-at", place=place(event.birth)) + layer
        lines = [called, *(line for each in named for line in self._lines(*each))]
        first = np.argwhere(~np.isfinite(bad))[0].tolist()
        hint = text(_hint(event, [data_of(x) for _, x in named]))
        code = "debug-nonfinite" if made else "debug-nonfinite-came"
        fields = {"name": event.name, "what": what, "count": _count(bad), "at": first}
        error = tell(NonFiniteError, code, **fields, hint=hint)
        told, fix = str(error).split("\n")
        error.args = ("\n".join([told, *(f"  {line}" for line in lines), fix]),)
        return error

    def _lines(self, name: str, x: Any) -> Iterator[str]:
        """An operand, and the computations behind it."""
        trail = self.origins.get(data_of(x), ())
        shown = describe(data_of(x) if trail else x)
        yield f"{name}: {shown}{_range(data_of(x))}"
        for origin in trail[:1]:
            yield f"  {text('word-nonfinite-by', **origin.fields)}"
        for origin in trail[1:]:
            yield f"  {text('word-nonfinite-fed', **origin.fields)}{origin.range}"


def _hint(event: Event, operands: list[Any]) -> str:
    """What to do, as a code of the table."""
    if any(_has(np.isinf, x) for x in operands):
        return "word-nonfinite-infinite"
    if event.kind == STEP:
        return "word-nonfinite-large"
    return HINT_OF.get(event.name.removeprefix("np."), "word-nonfinite-hint")


def _as_written(event: Event) -> Iterable[Any]:
    """The operands of a function as the program has them, with names and lines.

    Rules get plain arrays; the Variables are a few frames above, in `apply`.
    """
    frame = sys._getframe() if not isinstance(event.subject, Function) else None
    while frame is not None and frame.f_code is not apply.__code__:
        frame = frame.f_back
    return event.operands if frame is None else frame.f_locals["args"]


def _numbered(operands: Iterable[Any]) -> list[tuple[str, Any]]:
    word = text("word-argument")
    return [(f"{word} {i}", x) for i, x in enumerate(operands, 1)]


def _numbers(x: Any) -> Iterator[Any]:
    """The arrays and numbers in nested operands."""
    if isinstance(x, dict):
        yield from _numbers(list(x.values()))
    elif isinstance(x, tuple | list):
        for part in x:
            yield from _numbers(part)
    elif isinstance(x, float | complex) or hasattr(x, "dtype"):
        yield data_of(x)


def _has(test: Callable[[Any], Any], x: Any) -> bool:
    """Is there such a number in an array? Other kinds of array have none."""
    if isinstance(x, float | complex):
        return bool(test(x))
    return getattr(x, "dtype", None) is not None and (
        x.dtype.kind in "fc" and bool(test(x).any())
    )


def _count(x: Any) -> str:
    counts = {"NaN": np.isnan(x).sum().item(), "inf": np.isinf(x).sum().item()}
    found = ", ".join(f"{n} {kind}" for kind, n in counts.items() if n)
    return text("word-nonfinite-count", found=found, total=x.size)


def _range(x: Any) -> str:
    """From where to where the numbers of an array go, and how many are not finite."""
    if not getattr(x, "size", 0) or x.dtype.kind not in "biufc":
        return ""
    real = np.abs(x) if x.dtype.kind == "c" else x
    finite = real[np.isfinite(real)]
    if not finite.size:
        return f", {_count(x)}"
    low, high = (f"{end.item():.6g}" for end in (finite.min(), finite.max()))
    rest = f", {_count(x)}" if finite.size < x.size else ""
    return f", {text('word-nonfinite-range', low=low, high=high)}{rest}"
