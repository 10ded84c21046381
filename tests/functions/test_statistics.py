import numpy as np
import pytest
from cases.rows_statistics import METHODS
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import ondol.functions as F
from ondol import Variable
from ondol.errors import ArgumentError, DtypeError, OndolError, ShapeError

NAN, INF = np.nan, np.inf


def grad(function, x):
    x = Variable(np.array(x, dtype=float))
    function(x).backward()
    return x.grad.data.tolist()


# -- averages --------------------------------------------------------------------------


def test_the_sum_of_the_weights():
    x = Variable(np.arange(6.0).reshape(2, 3))
    for weights in (None, [1.0, 2.0, 3.0]):
        got = F.average(x, 1, weights, returned=True)
        expected = np.average(x.data, 1, weights, returned=True)
        for y, e in zip(got, expected, strict=True):
            np.testing.assert_allclose(y.data, e)
            assert y.shape == e.shape


def test_weights_that_do_not_fit():
    x = Variable(np.ones((2, 3)))
    with pytest.raises(ShapeError, match="weights of the shape"):
        F.average(x, 0, np.ones(3))
    with pytest.raises(ShapeError, match="weights of the shape"):
        np.average(x, weights=np.ones(2))
    with pytest.raises(ArgumentError, match="sum to 0"):
        F.average(x, 1, np.array([1.0, -1.0, 0.0]))


def test_average_of_integers():
    assert F.average(np.array([1, 2]), weights=np.array([1, 3])).data == 1.75
    assert F.average(np.array([1, 2])).data == 1.5


# -- quantiles -------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [None, 0, (0, -1)])
@pytest.mark.parametrize("keepdims", [True, False])
def test_many_quantiles_at_once(axis, keepdims, rng):
    x, q = rng.normal(size=(3, 4, 2)), np.array([[0.1, 0.5, 0.25], [0.0, 1.0, 0.9]])
    for name, scale in (("quantile", 1), ("percentile", 100)):
        options = {"axis": axis, "keepdims": keepdims}
        y = getattr(F, name)(Variable(x), q * scale, **options)
        expected = getattr(np, name)(x, q * scale, **options)
        np.testing.assert_allclose(y.data, expected)
        assert y.shape == expected.shape


def test_many_quantiles_keep_the_dtype():
    y = F.quantile(np.ones(3, np.float32), [0.2, 0.4])
    assert y.dtype == np.float32


def test_the_elements_that_a_quantile_is_taken_from_share_its_gradient():
    assert grad(F.median, [3.0, 1.0, 2.0]) == [0, 0, 1]
    assert grad(F.median, [3.0, 1.0, 2.0, 9.0]) == [0.5, 0, 0.5, 0]
    g = grad(lambda x: F.quantile(x, 0.3), [3.0, 1.0, 2.0])
    np.testing.assert_allclose(g, [0, 0.4, 0.6])


def test_of_equal_elements_the_one_in_that_place_is_the_median():
    assert grad(F.median, [2.0, 2.0, 2.0]) == [0, 1, 0]
    assert grad(F.median, [2.0, 2.0]) == [0.5, 0.5]


@pytest.mark.parametrize("function", [F.median, lambda x: F.quantile(x, 0.2, -1)])
def test_a_nan_is_the_quantile_and_gets_the_gradient(function):
    x = Variable(np.array([1.0, NAN, 2.0, 3.0]))
    y = function(x)
    assert np.isnan(y.data)
    y.backward()
    assert x.grad.data.tolist() == [0, 1, 0, 0]


def test_quantiles_of_infinite_numbers():
    assert F.median(np.array([INF, INF, 1.0, INF])).data == INF
    assert F.median(np.array([-INF, 1.0, INF])).data == 1
    assert F.quantile(np.array([-INF, 1.0, 2.0]), 0.9).data == 1.8
    for q in (0.2, 0.8):
        for high in (-1.0, 0.0, 1.0):
            assert F.quantile(np.array([-INF, high]), q).data == -INF
            assert F.quantile(np.array([high, INF]), q).data == INF
    assert grad(F.median, [INF, INF, 1.0, INF]) == [1, 0, 0, 0]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_quantiles_of_large_numbers_do_not_overflow(dtype):
    top = np.finfo(dtype).max
    x = Variable(np.array([-top, top]))
    for q in (0.25, 0.5, 0.75):
        y = F.quantile(x, q)
        np.testing.assert_allclose(y.data, (2 * q - 1) * float(top), 1e-3)
    y.backward()
    assert x.grad.data.tolist() == [0.25, 0.75]


def test_the_quantile_of_equal_elements_is_their_value():
    assert (F.quantile(np.full(7, 0.1), np.linspace(0, 1, 50)).data == 0.1).all()


@given(data=st.data(), n=st.integers(1, 12), method=st.sampled_from(METHODS))
def test_every_method_is_that_of_numpy(data, n, method):
    x = data.draw(hnp.arrays(float, (n, 2), elements=st.floats(-9, 9, width=16)))
    q = data.draw(st.fractions(0, 1, max_denominator=12).map(float))
    y = F.quantile(x, q, 0, method=method)
    np.testing.assert_allclose(y.data, np.quantile(x, q, 0, method=method), atol=1e-12)


def test_quantiles_of_integers():
    x = np.array([1, 4, 2, 9])
    assert F.median(x).data == 3
    for method in ("lower", "nearest", "inverted_cdf"):
        y = F.quantile(x, 0.6, method=method)
        assert y.dtype == x.dtype
        assert y.data == np.quantile(x, 0.6, method=method)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda x: F.quantile(x, 1.5), "q from 0 to 1, got 1.5"),
        (lambda x: F.percentile(x, [50, -1]), r"q from 0 to 100, got \[50, -1\]"),
        (lambda x: F.nanquantile(x, 2), "q from 0 to 1, got 2"),
        (lambda x: F.quantile(x, 0.5, method="best"), "best"),
        (lambda x: F.quantile(x, None), "q from 0 to 1, got None"),
        (lambda x: F.percentile(x, "half"), "q from 0 to 100, got 'half'"),
        (lambda x: F.nanquantile(x, np.nan), "q from 0 to 1, got nan"),
        (lambda x: F.nanpercentile(x, [1j]), "q from 0 to 100"),
        (lambda x: F.median(x[:0]), "no elements"),
        (lambda x: F.nanmedian(x[:0]), "no elements"),
        (lambda x: F.median(x, axis=1), "axis is one of the 1 axes"),
    ],
)
def test_quantiles_that_there_are_not(call, error):
    with pytest.raises(ArgumentError, match=f"(?s){error}.*"):
        call(Variable(np.ones(3)))


# -- covariance ------------------------------------------------------------------------


def test_covariance_under_its_numpy_name(rng):
    x = Variable(rng.normal(size=(2, 5)))
    np.testing.assert_allclose(np.cov(x).data, np.cov(x.data))
    np.testing.assert_allclose(np.corrcoef(x).data, np.corrcoef(x.data))
    assert np.cov(x, ddof=0).creator is not None


def test_statistics_of_complex_numbers(rng):
    z = rng.normal(size=(2, 5)) + 1j * rng.normal(size=(2, 5))
    for name in ("cov", "corrcoef", "average"):
        y = getattr(F, name)(z)
        np.testing.assert_allclose(y.data, getattr(np, name)(z))
    np.testing.assert_allclose(F.nanvar(z, 1).data, np.nanvar(z, 1))
    with pytest.raises(DtypeError, match="no quantiles"):
        F.median(z)


def test_correlation_of_one_variable_and_of_the_same():
    x = np.array([1.0, 2.0, 4.0])
    assert F.corrcoef(x).data == 1
    r = F.corrcoef(x, x / 3)
    assert (np.abs(r.data) <= 1).all()
    np.testing.assert_allclose(r.data, 1)


def test_covariance_that_cannot_be_taken():
    x = Variable(np.ones((2, 3)))
    with pytest.raises(ArgumentError, match="more than 3 observations"):
        F.cov(x, ddof=3)
    with pytest.raises(ArgumentError, match="more than 1 observations"):
        F.cov(x[:, :1])
    with pytest.raises(ShapeError, match="one or two axes"):
        F.cov(x[None])
    with pytest.raises(ShapeError, match="a weight for each of 3"):
        F.cov(x, fweights=np.ones(2, int))
    with pytest.raises(DtypeError, match="fweights are counts"):
        F.cov(x, fweights=np.array([0.5, 1, 1]))
    with pytest.raises(ArgumentError, match="0 or more"):
        F.cov(x, aweights=np.array([-0.5, 1, 1]))


# -- counts ----------------------------------------------------------------------------


def test_counts_are_those_of_numpy():
    ids = np.array([0, 3, 1, 1])
    assert F.bincount(ids).data.tolist() == [1, 2, 0, 1]
    assert np.bincount(ids, Variable(np.ones(4)), 5).data.tolist() == [1, 2, 0, 1, 0]
    counts, edges = np.histogram(Variable(np.array([0.0, 1.0, 4.0])), bins=2)
    assert counts.data.tolist() == [2, 1]
    assert edges.data.tolist() == [0, 2, 4]


def test_a_weight_counts_where_its_id_says():
    w = Variable(np.array([1.0, 2.0, 4.0]))
    y = F.bincount(np.array([1, 0, 1]), weights=w, minlength=3)
    assert y.data.tolist() == [2, 5, 0]
    (y * np.array([10.0, 20.0, 30.0])).backward()
    assert w.grad.data.tolist() == [20, 10, 20]


def test_ids_that_cannot_be_counted():
    with pytest.raises(OndolError, match="bincount"):
        F.bincount(Variable(np.array([-1, 2])))
    with pytest.raises(OndolError, match="bincount"):
        F.bincount(np.array([0, 2]), Variable(np.ones(3)))


def test_weights_of_a_histogram_would_get_no_gradient():
    x, w = np.array([0.0, 1.0, 4.0]), np.array([1.0, 2.0, 3.0])
    with pytest.raises(ArgumentError, match="weights get no gradient"):
        F.histogram(x, 2, weights=Variable(w))
    counts, _ = F.histogram(
        Variable(x), bins=Variable(np.array([0.0, 2, 4])), weights=w
    )
    assert counts.data.tolist() == [3, 3]
