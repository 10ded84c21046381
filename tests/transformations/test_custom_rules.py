"""`differentiable`: rules for NumPy code of one's own."""

import numpy as np
import pytest

import ondol
from ondol import Variable, grad, jvp, no_grad, vmap
from ondol.errors import ArgumentError, GradientError
from ondol.testing import check_grads


@ondol.differentiable(
    lambda g, y, a, b, power=2: g * power * a ** (power - 1) * b,
    lambda g, y, a, b, power=2: g * a**power,
)
def scaled_power(a, b, power=2):
    """`b` times a power of `a`."""
    out = np.empty(np.broadcast_shapes(a.shape, b.shape))
    for i in np.ndindex(out.shape):  # nothing that a Variable could do
        out[i] = (
            np.broadcast_to(b, out.shape)[i] * np.broadcast_to(a, out.shape)[i] ** power
        )
    return out


@pytest.mark.parametrize("shape", [(3,), (2, 3), (1,)])
@pytest.mark.parametrize("settings", [{}, {"power": 3}])
def test_derivatives_of_any_order(shape, settings, rng):
    a, b = rng.uniform(1, 2, shape), rng.normal(size=3)
    check_grads(lambda a, b: scaled_power(a, b, **settings), a, b, order=3, rtol=1e-4)


def test_settings_by_position():
    a, b = np.array([2.0]), np.array([3.0])
    assert scaled_power(a, b, 3).data == 24
    assert grad(lambda a: scaled_power(a, b, 3)[0])(a).data == 36


def test_it_is_a_function_of_the_library(rng):
    a, b = rng.normal(size=(2, 3)), rng.normal(size=3)
    assert scaled_power.__name__ == "scaled_power"
    assert scaled_power.__doc__ == "`b` times a power of `a`."
    assert scaled_power(a, b).creator is None
    assert scaled_power(Variable(a), b).creator.name == "scaled_power"
    with no_grad():
        assert scaled_power(Variable(a), b).creator is None
    np.testing.assert_allclose(vmap(scaled_power, (0, None))(a, b).data, a**2 * b)
    _, dy = jvp(scaled_power, (a, b), (np.ones_like(a), np.zeros_like(b)))
    np.testing.assert_allclose(dy.data, 2 * a * b)


def test_several_results():
    @ondol.differentiable(lambda g, y, x: g[0] * y[1] + g[1])
    def square_and_self(x):
        return x * x / 2, x + 0

    x = Variable(np.array([1.0, 2.0]))
    a, b = square_and_self(x)
    np.sum(a * 3 + b).backward()
    np.testing.assert_allclose(x.grad.data, 3 * x.data + 1)


def test_no_rule_no_gradient():
    ids, table = Variable(np.array([1.0, 0.0])), Variable(np.ones(3))

    @ondol.differentiable(None, lambda g, y, ids, x: g * np.ones_like(x))
    def total(ids, x):
        return x.sum()

    total(ids, table).backward()
    assert ids.grad is None
    np.testing.assert_array_equal(table.grad.data, np.ones(3))


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([], "needs a gradient rule"),
        ([lambda g, y, a, b: g], "got 1 rules"),
        ([lambda g, y, a, b: g] * 3, "got 3 rules"),
        ([lambda g, a, b: g, None], "rule 1 of f has to take"),
        ([None, lambda g, y, a: g], "rule 2 of f has to take"),
        ([None, lambda g, y, a, b, *, c: g], "rule 2 of f has to take"),
    ],
)
def test_rules_that_do_not_fit(rules, words):
    with pytest.raises(ArgumentError, match=words):

        @ondol.differentiable(*rules)
        def f(a, b):
            return a * b


def test_settings_that_a_rule_forgot():
    with pytest.raises(ArgumentError, match="rule 1 of f has to take"):

        @ondol.differentiable(lambda g, y, x: g)
        def f(x, power=2):
            return x**power


def test_a_decorator_without_rules():
    @ondol.differentiable
    def f(x):
        return x

    with pytest.raises(ArgumentError, match="above it"):
        f(np.ones(3))


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (lambda g, y, x: None, "rule 1 returned None"),
        (lambda g, y, x: 0.0, "rule 1 returned 0.0 of type float"),
        (lambda g, y, x: [g], "of type list"),
        (lambda g, y, x: np.ones((7, 7)), r"shape \(7, 7\)"),
    ],
)
def test_rules_that_return_no_gradient(rule, words):
    @ondol.differentiable(rule)
    def broken(x):
        return x * 1

    with pytest.raises(GradientError, match=words):
        broken(Variable(np.ones(3))).backward()
