import warnings

import numpy as np
import pytest

import ondol.functions as F
from ondol import Variable
from ondol.testing import check_grads

NAN = np.nan
HOLES = np.array([[1.0, NAN, -0.5, 3.0], [NAN, 2.0, 0.25, 0.5], [2.5, 1.0, 3.5, -1.0]])
SMOOTH = [
    "nansum", "nanprod", "nanmean", "nanvar", "nanstd", "nanmax", "nanmin",
    "nancumsum", "nancumprod", "nanmedian",
]  # fmt: skip


def call(name, *args, **kwargs):
    function = getattr(F, name)
    return lambda x: function(x, *args, **kwargs)


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("axis", [None, 0, 1, -1])
def test_what_is_missing_does_not_count(name, axis):
    x = Variable(HOLES)
    y = getattr(F, name)(x, axis=axis)
    np.testing.assert_allclose(y.data, getattr(np, name)(HOLES, axis=axis))
    np.testing.assert_array_equal(getattr(np, name)(x, axis=axis).data, y.data)
    (y * np.arange(1.0, 1 + y.size).reshape(y.shape)).backward()
    assert np.isfinite(x.grad.data[~np.isnan(HOLES)]).all()
    np.testing.assert_array_equal(x.grad.data[np.isnan(HOLES)], 0)


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("order", [1, 2])
def test_gradients_beside_what_is_missing(name, order):
    def function(x):
        padded = F.concatenate([x, np.full((3, 1), NAN)], 1)
        return getattr(F, name)(padded, axis=1)

    check_grads(function, HOLES[:, 2:], order=order)


@pytest.mark.parametrize("name", ["nanquantile", "nanpercentile"])
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_quantiles_of_what_is_left(name, axis):
    q = np.array([0.0, 0.3, 0.9]) * (100 if "percent" in name else 1)
    for keepdims in (True, False):
        options = {"axis": axis, "keepdims": keepdims}
        y = getattr(F, name)(Variable(HOLES), q, **options)
        expected = getattr(np, name)(HOLES, q, **options)
        np.testing.assert_allclose(y.data, expected)


@pytest.mark.parametrize(
    ("name", "nothing"),
    [("nansum", 0), ("nanprod", 1), ("nanmean", NAN), ("nanvar", NAN),
     ("nanmedian", NAN)],
)  # fmt: skip
def test_where_nothing_is_left(name, nothing):
    x = Variable(np.array([[NAN, NAN], [1.0, 1.0]]))
    y = getattr(F, name)(x, axis=1)
    np.testing.assert_array_equal(y.data[0], nothing)
    y[1].backward()
    np.testing.assert_array_equal(x.grad.data[0], 0)


@pytest.mark.parametrize("function", [F.nanmax, F.nanmin])
def test_the_extreme_of_nothing(function):
    x = Variable(np.array([[NAN, NAN], [1.0, 1.0]]))
    with pytest.warns(RuntimeWarning, match="All-NaN"):
        y = function(x, axis=1)
    assert np.isnan(y.data[0])
    y.backward()
    np.testing.assert_array_equal(x.grad.data, [[0, 0], [0.5, 0.5]])


def test_extremes_that_are_infinite():
    x = Variable(np.array([-np.inf, NAN, -np.inf]))
    F.nanmax(x).backward()
    np.testing.assert_array_equal(x.grad.data, [0.5, 0, 0.5])


def test_variance_with_degrees_of_freedom():
    expected = np.nanvar(HOLES, axis=1, ddof=1)
    y = F.nanvar(HOLES, axis=1, ddof=1)
    np.testing.assert_allclose(y.data, expected)
    np.testing.assert_allclose(F.nanstd(HOLES, 1, ddof=1).data, expected**0.5)
    y = F.nanvar(Variable(HOLES[:2]), axis=0, ddof=1)
    np.testing.assert_allclose(y.data, [NAN, NAN, 0.28125, 3.125])


@pytest.mark.parametrize("name", ["nanmean", "nanvar"])
def test_statistics_of_float16_do_not_overflow(name):
    x = np.array([400.0, NAN, -400.0] * 100, np.float16) / 2
    y = getattr(F, name)(x)
    assert y.dtype == np.float16
    assert y.data == {"nanmean": 0, "nanvar": 40_000}[name]


def test_positions_without_what_is_missing():
    x = Variable(np.array([NAN, 2.0, 5.0, 1.0]))
    assert np.nanargmax(x).data == 2
    assert F.nanargmin(x, axis=0, keepdims=True).data.tolist() == [3]


def test_no_warning_for_integers():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert F.nansum(np.array([1, 2])).data == 3
        assert F.nanmean(np.array([1, 2])).data == 1.5
