"""Statistics: averages with weights, quantiles, covariance, counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import is_array
from ..core.graph import Variable, apply, as_operand, data_of, lift
from ..errors import ArgumentError, DtypeError, ShapeError, tell
from .checks import axes_of
from .compare import clip, where
from .complexes import conjugate, real
from .diagonals import diagonal
from .indexing import take_along_axis
from .joining import concatenate
from .math import sqrt
from .reduce import Axes, as_real, fold_last, mean, sum
from .register import composite, constant, rule
from .shape import astype, broadcast_to, moveaxis, reshape, squeeze, transpose

__all__ = [
    "average",
    "bincount",
    "corrcoef",
    "cov",
    "histogram",
    "histogram_bin_edges",
    "median",
    "nanmedian",
    "nanpercentile",
    "nanquantile",
    "percentile",
    "quantile",
]

_quantile: Any = np.quantile  # its type knows methods only as literals

# The methods of quantiles that answer with an element, never between two.
PICKING = ("closest_observation", "higher", "inverted_cdf", "lower", "nearest")

constant(np.histogram)
histogram_bin_edges = constant(np.histogram_bin_edges)
bincount = rule(
    np.bincount, None, lambda g, y, x, weights=None, minlength=0: np.take(g, x)
)


@composite(np.histogram)
def histogram(
    a: Any,
    bins: Any = 10,
    range: Any = None,
    density: bool = False,
    weights: Any = None,
) -> tuple[Variable, Variable]:
    """How many elements lie in each of several bins, and the edges of these.

    Args:
        a: any shape.
        bins: how many of equal width, their edges, or the name of NumPy's rule.
        range: the lower and the upper edge of all; None for those of `a`.
        density: divide by the total and the widths.
        weights: plain numbers, as `a`: how much each element counts.

    Returns:
        ``(n,)`` and ``(n + 1,)``; neither carries a gradient.

    Raises:
        ArgumentError: the weights are a Variable, which would get no gradient.
    """
    if isinstance(weights, Variable) and weights.generation >= 0:
        raise tell(ArgumentError, "histogram-weights", {"a": a, "weights": weights})
    settings = {"range": range, "density": density, "weights": data_of(weights)}
    return apply(np.histogram, (lift(as_operand(a)), data_of(bins)), settings)


# -- averages -------------------------------------------------------------------------


@composite(np.average)
def average(
    a: Any,
    axis: Axes = None,
    weights: Any = None,
    returned: bool = False,
    *,
    keepdims: bool = False,
) -> Variable | tuple[Variable, Variable]:
    """The mean over `axis`, in which each element counts by its weight.

    Args:
        a: any shape.
        axis: what to average over; None for all.
        weights: as `a`, or the lengths of `axis` alone; None: all are 1.
        returned: return the sum of the weights too.
        keepdims: keep the axes with length 1.

    Raises:
        ShapeError: the weights do not fit.
        ArgumentError: they sum to 0.
    """
    a = as_real(a)
    if weights is None:
        y = mean(a, axis=axis, keepdims=keepdims)
        total = np.full_like(y.data, a.size / y.size if y.size else 0)
        return (y, lift(total)) if returned else y
    w = broadcast_to(_weights(weights, a, axis), a.shape)
    total = sum(w, axis=axis, keepdims=keepdims)
    if is_array(total.data) and (total.data == 0).any():
        raise tell(ArgumentError, "average-zero", {"a": a, "weights": weights})
    y = sum(a * w, axis=axis, keepdims=keepdims) / total
    return (y, astype(total, y.dtype)) if returned else y


def _weights(weights: Any, a: Variable, axis: Axes) -> Variable:
    """The weights in a shape that broadcasts with `a`."""
    w = lift(as_operand(weights))
    if w.shape == a.shape:
        return w
    axes = axes_of("average", a, axis)
    if axis is None or w.shape != tuple(a.shape[i] for i in axes):
        raise tell(ShapeError, "average-weights", {"a": a, "weights": w}, axis=axis)
    rising = transpose(w, tuple(np.argsort(axes).tolist()))
    shape = tuple(n if i in axes else 1 for i, n in enumerate(a.shape))
    return reshape(rising, shape)


# -- quantiles ------------------------------------------------------------------------


def _between(x: Variable, at: Any) -> Variable:
    """What is at positions in the order of the last axis, between two by their share.

    Args:
        x: ``(*kept, n)``.
        at: positions from 0 to n - 1, ``(m,)`` or ``(*kept, m)``.

    Returns:
        ``(*kept, m)``.
    """
    order = np.argsort(x.data, axis=-1, kind="stable")
    shape = (*x.shape[:-1], at.shape[-1])

    def element(place: Any) -> Variable:
        place = np.broadcast_to(place.astype(np.int64), shape)
        return take_along_axis(x, np.take_along_axis(order, place, axis=-1), -1)

    low, high = element(np.floor(at)), element(np.ceil(at))
    share = (at - np.floor(at)).astype(x.dtype)
    return _mixed(low, high, share)


def _mixed(low: Variable, high: Variable, share: Any) -> Variable:
    """``low + (high - low) * share``, where the difference is a number.

    Of equal infinities it would be NaN, of opposite signs it may overflow: there it is
    ``low * (1 - share) + high * share``, which of equal numbers is not always theirs.
    """
    a, b = low.data, high.data
    apart = (share > 0) & ((a != b) | np.isfinite(a))
    far = apart & (((a < 0) & (b > 0)) | np.isinf(a))
    rise = where(apart, high, 0) - where(apart & ~far, low, 0)
    return low * np.where(far, 1 - share, 1) + rise * share


def _quantiles(
    a: Variable, q: Any, axis: Axes, keepdims: bool, positions: Any
) -> Variable:
    """The quantiles at the positions in the order of rows ``(*kept, n)``."""
    if a.dtype.kind == "c":
        raise tell(DtypeError, "quantile-complex", {"a": a})
    folded = axes_of("quantile", a, axis)
    x = fold_last(a, folded)
    if not x.shape[-1]:
        raise tell(ArgumentError, "quantile-empty", {"a": a})
    y = moveaxis(_between(x, positions(x.data)), -1, 0)
    kept = (1 if i in folded else n for i, n in enumerate(a.shape))
    shape = tuple(kept) if keepdims else x.shape[:-1]
    return reshape(y, np.shape(q) + shape)


@composite(np.quantile)
def quantile(
    a: Any, q: Any, axis: Axes = None, *, method: str = "linear", keepdims: bool = False
) -> Variable:
    """The value below which a share `q` of the elements over `axis` lies.

    The gradient goes to the one or two elements that it is taken from; of equal ones
    to those whose place it is if equal ones keep their order. Where there is a NaN the
    result is the NaN.

    Args:
        a: any shape; integers become float64, unless the method picks one of them.
        q: one or several numbers from 0 to 1, which take no gradient and do not widen
            the dtype of `a`.
        axis: what to fold; None for all.
        method: NumPy's, which are those of Hyndman and Fan (1996) and a few more.
        keepdims: keep the folded axes with length 1.

    Returns:
        The shape of `q`, then that of the reduction.

    Raises:
        ArgumentError: there are no elements, `q` is outside of 0 to 1, or there is no
            such method.
    """
    a = lift(a) if method in PICKING else as_real(a)
    q = _shares("quantile", q)

    def positions(x: Any) -> Any:
        n = x.shape[-1]
        try:  # among 0, 1, 2, ... each method answers with a position
            at = _quantile(np.arange(float(n)), q, method=method)
        except ValueError as error:
            raise tell(
                ArgumentError, "quantile-method", {"a": a, "q": q}, words=error
            ) from None
        lost = np.any(np.isnan(x), axis=-1, keepdims=True)
        return np.where(lost, n - 1, np.asarray(np.reshape(at, -1), like=x))

    return _quantiles(a, q, axis, keepdims, positions)


@composite(np.nanquantile)
def nanquantile(
    a: Any, q: Any, axis: Axes = None, *, keepdims: bool = False
) -> Variable:
    """As `quantile` by the linear method, of what is no NaN; NaN if nothing is left."""
    a, q = as_real(a), _shares("nanquantile", q)

    def positions(x: Any) -> Any:
        left = np.sum(~np.isnan(x), axis=-1, keepdims=True)
        return np.maximum(left - 1, 0) * np.asarray(np.reshape(q, -1), like=x)

    return _quantiles(a, q, axis, keepdims, positions)


@composite(np.percentile)
def percentile(
    a: Any, q: Any, axis: Axes = None, *, method: str = "linear", keepdims: bool = False
) -> Variable:
    """As `quantile`, with `q` from 0 to 100."""
    return quantile(
        a, _shares("percentile", q, 100), axis, method=method, keepdims=keepdims
    )


@composite(np.nanpercentile)
def nanpercentile(
    a: Any, q: Any, axis: Axes = None, *, keepdims: bool = False
) -> Variable:
    """As `nanquantile`, with `q` from 0 to 100."""
    return nanquantile(a, _shares("nanpercentile", q, 100), axis, keepdims=keepdims)


def _shares(name: str, q: Any, whole: int = 1) -> np.ndarray:
    """`q` of a whole as shares from 0 to 1."""
    q = np.asarray(data_of(q))
    if q.dtype.kind not in "iuf" or not ((q >= 0) & (q <= whole)).all():
        raise tell(
            ArgumentError, "quantile-shares", name=name, whole=whole, got=q.tolist()
        )
    return q / whole


@composite(np.median)
def median(a: Any, axis: Axes = None, *, keepdims: bool = False) -> Variable:
    """The middle of the elements over `axis`, or the mean of the middle two."""
    return quantile(a, 0.5, axis, keepdims=keepdims)


@composite(np.nanmedian)
def nanmedian(a: Any, axis: Axes = None, *, keepdims: bool = False) -> Variable:
    """The median of what is no NaN; NaN if nothing is left."""
    return nanquantile(a, 0.5, axis, keepdims=keepdims)


# -- covariance -----------------------------------------------------------------------


@composite(np.cov)
def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: float | None = None,
    fweights: Any = None,
    aweights: Any = None,
) -> Variable:
    """The covariance of every two variables, each a row of observations.

    Args:
        m: ``(variables, observations)``, or the observations of one.
        y: further variables.
        rowvar: False: each column is a variable.
        bias: divide by the number of observations n, not by n - 1.
        ddof: divide by n - ddof; goes before `bias`.
        fweights: how often each observation was made, ``(observations,)``.
        aweights: how much each observation counts, likewise.

    Returns:
        ``(variables, variables)``, or a number for one; in the dtype of `m` (NumPy:
        float64).

    Raises:
        ShapeError: the shapes do not fit.
        ArgumentError: there are not more observations than `ddof`.
    """
    x = _variables(m, rowvar)
    if y is not None:
        x = concatenate([x, _variables(y, rowvar)])
    ddof = (0 if bias else 1) if ddof is None else ddof
    if fweights is not None and as_operand(fweights).dtype.kind not in "biu":
        raise tell(DtypeError, "cov-counts", {"fweights": fweights})
    w = _observation_weights(x, fweights, aweights)
    total = sum(w)
    freedom = total - ddof
    if aweights is not None:
        freedom = total - ddof * sum(w * astype(as_operand(aweights), x.dtype)) / total
    if is_array(freedom.data) and freedom.data <= 0:
        raise tell(ArgumentError, "cov-freedom", {"m": m}, ddof=ddof)
    deviation = x - sum(x * w, axis=1, keepdims=True) / total
    return squeeze((deviation * w) @ conjugate(deviation.T) / freedom)


def _variables(m: Any, rowvar: bool) -> Variable:
    """Observations as ``(variables, observations)``."""
    x = as_real(as_operand(m))
    if x.ndim > 2:
        raise tell(ShapeError, "cov-axes", {"m": m})
    return reshape(x, (1, -1)) if x.ndim < 2 else x if rowvar else x.T


def _observation_weights(x: Variable, *given: Any) -> Any:
    """The product of the weights of each observation."""
    product = lift(np.ones_like(x.data, shape=x.shape[1:]))
    for w in (as_operand(w) for w in given if w is not None):
        if w.shape != product.shape:
            raise tell(ShapeError, "cov-weights", {"x": x, "weights": w})
        if is_array(data_of(w)) and (data_of(w) < 0).any():
            raise tell(ArgumentError, "cov-negative", {"weights": w})
        product = product * astype(w, x.dtype)
    return product


@composite(np.corrcoef)
def corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Variable:
    """The correlation of every two variables, from -1 to 1; arguments as of `cov`."""
    c = cov(x, y, rowvar)
    if c.ndim == 0:
        return c / c
    deviation = sqrt(real(diagonal(c)))
    r = c / reshape(deviation, (-1, 1)) / deviation
    return r if r.dtype.kind == "c" else clip(r, -1, 1)
