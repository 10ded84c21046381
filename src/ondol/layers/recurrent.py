"""Recurrent layers, of two kinds that compute the same.

A step layer (`RNN`, `LSTM`, `GRU`) takes one step of a sequence and remembers: its
state stays inside until `reset_state()` (book steps 59 and 60). A sequence layer
(`SequenceRNN`, `SequenceLSTM`, `SequenceGRU`) takes whole sequences and remembers
nothing: a state goes in and comes out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from .. import functions as F
from ..core import Parameter, Variable
from ..core.graph import as_operand, data_of
from ..errors import ArgumentError, DtypeError, ShapeError, describe, tell
from .basic import Linear
from .checks import called, checked, flag, floating, function, whole, within
from .initial import Initial, draw, lecun_normal
from .layer import Layer


class _Recurrent(Layer):
    """What the cells have in common: sizes, checks, and the state `h`."""

    in_size: Any  # a property of each: what its layers from the input say
    h: Variable | None

    def __init__(
        self,
        hidden_size: int,
        in_size: int | None = None,
        dtype: Any = np.float32,
        W_init: Initial = lecun_normal,
    ) -> None:
        name = type(self).__name__
        self._W_init = function(f"{name} W_init", W_init)
        self.hidden_size = whole(f"{name} hidden_size", hidden_size)
        self.dtype = floating(f"{name} dtype", dtype)
        if in_size is not None:
            whole(f"{name} in_size", in_size)
        self._build(in_size)
        self.reset_state()

    def _build(self, in_size: int | None) -> None:
        raise NotImplementedError

    def _from_input(self, in_size: int | None) -> Linear:
        return Linear(self.hidden_size, False, self.dtype, in_size, self._W_init)

    def _from_state(self) -> Linear:
        h = self.hidden_size
        return Linear(h, True, self.dtype, h, self._W_init)

    def reset_state(self) -> None:
        """Forget what was: the next input begins a new sequence."""
        self.h = None

    def _checked(self, x: Any) -> Any:
        x = as_operand(x)
        if x.ndim != 2 or x.shape[1] == 0 or self.in_size not in (None, x.shape[1]):
            fields = {"size": self.in_size or "in_size", "got": x.shape}
            raise tell(ShapeError, "recurrent-step", [x], layer=called(self), **fields)
        if self.h is not None and self.h.shape[0] != x.shape[0]:
            counts = {"state": self.h.shape[0], "got": x.shape[0]}
            raise tell(ShapeError, "recurrent-batch", [x], layer=called(self), **counts)
        return x


class RNN(_Recurrent):
    """One step of an Elman network: ``h = tanh(x2h(x) + h2h(h))`` (book step 59).

    Elman, "Finding structure in time" (1990). Without a state, before the first step of
    a sequence, there is no ``h2h(h)``.

    Args:
        hidden_size: features of the state, which is also the output.
        in_size: features that come in; None takes them from the first input.
        dtype: of the parameters.
        W_init: makes `W` of each `Linear` layer; see `ondol.layers.initial`.

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
        W_init: makes `W` of each `Linear` layer; see `ondol.layers.initial`.

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


class GRU(_Recurrent):
    """One step of a gated recurrent unit; see `ondol.functions.gru`.

    Args:
        hidden_size: features of the state, which is also the output.
        in_size: features that come in; None takes them from the first input.
        dtype: of the parameters.
        W_init: makes the weights of each gate, ``(rows, hidden_size)``; see
            `ondol.layers.initial`.

    Attributes:
        cell: the weights, as `SequenceGRU` has them.
        h: the state, ``(N, hidden_size)``, with its graph; or None. To train on long
            sequences cut the graph now and then: ``loss.unchain_backward()``.
    """

    in_size = property(lambda self: self.cell.in_size)

    def _build(self, in_size: int | None) -> None:
        self.cell = _Cell(F.gru, self.hidden_size, in_size, self.dtype, self._W_init)

    def forward(self, x: Any) -> Variable:
        """``(N, in_size)``, one step of N sequences, to ``(N, hidden_size)``."""
        x = self._checked(x)
        step = F.reshape(x, (x.shape[0], 1, x.shape[1]))
        _, self.h = self.cell(step, (self.h,))
        return self.h


# -- whole sequences -------------------------------------------------------------------


_GATES: dict[Callable[..., Any], int] = {F.rnn: 1, F.lstm: 4, F.gru: 3}


class _Cell(Layer):
    """The weights of one layer in one direction.

    Attributes:
        Wx, Wh, b: as `run` takes them, normal of variance ``1 / (their rows)`` by
            default, and zeros.
        bh: of a GRU, zeros.
    """

    def __init__(
        self,
        run: Callable[..., Any],
        hidden_size: int,
        in_size: int | None,
        dtype: Any,
        W_init: Initial,
    ) -> None:
        self.run, self.dtype, self._W_init = run, dtype, W_init
        width = hidden_size * _GATES[run]
        self.Wx = Parameter(None, "Wx")
        if in_size is not None:
            self.Wx.data = self._draw(in_size, width)
        self.Wh = Parameter(self._draw(hidden_size, width), "Wh")
        self.b = Parameter(np.zeros(width, dtype), "b")
        if run is F.gru:
            self.bh = Parameter(np.zeros(width, dtype), "bh")

    in_size = property(lambda self: None if self.Wx.data is None else self.Wx.shape[0])

    def _draw(self, rows: int, width: int) -> Any:
        """The weights of all gates, side by side; each is drawn by itself."""
        gates = _GATES[self.run]

        def init(shape: tuple[int, ...], dtype: Any) -> Any:
            one = rows, width // gates
            return np.hstack([draw(self._W_init, one, dtype) for _ in range(gates)])

        return draw(init, (rows, width), self.dtype)

    def forward(
        self, x: Any, state: Any, mask: Any = None, reverse: bool = False
    ) -> Any:
        """What `run` makes of ``(N, T, in_size)``: ``(N, T, hidden_size)``, states."""
        if self.Wx.data is None:
            self.Wx.data = self._draw(x.shape[-1], self.b.size)
            self._settle(x)
        biases = (self.b, self.bh) if self.run is F.gru else (self.b,)
        return self.run(x, self.Wx, self.Wh, *biases, *state, mask, reverse)


class _Sequence(Layer):
    """What the sequence layers have in common; arguments as of `SequenceLSTM`."""

    run: ClassVar[Any]
    states: ClassVar[int] = 1

    def __init__(
        self,
        hidden_size: int,
        layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        in_size: int | None = None,
        dtype: Any = np.float32,
        W_init: Initial = lecun_normal,
    ) -> None:
        name = type(self).__name__
        function(f"{name} W_init", W_init)
        self.hidden_size = whole(f"{name} hidden_size", hidden_size)
        self.layers = whole(f"{name} layers", layers)
        self.bidirectional = flag(f"{name} bidirectional", bidirectional)
        self.dropout = within(f"{name} dropout", dropout, 0, 1)
        self.dtype = floating(f"{name} dtype", dtype)
        if in_size is not None:
            whole(f"{name} in_size", in_size)
        directions = 2 if bidirectional else 1
        deep = [self.hidden_size * directions] * (self.layers - 1)
        self.cells = [
            [
                _Cell(self.run, self.hidden_size, size, self.dtype, W_init)
                for _ in range(directions)
            ]
            for size in (in_size, *deep)
        ]

    in_size = property(lambda self: self.cells[0][0].in_size)

    def forward(self, x: Any, state: Any = None, lengths: Any = None) -> Any:
        """Run through whole sequences.

        Args:
            x: N sequences of T steps, ``(N, T, in_size)``; those that are shorter are
                padded at the end with anything.
            state: what an earlier call gave back; None for zeros.
            lengths: how many steps of each sequence count, ``(N,)``; None for all. The
                padding changes no state and gets no gradient.

        Returns:
            The output at each step, ``(N, T, directions * hidden_size)``, zeros in the
            padding; and the last state, ``(layers * directions, N, hidden_size)``, of
            an LSTM a pair of such, `h` and `c`.
        """
        x = checked(self, x, -1, "in_size", "(N, T, {})")
        if x.ndim != 3:
            fields = {"expected": "(N, T, in_size)", "got": x.shape}
            raise tell(ShapeError, "layer-input", [x], layer=called(self), **fields)
        mask = None if lengths is None else self._mask(x, lengths)
        starts, ends = self._starts(state), []
        for i, level in enumerate(self.cells):
            x = F.dropout(x, self.dropout) if i else x
            both = [
                cell(x, next(starts), mask, reverse)
                for cell, reverse in zip(level, (False, True), strict=False)
            ]
            ends += [end for _, *end in both]
            ys = [y for y, *_ in both]
            x = F.concatenate(ys, axis=-1) if self.bidirectional else ys[0]
        last = tuple(F.stack(states) for states in zip(*ends, strict=True))
        return x, last if self.states > 1 else last[0]

    def _starts(self, state: Any) -> Any:
        """For each cell the states before its first step."""
        count = self.layers * (2 if self.bidirectional else 1)
        if state is None:
            return iter([(None,) * self.states] * count)
        several = isinstance(state, tuple | list)
        parts = [as_operand(s) for s in (state if several else (state,))]
        if len(parts) != self.states or any(
            s.ndim != 3 or s.shape[0] != count for s in parts
        ):
            code = "recurrent-start-pair" if self.states > 1 else "recurrent-start"
            shape = f"({count}, N, {self.hidden_size})"
            raise tell(
                ShapeError, code, parts, name=type(self).__name__, expected=shape
            )
        return zip(*parts, strict=True)

    def _mask(self, x: Any, lengths: Any) -> Any:
        """Which steps count, ``(N, T)``."""
        steps, name = x.shape[1], type(self).__name__
        lengths = np.asarray(data_of(as_operand(lengths)), like=data_of(x))
        counts = lengths.dtype.kind in "iu"
        if not counts or lengths.shape != x.shape[:1]:
            kind, got = ShapeError if counts else DtypeError, describe(lengths)
            fields = {"name": name, "count": x.shape[0], "got": got}
            raise tell(kind, "recurrent-lengths-shape", **fields)
        if lengths.size and (lengths.min() < 0 or lengths.max() > steps):
            fields = {"low": lengths.min(), "high": lengths.max(), "steps": steps}
            raise tell(
                ArgumentError, "recurrent-lengths", [lengths], name=name, **fields
            )
        return np.arange(steps, like=lengths) < lengths[:, None]


class SequenceRNN(_Sequence):
    """Elman networks over whole sequences; see `ondol.functions.rnn`.

    Arguments and attributes are those of `SequenceLSTM`; the state is `h` alone.
    """

    run = staticmethod(F.rnn)


class SequenceLSTM(_Sequence):
    """Long short-term memories over whole sequences; see `ondol.functions.lstm`.

    Args:
        hidden_size: features of a state; of both directions that many each.
        layers: how many, each on the output of the one before.
        bidirectional: also run from the end, with weights of its own; the features of
            both directions come one after the other.
        dropout: the share of what goes from layer to layer that is zeroed while
            training.
        in_size: features that come in; None takes them from the first input.
        dtype: of the parameters.
        W_init: makes the weights of each gate, ``(rows, hidden_size)``; see
            `ondol.layers.initial`.

    Attributes:
        cells: for each layer a list of one cell for each direction, with parameters
            `Wx`, `Wh` and `b` (of a GRU also `bh`) as the function takes them.
    """

    run = staticmethod(F.lstm)
    states = 2


class SequenceGRU(_Sequence):
    """Gated recurrent units over whole sequences; see `ondol.functions.gru`.

    Arguments and attributes are those of `SequenceLSTM`; the state is `h` alone.
    """

    run = staticmethod(F.gru)
