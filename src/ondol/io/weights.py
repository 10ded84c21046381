"""The weights of a model in a file, under the names that the tree walk gives them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from ..core import Parameter, State, Variable
from ..errors import tell, text
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
        names = ", ".join(lazy)
        raise tell(WeightsError, "weights-lazy", names=names, kind=_kind(tree))
    save_arrays(path, {name: leaf.data for name, leaf in leaves.items()})


def load_weights(
    path: PathLike,
    tree: Any,
    strict: bool = True,
    rename: Callable[[str], str] = str,
    max_bytes: int | None = None,
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
        max_bytes: that the arrays may take; see `load_arrays`.

    Raises:
        WeightsError: a ValueError that lists everything in the file that does not fit;
            the model is then as it was. Also as `load_arrays`.
        FileNotFoundError: there is no such file.
    """
    leaves = _leaves(tree)
    arrays = _renamed(load_arrays(path, max_bytes), rename, path)
    both = [name for name in leaves if name in arrays]
    problems = list(_misfits(leaves, arrays, both))
    if strict or not both:
        problems = [*_differences(leaves, arrays), *problems]
    if problems:
        lines = "".join(f"\n  {problem}" for problem in problems)
        fields = {"path": os.fspath(path), "kind": _kind(tree)}
        raise tell(WeightsError, "weights-misfit", (), lines, **fields)
    for name in both:
        leaf = leaves[name]
        leaf.data = arrays[name] if leaf.data is None else _cast(leaf, arrays[name])


def _renamed(arrays: Arrays, rename: Callable[[str], str], path: PathLike) -> Arrays:
    """The arrays of a file under the names of the model."""
    found: Arrays = {}
    for name, array in arrays.items():
        new = rename(name)
        if new in found:
            fields = {"path": os.fspath(path), "name": name, "new": new}
            raise tell(WeightsError, "weights-twice", **fields)
        found[new] = array
    return found


def _leaves(tree: Any) -> dict[str, Variable]:
    """The parameters and states of a model under their names."""
    leaves = collect(tree, (Parameter, State))
    if not leaves:
        raise tell(WeightsError, "weights-none", kind=_kind(tree))
    return leaves


def _kind(tree: Any) -> str:
    return type(tree).__name__


def _differences(leaves: dict[str, Variable], arrays: Arrays) -> Iterator[str]:
    """A line for the names that the file lacks, and one for those it has in excess."""
    missing = [name for name in leaves if name not in arrays]
    extra = [name for name in arrays if name not in leaves]
    if missing:
        yield text("word-missing-from-file", names=", ".join(missing))
    if extra:
        yield text("word-only-in-file", names=", ".join(extra))


def _misfits(
    leaves: dict[str, Variable], arrays: Arrays, names: Iterable[str]
) -> Iterator[str]:
    """A line for each array whose shape, dtype or values its parameter cannot take."""
    for name in names:
        leaf, array = leaves[name], arrays[name]
        reason = _misfit(leaf, array)
        if reason:
            found = f"{array.dtype} {array.shape}"
            yield text(reason, name=name, has=_has(leaf), found=found)


def _has(leaf: Variable) -> str:
    if leaf.data is None:
        return text("word-no-array-yet")
    return f"{leaf.dtype} {leaf.shape}"


def _misfit(leaf: Variable, array: np.ndarray) -> str | None:
    """What of an array its parameter cannot take."""
    if array.dtype.kind not in "biufc":
        return "word-misfit-dtype"
    if leaf.data is None:
        return None
    if array.shape != leaf.shape:
        return "word-misfit-shape"
    if not np.can_cast(array.dtype, leaf.dtype, "same_kind"):
        return "word-misfit-dtype"
    return None if _holds(_cast(leaf, array), array) else "word-misfit-values"


def _cast(leaf: Variable, array: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        return array.astype(leaf.dtype, copy=False)


def _holds(cast: np.ndarray, array: np.ndarray) -> bool:
    """Did a conversion keep the values, but for rounding? Too large ones it cannot."""
    if cast.dtype.kind in "fc":
        return np.array_equal(np.isfinite(cast), np.isfinite(array))
    return np.array_equal(cast, array)
