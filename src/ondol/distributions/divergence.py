"""The divergence of Kullback and Leibler (1951), by a table of pairs of families."""

from __future__ import annotations

from collections.abc import Callable
from math import pi
from typing import Any

import numpy as np

from .. import functions as F
from ..core.graph import Variable
from ..errors import (
    DtypeError,
    ShapeError,
    UnsupportedError,
    tell,
)
from .discrete import (
    Bernoulli,
    Binomial,
    Categorical,
    Geometric,
    OneHotCategorical,
    Poisson,
)
from .distribution import Distribution
from .gammas import Beta, Dirichlet, Exponential, Gamma, StudentT, log_beta
from .location_scale import (
    LOG_SQRT_2PI,
    Cauchy,
    Gumbel,
    Laplace,
    Logistic,
    LogNormal,
    Normal,
    Uniform,
)
from .vectors import Independent, MultivariateNormal, log_diagonal

Formula = Callable[[Any, Any], Variable]
_FORMULAS: dict[tuple[type, type], Formula] = {}


def kl(p: Distribution, q: Distribution) -> Variable:
    """The mean of ``p.log_prob(x) - q.log_prob(x)`` over draws from `p`, in nats.

    Args:
        p: what the draws come from.
        q: what they are compared with; the batches broadcast.

    Returns:
        Of the batches' shape; infinite where `p` draws what `q` cannot.

    Raises:
        DtypeError: `p` or `q` is no distribution.
        UnsupportedError: there is no closed formula for these two families.
    """
    for x in (p, q):
        if not isinstance(x, Distribution):
            raise tell(DtypeError, "kl-distributions", got=x)
    formula = _FORMULAS.get((type(p), type(q)))
    if formula is None:
        known = ", ".join(b.__name__ for a, b in _FORMULAS if a is type(p))
        raise tell(UnsupportedError, "kl-formula", p=p, q=q, known=known or "-")
    if p.event_shape != q.event_shape:
        raise tell(ShapeError, "kl-draws", p=p.event_shape, q=q.event_shape)
    return formula(p, q)


def _pair(*pairs: tuple[type, type]) -> Callable[[Formula], Formula]:
    def register(formula: Formula) -> Formula:
        _FORMULAS.update(dict.fromkeys(pairs, formula))
        return formula

    return register


def _same(*families: type) -> Callable[[Formula], Formula]:
    return _pair(*((family, family) for family in families))


def _shared(p: Distribution, q: Distribution) -> list[Any]:
    """The parameters of both, in one dtype as far as they are Python numbers."""
    dtype = np.result_type(p.dtype, q.dtype)
    return [d._array(v, dtype) for d in (p, q) for v in d._values()]


# -- one family -----------------------------------------------------------------------


@_same(Normal)
def _normal(p: Any, q: Any) -> Variable:
    m1, s1, m2, s2 = _shared(p, q)
    ratio = s1 / s2
    return 0.5 * (F.square(ratio) + F.square((m1 - m2) / s2) - 1) - F.log(ratio)


@_same(LogNormal)
def _log_normal(p: Any, q: Any) -> Variable:
    return _normal(p.log, q.log)


@_same(Laplace)
def _laplace(p: Any, q: Any) -> Variable:
    m1, s1, m2, s2 = _shared(p, q)
    far = F.absolute(m1 - m2)
    return F.log(s2 / s1) + (s1 * F.exp(-far / s1) + far) / s2 - 1


@_same(Cauchy)
def _cauchy(p: Any, q: Any) -> Variable:
    """F. Chyzak, F. Nielsen (2019), arXiv:1905.10965."""
    m1, s1, m2, s2 = _shared(p, q)
    return F.log((F.square(s1 + s2) + F.square(m1 - m2)) / (4 * s1 * s2))


@_same(Gumbel)
def _gumbel(p: Any, q: Any) -> Variable:
    m1, s1, m2, s2 = _shared(p, q)
    ratio, euler = s1 / s2, float(np.euler_gamma)
    moved = F.exp((m2 - m1) / s2 + F.gammaln(1 + ratio))
    return (m1 - m2) / s2 + euler * (ratio - 1) + moved - 1 - F.log(ratio)


@_same(Uniform)
def _uniform(p: Any, q: Any) -> Variable:
    low1, high1, low2, high2 = _shared(p, q)
    inside = (low2.data <= low1.data) & (high1.data <= high2.data)
    return F.where(inside, F.log((high2 - low2) / (high1 - low1)), np.inf)


@_same(Gamma)
def _gamma(p: Any, q: Any) -> Variable:
    a1, b1, a2, b2 = _shared(p, q)
    scales = a2 * F.log(b1 / b2) + a1 * (b2 - b1) / b1
    return (a1 - a2) * F.digamma(a1) - F.gammaln(a1) + F.gammaln(a2) + scales


@_same(Exponential)
def _exponential(p: Any, q: Any) -> Variable:
    r1, r2 = _shared(p, q)
    return F.log(r1 / r2) + r2 / r1 - 1


@_pair((Exponential, Gamma))
def _exponential_gamma(p: Any, q: Any) -> Variable:
    return _gamma(Gamma(F.ones_like(p._own()[0]), p._own()[0]), q)


@_same(Beta)
def _beta(p: Any, q: Any) -> Variable:
    a1, b1, a2, b2 = _shared(p, q)
    y = F.betaln(a2, b2) - F.betaln(a1, b1)
    y = y + (a1 - a2) * F.digamma(a1) + (b1 - b2) * F.digamma(b1)
    return y + (a2 - a1 + b2 - b1) * F.digamma(a1 + b1)


@_same(Dirichlet)
def _dirichlet(p: Any, q: Any) -> Variable:
    a1, a2 = _shared(p, q)
    log_mean = F.digamma(a1) - F.digamma(F.sum(a1, axis=-1, keepdims=True))
    return log_beta(a2) - log_beta(a1) + F.sum((a1 - a2) * log_mean, axis=-1)


@_same(Bernoulli)
def _bernoulli(p: Any, q: Any) -> Variable:
    if "logits" in p._names and "logits" in q._names:
        a, b = _shared(p, q)
        return p.mean * (a - b) + F.softplus(b) - F.softplus(a)
    one, other = p.mean, q.mean
    return F.rel_entr(one, other) + F.rel_entr(1 - one, 1 - other)


@_same(Binomial)
def _binomial(p: Any, q: Any) -> Variable:
    n1, p1, n2, p2 = _shared(p, q)
    if not np.all(n1.data == n2.data):
        raise tell(UnsupportedError, "kl-trials")
    return n1 * (F.rel_entr(p1, p2) + F.rel_entr(1 - p1, 1 - p2))


@_same(Geometric)
def _geometric(p: Any, q: Any) -> Variable:
    p1, p2 = _shared(p, q)
    return (F.rel_entr(p1, p2) + F.rel_entr(1 - p1, 1 - p2)) / p1


@_same(Poisson)
def _poisson(p: Any, q: Any) -> Variable:
    r1, r2 = _shared(p, q)
    return r1 * F.log(r1 / r2) - r1 + r2


@_same(Categorical, OneHotCategorical)
def _categorical(p: Any, q: Any) -> Variable:
    probs = p._probs()
    used = probs.data > 0
    difference = p._log_probs_at(used) - q._log_probs_at(used)
    return F.sum(probs * difference, axis=-1)


@_same(MultivariateNormal)
def _multivariate_normal(p: Any, q: Any) -> Variable:
    m1, r1, m2, r2 = _shared(p, q)
    n = m1.shape[-1]
    ratio = F.linalg.solve(r2, r1)
    z = F.linalg.solve(r2, F.expand_dims(m1 - m2, -1))
    squares = F.sum(ratio * ratio, axis=(-2, -1)) + F.sum(z * z, axis=(-2, -1))
    return 0.5 * (squares - n) + log_diagonal(r2) - log_diagonal(r1)


@_same(Independent)
def _independent(p: Any, q: Any) -> Variable:
    if p.axes != q.axes:
        raise tell(ShapeError, "kl-axes", p=p.axes, q=q.axes)
    return p._fold(kl(p.base, q.base))


# -- two families: the entropy of p, and the mean of log q by the moments of p --------

_WITH_VARIANCE = (Laplace, Gumbel, Logistic, Uniform, StudentT)
_POSITIVE = (Exponential, Gamma, LogNormal, Beta)


@_pair(*((family, Normal) for family in (*_WITH_VARIANCE, *_POSITIVE)))
def _into_normal(p: Any, q: Any) -> Variable:
    loc, scale = q._own()
    squares = p.variance + F.square(p.mean - loc)
    cross = F.log(scale) + LOG_SQRT_2PI + squares / (2 * F.square(scale))
    return cross - p.entropy()


@_pair(*((family, Exponential) for family in (Gamma, LogNormal, Beta)))
def _into_exponential(p: Any, q: Any) -> Variable:
    (rate,) = q._own()
    return rate * p.mean - F.log(rate) - p.entropy()


@_pair((Normal, Laplace))
def _normal_laplace(p: Any, q: Any) -> Variable:
    m1, s1, m2, s2 = _shared(p, q)
    z = (m1 - m2) / s1
    bell = F.exp(-0.5 * z * z) * (2 / pi) ** 0.5
    far = s1 * (bell + z * F.erf(z / 2**0.5))  # the mean distance from m2
    return far / s2 + F.log(2 * s2) - p.entropy()
