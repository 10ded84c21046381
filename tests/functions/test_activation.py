import math

import numpy as np
import pytest

import ondol.functions as F
from ondol import Variable
from ondol.errors import DtypeError
from ondol.testing import check_grads


def grad(function, x, dtype=float):
    x = Variable(np.array(x, dtype))
    function(x).backward()
    return x.grad.data


def ulps(got, expected):
    return np.abs(got - expected) / np.spacing(np.abs(expected))


# -- erf -------------------------------------------------------------------------------


def test_erf_within_2_ulp_of_float64(rng):
    x = np.concatenate(
        [rng.uniform(-7, 7, 20_000), 10.0 ** rng.uniform(-300, 1, 5_000)]
    )
    edges = np.nextafter([0.46875, 0.5, 6.0, 0.46875, 0.5, 6.0], [0, 0, 0, 9, 9, 9])
    x = np.concatenate([x, edges, [0.46875, 0.5, 6.0]])
    expected = np.array([math.erf(v) for v in x])
    assert ulps(F.erf(x).data, expected).max() <= 2


@pytest.mark.parametrize(("dtype", "limit"), [(np.float32, 4), (np.float16, 1)])
def test_erf_of_smaller_floats(dtype, limit):
    x = np.linspace(-8, 8, 4001).astype(dtype)
    expected = np.array([math.erf(v) for v in x]).astype(dtype)
    assert F.erf(x).dtype == dtype
    assert ulps(F.erf(x).data.astype(float), expected).max() <= limit * 2


def test_erf_of_special_numbers():
    y = F.erf(np.array([np.inf, -np.inf, np.nan, 0.0, -0.0])).data
    np.testing.assert_array_equal(y, [1, -1, np.nan, 0, -0.0])
    assert np.signbit(y).tolist()[3:] == [False, True]


# -- both ends -------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_sigmoid_at_both_ends(dtype):
    x = np.array([-np.inf, -1e4, -10.0, 0.0, 10.0, 1e4, np.inf], dtype)
    y = F.sigmoid(x)
    assert y.dtype == dtype
    tail = 1 / (1 + math.exp(10))
    expected = [0, 0, tail, 0.5, 1 - tail, 1, 1]
    np.testing.assert_allclose(y.data, expected, rtol=2e-3, atol=2e-5)


def test_sigmoid_of_very_negative_numbers_is_not_rounded_to_0():
    x = np.array([-40.0, -300.0, -700.0])
    np.testing.assert_allclose(F.sigmoid(x).data, np.exp(x), rtol=1e-12)


def test_softplus_of_large_numbers():
    x = [-1000.0, -40.0, 1000.0]
    np.testing.assert_allclose(F.softplus(np.array(x)).data, [0, np.exp(-40), 1000])
    np.testing.assert_allclose(grad(F.softplus, x), [0, np.exp(-40), 1])


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_gelu_of_large_numbers(dtype):
    x = np.array([-60.0, 60.0], dtype)
    for approximate in (False, True):
        np.testing.assert_array_equal(F.gelu(x, approximate).data, [0, 60])


def test_gelu_by_the_papers_formula_is_near():
    x = np.linspace(-6, 6, 1001)
    difference = F.gelu(x).data - F.gelu(x, approximate=True).data
    assert 1e-5 < np.abs(difference).max() < 5e-4
    check_grads(lambda x: F.gelu(x, approximate=True), np.linspace(-2, 2, 5))


@pytest.mark.parametrize("shift", [1000.0, -1000.0])
def test_softmax_of_large_scores(shift):
    x = np.array([0.0, 1.0, -800.0])
    np.testing.assert_allclose(F.softmax(x + shift).data, F.softmax(x).data)
    np.testing.assert_allclose(
        F.log_softmax(x + shift).data[2], F.log_softmax(x).data[2]
    )


@pytest.mark.parametrize("function", [F.softmax, F.log_softmax, F.sigmoid, F.silu])
def test_unsigned_integers_do_not_wrap(function):
    x = np.array([[1, 2, 200]], np.uint8)
    np.testing.assert_allclose(function(x).data, function(x.astype(float)).data)


def test_softmax_of_excluded_classes():
    y = F.softmax(np.array([-np.inf, 0.0, 0.0]))
    np.testing.assert_array_equal(y.data, [0, 0.5, 0.5])
    np.testing.assert_array_equal(grad(F.softmax, [-np.inf, 0.0, 0.0]), [0, 0, 0])


# -- kinks -----------------------------------------------------------------------------


def test_gradients_at_0():
    assert grad(F.relu, [0.0]) == 0
    assert grad(F.leaky_relu, [0.0]) == 0.2
    assert grad(F.elu, [0.0]) == 1
    assert grad(lambda x: F.elu(x, 2.0), [0.0]) == 2


def test_nan_is_not_hidden():
    nan = np.array([np.nan])
    for name in ("relu", "leaky_relu", "elu", "sigmoid", "softplus", "silu", "gelu"):
        with np.errstate(invalid="ignore"):  # NumPy's logaddexp warns
            assert np.isnan(getattr(F, name)(nan).data)


@pytest.mark.parametrize("bad", ["text", None, object(), [1.0, "a"]])
def test_what_is_no_number_is_refused(bad):
    for name in (
        "relu",
        "sigmoid",
        "softplus",
        "silu",
        "gelu",
        "elu",
        "erf",
        "softmax",
    ):
        with pytest.raises(DtypeError):
            getattr(F, name)(bad)


def test_numbers_and_lists_are_let_in():
    for name in ("relu", "sigmoid", "softplus", "silu", "gelu", "elu", "erf"):
        function = getattr(F, name)
        assert function(2.0).shape == ()
        np.testing.assert_array_equal(
            function([1.0, -1.0]).data, function(np.array([1.0, -1.0])).data
        )
