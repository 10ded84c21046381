import numpy as np
import pytest

import ondol.functions as F
from ondol import Variable
from ondol.errors import ArgumentError, DtypeError, ShapeError
from ondol.testing import check_grads

X = Variable(np.arange(6.0).reshape(2, 3))
V = Variable(np.arange(1.0, 4.0))


def test_complex_sequences(rng):
    a, v = rng.normal(size=(2, 4)) + 1j * rng.normal(size=(2, 4))
    for mode in ("full", "same", "valid"):
        for name in ("convolve", "correlate"):
            np.testing.assert_allclose(
                getattr(F, name)(Variable(a), v, mode).data,
                getattr(np, name)(a, v, mode),
            )


def test_convolution_keeps_float32():
    a = Variable(np.ones(3, np.float32))
    y = F.convolve(a, np.ones(2, np.float32))
    y.backward()
    assert y.dtype == a.grad.dtype == np.float32


# -- interp ----------------------------------------------------------------------------


def test_the_slope_at_a_point_is_that_on_its_right():
    x = Variable(np.array([-1.0, 0, 0.5, 1, 2, 9]))
    F.interp(x, [0.0, 1, 2], [0.0, 3, 4]).backward()
    np.testing.assert_array_equal(x.grad.data, [0, 3, 3, 1, 0, 0])


def test_ends_get_the_gradient_of_what_lies_beyond_them():
    left, fp = Variable(np.array(7.0)), Variable(np.array([1.0, 2.0]))
    y = F.interp([-3.0, -2.0, 0.5, 9.0], [0, 1], fp, left)
    y.backward()
    np.testing.assert_array_equal(y.data, [7, 7, 1.5, 2])
    assert left.grad.item() == 2
    np.testing.assert_array_equal(fp.grad.data, [0.5, 1.5])


def test_infinities_and_nan_are_met_as_numpy_does():
    x = Variable(np.array([-np.inf, np.nan, np.inf, 0.5]))
    xp, fp = Variable(np.array([0.0, 1.0])), Variable(np.array([2.0, 4.0]))
    y = F.interp(x, xp, fp)
    np.testing.assert_array_equal(y.data, np.interp(x.data, xp.data, fp.data))
    y = F.interp(x[[0, 2, 3]], xp, fp)
    y.backward()
    np.testing.assert_array_equal(x.grad.data, [0, 0, 0, 2])
    np.testing.assert_array_equal(fp.grad.data, [1.5, 1.5])
    assert np.isfinite(xp.grad.data).all()


def test_integers_and_lists_are_points_too():
    y = F.interp([0, 1, 3], [0, 2], [0, 1])
    np.testing.assert_array_equal(y.data, [0, 0.5, 1])


def test_points_of_a_period_need_no_order(rng):
    xp, fp = np.array([350.0, 10, 100, 200]), rng.normal(size=4)
    x = np.array([-380.0, 5, 359, 720, 150])
    for period in (360, -360):
        y = np.interp(Variable(x), xp, fp, period=period)
        np.testing.assert_allclose(y.data, np.interp(x, xp, fp, period=period))
    check_grads(lambda x, xp, fp: F.interp(x, xp, fp, period=360), x, xp, fp)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: F.convolve(X, V), "two vectors"),
        (lambda: F.convolve(V, V[:0]), "one element at least"),
        (lambda: F.correlate(X, V), "two vectors"),
        (lambda: F.convolve(V, V, "middle"), "got 'middle'"),
        (lambda: F.interp(V, X, X), r"points xp \(n,\)"),
        (lambda: F.interp(V, V, V[:2]), r"fp \(n,\)"),
        (lambda: F.interp(V, V[:0], V[:0]), r"fp \(n,\)"),
        (lambda: F.interp(V, V[::-1], V), "to rise everywhere"),
        (lambda: F.interp(V, np.array([1.0, 1, 2]), V), "to rise everywhere"),
        (lambda: F.interp(V, V, V, period=0), "other than 0"),
        (lambda: F.interp(V, V, V, period="week"), "other than 0"),
    ],
)
def test_what_does_not_fit_is_explained(call, message):
    with pytest.raises((ShapeError, ArgumentError), match=message):
        call()


@pytest.mark.parametrize("place", [0, 1])
def test_complex_numbers_have_no_order_to_join_points_in(place):
    args: list = [V.data, V.data, V.data]
    args[place] = args[place] * 1j
    with pytest.raises(DtypeError, match="interp: x and xp are real"):
        F.interp(*args)
