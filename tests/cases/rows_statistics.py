"""Rows of the table of cases: averages, quantiles, covariance, counts."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from cases.makers import CUBE, EMPTY, MATRIX, POINT, ROW, Call, Case, Draw

METHODS = (
    "inverted_cdf", "averaged_inverted_cdf", "closest_observation",
    "interpolated_inverted_cdf", "hazen", "weibull", "median_unbiased",
    "normal_unbiased", "lower", "higher", "midpoint", "nearest",
)  # fmt: skip


def in_its_dtype(function: Any) -> Any:
    """NumPy's statistic in the dtype of its first argument, which it would widen."""

    def reference(x: Any, *args: Any, **kwargs: Any) -> Any:
        y = function(x, *args, **kwargs)
        return y.astype(x.dtype) if x.dtype.kind == "f" else y

    return reference


def rows() -> Iterator[Case]:
    weights, light = Draw((3,), 0.5, 2), Draw((2, 3, 4), 0.5, 2)
    yield Case("average", (
        Call(CUBE), Call(CUBE, 1, keepdims=True), Call(POINT), Call(CUBE, 1, weights),
        Call(CUBE, None, light), Call(CUBE, (0, 2), light, keepdims=True),
        Call(CUBE, (2, 1), Draw((4, 3), 0.5, 2)),
        Call(CUBE, -2, weights, True),
    ), integers=False)  # fmt: skip
    yield from quantiles()
    many, light = Draw((3, 5)), Draw((5,), 0.5, 2)
    often = Draw((5,), 1, 4, dtype=int)
    covariances = (
        Call(many), Call(ROW), Call(many, many), Call(many, Draw((5,))),
        Call(many, rowvar=False), Call(many, bias=True), Call(many, ddof=2),
        Call(many, None, True, False, None, often),
        Call(many, None, True, False, None, None, light),
        Call(many, None, True, False, 1, often, light),
    )  # fmt: skip
    yield Case("cov", covariances, in_its_dtype(np.cov))
    pairs = Call(many), Call(many, Draw((2, 5))), Call(many, None, False)
    yield Case("corrcoef", pairs, in_its_dtype(np.corrcoef), integers=False)
    whole = Draw((6,), 0, 4, dtype=int)
    yield Case("bincount", (Call(whole, Draw((6,))),
                            Call(whole, Draw((6,)), 7)))  # fmt: skip
    edges = np.array([-2.0, -0.5, 0.5, 2.0])
    bins = Call(CUBE, edges), Call(MATRIX, 4, (-2, 2)), Call(EMPTY, edges)
    for name in ("histogram", "histogram_bin_edges"):
        yield Case(name, bins, gradient=False)


def quantiles() -> Iterator[Case]:
    folds = Call(CUBE), Call(CUBE, axis=1), Call(CUBE, (0, -1), keepdims=True)
    for name in ("median", "nanmedian"):
        yield Case(name, (*folds, Call(POINT), Call(Draw((5,)), 0)))
    for name, scale in (("quantile", 1), ("percentile", 100)):
        for start in ("", "nan"):
            calls = [
                Call(CUBE, 0.3 * scale), Call(CUBE, 0.75 * scale, axis=1),
                Call(CUBE, 0.9 * scale, (2, 0), keepdims=True),
                Call(Draw((1,)), 0.5 * scale),
            ]  # fmt: skip
            methods = () if start else METHODS
            calls += [Call(CUBE, 0.3 * scale, 1, method=m) for m in methods]
            yield Case(start + name, tuple(calls))
