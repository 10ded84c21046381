"""No reference cycles: everything is freed at once, without the garbage collector."""

import gc
import tracemalloc
import weakref

import numpy as np
import pytest

import ondol.functions as F
import ondol.layers as L
from ondol import Function, Variable, no_grad, optimizers
from ondol.errors import ShapeError


@pytest.fixture(autouse=True)
def without_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


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


class Keeper(Function):
    def forward(self, x):
        self.kept = x * 2
        return self.kept * x

    def backward(self, gy):
        return 2 * gy * self.kept


def by_operators(x):
    return (x * 2 + 1) / (x + 3)


def by_functions(x):
    return np.sum(np.tanh(np.exp(x)) ** 2)


def by_user_function(x):
    return Square()(Square()(x))


def by_one_instance(x):
    f = Square()
    return f(f(x))


def by_attributes(x):
    return Keeper()(x)


def by_several_outputs(x):
    a, b = Both()(x, x * 2)
    return a * b


def by_dropped_output(x):
    return Both()(x, x * 2)[1]


def by_broadcasting(x):
    return np.sum(x + np.ones((4, 3)) * x[0])


def by_unbroadcast_layers(x):
    return F.softmax_cross_entropy(F.linear(x[None], np.ones((3, 5))), np.array([2]))


def by_no_grad(x):
    with no_grad():
        return by_functions(x)


GRAPHS = [
    by_operators,
    by_functions,
    by_user_function,
    by_one_instance,
    by_attributes,
    by_several_outputs,
    by_dropped_output,
    by_broadcasting,
    by_unbroadcast_layers,
]


class Array(np.ndarray):
    """An array that can be watched."""


def watched():
    array = np.ones(3).view(Array)
    x = Variable(array)
    return x, [weakref.ref(x), weakref.ref(array)]


@pytest.mark.parametrize("graph", [*GRAPHS, by_no_grad])
def test_forward_only(graph):
    x, refs = watched()
    y = graph(x)
    refs.append(weakref.ref(y))
    del x, y
    assert [ref() for ref in refs] == [None] * 3


@pytest.mark.parametrize("graph", GRAPHS)
@pytest.mark.parametrize("retain_grad", [False, True])
def test_after_backward(graph, retain_grad):
    x, refs = watched()
    y = graph(x)
    y.backward(retain_grad=retain_grad)
    grad = x.grad
    refs += [weakref.ref(y), weakref.ref(grad), weakref.ref(grad.data)]
    del x, y, grad
    assert [ref() for ref in refs] == [None] * 5


@pytest.mark.parametrize("graph", GRAPHS)
def test_after_create_graph_and_cleargrad(graph):
    x, refs = watched()
    y = graph(x)
    y.backward(create_graph=True)
    gx = x.grad
    x.cleargrad()
    refs += [weakref.ref(y), weakref.ref(gx), weakref.ref(gx.data)]
    del x, y, gx
    assert [ref() for ref in refs] == [None] * 5


@pytest.mark.parametrize("graph", GRAPHS)
def test_after_a_second_derivative(graph):
    x, refs = watched()
    y = graph(x)
    y.backward(create_graph=True)
    gx = x.grad
    x.cleargrad()
    if gx.creator is not None:
        gx.backward()
    refs += [weakref.ref(y), weakref.ref(gx)]
    del x, y, gx
    assert [ref() for ref in refs] == [None] * 4


def test_intermediate_results_live_as_long_as_the_last():
    x = Variable(np.ones(3))
    a = np.exp(x)
    ref = weakref.ref(a)
    y = a * 2
    del a
    assert ref() is not None
    del y
    assert ref() is None


def test_the_graph_goes_while_the_leaf_stays():
    x, _ = watched()
    y = by_functions(x)
    ref = weakref.ref(y.creator.input)
    y.backward()
    del y
    assert ref() is None
    assert x.grad is not None


def test_an_error_that_was_handled_holds_nothing():
    x, refs = watched()
    with pytest.raises(ShapeError):
        x + np.ones(4)
    del x
    gc.collect()  # the traceback itself is a cycle of Python's own
    assert [ref() for ref in refs] == [None] * 2


def test_detach_and_unchain_let_go_of_the_graph():
    x, refs = watched()
    y = np.exp(x)
    z = (y * 2).detach()
    y.unchain()
    del x
    assert [ref() for ref in refs] == [None] * 2
    assert z.shape == y.shape


def test_unchain_backward_lets_go_of_the_past():
    h = Variable(np.ones(3))
    refs = []
    for _ in range(5):
        h = np.tanh(h * 0.5)
        refs.append(weakref.ref(h))
    loss = np.sum(h)
    loss.backward()
    loss.unchain_backward()
    assert [ref() is None for ref in refs] == [True] * 4 + [False]


SMALLEST_OBJECT = 32  # bytes


def left_over(step, tries=3):
    """Bytes per step that are left over after steps that made no cycles.

    The least of some tries: what a thread of an earlier test takes meanwhile counts,
    too, and so does what is made once.
    """
    return min(_left_over(step) for _ in range(tries))


def _left_over(step, steps=200):
    """One try.

    The collector finds nothing; it is called because it empties CPython's own lists
    of spare tuples and frames.
    """
    tracemalloc.start()
    try:
        for _ in range(20):
            step()
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(steps):
            step()
        assert gc.collect() == 0, "a reference cycle"
        return (tracemalloc.get_traced_memory()[0] - before) / steps
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("graph", GRAPHS)
def test_memory_returns_to_the_start(graph):
    def step():
        x = Variable(np.ones(3))
        y = graph(x)
        y.backward()

    assert left_over(step) < SMALLEST_OBJECT


def test_memory_returns_to_the_start_when_the_result_is_rebound():
    x = Variable(np.ones(1000))

    def step():
        x.cleargrad()
        y = np.sum(np.exp(x) * x)
        y.backward(create_graph=True)
        gx = x.grad
        x.cleargrad()
        np.sum(gx * gx).backward()

    assert left_over(step) < SMALLEST_OBJECT


def test_memory_returns_to_the_start_in_training():
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(30, 8)).astype(np.float32), rng.integers(0, 3, 30)
    model = L.Sequential(L.Linear(16), L.BatchNorm(), F.relu, L.Dropout(), L.Linear(3))
    optimizer = optimizers.Adam().setup(model)

    def step():
        loss = F.softmax_cross_entropy(model(x), t)
        model.cleargrads()
        loss.backward()
        optimizer.update()

    assert left_over(step) < SMALLEST_OBJECT


def test_no_grad_keeps_nothing_alive():
    x = Variable(np.ones(1000))
    with no_grad():
        y = x
        refs = []
        for _ in range(5):
            y = np.exp(y * 0.1)
            refs.append(weakref.ref(y))
    assert [ref() is None for ref in refs] == [True] * 4 + [False]
