"""Densities, distribution functions and moments: as SciPy has them."""

import numpy as np
import pytest
import scipy.stats as st
from families import FAMILIES

from ondol import Variable
from ondol import distributions as D
from ondol.errors import UnsupportedError
from ondol.testing import check_grads

families = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)


def close(got, expected, rtol=1e-12, atol=1e-13):
    np.testing.assert_allclose(got.data, expected, rtol, atol)


@families
def test_log_prob(family):
    got = family.build().log_prob(family.at)
    close(got, family.density(family.at))
    assert got.dtype == np.float64


@families
def test_log_prob_in_float32(family):
    got = family.build(np.float32).log_prob(family.at.astype(np.float32))
    assert got.dtype == np.float32
    close(got, family.density(family.at), 2e-4, 2e-5)


@families
def test_python_numbers_take_the_dtype_of_the_value(family):
    d = family.make(*family.parameters)
    assert d.sample().dtype == np.float32
    for dtype in (np.float32, np.float64):
        assert d.log_prob(family.at.astype(dtype)).dtype == dtype
    close(d.log_prob(family.at), family.density(family.at))
    x = float(family.at[1])
    assert d.log_prob(x).dtype == np.float32
    close(d.log_prob(x), family.density(x), 1e-4, 1e-5)


@families
def test_gradients_of_log_prob(family):
    def log_prob(*parameters):
        return family.make(*parameters).log_prob(family.at)

    check_grads(log_prob, *map(np.array, family.parameters), rtol=1e-4, atol=1e-4)
    if not family.discrete:
        check_grads(lambda x: family.build().log_prob(x), family.at + 1e-3, rtol=1e-4)


@families
def test_values_that_cannot_be_drawn(family):
    d, (low, high) = family.build(), family.scipy.support()
    outside = [low - 1.0] * bool(np.isfinite(low)) + [high + 1.0] * bool(
        np.isfinite(high)
    )
    outside += [0.5] if family.discrete else []
    x = Variable(np.array([*outside, family.at[1]]))
    y = d.log_prob(x)
    assert (y.data[:-1] == -np.inf).all()
    assert np.isfinite(y.data[-1])
    y.backward()
    assert np.isfinite(x.grad.data).all()
    assert np.isnan(d.log_prob(np.nan).data)


@families
def test_mean_variance_entropy(family):
    d, rtol = family.build(), 1e-10
    close(d.mean, family.scipy.mean() if d.mean.data == d.mean.data else np.nan, rtol)
    variance = family.scipy.var() if d.variance.data == d.variance.data else np.nan
    close(d.variance, variance, rtol)
    close(d.stddev, np.sqrt(variance), rtol)
    if isinstance(d, D.Binomial | D.Poisson):
        with pytest.raises(UnsupportedError, match="entropy: there is no closed"):
            d.entropy()
    else:
        close(d.entropy(), family.scipy.entropy(), 1e-8)


@families
def test_moments_have_gradients(family):
    d = family.make(*map(np.array, family.parameters))
    names = ["mean", "variance"] if np.isfinite(d.mean.data) else []
    for name in names:
        check_grads(
            lambda *p, name=name: getattr(family.make(*p), name),
            *map(np.array, family.parameters),
            rtol=1e-4,
            atol=1e-4,
        )


WITH_CDF = [
    name
    for name, family in FAMILIES.items()
    if type(family.build())._cdf is not D.Distribution._cdf
]
WITH_ICDF = [
    name
    for name, family in FAMILIES.items()
    if type(family.build())._icdf is not D.Distribution._icdf
]


@pytest.mark.parametrize("name", WITH_CDF)
def test_cdf(name):
    family = FAMILIES[name]
    x = np.concatenate([family.at, family.at + 0.3, [-1.0]])
    close(family.build().cdf(x), family.scipy.cdf(x))


@pytest.mark.parametrize("name", WITH_ICDF)
def test_icdf(name):
    family = FAMILIES[name]
    p = np.linspace(0.01, 0.99, 21)
    close(family.build().icdf(p), family.scipy.ppf(p), 1e-11)
    assert np.isnan(family.build().icdf(np.array([-0.1, 1.1])).data).all()
    ends = family.build().icdf(np.array([0.0, 1.0])).data
    if name != "cauchy":  # its ends are where the tangent rounds
        np.testing.assert_allclose(ends, family.scipy.ppf([0, 1]))


@pytest.mark.parametrize("name", sorted(set(WITH_CDF) - set(WITH_ICDF)))
def test_no_icdf(name):
    with pytest.raises(UnsupportedError, match="icdf: there is no closed formula"):
        FAMILIES[name].build().icdf(0.5)


@pytest.mark.parametrize("name", WITH_CDF)
def test_gradients_of_cdf(name):
    family = FAMILIES[name]

    def cdf(*parameters):
        return family.make(*parameters).cdf(family.at + 0.01)

    check_grads(cdf, *map(np.array, family.parameters), rtol=1e-4, atol=1e-5)


def test_edges():
    assert D.Gamma(1.0, 2.0).log_prob(0.0).item() == pytest.approx(np.log(2))
    assert D.Gamma(2.0, 2.0).log_prob(0.0).item() == -np.inf
    assert D.Beta(1.0, 1.0).log_prob(np.array([0.0, 1.0])).data.tolist() == [0, 0]
    assert D.Exponential(2.0).log_prob(0.0).item() == pytest.approx(np.log(2))
    assert D.LogNormal().log_prob(0.0).item() == -np.inf
    assert D.Poisson(2.0).log_prob(0.0).item() == -2
    certain = D.Bernoulli(np.array([0.0, 1.0]))
    assert certain.log_prob(np.array([0.0, 1.0])).data.tolist() == [0, 0]
    assert certain.log_prob(np.array([1.0, 0.0])).data.tolist() == [-np.inf] * 2
    assert certain.entropy().data.tolist() == [0, 0]


@pytest.mark.parametrize(
    "d", [D.Gamma(2.0, 3.0), D.Poisson(3.0), D.Gumbel(), D.StudentT(3.0), D.Normal()]
)
def test_infinity_is_never_drawn(d):
    ends = np.array([-np.inf, np.inf])
    assert d.log_prob(ends).data.tolist() == [-np.inf, -np.inf]


def test_cdf_of_infinity():
    ends = np.array([-np.inf, np.inf])
    for d in (D.StudentT(3.0), D.Gamma(2.0), D.Gumbel(), D.Normal()):
        assert d.cdf(ends).data.tolist() == [0, 1]


def test_student_t_with_few_degrees_of_freedom():
    d = D.StudentT(np.array([0.5, 1.5, 3.0]))
    np.testing.assert_array_equal(d.mean.data, [np.nan, 0, 0])
    np.testing.assert_array_equal(d.variance.data, [np.nan, np.inf, 3])


def test_far_tails_keep_their_digits():
    x = np.array([-1e3, 1e3])
    close(D.Bernoulli(logits=x).log_prob(np.array([1.0, 0.0])), [-1e3, -1e3])
    close(D.Logistic().log_prob(x), [-1e3, -1e3])
    close(D.Cauchy().log_prob(np.array([1e200])), [-np.log(np.pi) - 400 * np.log(10)])


# -- classes ---------------------------------------------------------------------------

P = np.array([[0.2, 0.5, 0.3], [0.0, 0.1, 0.9]])


def test_categorical():
    d = D.Categorical(P)
    assert (d.batch_shape, d.event_shape, d.classes) == ((2,), (), 3)
    close(d.log_prob(np.array([1, 2])), np.log([0.5, 0.9]))
    assert d.log_prob(np.array([[1], [2], [0]])).shape == (3, 2)
    assert d.log_prob(0).data.tolist() == [np.log(0.2), -np.inf]
    close(d.entropy(), [st.entropy(row) for row in P])
    scores = np.log(P + 1e-3) + 5
    check_grads(
        lambda x: D.Categorical(logits=x).log_prob(np.array([1, 2])), scores, order=2
    )
    check_grads(lambda x: D.Categorical(logits=x).entropy(), scores, order=2)


def test_classes_of_probability_0_take_no_gradient():
    for probs in (True, False):
        x = Variable(P[1] if probs else np.array([-np.inf, 0.0, 1.0]))
        d = D.Categorical(x) if probs else D.Categorical(logits=x)
        same = D.Categorical(P[1])
        (d.entropy() + D.kl(d, same) + D.kl(same, d)).backward()
        assert np.isfinite(x.grad.data).all()
        assert x.grad.data[0] == 0


def test_one_hot_categorical():
    d = D.OneHotCategorical(P)
    assert (d.batch_shape, d.event_shape) == ((2,), (3,))
    close(d.log_prob(np.eye(3)[[1, 2]]), np.log([0.5, 0.9]))
    assert d.log_prob(np.array([0.5, 0.5, 0.0])).data.tolist() == [-np.inf] * 2
    close(d.mean, P)
    close(d.variance, P * (1 - P))


def test_scores_of_minus_infinity_are_classes_that_never_come():
    d = D.Categorical(logits=np.array([0.0, -np.inf]))
    assert d.log_prob(np.array([0, 1])).data.tolist() == [0, -np.inf]
    assert d.entropy().item() == 0
    assert (d.sample(100).data == 0).all()


# -- vectors ---------------------------------------------------------------------------

A = np.array([0.5, 2.0, 3.5])
LOC = np.array([0.5, -1.0, 2.0])
ROOT = np.array([[1.0, 0, 0], [0.5, 2, 0], [-0.3, 0.2, 0.7]])
POINTS = np.random.default_rng(0).normal(size=(5, 3))


def test_dirichlet():
    x = np.array([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]])
    d = D.Dirichlet(A)
    close(d.log_prob(x), [st.dirichlet(A).logpdf(row) for row in x])
    close(d.entropy(), st.dirichlet(A).entropy())
    close(d.mean, st.dirichlet(A).mean())
    close(d.variance, st.dirichlet(A).var())
    off = np.array([[0.2, 0.5, 0.4], [-0.2, 0.5, 0.7]])
    assert d.log_prob(off).data.tolist() == [-np.inf] * 2
    check_grads(lambda a: D.Dirichlet(a).log_prob(x), A, order=2)
    check_grads(lambda a: D.Dirichlet(a).entropy(), A, order=2)


@pytest.mark.parametrize("given", ["covariance", "precision", "scale_tril"])
def test_multivariate_normal(given):
    covariance = ROOT @ ROOT.T
    matrix = {
        "covariance": covariance,
        "precision": np.linalg.inv(covariance),
        "scale_tril": ROOT,
    }[given]
    d, scipy = D.MultivariateNormal(LOC, **{given: matrix}), st.multivariate_normal
    assert (d.batch_shape, d.event_shape) == ((), (3,))
    close(d.log_prob(POINTS), scipy(LOC, covariance).logpdf(POINTS))
    close(d.entropy(), scipy(LOC, covariance).entropy())
    close(d.covariance, covariance)
    close(d.variance, np.diag(covariance))
    close(d.mean, LOC)


def test_gradients_of_a_multivariate_normal():
    def log_prob(loc, root):
        root = np.tril(root)
        return D.MultivariateNormal(loc, scale_tril=root).log_prob(POINTS)

    check_grads(log_prob, LOC, ROOT, order=2)

    def by_covariance(a):
        covariance = a @ a.T + np.eye(3)
        return D.MultivariateNormal(LOC, covariance).log_prob(POINTS)

    check_grads(by_covariance, ROOT, order=1)


def test_batches_of_multivariate_normals():
    d = D.MultivariateNormal(np.zeros((4, 1, 3)), scale_tril=np.stack([ROOT] * 2))
    assert (d.batch_shape, d.event_shape) == ((4, 2), (3,))
    assert d.sample(5).shape == (5, 4, 2, 3)
    assert d.log_prob(np.zeros(3)).shape == (4, 2)
    assert d.entropy().shape == (4, 2)
    assert d.mean.shape == d.variance.shape == (4, 2, 3)


def test_independent():
    base = D.Normal(LOC, np.array([[1.0], [2.0]]))
    d = D.Independent(base)
    assert (d.batch_shape, d.event_shape) == ((2,), (3,))
    close(d.log_prob(POINTS[:2]), base.log_prob(POINTS[:2]).data.sum(-1))
    close(d.entropy(), base.entropy().data.sum(-1))
    assert d.sample(4).shape == (4, 2, 3)
    assert d.mean.shape == d.variance.shape == (2, 3)
    assert D.Independent(base, 2).event_shape == (2, 3)


def test_mixture():
    weights, loc, scale = (
        np.array([0.3, 0.7]),
        np.array([-1.0, 2.0]),
        np.array([1, 0.5]),
    )
    d = D.Mixture(D.Categorical(weights), D.Normal(loc, scale))
    density = sum(
        w * st.norm(m, s).pdf(LINE) for w, m, s in zip(weights, loc, scale, strict=True)
    )
    close(d.log_prob(LINE), np.log(density))
    mean = weights @ loc
    close(d.mean, mean)
    close(d.variance, weights @ (scale**2 + loc**2) - mean**2)
    vectors = D.Mixture(
        D.Categorical(weights), D.Independent(D.Normal(np.zeros((2, 3)), 1.0))
    )
    assert vectors.sample(5).shape == (5, 3)
    assert vectors.log_prob(POINTS).shape == (5,)
    assert vectors.mean.shape == vectors.variance.shape == (3,)


LINE = np.linspace(-3, 4, 15)
