import numpy as np
import pytest

import ondol.functions as F
from ondol import Variable
from ondol.errors import ArgumentError, DtypeError, ShapeError
from ondol.testing import check_grads


def grads(function, *xs):
    """The values of the gradients of the sum of a function, one for each argument."""
    inputs = [Variable(np.array(x, dtype=float)) for x in xs]
    function(*inputs).backward()
    return [x.grad.data.tolist() for x in inputs]


# -- ties and kinks --------------------------------------------------------------------


@pytest.mark.parametrize("function", [F.maximum, F.minimum])
def test_a_tie_shares_the_gradient_evenly(function):
    a, b = grads(function, [1.0, 2.0], [1.0, 2.0])
    assert a == b == [0.5, 0.5]


@pytest.mark.parametrize("function", [F.absolute, F.fabs, F.sign, abs])
def test_the_kink_at_0_has_gradient_0(function):
    assert grads(function, [0.0, -0.0]) == [[0.0, 0.0]]


def test_hypot_at_the_origin_has_gradient_0():
    assert grads(F.hypot, [0.0, 3.0], [0.0, 4.0]) == [[0.0, 0.6], [0.0, 0.8]]


def test_clip_passes_the_gradient_at_the_bounds():
    x, low, high = grads(F.clip, [-2.0, -1.0, 0.0, 1.0, 2.0], [-1.0] * 5, [1.0] * 5)
    assert x == [0, 1, 1, 1, 0]
    assert low == [1, 0, 0, 0, 0]
    assert high == [0, 0, 0, 0, 1]


def test_clip_needs_no_bounds():
    assert grads(F.clip, [-2.0, 2.0]) == [[1.0, 1.0]]


@pytest.mark.parametrize("function", [F.floor, F.ceil, F.rint, F.trunc, F.sign])
def test_steps_have_gradient_0(function):
    assert grads(function, [-1.0, 0.0, 0.4, 2.0]) == [[0.0] * 4]


@pytest.mark.parametrize("function", [F.sqrt, F.cbrt])
def test_roots_are_steep_at_0(function):
    x = Variable(np.zeros(2))
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        function(x).backward()
    assert np.isposinf(x.grad.data).all()


# -- powers ----------------------------------------------------------------------------


def test_powers_at_0():
    assert grads(lambda x: x**2, [0.0, -3.0]) == [[0.0, -6.0]]
    assert grads(lambda x: x**1, [0.0]) == [[1.0]]
    assert grads(lambda x: x**0, [0.0, 2.0]) == [[0.0, 0.0]]
    assert grads(lambda x: x**0.0, [0.0]) == [[0.0]]
    assert grads(F.power, [0.0, 0.0], [0.0, 1.0])[0] == [0.0, 1.0]


def test_powers_of_negative_numbers():
    check_grads(lambda x: x**3, np.array([-1.5, -0.5, 2.0]), order=3)
    check_grads(lambda x: x**-2, np.array([-1.5, -0.5, 2.0]), rtol=1e-4)


def test_mixed_second_derivative_where_the_exponent_is_0():
    check_grads(F.power, np.array([0.5, 2.0]), np.array([0.0, 0.0]), order=2)


def test_integer_base_with_an_exponent_to_learn():
    b = Variable(np.array([2.0, 0.5]))
    F.power(np.array([2, 4]), b).backward()
    np.testing.assert_allclose(b.grad.data, [4 * np.log(2), 2 * np.log(4)])


# -- dtypes ----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize(
    "function",
    [
        lambda x: x + 1.5, lambda x: 2 - x, lambda x: x * 3, lambda x: 1 / x,
        lambda x: x**2, lambda x: 2.0**x, lambda x: F.maximum(x, 0),
        lambda x: F.where(x > 1, x, 0.0), lambda x: F.clip(x, 0, 1.5),
        lambda x: F.arctan2(x, 1.0), lambda x: x // 2, lambda x: x % 2,
        lambda x: F.logaddexp(x, 0), lambda x: F.hypot(1, x),
    ],
)  # fmt: skip
def test_python_numbers_do_not_promote(function, dtype):
    x = Variable(np.array([0.5, 1.5], dtype))
    y = function(x)
    y.backward()
    assert y.dtype == x.grad.dtype == dtype


def test_arrays_on_either_side_of_an_operator():
    x, a = Variable(np.array([1.0, 2.0])), np.array([3.0, 5.0])
    for y, expected in (
        (a + x, [4, 7]), (x + a, [4, 7]), (a - x, [2, 3]), (x - a, [-2, -3]),
        (a * x, [3, 10]), (a / x, [3, 2.5]), (x / a, [1 / 3, 0.4]), (a**x, [3, 25]),
        (x**a, [1, 32]), (a @ x, 13), (a // x, [3, 2]), (a % x, [0, 1]),
        (a > x, [True, True]), (x < a, [True, True]), (a == x, [False, False]),
    ):  # fmt: skip
        assert isinstance(y, Variable)
        np.testing.assert_allclose(y.data, expected)


def test_astype_converts_the_gradient_back():
    x = Variable(np.ones(2, np.float32))
    y = F.astype(x, np.float64) * 2
    assert y.dtype == np.float64
    y.backward()
    assert x.grad.dtype == np.float32
    np.testing.assert_array_equal(x.grad.data, [2, 2])


def test_nothing_flows_through_integers():
    x = Variable(np.array([1.5, 2.5]))
    F.astype(F.astype(x, int), float).backward()
    np.testing.assert_array_equal(x.grad.data, [0, 0])


# -- extremes --------------------------------------------------------------------------


def test_logaddexp_does_not_overflow():
    x = Variable(np.array([1000.0, -1000.0]))
    y = F.logaddexp(x, 0)
    y.backward()
    np.testing.assert_array_equal(y.data, [1000, 0])
    np.testing.assert_array_equal(x.grad.data, [1, 0])


@pytest.mark.parametrize("function", [F.logaddexp, F.logaddexp2])
def test_logaddexp_at_infinity(function):
    inf = np.inf
    a, b = grads(function, [inf, inf, 3, -inf, 1e200], [1, -inf, inf, -inf, 1e200])
    assert a == [1, 1, 0, 0.5, 0.5]
    assert b == [0, 0, 1, 0.5, 0.5]


@pytest.mark.parametrize("function", [F.logaddexp, F.logaddexp2])
def test_logaddexp_of_equal_numbers_has_both_derivatives(function):
    check_grads(function, np.array([1.0, -2.0]), np.array([1.0, -2.0]), order=2)


def test_arctan2_at_the_origin_and_beside_it():
    assert grads(F.arctan2, [0.0], [0.0]) == [[0.0], [-0.0]]
    a, b = grads(F.arctan2, [1e-200, 0.0, 1e200], [1e-200, 1e-200, 0.0])
    np.testing.assert_allclose(a, [5e199, 1e200, 0], rtol=1e-12)
    np.testing.assert_allclose(b, [-5e199, 0, -1e-200], rtol=1e-12)


def test_squares_do_not_overflow_in_half_precision():
    x = Variable(np.array([300.0], np.float16))
    F.arcsinh(x).backward()
    np.testing.assert_allclose(x.grad.data, [1 / 300], rtol=1e-3)
    a, b = (Variable(np.array([300.0], np.float16)) for _ in range(2))
    y = F.hypot(a, b)
    y.grad = Variable(np.array([512.0], np.float16))
    y.backward()
    np.testing.assert_allclose(a.grad.data, [512 * 0.5**0.5], rtol=1e-3)


def test_the_power_0_is_constant_at_infinity_and_nan():
    for exponent in (0, 0.0):
        assert grads(lambda x, n=exponent: x**n, [np.inf, np.nan, 0.0]) == [[0.0] * 3]


# -- errors ----------------------------------------------------------------------------


@pytest.mark.parametrize("where", [F.where, np.where])
def test_where_needs_a_choice(where):
    with pytest.raises(ArgumentError, match=r"(?s)\(condition, x, y\).*np.nonzero"):
        where(Variable(np.array([1.0, 0.0])) > 0)


@pytest.mark.parametrize("bad", ["text", None, object()])
def test_operands_that_are_no_numbers(bad):
    x = Variable(np.ones(2))
    with pytest.raises(DtypeError, match=r"np\.multiply"):
        x * bad
    with pytest.raises(DtypeError, match=r"np\.tanh"):
        F.tanh(bad)


def test_shapes_that_do_not_fit_are_named():
    with pytest.raises(ShapeError, match=r"(?s)np.add.*\(2,\).*\(3,\)"):
        F.add(Variable(np.ones(2)), np.ones(3))
