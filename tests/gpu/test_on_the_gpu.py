"""The case table, a training step and saving, with CuPy's arrays."""

import cupy
import numpy as np
import pytest
from test_dispatch import ROWS, assert_same_as_on_the_host

import ondol.dezero.functions as F
from ondol.dezero import models, optimizers


@pytest.mark.parametrize(("case", "call"), ROWS)
def test_values_and_gradients_are_those_of_numpy(case, call, rng):
    assert_same_as_on_the_host(case, call, rng, cupy.asarray, cupy.ndarray, 1e-9)


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
