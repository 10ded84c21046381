"""Functions in, functions out: gradients, products with Jacobians, and these whole.

The functions take and return arrays or Variables, also inside lists, tuples and dicts;
an argument that is a layer stands for its parameters, and a derivative by it is a dict
by dotted name. No ``grad`` changes. What they return are Variables: constants if the
arguments are plain arrays, else part of the graph, so that all of them nest.

A derivative costs what the book's `backward` costs, times a small number: no Jacobian
is made on the way to a product with it (Griewank, Walther, "Evaluating Derivatives",
2nd ed. 2008, chapters 3 and 4).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from operator import index
from typing import Any

import numpy as np

from ..core import Variable
from ..core.graph import as_operand, lift
from ..errors import (
    ArgumentError,
    ShapeError,
    complex_loss,
    name_of,
    no_function,
    tell,
)
from .run import Run
from .structure import flatten, flatten_like
from .vmap import vmap

Function = Callable[..., Any]
Argnums = int | Sequence[int]


def value_and_grad(
    f: Function, argnums: Argnums = 0, has_aux: bool = False
) -> Function:
    """A function that returns what `f` does, and its gradient: ``(y, gradient)``.

    Args:
        f: returns one real number; with `has_aux` a pair of it and anything else.
        argnums: the position of the argument to differentiate by, or several; the
            gradient is then a tuple.
        has_aux: then the new function returns ``((y, aux), gradient)``.

    Returns:
        A function with the arguments of `f`. The gradient has the form of the argument;
        for a layer it is a dict of its parameters' gradients by dotted name.

    Raises:
        ShapeError: `f` does not return one number.
        DtypeError: `f` is no function, or an argument to differentiate by is not real.
        GradientError: `f` returns a complex number.
        ArgumentError: there is no argument at a position.
    """
    if not callable(f):
        raise no_function(f)

    @wraps(f)
    def with_gradient(*args: Any, **kwargs: Any) -> Any:
        aux: list[Any] = []
        run = Run(_number(f, has_aux, aux), args, _positions(argnums, args), kwargs)
        (y,) = run.outputs
        gradient = run.like_x(_outside(run.back([np.ones_like(y.data)])))
        value = run.shown((y, aux[0]) if has_aux else y)
        return value, _picked(gradient, argnums)

    return with_gradient


def grad(f: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function:
    """The function that returns the gradient of `f`; see `value_and_grad`.

    With `has_aux` it returns ``(gradient, aux)``.
    """
    both = value_and_grad(f, argnums, has_aux)

    @wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        y, g = both(*args, **kwargs)
        return (g, y[1]) if has_aux else g

    return gradient


def vjp(f: Function, *xs: Any) -> tuple[Any, Function]:
    """``f(*xs)``, and what turns a gradient of that into the gradients of the `xs`.

    Args:
        f: returns arrays of any shapes.
        xs: its arguments.

    Returns:
        ``(y, pullback)``: `pullback` takes what has the form and shapes of y, and
        returns a tuple, one gradient for each of the `xs`. It may be called again.
        Gradients by complex numbers are those of ``x.grad``, dL/dRe + i dL/dIm.
    """
    run = Run(f, xs, range(len(xs)), {})

    def pullback(gy: Any) -> tuple[Any, ...]:
        gys = _outside(_leaves("vjp", gy, run.like_y(run.outputs)))
        return tuple(run.like_x(_outside(run.back(gys))))

    return run.shown(run.y), pullback


def jvp(f: Function, xs: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """``f(*xs)``, and its derivative as the arguments move along `tangents`.

    Args:
        f: returns arrays of any shapes.
        xs: its arguments.
        tangents: a direction for each; of the same form and shapes.

    Returns:
        ``(y, dy)``: dy is the Jacobian times the tangents, of the form of y.
    """
    xs, tangents = _listed("jvp", xs), _listed("jvp", tangents)
    run = Run(f, xs, range(len(xs)), {})
    dys = run.forth(_leaves("jvp", tangents, run.like_x(run.inputs)))
    return run.shown(run.y), run.like_y(dys)


def hvp(f: Function, xs: Sequence[Any], vs: Sequence[Any]) -> tuple[Any, ...]:
    """The second derivatives of `f` at `xs`, times `vs`; a tuple like `xs`.

    A gradient of a gradient: the matrix of second derivatives is symmetric and never
    made (Pearlmutter, "Fast exact multiplication by the Hessian", 1994).

    Args:
        f: returns one real number.
        xs: its arguments.
        vs: a direction for each; of the same form and shapes.
    """
    xs, vs = _listed("hvp", xs), _listed("hvp", vs)
    _, pullback = vjp(grad(f, range(len(xs))), *xs)
    return pullback(vs)


def jacobian(f: Function, argnums: Argnums = 0) -> Function:
    """The function that returns all derivatives of the outputs of `f` by its inputs.

    A row is the pullback of one output, a column the derivative along one input; it
    takes what is fewer, all of them at once by `vmap`.

    Args:
        f: returns arrays of any shapes.
        argnums: the position of the argument to differentiate by, or several.

    Returns:
        A function with the arguments of `f`. Where `f` returns y and x is the argument
        it returns an array of shape ``(*y.shape, *x.shape)``; of several of either, in
        the form of y, with the form of x inside.
    """
    if not callable(f):
        raise no_function(f)

    @wraps(f)
    def derivatives(*args: Any, **kwargs: Any) -> Any:
        run = Run(f, args, _positions(argnums, args), kwargs)
        rows = sum(y.size for y in run.outputs)
        columns = sum(x.size for x in run.inputs)
        # A column costs about twice what a row does.
        table = _by_columns(run) if 2 * columns < rows else _by_rows(run)
        return run.like_y(_picked(run.like_x(row), argnums) for row in table)

    return derivatives


def hessian(f: Function, argnums: Argnums = 0) -> Function:
    """The function that returns all second derivatives of `f`, which returns a number.

    Returns:
        A function with the arguments of `f`; its result has the shape
        ``(*x.shape, *x.shape)``, see `jacobian`.
    """
    return jacobian(grad(f, argnums), argnums)


def _outside(gs: Sequence[Any]) -> list[Any]:
    """Gradients of the engine as those in ``x.grad`` and back: the conjugates."""
    return [np.conjugate(g) if np.iscomplexobj(g) else g for g in gs]


def _by_rows(run: Run) -> list[list[Any]]:
    """The Jacobian of each output by each input, one backward pass for an element."""
    return [
        [
            np.reshape(row, (*y.shape, *x.shape))
            for x, row in zip(run.inputs, rows, strict=True)
        ]
        for y, rows in zip(
            run.outputs, _along_units(run.back, run.outputs), strict=True
        )
    ]


def _by_columns(run: Run) -> list[list[Any]]:
    """The same, one derivative for an element of the inputs."""
    columns = _along_units(run.forth, run.inputs)
    return [
        [
            np.reshape(np.moveaxis(column[i], 0, -1), (*y.shape, *x.shape))
            for x, column in zip(run.inputs, columns, strict=True)
        ]
        for i, y in enumerate(run.outputs)
    ]


def _along_units(linear: Function, spaces: Sequence[Variable]) -> list[Any]:
    """A linear map of every unit vector of each space; zeros in the others."""
    zeros = [np.zeros_like(x.data) for x in spaces]

    def images(k: int, x: Variable) -> Any:
        units = np.eye(x.size, dtype=x.dtype, like=x.data)
        units = np.reshape(units, (x.size, *x.shape))
        return vmap(lambda unit: linear([*zeros[:k], unit, *zeros[k + 1 :]]))(units)

    return [images(k, x) for k, x in enumerate(spaces)]


def _positions(argnums: Argnums, args: Sequence[Any]) -> tuple[int, ...]:
    """`argnums` as positions counted from the front."""
    try:
        which = tuple(map(index, np.ravel(argnums)))
    except TypeError:
        which = ()
    places = {i % len(args) for i in which if -len(args) <= i < len(args)}
    if not which or len(places) < len(which):
        raise tell(ArgumentError, "grad-argnums", args, got=argnums, count=len(args))
    return tuple(i % len(args) for i in which)


def _picked(values: list[Any], argnums: Argnums) -> Any:
    """One value for one argument, a tuple for several."""
    return tuple(values) if np.ndim(argnums) else values[0]


def _number(f: Function, has_aux: bool, aux: list[Any]) -> Function:
    """`f`, checked to return one real number; what is beside it goes into `aux`."""

    def number(*args: Any, **kwargs: Any) -> Variable:
        y = f(*args, **kwargs)
        if has_aux:
            if not isinstance(y, tuple) or len(y) != 2:
                raise tell(ArgumentError, "grad-aux", name=name_of(f), got=y)
            y, rest = y
            aux.append(rest)
        leaves, _ = flatten(y)
        if len(leaves) != 1 or np.shape(leaves[0]) != ():
            raise tell(ShapeError, "grad-not-a-number", leaves, name=name_of(f))
        value = lift(as_operand(leaves[0]))
        if value.dtype.kind == "c":
            raise complex_loss(value)
        return value

    return number


def _listed(what: str, xs: Any) -> Any:
    """One value for each argument; an array would be taken apart in its place."""
    if isinstance(xs, list | tuple):
        return xs
    raise tell(ArgumentError, "transformation-arguments", [xs], name=what)


def _leaves(what: str, given: Any, expected: Any) -> list[Any]:
    """The leaves of `given`, in the order of those of what is expected."""
    leaves = flatten_like(expected, given)
    if leaves is None:
        values, others = flatten(expected)[0], flatten(given)[0]
        counts = {"expected": len(values), "got": len(others)}
        both = [*values, *others]
        raise tell(ArgumentError, "transformation-structure", both, name=what, **counts)
    return leaves
