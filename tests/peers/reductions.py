"""Reductions, running functions, statistics and order."""

import numpy as np

import ondol.functions as F
from peers.different import NO_AXIS, same, unsupported

DTYPE = "ondol converts with astype, not with an argument dtype"


def axes(x, dim):
    """Axes as NumPy has them; none at all are all of them to PyTorch."""
    dim = tuple(dim) if isinstance(dim, list) else dim
    dim = None if dim == () else dim
    unsupported(not x.ndim and dim is not None, NO_AXIS)
    return dim


def reduction(name, **fixed):
    function = getattr(F, name)

    def adapter(x, dim=None, keepdim=False, *, dtype=None, **kwargs):
        unsupported(dtype is not None, DTYPE)
        dim = axes(x, dim)
        return function(x, axis=dim, keepdims=keepdim, **fixed, **kwargs)

    return adapter


def spread(name, whole=False):
    """Variance or standard deviation, as PyTorch asks for it."""
    function = getattr(F, name)

    def adapter(x, dim=None, unbiased=None, *, correction=None, keepdim=False):
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        if correction is None:
            correction = 1 if unbiased is None or unbiased else 0
        dim = axes(x, dim)
        folded = range(x.ndim) if dim is None else np.atleast_1d(dim)
        n = np.prod([x.shape[i] for i in folded]) if x.ndim else 1
        unsupported(n <= correction, "too few elements: an error here, NaN there")
        y = function(x, axis=dim, ddof=correction, keepdims=keepdim)
        return (y, F.mean(x, axis=dim, keepdims=keepdim)) if whole else y

    return adapter


def along(name, default=None):
    function = getattr(F, name)

    def adapter(x, dim=default, *, dtype=None, **kwargs):
        unsupported(dtype is not None, DTYPE)
        return function(x, axis=axes(x, dim), **kwargs)

    return adapter


def logsumexp(x, dim, keepdim=False):
    return F.logsumexp(x, axis=axes(x, dim), keepdims=keepdim)


def extreme(name):
    function = getattr(F, name)

    def adapter(x, dim=None, keepdim=False):
        return function(x, axis=dim if x.ndim else None, keepdims=keepdim)

    return adapter


def quantile(name):
    function = getattr(F, name)

    def adapter(x, q, dim=None, keepdim=False, interpolation="linear"):
        unsupported(hasattr(q, "creator"), "q is a setting, without a gradient")
        how = {} if interpolation == "linear" else {"method": interpolation}
        unsupported(how and "nan" in name, "only by linear interpolation")
        return function(x, q, axis=axes(x, dim), keepdims=keepdim, **how)

    return adapter


def diff(x, n=1, dim=-1, prepend=None, append=None):
    ends = {"prepend": prepend, "append": append}
    ends = {key: end for key, end in ends.items() if end is not None}
    return F.diff(x, n=n, axis=dim, **ends)


def trapezoid(y, *args, dim=-1, dx=1.0, x=None):
    x = args[0] if args and x is None else x
    unsupported(
        x is not None and x.shape not in (y.shape, (y.shape[dim],)),
        "coordinates of another shape",
    )
    return F.trapezoid(y, x, dx=dx, axis=dim)


def gradient(x, *, spacing=None, dim=None, edge_order=1):
    axes = tuple(range(x.ndim)) if dim is None else dim
    steps = [1.0] if spacing is None else spacing
    steps = steps if isinstance(steps, list | tuple) else [steps]
    return F.gradient(x, *steps, axis=axes, edge_order=edge_order)


def covariance(x, correction=1, fweights=None, aweights=None):
    unsupported(fweights is not None or aweights is not None, "no weights")
    return F.cov(x, ddof=correction)


def topk(x, k, dim=-1, largest=True, sorted=True):
    return F.topk(x, k, axis=axes(x, dim), largest=largest)[0]


def sort(x, dim=-1, descending=False, stable=False):
    if not x.ndim:
        return x * 1
    return F.sort(x, axis=dim, descending=descending)


TABLE = {
    "sum": reduction("sum"),
    "nansum": reduction("nansum"),
    "mean": reduction("mean"),
    "nanmean": reduction("nanmean"),
    "prod": reduction("prod"),
    "amax": extreme("max"),
    "amin": extreme("min"),
    "max-reduction_no_dim": extreme("max"),
    "min-reduction_no_dim": extreme("min"),
    "max-reduction_with_dim": extreme("max"),
    "min-reduction_with_dim": extreme("min"),
    "aminmax": lambda x, dim=None, keepdim=False: (
        extreme("min")(x, dim, keepdim),
        extreme("max")(x, dim, keepdim),
    ),
    "var": spread("var"),
    "std": spread("std"),
    "var-unbiased": spread("var"),
    "std-unbiased": spread("std"),
    "var_mean": spread("var", whole=True),
    "std_mean": spread("std", whole=True),
    "logsumexp": logsumexp,
    "cumsum": along("cumsum"),
    "cumprod": along("cumprod"),
    "cummax": along("cummax"),
    "cummin": along("cummin"),
    "logcumsumexp": along("logcumsumexp"),
    "quantile": quantile("quantile"),
    "nanquantile": quantile("nanquantile"),
    "diff": diff,
    "trapezoid": trapezoid,
    "trapz": trapezoid,
    "gradient": gradient,
    "cov": covariance,
    "corrcoef": same("corrcoef"),
    "topk": topk,
    "sort": sort,
    "msort": lambda x: F.sort(x, axis=0),
}
