"""Recurrent networks over whole sequences: plain, LSTM and GRU.

The inputs of all steps are projected in one product, the gates of a step in another,
and the gradient of the recurrent weights is one product over all steps. A step that the
mask leaves out changes no state and gets no gradient.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..core.graph import Function, Variable, as_operand, data_of, lift
from ..errors import DtypeError, ShapeError, tell
from ..hot import hot
from .activation import real
from .compare import where
from .nn import linear
from .shape import reshape, swapaxes

__all__ = [
    "gru",
    "lstm",
    "rnn",
]


def rnn(
    x: Any,
    Wx: Any,
    Wh: Any,
    b: Any = None,
    h: Any = None,
    mask: Any = None,
    reverse: bool = False,
) -> tuple[Variable, Variable]:
    """The network of Elman (1990): ``h = tanh(x @ Wx + h @ Wh + b)`` at each step.

    Args:
        x: N sequences of T steps, ``(N, T, inputs)``.
        Wx: ``(inputs, H)``.
        Wh: ``(H, H)``.
        b: ``(H,)``, or None.
        h: the state before the first step, ``(N, H)``; None for zeros.
        mask: booleans ``(N, T)``, False at the steps to be left out, the padding; None
            for all. What `x` holds there does not matter.
        reverse: begin with the last step.

    Returns:
        The state at each step, ``(N, T, H)``, zeros where it was left out; and the last
        state, ``(N, H)``.

    Raises:
        ShapeError: a ValueError; shapes do not fit together, or there is no step.
        DtypeError: a TypeError; a mask that is not of booleans.
    """
    z, mask = _project("rnn", x, Wx, Wh, b, mask)
    states = _initial("rnn", z, Wh, h)
    (hs,) = _Rnn(mask, reverse)(z, Wh, *states)
    return _output(hs, mask), _last(hs, reverse)


def lstm(
    x: Any,
    Wx: Any,
    Wh: Any,
    b: Any = None,
    h: Any = None,
    c: Any = None,
    mask: Any = None,
    reverse: bool = False,
) -> tuple[Variable, Variable, Variable]:
    """Long short-term memory (Hochreiter, Schmidhuber 1997; book step 60).

    ::

        f, i, o, u = parts of x @ Wx + h @ Wh + b, in this order
        c = sigmoid(f) * c + sigmoid(i) * tanh(u)
        h = sigmoid(o) * tanh(c)

    Args:
        x: N sequences of T steps, ``(N, T, inputs)``.
        Wx: ``(inputs, 4 H)``.
        Wh: ``(H, 4 H)``.
        b: ``(4 H,)``, or None.
        h: the output before the first step, ``(N, H)``; None for zeros.
        c: the memory before the first step, likewise.
        mask: as for `rnn`.
        reverse: begin with the last step.

    Returns:
        `h` at each step, ``(N, T, H)``, zeros where it was left out; and the last `h`
        and `c`, ``(N, H)``.

    Raises:
        ShapeError, DtypeError: as `rnn`.
    """
    z, mask = _project("lstm", x, Wx, Wh, b, mask, 4)
    states = _initial("lstm", z, Wh, h, c)
    hs, cs = _Lstm(mask, reverse)(z, Wh, *states)
    return _output(hs, mask), _last(hs, reverse), _last(cs, reverse)


def gru(
    x: Any,
    Wx: Any,
    Wh: Any,
    b: Any = None,
    bh: Any = None,
    h: Any = None,
    mask: Any = None,
    reverse: bool = False,
) -> tuple[Variable, Variable]:
    """The gated recurrent unit (Cho et al. 2014).

    ::

        r, z, n = parts of x @ Wx + b;  R, Z, N = parts of h @ Wh + bh
        z = sigmoid(z + Z)
        n = tanh(n + sigmoid(r + R) * N)
        h = (1 - z) * n + z * h

    The reset gate acts behind the product, as in cuDNN and its users; in the paper it
    acts before.

    Args:
        x: N sequences of T steps, ``(N, T, inputs)``.
        Wx: ``(inputs, 3 H)``.
        Wh: ``(H, 3 H)``.
        b: ``(3 H,)``, or None.
        bh: ``(3 H,)``, or None.
        h: the state before the first step, ``(N, H)``; None for zeros.
        mask: as for `rnn`.
        reverse: begin with the last step.

    Returns:
        As `rnn`.

    Raises:
        ShapeError, DtypeError: as `rnn`.
    """
    z, mask = _project("gru", x, Wx, Wh, b, mask, 3)
    states = _initial("gru", z, Wh, h)
    bias = np.zeros_like(z.data, shape=z.shape[2:]) if bh is None else as_operand(bh)
    if bias.shape != z.shape[2:]:
        raise tell(ShapeError, "gru-bias", {"bh": bias}, expected=z.shape[2:])
    (hs,) = _Gru(mask, reverse)(z, Wh, *states, bias)
    return _output(hs, mask), _last(hs, reverse)


STEPS = 64  # of which a kernel is compiled in some two seconds

# -- before and behind the steps -------------------------------------------------------


def _project(
    name: str, x: Any, Wx: Any, Wh: Any, b: Any, mask: Any, gates: int = 1
) -> tuple[Variable, Any]:
    """``x @ Wx + b`` for all steps, ``(T, N, gates * H)``; and the mask, checked."""
    x, Wx, Wh = lift(real(x)), as_operand(Wx), as_operand(Wh)
    if x.ndim != 3 or not x.shape[1]:
        raise tell(ShapeError, "recurrent-sequences", {"x": x}, name=name)
    size = Wh.shape[0] if Wh.ndim else 0
    shapes = (x.shape[2], gates * size), (size, gates * size)
    if not size or (Wx.shape, Wh.shape) != shapes:
        raise tell(
            ShapeError,
            "recurrent-weights",
            {"x": x, "Wx": Wx, "Wh": Wh},
            name=name,
            gates=gates,
        )
    if mask is not None:
        mask = _checked_mask(name, mask, x)
        x = where(mask[..., None], x, 0)  # or a NaN in the padding would spread
        mask = np.swapaxes(mask, 0, 1)[..., None]
    n, steps, inputs = x.shape
    rows = reshape(swapaxes(x, 0, 1), (n * steps, inputs))
    return reshape(linear(rows, Wx, b), (steps, n, gates * size)), mask


def _checked_mask(name: str, mask: Any, x: Any) -> Any:
    mask = data_of(as_operand(mask))
    if mask.dtype != np.bool_:
        raise tell(
            DtypeError, "recurrent-mask-dtype", {"x": x, "mask": mask}, name=name
        )
    if mask.shape != x.shape[:2]:
        raise tell(
            ShapeError,
            "recurrent-mask-shape",
            {"x": x, "mask": mask},
            name=name,
            expected=x.shape[:2],
        )
    return mask


def _initial(name: str, z: Variable, Wh: Any, *states: Any) -> Iterator[Any]:
    """The states before the first step; zeros where there are none."""
    shape = (z.shape[1], Wh.shape[0])
    for state in states:
        if state is None:
            yield np.zeros_like(z.data, shape=shape)
            continue
        state = as_operand(state)
        if state.shape != shape:
            raise tell(
                ShapeError,
                "recurrent-state",
                {"state": state},
                name=name,
                expected=shape,
            )
        yield state


def _output(hs: Variable, mask: Any) -> Variable:
    """What comes out at each step, ``(N, T, H)``."""
    return swapaxes(hs if mask is None else where(mask, hs, 0), 0, 1)


def _last(states: Variable, reverse: bool) -> Variable:
    """The state behind the last step: steps that were left out have handed it on."""
    return states[0 if reverse else -1]


# -- the steps -------------------------------------------------------------------------


class _Slopes(NamedTuple):
    """By what the gradients are multiplied on their way back through all steps."""

    gates: Any  # ``spread(dh, dc)`` times this: the gradient of the recurrent product
    inputs: Any = None  # likewise of the projected inputs, if it is another one
    h: Any = None  # dh times this: what the state before gets past the product
    h_to_c: Any = None
    c: Any = None


class _Recurrence(Function):
    """All steps of a layer as one call, with a gradient rule in the same vocabulary.

    Called with the projected inputs ``(T, N, gates)``, the recurrent weights, the
    states before the first step, and for a GRU the bias of the recurrent product. Time
    comes first, so that a step is a piece of memory. Returns the states at all steps.

    Args:
        mask: ``(T, N, 1)``, or None.
        reverse: begin with the last step.
    """

    states = 1

    def __init__(self, mask: Any, reverse: bool) -> None:
        self.mask, self.reverse = mask, reverse

    def prepare(self, z: Any, W: Any) -> None:
        """Compute what all steps need."""

    def activate(self, z: Any, s: Any) -> Any:
        """The gates, from the projected input and the recurrent product."""
        raise NotImplementedError

    def update(self, gates: Any, states: Sequence[Any]) -> tuple[Any, ...]:
        """The states after a step."""
        raise NotImplementedError

    def slopes(
        self, gates: Any, before: Sequence[Any], after: Sequence[Any]
    ) -> _Slopes:
        """The derivatives of all steps at once, given the states around them."""
        raise NotImplementedError

    def spread(self, dh: Any, dc: Any) -> Any:
        """For each gate the gradient of the state that it acts on."""
        raise NotImplementedError

    def order(self, steps: int) -> list[int]:
        """The steps in the order in which they are taken."""
        return [*range(steps)][:: -1 if self.reverse else 1]

    def forward(self, z: Any, W: Any, *rest: Any) -> tuple[Any, ...]:
        """The states at all steps, each ``(T, N, H)``."""
        self.gates, *after = _run(z, type(self), self.mask, self.reverse, W, *rest)
        return tuple(after)

    def run(self, z: Any, W: Any, *rest: Any) -> tuple[Any, ...]:
        """The gates and the states at all steps."""
        self.prepare(z, W)
        state, bias = rest[: self.states], rest[self.states :]
        gates, after = [z] * len(z), [state] * len(z)
        for t in self.order(len(z)):
            s = state[0] @ W
            gates[t] = self.activate(z[t], s + bias[0] if bias else s)
            new = self.update(gates[t], state)
            if self.mask is not None:
                pairs = zip(new, state, strict=True)
                new = tuple(np.where(self.mask[t], n, old) for n, old in pairs)
            after[t] = state = new
        return np.stack(gates), *map(np.stack, zip(*after, strict=True))

    def backward(self, *gys: Any) -> tuple[Any, ...]:
        """The gradients of all that it was called with."""
        see = _as_it_is if self._recorded else data_of
        z, W, *rest = map(see, self._args)
        after = [*map(see, self.output_variables())]
        gates = self._gates(z, W, rest, after) if self._recorded else self.gates
        settings = type(self), self.mask, self.reverse
        return _run_back(gys[0], *settings, gates, W, *gys[1:], *after, *rest)

    def _gates(self, z: Any, W: Any, rest: Sequence[Any], after: Sequence[Any]) -> Any:
        """The gates by one product for all steps, as the states are known."""
        s = self._shifted(rest[0], after[0]) @ W
        bias = rest[self.states :]
        self.prepare(data_of(z), data_of(W))
        return self.activate(z, s + bias[0] if bias else s)

    def run_back(self, gys: Any, gates: Any, W: Any, after: Any, rest: Any) -> Any:
        """The gradients of all that it was called with."""
        first, bias = rest[: self.states], rest[self.states :]
        before = [*map(self._shifted, first, after)]
        slopes = self._masked(self.slopes(gates, before, after))
        steps, dhs, start = self._steps_back(gys, W.T, slopes)
        ds = np.stack(steps)
        dz = ds
        if slopes.inputs is not None:
            dz = self.spread(np.stack(dhs), None) * slopes.inputs
        h = np.reshape(before[0], (-1, W.shape[0]))
        rows = np.reshape(ds, (-1, W.shape[1]))
        return dz, h.T @ rows, *start, *(np.sum(rows, axis=0) for _ in bias)

    def _steps_back(self, gys: Sequence[Any], WT: Any, slopes: _Slopes) -> Any:
        """From the last step: the gradients of the products, of h, of the start."""
        dh: Any = 0
        dc: Any = 0
        ds, dhs = [WT] * len(gys[0]), [WT] * len(gys[0])
        for t in reversed(self.order(len(ds))):
            dhs[t] = dh = gys[0][t] + dh
            if slopes.c is not None:
                dc = gys[1][t] + dc + dh * slopes.h_to_c[t]
            ds[t] = self.spread(dh, dc) * slopes.gates[t]
            past = ds[t] @ WT
            dh = past if slopes.h is None else past + dh * slopes.h[t]
            dc = dc if slopes.c is None else dc * slopes.c[t]
        return ds, dhs, (dh, dc)[: self.states]

    def _shifted(self, first: Any, after: Any) -> Any:
        """The states before each step, from the one before all and those after each."""
        if self.reverse:
            return np.concatenate([after[1:], first[None]])
        return np.concatenate([first[None], after[:-1]])

    def _masked(self, slopes: _Slopes) -> _Slopes:
        """A step that is left out hands gradients on as they are."""
        if self.mask is None:
            return slopes
        kept = np.zeros_like(slopes.gates[..., :1]) if slopes.h is None else slopes.h
        zero = [s if s is None else np.where(self.mask, s, 0) for s in slopes]
        return _Slopes(*zero)._replace(
            h=np.where(self.mask, kept, 1),
            c=slopes.c if slopes.c is None else np.where(self.mask, slopes.c, 1),
        )


def _work(x: Any, *_: Any) -> int:
    """A kernel has the code of each step; so many steps are left to NumPy."""
    return int(x.size) if len(x) <= STEPS else 0


@hot(work=_work)
def _run(
    z: Any, kind: type[_Recurrence], mask: Any, reverse: bool, W: Any, *rest: Any
) -> tuple[Any, ...]:
    return kind(mask, reverse).run(z, W, *rest)


@hot(work=_work)
def _run_back(
    gh: Any, kind: type[_Recurrence], mask: Any, reverse: bool, *arrays: Any
) -> tuple[Any, ...]:
    """`arrays`: gates, W, gradients but the first, states, and those at the start."""
    n = kind.states
    gates, W, *rest = arrays
    gys, after, rest = (gh, *rest[: n - 1]), rest[n - 1 : 2 * n - 1], rest[2 * n - 1 :]
    return kind(mask, reverse).run_back(gys, gates, W, after, rest)


class _Rnn(_Recurrence):
    name = "rnn"

    def activate(self, z: Any, s: Any) -> Any:
        return np.tanh(z + s)

    def update(self, gates: Any, states: Sequence[Any]) -> tuple[Any, ...]:
        return (gates,)

    def slopes(
        self, gates: Any, before: Sequence[Any], after: Sequence[Any]
    ) -> _Slopes:
        return _Slopes(1 - gates * gates)

    def spread(self, dh: Any, dc: Any) -> Any:
        return dh


class _Lstm(_Recurrence):
    name = "lstm"
    states = 2

    def prepare(self, z: Any, W: Any) -> None:
        last = np.arange(W.shape[1], like=W) >= 3 * W.shape[0]
        self.low = -(last.astype(z.dtype))  # f, i and o begin at 0, u at -1

    def activate(self, z: Any, s: Any) -> Any:
        return _squash(z + s, self.low)

    def update(self, gates: Any, states: Sequence[Any]) -> tuple[Any, ...]:
        f, i, o, u = _parts(gates, 4)
        c = f * states[1] + i * u
        return o * np.tanh(c), c

    def slopes(
        self, gates: Any, before: Sequence[Any], after: Sequence[Any]
    ) -> _Slopes:
        f, i, o, u = _parts(gates, 4)
        t = np.tanh(after[1])
        df, di = before[1] * f * (1 - f), u * i * (1 - i)
        do, du = t * o * (1 - o), i * (1 - u * u)
        joined = np.concatenate([df, di, do, du], axis=-1)
        return _Slopes(joined, h_to_c=o * (1 - t * t), c=f)

    def spread(self, dh: Any, dc: Any) -> Any:
        return np.concatenate([dc, dc, dh, dc], axis=-1)


class _Gru(_Recurrence):
    name = "gru"

    def activate(self, z: Any, s: Any) -> Any:
        both = z.shape[-1] // 3 * 2
        gates = _squash(z[..., :both] + s[..., :both], 0)
        product = s[..., both:]
        n = np.tanh(z[..., both:] + gates[..., : both // 2] * product)
        return np.concatenate([gates, n, product], axis=-1)

    def update(self, gates: Any, states: Sequence[Any]) -> tuple[Any, ...]:
        _, z, n, _ = _parts(gates, 4)
        return (n + z * (states[0] - n),)

    def slopes(
        self, gates: Any, before: Sequence[Any], after: Sequence[Any]
    ) -> _Slopes:
        r, z, n, product = _parts(gates, 4)
        dn = (1 - z) * (1 - n * n)
        dr, dz = dn * product * r * (1 - r), (before[0] - n) * z * (1 - z)
        inputs = np.concatenate([dr, dz, dn], axis=-1)
        return _Slopes(np.concatenate([dr, dz, dn * r], axis=-1), inputs, h=z)

    def spread(self, dh: Any, dc: Any) -> Any:
        return np.concatenate([dh, dh, dh], axis=-1)


def _squash(x: Any, low: Any) -> Any:
    """A sigmoid from `low` to 1: the logistic function at 0, tanh at -1."""
    half = (1 - low) / 2
    return np.tanh(x * half) * half + (1 - half)


def _parts(x: Any, count: int) -> list[Any]:
    """The last axis in `count` equal parts."""
    size = x.shape[-1] // count
    return [x[..., i * size : (i + 1) * size] for i in range(count)]


def _as_it_is(x: Any) -> Any:
    return x
