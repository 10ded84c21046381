"""Draws: repeatable, of the right distribution, with the right gradients."""

import numpy as np
import pytest
import scipy.special as special
import scipy.stats as st
from families import FAMILIES

import ondol
import ondol.functions as F
from ondol import Variable
from ondol import distributions as D
from ondol.errors import ArgumentError, UnsupportedError
from ondol.testing import check_grads

N = 20_000
families = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
SMOOTH = {k: v for k, v in FAMILIES.items() if v.build().reparameterized}


@families
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_draws_follow_the_distribution(family, dtype):
    ondol.seed(1)
    draws = family.build(dtype).sample(N).data
    assert draws.dtype == dtype
    if not family.discrete:
        assert st.kstest(draws.astype(np.float64), family.scipy.cdf).pvalue > 0.01
        return
    seen, counts = np.unique(draws, return_counts=True)
    expected = N * family.scipy.pmf(seen)
    many = expected > 5
    rest = N - counts[many].sum(), N - expected[many].sum()
    observed = np.append(counts[many], rest[0])[: None if rest[1] > 5 else -1]
    expected = np.append(expected[many], rest[1])[: None if rest[1] > 5 else -1]
    expected *= observed.sum() / expected.sum()
    assert st.chisquare(observed, expected).pvalue > 0.01


@families
def test_the_seed_repeats(family):
    d = family.build()
    ondol.seed(3)
    one, other = d.sample(7).data, d.sample(7).data
    ondol.seed(3)
    np.testing.assert_array_equal(d.sample(7).data, one)
    assert (one != other).any()


@families
def test_shapes(family):
    d = family.build()
    assert d.sample().shape == ()
    assert d.sample(3).shape == (3,)
    assert d.sample((2, 3)).shape == (2, 3)
    assert d.sample((0, 3)).shape == (0, 3)
    batch = family.make(*(np.full((4, 1), v) for v in family.parameters))
    assert batch.batch_shape == (4, 1)
    assert batch.sample((2,)).shape == (2, 4, 1)
    assert batch.log_prob(family.at).shape == (4, family.at.size)


@families
def test_samples_are_constants(family):
    parameters = [Variable(np.array(v)) for v in family.parameters]
    assert family.make(*parameters).sample(3).creator is None
    if family.build().reparameterized:
        y = family.make(*parameters).rsample(3)
        y.backward()
        assert all(p.grad is not None for p in parameters)
        assert family.make(*family.parameters).rsample(3).creator is None
    else:
        with pytest.raises(UnsupportedError, match="do not move smoothly"):
            family.make(*parameters).rsample(3)


@pytest.mark.parametrize("family", SMOOTH.values(), ids=SMOOTH)
def test_the_gradient_of_a_mean_is_right(family):
    """Of the mean of a smooth function, by draws and by numerical integration."""

    def mean_of(*parameters):
        p = np.linspace(0, 1, 4001)[1:] - 0.5 / 4000
        scipy = SCIPY[type(family.build())](*parameters)
        return np.mean(np.tanh(scipy.ppf(p) / 10))

    ondol.seed(5)
    parameters = [Variable(np.full(N, v)) for v in family.parameters]
    F.sum(F.tanh(family.make(*parameters).rsample() / 10)).backward()
    for i, parameter in enumerate(parameters):
        h = 1e-3 * max(1, abs(family.parameters[i]))
        moved = [
            [v + sign * h * (i == j) for j, v in enumerate(family.parameters)]
            for sign in (1, -1)
        ]
        expected = (mean_of(*moved[0]) - mean_of(*moved[1])) / (2 * h)
        each = parameter.grad.data
        spread = each.std() / np.sqrt(N)
        assert abs(each.mean() - expected) < 4 * spread + 1e-4 * abs(expected)
        assert spread < 0.2


SCIPY = {
    D.Normal: st.norm,
    D.Laplace: st.laplace,
    D.Cauchy: st.cauchy,
    D.Gumbel: st.gumbel_r,
    D.Logistic: st.logistic,
    D.Uniform: lambda a, b: st.uniform(a, b - a),
    D.LogNormal: lambda m, s: st.lognorm(s, scale=np.exp(m)),
    D.StudentT: st.t,
    D.Exponential: lambda r: st.expon(scale=1 / r),
    D.Gamma: lambda a, r: st.gamma(a, scale=1 / r),
    D.Beta: st.beta,
}


# -- the gamma distribution's implicit gradient ----------------------------------------


@pytest.mark.parametrize("a", [0.05, 0.4, 1.0, 3.7, 60.0, 2e3])
def test_a_draw_moves_as_its_quantile(a):
    """At a fixed probability the derivative of the quantile, by differences."""
    ondol.seed(2)
    shape = Variable(np.full(200, a))
    y = D.Gamma(shape).rsample()
    y.backward()
    x, h = y.data, 1e-4 * a
    p, q = special.gammainc(a, x), special.gammaincc(a, x)
    low, high = (
        np.where(p < 0.5, special.gammaincinv(s, p), special.gammainccinv(s, q))
        for s in (a - h, a + h)
    )
    expected = (high - low) / (2 * h)
    sure = x > 1e-100
    np.testing.assert_allclose(shape.grad.data[sure], expected[sure], 1e-5, 1e-12)


def test_the_implicit_gradient_in_float32():
    ondol.seed(2)
    a = np.geomspace(0.1, 50, 300)
    wide, single = Variable(a), Variable(a.astype(np.float32))
    D.Gamma(wide).rsample().backward()
    ondol.seed(2)
    D.Gamma(single).rsample().backward()
    assert single.grad.dtype == np.float32
    np.testing.assert_allclose(single.grad.data, wide.grad.data, 2e-3, 1e-4)


def test_the_implicit_gradient_has_a_derivative():
    def draw(a):
        ondol.seed(4)
        drawn = D.Gamma(np.array([0.7, 3.0])).sample().data
        return gamma_sample(a, implicit_at(drawn, a))

    from ondol.distributions.sampling import gamma_sample

    def implicit_at(drawn, a):
        """The same quantiles for a moved shape."""
        base = np.array([0.7, 3.0])
        p = special.gammainc(base, drawn)
        return special.gammaincinv(getattr(a, "data", a), p)

    check_grads(draw, np.array([0.7, 3.0]), order=2, rtol=1e-3)


def test_tiny_shapes_stay_positive():
    ondol.seed(0)
    for dtype in (np.float32, np.float64):
        a = Variable(np.full(1000, 1e-3, dtype))
        y = D.Gamma(a).rsample()
        assert (y.data > 0).all()
        y.backward()
        assert np.isfinite(a.grad.data).all()
        assert np.isfinite(D.Beta(a, a).rsample().data).all()
        assert np.isfinite(D.Beta(a, a).log_prob(D.Beta(a, a).sample()).data).all()


# -- classes and vectors ---------------------------------------------------------------


def test_classes_come_as_often_as_they_should():
    ondol.seed(0)
    p = np.array([[0.2, 0.5, 0.3], [0.0, 0.1, 0.9]])
    for d in (D.Categorical(p), D.Categorical(logits=np.log(p + 1e-30))):
        ids = d.sample(N)
        assert ids.shape == (N, 2)
        assert ids.dtype.kind == "i"
        share = np.stack([(ids.data == i).mean(0) for i in range(3)], -1)
        np.testing.assert_allclose(share, p, atol=0.012)
    rows = D.OneHotCategorical(p.astype(np.float32)).sample(N).data
    assert rows.dtype == np.float32
    assert (rows.sum(-1) == 1).all()
    np.testing.assert_allclose(rows.mean(0), p, atol=0.012)


def test_dirichlet():
    ondol.seed(0)
    a = Variable(np.array([0.5, 2.0, 3.5]))
    y = D.Dirichlet(a).rsample(N)
    np.testing.assert_allclose(y.data.sum(-1), 1)
    np.testing.assert_allclose(y.data.mean(0), D.Dirichlet(a).mean.data, atol=0.006)
    np.testing.assert_allclose(y.data.var(0), D.Dirichlet(a).variance.data, rtol=0.05)
    F.mean(y[:, 0]).backward()
    total = 6.0  # the mean is a / sum(a)
    expected = (np.array([1.0, 0, 0]) * total - 0.5) / total**2
    np.testing.assert_allclose(a.grad.data, expected, atol=0.004)


def test_multivariate_normal():
    ondol.seed(0)
    loc = Variable(np.array([0.5, -1.0]))
    root = Variable(np.array([[1.0, 0], [0.5, 2]]))
    d = D.MultivariateNormal(loc, scale_tril=root)
    y = d.rsample(N)
    np.testing.assert_allclose(y.data.mean(0), loc.data, atol=0.04)
    np.testing.assert_allclose(np.cov(y.data.T), d.covariance.data, atol=0.1)
    F.mean(F.sum(y * y, axis=-1)).backward()  # the mean: loc @ loc + sum(root**2)
    np.testing.assert_allclose(loc.grad.data, 2 * loc.data, atol=0.1)
    np.testing.assert_allclose(root.grad.data, [[2, 0], [1, 4]], atol=0.2)
    assert (
        D.MultivariateNormal(np.zeros(2, "f"), np.eye(2, dtype="f")).sample().dtype
        == "f"
    )


def test_mixture():
    ondol.seed(0)
    weights = D.Categorical(np.array([0.3, 0.7]))
    d = D.Mixture(weights, D.Normal(np.array([-2.0, 3.0]), np.array([0.5, 1.0])))
    y = d.sample((N,)).data
    np.testing.assert_allclose(y.mean(), d.mean.data, atol=0.06)
    np.testing.assert_allclose(y.var(), d.variance.data, rtol=0.03)
    with pytest.raises(UnsupportedError):
        d.rsample()


@pytest.mark.parametrize("shape", [-1, (2, -1), 1.5, "3", None, (2, None)])
def test_wrong_shapes(shape):
    with pytest.raises(ArgumentError, match="Normal: a shape of samples"):
        D.Normal().sample(shape)


def test_mean_of_squares_by_the_parameters_of_a_normal():
    """E[x**2] is loc**2 + scale**2."""
    ondol.seed(0)
    loc, scale = Variable(np.array(1.5)), Variable(np.array(0.5))
    F.mean(F.square(D.Normal(loc, scale).rsample(10 * N))).backward()
    np.testing.assert_allclose([loc.grad.data, scale.grad.data], [3, 1], rtol=0.01)
