"""Every row of the table, driven through everything a function has to stand."""

from contextlib import contextmanager
from types import ModuleType as Module

import numpy as np
import pytest
from cases import CALLS, CASES, each_call

import ondol
import ondol.functions as F
from ondol import Variable, no_grad
from ondol.core.rules import COMPOSITES, RULES
from ondol.testing import check_grads


def calls_where(holds):
    """A test for each row that has a property."""
    return each_call({name: row for name, row in CALLS.items() if holds(row[0])})


every_row = each_call(CALLS)
smooth_rows = calls_where(lambda case: case.gradient and case.order)

# Answers about arrays, with plain values: they are no functions of elements.
ANSWERS = {
    "allclose", "argwhere", "array_equal", "array_equiv", "can_cast",
    "diag_indices_from", "flatnonzero", "iscomplexobj", "isrealobj", "ix_",
    "may_share_memory", "ndim", "nonzero", "result_type", "shape", "shares_memory",
    "size", "tril_indices_from", "triu_indices_from",
}  # fmt: skip


# Further names that NumPy has for a function: one name per thing is enough here.
ALIASES = {
    "abs", "acos", "acosh", "amax", "amin", "around", "asin", "asinh", "atan", "atan2",
    "atanh", "bitwise_invert", "bitwise_left_shift", "bitwise_not",
    "bitwise_right_shift", "concat", "conj", "cumulative_prod", "cumulative_sum",
    "degrees", "fix", "mod", "permute_dims", "pow", "radians", "true_divide",
}  # fmt: skip


def several(y):
    return list(y) if isinstance(y, list | tuple) else [y]


def run(function, call, build, xs):
    return several(function(*build(xs), **call.kwargs))


def variables(xs):
    return [Variable(x) for x in xs]


def real(xs):
    return [x for x in xs if x.dtype.kind == "f"]


def gradients(case, call, build, xs):
    """The gradients of the sum of all that comes out."""
    inputs = variables(xs)
    for y in run(case.ours, call, build, inputs):
        if y.creator is not None:
            y.backward()
    return [x.grad for x in inputs]


def assert_same(got, expected, **tolerance):
    assert isinstance(got, Variable)
    assert isinstance(got.data, np.ndarray)
    assert got.shape == np.shape(expected)
    if tolerance:
        np.testing.assert_allclose(got.data, expected, **tolerance)


def tolerance_of(case, dtype):
    if not case.values:
        return {}
    rtol = {np.float16: 2e-2, np.float32: 2e-5, np.float64: 1e-12}[dtype]
    return {"rtol": rtol, "atol": rtol}


# -- values ----------------------------------------------------------------------------


@every_row
def test_plain_arrays_give_variables(case, call, rng):
    xs, build = call.sample(rng)
    expected = run(case.expected, call, build, xs)
    got = run(case.ours, call, build, xs)
    assert len(got) == len(expected)
    for y, e in zip(got, expected, strict=True):
        assert_same(y, e, **tolerance_of(case, np.float64))
        assert y.creator is None


@every_row
def test_variables_give_variables_with_creator(case, call, rng):
    xs, build = call.sample(rng)
    expected = run(case.expected, call, build, xs)
    for y, e in zip(run(case.ours, call, build, variables(xs)), expected, strict=True):
        assert_same(y, e, **tolerance_of(case, np.float64))
        if any(x.size for x in xs) or not case.gradient:
            assert (y.creator is not None) == case.gradient
    with no_grad():
        for y in run(case.ours, call, build, variables(xs)):
            assert y.creator is None


@calls_where(lambda case: case.numpy is not None)
def test_numpy_spelling_is_the_same_function(case, call, rng):
    xs, build = call.sample(rng)
    inputs = variables(xs)
    ours = run(case.ours, call, build, inputs)
    if not inputs:  # of plain arrays NumPy's name stays NumPy's
        inputs = variables(build([]))
        theirs = several(case.numpy(*inputs, **call.kwargs))
    else:
        theirs = run(case.numpy, call, build, inputs)
    for y, n in zip(ours, theirs, strict=True):
        assert_same(n, y.data, **tolerance_of(case, np.float64))
        names = [v.creator and v.creator.name for v in (y, n)]
        assert names[0] == names[1]


# -- gradients -------------------------------------------------------------------------


@smooth_rows
def test_gradients_of_both_orders(case, call, rng):
    xs, build = call.sample(rng)

    def function(*inputs):
        return tuple(run(case.ours, call, build, inputs))

    check_grads(function, *xs, order=case.order, rtol=1e-4, atol=1e-5)


@smooth_rows
def test_forward_and_backward_derivatives_agree(case, call, rng):
    """Along any direction: weights of the results times their change."""
    xs, build = call.sample(rng)
    if not xs:
        return

    def function(*inputs):
        return tuple(run(case.ours, call, build, inputs))

    directions = tuple(rng.normal(size=x.shape) for x in xs)
    ys, changes = ondol.jvp(function, tuple(xs), directions)
    weights = tuple(Variable(rng.normal(size=y.shape)) for y in ys)
    _, pullback = ondol.vjp(function, *xs)
    forwards = sum(np.sum(w * c).item() for w, c in zip(weights, changes, strict=True))
    slopes = pullback(weights)
    backwards = sum(
        np.sum(g * d).item() for g, d in zip(slopes, directions, strict=True)
    )
    assert forwards == pytest.approx(backwards, rel=1e-9, abs=1e-9)


@every_row
def test_no_gradient_reaches_plain_arrays(case, call, rng):
    """An array beside a Variable stays a constant, and costs no gradient."""
    xs, build = call.sample(rng)
    if len(xs) < 2 or not case.gradient:
        return
    expected = gradients(case, call, build, xs)
    for i, x in enumerate(xs):
        inputs = [Variable(x) if i == n else other for n, other in enumerate(xs)]
        for y in run(case.ours, call, build, inputs):
            if y.creator is not None:
                y.backward()
        if expected[i] is not None:
            assert_same(inputs[i].grad, expected[i].data, rtol=1e-12, atol=1e-14)


# -- dtypes ----------------------------------------------------------------------------


@contextmanager
def told(what):
    """A failure inside says what it is about."""
    try:
        yield
    except Exception as error:
        error.add_note(f"with {what.__name__}")
        raise


@every_row
def test_dtype_of_result_and_gradient(case, call, rng):
    for dtype in (np.float16, np.float32, np.float64):
        if case.half or dtype is not np.float16:
            with told(dtype):
                check_dtype(case, call, dtype)


def check_dtype(case, call, dtype):
    xs, build = call.sample(np.random.default_rng(0), dtype)
    wide = [x.astype(np.float64) for x in xs]
    exact = run(case.expected, call, build, wide)
    expected = run(case.expected, call, build, xs)
    for y, e, w in zip(run(case.ours, call, build, xs), expected, exact, strict=True):
        assert_same(y, w, **tolerance_of(case, dtype if case.gradient else np.float64))
        assert y.dtype == np.asarray(e).dtype  # NumPy 2.1 counts in int
    for x, grad in zip(xs, gradients(case, call, build, xs), strict=True):
        if case.gradient and grad is not None:
            assert grad.dtype == x.dtype
            assert grad.shape == x.shape


@calls_where(lambda case: case.integers)
def test_integers(case, call, rng):
    for dtype in (np.int64, np.int8, np.uint8):
        with told(dtype):
            check_integers(case, call, dtype)


def check_integers(case, call, dtype):
    xs, build = call.sample(np.random.default_rng(0), dtype)
    with np.errstate(all="ignore"):
        given = xs if case.numpy else [x.astype(np.float64) for x in xs]
        expected = run(case.expected, call, build, given)
        got = run(case.ours, call, build, xs)
    for y, e in zip(got, expected, strict=True):
        assert_same(y, e, **({"rtol": 2e-2, "atol": 1e-2} if case.values else {}))
        if case.numpy:
            assert y.dtype.kind == np.asarray(e).dtype.kind


# -- memory ----------------------------------------------------------------------------


def transposed(x):
    return x.T.copy().T


def strided(x):
    wide = np.full((*x.shape[:-1], 2 * x.shape[-1]), 9, x.dtype) if x.ndim else x.copy()
    if x.ndim:
        wide[..., ::2] = x
        return wide[..., ::2]
    return wide


def backwards(x):
    return x[::-1].copy()[::-1] if x.ndim else x.copy()


def read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


@smooth_rows
def test_layout_in_memory_does_not_matter(case, call, rng):
    xs, build = call.sample(rng)
    expected = run(case.ours, call, build, xs) + gradients(case, call, build, xs)
    for layout in (transposed, strided, backwards, read_only):
        moved = [layout(x) for x in xs]
        with told(layout):
            got = run(case.ours, call, build, moved)
            got += gradients(case, call, build, moved)
            assert_all_same(got, expected)
        for x, m in zip(xs, moved, strict=True):
            np.testing.assert_array_equal(x, m)


def assert_all_same(got, expected):
    for y, e in zip(got, expected, strict=True):
        assert (y is None) == (e is None)
        if e is not None:
            assert_same(y, e.data, rtol=1e-12, atol=1e-14)


# -- the table is complete -------------------------------------------------------------


# Modules of `functions` that stand for a namespace of NumPy's: F.linalg, F.fft.
NAMESPACES = tuple(name for name in F.__all__ if isinstance(getattr(F, name), Module))


def public_names():
    yield from set(F.__all__) - set(NAMESPACES)
    for space in NAMESPACES:
        yield from (f"{space}.{name}" for name in getattr(F, space).__all__)


def test_one_row_for_each_public_function():
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
    assert set(names) == set(public_names())


def test_all_is_what_is_visible():
    modules = {name for name, part in vars(F).items() if isinstance(part, Module)}
    visible = {name for name in vars(F) if not name.startswith("_")}
    assert visible - modules == set(F.__all__) - set(NAMESPACES)
    assert len(set(F.__all__)) == len(F.__all__)


def numpy_names():
    """NumPy's public functions that Variables understand."""
    for space in ("", *NAMESPACES):
        numpy = getattr(np, space) if space else np
        for name, function in vars(numpy).items():
            if callable(function) and function in {*RULES, *COMPOSITES}:
                yield f"{space}.{name}" if space else name


def test_every_numpy_function_that_variables_understand_has_a_name_here():
    ours = {*public_names(), *ANSWERS, *ALIASES}
    assert {name for name in numpy_names() if name not in ours} == set()
    assert {*ANSWERS, *ALIASES} - {*public_names(), *numpy_names()} == set()
