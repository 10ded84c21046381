"""Layers that remember: each call is one step of a sequence (book steps 59 and 60)."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import functions as F
from ..core import Variable
from ..core.graph import as_operand
from ..errors import ShapeError, operands
from .basic import Linear
from .checks import floating, whole
from .layer import Layer


class _Recurrent(Layer):
    """What the cells have in common: sizes, checks, and the state `h`."""

    in_size: Any  # a property of each: what its layers from the input say
    h: Variable | None

    def __init__(
        self, hidden_size: int, in_size: int | None = None, dtype: Any = np.float32
    ) -> None:
        name = type(self).__name__
        self.hidden_size = whole(f"{name} hidden_size", hidden_size)
        self.dtype = floating(f"{name} dtype", dtype)
        if in_size is not None:
            whole(f"{name} in_size", in_size)
        self._build(in_size)
        self.reset_state()

    def _build(self, in_size: int | None) -> None:
        raise NotImplementedError

    def _from_input(self, in_size: int | None) -> Linear:
        return Linear(self.hidden_size, dtype=self.dtype, in_size=in_size)

    def _from_state(self) -> Linear:
        h = self.hidden_size
        return Linear(h, nobias=True, dtype=self.dtype, in_size=h)

    def reset_state(self) -> None:
        """Forget what was: the next input begins a new sequence."""
        self.h = None

    def _checked(self, x: Any) -> Any:
        x = as_operand(x)
        if x.ndim != 2 or x.shape[1] == 0 or self.in_size not in (None, x.shape[1]):
            raise ShapeError(
                f"{self!r}: expected one step of a batch of sequences, of shape "
                f"(N, {self.in_size or 'in_size'}), got {x.shape}{operands((x,))}"
            )
        if self.h is not None and self.h.shape[0] != x.shape[0]:
            raise ShapeError(
                f"{self!r}: the state is of a batch of {self.h.shape[0]} sequences, "
                f"the input of {x.shape[0]}: call reset_state() before new sequences"
                f"{operands((x,))}"
            )
        return x


class RNN(_Recurrent):
    """One step of an Elman network: ``h = tanh(x2h(x) + h2h(h))`` (book step 59).

    Elman, "Finding structure in time" (1990). Without a state, before the first step of
    a sequence, there is no ``h2h(h)``.

    Args:
        hidden_size: features of the state, which is also the output.
        in_size: features that come in; None takes them from the first input.
        dtype: of the parameters.

    Attributes:
        x2h: `Linear` from the input.
        h2h: `Linear` from the state, without bias.
        h: the state, ``(N, hidden_size)``, with its graph; or None. To train on long
            sequences cut the graph now and then: ``loss.unchain_backward()``.
    """

    in_size = property(lambda self: self.x2h.in_size)

    def _build(self, in_size: int | None) -> None:
        self.x2h, self.h2h = self._from_input(in_size), self._from_state()

    def forward(self, x: Any) -> Variable:
        """``(N, in_size)``, one step of N sequences, to ``(N, hidden_size)``."""
        y = self.x2h(self._checked(x))
        self.h = np.tanh(y if self.h is None else y + self.h2h(self.h))
        return self.h


class LSTM(_Recurrent):
    """One step of a long short-term memory (book step 60).

    ::

        f, i, o = (sigmoid(x2_(x) + h2_(h)) for _ in "fio")
        u = tanh(x2u(x) + h2u(h))
        c = f * c + i * u
        h = o * tanh(c)

    Hochreiter, Schmidhuber 1997, with the forget gate `f` of Gers, Schmidhuber, Cummins
    2000. Without a state, before the first step of a sequence, the terms with `h` and
    `c` fall away.

    Args:
        hidden_size: features of the state; `h` is also the output.
        in_size: features that come in; None takes them from the first input.
        dtype: of the parameters.

    Attributes:
        x2f, x2i, x2o, x2u: `Linear` from the input.
        h2f, h2i, h2o, h2u: `Linear` from the state, without bias.
        h, c: the state, ``(N, hidden_size)``, with its graph; or None. To train on long
            sequences cut the graph now and then: ``loss.unchain_backward()``.
    """

    in_size = property(lambda self: self.x2f.in_size)
    c: Variable | None
    sigmoid = staticmethod(F.sigmoid)

    def _build(self, in_size: int | None) -> None:
        for gate in "fiou":
            setattr(self, f"x2{gate}", self._from_input(in_size))
        for gate in "fiou":
            setattr(self, f"h2{gate}", self._from_state())

    def reset_state(self) -> None:
        """Forget what was: the next input begins a new sequence."""
        self.h = self.c = None

    def forward(self, x: Any) -> Variable:
        """``(N, in_size)``, one step of N sequences, to ``(N, hidden_size)``."""
        x = self._checked(x)
        f, i, o = (self.sigmoid(self._gate(gate, x)) for gate in "fio")
        u = np.tanh(self._gate("u", x))
        self.c = i * u if self.c is None else f * self.c + i * u
        self.h = o * np.tanh(self.c)
        return self.h

    def _gate(self, gate: str, x: Any) -> Any:
        y = getattr(self, f"x2{gate}")(x)
        return y if self.h is None else y + getattr(self, f"h2{gate}")(self.h)
