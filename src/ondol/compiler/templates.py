"""How one element of each ufunc is computed in C.

The templates follow NumPy, NaN and the ends of the number range included.
"""

from __future__ import annotations

from typing import Any

import numpy as np

C_TYPES = {
    np.dtype(kind): name
    for kind, name in {
        "?": "_Bool", "b": "int8_t", "B": "uint8_t", "h": "int16_t", "H": "uint16_t",
        "i": "int32_t", "I": "uint32_t", "q": "int64_t", "Q": "uint64_t",
        "l": "int64_t", "L": "uint64_t", "f": "float", "d": "double",
    }.items()
}  # fmt: skip

# What an element is in a register; compilers make no vectors of `_Bool`.
REGISTER_TYPES = C_TYPES | {np.dtype("?"): "int"}

# Functions that take many operations.
SLOW = {
    "exp", "log", "sin", "cos", "tan", "tanh", "sinh", "cosh", "power", "float_power",
    "expm1", "log1p", "exp2", "log2", "log10", "erf", "erfc", "lgamma", "arctan2",
    "arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh", "cbrt", "hypot",
}  # fmt: skip

# name -> template; {f} is the suffix of C's functions of float, {t} the type.
REAL = {
    "divide": "({0} / {1})", "sqrt": "sqrt{f}({0})", "exp": "exponential{f}({0})",
    "log": "log{f}({0})", "sin": "sin{f}({0})", "cos": "cos{f}({0})",
    "tan": "tan{f}({0})", "tanh": "tanh{f}({0})", "sinh": "sinh{f}({0})",
    "cosh": "cosh{f}({0})", "arcsin": "asin{f}({0})", "arccos": "acos{f}({0})",
    "arctan": "atan{f}({0})", "arcsinh": "asinh{f}({0})", "arccosh": "acosh{f}({0})",
    "arctanh": "atanh{f}({0})", "exp2": "exp2{f}({0})", "expm1": "expm1{f}({0})",
    "log2": "log2{f}({0})", "log10": "log10{f}({0})", "log1p": "log1p{f}({0})",
    "cbrt": "cbrt{f}({0})", "arctan2": "atan2{f}({0}, {1})",
    "hypot": "hypot{f}({0}, {1})", "power": "pow{f}({0}, {1})",
    "float_power": "pow({0}, {1})", "floor": "floor{f}({0})", "ceil": "ceil{f}({0})",
    "trunc": "trunc{f}({0})", "rint": "rint{f}({0})", "fabs": "fabs{f}({0})",
    "absolute": "fabs{f}({0})", "fmod": "fmod{f}({0}, {1})",
    "copysign": "copysign{f}({0}, {1})", "reciprocal": "(1 / {0})",
    "maximum": "larger{f}({0}, {1})", "minimum": "smaller{f}({0}, {1})",
    "fmax": "fmax{f}({0}, {1})", "fmin": "fmin{f}({0}, {1})",
    "isnan": "({0} != {0})", "isinf": "isinf({0})", "isfinite": "isfinite({0})",
    "signbit": "(signbit({0}) != 0)",
    "sign": "({0} != {0} ? {0} : ({t})(({0} > 0) - ({0} < 0)))",
    "deg2rad": "({0} * ({t})0.017453292519943295)",
    "radians": "({0} * ({t})0.017453292519943295)",
    "rad2deg": "({0} * ({t})57.29577951308232)",
    "degrees": "({0} * ({t})57.29577951308232)",
    "erf": "erf{f}({0})", "erfc": "erfc{f}({0})", "lgamma": "lgamma{f}({0})",
    "nextafter": "nextafter{f}({0}, {1})",
}  # fmt: skip
WHOLE = {
    "absolute": "({t})({0} < 0 ? -{0} : {0})",
    "sign": "({t})(({0} > 0) - ({0} < 0))",
    "bitwise_and": "({t})({0} & {1})", "bitwise_or": "({t})({0} | {1})",
    "bitwise_xor": "({t})({0} ^ {1})", "invert": "({t})(~{0})",
    "left_shift": "({t})({1} < {bits} ? {0} << {1} : 0)",
    "right_shift": "({t})({1} < {bits} ? {0} >> {1} : 0)",
    "isnan": "0", "isinf": "0", "isfinite": "1",
    "floor": "{0}", "ceil": "{0}", "trunc": "{0}", "rint": "{0}",
}  # fmt: skip
TRUTH = {
    "add": "({0} | {1})", "multiply": "({0} & {1})", "maximum": "({0} | {1})",
    "minimum": "({0} & {1})", "bitwise_and": "({0} & {1})",
    "bitwise_or": "({0} | {1})", "bitwise_xor": "({0} ^ {1})", "invert": "(!{0})",
    "absolute": "{0}", "isnan": "0", "isinf": "0", "isfinite": "1",
}  # fmt: skip
ANY = {
    "add": "({t})({0} + {1})", "subtract": "({t})({0} - {1})",
    "multiply": "({t})({0} * {1})", "negative": "({t})(-{0})", "positive": "{0}",
    "square": "({t})({0} * {0})", "conjugate": "{0}",
    "maximum": "({0} > {1} ? {0} : {1})", "minimum": "({0} < {1} ? {0} : {1})",
    "less": "({0} < {1})", "less_equal": "({0} <= {1})", "greater": "({0} > {1})",
    "greater_equal": "({0} >= {1})", "equal": "({0} == {1})",
    "not_equal": "({0} != {1})", "logical_and": "(({0} != 0) & ({1} != 0))",
    "logical_or": "(({0} != 0) | ({1} != 0))", "logical_xor": "(!{0} != !{1})",
    "logical_not": "(!{0})", "where": "({0} ? {1} : {2})",
}  # fmt: skip


def template(name: str, dtypes: list[np.dtype[Any]]) -> str | None:
    """The template of a ufunc for operands of given dtypes, if there is one."""
    dtype = dtypes[-1] if name == "where" else dtypes[0]
    special = {"f": REAL, "b": TRUTH}.get(dtype.kind, WHOLE)
    return special.get(name, ANY.get(name))


def expression(name: str, dtypes: list[np.dtype[Any]], xs: list[str]) -> str:
    """One element, in C."""
    dtype = dtypes[-1] if name == "where" else dtypes[0]
    text = template(name, dtypes)
    assert text is not None, (name, dtypes)
    suffix = "f" if dtype == np.float32 and name != "float_power" else ""
    return text.format(*xs, f=suffix, t=C_TYPES[dtype], bits=8 * dtype.itemsize)


def literal(value: Any) -> str:
    """A number in C."""
    kind = value.dtype.kind
    if kind == "b":
        return "1" if value else "0"
    if kind in "iu":
        suffix = (
            "ULL" if value.dtype == np.uint64 else "LL" if value.itemsize == 8 else ""
        )
        text = f"{int(value)}{suffix}"
        if value.dtype == np.int64 and int(value) == -(2**63):
            text = "(-9223372036854775807LL - 1)"
        return f"({C_TYPES[value.dtype]}){text}"
    if np.isnan(value):
        text = "NAN"
    elif np.isinf(value):
        text = "INFINITY" if value > 0 else "(-INFINITY)"
    else:
        text = float(value).hex() if value else ("-0.0" if np.signbit(value) else "0.0")
    return f"({C_TYPES[value.dtype]}){text}"
