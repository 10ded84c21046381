"""`vmap` of every row of the table of cases against a loop over the examples.

A function that branches on values says so; how many do is limited.
"""

import re

import numpy as np
from cases import CALLS, each_call

from ondol import Variable, grad, vmap
from ondol.errors import UnsupportedError

SIZE = 2
MOVING = {"batch_norm"}  # the running statistics would be others for each example
REFUSAL = re.compile("vmap: (this value is different|a mask selects)")


def leaves(call, seed=0):
    return call.sample(np.random.default_rng(seed))[0]


ROWS = {
    name: (case, call)
    for name, (case, call) in CALLS.items()
    if case.values and case.name not in MOVING and leaves(call)
}
FIRST = {row[0].name: row for row in reversed(ROWS.values())}
SMOOTH = {row[0].name: row for row in ROWS.values() if row[0].gradient}
SHARED = {name: row for name, row in ROWS.items() if len(leaves(row[1])) > 1}


def several(y):
    return tuple(y) if isinstance(y, list | tuple) else (y,)


def examples(case, call, rng):
    """The arrays of `SIZE` examples, and the function of those of one."""
    _, build = call.sample(rng)
    drawn = [leaves(call, seed) for seed in range(SIZE)]
    return drawn, lambda *xs: several(case.ours(*build(xs), **call.kwargs))


def stacked(drawn):
    return [np.stack(parts) for parts in zip(*drawn, strict=True)]


def unless_refused(f, *xs):
    """The results of `f`; None if it says that it branches on values."""
    try:
        return f(*xs)
    except UnsupportedError as error:
        if REFUSAL.search(str(error)):
            return None
        raise


def assert_like_a_loop(many, xs, loop):
    """Are the results of `many` those of the examples, side by side?"""
    got = unless_refused(many, *xs)
    if got is None:
        return
    assert len(got) == len(loop[0])
    for y, *parts in zip(got, *loop, strict=True):
        assert isinstance(y, Variable)
        assert y.dtype == parts[0].dtype
        expected = np.stack([part.data for part in parts])
        np.testing.assert_allclose(y.data, expected, 1e-10, 1e-10)


@each_call(ROWS)
def test_many_examples_at_once_are_those_of_a_loop(case, call, rng):
    drawn, f = examples(case, call, rng)
    assert_like_a_loop(vmap(f), stacked(drawn), [f(*one) for one in drawn])


@each_call(SHARED)
def test_examples_may_share_arguments(case, call, rng):
    drawn, f = examples(case, call, rng)
    for i, own in enumerate(stacked(drawn)):
        before, after = drawn[0][:i], drawn[0][i + 1 :]
        axes = [0 if n == i else None for n in range(len(drawn[0]))]
        loop = [f(*before, x, *after) for x in own]
        assert_like_a_loop(vmap(f, axes), [*before, own, *after], loop)


@each_call(SMOOTH)
def test_gradients_of_each_example(case, call, rng):
    drawn, f = examples(case, call, rng)
    which = [i for i, x in enumerate(drawn[0]) if x.dtype.kind in "fc"]

    def total(*xs):
        parts = (
            np.sum(np.real(y * np.conjugate(y)) * 0.5 + np.real(y)) for y in f(*xs)
        )
        return sum(parts)

    df = grad(total, which)
    assert_like_a_loop(vmap(df), stacked(drawn), [df(*one) for one in drawn])


def test_few_functions_branch_on_values(rng):
    refusing = set()
    for name, row in FIRST.items():
        drawn, f = examples(*row, rng)
        if unless_refused(vmap(f), *stacked(drawn)) is None:
            refusing.add(name)
    assert "trim_zeros" in refusing
    assert len(refusing) <= len(FIRST) / 20, sorted(refusing)
