"""Hot functions by kernels give what NumPy gives: every row of the table, and training.

The sizes from which on kernels pay are set to nothing here, so that small arrays do.
"""

import os
import pickle
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest
from cases import CALLS, each_call

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import Variable, hot, numpy_only, optimizers
from ondol.compiler import build, kernels
from ondol.functions.activation import _gelu, softmax
from ondol.models import MLP

pytestmark = pytest.mark.skipif(
    build.compiler() is None, reason="there is no C compiler on this machine"
)


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """A cache of our own; kernels of this module alone, for arrays of any size."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ONDOL_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(hot, "_kernels", {})
        patch.setattr(hot, "LARGE", 0)
        patch.setattr(hot, "LEAST", 0)
        yield


@pytest.fixture
def made(monkeypatch):
    """The kernels that a test has made; it begins with none."""
    monkeypatch.setattr(hot, "_kernels", {})
    return lambda: [kernel for kernel in hot._kernels.values() if kernel is not None]


def numbers(rng, *shape):
    return rng.normal(size=shape).astype(np.float32)


# -- the table -------------------------------------------------------------------------


def several(y):
    return list(y) if isinstance(y, list | tuple) else [y]


def weighted(ys):
    """A sum with weights of which no two are equal."""
    parts = (y * np.cos(np.arange(y.size), dtype=y.dtype).reshape(y.shape) for y in ys)
    return sum(map(F.sum, parts))


def both_orders(case, call, build_args, xs):
    """Results, gradients, and the gradients of a sum of gradients."""
    variables = [Variable(x.copy()) for x in xs]
    ys = several(case.ours(*build_args(variables), **call.kwargs))
    ys = [y for y in ys if isinstance(y, Variable)]
    results = [y.data for y in ys]
    reals = [y for y in ys if y.creator is not None and y.dtype.kind == "f"]
    if case.gradient and reals:
        weighted(reals).backward(create_graph=True)
        grads = [x.grad for x in variables if x.grad is not None]
        results += [g.data for g in grads]
        if case.order > 1 and any(g.creator for g in grads):
            for x in variables:
                x.cleargrad()
            weighted(grads).backward()
            results += [x.grad.data for x in variables if x.grad is not None]
    return results


def first_order(case, call, build_args, xs):
    """The same, with a backward pass on plain arrays."""
    variables = [Variable(x.copy()) for x in xs]
    ys = several(case.ours(*build_args(variables), **call.kwargs))
    reals = [y for y in ys if getattr(y, "creator", None) and y.dtype.kind == "f"]
    if case.gradient and reals:
        weighted(reals).backward()
    return [x.grad.data for x in variables if x.grad is not None]


@each_call({name: row for name, row in CALLS.items() if name.endswith(("-0", "-1"))})
def test_rows_of_the_table(case, call, rng):
    if not case.values:
        return
    xs, build_args = call.sample(rng)
    xs = [x.astype(np.float32) if x.dtype == np.float64 else x for x in xs]
    for results in (both_orders, first_order):
        with np.errstate(all="ignore"):
            got = results(case, call, build_args, xs)
            with numpy_only():
                expected = results(case, call, build_args, xs)
        assert len(got) == len(expected)
        for a, b in zip(got, expected, strict=True):
            assert (a.shape, a.dtype) == (b.shape, b.dtype)
            scale = np.abs(b[np.isfinite(b)]).max(initial=1)
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=2e-5 * scale)


HOT = {
    "softmax": lambda x: F.softmax(x),
    "relu": lambda x: F.relu(x),
    "gelu": lambda x: F.gelu(x),
    "matmul": lambda x: x @ np.ones((6, 3), np.float32),
    "linear": lambda x: F.linear(x, Variable(np.ones((6, 3), np.float32))),
    "layer_norm": lambda x: F.layer_norm(x),
    "conv": lambda x: F.conv2d(x[None], np.ones((2, 4, 3, 3), np.float32), pad=1),
    "max_pool": lambda x: F.max_pool2d(x[None], 2),
    "attention": lambda x: F.scaled_dot_product_attention(x, x, x, causal=True),
}


@pytest.mark.parametrize("name", HOT)
def test_they_are_kernels_indeed_forwards_and_backwards(name, rng, made):
    x = Variable(numbers(rng, 4, 6, 6))
    y = HOT[name](x)
    forward = len(made())
    y.backward()
    assert 0 < forward < len(made())
    assert all(hot._kernels.values())


# -- what kernels are given ------------------------------------------------------------


LAYOUTS = {
    "in order": lambda x: x,
    "transposed": lambda x: np.asfortranarray(x),
    "axes moved": lambda x: np.moveaxis(np.moveaxis(x, 0, -1).copy(), -1, 0),
    "every second": lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
    "backwards": lambda x: x[:, ::-1].copy()[:, ::-1],
    "repeated": lambda x: np.broadcast_to(x[:1], x.shape),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout, rng, made):
    x = LAYOUTS[layout](numbers(rng, 3, 4, 5))
    before = x.copy()
    w = np.swapaxes(numbers(rng, 7, 5), 0, 1)
    for function in (softmax, F.relu, lambda x: F.matmul(x, w)):
        got = function(Variable(x)).data
        with numpy_only():
            expected = function(Variable(x)).data
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(x, before)
    assert len(made()) == 3


def test_empty_arrays():
    for shape in ((0, 4), (4, 0)):
        x = Variable(np.ones(shape, np.float32))
        y = F.relu(x)
        y.backward()
        assert y.shape == x.grad.shape == shape


def test_only_float32_is_compiled(rng, made):
    for dtype in (np.float64, np.float16, np.int32):
        F.relu(Variable(numbers(rng, 3, 4).astype(dtype)))
    assert not made()


def test_results_are_new_arrays(rng):
    x, w = numbers(rng, 4, 5), numbers(rng, 5, 5)
    first = F.matmul(Variable(x), w)
    kept = first.data.copy()
    F.matmul(Variable(x + 1), w)
    np.testing.assert_array_equal(first.data, kept)
    assert first.data.flags.owndata


@pytest.mark.parametrize(
    ("code", "own"),
    [
        (lambda x: np.transpose(np.sin(x), (1, 0)), False),
        (lambda x: np.reshape(np.transpose(np.sin(x)), (3, 2, 4)), False),
        (lambda x: np.reshape(np.transpose(np.sin(x)), (12, 2)), True),  # needs a copy
        (lambda x: np.sin(x)[2:], True),  # the rest of it would be kept for nothing
        (lambda x: np.sin(x)[::-1], False),
        (lambda x: x.T, True),
    ],
)
def test_results_that_are_views(code, own, rng, made):
    x = numbers(rng, 8, 3)
    y = hot.hot(code)(x)
    assert len(made()) == 1
    assert (y.base is None) == own
    assert not np.shares_memory(x, y)
    np.testing.assert_allclose(y, code(x), rtol=1e-6, strict=True)


def test_several_results_in_one_array(rng, made):
    def code(x):
        y = np.exp(x)
        return y[:2], y[2:].T, y.sum(axis=0)

    x = numbers(rng, 8, 3)
    ys = hot.hot(code)(x)
    assert len(made()) == 1
    assert ys[0].base is ys[1].base is not None
    assert not np.shares_memory(ys[0], ys[1])
    for y, expected in zip(ys, code(x), strict=True):
        np.testing.assert_allclose(y, expected, rtol=1e-6, strict=True)


def test_what_is_wrong_is_told_as_by_numpy(rng):
    with pytest.raises(ondol.errors.ShapeError) as by_kernel:
        F.linear(Variable(numbers(rng, 3, 4)), Variable(numbers(rng, 3, 4)))
    with numpy_only(), pytest.raises(ondol.errors.ShapeError) as by_numpy:
        F.linear(Variable(numbers(rng, 3, 4)), Variable(numbers(rng, 3, 4)))
    assert by_kernel.value.code == by_numpy.value.code == "linear-shapes"


def test_one_kernel_for_a_kind_of_arguments(rng, made):
    for _ in range(3):
        F.relu(Variable(numbers(rng, 3, 4)))
    F.relu(Variable(numbers(rng, 2, 4)))
    F.relu(Variable(numbers(rng, 3, 4)))
    assert len(made()) == 2
    F.softmax(Variable(numbers(rng, 3, 4)), axis=0)
    F.softmax(Variable(numbers(rng, 3, 4)), axis=1)
    assert len(made()) == 4


def test_arrays_from_other_processes_have_the_same_kernel(rng, made):
    x = numbers(rng, 3, 4)
    sent = pickle.loads(pickle.dumps(x))  # its dtype is equal, but another object
    assert sent.dtype is not x.dtype
    for each in (x, sent):
        F.relu(Variable(each))
    assert len(made()) == 1
    F.relu(Variable(numbers(rng, 4, 4).view(sent.dtype)))
    assert len(made()) == 2


def test_kernels_work_in_one_memory(rng):
    """A kernel that needs more moves it; the others are told."""
    small = Variable(numbers(rng, 8, 8)), numbers(rng, 8, 8)
    large = Variable(numbers(rng, 90, 90)), numbers(rng, 90, 90)
    product = hot.hot(lambda a, b: (a @ b) @ b)
    for a, b in (small, large, small):
        expected = a.data @ b @ b
        np.testing.assert_allclose(product(a.data, b), expected, rtol=1e-3, atol=1e-3)
    assert kernels.SCRATCH.memory.size >= 90 * 90 * 4


def test_threads_may_use_one_kernel(rng):
    xs = [numbers(rng, 60, 60) for _ in range(8)]
    expected = [softmax(Variable(x)).data.copy() for x in xs]
    wrong = []

    def work(i):
        ys = (F.softmax(Variable(xs[i])).data for _ in range(30))
        wrong.extend(i for y in ys if not np.array_equal(y, expected[i]))

    workers = [threading.Thread(target=work, args=(i,)) for i in range(len(xs))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


# -- where there are none --------------------------------------------------------------


def test_not_in_test_mode_nor_where_numpy_alone_is_asked_for(rng, made):
    x = Variable(numbers(rng, 3, 4))
    with ondol.test_mode():
        F.relu(x)
    with numpy_only():
        F.relu(x)
        with numpy_only(False):
            F.softmax(x)
    assert len(made()) == 1


def test_not_without_a_compiler(rng, monkeypatch, made):
    monkeypatch.setattr(kernels, "compiler", lambda: None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y = F.relu(Variable(numbers(rng, 3, 4)))
    assert y.shape == (3, 4)
    assert not made()


def test_not_for_small_arrays(rng, monkeypatch, made):
    monkeypatch.setattr(hot, "LARGE", 13)
    F.relu(Variable(numbers(rng, 3, 4)))
    assert not hot._kernels
    F.relu(Variable(numbers(rng, 13)))
    assert len(made()) == 1


def test_not_in_a_compiled_function(rng, made):
    """Neither in its first call, which runs as it stands, nor in the trace."""
    step = ondol.compile(lambda x: F.relu(x) + F.softmax(np.ones((3, 4), np.float32)))
    for _ in range(3):
        step(numbers(rng, 3, 4))
    assert not made()


def test_no_more_than_a_number_of_them(rng, monkeypatch, made):
    hot._say_many.cache_clear()
    monkeypatch.setattr(hot, "MOST", 2)
    with pytest.warns(UserWarning, match="2 kinds"):
        ys = [F.relu(Variable(np.ones(n, np.float32))) for n in range(1, 6)]
    assert [y.size for y in ys] == [1, 2, 3, 4, 5]
    assert len(made()) == 2
    hot._say_many.cache_clear()


def test_not_for_many_steps(rng, monkeypatch):
    monkeypatch.setattr(hot, "_kernels", {})
    weights = numbers(rng, 3, 8), numbers(rng, 2, 8)
    monkeypatch.setattr(hot, "LARGE", 1)
    monkeypatch.setattr("ondol.functions.recurrent.STEPS", 4)
    for steps, count in ((5, 0), (4, 1)):
        F.lstm(numbers(rng, 1, steps, 3), *weights)
        codes = [key[0].__name__ for key in hot._kernels]
        assert codes.count("_run") == count


def test_code_that_asks_for_numbers_is_left_to_numpy(made):
    code = hot.hot(lambda x: x if x[0] > 0 else -x)
    np.testing.assert_array_equal(code(np.array([-1, 2], np.float32)), [1, -2])
    assert not made()


def test_a_forked_process_has_none(rng):
    if not hasattr(os, "fork"):
        return
    F.relu(Variable(numbers(rng, 3, 4)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        child = os.fork()
    if not child:
        os._exit(int(hot.wanted()))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize(("value", "expected"), [("1", "False"), ("0", "True")])
def test_the_environment_says_so_for_a_process(value, expected):
    code = "from ondol import hot; print(hot.wanted())"
    environment = {**os.environ, "ONDOL_NUMPY_ONLY": value}
    run = subprocess.run([sys.executable, "-c", code], env=environment, check=True,
                         capture_output=True, text=True)  # fmt: skip
    assert run.stdout.strip() == expected


# -- modes that look on ----------------------------------------------------------------


def test_nan_finds_what_made_it_without_kernels(made):
    x = Variable(np.array([[np.inf, 1]], np.float32))
    with pytest.raises(ondol.errors.NonFiniteError, match="softmax"), ondol.debug.nan():
        F.softmax(x)
    assert not made()


def test_a_profile_tells_of_kernels_by_the_names_of_functions(rng, made):
    x = Variable(numbers(rng, 4, 5))
    with ondol.profile() as profile:
        F.sum(F.relu(x)).backward()
    assert made()
    kinds = {(record.name, record.kind) for record in profile.records}
    assert {("relu", "forward"), ("relu", "backward")} <= kinds


def test_writes_into_what_a_kernel_was_given_are_noticed(rng):
    x = Variable(numbers(rng, 4, 5))
    y = F.gelu(x)
    x.data -= 1
    with pytest.raises(ondol.errors.GradientError, match="gelu"):
        y.backward()


def test_no_grad_and_checkpoint(rng, made):
    x = Variable(numbers(rng, 4, 5))
    with ondol.no_grad():
        assert F.gelu(x).creator is None
    F.sum(ondol.checkpoint(F.gelu)(x)).backward()
    expected = x.grad.data.copy()
    x.cleargrad()
    F.sum(F.gelu(x)).backward()
    np.testing.assert_array_equal(x.grad.data, expected)
    assert made()


def test_second_derivatives_take_the_rules(rng):
    x = Variable(numbers(rng, 4, 5))
    F.sum(F.gelu(x)).backward(create_graph=True)
    first = x.grad
    x.cleargrad()
    F.sum(first).backward()
    slope = (_gelu(x.data + 1e-2) - 2 * _gelu(x.data) + _gelu(x.data - 1e-2)) / 1e-4
    np.testing.assert_allclose(x.grad.data, slope, atol=0.05)


# -- training --------------------------------------------------------------------------


class Net(L.Layer):
    def __init__(self):
        self.conv, self.norm = L.Conv2d(4, 3, pad=1, in_channels=2), L.BatchNorm(size=4)
        self.out = MLP((8, 3), in_size=4 * 4)

    def forward(self, x):
        return self.out(F.flatten(F.max_pool2d(F.relu(self.norm(self.conv(x))), 2)))


def train(steps, optimizer):
    ondol.seed(0)
    rng = np.random.default_rng(0)
    model = Net()
    optimizer = optimizer.setup(model)
    losses = []
    for i in range(steps):
        n = 5 if i % 3 < 2 else 2  # the last batch of an epoch
        x, t = numbers(rng, n, 2, 4, 4), rng.integers(0, 3, n)
        loss = F.softmax_cross_entropy(model(x), t)
        model.cleargrads()
        loss.backward()
        optimizer.update()
        losses.append(loss.item())
    return losses, model


def test_training_is_that_of_numpy_and_that_of_another_time(made):
    losses, model = train(9, optimizers.Adam(lr=0.01))
    count = len(made())
    again, other = train(9, optimizers.Adam(lr=0.01))
    assert len(made()) == count > 10
    assert losses == again
    for p, q in zip(model.params(), other.params(), strict=True):
        np.testing.assert_array_equal(p.data, q.data)
    with numpy_only():
        np.testing.assert_allclose(losses, train(9, optimizers.Adam(0.01))[0], 1e-3)


PROGRAM = """
import numpy as np, sys
import ondol.functions as F, ondol.hot
from ondol import Variable
ondol.hot.LARGE = ondol.hot.LEAST = 0
if sys.argv[1] == "warm":
    F.relu(Variable(np.ones((7, 7), np.float32)))
x = Variable(np.random.default_rng(0).normal(size=(30, 40)).astype(np.float32))
y = F.gelu(F.layer_norm(x)) @ np.ones((40, 9), np.float32)
y.backward()
print(y.data.tobytes().hex(), x.grad.data.tobytes().hex())
"""


def test_another_process_computes_the_same_bits_whatever_it_did_before():
    runs = [
        subprocess.run([sys.executable, "-c", PROGRAM, how], check=True,
                       capture_output=True).stdout
        for how in ("cold", "warm")
    ]  # fmt: skip
    assert runs[0] == runs[1]
    assert runs[0].strip()
