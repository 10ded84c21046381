"""Parameters: what they may be, how they broadcast, and what is said of wrong ones."""

import numpy as np
import pytest

from ondol import Variable
from ondol import distributions as D
from ondol.errors import (
    ArgumentError,
    DtypeError,
    IndexingError,
    OndolError,
    ShapeError,
)

ONES = np.ones(3)
WRONG = [
    (lambda: D.Normal(0.0, 0.0), "Normal: scale has to be positive, got 0.0"),
    (lambda: D.Normal(0.0, np.array([1, -2.0])), r"positive, got -2.0 at \(1,\)"),
    (lambda: D.Normal(np.nan), "Normal: loc has to be finite, got nan"),
    (lambda: D.Normal(0.0, np.inf), "positive"),
    (lambda: D.Laplace(0.0, -1), "Laplace: scale"),
    (lambda: D.LogNormal(0.0, -1), "LogNormal: scale"),
    (lambda: D.Uniform(1.0, 1.0), "Uniform: high - low has to be positive"),
    (lambda: D.Gamma(0.0), "Gamma: concentration"),
    (lambda: D.Gamma(1.0, -1.0), "Gamma: rate"),
    (lambda: D.Beta(1.0, 0.0), "Beta: beta"),
    (lambda: D.Exponential(-1.0), "Exponential: rate"),
    (lambda: D.StudentT(0.0), "StudentT: df"),
    (lambda: D.Poisson(0.0), "Poisson: rate"),
    (lambda: D.Bernoulli(1.5), "Bernoulli: probs has to be a probability"),
    (lambda: D.Bernoulli(), "expected one of probs, logits, got none"),
    (lambda: D.Bernoulli(0.5, 0.0), "expected one of probs, logits, got several"),
    (lambda: D.Geometric(0.0), "a probability above 0"),
    (lambda: D.Binomial(1.5, 0.5), "n has to be a whole number of 0 or more"),
    (lambda: D.Categorical(np.array([0.5, 0.6])), "probs have to sum to 1"),
    (lambda: D.Categorical(np.array([[1.0, 0], [0.5, 0.6]])), r"1.1 at \(1,\)"),
    (lambda: D.Categorical(np.array([1.5, -0.5])), "a probability"),
    (lambda: D.Categorical(logits=np.array([np.inf, 0])), "logits"),
    (lambda: D.Dirichlet(np.array([1.0, 0.0])), "concentration has to be positive"),
    (
        lambda: D.MultivariateNormal(ONES, covariance=np.diag([1.0, 0, 1])),
        "covariance has to be symmetric and positive definite",
    ),
    (
        lambda: D.MultivariateNormal(ONES, precision=np.triu(np.ones((3, 3)))),
        "precision has to be symmetric",
    ),
    (
        lambda: D.MultivariateNormal(ONES, scale_tril=np.ones((3, 3))),
        "scale_tril has to be lower triangular",
    ),
    (lambda: D.MultivariateNormal(ONES), "one of covariance, precision, scale"),
]


@pytest.mark.parametrize(("make", "message"), WRONG, ids=[text for _, text in WRONG])
def test_wrong_values(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


@pytest.mark.parametrize(
    "make",
    [
        lambda: D.Normal(np.ones(2), np.ones(3)),
        lambda: D.Dirichlet(1.0),
        lambda: D.Dirichlet(np.ones((2, 1))),
        lambda: D.Categorical(0.5),
        lambda: D.Categorical(np.ones(0)),
        lambda: D.MultivariateNormal(np.ones(2), np.eye(3)),
        lambda: D.MultivariateNormal(np.ones(2), np.ones((2, 3))),
        lambda: D.Independent(D.Normal(), 1),
        lambda: D.Mixture(D.Categorical(np.ones(1)), D.Normal()),
        lambda: D.Dirichlet(np.ones(3)).log_prob(np.ones(2)),
        lambda: D.Normal(np.ones(2)).log_prob(np.ones(3)),
    ],
)
def test_wrong_shapes(make):
    with pytest.raises(ShapeError):
        make()


@pytest.mark.parametrize("wrong", ["text", None, np.array([1j]), [None], np.array("a")])
@pytest.mark.parametrize("family", [D.Normal, D.Poisson, D.Dirichlet, D.Exponential])
def test_no_real_numbers(family, wrong):
    with pytest.raises(OndolError):
        family(wrong)


def test_ids_of_classes():
    d = D.Categorical(np.array([0.5, 0.5]))
    with pytest.raises(IndexingError, match="integers from 0 to 1, got 0 to 2"):
        d.log_prob(np.array([0, 2]))
    with pytest.raises(DtypeError, match="expected ids"):
        d.log_prob(np.array([0.5]))


def test_a_mixture_wants_a_categorical():
    with pytest.raises(DtypeError, match="weights is a Categorical"):
        D.Mixture(D.Normal(), D.Normal(ONES))


@pytest.mark.parametrize("wrong", ["text", None, np.ones(3), [D.Normal()]])
def test_no_distributions(wrong):
    with pytest.raises(DtypeError, match="Independent: base is a distribution"):
        D.Independent(wrong)
    with pytest.raises(DtypeError, match="Mixture: components is a distribution"):
        D.Mixture(D.Categorical(ONES / 3), wrong)
    for pair in ((wrong, D.Normal()), (D.Normal(), wrong)):
        with pytest.raises(DtypeError, match="kl: expected two distributions"):
            D.kl(*pair)


@pytest.mark.parametrize("axes", [2, -1, 0.5, "1", None])
def test_wrong_numbers_of_axes(axes):
    with pytest.raises(ShapeError, match="axes is a whole number up to 1"):
        D.Independent(D.Normal(ONES), axes)


def test_the_error_shows_where_the_parameter_was_made():
    scale = Variable(np.array([-1.0]), name="sigma")
    with pytest.raises(
        ArgumentError, match=r"named 'sigma', made at .*test_parameters"
    ):
        D.Normal(0.0, scale)


def test_parameters_broadcast():
    d = D.Normal(np.zeros((4, 1)), np.ones(3))
    assert d.batch_shape == (4, 3)
    assert d.mean.shape == d.variance.shape == d.entropy().shape == (4, 3)
    assert d.sample(2).shape == (2, 4, 3)


def test_parameters_are_at_hand():
    loc = Variable(np.zeros(2))
    d = D.Normal(loc, 2.0)
    assert d.loc is loc
    assert d.scale == 2.0
    assert repr(d) == "Normal"


def test_whole_numbers_are_real_numbers():
    assert D.Normal(np.array([0, 1]), 1).dtype == np.float32
    assert D.Gamma(2, 3).mean.item() == pytest.approx(2 / 3)
    assert D.Normal([0.0, 1.0], [1.0, 2.0]).batch_shape == (2,)
