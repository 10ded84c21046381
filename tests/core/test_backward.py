"""The backward pass: what it delivers, where, and in which order."""

import math
import statistics
import time

import numpy as np
import pytest

import ondol.functions as F
from ondol import Function, Parameter, Variable, config, no_grad
from ondol.errors import GradientError


def variable(value, dtype=np.float64):
    return Variable(np.array(value, dtype))


# -- accumulation ---------------------------------------------------------------------


def test_two_passes_add_up_until_cleargrad():
    x = variable(3.0)
    (x * x).backward()
    (x * x).backward()
    assert x.grad.data == 12.0
    x.cleargrad()
    assert x.grad is None
    (x * x).backward()
    assert x.grad.data == 6.0


def test_adding_to_a_gradient_that_was_read_or_set():
    x = variable([1.0, 2.0])
    np.sum(x * x).backward()
    first = x.grad
    np.sum(x * x).backward()
    np.testing.assert_array_equal(x.grad.data, [4.0, 8.0])
    np.testing.assert_array_equal(first.data, [2.0, 4.0])
    x.grad = np.array([10.0, 10.0])
    np.sum(x).backward()
    np.testing.assert_array_equal(x.grad.data, [11.0, 11.0])


def test_the_same_result_twice():
    x = variable(3.0)
    y = x * x
    y.backward()
    y.backward()
    assert x.grad.data == 12.0


def test_one_variable_used_twice():
    x = variable(3.0)
    y = x + x
    y.backward()
    assert x.grad.data == 2.0
    x.cleargrad()
    (x + x + x).backward()
    assert x.grad.data == 3.0


# -- graphs ---------------------------------------------------------------------------


def test_diamond_as_in_step_16():
    x = variable(2.0)
    a = F.square(x)
    y = F.square(a) + F.square(a)
    y.backward()
    assert y.data == 32.0
    assert x.grad.data == 64.0


def test_many_diamonds_in_a_row_take_one_visit_each():
    x = variable(1.0)
    y = x
    for _ in range(100):  # 2**100 paths
        y = y + y
    y.backward()
    assert x.grad.data == 2.0**100


def test_every_call_waits_for_all_of_its_consumers():
    visits = []

    class Step(Function):
        def __init__(self, label):
            self.label = label

        def forward(self, *xs):
            return sum(xs) * 1.0

        def backward(self, gy):
            visits.append(self.label)
            return (gy,) * len(self.inputs)

    x = variable(1.0)
    a = Step("a")(x)
    b = Step("b")(a)
    c = Step("c")(b)
    y = Step("y")(a, c, a, b)
    y.backward()
    assert visits == ["y", "c", "b", "a"]
    assert x.grad.data == 4.0


def test_generations():
    x = variable(1.0)
    a = x * 2
    b = a * a
    y = b + x
    assert [v.generation for v in (x, a, b, y)] == [0, 1, 2, 3]
    assert [v.creator.generation for v in (a, b, y)] == [0, 1, 2]


def test_nothing_reaches_beside_the_path():
    x, other = variable(1.0), variable(2.0)
    y = x * 2
    other * 3
    y.backward()
    assert other.grad is None


# -- roots ----------------------------------------------------------------------------


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_leaf_as_the_root(create_graph):
    x = Variable(np.array([1.0, 2.0], np.float32))
    x.backward(create_graph=create_graph)
    np.testing.assert_array_equal(x.grad.data, [1.0, 1.0])
    assert x.grad.dtype == np.float32


def test_the_seed_of_a_leaf_is_its_own_gradient():
    x = variable([1.0, 2.0])
    x.grad = np.array([3.0, 4.0])
    x.backward()
    np.testing.assert_array_equal(x.grad.data, [3.0, 4.0])


def test_a_result_of_no_grad_refuses():
    x = variable(1.0)
    with no_grad():
        y = x * x
    with pytest.raises(GradientError, match="no_grad"):
        y.backward()
    assert x.grad is None


@pytest.mark.parametrize("f", [np.argmax, lambda x: x > 1, np.isnan])
def test_a_result_without_a_gradient_refuses(f):
    with pytest.raises(GradientError, match="no graph"):
        f(variable([1.0, 2.0])).backward()


def test_a_matrix_as_the_root_sums_its_elements():
    x = variable([[1.0, 2.0], [3.0, 4.0]])
    (x * x).backward()
    np.testing.assert_array_equal(x.grad.data, 2 * x.data)


@pytest.mark.parametrize("create_graph", [False, True])
def test_the_seed_that_the_user_sets(create_graph):
    x = variable([1.0, 2.0])
    y = x * 3
    y.grad = np.array([10.0, 100.0])
    y.backward(create_graph=create_graph)
    np.testing.assert_array_equal(x.grad.data, [30.0, 300.0])


def test_the_seed_may_be_differentiated():
    x, v = variable(3.0), variable(5.0)
    y = x**2
    y.grad = v
    y.backward(create_graph=True)
    x.grad.backward()  # 2 x v
    assert v.grad.data == 6.0


# -- retain_grad ----------------------------------------------------------------------


def test_gradients_in_between_are_dropped_as_in_step_18():
    x0, x1 = variable(1.0), variable(1.0)
    t = x0 + x1
    y = x0 + t
    y.backward()
    assert t.grad is None
    assert (x0.grad.data, x1.grad.data) == (2.0, 1.0)


def test_gradients_in_between_on_request():
    x = variable(2.0)
    a = x * x
    b = a * 3
    y = b * b
    y.backward(retain_grad=True)
    assert y.grad.data == 1.0
    assert b.grad.data == 2 * b.data
    assert a.grad.data == 6 * b.data
    assert x.grad.data == 6 * b.data * 4


def test_retained_gradients_do_not_seed_or_double_the_next_pass():
    x = variable(2.0)
    a = x * x
    y = a * 3
    y.backward(retain_grad=True)
    y.backward(retain_grad=True)
    assert x.grad.data == 24.0
    assert a.grad.data == 6.0
    y.backward()
    assert x.grad.data == 36.0


def test_retained_gradients_of_several_outputs():
    class Both(Function):
        def forward(self, x):
            return x * 2, x * 3

        def backward(self, ga, gb):
            return 2 * ga + 3 * gb

    x = variable(1.0)
    a, b = Both()(x)
    (a * b).backward(retain_grad=True)
    assert (a.grad.data, b.grad.data) == (3.0, 2.0)
    assert x.grad.data == 12.0


# -- higher orders --------------------------------------------------------------------


def test_sine_to_the_fifth_derivative():
    x = Variable(np.linspace(-7, 7, 20))
    y = F.sin(x)
    expected = [np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x), np.sin, np.cos]
    for f in expected:
        x.cleargrad()
        y.backward(create_graph=True)
        y = x.grad
        np.testing.assert_allclose(y.data, f(x.data), atol=1e-12)


def test_tanh_to_the_third_derivative():
    x = Variable(np.linspace(-2, 2, 9))
    t = np.tanh(x.data)
    s = 1 - t * t
    y = np.tanh(x)
    for expected in (s, -2 * t * s, 2 * s * (3 * t * t - 1)):
        x.cleargrad()
        y.backward(create_graph=True)
        y = x.grad
        np.testing.assert_allclose(y.data, expected, atol=1e-12)


def test_newtons_method_as_in_step_33():
    x = variable(2.0)
    for _ in range(10):
        y = x**4 - 2 * x**2
        x.cleargrad()
        y.backward(create_graph=True)
        gx = x.grad
        x.cleargrad()
        gx.backward()
        x.data = x.data - gx.data / x.grad.data
    np.testing.assert_allclose(x.data, 1.0, rtol=1e-12)


def test_double_backprop_as_in_step_36():
    x = variable(2.0)
    y = x**2
    y.backward(create_graph=True)
    gx = x.grad
    x.cleargrad()
    (gx**3 + y).backward()
    assert x.grad.data == 100.0


def test_mixed_second_derivatives():
    a, b = variable([1.0, 2.0]), variable([[3.0], [4.0]])
    y = np.sum(a * a * np.exp(b))
    y.backward(create_graph=True)
    ga = a.grad
    a.cleargrad()
    b.cleargrad()
    np.sum(ga).backward()
    np.testing.assert_allclose(b.grad.data, np.exp(b.data) * 2 * a.data.sum())
    np.testing.assert_allclose(a.grad.data, [2 * np.exp(b.data).sum()] * 2)


def test_without_create_graph_the_gradient_has_no_graph():
    x = variable(2.0)
    (x**3).backward()
    assert x.grad.creator is None


@pytest.mark.parametrize("create_graph", [False, True])
def test_recording_is_as_before_after_the_pass(create_graph):
    x = variable(2.0)
    (x**3).backward(create_graph=create_graph)
    assert config.enable_backprop is True
    with no_grad():
        y = x
    assert (y * 2).creator is not None


def test_a_graph_made_outside_is_walked_inside_no_grad():
    x = variable(2.0)
    y = x**2
    with no_grad():
        y.backward()
        assert config.enable_backprop is False
    assert x.grad.data == 4.0


def test_recording_is_as_before_after_a_failed_pass():
    class Stop(Function):
        def forward(self, x):
            return x * 1

        def backward(self, gy):
            raise KeyboardInterrupt

    x = variable(1.0)
    y = Stop()(x)
    with pytest.raises(KeyboardInterrupt):
        y.backward()
    assert config.enable_backprop is True
    (x * 2).backward()
    assert x.grad.data == 2.0


# -- what is not computed -------------------------------------------------------------


class Record(Function):
    calls: list

    def forward(self, x):
        return x * 2.0

    def backward(self, gy):
        self.calls.append(self)
        return 2.0 * gy


@pytest.fixture
def record():
    Record.calls = []
    return Record


def test_branches_of_plain_arrays_are_not_visited(record):
    x = variable([1.0, 2.0])
    constant = record()(np.array([3.0, 4.0]))
    y = x * constant
    y.backward()
    assert record.calls == []
    assert constant.creator is None
    np.testing.assert_array_equal(x.grad.data, [6.0, 8.0])
    record()(x).backward()
    assert len(record.calls) == 1


def test_no_gradient_is_computed_for_plain_arrays(monkeypatch):
    """The rule of an operand that is a plain array is never called."""
    from ondol.functions.register import differentiable

    called = []

    def by(label):
        def vjp(g, y, a, b):
            called.append(label)
            return g

        return vjp

    @differentiable(by("a"), by("b"))
    def total(a, b):
        return a + b

    array = np.ones(3)
    total(variable([1.0] * 3), array).backward()
    assert called == ["a"]
    total(array, variable([1.0] * 3)).backward()
    assert called == ["a", "b"]


def test_detached_branches_are_not_visited(record):
    x = variable(2.0)
    y = x * record()(x).detach()
    y.backward()
    assert record.calls == []
    assert x.grad.data == 4.0


# -- ownership and dtypes -------------------------------------------------------------

GRAPHS = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "positive": lambda a, b: (+a) + (+b),
    "reshape": lambda a, b: np.reshape(np.reshape(a, -1) + np.reshape(b, -1), (2, 2)),
    "transpose": lambda a, b: a.T + b.T,
    "copy": lambda a, b: np.copy(a) + np.copy(b),
    "sum": lambda a, b: np.sum(a) + np.sum(b),
    "mean": lambda a, b: np.mean(a, axis=0) + np.mean(b, axis=0),
    "concatenate": lambda a, b: np.concatenate([a, b]),
    "stack": lambda a, b: np.stack([a, b]),
    "broadcast": lambda a, b: np.broadcast_to(a + b, (3, 2, 2)),
    "index": lambda a, b: a[0] + b[...][1],
    "where": lambda a, b: np.where(np.eye(2) > 0, a, b),
    "swapaxes": lambda a, b: np.swapaxes(a, 0, 1) + np.moveaxis(b, 0, 1),
    "multiply": lambda a, b: a * b,
    "matmul": lambda a, b: a @ b,
    "astype": lambda a, b: a.astype(np.float32) + b,
}


@pytest.mark.parametrize("name", GRAPHS)
def test_a_leafs_gradient_is_its_own_memory(name):
    a, b = variable(np.ones((2, 2))), variable(np.full((2, 2), 2.0))
    y = GRAPHS[name](a, b)
    seed = np.ones(y.shape, y.dtype)
    y.grad = seed
    y.backward()
    before = b.grad.data.copy()
    assert a.grad.data.flags.writeable
    a.grad.data[...] = 777.0
    np.testing.assert_array_equal(b.grad.data, before)
    np.testing.assert_array_equal(seed, np.ones(y.shape))
    np.testing.assert_array_equal(a.data, np.ones((2, 2)))
    assert b.grad.data.flags.writeable
    np.testing.assert_array_equal(b.data, np.full((2, 2), 2.0))


def test_a_user_function_that_returns_one_array_twice():
    class Add(Function):
        def forward(self, a, b):
            return a + b

        def backward(self, gy):
            g = gy * 1
            return g, g

    a, b = variable([1.0, 2.0]), variable([3.0, 4.0])
    Add()(a, b).backward()
    a.grad.data[...] = 777.0
    np.testing.assert_array_equal(b.grad.data, [1.0, 1.0])


def test_a_user_function_that_returns_its_input():
    class HalfSquare(Function):
        def forward(self, x):
            return np.sum(x * x) / 2

        def backward(self, gy):
            return self.input.data

    x = variable([1.0, 2.0])
    HalfSquare()(x).backward()
    x.grad.data[...] = 777.0
    np.testing.assert_array_equal(x.data, [1.0, 2.0])


def test_a_user_function_that_returns_an_array_it_keeps():
    kept = np.ones(2)

    class Keep(Function):
        def forward(self, x):
            return x * 1

        def backward(self, gy):
            return kept

    x = variable([1.0, 2.0])
    Keep()(x).backward()
    x.grad.data *= 5
    np.testing.assert_array_equal(kept, [1.0, 1.0])


def test_zero_dimensional_gradients_are_their_own_memory():
    a, b = variable(1.0), variable(2.0)
    (a + b).backward()
    a.grad.data[...] = 777.0
    assert b.grad.data == 1.0


@pytest.mark.parametrize("kind", [Variable, Parameter])
@pytest.mark.parametrize("narrow", [np.float16, np.float32])
def test_gradient_dtype_is_the_inputs_dtype(kind, narrow):
    a, b = kind(np.ones((2, 2), narrow)), kind(np.ones((2, 2), np.float64))
    for f in (lambda a, b: a * b, lambda a, b: a @ b, np.add, np.maximum, np.hypot):
        a.cleargrad()
        b.cleargrad()
        y = f(a, b)
        assert y.dtype == np.float64
        y.backward()
        assert (a.grad.dtype, b.grad.dtype) == (narrow, np.float64)


def test_gradient_dtype_when_a_graph_is_recorded():
    a, b = variable(2.0, np.float32), variable(3.0, np.float64)
    y = a * a * b
    y.backward(create_graph=True)
    ga = a.grad
    assert ga.dtype == np.float32
    a.cleargrad()
    b.cleargrad()
    ga.backward()
    assert (a.grad.dtype, b.grad.dtype) == (np.float32, np.float64)
    assert (a.grad.data, b.grad.data) == (6.0, 4.0)


def test_gradients_of_integers_are_real_numbers():
    x, w = Variable(np.array([1, 2, 3])), variable([0.5, 0.25, 0.125])
    np.sum(x * w).backward()
    np.testing.assert_array_equal(x.grad.data, w.data)
    assert x.grad.dtype == np.float64
    np.testing.assert_array_equal(w.grad.data, x.data)
    assert w.grad.dtype == np.float64


def test_integer_graphs():
    x = Variable(np.array(3))
    y = x * x
    y.backward()
    assert x.grad.data == 6


def test_complex_into_real_refuses():
    x, z = variable([1.0, 2.0]), Variable(np.array([1j, 2j]))
    with pytest.raises(GradientError, match="complex128"):
        np.sum(x * z).backward()


# -- size -----------------------------------------------------------------------------


def chain(n):
    x = variable(1.0)
    y = x
    for _ in range(n):
        y = y + 1.0
    return x, y


def test_a_chain_of_a_million_calls():
    x, y = chain(1_000_000)
    assert y.generation == 1_000_000
    assert y.data == 1_000_001
    y.backward()
    assert x.grad.data == 1.0
    del y  # frees the chain; a recursion here would end the process


def test_a_long_chain_with_create_graph():
    x = variable(1.0)
    y = x
    for _ in range(5_000):
        y = y * 1.0001
    y.backward(create_graph=True)
    np.testing.assert_allclose(x.grad.data, 1.0001**5000)
    x.cleargrad()


def test_a_long_chain_is_cut_without_recursion():
    x, y = chain(50_000)
    y.unchain_backward()
    y.backward()
    assert x.grad is None


def test_every_call_is_visited_once(record):
    x = variable(1.0)
    y = x
    for _ in range(50):
        h = record()(y)
        y = h * 0.25 + h * 0.25
    y.backward()
    assert len(record.calls) == 50
    assert len(set(map(id, record.calls))) == 50
    assert x.grad.data == 1.0


def test_time_grows_with_the_length_of_the_chain():
    def seconds_per_call(n, repeats):
        times = []
        for _ in range(repeats):
            start = time.perf_counter()
            _, y = chain(n)
            y.backward()
            times.append((time.perf_counter() - start) / n)
        return statistics.median(times)

    def ratio():
        return seconds_per_call(40_000, 3) / seconds_per_call(1_000, 9)

    # a quadratic pass would take 40 times as long; a busy machine gets three tries
    assert any(ratio() < 5 for _ in range(3))


def test_wide_graphs():
    xs = [variable(float(i)) for i in range(2_000)]
    y = xs[0]
    for x in xs[1:]:
        y = y + x * x
    y.backward()
    assert [float(x.grad) for x in xs[1:]] == [2.0 * i for i in range(1, 2_000)]


def test_rosenbrock_as_in_step_28():
    x0, x1 = variable(0.0), variable(2.0)
    y = 100 * (x1 - x0**2) ** 2 + (x0 - 1) ** 2
    y.backward()
    assert (float(x0.grad), float(x1.grad)) == (-2.0, 400.0)


def test_gradient_descent_as_in_step_28():
    x0, x1 = variable(0.0), variable(2.0)
    for _ in range(3):
        y = 100 * (x1 - x0**2) ** 2 + (x0 - 1) ** 2
        x0.cleargrad()
        x1.cleargrad()
        y.backward()
        x0.data -= 0.001 * x0.grad.data
        x1.data -= 0.001 * x1.grad.data
    assert type(x0.data) is np.ndarray
    assert math.isfinite(float(x0))
    assert float(x1) < 2.0


def test_goldstein_price_as_in_step_24():
    x, y = variable(1.0), variable(1.0)
    z = (
        1 + (x + y + 1) ** 2 * (19 - 14 * x + 3 * x**2 - 14 * y + 6 * x * y + 3 * y**2)
    ) * (
        30
        + (2 * x - 3 * y) ** 2
        * (18 - 32 * x + 12 * x**2 + 48 * y - 36 * x * y + 27 * y**2)
    )
    z.backward()
    assert (float(x.grad), float(y.grad)) == (-5376.0, 8064.0)


# -- data that is rebound -------------------------------------------------------------


def test_rebinding_data_leaves_gradients_of_the_forward_values():
    x, w = variable(3.0), variable(2.0)
    y = x * w
    w.data = np.array(100.0)
    x.data = np.array(1000.0)
    y.backward()
    assert (x.grad.data, w.grad.data) == (2.0, 3.0)


def test_rebinding_data_of_a_result_in_between():
    x = variable([1.0, 2.0])
    y = np.exp(x)
    z = y * 2
    y.data = np.zeros(2)
    z.backward()
    np.testing.assert_allclose(x.grad.data, 2 * np.exp(x.data))


def test_rebinding_data_is_no_silent_change_for_create_graph():
    x, w = variable(3.0), variable(2.0)
    y = x * w
    w.data = np.array(100.0)
    try:
        y.backward(create_graph=True)
    except GradientError:
        return
    assert (x.grad.data, w.grad.data) == (2.0, 3.0)


def test_data_of_another_shape_between_forward_and_backward():
    x = variable(np.ones(3))
    y = x * 2
    x.data = np.ones(4)
    with pytest.raises(GradientError, match=r"\(3,\).*\(4,\)"):
        y.backward()


def test_empty_arrays():
    x = variable(np.zeros((0, 3)))
    np.sum(x * 2).backward()
    assert x.grad.shape == (0, 3)


def test_complex_numbers():
    z = Variable(np.array([1 + 2j]))
    np.real(z * z).backward()
    np.testing.assert_array_equal(z.grad.data, [2 - 4j])  # Re z^2 = a^2 - b^2


def test_a_misspelled_setting():
    with pytest.raises(TypeError, match="retain_graph"):
        variable(1.0).backward(retain_graph=True)
