"""Metrics of values: errors, and the share of the variance that is explained."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ondol import Variable
from ondol.train import metrics as M


def test_errors_are_means_over_all_elements():
    y, t = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1, 4], [0, 4]])
    assert M.mean_squared_error(y, t) == (0 + 4 + 9 + 0) / 4
    assert M.mean_squared_error(y, t, root=True) == np.sqrt(13 / 4)
    assert M.mean_absolute_error(y, t) == (2 + 3) / 4
    assert M.MeanSquaredError(root=True).name == "rmse"


def test_float16_does_not_overflow():
    y, t = np.full(1000, 300, np.float16), np.zeros(1000, np.float16)
    assert M.mean_squared_error(y, t) == 90000


def explained(y, t):
    """R2 of one output, by the definition."""
    mean = sum(t) / len(t)
    error = sum((a - b) ** 2 for a, b in zip(y, t, strict=True))
    return 1 - error / sum((b - mean) ** 2 for b in t)


@given(st.integers(2, 40), st.integers(0, 2**32), st.sampled_from([0, 10, -3]))
def test_r2_is_the_share_of_the_variance(n, seed, shift):
    rng = np.random.default_rng(seed)
    t = rng.normal(size=(n, 3)) + shift
    y = t + rng.normal(size=(n, 3))
    each = [explained(y[:, i], t[:, i]) for i in range(3)]
    np.testing.assert_allclose(M.r2(y, t, "none"), each, rtol=1e-9)
    assert M.r2(y, t) == pytest.approx(np.mean(each), rel=1e-9)
    assert M.r2(y[:, 0], t[:, 0]) == pytest.approx(each[0], rel=1e-9)


def test_a_large_mean_does_no_harm(rng):
    t = 1e8 + rng.normal(size=10_000)
    y = t + 0.1 * rng.normal(size=10_000)
    metric = M.R2()
    for part in np.split(np.arange(10_000), 100):
        metric.update(y[part], t[part])
    expected = explained(y - 1e8, t - 1e8)
    assert metric.compute() == pytest.approx(expected, rel=1e-6)


def test_batches_with_means_far_apart():
    t = np.repeat([0.0, 1e6], 50) + np.arange(100)
    y = t + 1
    metric = M.R2()
    metric.update(y[:50], t[:50])
    metric.update(y[50:], t[50:])
    assert metric.compute() == pytest.approx(explained(y, t), rel=1e-14)


def test_the_ends_of_the_scale():
    t = np.array([1.0, 2.0, 3.0])
    assert M.r2(t, t) == 1
    assert M.r2(np.full(3, 2.0), t) == 0
    assert M.r2(-t, t) < 0
    same = np.ones(3)
    assert M.r2(same, same) == 1  # nothing to explain, and all of it hit
    assert M.r2(t, same) == 0
    assert np.isnan(M.r2(t[:1], t[:1]))


FUNCTIONS = [M.mean_squared_error, M.mean_absolute_error, M.r2]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_shapes_do_not_broadcast(function):
    y, t = Variable(np.zeros((3, 1)), name="column"), np.zeros(3)
    with pytest.raises(ValueError, match=r"same shape(.|\n)*'column'") as error:
        function(y, t)
    assert error.value.code == "metric-values-shape"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_complex_values_are_refused(function):
    with pytest.raises(TypeError, match="real numbers"):
        function(np.zeros(3, complex), np.zeros(3))


def test_a_single_number_has_no_samples_to_explain():
    with pytest.raises(ValueError, match=r"r2: .*same shape \(N, ...\)"):
        M.r2(np.array(1.0), np.array(1.0))
