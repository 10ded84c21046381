"""Every function stays where its operands are: nothing leaves the GPU on the way."""

import sys

import device
import numpy as np
import pytest
from cases import CASES

from ondol import State, Variable

ROWS = [
    pytest.param(case, call, id=f"{case.name}-{i}")
    for case in CASES
    for i, call in enumerate(case.calls)
    if case.values
]


@pytest.fixture(autouse=True)
def cupy(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", device.cupy())


def on_device(x):
    """The same arguments, with arrays on the device."""
    if isinstance(x, np.ndarray):
        return device.Array(x)
    if isinstance(x, State):
        return State(on_device(x.data))
    return type(x)(map(on_device, x)) if isinstance(x, list | tuple) else x


def on_host(x):
    return x


def several(y):
    return list(y) if isinstance(y, list | tuple) else [y]


def forward_and_back(case, call, build, xs, place):
    inputs = [Variable(place(x)) for x in xs]
    kwargs = {key: place(value) for key, value in call.kwargs.items()}
    args = build(inputs)
    ys = several(case.ours(*map(place, args), **kwargs))
    for y in ys:
        if y.creator is not None:
            y.backward()
    grads = [x.grad for x in inputs]
    return [y.data for y in ys], [None if g is None else g.data for g in grads]


@pytest.mark.parametrize(("case", "call"), ROWS)
def test_values_and_gradients_stay_on_the_device(case, call, rng):
    xs, build = call.sample(rng)
    expected = forward_and_back(case, call, build, xs, on_host)
    got = forward_and_back(case, call, build, xs, on_device)
    for there, here in zip(got, expected, strict=True):
        for a, b in zip(there, here, strict=True):
            if b is None:
                assert a is None
            else:
                assert isinstance(a, device.Array)
                np.testing.assert_allclose(a.get(), b, rtol=1e-12, atol=1e-12)
