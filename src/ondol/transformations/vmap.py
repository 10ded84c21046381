"""`vmap`: a function of one example becomes one of many."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import numpy as np

from ..arrays import is_array
from ..core.graph import as_operand, lift
from ..errors import (
    ArgumentError,
    ShapeError,
    no_function,
    tell,
)
from ..tree import Tree
from .batched import Batched, Level, levels
from .batching import at, full
from .structure import flatten, paired


def vmap(
    f: Callable[..., Any], in_axes: Any = 0, out_axes: Any = 0
) -> Callable[..., Any]:
    """A function that does to many examples at once what `f` does to one.

    The results are those of a loop over the examples, joined along a new axis; the
    work is done on all of them together. What has no rule for that is looped over.

    Args:
        f: takes and returns arrays or Variables, also in lists, tuples and dicts. It
            may not branch on their values. Random numbers that it draws are the same
            for each example.
        in_axes: which axis of the arguments counts the examples; None for an argument
            that all of them share, which may also be a setting. One for all arguments,
            or a tuple or list with one for each, which may have the form of the
            argument.
        out_axes: where that axis goes in the results, likewise; None for a result that
            does not depend on the example.

    Returns:
        A function with the arguments of `f`; those given by name are shared.

    Raises:
        ArgumentError: no argument has an axis of examples, or `in_axes` does not fit.
        ShapeError: arguments have different numbers of examples.
        UnsupportedError: `f` branches on a value, or converts one to a number.
    """
    if not callable(f):
        raise no_function(f)

    @wraps(f)
    def mapped_f(*args: Any, **kwargs: Any) -> Any:
        leaves, rebuild = flatten(list(args))
        each = isinstance(in_axes, tuple | list)
        axes = _spread(list(in_axes) if each else in_axes, list(args), "in_axes")
        pairs = list(zip(map(_operand, leaves, axes), axes, strict=True))
        level = Level(_size(pairs))
        inputs = [x if axis is None else _hidden(x, axis, level) for x, axis in pairs]
        token = levels.set((*levels.get(), level))
        try:
            outputs, like_y = flatten(f(*rebuild(inputs), **kwargs))
            places = _spread(out_axes, like_y(outputs), "out_axes")
            return like_y(map(partial(_shown, level), outputs, places))
        finally:
            levels.reset(token)

    return mapped_f


def _operand(x: Any, axis: int | None) -> Any:
    """An array as a Variable; what is shared and no array, a setting, as it is."""
    setting = axis is None and not is_array(x)
    return x if setting or isinstance(x, Tree) else lift(as_operand(x))


def _spread(axes: Any, structure: Any, what: str) -> list[Any]:
    """One axis for each leaf of `structure`; one in `axes` may stand for a part."""
    if axes is None or isinstance(axes, int | np.integer):
        return [axes] * len(flatten(structure)[0])
    pairs = paired(structure, axes)
    if pairs is None:
        fields = {"what": what, "axes": axes, "structure": repr(structure)}
        raise tell(ArgumentError, "vmap-axes", **fields)
    return [axis for part, a in pairs for axis in _spread(a, part, what)]


def _size(pairs: list[tuple[Any, Any]]) -> int:
    """How many examples there are."""
    batched = [(x, axis) for x, axis in pairs if axis is not None]
    for x, axis in batched:
        if isinstance(x, Tree) or not -x.ndim <= axis < x.ndim:
            raise tell(ArgumentError, "vmap-no-axis", [x], axis=axis)
    sizes = {x.shape[axis] for x, axis in batched}
    if not sizes:
        raise tell(ArgumentError, "vmap-nothing-batched")
    if len(sizes) > 1:
        xs, axes = zip(*batched, strict=True)
        raise tell(ShapeError, "vmap-sizes", xs, sizes=sorted(sizes), axes=[*axes])
    return sizes.pop()


def _hidden(x: Any, axis: int, level: Level) -> Batched:
    return Batched(np.moveaxis(x, axis, 0) if axis % x.ndim else x, level)


def _shown(level: Level, y: Any, axis: int | None) -> Any:
    """A result with its axis of examples in place."""
    y = lift(as_operand(y))
    if axis is not None:
        return np.moveaxis(full(level, y), 0, axis)
    if at(level, y):
        raise tell(ArgumentError, "vmap-out-axes", [y])
    return y
