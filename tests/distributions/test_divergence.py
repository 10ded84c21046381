"""Kullback-Leibler divergences against integrals, draws, and textbook values."""

import numpy as np
import pytest

import ondol
from ondol import Variable
from ondol import distributions as D
from ondol.distributions.divergence import _FORMULAS
from ondol.errors import ShapeError, UnsupportedError
from ondol.testing import check_grads

N = 40_000
M1, S1, M2, S2 = (np.array(v) for v in (0.5, 1.2, -0.3, 0.9))
A1, B1, A2, B2 = (np.array(v) for v in (2.3, 1.7, 1.4, 3.1))
P1, P2 = np.array([0.2, 0.5, 0.3]), np.array([0.4, 0.35, 0.25])
ROOT1 = np.array([[1.0, 0], [0.5, 2]])
ROOT2 = np.array([[1.5, 0], [-0.5, 1]])

PAIRS = {
    D.Normal: (D.Normal(M1, S1), D.Normal(M2, S2)),
    D.LogNormal: (D.LogNormal(M1, S1), D.LogNormal(M2, S2)),
    D.Laplace: (D.Laplace(M1, S1), D.Laplace(M2, S2)),
    D.Cauchy: (D.Cauchy(M1, S1), D.Cauchy(M2, S2)),
    D.Gumbel: (D.Gumbel(M1, S1), D.Gumbel(M2, S2)),
    D.Uniform: (D.Uniform(0.2, 0.5), D.Uniform(0.1, 0.7)),
    D.Gamma: (D.Gamma(A1, B1), D.Gamma(A2, B2)),
    D.Exponential: (D.Exponential(B1), D.Exponential(B2)),
    D.Beta: (D.Beta(A1, B1), D.Beta(A2, B2)),
    D.Dirichlet: (D.Dirichlet(P1 * 9), D.Dirichlet(P2 * 6)),
    D.Bernoulli: (D.Bernoulli(0.3), D.Bernoulli(0.6)),
    D.Binomial: (D.Binomial(5, 0.3), D.Binomial(5, 0.6)),
    D.Geometric: (D.Geometric(0.3), D.Geometric(0.6)),
    D.Poisson: (D.Poisson(2.5), D.Poisson(4.0)),
    D.Categorical: (D.Categorical(P1), D.Categorical(P2)),
    D.OneHotCategorical: (D.OneHotCategorical(P1), D.OneHotCategorical(P2)),
    D.MultivariateNormal: (
        D.MultivariateNormal(np.array([0.5, 1]), scale_tril=ROOT1),
        D.MultivariateNormal(np.array([0.0, 2]), scale_tril=ROOT2),
    ),
    D.Independent: (
        D.Independent(D.Normal(P1, P2)),
        D.Independent(D.Normal(P2, P1)),
    ),
    D.Logistic: (D.Logistic(M1, S1), D.Logistic(M2, S2)),
    D.StudentT: (D.StudentT(np.array(5.0), M1, S1), D.StudentT(3.0, M2, S2)),
}


@pytest.mark.parametrize(("p", "q"), _FORMULAS, ids=lambda kind: kind.__name__)
def test_divergence_is_what_draws_say(p, q):
    ondol.seed(1)
    one, other = PAIRS[p][0], PAIRS[q][1]
    x = one.sample(N)
    each = (one.log_prob(x).data - other.log_prob(x).data).astype(np.float64)
    got = D.kl(one, other)
    assert got.shape == ()
    assert got.item() > 0
    assert abs(got.item() - each.mean()) < 4.5 * each.std() / np.sqrt(N) + 1e-6


@pytest.mark.parametrize(
    "p", [p for p, q in _FORMULAS if p is q], ids=lambda kind: kind.__name__
)
def test_no_divergence_from_itself(p):
    one = PAIRS[p][0]
    np.testing.assert_allclose(D.kl(one, one).data, 0, atol=1e-6)


@pytest.mark.parametrize(
    ("family", "parameters"),
    [
        (D.Normal, (M1, S1, M2, S2)),
        (D.LogNormal, (M1, S1, M2, S2)),
        (D.Laplace, (M1, S1, M2, S2)),
        (D.Cauchy, (M1, S1, M2, S2)),
        (D.Gumbel, (M1, S1, M2, S2)),
        (D.Gamma, (A1, B1, A2, B2)),
        (D.Beta, (A1, B1, A2, B2)),
        (D.Exponential, (B1, B2)),
        (D.Poisson, (B1, B2)),
        (D.Dirichlet, (P1 * 9, P2 * 6)),
        (D.Bernoulli, (P1, P2)),
        (D.Geometric, (P1, P2)),
    ],
)
def test_gradients(family, parameters):
    half = len(parameters) // 2

    def divergence(*v):
        return D.kl(family(*v[:half]), family(*v[half:]))

    check_grads(divergence, *parameters, order=2, rtol=1e-4, atol=1e-5)


def test_gradients_of_two_multivariate_normals():
    def divergence(m, root):
        p = D.MultivariateNormal(m, scale_tril=np.tril(root))
        return D.kl(p, D.MultivariateNormal(np.zeros(2), scale_tril=ROOT2))

    check_grads(divergence, np.array([0.5, 1]), ROOT1, order=2)


def test_the_variational_autoencoders_term():
    loc, scale = Variable(np.array([0.5, -1])), Variable(np.array([1.5, 0.3]))
    expected = 0.5 * (loc.data**2 + scale.data**2 - 1) - np.log(scale.data)
    np.testing.assert_allclose(D.kl(D.Normal(loc, scale), D.Normal()).data, expected)


def test_impossible_for_the_second_is_infinite():
    assert D.kl(D.Uniform(0.0, 2.0), D.Uniform(0.0, 1.0)).item() == np.inf
    assert D.kl(D.Bernoulli(0.5), D.Bernoulli(0.0)).item() == np.inf
    sure = D.Categorical(np.array([1.0, 0.0])), D.Categorical(np.array([0.5, 0.5]))
    np.testing.assert_allclose(D.kl(*sure).data, np.log(2))
    assert D.kl(*sure[::-1]).item() == np.inf


def test_batches_broadcast_and_keep_their_dtype():
    p = D.Normal(np.zeros((4, 1), np.float32), 1.0)
    q = D.Normal(np.zeros(3, np.float32), 2.0)
    assert D.kl(p, q).shape == (4, 3)
    assert D.kl(p, q).dtype == np.float32
    assert D.kl(p, D.Normal()).dtype == np.float32


def test_pairs_without_a_formula():
    with pytest.raises(UnsupportedError, match="Normal has one with: Normal, Laplace"):
        D.kl(D.Normal(), D.Gamma(1.0))
    with pytest.raises(UnsupportedError, match="the same number of trials"):
        D.kl(D.Binomial(3, 0.5), D.Binomial(4, 0.5))
    with pytest.raises(ShapeError, match=r"one draws \(2,\), the other \(3,\)"):
        D.kl(D.Dirichlet(np.ones(2)), D.Dirichlet(np.ones(3)))
    with pytest.raises(ShapeError, match="fold as many axes"):
        D.kl(
            D.Independent(D.Normal(np.ones((2, 3))), 2),
            D.Independent(D.Independent(D.Normal(np.ones((2, 3))))),
        )
