"""The weights of a model in a file, under the names that the tree walk gives them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from ..core import Parameter, State, Variable
from ..tree import collect
from .atomic import PathLike
from .formats import Arrays, WeightsError, load_arrays, save_arrays


def save_weights(path: PathLike, tree: Any) -> None:
    """Write all parameters and states of a model to a file, whole or not at all.

    Args:
        path: ends in ``.safetensors`` or ``.npz``; see `save_arrays`.
        tree: a model, or any list, tuple or dict of models.

    Raises:
        WeightsError: a ValueError; the model has nothing to save, or a lazy layer has
            no parameters yet.
        ArgumentError: a ValueError; two parameters have one name.
        ValueError, OSError: as `save_arrays`.
    """
    leaves = _leaves(tree)
    lazy = [name for name, leaf in leaves.items() if leaf.data is None]
    if lazy:
        raise WeightsError(
            f"{', '.join(lazy)} of {_kind(tree)} hold no array yet: run the model once "
            "on a sample input, or give the layers their input size, then save"
        )
    save_arrays(path, {name: leaf.data for name, leaf in leaves.items()})


def load_weights(
    path: PathLike,
    tree: Any,
    strict: bool = True,
    rename: Callable[[str], str] = str,
) -> None:
    """Give a model the parameters and states of a file: all of them or, on error, none.

    Each array is converted to the dtype of its parameter. A parameter of a lazy layer
    that has not run yet takes shape and dtype from the file.

    Args:
        path: a file that `save_weights` wrote, or one with the same names.
        tree: the model, built as the saved one was.
        strict: False passes over names that only the file or only the model has, as
            long as they have one in common.
        rename: turns a name in the file into the model's.

    Raises:
        WeightsError: a ValueError that lists everything in the file that does not fit;
            the model is then as it was. Also as `load_arrays`.
        FileNotFoundError: there is no such file.
    """
    leaves, arrays = _leaves(tree), _renamed(load_arrays(path), rename, path)
    both = [name for name in leaves if name in arrays]
    problems = list(_misfits(leaves, arrays, both))
    if strict or not both:
        problems = [*_differences(leaves, arrays), *problems]
    if problems:
        raise WeightsError(
            f"{os.fspath(path)} does not fit this {_kind(tree)}; nothing was loaded:"
            + "".join(f"\n  {problem}" for problem in problems)
        )
    for name in both:
        leaf = leaves[name]
        leaf.data = arrays[name] if leaf.data is None else _cast(leaf, arrays[name])


def _renamed(arrays: Arrays, rename: Callable[[str], str], path: PathLike) -> Arrays:
    """The arrays of a file under the names of the model."""
    found: Arrays = {}
    for name, array in arrays.items():
        if rename(name) in found:
            raise WeightsError(
                f"{os.fspath(path)}: {name!r} is one of two arrays for {rename(name)!r}"
            )
        found[rename(name)] = array
    return found


def _leaves(tree: Any) -> dict[str, Variable]:
    """The parameters and states of a model under their names."""
    leaves = collect(tree, (Parameter, State))
    if not leaves:
        raise WeightsError(
            f"found no Parameter or State in this {_kind(tree)}: a model derives from "
            "Layer or Model, or is a list, tuple or dict of such"
        )
    return leaves


def _kind(tree: Any) -> str:
    return type(tree).__name__


def _differences(leaves: dict[str, Variable], arrays: Arrays) -> Iterator[str]:
    """A line for the names that the file lacks, and one for those it has in excess."""
    missing = [name for name in leaves if name not in arrays]
    extra = [name for name in arrays if name not in leaves]
    if missing:
        yield f"missing from the file: {', '.join(missing)}"
    if extra:
        yield f"only in the file: {', '.join(extra)}"


def _misfits(
    leaves: dict[str, Variable], arrays: Arrays, names: Iterable[str]
) -> Iterator[str]:
    """A line for each array whose shape, dtype or values its parameter cannot take."""
    for name in names:
        leaf, array = leaves[name], arrays[name]
        reason = _misfit(leaf, array)
        if reason:
            has = "no array yet" if leaf.data is None else f"{leaf.dtype} {leaf.shape}"
            yield (
                f"{reason} of {name}: the model has {has}, "
                f"the file {array.dtype} {array.shape}"
            )


def _misfit(leaf: Variable, array: np.ndarray) -> str | None:
    """What of an array its parameter cannot take."""
    if array.dtype.kind not in "biufc":
        return "dtype"
    if leaf.data is None:
        return None
    if array.shape != leaf.shape:
        return "shape"
    if not np.can_cast(array.dtype, leaf.dtype, "same_kind"):
        return "dtype"
    return None if _holds(_cast(leaf, array), array) else "range of values"


def _cast(leaf: Variable, array: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        return array.astype(leaf.dtype, copy=False)


def _holds(cast: np.ndarray, array: np.ndarray) -> bool:
    """Did a conversion keep the values, but for rounding? Too large ones it cannot."""
    if cast.dtype.kind in "fc":
        return np.array_equal(np.isfinite(cast), np.isfinite(array))
    return np.array_equal(cast, array)
