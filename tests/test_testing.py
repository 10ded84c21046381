import re

import numpy as np
import pytest

import ondol
import ondol.functions as F
from ondol import Function, Variable
from ondol.errors import ArgumentError, DtypeError, GradientError
from ondol.testing import check_grads, numerical_gradient

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])


class Cube(Function):
    def forward(self, x):
        return x**3

    def backward(self, gy):
        (x,) = self.inputs
        return 3 * x**2 * gy


class WrongFactor(Cube):
    def backward(self, gy):
        return 1.01 * super().backward(gy)


class WrongSign(Cube):
    def backward(self, gy):
        return -super().backward(gy)


class NotANumber(Cube):
    def backward(self, gy):
        return super().backward(gy) * np.nan


class WrongAtOnePlace(Cube):
    def backward(self, gy):
        wrong = np.ones(gy.shape)
        wrong[1, 2] = 2
        return super().backward(gy) * wrong


class Silent(Cube):
    def backward(self, gy):
        return None


class Phantom(Cube):
    """A gradient where there is none."""

    def forward(self, x):
        return x * 0

    def backward(self, gy):
        return gy


class FrozenFactor(Cube):
    """Right to first order; the factor is a constant to the next derivative."""

    def backward(self, gy):
        constant = 3 * np.square(np.asarray(self._args[0].data))
        return constant * gy


class WrongThird(Function):
    """Right to second order: a term that is 0 here, but whose derivatives are not."""

    def forward(self, x):
        return x**3

    def backward(self, gy):
        (x,) = self.inputs
        at = Variable(np.array(x._data))
        return (3 * x**2 + (x - at) ** 2) * gy


class AddScalar(Function):
    """x + a, with a of one element; `reduce` turns the gradient into a's shape."""

    def __init__(self, reduce):
        self.reduce = reduce

    def forward(self, x, a):
        return x + a

    def backward(self, gy):
        return gy, self.reduce(gy)


def refusal(f, *xs, **options):
    with pytest.raises(GradientError) as caught:
        check_grads(f, *xs, **options)
    return str(caught.value)


def fields(message):
    """Order, argument, position, expected, got, ratio, and how many are off."""
    pattern = (
        r"order (\d) by argument (\d) is wrong, worst at (\(.*?\)): "
        r"expected (\S+), got (\S+), ratio (\S+); (\d+) of (\d+) elements"
    )
    order, i, at, expected, got, ratio, off, size = re.search(pattern, message).groups()
    return (
        (int(order), int(i), at),
        (float(expected), float(got), float(ratio)),
        (
            int(off),
            int(size),
        ),
    )


@pytest.mark.parametrize("x", [X, X[0], X[:, :0], np.array(0.7), 0.7, [0.5, 2.0]])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_a_right_rule_passes_at_any_shape_and_order(x, order):
    check_grads(lambda x: Cube()(x), x, order=order)


@pytest.mark.parametrize("wrong", [WrongFactor, WrongSign, NotANumber, Silent])
def test_a_wrong_first_derivative_is_caught(wrong):
    where, _, (off, size) = fields(refusal(lambda x: wrong()(x), X))
    assert where[:2] == (1, 0)
    assert (off, size) == (6, 6)


def test_the_message_names_argument_position_values_and_ratio():
    message = refusal(lambda a, x: a + WrongAtOnePlace()(x), np.ones(3), X, order=1)
    where, (expected, got, ratio), counts = fields(message)
    assert where == (1, 1, "(1, 2)")
    assert counts == (1, 6)
    assert ratio == pytest.approx(2, rel=1e-6)
    assert got == pytest.approx(2 * expected, rel=1e-6)


def test_the_values_are_those_of_the_weighted_output():
    _, (expected, got, ratio), _ = fields(refusal(lambda x: WrongSign()(x), 2.0))
    assert 0.5 * 12 <= expected <= 1.5 * 12
    assert got == pytest.approx(-expected, rel=1e-6)
    assert ratio == pytest.approx(-1, rel=1e-6)


def test_an_expected_zero_gives_an_infinite_ratio():
    _, (expected, got, ratio), _ = fields(refusal(lambda x: Phantom()(x), X))
    assert expected == 0
    assert 0.5 <= got <= 1.5
    assert ratio == np.inf


def test_a_second_derivative_alone_wrong_is_caught_at_order_2():
    check_grads(lambda x: FrozenFactor()(x), X, order=1)
    where, _, _ = fields(refusal(lambda x: FrozenFactor()(x), X, order=2))
    assert where[0] == 2


def test_a_third_derivative_alone_wrong_is_caught_at_order_3():
    check_grads(lambda x: WrongThird()(x), X, order=2)
    where, _, _ = fields(refusal(lambda x: WrongThird()(x), X, order=3))
    assert where[0] == 3


def test_a_broadcast_left_to_the_engine_passes():
    check_grads(lambda x, a: AddScalar(lambda g: g)(x, a), X, np.ones((1, 1)))


@pytest.mark.parametrize(
    "reduce",
    [
        lambda g: g[:1, :1],
        lambda g: np.mean(g, keepdims=True),
        lambda g: np.sum(g, axis=0, keepdims=True)[:, :1],
    ],
)
def test_a_broadcast_reduced_wrongly_is_caught(reduce):
    where, _, _ = fields(
        refusal(lambda x, a: AddScalar(reduce)(x, a), X, np.ones((1, 1)))
    )
    assert where[:2] == (1, 1)


def test_a_gradient_that_cannot_be_reduced_is_caught():
    bad = AddScalar(lambda g: np.sum(g, axis=0))
    assert "shape" in refusal(lambda x, a: bad(x, a), X, np.ones((2, 1)))


def test_a_function_that_leaves_the_graph_is_caught():
    where, (_, got, ratio), _ = fields(refusal(lambda x: Variable(x.data**2), X))
    assert where[0] == 1
    assert (got, ratio) == (0, 0)


def test_a_function_that_is_nan_is_caught():
    with np.errstate(invalid="ignore"):
        assert "got nan" in refusal(np.sqrt, np.array([-1.0, 1.0]), order=1)


def test_one_output_of_several_wrong_is_caught():
    f = lambda x: (x * 2, np.sum(x), WrongFactor()(x))
    assert fields(refusal(f, X))[1][2] != 1
    check_grads(lambda x: (x * 2, np.sum(x), Cube()(x)), X)
    check_grads(lambda x: [x, np.exp(x)], X)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: 2 * x + 1,
        lambda x: x.sum(),
        lambda x: x - x,
        lambda x: Variable(np.ones(2)),
        lambda x: np.argmax(x),
    ],
)
def test_a_constant_gradient_or_none_passes_at_every_order(f):
    check_grads(f, X, order=3)


def test_what_is_not_real_is_handed_on_as_it_came():
    seen = []

    def f(ids, x, axis, name, mask, number):
        seen.append((ids, axis, name, mask, number))
        return np.sum(x[ids], axis=axis) * number

    ids, mask = np.array([0, 1, 0]), np.array([True, False])
    check_grads(f, ids, X, 0, None, mask, 3)
    for got in seen:
        assert got[0] is ids
        assert got[3] is mask
        assert got[1:3] == (0, None)
        assert type(got[4]) is int


def test_real_arguments_come_as_float64_variables():
    def f(x, y):
        for v in (x, y):
            assert isinstance(v, Variable)
            assert v.dtype == np.float64
        return x * y

    check_grads(f, X.astype(np.float32), Variable(X.astype(np.float16)))


def test_the_callers_variables_are_left_alone():
    x = Variable(X.copy())
    ids = Variable(np.array([1, 0]))
    x.grad = np.full(X.shape, 7.0)
    data, grad = x.data, x.grad
    check_grads(lambda x, ids: np.exp(x)[ids.data] * ids.reshape(2, 1), x, ids)
    assert x.data is data
    np.testing.assert_array_equal(x.data, X)
    assert x.grad is grad
    assert ids.grad is None
    np.testing.assert_array_equal(x.grad.data, 7)


def test_results_of_a_graph_are_arguments_too():
    x = Variable(X)
    y = x * 2
    check_grads(np.tanh, y)
    assert x.grad is None
    assert y.grad is None


def test_a_function_that_changes_its_argument_harms_nobody():
    def f(x):
        x.data += 1
        return x * 3

    x = X.copy()
    check_grads(f, x)
    np.testing.assert_array_equal(x, X)


def test_a_random_function_is_refused_until_it_is_seeded():
    dropout = lambda x: F.dropout(x, 0.5)
    ondol.seed(0)
    assert "random" in refusal(dropout, np.ones(50))

    def seeded(x):
        ondol.seed(1)
        return dropout(x)

    check_grads(seeded, np.ones(50))


@pytest.mark.parametrize("xs", [(), (1, np.array([1, 2])), (None,)])
def test_nothing_to_check_is_refused(xs):
    with pytest.raises(ArgumentError, match="nothing to check"):
        check_grads(lambda *xs: Variable(X), *xs)


def test_a_bad_order_and_complex_arguments_are_refused():
    with pytest.raises(ArgumentError, match="order 0"):
        check_grads(np.exp, X, order=0)
    with pytest.raises(DtypeError, match="complex"):
        check_grads(np.exp, X * 1j)


def test_tolerances_decide_what_is_wrong():
    slightly = lambda x: WrongFactor()(x)
    check_grads(slightly, X, order=1, rtol=0.02)
    assert "order 1" in refusal(slightly, X, order=1, rtol=0.001)


def test_numerical_gradient_is_that_of_the_book():
    gradient = numerical_gradient(lambda x: np.exp(x**2) ** 2, [np.array(0.5)], 0)
    assert gradient == pytest.approx(3.2974425414002564, rel=1e-8)
    assert gradient.shape == ()
