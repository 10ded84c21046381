"""Every function stays where its operands are: nothing leaves the GPU on the way."""

import sys

import device
import numpy as np
import pytest
from cases import CALLS, each_call

import ondol.dezero.functions as BF
import ondol.dezero.layers as L
from ondol import State, Variable
from ondol.dezero import cuda, models

ROWS = {name: row for name, row in CALLS.items() if row[0].values}


@pytest.fixture(autouse=True)
def cupy(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", device.cupy())
    cuda._cupy.cache_clear()
    yield
    cuda._cupy.cache_clear()


def moved(x, place):
    """The same arguments, with the arrays in another place."""
    if isinstance(x, np.ndarray):
        return place(x)
    if isinstance(x, State):
        return State(place(x.data))
    return type(x)(moved(v, place) for v in x) if isinstance(x, list | tuple) else x


def several(y):
    return list(y) if isinstance(y, list | tuple) else [y]


def forward_and_back(case, call, build, xs, place):
    inputs = [Variable(place(x)) for x in xs]
    kwargs = {key: moved(value, place) for key, value in call.kwargs.items()}
    args = [moved(arg, place) for arg in build(inputs)]
    ys = several(case.ours(*args, **kwargs))
    for y in ys:
        if y.creator is not None:
            y.backward()
    grads = [x.grad for x in inputs]
    return [y.data for y in ys], [None if g is None else g.data for g in grads]


def assert_same_as_on_the_host(case, call, rng, place, kind, tolerance):
    xs, build = call.sample(rng)
    expected = forward_and_back(case, call, build, xs, np.asarray)
    got = forward_and_back(case, call, build, xs, place)
    for there, here in zip(got, expected, strict=True):
        for a, b in zip(there, here, strict=True):
            if b is None:
                assert a is None
            else:
                assert isinstance(a, kind)
                np.testing.assert_allclose(a.get(), b, tolerance, tolerance)


@each_call(ROWS)
def test_values_and_gradients_stay_on_the_device(case, call, rng):
    assert_same_as_on_the_host(case, call, rng, device.Array, device.Array, 1e-12)


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
