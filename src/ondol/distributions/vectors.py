"""The multivariate normal; batches that are read as vectors; mixtures."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import functions as F
from ..core.graph import Variable, lift
from ..errors import (
    ArgumentError,
    DtypeError,
    ShapeError,
    tell,
)
from .discrete import Categorical, one_of
from .distribution import REAL, Distribution
from .location_scale import LOG_SQRT_2PI


class MultivariateNormal(Distribution):
    """The normal distribution of vectors.

    Args:
        loc: the mean, ``(..., n)``.
        covariance: ``(..., n, n)``, symmetric and positive definite; or instead of it
        precision: its inverse; or
        scale_tril: its lower triangular factor of Cholesky, with a positive diagonal.
            This one costs nothing, and is what to train.

    Raises:
        ArgumentError: the matrix is not as described.
    """

    reparameterized = True

    loc: Any
    scale_tril: Any

    def __init__(
        self,
        loc: Any,
        covariance: Any = None,
        precision: Any = None,
        scale_tril: Any = None,
    ) -> None:
        given = one_of(
            self,
            covariance=(covariance, _root),
            precision=(precision, _inverse_root),
            scale_tril=(scale_tril, _triangular),
        )
        ((name, (matrix, factor)),) = given.items()
        matrix = _square(self, name, matrix)
        root = factor(f"{self}: {name}", matrix)
        super().__init__(loc=(loc, REAL), scale_tril=(root, REAL))

    def _shapes(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        loc, root = self._own()
        if not loc.ndim or loc.shape[-1] != root.shape[-1]:
            both = {"loc": loc, "matrix": root}
            raise tell(ShapeError, "distribution-loc", both, name=self)
        return np.broadcast_shapes(loc.shape[:-1], root.shape[:-2]), loc.shape[-1:]

    def _draw(self, shape: tuple[int, ...], *parameters: Any) -> Variable:
        loc, root = parameters
        noise = self._normal((*shape, *self.event_shape, 1))
        return loc + F.squeeze(root @ noise, -1)

    def _log_prob(self, x: Any, *parameters: Any) -> Variable:
        loc, root = parameters
        z = _solve(root, x - loc)
        n = loc.shape[-1]
        return -0.5 * F.sum(z * z, axis=-1) - n * LOG_SQRT_2PI - log_diagonal(root)

    def _entropy(self, *parameters: Any) -> Variable:
        _, root = parameters
        n = root.shape[-1]
        return n * (0.5 + LOG_SQRT_2PI) + log_diagonal(root)

    @property
    def covariance(self) -> Variable:
        """The covariance matrix, ``(..., n, n)``."""
        _, root = self._own()
        return root @ F.swapaxes(root, -1, -2)

    def _mean(self, *parameters: Any) -> Variable:
        return parameters[0]

    def _variance(self, *parameters: Any) -> Variable:
        _, root = parameters
        return F.sum(root * root, axis=-1)


def log_diagonal(root: Variable) -> Variable:
    """Half the logarithm of the determinant of a covariance, from its factor."""
    return F.sum(F.log(F.diagonal(root, 0, -2, -1)), axis=-1)


def _solve(matrix: Any, x: Any) -> Variable:
    """``inv(matrix) @ x`` for vectors `x` in the last axis."""
    return F.squeeze(F.linalg.solve(matrix, F.expand_dims(x, -1)), -1)


def _square(owner: Distribution, name: str, matrix: Any) -> Variable:
    matrix = lift(matrix)
    if matrix.dtype.kind != "f":
        matrix = F.astype(matrix, np.float32)
    if matrix.ndim < 2 or matrix.shape[-1] != matrix.shape[-2]:
        what = f"{owner}: {name}"
        raise tell(ShapeError, "distribution-square", [matrix], name=what)
    return matrix


def _triangular(what: str, root: Variable) -> Variable:
    data = root.data
    diagonal = np.diagonal(data, axis1=-2, axis2=-1)
    if not ((diagonal > 0).all() and (np.tril(data) == data).all()):
        raise tell(ArgumentError, "distribution-triangular", [root], name=what)
    return root


def _root(what: str, matrix: Variable) -> Variable:
    """The factor of a matrix, which is symmetric up to rounding."""
    data = matrix.data
    other = np.swapaxes(data, -1, -2)
    slack = 1e4 * float(np.finfo(data.dtype).eps) * np.abs(data).max(initial=0)
    wrong = not (np.abs(data - other) <= slack).all()
    if wrong or not (np.linalg.eigvalsh(data) > 0).all():
        raise tell(ArgumentError, "distribution-definite", [matrix], name=what)
    return F.linalg.cholesky(matrix)


def _inverse_root(what: str, matrix: Variable) -> Variable:
    """The factor of the inverse."""
    _root(what, matrix)
    inverse = F.linalg.inv(matrix)
    return F.linalg.cholesky((inverse + F.swapaxes(inverse, -1, -2)) / 2)


def _check_family(what: str, base: Any) -> None:
    if not isinstance(base, Distribution):
        raise tell(DtypeError, "distribution-base", name=what, got=base)


class Independent(Distribution):
    """The last axes of a batch, read as one draw: its log_prob is their sum.

    Args:
        base: a distribution.
        axes: how many of the last axes of its batch become part of the event.
    """

    def __init__(self, base: Distribution, axes: int = 1) -> None:
        _check_family("Independent: base", base)
        have = len(base.batch_shape)
        if not isinstance(axes, int) or not 0 <= axes <= have:
            batch = {"base": base, "shape": base.batch_shape, "most": have}
            raise tell(ShapeError, "independent-axes", got=axes, **batch)
        split = have - axes
        super().__init__()
        self.base, self.axes, self.dtype = base, axes, base.dtype
        self.batch_shape = base.batch_shape[:split]
        self.event_shape = (*base.batch_shape[split:], *base.event_shape)
        self.reparameterized = base.reparameterized

    def _draw(self, shape: tuple[int, ...], *parameters: Any) -> Variable:
        split = len(self.base.batch_shape) - self.axes
        return self.base._drawn((*shape, *self.base.batch_shape[split:]))

    def _fold(self, y: Variable) -> Variable:
        return F.sum(y, axis=tuple(range(-self.axes, 0))) if self.axes else y

    def log_prob(self, x: Any) -> Variable:
        """The sum of the base's log_prob over the axes of the event."""
        return self._fold(self.base.log_prob(x))

    def _entropy(self, *parameters: Any) -> Variable:
        return self._fold(self.base.entropy())

    def _mean(self, *parameters: Any) -> Variable:
        return self.base.mean

    def _variance(self, *parameters: Any) -> Variable:
        return self.base.variance


class Mixture(Distribution):
    """Each draw comes from one of `n` components, chosen with given probabilities.

    Args:
        weights: a Categorical of `n` classes.
        components: a distribution whose last batch axis has length `n`, or 1.
    """

    def __init__(self, weights: Categorical, components: Distribution) -> None:
        super().__init__()
        if not isinstance(weights, Categorical):
            raise tell(DtypeError, "mixture-weights", got=weights)
        _check_family("Mixture: components", components)
        if components.batch_shape[-1:] != (weights.classes,):
            shape = components.batch_shape
            classes = weights.classes
            raise tell(ShapeError, "mixture-components", classes=classes, got=shape)
        self.weights, self.components = weights, components
        self.dtype, self.event_shape = components.dtype, components.event_shape
        self.batch_shape = np.broadcast_shapes(
            weights.batch_shape, components.batch_shape[:-1]
        )

    def _draw(self, shape: tuple[int, ...], *parameters: Any) -> Variable:
        ids = self.weights._ids(shape)
        every = self.components._drawn((*shape, self.weights.classes)).data
        rest = (None,) * (1 + len(self.event_shape))
        axis = len(shape)
        return lift(np.take_along_axis(every, ids[(..., *rest)], axis).squeeze(axis))

    def log_prob(self, x: Any) -> Variable:
        """The logarithm of the weighted sum of the components' densities."""
        position = -1 - len(self.event_shape)
        x = F.expand_dims(x, position)
        return F.logsumexp(
            self.weights.log_probs + self.components.log_prob(x), axis=-1
        )

    def _mean(self, *parameters: Any) -> Variable:
        return self._average(self.components.mean)

    def _variance(self, *parameters: Any) -> Variable:
        """The mean of the variances and the variance of the means."""
        mean = self.components.mean
        second = self._average(self.components.variance + mean * mean)
        return second - F.square(self._average(mean))

    def _average(self, y: Variable) -> Variable:
        rest = (None,) * len(self.event_shape)
        weights = self.weights._probs()[(..., *rest)]
        return F.sum(weights * y, axis=-1 - len(rest))
