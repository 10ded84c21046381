"""Rows of the table of cases, traced: forward and backward passes as graphs."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from cases import CASES

from ondol import Variable
from ondol.compiler.builder import Builder
from ondol.compiler.tracer import Tracer
from ondol.core.graph import data_of

# What a graph cannot know: how many elements there are, or which branch is taken.
REFUSED = {
    "choose": "a branch on values",
    "get_item": "a boolean mask",
    "add_at": "a boolean mask",
    "set_at": "a boolean mask",
    "multiply_at": "numbers of repeats",
    "minimum_at": "a boolean mask",
    "maximum_at": "a boolean mask",
    "linalg.lstsq": "a branch on the rank",
    "piecewise": "a boolean mask",
    "polymul": "leading zeros",
    "trim_zeros": "leading zeros",
    "unique": "how many there are",
    "linalg.eig": "real or complex eigenvalues",
    "linalg.eigvals": "real or complex eigenvalues",
}


@dataclass
class Traced:
    """One call of a function, forwards and backwards.

    Attributes:
        name: of the row.
        inputs: the input nodes.
        arrays: numbers for them.
        results: the nodes of the results and of their gradients.
        expected: what eager code makes of the same numbers.
        sample: makes other numbers, from a seed.
        eager: runs the call on numbers.
    """

    name: str
    inputs: list
    arrays: list
    results: list
    expected: list
    sample: Callable
    eager: Callable

    def again(self, seed):
        """Other numbers for the inputs, and what eager code makes of them."""
        arrays = self.sample(seed)
        return arrays, self.eager(arrays)


def calls():
    """Every call of every row that a graph can hold."""
    for case in CASES:
        if case.values and case.name not in REFUSED:
            for i, call in enumerate(case.calls):
                yield f"{case.name}-{i}", case, call


def several(y):
    return list(y) if isinstance(y, list | tuple) else [y]


def both_passes(case, call, build, inputs):
    ys = several(case.ours(*build(inputs), **call.kwargs))
    for y in ys:
        if y.creator is not None:
            y.backward()
    grads = [data_of(x._grad) for x in inputs if x._grad is not None]
    return [data_of(y) for y in ys] + grads


def traced(name, case, call, builder):
    """Trace a call into a graph, and run it eagerly."""

    def sample(seed):
        return call.sample(np.random.default_rng(seed))[0]

    def eager(xs):
        with np.errstate(all="ignore"):
            return both_passes(case, call, build, [Variable(x.copy()) for x in xs])

    xs, build = call.sample(np.random.default_rng(0))
    nodes = [builder.input(x.shape, x.dtype) for x in xs]
    tracers = [Variable(Tracer(builder, node)) for node in nodes]
    with np.errstate(all="ignore"):
        found = both_passes(case, call, build, tracers)
    results = [y.node if isinstance(y, Tracer) else builder.const(y) for y in found]
    return Traced(name, nodes, xs, results, eager(xs), sample, eager)


def assert_close(name, got, expected, rtol):
    assert got.shape == expected.shape, name
    assert got.dtype == expected.dtype, name
    np.testing.assert_allclose(got, expected, rtol, rtol, err_msg=name)


def new_builder():
    return Builder()
