"""Special functions: SciPy says the values."""

from typing import Any

import numpy as np
import scipy.special as scipy

from cases.makers import Call, Case, Draw, binary, unary


def of_scipy(name: str) -> Any:
    """SciPy's function in float64, with a result of the operands' dtype."""

    def reference(*args: Any) -> Any:
        dtype = np.result_type(*args)
        wide = [np.asarray(x, np.float64) for x in args]
        y = np.asarray(getattr(scipy, name)(*wide))
        return y.astype(dtype if dtype.kind == "f" else np.float64)

    return reference


def one(name: str, low: float, high: float, **row: Any) -> Case:
    return unary(name, low, high, reference=of_scipy(name), **row)


def two(name: str, a: tuple[float, float], b: tuple[float, float], **row: Any) -> Case:
    return binary(name, a, b, reference=of_scipy(name), **row)


def rows() -> list[Case]:
    half = (0.3, 3.0)
    return [
        one("erfc", -2, 2),
        one("erfcx", -1.5, 5),
        one("erfinv", -0.9, 0.9),
        one("erfcinv", 0.1, 1.9),
        one("ndtr", -3, 3),
        one("ndtri", 0.05, 0.95),
        one("log_ndtr", -6, 3),
        one("gamma", 0.5, 4),
        one("gammaln", 0.3, 12),
        one("digamma", 0.3, 12),
        one("i0e", -5, 12, away=(0.0,)),
        one("i1", -3, 3),
        one("i1e", -5, 12, away=(0.0,)),
        one("logit", 0.05, 0.95),
        one("entr", 0.1, 2),
        unary("i0", -3, 3),
        two("beta", half, half),
        two("betaln", half, (0.5, 14)),
        two("gammainc", half, half),
        two("gammaincc", half, half),
        two("xlogy", (-2, 2), half),
        two("xlog1py", (-2, 2), half),
        two("rel_entr", half, half),
        Case(
            "polygamma",
            tuple(Call(n, Draw(s, 0.5, 4)) for n in (0, 1, 2) for s in ((2, 3), ())),
            lambda n, x: of_scipy("polygamma")(n, x),
        ),
        Case(
            "betainc",
            (
                Call(Draw((2, 3), *half), Draw((2, 3), *half), Draw((2, 3), 0.1, 0.9)),
                Call(Draw((3, 1), *half), Draw((), *half), Draw((4,), 0.1, 0.9)),
                Call(Draw((0, 3), *half), Draw((3,), *half), 0.5),
                Call(2.0, Draw((), *half), Draw((), 0.1, 0.9)),
            ),
            of_scipy("betainc"),
        ),
        Case(
            "multigammaln",
            tuple(Call(Draw(s, 1.2, 6), d) for d in (1, 3) for s in ((2, 3), (0, 3))),
            multigammaln,
        ),
    ]


def multigammaln(a: Any, d: int) -> Any:
    """SciPy's refuses some shapes: one number at a time."""
    y = [scipy.multigammaln(float(v), d) for v in a.flat]
    dtype = a.dtype if a.dtype.kind == "f" else np.float64
    return np.array(y, np.float64).reshape(a.shape).astype(dtype)
