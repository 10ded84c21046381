"""Random graphs against a reference: forward-mode differentiation in forty lines."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ondol import Function, Variable

SHAPES = [(), (2, 1), (1, 3), (2, 3), (3,)]


class Dual:
    """A value and its change along a direction; parts may be Duals themselves."""

    __array_ufunc__ = None

    def __init__(self, value, change):
        self.value, self.change = value, change

    def __add__(self, other):
        return Dual(self.value + other.value, self.change + other.change)

    def __sub__(self, other):
        return Dual(self.value - other.value, self.change - other.change)

    def __mul__(self, other):
        return Dual(
            self.value * other.value,
            self.change * other.value + self.value * other.change,
        )


def chain_rule(f, slope):
    def apply(x):
        if isinstance(x, Dual):
            return Dual(apply(x.value), slope(x.value) * x.change)
        return f(x)

    return apply


def neg(x):
    return Dual(neg(x.value), neg(x.change)) if isinstance(x, Dual) else -x


sin = chain_rule(np.sin, lambda x: cos(x))
cos = chain_rule(np.cos, lambda x: neg(sin(x)))
exp = chain_rule(np.exp, lambda x: exp(x))


class Square(Function):
    def forward(self, x):
        return x**2

    def backward(self, gy):
        x = self.input.data
        return 2 * x * gy


class Both(Function):
    def forward(self, a, b):
        return a + b, a * b

    def backward(self, gs, gp):
        a, b = self.inputs
        return gs + gp * b, gs + gp * a


# name -> (on Variables, on Duals)
STEPS = {
    "add": (lambda a, b: a + b, lambda a, b: a + b),
    "subtract": (np.subtract, lambda a, b: a - b),
    "multiply": (lambda a, b: a * b, lambda a, b: a * b),
    "sin": (lambda a, b: np.sin(a), lambda a, b: sin(a)),
    "decay": (lambda a, b: np.exp(-a * a), lambda a, b: exp(neg(a * a))),
    "negative": (lambda a, b: -a, lambda a, b: neg(a)),
    "square": (lambda a, b: Square()(a), lambda a, b: a * a),
    "sum": (lambda a, b: Both()(a, b)[0], lambda a, b: a + b),
    "product": (lambda a, b: Both()(a, b)[1], lambda a, b: a * b),
    "both": (
        lambda a, b: (lambda s, p: s * np.cos(p))(*Both()(a, b)),
        lambda a, b: (a + b) * cos(a * b),
    ),
}
PROGRAMS = st.lists(
    st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 99), st.integers(0, 99)),
    min_size=1,
    max_size=12,
)
LEAVES = st.lists(st.sampled_from(SHAPES), min_size=1, max_size=3)


def run(program, leaves, column):
    """The program's last value; every step reads any two values before it."""
    values = list(leaves)
    for name, i, j in program:
        # a sine in front keeps squares of squares from growing without bound
        a, b = values[i % len(values)], values[-1 - j % len(values)]
        bound = (np.sin, sin)[column]
        values.append(STEPS[name][column](bound(a), bound(b)))
    return values[-1]


def prepared(shapes, seed):
    rng = np.random.default_rng(seed)
    arrays = [rng.uniform(-1, 1, shape) for shape in shapes]
    return arrays, *([rng.normal(size=shape) for shape in shapes] for _ in range(2))


@settings(max_examples=120, deadline=None)
@given(program=PROGRAMS, shapes=LEAVES, seed=st.integers(0, 1000))
def test_first_derivatives(program, shapes, seed):
    arrays, directions, _ = prepared(shapes, seed)
    xs = [Variable(array) for array in arrays]
    y = run(program, xs, 0)
    y.backward()
    for k, x in enumerate(xs):
        moved = [
            Dual(array, v if i == k else np.zeros_like(array))
            for i, (array, v) in enumerate(zip(arrays, directions, strict=True))
        ]
        reference = run(program, moved, 1)
        np.testing.assert_allclose(y.data, reference.value, rtol=1e-12)
        spread = np.broadcast_to(reference.change, y.shape)
        got = 0.0 if x.grad is None else np.sum(x.grad.data * directions[k])
        assert x.grad is None or x.grad.shape == x.shape
        np.testing.assert_allclose(got, np.sum(spread), rtol=1e-8, atol=1e-9)


@settings(max_examples=80, deadline=None)
@given(program=PROGRAMS, shapes=LEAVES, seed=st.integers(0, 1000))
def test_second_derivatives(program, shapes, seed):
    arrays, v, w = prepared(shapes, seed)
    xs = [Variable(array) for array in arrays]
    y = run(program, xs, 0)
    y.backward(create_graph=True)
    grads = [x.grad for x in xs]
    for x in xs:
        x.cleargrad()
    # one number: the change of y along v; then its change along w
    slope = sum(
        (np.sum(g * d) for g, d in zip(grads, v, strict=True) if g is not None),
        Variable(np.array(0.0)),
    )
    slope.backward()
    got = sum(
        float(np.sum(x.grad.data * d))
        for x, d in zip(xs, w, strict=True)
        if x.grad is not None
    )
    moved = [
        Dual(Dual(a, d), Dual(e, np.zeros_like(a)))
        for a, d, e in zip(arrays, v, w, strict=True)
    ]
    reference = run(program, moved, 1)
    second = np.broadcast_to(reference.change.change, y.shape)
    np.testing.assert_allclose(got, np.sum(second), rtol=1e-7, atol=1e-8)


@settings(max_examples=40, deadline=None)
@given(program=PROGRAMS, shapes=LEAVES, seed=st.integers(0, 1000))
def test_plain_and_recorded_passes_agree(program, shapes, seed):
    arrays, *_ = prepared(shapes, seed)
    found = []
    for create_graph in (False, True):
        xs = [Variable(array) for array in arrays]
        run(program, xs, 0).backward(create_graph=create_graph)
        found.append([None if x.grad is None else x.grad.data for x in xs])
        for x in xs:
            x.cleargrad()
    for a, b in zip(*found, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_array_equal(a, b)
