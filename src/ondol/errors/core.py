"""The errors of the core, one function each."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from .kinds import (
    ArgumentError,
    DtypeError,
    GradientError,
    IndexingError,
    OndolError,
    ShapeError,
    UnsupportedError,
)
from .places import Birth, call_site, describe, operands, place


def explain(name: str, args: tuple[Any, ...], error: Exception) -> OndolError:
    """Retell what NumPy said about a call, with the operands and their lines."""
    if isinstance(error, OndolError):
        return error
    kind: type[OndolError] = IndexingError
    no_data = name.startswith("np.") and any(x is None for x in args)
    if isinstance(error, TypeError | AttributeError) or no_data:
        kind = DtypeError
    elif isinstance(error, ValueError):  # NumPy's LinAlgError: singular, for example
        kind = ArgumentError if "LinAlg" in type(error).__name__ else ShapeError
    return kind(f"{name}: {error}{operands(args)}")


def not_numbers(data: Any) -> DtypeError:
    """For a Variable of something that cannot be computed with."""
    if hasattr(data, "creator"):
        return DtypeError(
            f"{type(data)} is not supported: a Variable holds an ndarray or None; take "
            "the array of that Variable: its .data"
        )
    if hasattr(data, "dtype") and not hasattr(data, "creator"):
        return DtypeError(
            f"a Variable holds numbers, not a {type(data).__name__} of dtype "
            f"{data.dtype}: convert it first, for example data.astype(np.float32)"
        )
    return DtypeError(
        f"{type(data)} is not supported: a Variable holds an ndarray or None; write "
        f"Variable(np.array({data!r:.60}))"
    )


def data_replaced(call: Any, x: Any) -> GradientError:
    """For a recorded backward pass that finds other data than the forward pass had."""
    return GradientError(
        f"{call.name}: the data of an input was replaced after the call, so its "
        "derivative cannot be recorded; run backward(create_graph=True) before "
        f"x.data = ...\n  the input is now {describe(x)}{call_site(call)}"
    )


def overwritten(call: Any, i: int, birth: Birth | None) -> GradientError:
    """For a backward pass that needs numbers which are no longer there."""
    count = len(call._args)
    what = f"argument {i + 1}" if i < count else "the result"
    x = call._args[i] if i < count else call.output_variables()[i - count]
    where = f"written into at {place(birth)}" if birth else "it holds other numbers now"
    return GradientError(
        f"{call.name}: {what} was written into after the call, and the gradient needs "
        "what was there before; call backward() first, or make a new array: "
        f"x.data = x.data - d\n  {what}: {describe(x)}\n  {where}{call_site(call)}"
    )


def no_item_assignment() -> UnsupportedError:
    """For ``x[index] = value``."""
    return UnsupportedError(
        "x[index] = value would change an array that the graph remembers. Write "
        "y = x.at[index].set(value) for a new one (or .add, .multiply, .min, .max); "
        "outside the graph: x.data[index] = value"
    )


def wrong_grad(x: Any, grad: Any) -> ShapeError:
    """For ``x.grad = grad`` of another shape."""
    return ShapeError(
        f"a gradient has the shape of its Variable: expected {x.shape}, got "
        f"{grad.shape}{operands((x, grad))}"
    )


def no_graph(x: Any) -> GradientError:
    """For `backward` of a result that was not recorded."""
    return GradientError(
        "backward: this Variable has no graph: it was computed in no_grad(), or by a "
        f"function whose result carries no gradient\n  it is {describe(x)}"
    )


def complex_loss(x: Any) -> GradientError:
    """For `backward` of a complex result without a gradient to start from."""
    return GradientError(
        "backward: a loss has to be real, this Variable is complex: take for example "
        "np.sum(np.abs(y) ** 2) or np.real(y); or set its grad, dL/dRe + i dL/dIm, "
        f"first\n  it is {describe(x)}"
    )


def bad_result(call: Any, y: Any) -> DtypeError:
    """For a `forward` that returned something that is no array."""
    return DtypeError(
        f"{call.name}.forward returned {y!r:.60}, a {type(y).__name__}; return an "
        "array or a tuple of arrays"
    )


def gradient_count(call: Any, count: int) -> GradientError:
    """For a `backward` that forgot an input."""
    return GradientError(
        f"{call.name}.backward returned {count} gradients for {len(call._args)} "
        "inputs; "
        f"return one for each, None where there is none{call_site(call)}"
    )


def gradient_misfit(call: Any, what: str, got: Any, expected: Any) -> GradientError:
    """For a gradient of a shape or dtype that its input cannot have."""
    return GradientError(
        f"{call.name} gave a gradient of {what} {got} for an input of {what} "
        f"{expected}{call_site(call)}"
    )


def unknown_function(
    name: str, known: Iterable[str], args: tuple[Any, ...]
) -> UnsupportedError:
    """For a NumPy function that has no rule; names the nearest that have one."""
    short = {full.rpartition(".")[2]: full for full in sorted(known)}
    near = difflib.get_close_matches(name.rpartition(".")[2], short, cutoff=0.5)
    hint = (
        f"the nearest that are: {', '.join(short[n] for n in near)}; " if near else ""
    )
    return UnsupportedError(
        f"{name} is not differentiable in ondol; {hint}for a constant result apply it "
        f"to x.data, for a derivative of your own write a Function{operands(args)}"
    )


def unknown_arguments(
    name: str, expected: tuple[str, ...], got: str, args: tuple[Any, ...]
) -> UnsupportedError:
    """For a call of a function that has a rule, in a way the rule does not cover."""
    return UnsupportedError(
        f"{name} of Variables takes ({', '.join(expected)}), not {got}{operands(args)}"
    )


def ufunc_call(
    name: str, method: str, kwargs: Iterable[str], args: tuple[Any, ...]
) -> UnsupportedError:
    """For ``out=``, ``where=``, ``dtype=``, and methods such as ``np.add.reduce``."""
    how = name if method == "__call__" else f"{name}.{method}"
    if "out" in kwargs:
        return UnsupportedError(
            f"{how}: a Variable cannot change an array in place; write a = a + b, or "
            "to update data outside of the graph x.data -= lr * x.grad.data"
            f"{operands(args)}"
        )
    return UnsupportedError(
        f"{how}({', '.join(f'{key}=' for key in kwargs)}) is not differentiable: call "
        f"{name} itself (np.sum for add.reduce, np.where for where=, a = a + b for "
        f"out= and in-place operators){operands(args)}"
    )


def same_name(names: list[str]) -> ArgumentError:
    """For two parts of a model under one dotted name."""
    name = next(name for name in names if names.count(name) > 1)
    return ArgumentError(
        f"two parts of the model are both called {name!r}: give dict keys that stay "
        "different as str (1 and '1' do not) and hold no dots"
    )
