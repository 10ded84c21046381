"""Every function stays where its operands are: nothing leaves the GPU on the way."""

import sys

import device
import numpy as np
import pytest
from cases import CASES

import ondol.dezero.functions as BF
import ondol.dezero.layers as L
from ondol import State, Variable
from ondol.dezero import cuda, models

ROWS = [
    pytest.param(case, call, id=f"{case.name}-{i}")
    for case in CASES
    for i, call in enumerate(case.calls)
    if case.values
]


@pytest.fixture(autouse=True)
def cupy(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", device.cupy())
    cuda._cupy.cache_clear()
    yield
    cuda._cupy.cache_clear()


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


# -- the book's layers, moved before their first call as in step 52 --------------------


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda: models.MLP((4, 3)), (5, 2)),
        (lambda: L.Conv2d(2, 3), (5, 3, 6, 6)),
        (lambda: L.Deconv2d(2, 3), (5, 3, 6, 6)),
        (lambda: L.BatchNorm(), (5, 3)),
        (lambda: L.RNN(4), (5, 3)),
        (lambda: L.LSTM(4), (5, 3)),
    ],
)
def test_a_layer_that_is_moved_before_its_first_call(make, shape, rng):
    model = make()
    model.to_gpu()
    x = device.Array(rng.normal(size=shape).astype(np.float32))
    y = BF.dropout(model(x), 0.5)
    y = y if isinstance(model, L.Conv2d | L.Deconv2d | L.BatchNorm) else model(x) + y
    y.backward()
    assert all(isinstance(p.data, device.Array) for p in model.params())
    assert isinstance(y.data, device.Array)
    model.to_cpu()
    assert all(isinstance(p.data, np.ndarray) for p in model.params())
