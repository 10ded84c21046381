"""Distributions stay where their parameters are: nothing leaves the GPU on the way."""

import sys

import device
import numpy as np
import pytest
from families import FAMILIES

import ondol
from ondol import Variable
from ondol import distributions as D


@pytest.fixture(autouse=True)
def cupy(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", device.cupy())


def there(x):
    return device.Array(np.asarray(x))


def assert_same(got, expected):
    assert isinstance(got.data, device.Array)
    np.testing.assert_allclose(got.data.get(), expected.data, 1e-12, 1e-12)


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_families(family):
    here = family.build()
    parameters = [Variable(there(v)) for v in family.parameters]
    d = family.make(*parameters)
    y = d.log_prob(there(family.at))
    assert_same(y, here.log_prob(family.at))
    y.backward()
    assert all(isinstance(p.grad.data, device.Array) for p in parameters)
    for one, other in ((d.mean, here.mean), (d.variance, here.variance)):
        assert_same(one, other)
    ondol.seed(0)
    draws = here.sample(5)
    ondol.seed(0)
    assert_same(d.sample(5), draws)


def test_classes_and_vectors():
    p, a = np.array([0.2, 0.8]), np.array([[1.0, 0], [0.5, 2]])
    pairs = [
        (D.Categorical(there(p)), D.Categorical(p)),
        (D.OneHotCategorical(there(p)), D.OneHotCategorical(p)),
        (D.Dirichlet(there(p)), D.Dirichlet(p)),
        (
            D.MultivariateNormal(there(p), scale_tril=there(a)),
            D.MultivariateNormal(p, scale_tril=a),
        ),
        (D.Independent(D.Normal(there(p))), D.Independent(D.Normal(p))),
        (
            D.Mixture(D.Categorical(there(p)), D.Normal(there(p))),
            D.Mixture(D.Categorical(p), D.Normal(p)),
        ),
    ]
    for d, here in pairs:
        ondol.seed(0)
        draws = here.sample(5)
        ondol.seed(0)
        assert_same(d.sample(5), draws)
        assert_same(d.log_prob(there(draws.data)), here.log_prob(draws))
        if not isinstance(here, D.Mixture):
            assert_same(D.kl(d, d), D.kl(here, here))
