"""Elementwise mathematics."""

import numpy as np

import ondol.functions as F
from peers.different import same, unsupported


def divide(x, y, rounding_mode=None):
    steps = {None: lambda q: q, "trunc": np.trunc, "floor": np.floor}
    return steps[rounding_mode](x / y)


def clamp(x, min=None, max=None):
    return F.clip(x, min, max)


def clamp_tensors(x, min=None, max=None):
    unsupported(
        any(getattr(b, "ndim", 0) for b in (min, max)),
        "a bound that is NaN or above the other bound",
    )
    return F.clip(x, min, max)


def rounded(x, decimals=0):
    return np.rint(x * 10.0**decimals) / 10.0**decimals


def logit(x, eps=None):
    unsupported(eps is not None, "F.clip(x, eps, 1 - eps) comes first")
    return F.logit(x)


def lerp(x, end, weight):
    return x + weight * (end - x)


ONE = {
    "abs": "absolute", "acos": "arccos", "acosh": "arccosh", "asin": "arcsin",
    "asinh": "arcsinh", "atan": "arctan", "atanh": "arctanh", "ceil": "ceil",
    "cos": "cos", "cosh": "cosh", "deg2rad": "deg2rad", "digamma": "digamma",
    "erf": "erf", "erfc": "erfc", "erfinv": "erfinv", "exp": "exp", "exp2": "exp2",
    "expm1": "expm1", "floor": "floor", "frac": None, "i0": "i0", "lgamma": "gammaln",
    "log": "log", "log10": "log10", "log1p": "log1p", "log2": "log2",
    "neg": "negative", "positive": "positive", "rad2deg": "rad2deg",
    "reciprocal": "reciprocal", "round": "rint", "rsqrt": None, "sgn": "sign",
    "sigmoid": "sigmoid", "sign": "sign", "sin": "sin", "sinc": "sinc", "sinh": "sinh",
    "special.entr": "entr", "special.erfcx": "erfcx", "special.i0e": "i0e",
    "special.i1": "i1", "special.i1e": "i1e", "special.log_ndtr": "log_ndtr",
    "special.ndtr": "ndtr", "special.ndtri": "ndtri", "sqrt": "sqrt",
    "square": "square", "tan": "tan", "tanh": "tanh", "trunc": "trunc",
}  # fmt: skip
TWO = {
    "atan2": "arctan2", "copysign": "copysign", "float_power": "float_power",
    "fmax": "fmax", "fmin": "fmin", "fmod": "fmod", "hypot": "hypot",
    "ldexp": None, "logaddexp": "logaddexp", "logaddexp2": "logaddexp2",
    "max-binary": "maximum", "maximum": "maximum", "min-binary": "minimum",
    "minimum": "minimum", "mul": "multiply", "nextafter": "nextafter", "pow": "power",
    "remainder": "remainder", "special.xlog1py": "xlog1py", "true_divide": "divide",
    "xlogy": "xlogy",
}  # fmt: skip

TABLE = {
    **{theirs: same(ours) for theirs, ours in (ONE | TWO).items() if ours},
    "add": lambda x, y, alpha=1: x + alpha * y,
    "sub": lambda x, y, alpha=1: x - alpha * y,
    "rsub": lambda x, y, alpha=1: y - alpha * x,
    "div-no_rounding_mode": divide,
    "div-trunc_rounding": divide,
    "div-floor_rounding": divide,
    "__radd__": lambda x, y: y + x,
    "__rdiv__": lambda x, y: y / x,
    "__rmul__": lambda x, y: y * x,
    "__rmod__": lambda x, y: y % x,
    "__rpow__": lambda x, y: y**x,
    "__rsub__": lambda x, y: y - x,
    "__rmatmul__": lambda x, y: y @ x,
    "addcmul": lambda x, a, b, value=1: x + value * a * b,
    "addcdiv": lambda x, a, b, value=1: x + value * a / b,
    "clamp": clamp,
    "clamp_min": lambda x, low: F.maximum(x, low),
    "clamp_max": lambda x, high: F.minimum(x, high),
    "frac": lambda x: x - np.trunc(x),
    "ldexp": lambda x, y: x * 2.0**y,
    "lerp": lerp,
    "logit": logit,
    "nan_to_num": same("nan_to_num"),
    "round-decimals_0": rounded,
    "round-decimals_3": rounded,
    "round-decimals_neg_3": rounded,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "where": lambda x, condition, y: np.where(condition, x, y),
    "masked_fill": lambda x, mask, value: np.where(mask, value, x),
    **{f"polygamma-polygamma_n_{n}": lambda x, n: F.polygamma(n, x) for n in range(5)},
    **{
        f"mvlgamma-mvlgamma_p_{p}": lambda x, p: F.multigammaln(x, p) for p in (1, 3, 5)
    },
}
