import math

import numpy as np
import pytest

import ondol
import ondol.functions as F
from ondol import Variable
from ondol.errors import ArgumentError, DtypeError, ShapeError
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


def test_sigmoids_of_float16_keep_their_digits_below_0():
    x = np.array([-10.0, -12.0, -14.0], np.float16)
    tail = np.exp(x.astype(float))
    for function, expected in (
        (F.sigmoid, tail),
        (F.silu, x * tail),
        (F.mish, x * tail),
    ):
        np.testing.assert_allclose(function(x).data, expected, rtol=1e-2)


def test_softplus_of_large_numbers():
    x = [-1000.0, -40.0, 1000.0]
    np.testing.assert_allclose(F.softplus(np.array(x)).data, [0, np.exp(-40), 1000])
    np.testing.assert_allclose(grad(F.softplus, x), [0, np.exp(-40), 1])


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_gelu_of_large_numbers(dtype):
    x = np.array([-60.0, 60.0], dtype)
    for approximate in (False, True):
        np.testing.assert_array_equal(F.gelu(x, approximate).data, [0, 60])


@pytest.mark.parametrize("word", ["none", "tanh"])
def test_gelu_refuses_the_words_of_others(word):  # "none" would be True
    with pytest.raises(ArgumentError, match="expected True or False, got"):
        F.gelu(np.ones(2), approximate=word)


def test_gelu_by_the_papers_formula_is_near():
    x = np.linspace(-6, 6, 1001)
    difference = F.gelu(x).data - F.gelu(x, approximate=True).data
    assert 1e-5 < np.abs(difference).max() < 5e-4
    check_grads(lambda x: F.gelu(x, approximate=True), np.linspace(-2, 2, 5))


@pytest.mark.parametrize(("dtype", "limit"), [(np.float32, 2e-6), (np.float64, 1e-14)])
def test_gelu_keeps_its_digits_on_both_sides(dtype, limit):
    x = np.concatenate([np.linspace(-8, 8, 999), [-1e-3, 1e-3, 1e-30, -1e-30]])
    x = x.astype(dtype)
    expected = [v * math.erfc(-v / math.sqrt(2)) / 2 for v in x.astype(float)]
    y = F.gelu(x)
    assert y.dtype == dtype
    np.testing.assert_allclose(y.data, np.array(expected), rtol=limit * 5, atol=0)
    np.testing.assert_allclose(y.data, np.array(expected), rtol=limit, atol=limit)


@pytest.mark.parametrize(
    "function", [F.silu, F.gelu, lambda x: F.gelu(x, approximate=True)]
)
def test_weighted_ones_are_one_call_each_and_safe_to_derive_often(function):
    x = Variable(np.array([-np.inf, -1e4, 1e4, np.inf]))
    y = function(x)
    assert y.creator.inputs == (x,)
    for expected in ([0, 0, 1, 1], [0, 0, 0, 0], [0, 0, 0, 0]):
        x.cleargrad()
        y.backward(create_graph=True)
        y = x.grad
        np.testing.assert_allclose(y.data, expected, atol=1e-12)
    check_grads(function, np.linspace(-6, 6, 9), order=2)


@pytest.mark.parametrize(
    "function",
    [F.relu, F.silu, F.gelu, F.softplus, F.elu, F.mish, F.softmax, F.softsign],
)
def test_complex_numbers_are_refused_where_they_have_no_meaning(function):
    with pytest.raises(DtypeError, match="expected real numbers"):
        function(np.array([1j]))


def test_sigmoid_of_complex_numbers():
    z = np.array([1 + 1j, -2j])
    np.testing.assert_allclose(F.sigmoid(z).data, 1 / (1 + np.exp(-z)))


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
    for name in (*ENDS, "sigmoid", "selu"):
        assert np.isnan(getattr(F, name)(nan).data), name
    assert np.isnan(F.threshold(nan, 0.0, 1.0).data)


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


# -- the further activations -----------------------------------------------------------

# value at -inf, -1e4, 1e4 and inf, and the gradient there; None is x itself.
ENDS = {
    "relu": ([0, 0, None, None], [0, 0, 1, 1]),
    "relu6": ([0, 0, 6, 6], [0, 0, 0, 0]),
    "hardtanh": ([-1, -1, 1, 1], [0, 0, 0, 0]),
    "hardsigmoid": ([0, 0, 1, 1], [0, 0, 0, 0]),
    "hardswish": ([0, 0, None, None], [0, 0, 1, 1]),
    "hardshrink": ([None, None, None, None], [1, 1, 1, 1]),
    "softshrink": ([None, -1e4 + 0.5, 1e4 - 0.5, None], [1, 1, 1, 1]),
    "tanhshrink": ([None, -1e4 + 1, 1e4 - 1, None], [1, 1, 1, 1]),
    "softsign": ([-1, -1, 1, 1], [0, 0, 0, 0]),
    "softplus": ([0, 0, None, None], [0, 0, 1, 1]),
    "log_sigmoid": ([None, None, 0, 0], [1, 1, 0, 0]),
    "squareplus": ([0, 0, None, None], [0, 0, 1, 1]),
    "leaky_relu": ([None, -2e3, None, None], [0.2, 0.2, 1, 1]),
    "elu": ([-1, -1, None, None], [0, 0, 1, 1]),
    "celu": ([-1, -1, None, None], [0, 0, 1, 1]),
    "silu": ([0, 0, None, None], [0, 0, 1, 1]),
    "mish": ([0, 0, None, None], [0, 0, 1, 1]),
    "gelu": ([0, 0, None, None], [0, 0, 1, 1]),
}


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", ENDS)
def test_far_from_0(name, dtype):
    x = Variable(np.array([-np.inf, -1e4, 1e4, np.inf], dtype))
    values, slopes = ENDS[name]
    expected = [xi if v is None else v for xi, v in zip(x.data, values, strict=True)]
    y = getattr(F, name)(x)
    y.backward()
    close = {"rtol": 1e-3, "atol": 2e-4}
    np.testing.assert_allclose(y.data, np.array(expected, dtype), **close)
    np.testing.assert_allclose(x.grad.data, slopes, **close)
    assert y.dtype == x.grad.dtype == dtype


@pytest.mark.parametrize(
    ("function", "x", "slope"),
    [
        (F.relu6, [0.0, 6.0], [0, 0]),
        (F.hardtanh, [-1.0, 1.0], [0, 0]),
        (F.hardsigmoid, [-3.0, 3.0], [0, 0]),
        (F.hardswish, [-3.0, 3.0], [0, 1]),
        (F.hardshrink, [-0.5, 0.5], [0, 0]),
        (F.softshrink, [-0.5, 0.0, 0.5], [0, 0, 0]),
        (F.softsign, [0.0], [1]),
        (F.squareplus, [0.0], [0.5]),
        (F.celu, [0.0], [1]),
        (lambda x: F.celu(x, 3.0), [0.0], [1]),
        (F.selu, [0.0], [1.7580993408473766]),
        (lambda x: F.threshold(x, 1.0, 5.0), [1.0, 1.5], [0, 1]),
        (lambda x: F.prelu(x, np.array(0.3)), [0.0], [0.3]),
        (lambda x: F.maxout(x, 2), [1.0, 1.0], [0.5, 0.5]),
    ],
)
def test_gradients_at_kinks(function, x, slope):
    np.testing.assert_allclose(grad(function, x), slope)


def test_values_at_kinks():
    assert F.hardshrink(np.array([0.5, -0.5])).data.tolist() == [0, 0]
    assert F.threshold(np.array([1.0]), 1.0, 5.0).data.tolist() == [5]


def test_smooth_ones_are_smooth_at_0():
    for function in (F.squareplus, F.softsign, F.mish, F.silu, F.gelu, F.softplus):
        check_grads(function, np.array([-1e-4, 1e-4]), order=1)
    check_grads(lambda x: F.squareplus(x, 0.5), np.array([0.0, -1.0]))


def test_selu_keeps_mean_and_variance(rng):
    y = F.selu(rng.normal(size=200_000)).data
    assert abs(y.mean()) < 0.01
    assert abs(y.std() - 1) < 0.01


def test_prelu_of_one_number_for_the_slope():
    assert F.prelu(np.array([-2.0, 3.0]), 0.5).data.tolist() == [-1, 3]
    x = np.array([[-1.0, -1.0, -1.0]])
    assert F.prelu(x, [1.0, 2.0, 3.0]).data.tolist() == [[-1, -2, -3]]


@pytest.mark.parametrize("shape", [(2,), (3, 1), (1, 3), (0,)])
def test_prelu_shapes(shape):
    with pytest.raises(ShapeError, match="one slope, or one for each channel"):
        F.prelu(np.ones((4, 3)), Variable(np.ones(shape)))


def test_rrelu_draws_while_training_and_averages_else():
    ondol.seed(1)
    x = np.full(50_000, -1.0)
    y = -F.rrelu(x, 0.2, 0.6).data
    assert 0.2 <= y.min() < 0.201
    assert 0.599 < y.max() <= 0.6
    assert abs(y.mean() - 0.4) < 0.002
    with ondol.test_mode():
        np.testing.assert_allclose(F.rrelu(x[:2], 0.2, 0.6).data, -0.4)


def test_gumbel_softmax_chooses_by_the_scores():
    ondol.seed(1)
    shares = np.array([0.1, 0.6, 0.3])
    x = Variable(np.broadcast_to(np.log(shares), (40_000, 3)))
    y = F.gumbel_softmax(x, 0.7, hard=True)
    assert set(np.unique(y.data)) == {0.0, 1.0}
    np.testing.assert_array_equal(y.data.sum(-1), 1)
    np.testing.assert_allclose(y.data.mean(0), shares, atol=0.01)


def test_hard_gumbel_softmax_has_the_gradient_of_the_soft_one(rng):
    x, w = rng.normal(size=(4, 2, 3)), rng.normal(size=(4, 2, 3))

    def run(hard):
        ondol.seed(5)
        v = Variable(x)
        np.sum(F.gumbel_softmax(v, hard=hard, axis=1) * w).backward()
        return v.grad.data

    np.testing.assert_allclose(run(True), run(False))


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_gumbel_softmax_stays_finite(dtype):
    ondol.seed(0)
    y = F.gumbel_softmax(np.zeros((1000, 100), dtype))
    assert y.dtype == dtype
    assert np.isfinite(y.data).all()


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda x: F.glu(x), ShapeError, "two halves along axis 1"),
        (lambda x: F.swiglu(x, 2), ArgumentError, "one of the 2 axes"),
        (lambda x: F.geglu(x, "a"), ArgumentError, "got 'a'"),
        (lambda x: F.reglu(x, (0, 1)), ArgumentError, "one of the 2 axes"),
        (lambda x: F.maxout(x, 2), ShapeError, "multiple of pieces=2"),
        (lambda x: F.maxout(x, 0), ArgumentError, "pieces: expected a number above 0"),
        (lambda x: F.maxout(x, 1.5), ShapeError, "pieces=1.5"),
        (lambda x: F.maxout(x, 1, 5), ArgumentError, "got 5"),
        (lambda x: F.celu(x, 0), ArgumentError, "alpha: expected a number above 0"),
        (lambda x: F.celu(x, "a"), ArgumentError, "got 'a'"),
        (lambda x: F.squareplus(x, -1), ArgumentError, "squareplus: b"),
        (lambda x: F.gumbel_softmax(x, 0.0), ArgumentError, "temperature"),
        (lambda x: F.rrelu(x, 0.5, 0.2), ArgumentError, "0 <= low <= high"),
        (lambda x: F.rrelu(x, -0.5, 0.2), ArgumentError, "low: expected a number of 0"),
        (lambda x: F.hardtanh(x, 1.0, -1.0), ArgumentError, "low < high"),
        (lambda x: F.hardshrink(x, -1.0), ArgumentError, "bound"),
        (lambda x: F.softshrink(x, -1.0), ArgumentError, "bound"),
    ],
)
def test_activations_refuse_bad_settings(function, error, message):
    with pytest.raises(error, match=message):
        function(Variable(np.ones((2, 3))))
