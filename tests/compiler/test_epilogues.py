"""Loops that run inside a product, on each block of rows."""

import numpy as np
import pytest

import ondol
import ondol.functions as F
import ondol.layers as L
from compiler.followed import (
    FUNCTIONS,
    ROW_FUNCTIONS,
    ROW_SIZES,
    SIZES,
    arrays,
    check,
    check_rows,
    followers,
    led_by_loops,
    program_for,
    row_softmax,
)
from compiler.random_rows import check as check_random
from compiler.traced import new_builder
from ondol import hot
from ondol.compiler import build, epilogues, schedule, single
from ondol.compiler.program import Program
from ondol.compiler.tracer import Tracer

pytestmark = pytest.mark.skipif(
    build.compiler() is None, reason="there is no C compiler on this machine"
)
# How many loops follow the last product; one if not said.
LOOPS = {"normed": 5, "softmax": 3, "gated": 2, "by_heads": 4, "across": 2, "twice": 3}
LOOPS |= {"kept": 0}
AGAIN = {"gated", "across"}  # whose first loop is computed by the last, if it is large
ROW_LOOPS = {"row_softmax": 2, "row_log_softmax": 3, "row_norm": 4, "two_axes": 2}
ROW_LOOPS |= {"row_softmax_slope": 1}


@pytest.fixture
def however_small(monkeypatch):
    """Loops join that are too small to be worth it."""
    monkeypatch.setattr(epilogues, "PARALLEL", 0)


@pytest.mark.usefixtures("however_small")
@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_follows_a_product(name, sizes):
    check_loops(name, check(name, sizes))


def check_loops(name, program):
    *_, product = (n for n in program.schedule.nodes if n.op == "matmul")
    large = name in AGAIN and product.size >= schedule.LARGE
    assert followers(program)[-1] == (1 if large else LOOPS.get(name, 1))


@pytest.mark.usefixtures("however_small")
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    "settings",
    [
        {"sizes": (62, 98, 71), "dtype": np.float64},
        {"sizes": (42, 64, 50), "batch": (3, 4)},
        {"sizes": (42, 64, 50), "batch": (9,), "dtype": np.float64},
    ],
    ids=["float64", "batch", "float64_batch"],
)
def test_what_follows_other_products(name, settings):
    check_loops(name, check(name, **settings))


@pytest.mark.usefixtures("however_small")
def test_without_blas(monkeypatch):
    monkeypatch.setattr(single, "functions", lambda: None)
    program = check("normed", (62, 98, 71), dtype=np.float64)
    assert followers(program) == [5]
    assert "gemm_shared(1" not in program.source.text


@pytest.mark.usefixtures("however_small")
def test_a_product_may_be_reshaped_before():
    given = arrays((60, 98, 71))

    def function(x, w, b, r):
        y = np.reshape(x @ w, (5, 12, 98)) + b
        return y / np.sum(np.exp(y), axis=-1, keepdims=True)

    program = program_for(function, given)
    assert followers(program) == [2]
    expected = function(*given)
    np.testing.assert_allclose(program.run(given)[0], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.usefixtures("however_small")
@pytest.mark.parametrize("name", ["rectified", "normed", "softmax", "bent"])
def test_nan_and_infinity_go_where_they_go_in_numpy(name):
    given = arrays((104, 96, 70))
    given[0][3, 5], given[0][50, 0], given[0][103, 69] = np.nan, np.inf, -np.inf
    with np.errstate(all="ignore"):
        expected = FUNCTIONS[name](*given)
    got = program_for(FUNCTIONS[name], given).run(given)[0]
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)


# -- behind reductions of rows ---------------------------------------------------------


@pytest.mark.usefixtures("however_small")
@pytest.mark.parametrize("sizes", ROW_SIZES, ids=str)
@pytest.mark.parametrize("name", ROW_FUNCTIONS)
def test_what_follows_a_reduction_of_rows(name, sizes):
    program = check_rows(name, sizes)
    assert len(program.schedule.steps) == 1
    assert led_by_loops(program) == [ROW_LOOPS[name]]


@pytest.mark.usefixtures("however_small")
@pytest.mark.parametrize("name", ROW_FUNCTIONS)
def test_rows_of_float64(name):
    assert led_by_loops(check_rows(name, (129, 64), np.float64))


@pytest.mark.usefixtures("however_small")
def test_few_rows_are_shared_out_themselves():
    assert not led_by_loops(check_rows("row_softmax", (63, 640)))


@pytest.mark.usefixtures("however_small")
def test_a_softmax_has_no_array_in_between():
    x = np.ones((128, 500), np.float32)
    program = program_for(row_softmax, [x, x])
    assert program.arena_size < 1.1 * x.nbytes


@pytest.mark.usefixtures("however_small")
def test_expressions_at_random():
    found = [check_random(seed) for seed in range(60)]
    followed, passing = map(sum, zip(*found, strict=True))
    assert followed > 30
    assert passing > 3


def test_a_softmax_in_eager_mode_is_one_step(monkeypatch):
    monkeypatch.setattr(hot, "_kernels", {})
    x = ondol.Variable(np.ones((512, 600), np.float32))
    F.softmax(x)
    (kernel,) = hot._kernels.values()
    assert len(kernel.steps) == 1


# -- what does not follow -------------------------------------------------------------


@pytest.mark.usefixtures("however_small")
@pytest.mark.parametrize(
    "function",
    [
        lambda x, w, b, r: np.flip(x @ w, 0) + r,
        lambda x, w, b, r: np.sum(x @ w, axis=0),
        lambda x, w, b, r: np.swapaxes(x @ w, 0, 1) + r,
        lambda x, w, b, r: np.tanh(x @ w + np.sum(np.swapaxes(x @ w, 0, 1) @ r)),
        lambda x, w, b, r: np.reshape(x @ w, (35, 140)) + np.ones(140, np.float32),
        lambda x, w, b, r: np.pad(x @ w, ((1, 0), (0, 0)))[:70] * r,
    ],
    ids=["flipped", "columns", "turned", "needs_more", "other_rows", "moved"],
)
def test_a_loop_that_needs_other_rows_stays_apart(function):
    given = arrays((70, 70, 70))
    program = program_for(function, given)
    assert set(followers(program)) == {0}
    np.testing.assert_allclose(
        program.run(given)[0], function(*given), rtol=1e-3, atol=1e-3
    )


@pytest.mark.usefixtures("however_small")
def test_what_reads_two_products_follows_the_last():
    given = arrays((70, 70, 70))

    def function(x, w, b, r):
        y = x @ w
        return y + y @ w

    program = program_for(function, given)
    assert followers(program) == [0, 1]
    np.testing.assert_allclose(
        program.run(given)[0], function(*given), rtol=1e-3, atol=1e-3
    )


def test_a_small_loop_stays_apart():
    assert followers(check("rectified", (104, 96, 70))) == [0]
    assert followers(check("rectified", (400, 196, 70))) == [1]


@pytest.mark.usefixtures("however_small")
def test_what_follows_a_small_product_stays_apart():
    assert followers(check("rectified", (20, 30, 40))) == [0]


# -- memory ---------------------------------------------------------------------------


@pytest.mark.usefixtures("however_small")
def test_a_product_that_nobody_else_reads_has_no_memory_of_its_own():
    (product, result), *_ = check("rectified", (104, 96, 70)).passing.items()
    assert (product.op, result.attrs[0]) == ("matmul", np.maximum)
    assert check("normed", (104, 96, 70)).passing
    assert not check("kept", (104, 96, 70)).passing


def with_homes(function, given, homes):
    """A program in which results, by number, are written over inputs."""
    b = new_builder()
    inputs = [b.input(x.shape, x.dtype) for x in given]
    results = [y.node for y in function(*(Tracer(b, node) for node in inputs))]
    pairs = {results[y]: inputs[x] for y, x in homes.items()}
    return Program(results, inputs, pairs)


@pytest.mark.usefixtures("however_small")
def test_an_update_in_place_stays_apart():
    x, _, _, r = arrays((80, 70, 70))
    W = np.ones((70, 70), np.float32)
    expected = W - x.T @ r / 100

    def function(x, r, W):
        return (W - np.swapaxes(x, 0, 1) @ r / 100,)

    program = with_homes(function, (x, r, W), {0: 2})
    assert followers(program) == [0]
    assert len(program.at_home) == 1
    program.run((x, r, W))
    np.testing.assert_allclose(W, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.usefixtures("however_small")
def test_what_is_moved_before_a_product_leaves_updates_in_place():
    x, w, _, r = arrays((80, 70, 70))

    def function(x, w, r):
        y = x @ w
        old = np.sum(r * 3, axis=0)  # of what is to be written over
        new = r + 1
        return y, old, new, np.tanh(y + np.mean(new, axis=-1, keepdims=True))

    expected = function(x, w, r.copy())
    program = with_homes(function, (x, w, r), {2: 2})
    assert followers(program) == [1]
    assert len(program.at_home) == 1
    for got, y in zip(program.run((x, w, r)), expected, strict=True):
        np.testing.assert_allclose(got, y, rtol=1e-4, atol=1e-4)


# -- networks -------------------------------------------------------------------------


def test_recurrent_cells_follow_products_with_panels(rng):
    class Last(ondol.models.Model):
        def __init__(self):
            self.cell = L.LSTM(256)

        def forward(self, x):
            self.cell.reset_state()
            for t in range(x.shape[1]):
                h = self.cell(x[:, t])
            return h

    model = Last()
    x = rng.standard_normal((32, 6, 64), np.float32)
    with ondol.numpy_only():
        expected = model(x).data
    step = ondol.compile(model)
    for _ in range(2):
        got = step(x)
    kernels = step.source.split("\nstatic ")
    assert any("  panel(" in k and "finish_shared(" in k for k in kernels)
    np.testing.assert_allclose(got.data, expected, rtol=1e-4, atol=1e-5)
