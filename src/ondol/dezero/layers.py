"""The book's layers (steps 44 to 60): ondol's, with weights drawn by ``np.random``.

The weights are drawn in the book's order, so that a seeded program gets its numbers.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import ondol
import ondol.layers as L

from ..core.graph import data_of
from ..errors import ArgumentError, MissingAttributeError, UsageError, tell, text
from ..io.atomic import PathLike, atomic_write
from ..io.formats import load_arrays
from ..tree import walk
from . import functions as F
from .core import Parameter

__all__ = [
    "LSTM",
    "RNN",
    "BatchNorm",
    "Conv2d",
    "Deconv2d",
    "EmbedID",
    "Layer",
    "Linear",
    "Parameter",
]


_ref = weakref.ref


def _normal(shape: tuple[int, ...], fan_in: int, dtype: Any) -> np.ndarray:
    """Normal numbers of variance ``1 / fan_in``."""
    scale = np.dtype(dtype).type(np.sqrt(1 / fan_in))
    return np.random.randn(*shape).astype(dtype) * scale


class Layer(L.Layer):
    """A function with parameters; layers hold layers.

    Attributes:
        inputs, outputs: weak references to what the last call took and gave.
    """

    # Beside the attributes, which are its parts.
    __slots__ = ("_last_call",)

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, ondol.Parameter) and not isinstance(value, Parameter):
            value = Parameter(value.data, value.name)
        super().__setattr__(name, value)

    def __call__(self, *inputs: Any) -> Any:
        """What `forward` makes of the inputs."""
        outputs = self.forward(*inputs)
        try:  # as nearly always
            references: Any = [*map(_ref, inputs)], [_ref(outputs)]
        except TypeError:
            several = outputs if isinstance(outputs, (tuple, list)) else (outputs,)
            references = [*map(_reference, inputs)], [*map(_reference, several)]
        _set_last_call(self, references)
        return outputs

    inputs = property(lambda self: self._of_last_call(0))
    outputs = property(lambda self: self._of_last_call(1))

    def _of_last_call(self, which: int) -> list[Any]:
        if not hasattr(self, "_last_call"):
            kind = type(self).__name__
            raise tell(MissingAttributeError, "book-not-called", kind=kind)
        found: list[Any] = self._last_call[which]
        return found

    def __getstate__(self) -> dict[str, Any]:
        """What pickle and copy take: all but the weak references."""
        return vars(self)

    @property
    def _params(self) -> set[str]:
        """The names of the attributes that are parameters or layers."""
        parts = vars(self).items()
        return {key for key, part in parts if isinstance(part, (Parameter, Layer))}

    def _flatten_params(
        self, params_dict: dict[str, Any], parent_key: str = ""
    ) -> None:
        """Fill a dict with the parameters, under names such as ``l1/W``."""
        for name, parameter in walk(self, Parameter, parent_key):
            params_dict[name.replace(".", "/")] = parameter

    def to_cpu(self) -> None:
        """Bring all parameters into main memory."""
        for parameter in self._flat().values():
            parameter.to_cpu()

    def to_gpu(self) -> None:
        """Bring all parameters onto the GPU."""
        for parameter in self._flat().values():
            parameter.to_gpu()

    def save_weights(self, path: PathLike) -> None:
        """Write all parameters to an npz file, whole or not at all.

        Raises:
            UsageError: a parameter has no data yet.
        """
        arrays = {key: data_of(p) for key, p in self._flat().items()}
        if empty := [key for key, array in arrays.items() if array is None]:
            raise tell(UsageError, "book-save-empty", names=", ".join(empty))
        self.to_cpu()
        with atomic_write(_npz_path(path)) as temporary, temporary.open("wb") as file:
            np.savez_compressed(
                file, **{k: data_of(p) for k, p in self._flat().items()}
            )

    def load_weights(self, path: PathLike) -> None:
        """Read what `save_weights` of an equal model wrote.

        Raises:
            ArgumentError: names are missing or unknown, or shapes differ; nothing has
                been changed.
            WeightsError: a ValueError; the file is damaged, or not one of arrays.
            FileNotFoundError: there is no such file.
        """
        parameters, arrays = self._flat(), load_arrays(_npz_path(path))
        if problems := list(_misfits(parameters, arrays)):
            lines = "".join(f"\n  {problem}" for problem in problems)
            where = os.fspath(path)
            raise tell(ArgumentError, "book-load-misfit", (), lines, path=where)
        for key, parameter in parameters.items():
            parameter.data = arrays[key]

    def _flat(self) -> dict[str, Parameter]:
        found: dict[str, Parameter] = {}
        self._flatten_params(found)
        return found


# Straight into the slot: `Layer.__setattr__` looks at what is set.
_set_last_call = vars(Layer)["_last_call"].__set__


def _reference(x: Any) -> Callable[[], Any]:
    """A weak reference, where Python has them: not to numbers and lists."""
    try:
        return _ref(x)
    except TypeError:
        return lambda: x


def _npz_path(path: PathLike) -> Path:
    """The path with the suffix that ``np.savez`` gives it."""
    return Path(path) if str(path).endswith(".npz") else Path(f"{path}.npz")


def _misfits(parameters: dict[str, Parameter], arrays: dict[str, Any]) -> Iterator[str]:
    missing = [key for key in parameters if key not in arrays]
    unknown = [key for key in arrays if key not in parameters]
    yield from (text("word-book-missing", name=key) for key in missing)
    yield from (text("word-book-unknown", name=key) for key in unknown)
    for key in parameters.keys() & arrays.keys():
        old, new = data_of(parameters[key]), arrays[key]
        if new.dtype.kind != "f":
            yield text("word-book-dtype", name=key, dtype=new.dtype)
        if old is not None and old.shape != new.shape:
            yield text("word-book-shape", name=key, found=new.shape, has=old.shape)


class Linear(Layer, L.Linear):
    """``x @ W + b``; see `ondol.layers.Linear`."""

    def _make(self, in_size: int) -> None:
        self.W.data = _normal((in_size, self.out_size), in_size, self.dtype)


class Conv2d(Layer, L.Conv2d):
    """Filters that slide over images; see `ondol.layers.Conv2d`."""

    def _drawn(self, shape: tuple[int, ...], fan_in: int) -> Any:
        return _normal(shape, fan_in, self.dtype)


class Deconv2d(Layer, L.ConvTranspose2d):
    """The transpose of a convolution; see `ondol.layers.ConvTranspose2d`."""

    def _drawn(self, shape: tuple[int, ...], fan_in: int) -> Any:
        return _normal(shape, fan_in, self.dtype)


class RNN(Layer, L.RNN):
    """A recurrent layer (book step 59); see `ondol.layers.RNN`."""

    def __init__(self, hidden_size: int, in_size: int | None = None) -> None:
        super().__init__(hidden_size, in_size)

    def _from_input(self, in_size: int | None) -> Linear:
        return Linear(self.hidden_size, in_size=in_size)

    def _from_state(self) -> Linear:
        return Linear(self.hidden_size, nobias=True)  # drawn when there is a state


class LSTM(Layer, L.LSTM):
    """Long short-term memory (book step 60); see `ondol.layers.LSTM`."""

    def __init__(self, hidden_size: int, in_size: int | None = None) -> None:
        super().__init__(hidden_size, in_size)

    sigmoid = staticmethod(F.sigmoid)

    def _from_input(self, in_size: int | None) -> Linear:
        return Linear(self.hidden_size, in_size=in_size)

    def _from_state(self) -> Linear:
        return Linear(self.hidden_size, nobias=True, in_size=self.hidden_size)


class EmbedID(Layer):
    """A learned vector for each of `in_size` ids: `W`, ``(in_size, out_size)``."""

    def __init__(self, in_size: int, out_size: int) -> None:
        self.W = Parameter(np.random.randn(in_size, out_size), name="W")

    def forward(self, x: Any) -> Any:
        """``(...)`` ids to ``(..., out_size)``."""
        return F.embed_id(x, self.W)


class BatchNorm(Layer):
    """Normalise each channel of ``(N, C)`` or ``(N, C, H, W)``.

    Attributes:
        gamma, beta: trained scale and shift, ``(C,)``.
        avg_mean, avg_var: running statistics, ``(C,)``.
    """

    def __init__(self) -> None:
        self.avg_mean = Parameter(None, name="avg_mean")
        self.avg_var = Parameter(None, name="avg_var")
        self.gamma = Parameter(None, name="gamma")
        self.beta = Parameter(None, name="beta")

    def _init_params(self, x: Any) -> None:
        for zero in (self.avg_mean, self.beta):
            zero.data = np.zeros(x.shape[1], x.dtype)
        for one in (self.avg_var, self.gamma):
            one.data = np.ones(x.shape[1], x.dtype)

    def forward(self, x: Any) -> Any:
        """The same shape, normalised."""
        if self.avg_mean.data is None:
            self._init_params(x)
            self._settle(x)
        return F.batch_nrom(x, self.gamma, self.beta, self.avg_mean, self.avg_var)
