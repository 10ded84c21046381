"""One row for each family: some parameters, SciPy's object, and where to look."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.stats as st

from ondol import distributions as D

LINE = np.linspace(-3, 4, 15)
POSITIVE = np.linspace(0.1, 6, 12)
UNIT = np.linspace(0.05, 0.95, 9)
COUNTS = np.arange(8.0)


@dataclass(frozen=True)
class Family:
    """A family with parameters as a list of numbers, which the tests differentiate."""

    make: Callable[..., D.Distribution]
    parameters: tuple[float, ...]
    scipy: Any
    at: np.ndarray

    @property
    def discrete(self) -> bool:
        return hasattr(self.scipy, "pmf")

    def density(self, x: Any) -> Any:
        return self.scipy.logpmf(x) if self.discrete else self.scipy.logpdf(x)

    def build(self, dtype: Any = np.float64) -> D.Distribution:
        return self.make(*(np.asarray(v, dtype) for v in self.parameters))


def logits(x: Any) -> D.Bernoulli:
    return D.Bernoulli(logits=x)


FAMILIES = {
    "normal": Family(D.Normal, (0.5, 2.0), st.norm(0.5, 2), LINE),
    "laplace": Family(D.Laplace, (0.55, 2.0), st.laplace(0.55, 2), LINE),
    "cauchy": Family(D.Cauchy, (0.5, 2.0), st.cauchy(0.5, 2), LINE),
    "gumbel": Family(D.Gumbel, (0.5, 2.0), st.gumbel_r(0.5, 2), LINE),
    "logistic": Family(D.Logistic, (0.55, 2.0), st.logistic(0.55, 2), LINE),
    "uniform": Family(D.Uniform, (-3.5, 4.5), st.uniform(-3.5, 8), LINE),
    "log_normal": Family(
        D.LogNormal, (0.3, 0.7), st.lognorm(0.7, scale=np.exp(0.3)), POSITIVE
    ),
    "student_t": Family(D.StudentT, (5.3, 0.7, 2.0), st.t(5.3, 0.7, 2.0), LINE),
    "exponential": Family(D.Exponential, (1.7,), st.expon(scale=1 / 1.7), POSITIVE),
    "gamma": Family(D.Gamma, (2.3, 1.7), st.gamma(2.3, scale=1 / 1.7), POSITIVE),
    "gamma_small": Family(D.Gamma, (0.4, 1.7), st.gamma(0.4, scale=1 / 1.7), POSITIVE),
    "gamma_large": Family(D.Gamma, (300.0, 2.0), st.gamma(300, scale=0.5), LINE + 150),
    "beta": Family(D.Beta, (2.3, 0.7), st.beta(2.3, 0.7), UNIT),
    "bernoulli": Family(D.Bernoulli, (0.3,), st.bernoulli(0.3), COUNTS[:2]),
    "bernoulli_logits": Family(
        logits, (0.3,), st.bernoulli(1 / (1 + np.exp(-0.3))), COUNTS[:2]
    ),
    "binomial": Family(lambda p: D.Binomial(9, p), (0.3,), st.binom(9, 0.3), COUNTS),
    "geometric": Family(D.Geometric, (0.3,), st.geom(0.3, -1), COUNTS),
    "poisson": Family(D.Poisson, (3.3,), st.poisson(3.3), COUNTS),
    "poisson_large": Family(D.Poisson, (33.3,), st.poisson(33.3), COUNTS + 30),
}
