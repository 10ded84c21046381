"""Special functions over their ranges, at their edges, and with wrong operands."""

import math

import numpy as np
import pytest
import scipy.special as scipy

import ondol.functions as F
from ondol import Variable
from ondol.errors import ArgumentError, DtypeError, OndolError
from ondol.testing import check_grads

N = 3000


def spread(rng, low, high):
    """Numbers of every size between two powers of ten."""
    return 10 ** rng.uniform(low, high, N)


def values(name, *xs):
    return getattr(F, name)(*xs).data


def assert_close(name, xs, rtol, atol=0.0):
    """In float64 as SciPy; in float32 as SciPy in float64, of the same numbers."""
    got = values(name, *xs)
    assert got.dtype == np.float64
    np.testing.assert_allclose(got, getattr(scipy, name)(*xs), rtol, atol)
    single = [np.asarray(x, np.float32) for x in xs]
    expected = getattr(scipy, name)(*[x.astype(float) for x in single])
    got = values(name, *single)
    assert got.dtype == np.float32
    sure = (np.abs(expected) < 1e38) & ((np.abs(expected) > 1e-37) | (expected == 0))
    np.testing.assert_allclose(got[sure], expected[sure], 8e-6, max(atol * 1e8, 1e-37))


# -- values ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "low", "high", "rtol"),
    [
        ("erf", -7, 7, 1e-15),
        ("erfc", -7, 26, 1e-12),  # SciPy's own error, as of the next two
        ("erfcx", -26, 200, 1e-13),
        ("ndtr", -37, 9, 4e-13),
        ("log_ndtr", -300, 8, 1e-14),
        ("ndtri", 0, 1, 5e-15),
        ("erfinv", -1, 1, 5e-15),
        ("erfcinv", 0, 2, 5e-15),
        ("gamma", 1e-3, 171, 2e-14),
        ("gamma", -20, 0, 2e-14),
        ("gammaln", 2.5, 200, 1e-14),
        ("digamma", 2, 200, 1e-14),
        ("i0e", -2000, 2000, 5e-15),
        ("i1", -700, 700, 5e-15),
        ("i1e", -2000, 2000, 5e-15),
        ("logit", 0, 1, 2e-15),
        ("entr", 0, 5, 1e-15),
    ],
)
def test_values_over_the_range(name, low, high, rtol, rng):
    assert_close(name, [rng.uniform(low, high, N)], rtol, 1e-300)


@pytest.mark.parametrize(
    ("name", "low", "high", "rtol"),
    [
        ("erf", -300, 1, 1e-15),
        ("erfcx", 0, 100, 5e-15),
        ("ndtri", -300, 0, 5e-15),
        ("erfinv", -300, -1e-3, 5e-15),
        ("erfcinv", -37, 0, 5e-15),
        ("gammaln", 1, 300, 1e-14),
        ("gammaln", -300, -1, 1e-14),
        ("digamma", -300, -1, 1e-14),
        ("digamma", 1, 300, 1e-14),
        ("i1e", -300, 8, 5e-15),
        ("logit", -300, 0, 2e-15),
    ],
)
def test_values_of_every_size(name, low, high, rtol, rng):
    with np.errstate(over="ignore"):  # float32
        assert_close(name, [spread(rng, low, high)], rtol)


def test_gammaln_and_digamma_at_their_roots(rng):
    """By Taylor's series: SciPy's gammaln has 6 digits here."""
    h = rng.uniform(-1e-4, 1e-4, N)
    x = 1 + h
    h = x - 1
    series = -np.euler_gamma * h + sum(
        (-h) ** k * scipy.zeta(k) / k for k in range(2, 6)
    )
    np.testing.assert_allclose(values("gammaln", x), series, 1e-14)
    assert values("gammaln", np.array([1.0, 2.0])).tolist() == [0, 0]
    root = 1.4616321449683622
    x = root + h
    d = (x - root) - 9.549995429965698e-17
    series = sum(
        scipy.polygamma(k, root) / math.factorial(k) * d**k for k in range(1, 6)
    )
    np.testing.assert_allclose(values("digamma", x), series, 1e-13)


def test_gammaln_and_digamma_below_0(rng):
    x = rng.uniform(-30, 0, N)
    assert_close_below = np.testing.assert_allclose
    assert_close_below(values("gammaln", x), scipy.gammaln(x), 1e-12, 1e-13)
    assert_close_below(values("digamma", x), scipy.digamma(x), 1e-12, 1e-12)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 6, 10])
def test_polygamma(n, rng):
    x = np.concatenate([spread(rng, -20, 20), rng.uniform(0, 40, N)])
    expected = scipy.polygamma(n, x)
    np.testing.assert_allclose(values("polygamma", n, x), expected, 1e-13)
    x = rng.uniform(-20, 0, N)
    expected, slope = scipy.polygamma(n, x), scipy.polygamma(n + 1, x)
    rounding = 1e-15 * np.abs(slope * x)  # of the fraction of x
    off = np.abs(values("polygamma", n, x) - expected)
    assert (off <= rounding + 1e-12 * np.abs(expected) + 1e-12).all()


def test_betaln(rng):
    a, b = rng.uniform(0.1, 9, (2, N))
    np.testing.assert_allclose(values("betaln", a, b), scipy.betaln(a, b), 0, 1e-13)
    a, b = rng.uniform(12, 1e3, (2, N))
    np.testing.assert_allclose(values("betaln", a, b), scipy.betaln(a, b), 1e-13)
    b = np.array([1e3, 1e6, 1e10])  # beta(1, b) is 1 / b, beta(2, b) 1 / (b * (b + 1))
    np.testing.assert_allclose(values("betaln", 1.0, b), -np.log(b), 1e-14)
    np.testing.assert_allclose(
        values("betaln", 2.0, b), -np.log(b) - np.log1p(b), 1e-14
    )
    assert np.isnan(values("betaln", -0.5, 2.0))


@pytest.mark.parametrize("name", ["xlogy", "xlog1py", "rel_entr"])
def test_pairs(name, rng):
    x, y = rng.uniform(0, 3, (2, N))
    x[:100], y[50:150] = 0, 0
    x[200:300] = y[200:300] * (1 + 1e-9)
    expected = getattr(scipy, name)(x, y)
    np.testing.assert_allclose(values(name, x, y), expected, 1e-13, 1e-16)


def test_rel_entr_of_nearly_equal_numbers():
    np.testing.assert_allclose(values("rel_entr", 1 + 2**-40, 1.0), 2.0**-40, 1e-11)


# -- the incomplete gamma function -----------------------------------------------------


def test_gammainc(rng):
    a = spread(rng, -2, 3)
    x = np.abs(a * (1 + rng.normal(size=N) * 2 / np.sqrt(a)))
    np.testing.assert_allclose(values("gammainc", a, x), scipy.gammainc(a, x), 1e-11)
    upper = scipy.gammaincc(a, x)
    np.testing.assert_allclose(values("gammaincc", a, x), upper, 1e-10, 1e-13)
    x = spread(rng, -10, 3)
    np.testing.assert_allclose(
        values("gammainc", a, x), scipy.gammainc(a, x), 1e-10, 1e-300
    )


@pytest.mark.parametrize("upper", [0, 1])
def test_gammainc_of_tiny_shapes(rng, upper):
    name = ("gammainc", "gammaincc")[upper]
    a, x = spread(rng, -30, -2), spread(rng, -30, 2)
    y = values(name, a, x)
    np.testing.assert_allclose(y, getattr(scipy, name)(a, x), 1e-9, 1e-9)
    assert ((y >= 0) & (y <= 1)).all()
    assert values(name, np.array([0.0, np.inf]), 0.5).tolist() == [1 - upper, upper]


def test_gammaln_just_below_0():
    x = np.array([-1e-20, -1e-30], np.float32)
    np.testing.assert_allclose(values("gammaln", x), scipy.gammaln(x), 1e-6)


def test_gammainc_of_large_shapes():
    """Computed with mpmath in 50 digits; SciPy's has 5 digits right."""
    y = values("gammainc", 946416.1796197371, 941930.8625034173)
    np.testing.assert_allclose(y, 1.94191654421745e-06, 1e-11)


def test_gammainc_in_float32(rng):
    a = spread(rng, -1, 2).astype(np.float32)
    x = (a * np.exp(rng.normal(size=N) / np.sqrt(a + 1))).astype(np.float32)
    y = values("gammainc", a, x)
    assert y.dtype == np.float32
    expected = scipy.gammainc(a.astype(float), x.astype(float))
    np.testing.assert_allclose(y, expected, 1e-4, 2e-6)


def test_gammainc_at_its_ends():
    assert values("gammainc", 2.0, np.array([0.0, np.inf])).tolist() == [0, 1]
    assert values("gammaincc", 2.0, np.array([0.0, np.inf])).tolist() == [1, 0]
    assert np.isnan(values("gammainc", np.array([-1.0, 2, np.nan]), -1.0)).all()


def test_gammainc_by_the_shape_against_differences():
    a, x = np.array([0.05, 0.5, 2.0, 30.0, 400.0]), np.array([0.1, 1, 5, 20, 450.0])
    for name in ("gammainc", "gammaincc"):
        check_grads(getattr(F, name), a, x, order=3, rtol=1e-4, atol=1e-6)


def test_gammainc_at_0_has_the_slope_of_the_density():
    x = Variable(np.zeros(3))
    F.gammainc(np.array([0.5, 1.0, 2.0]), x).backward()
    assert x.grad.data.tolist() == [np.inf, 1, 0]


# -- the incomplete beta function ------------------------------------------------------


def test_betainc(rng):
    a, b = spread(rng, -3, 4), spread(rng, -3, 4)
    mean = a / (a + b)
    deviation = np.sqrt(mean * (1 - mean) / (a + b + 1))
    near = np.clip(mean + 2 * deviation * rng.normal(size=N), 1e-12, 1 - 1e-12)
    for x in (near, rng.uniform(0, 1, N)):
        expected = scipy.betainc(a, b, x)
        np.testing.assert_allclose(values("betainc", a, b, x), expected, 1e-11, 1e-12)
        single = [v.astype(np.float32) for v in (a, b, x)]
        y = values("betainc", *single)
        assert y.dtype == np.float32
        expected = scipy.betainc(*(v.astype(float) for v in single))
        np.testing.assert_allclose(y, expected, 0, 2e-4)


def test_betainc_at_its_ends():
    for b in (1e-3, 3.0):
        x = np.array([0.0, 1.0, -0.1, 1.1, np.nan])
        expected = [0, 1, np.nan, np.nan, np.nan]
        np.testing.assert_array_equal(values("betainc", 1e-3, b, x), expected)
    assert np.isnan(values("betainc", np.array([-1.0, 1.0]), -1.0, 0.5)).all()


def test_betainc_by_all_arguments_against_differences():
    a, b = np.array([0.5, 2.0, 30.0, 400.0]), np.array([1.5, 0.7, 5.0, 300.0])
    x = np.array([0.3, 0.6, 0.9, 0.56])
    check_grads(F.betainc, a, b, x, order=2, rtol=1e-4, atol=1e-6)
    check_grads(F.betainc, a[:2], b[:2], x[:2], order=3, rtol=1e-3, atol=1e-5)


# -- edges -----------------------------------------------------------------------------

EDGES = {
    "erf": ([np.inf, -np.inf, np.nan, 0], [1, -1, np.nan, 0]),
    "erfc": ([np.inf, -np.inf, np.nan, 0], [0, 2, np.nan, 1]),
    "erfcx": ([np.inf, -np.inf, np.nan, 0], [0, np.inf, np.nan, 1]),
    "ndtr": ([np.inf, -np.inf, np.nan, 0], [1, 0, np.nan, 0.5]),
    "log_ndtr": ([np.inf, -np.inf, np.nan, -1e200], [0, -np.inf, np.nan, -np.inf]),
    "ndtri": ([0, 1, -0.1, 1.1, 0.5], [-np.inf, np.inf, np.nan, np.nan, 0]),
    "erfinv": ([-1, 1, 1.1, np.nan, 0], [-np.inf, np.inf, np.nan, np.nan, 0]),
    "erfcinv": ([0, 2, -0.1, 1], [np.inf, -np.inf, np.nan, 0]),
    "gamma": (
        [0, -0.0, -1, 172, np.inf, np.nan],
        [np.inf, -np.inf, np.nan, np.inf, np.inf, np.nan],
    ),
    "gammaln": (
        [0, -1, np.inf, np.nan, 1e308],
        [np.inf, np.inf, np.inf, np.nan, np.inf],
    ),
    "digamma": (
        [0, -0.0, -1, np.inf, np.nan],
        [-np.inf, np.inf, np.nan, np.inf, np.nan],
    ),
    "logit": ([0, 1, -1, 0.5], [-np.inf, np.inf, np.nan, 0]),
    "entr": ([0, -1, np.inf, np.nan], [0, -np.inf, -np.inf, np.nan]),
    "i0e": ([0, np.inf, np.nan], [1, 0, np.nan]),
    "i1e": ([0, np.inf, np.nan], [0, 0, np.nan]),
    "i1": ([0, 800, -800], [0, np.inf, -np.inf]),
}


@pytest.mark.parametrize("name", EDGES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_edges_without_warnings(name, dtype):
    with np.errstate(over="ignore"):
        x = np.array(EDGES[name][0]).astype(dtype)
    np.testing.assert_array_equal(values(name, x), EDGES[name][1])


def test_nothing_times_a_logarithm():
    x, y = Variable(np.zeros(3)), Variable(np.array([0.0, 1.0, 2.0]))
    for name, y0 in (("xlogy", 0.0), ("xlog1py", 1.0)):
        x.cleargrad()
        z = getattr(F, name)(x, y - y0)
        assert z.data.tolist() == [0, 0, 0]
        z.backward()
        assert x.grad.data.tolist() == [0, 0, math.log(2)]
    assert np.isnan(values("xlogy", 0.0, np.nan))


def test_slopes_at_0():
    x = Variable(np.array([0.0]))
    for name, slope in {
        "entr": np.inf,
        "i1": 0.5,
        "i1e": 0.5,
        "i0": 0,
        "i0e": 0,
    }.items():
        x.cleargrad()
        getattr(F, name)(x).backward()
        assert x.grad.data == slope
    y = Variable(np.array([0.5]))
    x.cleargrad()
    F.rel_entr(x, y).backward()
    assert (x.grad.data, y.grad.data) == (-np.inf, 0)


def test_the_slope_of_log_ndtr_far_out():
    x = Variable(np.array([-1e3, -1e8, 0.0, 40.0]))
    F.log_ndtr(x).backward()
    expected = [1e3, 1e8, math.sqrt(2 / math.pi), 0]
    np.testing.assert_allclose(x.grad.data, expected, 2e-6, 1e-300)


@pytest.mark.parametrize("name", ["gammaln", "digamma", "gamma"])
def test_gradients_below_0(name):
    check_grads(getattr(F, name), np.array([-0.4, -1.3, -2.6]), order=2)


def test_polygamma_below_0_to_the_second_order():
    for n in (1, 2):
        check_grads(lambda x, n=n: F.polygamma(n, x), np.array([-0.4, -1.7]), order=2)


def test_python_numbers_keep_the_dtype():
    x = np.ones(2, np.float32)
    assert F.xlogy(2.0, x).dtype == np.float32
    assert F.gammainc(x, 2).dtype == np.float32
    assert F.erfc(0.5).dtype == np.float64


# -- wrong operands --------------------------------------------------------------------


@pytest.mark.parametrize("name", [*EDGES, "betaln", "xlogy", "gammainc"])
@pytest.mark.parametrize("wrong", ["text", None, np.array([1j]), np.array(["a"])])
def test_no_real_numbers(name, wrong):
    both = name in ("betaln", "xlogy", "gammainc")
    with pytest.raises(OndolError):
        getattr(F, name)(wrong, *([1.0] if both else []))


def test_complex_numbers_are_told():
    with pytest.raises(DtypeError, match="erfc: expected real numbers, got complex128"):
        F.erfc(np.array([1j]))


def test_orders_and_dimensions():
    with pytest.raises(OndolError, match="the number of a derivative, 0 or more"):
        F.polygamma(-1, np.ones(2))
    with pytest.raises(DtypeError, match="polygamma"):
        F.polygamma(1.5, np.ones(2))
    with pytest.raises(ArgumentError, match="dimensions d = 1, 2"):
        F.multigammaln(np.ones(2), 0)
