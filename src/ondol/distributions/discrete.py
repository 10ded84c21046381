"""Distributions of whole numbers and of classes."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

from .. import functions as F
from ..core.graph import Variable, as_operand, data_of, lift
from ..errors import (
    ArgumentError,
    DtypeError,
    IndexingError,
    tell,
)
from .distribution import (
    POSITIVE,
    PROBABILITY,
    REAL,
    Distribution,
    check,
    off_simplex,
    split_event,
)
from .sampling import draw_poisson, on_host

_SOME: Any = (lambda x: (x > 0) & (x <= 1), "distribution-some")
_COUNT: Any = (
    lambda x: (x >= 0) & (x == np.floor(x)) & (x < inf),
    "distribution-count",
)
_ONE: Any = (lambda s: np.abs(s - 1) < 1e-5, "distribution-sum")
_SCORE: Any = (lambda x: x < inf, "distribution-score")


def one_of(owner: Distribution, **choices: Any) -> dict[str, Any]:
    """Exactly one of several ways to say the same, each a value and its test."""
    given = {name: pair for name, pair in choices.items() if pair[0] is not None}
    if len(given) != 1:
        names = ", ".join(choices)
        code = "distribution-both" if given else "distribution-neither"
        raise tell(ArgumentError, code, name=owner, names=names)
    return given


class Bernoulli(Distribution):
    """1 with a probability, else 0. Draws have the dtype of the parameter.

    Args:
        probs: the probability of 1; or instead of it
        logits: its log odds, ``log(p / (1 - p))``.
    """

    def __init__(self, probs: Any = None, logits: Any = None) -> None:
        super().__init__(
            **one_of(self, probs=(probs, PROBABILITY), logits=(logits, REAL))
        )

    def _draw(self, shape: tuple[int, ...], *parameters: Any) -> Variable:
        u = self._uniform(shape)
        return lift((u <= self._mean(*parameters).data).astype(self.dtype))

    def _outside(self, x: Any, *parameters: Any) -> Any:
        return (x != 0) & (x != 1) & (x == x)

    def _log_prob(self, x: Any, *parameters: Any) -> Variable:
        (p,) = parameters
        if "logits" in self._names:
            return x * p - F.softplus(p)
        return F.xlogy(x, p) + F.xlog1py(1 - x, -p)

    def _entropy(self, *parameters: Any) -> Variable:
        (p,) = parameters
        if "logits" in self._names:
            return F.softplus(p) - p * F.sigmoid(p)
        return F.entr(p) + F.entr(1 - p)

    def _mean(self, *parameters: Any) -> Variable:
        (p,) = parameters
        return F.sigmoid(p) if "logits" in self._names else p

    def _variance(self, *parameters: Any) -> Variable:
        mean = self._mean(*parameters)
        return mean * (1 - mean)


class Binomial(Distribution):
    """How often something of a probability happens in `n` trials.

    Args:
        n: whole numbers of 0 or more.
        probs: the probability of each.
    """

    n: Any
    probs: Any

    def __init__(self, n: Any, probs: Any) -> None:
        super().__init__(n=(n, _COUNT), probs=(probs, PROBABILITY))

    def _draw(self, shape: tuple[int, ...], *parameters: Any) -> Variable:
        n, p = (np.broadcast_to(x.data, shape) for x in parameters)
        y = np.zeros_like(p)
        most = int(on_host(n).max(initial=0))
        for i in range(most):  # time grows with n, memory does not
            y = y + ((self._uniform(shape) <= p) & (i < n))
        return lift(y)

    def _outside(self, x: Any, *parameters: Any) -> Any:
        return (x < 0) | (x > parameters[0]) | ((x != np.floor(x)) & (x == x))

    def _inside(self, x: Variable) -> Any:
        return 0

    def _log_prob(self, x: Any, *parameters: Any) -> Variable:
        n, p = parameters
        chosen = -F.betaln(x + 1, n - x + 1) - F.log1p(n)
        return chosen + F.xlogy(x, p) + F.xlog1py(n - x, -p)

    def _cdf(self, x: Any, *parameters: Any) -> Variable:
        n, p = parameters
        inside = (x.data >= 0) & (x.data < n.data)
        k = F.where(inside, F.floor(x), 0)
        y = F.betainc(F.maximum(n - k, 1), k + 1, 1 - p)
        return F.where(inside, y, x.data >= 0)

    def _mean(self, *parameters: Any) -> Variable:
        n, p = parameters
        return n * p

    def _variance(self, *parameters: Any) -> Variable:
        n, p = parameters
        return n * p * (1 - p)


class Geometric(Distribution):
    """The number of failures before the first success: 0, 1, 2, ...

    Args:
        probs: the probability of a success, above 0.
    """

    probs: Any

    def __init__(self, probs: Any) -> None:
        super().__init__(probs=(probs, _SOME))

    def _draw(self, shape: tuple[int, ...], *parameters: Any) -> Variable:
        p = parameters[0].data
        sure = p == 1
        y = np.log(self._uniform(shape)) / np.log1p(-np.where(sure, 0.5, p))
        return lift(np.where(sure, 0, np.floor(y)).astype(self.dtype))

    def _outside(self, x: Any, *parameters: Any) -> Any:
        return (x < 0) | ((x != np.floor(x)) & (x == x))

    def _log_prob(self, x: Any, *parameters: Any) -> Variable:
        (p,) = parameters
        return F.xlog1py(x, -p) + F.log(p)

    def _entropy(self, *parameters: Any) -> Variable:
        (p,) = parameters
        return (F.entr(p) + F.entr(1 - p)) / p

    def _mean(self, *parameters: Any) -> Variable:
        (p,) = parameters
        return (1 - p) / p

    def _variance(self, *parameters: Any) -> Variable:
        (p,) = parameters
        return (1 - p) / F.square(p)


class Poisson(Distribution):
    """How often something comes whose mean number is `rate`, positive."""

    rate: Any

    def __init__(self, rate: Any) -> None:
        super().__init__(rate=(rate, POSITIVE))

    def _draw(self, shape: tuple[int, ...], *parameters: Any) -> Variable:
        rate = parameters[0].data
        y = draw_poisson(np.broadcast_to(on_host(rate), shape).ravel())
        return lift(np.asarray(y.reshape(shape).astype(self.dtype), like=rate))

    def _outside(self, x: Any, *parameters: Any) -> Any:
        return (x < 0) | (x == inf) | ((x != np.floor(x)) & (x == x))

    def _log_prob(self, x: Any, *parameters: Any) -> Variable:
        (rate,) = parameters
        return F.xlogy(x, rate) - rate - F.gammaln(x + 1)

    def _cdf(self, x: Any, *parameters: Any) -> Variable:
        whole = F.floor(F.maximum(x, 0))
        y = F.gammaincc(whole + 1, parameters[0])
        return F.where(x.data < 0, 0, y)

    def _mean(self, *parameters: Any) -> Variable:
        return parameters[0]

    def _variance(self, *parameters: Any) -> Variable:
        return parameters[0]


class Categorical(Distribution):
    """One of `n` classes, by its id: an integer from 0 to ``n - 1``.

    Args:
        probs: ``(..., n)``, their probabilities, which sum to 1; or instead of it
        logits: ``(..., n)``, scores of which softmax makes probabilities.
    """

    def __init__(self, probs: Any = None, logits: Any = None) -> None:
        given = one_of(self, probs=(probs, PROBABILITY), logits=(logits, _SCORE))
        super().__init__(**given)
        if "probs" in given:
            total = F.sum(self._own()[0], axis=-1)
            check(_ONE, f"{self}: probs", total)

    def _shapes(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        ((name, value),) = zip(self._names, self._values(), strict=True)
        batch, self.classes = split_event(f"{self}: {name}", value, 1)
        return batch, ()

    @property
    def log_probs(self) -> Variable:
        """The logarithms of the probabilities, ``(..., n)``."""
        (p,) = self._own()
        return F.log_softmax(p) if "logits" in self._names else F.xlogy(1.0, p)

    def _log_probs_at(self, some: Any) -> Variable:
        """`log_probs` at some places; elsewhere 0, and nothing passes back."""
        (p,) = self._own()
        if "logits" in self._names:
            return F.where(some, F.log_softmax(p), 0)
        return F.xlogy(1.0, F.where(some, p, 1))

    def _probs(self) -> Variable:
        (p,) = self._own()
        return F.softmax(p) if "logits" in self._names else p

    def _ids(self, shape: tuple[int, ...]) -> Any:
        """Draws: where a score plus a draw from Gumbel's distribution is largest."""
        u = self._uniform((*shape, self.classes))
        noise = np.log(np.maximum(-np.log(u), np.finfo(u.dtype).tiny))
        return np.argmax(self.log_probs.data - noise, axis=-1)

    def _draw(self, shape: tuple[int, ...], *parameters: Any) -> Variable:
        return lift(self._ids(shape))

    def log_prob(self, x: Any) -> Variable:
        """The logarithm of the probability of class ids.

        Args:
            x: integers; they broadcast against `batch_shape`.

        Raises:
            DtypeError, IndexingError: ids that are no integers from 0 to ``n - 1``.
        """
        ids = data_of(as_operand(x))
        self._check_ids(ids)
        shape = np.broadcast_shapes(ids.shape, self.batch_shape)
        table = F.broadcast_to(self.log_probs, (*shape, self.classes))
        ids = np.broadcast_to(ids, shape)[..., None]
        return F.squeeze(F.take_along_axis(table, ids, axis=-1), -1)

    def _check_ids(self, ids: Any) -> None:
        fields = {"name": self, "last": self.classes - 1}
        if ids.dtype.kind not in "iu":
            raise tell(DtypeError, "distribution-ids-dtype", [ids], **fields)
        if ids.size and (ids.min() < 0 or ids.max() >= self.classes):
            fields |= {"low": ids.min(), "high": ids.max()}
            raise tell(IndexingError, "distribution-ids", [ids], **fields)

    def _entropy(self, *parameters: Any) -> Variable:
        p = self._probs()
        return -F.sum(p * self._log_probs_at(p.data > 0), axis=-1)


class OneHotCategorical(Categorical):
    """A Categorical whose draws are rows with a 1 at the class, else 0.

    Args:
        probs: ``(..., n)``, probabilities that sum to 1; or instead of it
        logits: ``(..., n)``, scores of which softmax makes probabilities.
    """

    def _shapes(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        batch, _ = super()._shapes()
        return batch, (self.classes,)

    def _draw(self, shape: tuple[int, ...], *parameters: Any) -> Variable:
        ids = self._ids(shape)
        places = np.arange(self.classes, like=ids)
        return lift((ids[..., None] == places).astype(self.dtype))

    def log_prob(self, x: Any) -> Variable:
        """The logarithm of the probability of rows; minus infinity of other rows."""
        return Distribution.log_prob(self, x)

    def _outside(self, x: Any, *parameters: Any) -> Any:
        return off_simplex(x) | np.any((x != 0) & (x != 1), axis=-1)

    def _log_prob(self, x: Any, *parameters: Any) -> Variable:
        return F.sum(F.where(x.data == 1, self.log_probs, 0), axis=-1)

    def _mean(self, *parameters: Any) -> Variable:
        return self._probs()

    def _variance(self, *parameters: Any) -> Variable:
        return self._probs() * (1 - self._probs())
