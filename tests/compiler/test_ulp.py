"""How exact the functions are that a compiled loop calls on several numbers at once.

    python -m compiler.test_ulp     prints the table of docs/compile-numerics.md

Errors are in units in the last place of the right result, which the C library computes
as `long double`; on most machines that has 11 bits more than float64.
"""

import ctypes
import re
from pathlib import Path

import numpy as np
import pytest

from compiler.traced import new_builder
from ondol.compiler import build
from ondol.compiler.program import Program
from ondol.compiler.tracer import Tracer
from ondol.functions.special_values import erf

pytestmark = pytest.mark.skipif(
    build.compiler() is None, reason="there is no C compiler on this machine"
)
DOCS = Path(__file__).parents[2] / "docs" / "compile-numerics.md"
BOUND = 4.0
FUNCTIONS = {
    "exp": np.exp, "log": np.log, "tanh": np.tanh, "erf": erf, "sin": np.sin,
    "cos": np.cos, "expm1": np.expm1, "log1p": np.log1p,
}  # fmt: skip
NAMES = [*FUNCTIONS, "pow"]
KINDS = [np.float32, np.float64]
MANY = 50_000

REFERENCE = "#include <math.h>\n#include <stdint.h>\n" + "\n".join(
    f"void {name}_(int64_t n, const double *x, const double *y, long double *z) {{\n"
    f"  for (int64_t i = 0; i < n; i++)\n"
    f"    z[i] = {name}l({'x[i], y[i]' if name == 'pow' else 'x[i]'});\n}}"
    for name in NAMES
)


def sample(kind):
    """All over the range, each exponent alike; where it matters, densely; the ends."""
    info = np.finfo(kind)
    bits = np.dtype(f"u{info.bits // 8}")
    rng = np.random.default_rng(0)
    anywhere = rng.integers(0, np.iinfo(bits).max, MANY, bits, endpoint=True).view(kind)
    tiny = info.smallest_subnormal * rng.integers(1, 1000, 100).astype(kind)
    ends = np.array([0, 1, np.inf, np.nan, info.max, info.tiny, info.eps], kind)
    near = [rng.normal(0, width, MANY).astype(kind) for width in (0.1, 3, 100, 1000)]
    parts = [anywhere, *near, tiny, -tiny, ends, -ends]
    return np.concatenate(parts)


def operands(kind):
    """Numbers for the functions, and a base and an exponent for the power."""
    x = sample(kind)
    rng = np.random.default_rng(1)
    exponent = rng.normal(0, 20, x.size).astype(kind)
    exponent[::3] = np.rint(exponent[::3])
    exponent[-30:] = rng.choice(sample(kind)[-20:], 30)
    return x, x.copy(), exponent


def native(kind):
    """What the compiled loops make of the sample."""
    builder = new_builder()
    arrays = operands(kind)
    x, base, exponent = nodes = [builder.input(a.shape, a.dtype) for a in arrays]
    results = [f(Tracer(builder, x)) for f in FUNCTIONS.values()]
    results.append(np.power(Tracer(builder, base), Tracer(builder, exponent)))
    program = Program([y.node for y in results], nodes)
    got = program.run(arrays)
    return dict(zip(NAMES, (y.copy() for y in got), strict=True))


def reference(name, x, y):
    """The right results, as long doubles."""
    z = np.empty(x.shape, np.longdouble)
    xs = [np.ascontiguousarray(a, np.float64) for a in (x, y)]
    function = getattr(build.build(REFERENCE), f"{name}_")
    function(
        ctypes.c_int64(x.size), *(ctypes.c_void_p(a.ctypes.data) for a in [*xs, z])
    )
    return z


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.__name__)
def computed(request):
    kind = request.param
    return kind, native(kind)


def errors(name, kind, got):
    """The sample, and how far each result is from the right one."""
    x, base, exponent = operands(kind)
    x = base if name == "pow" else x
    with np.errstate(all="ignore"):
        right = reference(name, x, exponent)
        rounded = right.astype(kind)
        unit = np.spacing(np.minimum(np.abs(rounded), np.finfo(kind).max))
        distance = np.abs(got - right) / unit
    exact = (got == rounded) | (np.isnan(got) & np.isnan(rounded))
    return x, rounded, np.where(exact & ~np.isfinite(rounded), 0, distance)


@pytest.mark.parametrize("name", NAMES)
def test_errors_are_below_the_bound(name, computed):
    kind, results = computed
    x, right, distance = errors(name, kind, results[name])
    bad = ~(distance <= BOUND)  # a NaN where there should be none is bad, too
    shown = [*zip(x[bad][:5], results[name][bad][:5], right[bad][:5], strict=True)]
    assert not bad.any(), shown
    zero = (right == 0) & (results[name] == 0)
    assert zero.any() or name in ("cos", "sin")
    np.testing.assert_array_equal(
        np.signbit(results[name][zero]), np.signbit(right[zero])
    )


def test_the_sample_has_what_is_hard():
    for kind in KINDS:
        x, info = sample(kind), np.finfo(kind)
        assert np.isnan(x).any()
        assert np.isinf(x).any()
        assert (np.abs(x[x != 0]) < info.tiny).sum() > 200
        assert (np.abs(x) > 1e30).sum() > 1000


def test_an_error_would_be_seen(computed):
    kind, results = computed
    wrong = results["exp"].copy()
    wrong[7] *= 1 + 6 * np.finfo(kind).eps
    wrong[-10] = np.nan
    distance = errors("exp", kind, wrong)[2]
    assert (~(distance <= BOUND)).sum() == 2


def test_the_documented_table():
    text = DOCS.read_text()
    rows = re.findall(r"^\| `(\w+)` \| ([\d.]+) \| ([\d.]+) \|$", text, re.MULTILINE)
    assert [name for name, *_ in rows] == NAMES
    assert all(float(ulp) <= BOUND for _, *ulps in rows for ulp in ulps)
    assert f"at most {BOUND:g} units in the last place" in text.replace("\n", " ")


def table():
    worst = {
        (name, kind): errors(name, kind, got)[2].max()
        for kind in KINDS
        for name, got in native(kind).items()
    }
    for name in NAMES:
        single, double = (np.ceil(10 * float(worst[name, k])) / 10 for k in KINDS)
        print(f"| `{name}` | {single:.1f} | {double:.1f} |")


if __name__ == "__main__":
    table()
