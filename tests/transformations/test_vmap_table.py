"""`vmap` of every row of the table of cases against a loop over the examples."""

import numpy as np
import pytest
from cases import CASES

from ondol import Variable, grad, vmap

SIZE = 2
# One moves running statistics, which each example would move elsewhere; of the others
# the shape of the result depends on the values.
REFUSED = {"batch_norm", "linalg.lstsq", "trim_zeros"}


def has_array(call):
    return bool(call.sample(np.random.default_rng(0))[0])


ROWS = [
    pytest.param(case, call, id=f"{case.name}-{i}")
    for case in CASES
    for i, call in enumerate(case.calls)
    if case.values and case.name not in REFUSED and has_array(call)
]
SMOOTH = {row.values[0].name: row for row in ROWS if row.values[0].gradient}
SHARED = [
    row for row in ROWS if len(row.values[1].sample(np.random.default_rng(0))[0]) > 1
]


def several(y):
    return tuple(y) if isinstance(y, list | tuple) else (y,)


def examples(call, rng):
    """The arrays of `SIZE` examples, and what makes arguments of those of one."""
    _, build = call.sample(rng)
    return [call.sample(np.random.default_rng(i))[0] for i in range(SIZE)], build


def function_of(case, call, build):
    return lambda *xs: several(case.ours(*build(xs), **call.kwargs))


def assert_stacked(got, expected):
    """Are the results those of a loop, side by side?"""
    assert len(got) == len(expected[0])
    for y, *parts in zip(got, *expected, strict=True):
        assert isinstance(y, Variable)
        assert y.dtype == parts[0].dtype
        stacked = np.stack([part.data for part in parts])
        np.testing.assert_allclose(y.data, stacked, 1e-10, 1e-10)


@pytest.mark.parametrize(("case", "call"), ROWS)
def test_many_examples_at_once_are_those_of_a_loop(case, call, rng):
    drawn, build = examples(call, rng)
    f = function_of(case, call, build)
    got = vmap(f)(*map(np.stack, zip(*drawn, strict=True)))
    assert_stacked(got, [f(*one) for one in drawn])


@pytest.mark.parametrize(("case", "call"), SHARED)
def test_examples_may_share_arguments(case, call, rng):
    drawn, build = examples(call, rng)
    f = function_of(case, call, build)
    for i in range(len(drawn[0])):
        args = list(drawn[0])
        args[i] = np.stack([one[i] for one in drawn])
        axes = [0 if n == i else None for n in range(len(args))]
        loop = [f(*drawn[0][:i], one[i], *drawn[0][i + 1 :]) for one in drawn]
        assert_stacked(vmap(f, axes)(*args), loop)


@pytest.mark.parametrize(("case", "call"), SMOOTH.values(), ids=SMOOTH)
def test_gradients_of_each_example(case, call, rng):
    drawn, build = examples(call, rng)
    f = function_of(case, call, build)
    which = [i for i, x in enumerate(drawn[0]) if x.dtype.kind == "f"]

    def total(*xs):
        return sum(np.sum(y * np.cos(y)) for y in f(*xs))

    df = grad(total, which)
    got = vmap(df)(*map(np.stack, zip(*drawn, strict=True)))
    assert_stacked(got, [df(*one) for one in drawn])
