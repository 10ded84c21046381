"""The errors of the core, one function each."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from .kinds import (
    ArgumentError,
    DtypeError,
    GradientError,
    IndexingError,
    MissingAttributeError,
    MissingMethodError,
    OndolError,
    ShapeError,
    UnsupportedError,
    UsageError,
)
from .message import retell, tell
from .places import Birth, call_site, place
from .texts import text

# What NumPy and Python say, and our code for it; the first that fits counts.
_SAID = {
    "call-arguments": "positional argument|required keyword|unexpected keyword",
    "core-ragged": "inhomogeneous",
    "core-index-type": "are valid indices|used as ind|unhashable type: 'slice'",
    "core-index": "index .*out of bounds|out of bounds index|too many indices|boolean",
    "core-join": "concatenat|must have same|must have the same|array dimensions",
    "core-broadcast": "broadcast|shape mismatch",
    "core-product": "core dimension|not aligned",
    "core-reshape": "cannot reshape|unknown dimension",
    "core-axis": r"\b(axis|axes)\b",
    "core-integer": "integer",
}


def explain(name: str, args: tuple[Any, ...], error: Exception) -> OndolError:
    """Retell what NumPy said about a call, with the operands and their lines."""
    if isinstance(error, OndolError):
        retell(error, name, args)
        return error
    kind: type[OndolError] = IndexingError
    code = _code(str(error), isinstance(error, TypeError | AttributeError))
    about_none = name.startswith("np.") or "NoneType" in str(error)
    if any(_has_no_data(x) or (x is None and about_none) for x in args):
        kind, code = DtypeError, "core-no-data"
    elif isinstance(error, TypeError | AttributeError):
        kind = DtypeError
    elif "LinAlg" in type(error).__name__:  # singular, for example
        kind, code = ArgumentError, "core-matrix"
    elif isinstance(error, ValueError):
        kind = ShapeError
    return tell(kind, code, args, name=name, words=str(error).strip())


def _has_no_data(x: Any) -> bool:
    return hasattr(x, "creator") and x._data is None


def _code(words: str, of_types: bool) -> str:
    """The code of what NumPy said, perhaps about types of arguments."""
    found = (code for code, said in _SAID.items() if re.search(said, words))
    return next(found, "core-dtype" if of_types else "core-numpy")


def not_numbers(data: Any) -> DtypeError:
    """For a Variable of something that cannot be computed with."""
    if hasattr(data, "creator"):
        return tell(DtypeError, "core-data-variable", [data], kind=type(data))
    if hasattr(data, "dtype"):
        fields = {"kind": type(data).__name__, "dtype": data.dtype}
        return tell(DtypeError, "core-data-dtype", **fields)
    code = "core-data-type" if _are_numbers(data) else "core-data-other"
    return tell(DtypeError, code, kind=type(data), data=data)


def _are_numbers(data: Any) -> bool:
    """Would NumPy make an array of numbers of it?"""
    try:
        return np.asarray(data).dtype.kind in "biufc"
    except ValueError:  # rows of different lengths
        return False


def data_replaced(call: Any, x: Any) -> GradientError:
    """For a recorded backward pass that finds other data than the forward pass had."""
    now = {text("word-input-now"): x}
    return tell(
        GradientError, "core-data-replaced", now, call_site(call), name=call.name
    )


def overwritten(call: Any, i: int, births: tuple[Birth, ...]) -> GradientError:
    """For a backward pass that needs numbers which are no longer there.

    Args:
        call: the recorded call.
        i: which of its operands and results.
        births: the lines of which one has written into it, as far as is known.
    """
    count = len(call._args)
    is_result = i >= count
    what = text("word-result") if is_result else f"{text('word-argument')} {i + 1}"
    x = call.output_variables()[i - count] if is_result else call._args[i]
    more = f"\n  {_written(births)}{call_site(call)}"
    fields = {"name": call.name, "what": what}
    return tell(GradientError, "core-overwritten", {what: x}, more, **fields)


def _written(births: tuple[Birth, ...]) -> str:
    """Where something was written into."""
    places = [*dict.fromkeys(map(place, births))]
    if not places:
        return text("word-other-numbers")
    if len(places) == 1:
        return text("word-written-at", place=places[0])
    return "\n    ".join([text("word-written-near"), *places])


def no_item_assignment() -> UnsupportedError:
    """For ``x[index] = value``."""
    return tell(UnsupportedError, "core-item-assignment")


def wrong_grad(x: Any, grad: Any) -> ShapeError:
    """For ``x.grad = grad`` of another shape."""
    fields = {"expected": x.shape, "got": grad.shape}
    return tell(ShapeError, "core-grad-shape", {"x": x, "grad": grad}, **fields)


def no_graph(x: Any) -> GradientError:
    """For `backward` of a result that was not recorded."""
    return tell(GradientError, "core-no-graph", {"x": x})


def complex_loss(x: Any) -> GradientError:
    """For `backward` of a complex result without a gradient to start from."""
    return tell(GradientError, "core-complex-loss", {"x": x})


def bad_result(call: Any, y: Any) -> DtypeError:
    """For a `forward` that returned something that is no array."""
    fields = {"result": y, "kind": type(y).__name__}
    return tell(DtypeError, "core-forward-result", name=call.name, **fields)


def gradient_count(call: Any, count: int) -> GradientError:
    """For a `backward` that forgot an input."""
    fields = {"name": call.name, "got": count, "expected": len(call._args)}
    return tell(GradientError, "core-gradient-count", (), call_site(call), **fields)


def gradient_misfit(call: Any, what: str, got: Any, expected: Any) -> GradientError:
    """For a gradient of a shape or dtype that its input cannot have."""
    fields = {"name": call.name, "what": what, "got": got, "expected": expected}
    return tell(GradientError, "core-gradient-misfit", (), call_site(call), **fields)


def unknown_function(
    name: str, known: Iterable[str], args: tuple[Any, ...]
) -> UnsupportedError:
    """For a NumPy function that has no rule; names the nearest that have one."""
    short = {full.rpartition(".")[2]: full for full in sorted(known)}
    near = difflib.get_close_matches(name.rpartition(".")[2], short, cutoff=0.5)
    if not near:
        return tell(UnsupportedError, "core-no-rule", args, name=name)
    names = ", ".join(short[n] for n in near)
    return tell(UnsupportedError, "core-no-rule-near", args, name=name, near=names)


def unknown_arguments(
    name: str, expected: tuple[str, ...], got: str, args: tuple[Any, ...]
) -> UnsupportedError:
    """For a call of a function that has a rule, in a way the rule does not cover."""
    fields = {"name": name, "expected": ", ".join(expected), "got": got}
    return tell(UnsupportedError, "core-arguments", args, **fields)


def ufunc_call(
    name: str, method: str, kwargs: Iterable[str], args: tuple[Any, ...]
) -> UnsupportedError:
    """For ``out=``, ``where=``, ``dtype=``, and methods such as ``np.add.reduce``."""
    how = name if method == "__call__" else f"{name}.{method}"
    if "out" in kwargs:
        return tell(UnsupportedError, "core-in-place", args, how=how)
    fields = {"how": how, "keywords": ", ".join(f"{key}=" for key in kwargs)}
    return tell(UnsupportedError, "core-ufunc-method", args, name=name, **fields)


def same_name(names: list[str]) -> ArgumentError:
    """For two parts of a model under one dotted name."""
    name = next(name for name in names if names.count(name) > 1)
    return tell(ArgumentError, "core-same-name", name=name)


def no_function(f: Any) -> DtypeError:
    """For something else where a function of arrays is to be transformed."""
    return tell(DtypeError, "core-no-function", [f], got=type(f).__name__)


def no_method(name: str, method: str) -> MissingMethodError:
    """For a class without a `method`, ``forward(self, *xs)``, that it has to define."""
    return tell(MissingMethodError, "core-no-method", name=name, method=method)


def setting_is_read(name: str, value: Any) -> UsageError:
    """For ``config.train = False``, which would change nothing."""
    return tell(UsageError, "core-setting-read", name=name, value=value)


def no_setting(name: str, known: Iterable[str]) -> MissingAttributeError:
    """For a setting that there is not."""
    names = ", ".join(known)
    return tell(MissingAttributeError, "core-setting", name=name, known=names)


def not_one_number(x: Any) -> ArgumentError:
    """For a Variable of several elements, or of none, in the place of a number."""
    return tell(ArgumentError, "core-one-number", {"x": x})


def no_truth(x: Any) -> ArgumentError:
    """For ``if x``, ``x and y`` or ``not x`` of several elements."""
    return tell(ArgumentError, "core-truth", {"x": x})


def no_length(x: Any) -> DtypeError:
    """For ``len(x)``, or a loop over `x`, without axes."""
    return tell(DtypeError, "core-length", {"x": x})
