"""Probability distributions: ``from ondol import distributions as D``.

Samples, log densities, entropies and divergences, all made of `functions`, so that
gradients reach the parameters.
"""

from .discrete import (
    Bernoulli,
    Binomial,
    Categorical,
    Geometric,
    OneHotCategorical,
    Poisson,
)
from .distribution import Distribution
from .divergence import kl
from .gammas import Beta, Dirichlet, Exponential, Gamma, StudentT
from .location_scale import (
    Cauchy,
    Gumbel,
    Laplace,
    Logistic,
    LogNormal,
    Normal,
    Uniform,
)
from .vectors import Independent, Mixture, MultivariateNormal

__all__ = [
    "Bernoulli",
    "Beta",
    "Binomial",
    "Categorical",
    "Cauchy",
    "Dirichlet",
    "Distribution",
    "Exponential",
    "Gamma",
    "Geometric",
    "Gumbel",
    "Independent",
    "Laplace",
    "LogNormal",
    "Logistic",
    "Mixture",
    "MultivariateNormal",
    "Normal",
    "OneHotCategorical",
    "Poisson",
    "StudentT",
    "Uniform",
    "kl",
]
