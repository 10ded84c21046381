"""Rows of the table of cases: recurrent networks over whole sequences."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cases.makers import Call, Case, Draw


def logistic(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def rnn_step(x: Any, h: Any, Wx: Any, Wh: Any, b: Any = 0) -> Any:
    return (np.tanh(x @ Wx + h @ Wh + b),)


def lstm_step(x: Any, h: Any, c: Any, Wx: Any, Wh: Any, b: Any = 0) -> Any:
    f, i, o, u = np.split(x @ Wx + h @ Wh + b, 4)
    c = logistic(f) * c + logistic(i) * np.tanh(u)
    return logistic(o) * np.tanh(c), c


def gru_step(x: Any, h: Any, Wx: Any, Wh: Any, b: Any = 0, bh: Any = 0) -> Any:
    r, z, n = np.split(x @ Wx + b, 3)
    hr, hz, hn = np.split(h @ Wh + bh, 3)
    z = logistic(z + hz)
    return ((1 - z) * np.tanh(n + logistic(r + hr) * hn) + z * h,)


def sequence(
    step: Callable[..., Any], states: int, x: Any, weights: Any, start: Any,
    mask: Any = None, reverse: bool = False,
) -> Any:  # fmt: skip
    """One sequence at a time, one step at a time."""
    n, steps, _ = x.shape
    size = weights[1].shape[0]
    dtype = np.result_type(x, np.float16)
    weights = [np.asarray(0 if w is None else w, float) for w in weights]
    y, last = np.zeros((n, steps, size)), np.zeros((states, n, size))
    for i in range(n):
        state = [np.zeros(size) if s is None else s[i].astype(float) for s in start]
        for t in reversed(range(steps)) if reverse else range(steps):
            if mask is None or mask[i, t]:
                state = step(x[i, t].astype(float), *state, *weights)
                y[i, t] = state[0]
        last[:, i] = state
    return tuple(part.astype(dtype) for part in (y, *last))


def rnn(x: Any, Wx: Any, Wh: Any, b: Any = None, h: Any = None, *rest: Any) -> Any:
    return sequence(rnn_step, 1, x, (Wx, Wh, b), (h,), *rest)


def lstm(
    x: Any, Wx: Any, Wh: Any, b: Any = None, h: Any = None, c: Any = None, *rest: Any
) -> Any:
    return sequence(lstm_step, 2, x, (Wx, Wh, b), (h, c), *rest)


def gru(
    x: Any, Wx: Any, Wh: Any, b: Any = None, bh: Any = None, h: Any = None, *rest: Any
) -> Any:
    return sequence(gru_step, 1, x, (Wx, Wh, b, bh), (h,), *rest)


def rows() -> Iterator[Case]:
    x, state = Draw((3, 4, 2)), Draw((3, 2))
    mask = Draw((3, 4), 0, 2, dtype=bool)
    some = np.arange(4) < np.array([4, 0, 2])[:, None]
    for name, gates, states, reference in (
        ("rnn", 1, 1, rnn), ("lstm", 4, 2, lstm), ("gru", 3, 1, gru),
    ):  # fmt: skip
        W, b = Draw((2, 2 * gates)), Draw((2 * gates,))
        biases = (b, b) if name == "gru" else (b,)
        start = (state,) * states
        yield Case(name, (
            Call(x, W, W), Call(x, W, W, *biases), Call(x, W, W, *biases, *start),
            Call(x, W, W, *biases, *start, mask),
            Call(x, W, W, *biases, *start, some, True),
            Call(x, W, W, *biases, *start, None, True),
            Call(Draw((3, 1, 2)), W, W, *biases), Call(Draw((0, 4, 2)), W, W),
        ), reference, integers=False)  # fmt: skip
