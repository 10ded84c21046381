"""The case table, a training step and saving, with CuPy's arrays."""

import cupy
import numpy as np
import pytest
from test_dispatch import ROWS, forward_and_back, on_host

import ondol.dezero.functions as F
from ondol import State
from ondol.dezero import models, optimizers


def on_gpu(x):
    if isinstance(x, np.ndarray):
        return cupy.asarray(x)
    if isinstance(x, State):
        return State(on_gpu(x.data))
    return type(x)(map(on_gpu, x)) if isinstance(x, list | tuple) else x


@pytest.mark.parametrize(("case", "call"), ROWS)
def test_values_and_gradients_are_those_of_numpy(case, call, rng):
    xs, build = call.sample(rng)
    expected = forward_and_back(case, call, build, xs, on_host)
    got = forward_and_back(case, call, build, xs, on_gpu)
    for there, here in zip(got, expected, strict=True):
        for a, b in zip(there, here, strict=True):
            if b is None:
                assert a is None
            else:
                assert isinstance(a, cupy.ndarray)
                np.testing.assert_allclose(a.get(), b, rtol=1e-9, atol=1e-9)


def train(to_gpu, steps=20):
    """Losses of a small network, as book step 52 trains its one."""
    np.random.seed(0)
    model, optimizer = models.MLP((10, 3)), optimizers.Adam()
    optimizer.setup(model)
    x, t = np.random.randn(30, 2).astype(np.float32), np.random.randint(0, 3, 30)
    if to_gpu:
        model.to_gpu()
        x, t = cupy.asarray(x), cupy.asarray(t)
    losses = []
    for _ in range(steps):
        loss = F.softmax_cross_entropy(model(x), t)
        model.cleargrads()
        loss.backward()
        optimizer.update()
        losses.append(float(loss.data))
    return model, losses


def test_training_gives_the_losses_of_the_cpu():
    np.testing.assert_allclose(train(True)[1], train(False)[1], rtol=1e-4)


def test_weights_are_saved_from_the_gpu_and_come_back(tmp_path):
    model, _ = train(True)
    model.save_weights(tmp_path / "weights.npz")
    assert all(isinstance(p.data, np.ndarray) for p in model.params())
    other, _ = train(False)
    other.load_weights(tmp_path / "weights.npz")
    for a, b in zip(model.params(), other.params(), strict=True):
        np.testing.assert_array_equal(a.data, b.data)
