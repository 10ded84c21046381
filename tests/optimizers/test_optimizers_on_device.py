"""Hooks, averages and accumulation on the (pretended) GPU; metrics of its arrays."""

import sys

import device
import numpy as np
import pytest

from ondol.core import Parameter
from ondol.optimizers import (
    EMA,
    SGD,
    Accumulate,
    AdaptiveClip,
    ClipGrad,
    ClipValue,
    WeightAverage,
)
from ondol.train import metrics


@pytest.fixture(autouse=True)
def _cupy(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", device.cupy())


def trained(place, hook, make):
    """The weights, and their average, after some updates."""
    rng = np.random.default_rng(0)
    parameters = [Parameter(place(rng.normal(size=s))) for s in ((3, 2), (2,), ())]
    optimizer = SGD(0.1).setup(parameters).add_hook(hook)
    accumulate, average = Accumulate(optimizer, every=2), make(parameters)
    for _ in range(6):
        for parameter in parameters:
            parameter.grad = place(rng.normal(size=parameter.shape))
        if accumulate.update(3):
            average.update()
    with average.applied():
        averaged = [p.data for p in parameters]
    state = average.state_dict()
    average.load_state_dict(state)
    return [p.data for p in parameters] + averaged


@pytest.mark.parametrize("kind", [EMA, WeightAverage])
@pytest.mark.parametrize("hook", [ClipGrad(1.0), ClipValue(0.3), AdaptiveClip(0.1)])
def test_the_device_computes_what_numpy_does(hook, kind):
    def make(parameters):
        return kind(parameters)

    expected = trained(np.asarray, hook, make)
    for got, value in zip(trained(device.Array, hook, make), expected, strict=True):
        assert isinstance(got, device.Array)
        np.testing.assert_allclose(got.host, value, rtol=1e-12)


def test_metrics_take_arrays_of_the_device():
    y, t = np.eye(3)[[0, 1, 1]], np.array([0, 1, 2])
    got = metrics.accuracy(device.Array(y), device.Array(t))
    assert got == metrics.accuracy(y, t)
    mean = metrics.Mean()
    mean.update(device.Array(np.array(2.0)))
    assert mean.compute() == 2
