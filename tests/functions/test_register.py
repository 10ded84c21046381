"""Primitives with gradient rules, as `functions` and its users make them."""

import numpy as np
import pytest

import ondol.functions as F
from ondol import Variable, no_grad
from ondol.errors import (
    ArgumentError,
    DtypeError,
    GradientError,
    OndolError,
    ShapeError,
    UnsupportedError,
)
from ondol.functions.register import differentiable
from ondol.testing import check_grads

X = np.ones((2, 3))


@differentiable(
    lambda g, y, a, b, power=2: g * b,
    lambda g, y, a, b, power=2: g * a,
)
def product(a, b):
    """The product of two arrays."""
    if a.shape != b.shape:
        raise ValueError("these shapes do not go together")
    return a * b


def test_a_primitive_of_our_own_computes_and_records():
    a, b = Variable(np.array([1.0, 2.0])), Variable(np.array([3.0, 4.0]))
    y = product(a, b)
    np.testing.assert_array_equal(y.data, [3.0, 8.0])
    y.backward()
    np.testing.assert_array_equal(a.grad.data, b.data)
    np.testing.assert_array_equal(b.grad.data, a.data)


def test_it_takes_plain_arrays_and_follows_the_modes():
    a = np.array([1.0, 2.0])
    assert isinstance(product(a, a), Variable)
    assert product(a, a).creator is None
    with no_grad():
        assert product(Variable(a), a).creator is None


def test_its_name_and_documentation():
    assert product.__name__ == "product"
    assert product.__doc__ == "The product of two arrays."


def test_its_rules_hold_in_any_order():
    rng = np.random.default_rng(0)
    check_grads(product, rng.normal(size=3), rng.normal(size=3), order=3)


def test_a_wrong_rule_is_caught():
    @differentiable(lambda g, y, x: g * 2 * x)
    def cube(x):
        return x * x * x

    with pytest.raises(GradientError, match="ratio"):
        check_grads(cube, np.array([1.0, 2.0]))


def test_a_rule_of_a_wrong_shape_is_caught():
    @differentiable(lambda g, y, x: np.ones((7, 7)))
    def broken(x):
        return x * 1

    with pytest.raises(GradientError, match=r"broken.*\(7, 7\)"):
        broken(Variable(np.ones(3))).backward()


def test_its_errors_name_the_operands():
    a, b = Variable(np.ones(2), "left"), Variable(np.ones(3), "right")
    with pytest.raises(ShapeError, match="do not go together") as info:
        product(a, b)
    assert "'left'" in str(info.value)
    assert "'right'" in str(info.value)


@pytest.mark.parametrize(
    ("args", "kind"),
    [
        ((None, 2), DtypeError),
        (("abc", 2), DtypeError),
        ((X,), UnsupportedError),
        ((X, 1, 2, 3), UnsupportedError),
        ((X, "abc"), DtypeError),
        ((X, (2, "abc")), DtypeError),
        ((X, 10**30), OndolError),
    ],
)
def test_whatever_a_composite_refuses_names_it(args, kind):
    with pytest.raises(kind, match="tile"):
        F.tile(*args)


def test_a_number_too_large_is_refused():
    for call in (F.swapaxes, F.rollaxis):
        with pytest.raises(ArgumentError, match=call.__name__):
            call(np.ones((2, 3)), 0, 10**30)


def test_a_list_that_is_no_array_is_refused_by_name():
    for call in (F.exp, F.reshape, F.tril):
        with pytest.raises(OndolError, match=call.__name__):
            call([[1], [1, 2]])


def test_a_name_in_the_quoted_program_does_not_count():
    with pytest.raises(OndolError, match=r"^tile: np.broadcast_to"):
        np.tile(Variable(X), "a")
