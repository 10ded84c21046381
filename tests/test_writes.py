"""Writing into an array that a later backward pass needs is an error that names it."""

import gc
import threading
import time

import numpy as np
import pytest

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import Function, Parameter, Variable, debug, no_grad, optimizers
from ondol.errors import GradientError
from ondol.writes import PARTS, ROWS, WRITES, _fingerprint


def variable(*numbers, name=None):
    return Variable(np.array(numbers), name)


@pytest.fixture
def x():
    return np.array([[1.0, 2.0], [3.0, 4.0]])


@pytest.fixture
def model():
    model = L.Linear(1, in_size=2, dtype=float)
    model.optimizer = optimizers.Adam().setup(model)
    return model


# -- writes that are always seen -------------------------------------------------------


@pytest.mark.parametrize("between", [0, 1], ids=["alone", "others"])
def test_each_call_of_a_compiled_step_is_a_write(between):
    W, other = Parameter(np.ones((3, 2))), variable(1.0)
    x = np.ones((4, 3))

    @ondol.compile
    def step(x):
        y = np.sum(np.square(x @ W))
        W.cleargrad()
        y.backward()
        W.data -= 0.01 * W.grad.data

    for i in range(6):
        early = np.sum(W * W)
        step(x)
        where = r"step\(x\)" if i else "W.data -= "  # the first call runs as it stands
        with pytest.raises(GradientError, match=f"written into at .*{where}"):
            early.backward()
        late = np.sum(W * W)
        if between:
            other.data += 1
        late.backward()


def test_a_write_into_an_argument_is_named():
    W, x = variable(1.0, 2.0, name="W"), variable(3.0, 4.0)
    y = np.sum(W * x)
    W.data -= 1  # the write
    with pytest.raises(GradientError) as info:
        y.backward()
    text = str(info.value)
    assert "multiply: argument 1 was written into after the call" in text
    assert "named 'W'" in text
    assert "W.data -= 1  # the write" in text
    assert "y = np.sum(W * x)" in text


def test_a_write_into_a_result_is_named():
    x = variable(1.0, 2.0)
    y = np.exp(x)
    z = y + 1
    y.data *= 2
    with pytest.raises(GradientError, match="exp: the result was written into"):
        z.backward()


def test_the_update_of_an_optimizer_is_a_write():
    model = L.Linear(1, in_size=2)
    optimizer = optimizers.SGD(lr=0.1).setup(model)
    x = variable([1.0, 2.0])
    loss = np.sum(model(x) ** 2)
    loss.backward()
    optimizer.update()
    x.cleargrad()
    with pytest.raises(GradientError, match=r"(?s)linear: argument 2.*\.update\(\)"):
        loss.backward()


def test_views_of_the_memory_count_too():
    W = variable([1.0, 2.0], [3.0, 4.0])
    y = np.sum(np.reshape(W, (4,)) ** 2)
    W.data += 1
    with pytest.raises(GradientError, match="power: argument 1"):
        y.backward()


def test_a_recorded_backward_pass_looks_too():
    x = variable(1.0, 2.0)
    y = np.sum(x**3)
    x.data += 1
    with pytest.raises(GradientError, match="power: argument 1 was written into"):
        y.backward(create_graph=True)


def test_a_function_of_the_users_own():
    class Square(Function):
        def forward(self, x):
            return x**2

        def backward(self, gy):
            (x,) = self.inputs
            return 2 * x.data * gy

    x = variable(1.0, 2.0)
    y = Square()(x)
    x.data += 1
    with pytest.raises(GradientError, match="Square: argument 1 was written into"):
        y.backward()


def test_several_results():
    x = variable(1.0, 2.0, 3.0, 4.0)
    first, second = np.split(np.exp(x), 2)
    y = np.sum(first * second)
    second.data += 1
    with pytest.raises(GradientError, match=r"multiply: argument [12]"):
        y.backward()


# -- writes that NumPy makes into what was read from a Variable ------------------------


WAYS = {
    "an index": lambda x: x.data.__setitem__(0, 9),
    "a slice": lambda x: x.data.__setitem__(slice(1, None), 9),
    "all": lambda x: x.data.__setitem__(..., 9),
    "a mask": lambda x: x.data.__setitem__(x.data > 1, 9),
    "out=": lambda x: np.add(x.data, 1, out=x.data),
    "a method": lambda x: x.data.sort(),
    "a function": lambda x: np.copyto(x.data, 0),
    "asarray": lambda x: np.asarray(x).__setitem__(0, 9),
}


@pytest.mark.parametrize("size", [3, 5000, 100_001])
@pytest.mark.parametrize("dtype", ["f4", "f8", "c16"])
@pytest.mark.parametrize("way", WAYS)
def test_a_write_by_numpy_is_named(way, dtype, size):
    x = Variable(np.arange(size, 0, -1).astype(dtype), name="x")
    y = np.sum(np.abs(x * x))
    WAYS[way](x)
    with pytest.raises(GradientError) as info:
        y.backward()
    text = str(info.value)
    assert "multiply: argument 1 was written into after the call" in text
    assert "named 'x'" in text
    assert "test_writes.py" in text
    assert "y = np.sum(np.abs(x * x))" in text


def test_the_line_of_a_write_by_numpy_is_named():
    x = variable(1.0, 2.0)
    h = np.exp(x)
    y = np.sum(h)
    h.data[0] = 5  # the write
    with pytest.raises(GradientError, match=r"h\.data\[0\] = 5  # the write"):
        y.backward()


def test_all_lines_that_may_have_written_are_named():
    x = variable(1.0, 2.0)
    y = np.sum(x * x)
    assert x.data.sum() == 3  # a look
    x.data[0] = 5  # the write
    for _ in range(3):
        assert x.data[0] == 5  # another look
    with pytest.raises(GradientError) as info:
        y.backward()
    lines = str(info.value).split("\n")
    at = next(i for i, line in enumerate(lines) if "one of these lines" in line)
    named = [line.rpartition("# ")[2] for line in lines[at + 1 : at + 4]]
    assert named == ["a look", "the write", "another look"]
    assert "called at" in lines[at + 4]


def test_a_write_that_was_noted_is_not_put_on_a_reader_of_the_same_memory():
    x = variable(1.0, 2.0)
    row = np.reshape(x, (1, 2))
    y = np.sum(row * row)
    assert x.data.sum() == row.data.sum() == 3
    x.data -= 1  # the write
    with pytest.raises(GradientError, match=r"x\.data -= 1  # the write"):
        y.backward()


def negate(x):
    np.negative(x, out=x)


def double(x):
    x *= 2


def swap_rows(x):
    x[[0, 1]] = x[[1, 0]]


@pytest.mark.parametrize(
    "shape",
    [*((64, 2**k) for k in range(4, 13)), *((64, n) for n in ROWS), 64 * ROWS[0]],
)
@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("write", [negate, double, swap_rows, np.random.shuffle])
def test_changes_that_keep_sums_are_found(write, dtype, shape):
    x = Variable(np.random.default_rng(0).standard_normal(shape).astype(dtype))
    y = np.sum(x * x)
    write(x.data)
    with pytest.raises(GradientError, match="multiply: argument 1"):
        y.backward()


@pytest.mark.parametrize("order", [(1, 0, 2), (2, 1, 0), (2, 0, 1)])
def test_a_write_into_a_transposed_array_is_found(order):
    x = Variable(np.random.default_rng(0).random((20, 30, 40)).transpose(order))
    y = np.sum(x * x)
    x.data[1, 2, 3] = 5
    with pytest.raises(GradientError, match="multiply: argument 1"):
        y.backward()


@pytest.mark.parametrize("used", [0, 1])
def test_a_write_by_a_second_variable_of_the_memory_is_found(used):
    both = [Variable(memory := np.arange(1.0, 5.0)), Variable(memory[1:])]
    del memory
    y = np.sum(both[used] ** 2)
    both[1 - used].data[1] = 9
    with pytest.raises(GradientError, match="power: argument 1"):
        y.backward()


def test_a_call_between_the_write_and_the_backward_pass_changes_nothing():
    x = variable(1.0, 2.0)
    before = np.sum(x**3)
    x.data[0] = 5
    after = np.sum(x**3)
    after.backward()
    assert x.grad.data.tolist() == [75, 12]
    with pytest.raises(GradientError, match="power: argument 1 was written into"):
        before.backward()


def test_a_write_before_the_call_does_no_harm():
    x = variable(1.0, 2.0)
    x.data[0] = 5
    np.sum(x * x).backward()
    assert x.grad.data.tolist() == [10, 4]


def test_reading_does_no_harm():
    x = variable(1.0, 2.0)
    y = np.sum(x * x)
    assert x.data[0] == 1
    assert x.data.sum() == 3
    x.data[0] = 1  # what was there
    y.backward()
    assert x.grad.data.tolist() == [2, 4]


def test_an_array_that_no_call_holds_is_not_looked_at():
    x = variable(1.0, 2.0)
    y = np.sum(x * x)
    y.backward()
    x.grad.data[0] = 5
    assert id(x.grad._data) not in WRITES._lent
    del y
    x.data[0] = 5
    assert id(x._data) not in WRITES._lent


def test_what_cannot_be_written_into_is_not_looked_at():
    y = np.broadcast_to(variable(1.0), (10**12,))  # takes no memory
    assert y.data[0] == 1
    assert id(y._data) not in WRITES._lent


def test_large_data_is_looked_at_more_and_more_rarely(monkeypatch):
    marks = []

    def fingerprint(array):
        marks.append(array)
        return _fingerprint(array)

    monkeypatch.setattr("ondol.writes._fingerprint", fingerprint)
    numbers = np.zeros(200_000)
    data, W = Variable(numbers), variable(1.0, 2.0)
    for i in range(1000):
        assert data.data[i] == 0
        y = np.sum(W * data.data[:2])
    assert sum(array is numbers for array in marks) < 40
    y = np.sum(data * data)
    y.backward()
    data.data -= 1  # no mere data: from now on every write counts
    y = np.sum(data * data)
    data.data[0] = 5
    with pytest.raises(GradientError, match="multiply: argument 1"):
        y.backward()


def test_what_was_read_is_forgotten_with_the_array():
    before = len(WRITES._lent), len(WRITES._reads)
    for n in (1, 10, 100, 10**6):
        batch = np.ones(n)
        x = Variable(batch)
        assert x.data[0] == 1
    del x, batch
    assert (len(WRITES._lent), len(WRITES._reads)) == before


# -- writes that do no harm ------------------------------------------------------------


def test_a_rule_that_does_not_look_is_not_stopped():
    W, x = variable(1.0, 2.0), variable(3.0, 4.0)
    y = np.sum(W + x)
    W.data -= 1
    y.backward()
    assert W.grad.data.tolist() == [1, 1]


def test_the_other_factor_may_change_if_nobody_asks():
    W, x = variable(1.0, 2.0), variable(3.0, 4.0)
    y = np.sum(W.detach() * x)  # only x is differentiated: W is read, x is not
    x.data -= 1
    y.backward()
    assert x.grad.data.tolist() == [1, 2]


def test_after_the_backward_pass_anything_goes():
    W = variable(1.0, 2.0)
    for _ in range(3):
        W.cleargrad()
        loss = np.sum(W * W)
        loss.backward()
        W.data -= 0.1 * W.grad.data
    assert W.data == pytest.approx(np.array([1.0, 2.0]) * 0.8**3)


def test_a_new_array_is_no_write():
    x = variable(1.0, 2.0)
    y = np.sum(x * x)
    x.data = x.data - 1
    y.backward()
    assert x.grad.data.tolist() == [2, 4]


def test_a_graph_made_after_the_write_is_right():
    x = variable(1.0, 2.0)
    x.data -= 1
    y = np.sum(x * x)
    y.backward()
    assert x.grad.data.tolist() == [0, 2]


def test_parts_of_one_array_are_told_apart():
    memory = np.arange(1.0, 7.0)  # of all parameters, say
    one, other = Variable(memory[:3]), Variable(memory[3:])
    y, z = np.sum(one * one), np.sum(other * other)
    other.data -= 1
    y.backward()
    assert one.grad.data.tolist() == [2, 4, 6]
    with pytest.raises(GradientError, match="multiply: argument 1"):
        z.backward()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.s_[:, :3], np.s_[:, 3:]),
        (np.s_[::2], np.s_[1::2]),
        (np.s_[::-2, 0], np.s_[:, 1:]),
    ],
)
def test_columns_and_rows_of_one_array_are_told_apart(one, other):
    memory = np.arange(24.0).reshape(4, 6)
    one, other = Variable(memory[one]), Variable(memory[other])
    whole = Variable(memory[1:])
    y, z = np.sum(one * one), np.sum(whole * whole)
    other.data -= 1
    y.backward()
    assert np.array_equal(one.grad.data, 2 * one.data)
    with pytest.raises(GradientError, match="multiply: argument 1"):
        z.backward()


@pytest.mark.parametrize("earlier", [0, 3])
def test_a_slope_measured_before_the_backward_pass(earlier):
    x, step = variable(*np.arange(10.0)), 1e-4
    f = lambda x: np.sum(np.reshape(x, (2, 5)) ** 3)
    for _ in range(earlier):  # a training by hand
        x.cleargrad()
        loss = f(x)
        loss.backward()
        x.data[...] = x.data - 0.01 * x.grad.data
    x.cleargrad()
    y = f(x)
    slope = np.zeros(10)
    for i in range(10):
        old = x.data[i]
        x.data[i] = old + step
        above = f(x)
        x.data[i] = old - step
        slope[i] = (above.item() - f(x).item()) / (2 * step)
        x.data[i] = old
    y.backward()
    assert x.grad.data == pytest.approx(slope, abs=1e-5)
    with pytest.raises(GradientError, match="power: argument 1"):
        above.backward()  # that one has other numbers


def test_numbers_that_are_back_are_not_those_of_a_call_before_another_write():
    x = variable(1.0, 2.0)
    first = np.sum(x**3)
    x.data[0] = 5
    second = np.sum(x**3)
    np.sum(second * 2).backward()
    x.data[0] = 7
    third = np.sum(x**3)
    x.data[0] = 5
    x.cleargrad()
    second.backward()
    assert x.grad.data.tolist() == [75, 12]
    for y in (first, third):
        with pytest.raises(GradientError, match="power: argument 1"):
            y.backward()


def test_numbers_in_another_order_are_not_back():
    x = variable(1.0, 2.0)
    y = np.sum(x[::-1] ** 3)
    x.data[...] = x.data[::-1].copy()
    with pytest.raises(GradientError, match="power: argument 1"):
        y.backward()


@pytest.mark.parametrize("borrow", [np.frombuffer, np.asarray])
def test_memory_that_numpy_borrowed(borrow):
    x = Variable(borrow(memoryview(bytearray(np.ones(2).tobytes())).cast("d")))
    y = np.sum(x * x)
    x.data -= 1
    with pytest.raises(GradientError, match="multiply: argument 1"):
        y.backward()


def test_an_owner_that_no_weak_reference_can_hold():
    class Lender:
        __slots__ = ("__array_interface__",)

    lender, memory = Lender(), np.ones(2)
    lender.__array_interface__ = memory.__array_interface__
    x = Variable(np.asarray(lender))
    x.data -= 1  # as with an array that came by DLPack
    assert memory.tolist() == [0, 0]


def test_the_count_only_grows_when_threads_write():
    def write():
        x = variable(1.0)
        for _ in range(2000):
            x.data -= 1

    before = WRITES.count
    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert WRITES.count == before + 8000


def test_what_another_thread_looks_for_is_not_written_later_than_it_was(monkeypatch):
    W, other, looks = variable(1.0, 2.0), variable(1.0), threading.Event()
    main = threading.main_thread()

    def slowly(array):
        if threading.current_thread() is not main:
            looks.set()
            time.sleep(0.1)
        return _fingerprint(array)

    monkeypatch.setattr("ondol.writes._fingerprint", slowly)
    y = np.sum(W * W)
    held = W.data
    thread = threading.Thread(target=np.multiply, args=(other, other))
    thread.start()
    looks.wait()
    held[...] = 5
    y = np.sum(W * W)  # after the write
    thread.join()
    y.backward()
    assert W.grad.data.tolist() == [10, 10]


# -- ordinary training code is never stopped -------------------------------------------


def test_gradients_of_several_passes_then_one_update(model, x):
    for _ in range(3):
        model.cleargrads()
        for part in (x, x + 1, x + 2):
            F.mean_squared_error(model(part), np.zeros((2, 1))).backward()
        model.optimizer.update()
        with no_grad():
            model(x)


def test_two_networks_train_each_other_in_turn(model, x):
    critic = L.Linear(1, in_size=1, dtype=float)
    critics = optimizers.Adam().setup(critic)
    for _ in range(3):
        fake = model(x)  # once, for both steps
        critic.cleargrads()
        (np.sum(critic(x[:, :1]) ** 2) + np.sum(critic(fake.detach()) ** 2)).backward()
        critics.update()
        model.cleargrads()
        np.sum(critic(fake) ** 2).backward()
        model.optimizer.update()


def test_two_losses_of_shared_weights(model, x):
    for _ in range(3):
        model.cleargrads()
        h = np.tanh(model(x))
        one, two = np.sum(h**2), np.sum(np.exp(h) * model(x + 1))
        one.backward()
        two.backward()
        model.optimizer.update()


@pytest.mark.parametrize("layer", [L.RNN, L.LSTM, L.GRU])
def test_truncated_backpropagation_through_time(layer, x):
    network = L.Sequential(layer(3), L.Linear(1))
    optimizer, loss = optimizers.SGD(lr=0.1).setup(network), 0
    for i in range(1, 10):
        loss = loss + F.mean_squared_error(network(x), np.zeros((2, 1)))
        if i % 3 == 0:
            network.cleargrads()
            loss.backward()
            loss.unchain_backward()
            optimizer.update()


def test_a_state_that_is_cut_off_before_the_update():
    W, h = Parameter(np.eye(2) / 2), Variable(np.ones((1, 2)))
    optimizer = optimizers.SGD(lr=0.1).setup([W])
    for i in range(1, 7):
        h = h @ W
        if i % 2 == 0:
            W.cleargrad()
            np.sum(h**2).backward()
            h.unchain()  # unchain_backward would keep the product, which reads W
            optimizer.update()


# -- memory ----------------------------------------------------------------------------


def test_nothing_is_remembered_of_arrays_that_are_gone():
    gc.collect()
    before = len(WRITES._last)
    x = variable(1.0, 2.0)
    x.data -= 1
    assert len(WRITES._last) == before + 1
    del x
    assert len(WRITES._last) == before


def test_of_slices_of_one_array_the_last_writes_are_remembered():
    memory = np.ones(10_000)
    x = Variable(memory[:9000])
    for i in range(5000):
        Variable(memory[i : i + 2]).data -= 1
    y = np.sum(x * x)
    assert 0 < len(WRITES._last[id(memory)]) <= 1000
    Variable(memory[5:8]).data -= 1
    with pytest.raises(GradientError, match="multiply: argument 1"):
        y.backward()


# -- writes under older names, seen inside debug.writes() ------------------------------


@pytest.mark.parametrize("function", [np.exp, np.tanh, np.sqrt, F.sigmoid])
def test_a_write_under_an_older_name_is_found(function):
    with debug.writes():
        x = variable(1.0, 2.0)
        y = function(x)
        a = y.data
        function(x)
        a[0] = 5
        with pytest.raises(GradientError, match="the result was written into"):
            y.backward()


def test_a_write_under_another_name_of_the_memory_is_found():
    batch = np.array([1.0, 2.0])
    W = variable(3.0, 4.0)
    with debug.writes():
        y = np.sum(W * batch)
        batch[:] = 0  # a loader that uses its buffer again
        with pytest.raises(GradientError, match="multiply: argument 2"):
            y.backward()


def test_a_function_of_the_users_own_is_watched():
    class Square(Function):
        def forward(self, x):
            return x**2

        def backward(self, gy):
            return 2 * self.inputs[0] * gy

    x = variable(1.0, 2.0)
    with debug.writes():
        y = Square()(x)
        x.data[0] = 5
        with pytest.raises(GradientError, match="Square: argument 1"):
            y.backward()


def test_several_results_are_watched():
    with debug.writes():
        x = variable(1.0, 2.0, 3.0, 4.0)
        parts = np.split(x, 2)
        parts[0].data[0] = 9  # a view of x: the split does not read it, square does
        y = np.sum(parts[0] ** 2)
        y.backward()
    assert x.grad.data.tolist() == [18, 4, 0, 0]


def test_blocks_of_two_threads_may_end_in_any_order():
    one, other = debug.writes(), debug.writes()
    one.__enter__()
    other.__enter__()
    one.__exit__(None, None, None)
    assert WRITES.watching
    other.__exit__(None, None, None)
    assert not WRITES.watching


def test_debugging_ends_with_an_error():
    with pytest.raises(ZeroDivisionError), debug.writes():
        raise ZeroDivisionError
    assert not WRITES.watching


def test_debugging_ends_with_its_block():
    with debug.writes():
        with debug.writes():
            pass
        assert WRITES.watching
    assert not WRITES.watching
    a = np.array([1.0])
    x = Variable(a)
    y = x * x
    a[0] = 5
    y.backward()


# -- any program -----------------------------------------------------------------------

UNARY = {
    "exp": (np.exp, lambda gy, a, b, y: [gy * y]),
    "square": (np.square, lambda gy, a, b, y: [2 * gy * a]),
    "reverse": (lambda x: x[::-1], lambda gy, a, b, y: [gy[::-1]]),
    "reshape": (lambda x: np.reshape(x, (-1,)), lambda gy, a, b, y: [gy]),
}
BINARY = {
    "multiply": (np.multiply, lambda gy, a, b, y: [gy * b, gy * a]),
    "add": (np.add, lambda gy, a, b, y: [gy, gy]),
}
HANDS = {
    "element": lambda x, v: x.data.__setitem__(0, v),
    "minus": lambda x, v: setattr(x, "data", np.subtract(x.data, v, out=x.data)),
    "all": lambda x, v: x.data.__setitem__(..., v),
    "mask": lambda x, v: x.data.__setitem__(x.data > 1, v),
    "look": lambda x, v: x.data.sum(),
    "same": lambda x, v: x.data.__setitem__(0, x.data[0]),
    "nothing": lambda x, v: None,
}


def slopes(root, calls, leaves):
    """What `backward` gives if every array is as it was when the call was made."""
    gradients = {id(root): np.ones(root.shape)}
    for rule, xs, y, arrays in reversed(calls):
        if id(y) in gradients:
            for x, g in zip(xs, rule(gradients[id(y)], *arrays), strict=True):
                gradients[id(x)] = gradients.get(id(x), 0) + g
    return [gradients.get(id(x)) for x in leaves]


@pytest.mark.parametrize("seed", range(400))
def test_a_gradient_is_right_or_refused(seed):
    rng = np.random.default_rng(seed)
    memory = rng.random((2, rng.choice([4, 3000]))) + 0.5
    leaves = [*map(Variable, [*memory, memory[0][::-1], memory[1].copy()])]
    known, calls = [*leaves], []
    for _ in range(rng.integers(2, 9)):
        a, b, x = (known[i] for i in rng.integers(len(known), size=3))
        name = rng.choice([*UNARY, *BINARY])
        function, rule = {**UNARY, **BINARY}[name]
        xs = (a, b) if name in BINARY else (a,)
        y = function(*xs)
        arrays = (a._data, b._data, y._data)
        calls.append((rule, xs, y, arrays, [*map(np.copy, arrays)]))
        known.append(y)
        HANDS[rng.choice([*HANDS])](x, rng.random())
    then = [(rule, xs, y, copies) for rule, xs, y, _, copies in calls]
    unchanged = all(
        np.array_equal(now, before)
        for *_, arrays, copies in calls
        for now, before in zip(arrays, copies, strict=True)
    )
    try:
        known[-1].backward()
    except GradientError:
        assert not unchanged
        return
    for x, g in zip(leaves, slopes(known[-1], then, leaves), strict=True):
        assert (x.grad is None) == (g is None)
        assert g is None or np.allclose(x.grad.data, g)


def test_an_augmented_assignment_is_noted_once_and_never_compared():
    x = variable(1.0, 2.0)
    y = np.sum(x * x)
    x.data -= 1
    assert id(x._data) not in WRITES._lent  # the setter has told of it
    with pytest.raises(GradientError, match=r"x\.data -= 1"):
        y.backward()


def test_a_memory_written_into_again_is_no_old_write():
    memory = np.zeros(4000)
    whole, part = Variable(memory), Variable(memory[:2])

    def write_slice(i):
        Variable(memory[2 * i : 2 * i + 2]).data -= 1

    whole.data -= 1
    for i in range(1, PARTS):
        write_slice(i)
    y = part * part
    whole.data -= 1
    write_slice(PARTS)  # one more than are told apart: the oldest goes
    with pytest.raises(GradientError, match="written into"):
        y.backward()
