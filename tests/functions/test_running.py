import numpy as np
import pytest

import ondol.functions as F
from ondol import Variable
from ondol.errors import ArgumentError, DtypeError, OndolError, ShapeError
from ondol.testing import check_grads

NAN, INF = np.nan, np.inf


def grad(function, x, weights=1.0):
    """The gradient of the weighted sum of a function."""
    x = Variable(np.array(x, dtype=float))
    (function(x) * np.array(weights)).backward()
    return x.grad.data.tolist()


# -- running totals --------------------------------------------------------------------


@pytest.mark.parametrize("zeros", [[0], [1], [3], [0, 1], [1, 3], [0, 1, 2, 3]])
def test_running_product_with_zeros(zeros):
    x = np.array([1.5, -2.0, 0.5, 3.0])
    x[zeros] = 0
    check_grads(F.cumprod, x, order=3, rtol=1e-4)


def test_running_product_of_large_and_small_numbers():
    x = [1e-200, 1e200, 1e200, 1e-200]
    y = F.cumprod(np.array(x))
    np.testing.assert_allclose(y.data, [1e-200, 1, 1e200, 1])
    g = grad(F.cumprod, x, [0, 0, 0, 1])
    np.testing.assert_allclose(g, [1e200, 1e-200, 1e-200, 1e200])


@pytest.mark.parametrize("include", [True, False])
def test_cumulative_totals_of_the_array_standard(include):
    x = Variable(np.array([[1.0, 2.0], [3.0, 4.0]]))
    for function in (np.cumulative_sum, np.cumulative_prod):
        with pytest.raises(OndolError, match=function.__name__):
            function(Variable(np.ones((2, 3))))
        with pytest.raises(OndolError, match=rf"{function.__name__}\(\).*dtype"):
            function(Variable(np.ones(3)), dtype=int)
        options = {"axis": 1, "include_initial": include}
        y = function(x, **options)
        np.testing.assert_array_equal(y.data, function(x.data, **options))
        assert y.creator is not None
        assert function(x[0]).shape == (2,)
        with pytest.raises(ArgumentError, match="axis="):
            function(x)


def test_the_last_of_equal_extremes_gets_the_gradient():
    for function in (F.cummax, F.cummin):
        assert grad(function, [1.0, 1.0, 1.0], [1, 2, 4]) == [1, 2, 4]
    assert grad(F.cummax, [3.0, 1.0, 3.0, 2.0], [1, 2, 4, 8]) == [3, 0, 12, 0]


@pytest.mark.parametrize("function", [F.cummax, F.cummin])
def test_from_a_nan_on_all_are_nan(function):
    x = Variable(np.array([1.0, NAN, 5.0, NAN, -7.0]))
    y = function(x)
    np.testing.assert_array_equal(y.data, [1, NAN, NAN, NAN, NAN])
    y.backward()
    assert x.grad.data.tolist() == [1, 2, 0, 2, 0]


def test_running_extremes_of_integers():
    x = np.array([[2, 3, 1], [5, 4, 9]], np.uint8)
    assert F.cummax(x).data.tolist() == [[2, 3, 3], [5, 5, 9]]
    assert F.cummin(x, axis=0).data.tolist() == [[2, 3, 1]] * 2
    assert F.cummin(x).dtype == np.uint8


@pytest.mark.parametrize(
    "function", [F.cummax, F.cummin, F.logcumsumexp, F.diff, F.trapezoid, F.cumprod]
)
@pytest.mark.parametrize("axis", [1.5, (0, 1), "last", -3])
def test_there_is_no_such_axis_to_run_along(function, axis):
    with pytest.raises(OndolError, match=r"axis|integer|positional"):
        function(Variable(np.ones((2, 3))), axis=axis)


def test_logcumsumexp_does_not_overflow():
    x = [-1000.0, 0.0, 1000.0]
    assert F.logcumsumexp(np.array(x)).data.tolist() == x
    assert grad(F.logcumsumexp, x) == [1, 1, 1]


def test_logcumsumexp_after_zeros():
    x = [-INF, -INF, 0.0, -INF, 1.0]
    y = F.logcumsumexp(np.array(x))
    np.testing.assert_allclose(y.data, np.logaddexp.accumulate(x))
    share = 1 / (1 + np.e)
    np.testing.assert_allclose(grad(F.logcumsumexp, x), [0, 0, 2 + share, 0, 1 - share])


def test_logcumsumexp_from_infinity_on():
    assert grad(F.logcumsumexp, [1.0, INF, 2.0]) == [1, 2, 0]
    assert grad(F.logcumsumexp, [INF, 1.0, -INF]) == [3, 0, 0]


# -- differences -----------------------------------------------------------------------


def test_diff_between_numbers_keeps_the_dtype():
    x = Variable(np.array([1.0, 4.0], np.float32))
    y = F.diff(x, prepend=0, append=5.0)
    assert y.data.tolist() == [1, 3, 1]
    assert y.dtype == np.float32
    y = np.diff(x, append=np.zeros(1, np.float32))
    assert y.data.tolist() == [3, -4]
    assert F.diff(np.array([1, 2]), prepend=0.5).data.tolist() == [0.5, 1]


def test_diff_of_truth_values_says_where_they_change():
    assert F.diff(np.array([True, False, False])).data.tolist() == [True, False]


def test_diff_refuses_what_makes_no_sense():
    for n in (-1, 1.5, None):
        with pytest.raises(ArgumentError, match=f"n of 0 or more, got {n}"):
            F.diff(Variable(np.ones(3)), n)
    with pytest.raises(ArgumentError, match="0 axes"):
        F.diff(Variable(np.array(1.0)))


def test_ends_of_another_kind():
    assert F.ediff1d(np.array([1, 4]), to_end=[7, 9], to_begin=2).data.tolist() == [
        2, 3, 7, 9,
    ]  # fmt: skip
    with pytest.raises(DtypeError, match="ends of float64 do not fit into int64"):
        F.ediff1d(Variable(np.array([1, 2])), to_end=0.5)


# -- slopes ----------------------------------------------------------------------------


@pytest.mark.parametrize("edge_order", [1, 2])
def test_slopes_for_coordinates_that_are_learned(edge_order):
    x = np.array([0.0, 0.4, 1.1, 1.5, 2.5])

    def slope(f, x):
        return F.gradient(f, x, edge_order=edge_order)

    y = slope(x**2, x)
    np.testing.assert_allclose(y.data, np.gradient(x**2, x, edge_order=edge_order))
    check_grads(slope, np.sin(x), x, rtol=1e-4)
    check_grads(slope, np.sin(x), np.array(0.3), rtol=1e-4)


def test_a_nan_between_even_neighbours_does_not_matter():
    y = F.gradient(np.array([0.0, NAN, 2.0]))
    np.testing.assert_array_equal(y.data, [NAN, 1, NAN])


def test_slopes_keep_the_dtype():
    f = Variable(np.ones((3, 4), np.float32))
    for y in F.gradient(f, np.float64(0.5), [0, 1, 3, 4]):
        assert y.dtype == np.float32


@pytest.mark.parametrize(
    ("args", "options", "error"),
    [
        ((), {"edge_order": 3}, "edge_order 1 or 2"),
        ((), {"axis": 0, "edge_order": 2}, "more elements"),
        ((1.0, 1.0, 1.0), {}, "2 axes, got 3"),
        ((np.ones(3), np.ones(2)), {}, "or 2 coordinates"),
        ((), {"axis": 2}, "axis is one of the 2 axes of x, got 2"),
        ((None,), {}, "got ndarray of dtype object"),
    ],
)
def test_slopes_that_cannot_be_taken(args, options, error):
    with pytest.raises((ArgumentError, DtypeError, ShapeError), match=error):
        F.gradient(Variable(np.ones((2, 4))), *args, **options)


def test_area_under_integers_does_not_wrap():
    y = F.trapezoid(np.array([200, 200], np.uint8), np.array([9, 5], np.uint8))
    assert y.data == -800


def test_area_over_coordinates_that_do_not_fit():
    with pytest.raises(ShapeError, match="expected 3 coordinates"):
        F.trapezoid(Variable(np.ones((2, 3))), np.ones(2))


def test_unwrapped_angles_keep_their_slope():
    assert grad(F.unwrap, [0.0, 6.0, 13.0], [1, 2, 3]) == [1, 2, 3]
