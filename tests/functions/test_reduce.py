import warnings

import numpy as np
import pytest

import ondol.functions as F
from ondol import Variable
from ondol.errors import ArgumentError, ShapeError
from ondol.testing import check_grads


def grad(function, x, dtype=float):
    x = Variable(np.array(x, dtype))
    function(x).backward()
    return x.grad.data


@pytest.mark.parametrize("function", [F.max, F.min])
def test_elements_that_tie_share_the_gradient(function):
    np.testing.assert_array_equal(grad(function, [2, 2, 2, 2]), [0.25] * 4)


@pytest.mark.parametrize("function", [F.max, F.min])
def test_a_nan_is_the_extreme_and_gets_the_gradient(function):
    got = grad(lambda x: function(x, axis=1), [[1, np.nan, 2], [1, 1, 1]])
    np.testing.assert_allclose(got, [[0, 1, 0], [1 / 3] * 3])


def test_max_of_many_ties_in_float16():
    assert grad(F.max, np.ones(4096), np.float16).sum() == 1


def test_mean_of_float16_does_not_overflow():
    x = np.full(70_000, 2.0, np.float16)
    assert F.mean(x).data == 2
    np.testing.assert_allclose(grad(F.mean, x, np.float16), 1 / 70_000, rtol=5e-2)


def test_var_of_float16_does_not_overflow():
    x = np.array([-400.0, 400.0] * 1000, np.float16) / 2
    y = F.var(x)
    assert y.dtype == np.float16
    assert y.data == 40_000


def test_var_of_integers_is_that_of_numpy():
    x = np.array([0, 255], np.uint8)
    assert F.var(x).data == np.var(x)


def test_var_of_too_few_elements():
    with pytest.raises(ArgumentError, match="ddof=1 needs more than 1 elements"):
        F.var(Variable(np.ones((1, 2))), axis=0, ddof=1)
    with pytest.raises(ArgumentError, match="has 0"):
        F.var(Variable(np.ones((0, 2))), axis=0)


def test_var_of_equal_elements_has_gradient_0():
    np.testing.assert_array_equal(grad(F.var, [3.0, 3.0]), [0, 0])


@pytest.mark.parametrize("zeros", [1, 2, 3])
def test_prod_with_zeros(zeros):
    x = np.array([1.5, -2.0, 0.5, 3.0])
    x[:zeros] = 0
    check_grads(F.prod, x, order=3)


def test_prod_of_small_integers_does_not_wrap():
    assert F.prod(np.full(5, 100, np.int8)).data == 100**5
    assert F.prod(np.full(5, 100, np.uint8)).dtype == np.uint64


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
@pytest.mark.parametrize("axis", [None, 0, -1])
@pytest.mark.parametrize("keepdims", [True, False])
def test_prod_of_nothing_is_one(shape, axis, keepdims):
    x = np.ones(shape, np.float32)
    y = F.prod(Variable(x), axis, keepdims=keepdims)
    expected = np.prod(x, axis, keepdims=keepdims)
    np.testing.assert_array_equal(y.data, expected)
    assert y.dtype == np.float32
    assert y.shape == expected.shape


def test_logsumexp_of_large_numbers():
    for x in ([1000.0, 1000.0], [-1000.0, -1000.0]):
        y = F.logsumexp(np.array(x))
        np.testing.assert_allclose(y.data, x[0] + np.log(2))
        np.testing.assert_allclose(grad(F.logsumexp, x), [0.5, 0.5])


def test_logsumexp_of_infinite_numbers():
    assert F.logsumexp(np.array([-np.inf, 0.0])).data == 0
    assert F.logsumexp(np.array([np.inf, 0.0])).data == np.inf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert F.logsumexp(np.array([-np.inf, -np.inf])).data == -np.inf


@pytest.mark.parametrize(
    "name",
    ["sum", "mean", "max", "min", "var", "std", "prod", "logsumexp", "cumsum", "any"],
)
@pytest.mark.parametrize("axis", [2, -3])
def test_an_axis_that_is_not_there(name, axis):
    with pytest.raises((ShapeError, ArgumentError), match=f"axis.*{axis}"):
        getattr(F, name)(Variable(np.ones((2, 3))), axis=axis)


def test_more_ties_than_half_precision_can_count():
    x = Variable(np.ones(70_000, np.float16))
    F.max(x).backward()
    assert x.grad.dtype == np.float16
    np.testing.assert_allclose(x.grad.data, 1 / 70_000, rtol=5e-3)


def test_one_axis_twice():
    for name in ("sum", "var", "prod"):
        with pytest.raises(
            (ShapeError, ArgumentError), match=r"duplicate|each axis once"
        ):
            getattr(F, name)(Variable(np.ones((2, 3))), axis=(0, -2))


def test_methods_are_the_same_functions():
    x = Variable(np.arange(6.0).reshape(2, 3))
    for name in ("sum", "mean", "max", "min"):
        for options in ({}, {"axis": 1}, {"axis": -1, "keepdims": True}):
            y, z = getattr(x, name)(**options), getattr(F, name)(x, **options)
            np.testing.assert_array_equal(y.data, z.data)
