"""Graphs as native code give what eager code gives: every row of the table."""

import shutil
from itertools import islice

import numpy as np
import pytest

import ondol
from compiler.traced import assert_close, calls, new_builder, traced
from ondol import Variable, primitives, threads
from ondol.compiler import build
from ondol.compiler.cost import cost
from ondol.compiler.graph import order
from ondol.compiler.program import Program

pytestmark = pytest.mark.skipif(
    build.compiler() is None, reason="there is no C compiler on this machine"
)
SIZE = 60  # calls in one file of C: starting the compiler is what takes time


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """A cache of our own, so that everything is really compiled."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ONDOL_CACHE", str(folder))
        yield
    shutil.rmtree(folder)


def chunks():
    """The first two calls of each row; all of them are traced in test_tracing."""
    rest = (call for call in calls() if call[0].rpartition("-")[2] in "01")
    while chunk := list(islice(rest, SIZE)):
        yield pytest.param(chunk, id=f"{chunk[0][0]}_to_{chunk[-1][0]}")


@pytest.mark.parametrize("chunk", [*chunks()])
def test_calls_of_the_table(chunk):
    builder = new_builder()
    some = [traced(name, case, call, builder) for name, case, call in chunk]
    program = Program(
        [node for one in some for node in one.results],
        [node for one in some for node in one.inputs],
    )
    for seed in (0, 1):  # other numbers, in what the first ones have left in memory
        again = [one.again(seed) for one in some]
        got = iter(program.run([x for arrays, _ in again for x in arrays]))
        for one, (_, results) in zip(some, again, strict=True):
            for expected in results:
                assert_close(one.name, next(got), expected, 1e-9)


def run(function, *arrays):
    """Trace a function of arrays and run it natively."""
    from ondol.compiler.tracer import Tracer

    builder = new_builder()
    nodes = [builder.input(x.shape, x.dtype) for x in arrays]
    y = function(*(Tracer(builder, node) for node in nodes))
    program = Program([y.node], nodes)
    return program.run(arrays)[0].copy(), program


FLOATS = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e-310, -1e-310, 1e300, 0.5]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "function",
    [
        np.exp, np.log, np.tanh, np.sin, np.sqrt, np.expm1, np.log1p, np.sign, np.rint,
        np.absolute, np.floor, np.ceil, np.isnan, np.isfinite, np.isinf, np.signbit,
        lambda x: np.maximum(x, 0), lambda x: np.minimum(x, 0), lambda x: x * x,
        lambda x: 1 / x, lambda x: np.where(x > 0, x, -x), lambda x: x**3,
        np.max, np.min, np.sum, np.prod, np.argmax, np.argmin,
    ],
)  # fmt: skip
def test_the_ends_of_the_number_range(function, dtype):
    with np.errstate(all="ignore"):
        x = np.array(FLOATS * 5).astype(dtype)
        got, _ = run(function, x)
        expected = np.asarray(function(x))
    rtol = 1e-6 if dtype == np.float32 else 1e-13
    np.testing.assert_allclose(got, expected, rtol=rtol)
    if expected.dtype.kind == "f":
        zero = expected == 0
        np.testing.assert_array_equal(np.signbit(got[zero]), np.signbit(expected[zero]))


@pytest.mark.parametrize("axis", [None, 0, 1, 2, (0, 1), (1, 2), (0, 2), (0, 1, 2)])
@pytest.mark.parametrize("function", [np.sum, np.max, np.prod, np.any])
def test_reductions_large_enough_for_threads(function, axis, rng):
    x = rng.normal(size=(40, 50, 70)).astype(np.float32)
    got, _ = run(lambda x: function(x, axis=axis), x)
    np.testing.assert_allclose(got, function(x, axis=axis), rtol=2e-4, atol=1e-3)


def test_a_long_sum_of_floats_is_exact(rng):
    x = rng.uniform(size=1_000_000).astype(np.float32)
    got, _ = run(np.sum, x)
    assert got == pytest.approx(x.astype(np.float64).sum(), rel=1e-6)


@pytest.mark.parametrize(
    "shapes", [((300, 200), (200, 100)), ((8, 64, 32), (8, 32, 64))]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_products_of_matrices_by_blas(shapes, dtype, rng):
    a, b = (rng.normal(size=shape).astype(dtype) for shape in shapes)
    got, _ = run(lambda a, b: a @ b, a, b)
    np.testing.assert_allclose(got, a @ b, rtol=1e-4, atol=1e-4)
    turned, _ = run(
        lambda a, b: np.swapaxes(
            np.swapaxes(b, -1, -2) @ np.swapaxes(a, -1, -2), -1, -2
        ),
        a,
        b,
    )
    np.testing.assert_allclose(turned, a @ b, rtol=1e-4, atol=1e-4)


def test_a_chain_of_elementwise_functions_is_one_loop(rng):
    x = rng.normal(size=(100, 100))
    got, program = run(lambda x: np.tanh(x * 2 + 1) * np.exp(-x * x), x)
    np.testing.assert_allclose(got, np.tanh(x * 2 + 1) * np.exp(-x * x), rtol=1e-12)
    assert len(program.schedule.steps) == 1


def test_equal_loops_are_emitted_once(rng):
    x = rng.normal(size=(4, 5))

    def function(x):
        for _ in range(10):
            x = np.tanh(x).T @ np.tanh(x)
            x = np.concatenate([x[:4], x[:4] * 2])[:4]
        return x

    _, program = run(function, x)
    assert len(program.source.kernels) < len(program.schedule.steps) / 3


def test_memory_is_used_again(rng):
    x = rng.normal(size=(100, 100))

    def function(x):
        for _ in range(20):
            x = np.tanh(x) @ x
        return x

    _, program = run(function, x)
    stored = [n for n in order(program.results) if n in program.schedule.stored]
    assert program.arena_size < sum(n.size * 8 for n in stored) / 5


def scaled(y):
    """`y`, read by two loops: the second begins when the first has ended."""
    return y * np.sum(y * y)


@pytest.mark.parametrize(
    ("function", "stored"),
    [
        (lambda x: scaled(2 * x + 1), 1),  # the result alone
        (lambda x: scaled(np.maximum(x, 0)), 1),
        (lambda x: scaled(scaled(2 * x + 1) + 1), 1),
        (lambda x: scaled(np.exp(x)), 2),  # which takes long
        (lambda x: scaled(np.where(x > 0, x, -x)), 2),
        (lambda x: (2 * x + 1) @ x + 2 * x, 3),  # BLAS reads memory
        (lambda x: scaled((2 * x + 1)[::-1]) + scaled(2 * x + 1), 2),
        (lambda x: (y := np.maximum(x, 0)) * np.transpose(y + 1), 1),
        (lambda x: (y := np.maximum(x, 0))[:-1] + y[1:] + y[1:] * y[:-1], 1),  # twice
    ],
    ids=[
        "line",
        "relu",
        "twice",
        "slow",
        "branch",
        "product",
        "view",
        "turned",
        "over",
    ],
)
def test_what_is_cheap_is_computed_again_and_not_stored(function, stored, rng):
    x = rng.normal(size=(150, 150))
    got, program = run(function, x)
    np.testing.assert_allclose(got, function(x), rtol=1e-10, atol=1e-10)
    large = {n for n in program.schedule.stored if n.size == x.size and n.inputs}
    assert len(large) == stored


def pooled(y, rows, columns):
    """The largest of each two by two."""
    y = np.reshape(y, (rows // 2, 2, columns // 2, 2))
    first, second = (np.maximum(y[:, 0, :, i], y[:, 1, :, i]) for i in range(2))
    return np.maximum(first, second)


@pytest.mark.parametrize(("shape", "stored"), [((600, 60), 0), ((6000, 6), 1)])
def test_each_element_is_computed_by_who_reads_it_once(shape, stored, rng):
    x = rng.normal(size=shape)
    got, program = run(lambda x: pooled(np.maximum(2 * x - 1, 0), *shape), x)
    np.testing.assert_array_equal(got, pooled(np.maximum(2 * x - 1, 0), *shape))
    large = [n for n in program.schedule.stored if n.size == x.size and n.inputs]
    assert len(large) == stored  # short rows are not worth it


@pytest.mark.parametrize(
    "view",
    [
        lambda y: np.flip(y, 0),
        np.transpose,
        lambda y: np.pad(y, 1),
        lambda y: y[10:, ::2],
        lambda y: np.broadcast_to(y, (3, *y.shape)),
        lambda y: np.reshape(np.transpose(y), (50, -1)),
        lambda y: np.concatenate([y, y[::-1]]),
        lambda y: (y + np.transpose(y)) * np.sum(y),
        lambda y: np.sum(y[:, ::2], axis=0),
        lambda y: np.sum(np.transpose(y)[:100], axis=1),
    ],
)
def test_views_of_what_is_cheap(view, rng):
    x = rng.normal(size=(150, 150))
    got, _ = run(lambda x: view(2 * np.maximum(x, 0)), x)
    expected = view(2 * np.maximum(x, 0))
    np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("dtype", [np.float32, np.int64])
@pytest.mark.parametrize(
    ("size", "stride", "dilation", "image", "stored"),
    [
        ((2,), (2,), (1,), (40,), 0),
        ((2, 2), (2, 2), (1, 1), (12, 40), 0),
        ((2, 3), (3, 4), (2, 1), (14, 41), 0),  # gaps
        ((1, 1), (2, 2), (1, 1), (13, 39), 0),
        ((2, 1, 3), (2, 1, 3), (1, 1, 1), (4, 3, 30), 0),
        ((3, 3), (2, 3), (1, 1), (13, 39), 1),  # rows overlap
    ],
    ids=str,
)
def test_windows_are_computed_where_they_are_added_back(
    size, stride, dilation, image, stored, dtype, rng
):
    sizes = zip(image, size, stride, dilation, strict=True)
    positions = [(n - (k - 1) * d - 1) // s + 1 for n, k, s, d in sizes]
    x = (20 * rng.normal(size=(150, 3, *size, *positions))).astype(dtype)

    def function(x):
        return primitives.fold(np.where(x > 1, 2 * x, 0), image, stride, dilation)

    got, program = run(function, x)
    np.testing.assert_array_equal(got, function(x))
    large = [n for n in program.schedule.stored if n.op == "map"]
    assert len(large) == stored


def test_what_is_positive_behind_a_maximum_is_so_before_it(rng):
    x = rng.normal(size=(30, 30))
    x[0, :3] = np.nan, np.inf, -0.0

    def function(x):
        y = np.maximum(x, 0)
        return (y > 0) * 2.0

    got, program = run(function, x)
    np.testing.assert_array_equal(got, function(x))
    ufuncs = {n.attrs[0] for n in program.schedule.nodes if n.op == "map"}
    assert np.greater in ufuncs
    assert np.maximum not in ufuncs


def test_small_arrays_are_stored(rng):
    x = rng.normal(size=(20, 20))
    got, program = run(lambda x: scaled(2 * x + 1), x)
    np.testing.assert_allclose(got, scaled(2 * x + 1), rtol=1e-10)
    assert len({n for n in program.schedule.stored if n.size == x.size}) == 3


def shapes(*sizes):
    rng = np.random.default_rng(0)
    return [rng.normal(size=size) for size in sizes]


# Large enough for threads, and for sums and products that are cut into parts.
@pytest.mark.parametrize("turned", [(), (0,), (1,), (0, 1)])
@pytest.mark.parametrize("rows", [2, 3, 8, 17, 60])
def test_many_products_with_one_matrix_put_it_into_panels(rows, turned, rng):
    shape = (rows, 130)[:: -1 if 0 in turned else 1]
    xs = rng.standard_normal((5, *shape)).astype(np.float32)
    W = rng.standard_normal((48, 130) if 1 in turned else (130, 48)).astype(np.float32)
    xs[1].flat[3], xs[2].flat[5] = np.nan, np.inf

    def products(xs, W):
        b = W.T if 1 in turned else W
        return np.stack([(x.T if 0 in turned else x) @ b for x in xs])

    got, program = run(products, xs, W)
    assert program.source.text.count("  panel(") == len(xs)
    expected = products(xs.astype(float), W.astype(float))
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-4)
    with threads.limit(1):
        np.testing.assert_array_equal(program.run([xs, W])[0], got)


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2)])
def test_products_of_repeated_rows_are_made_once_for_each(order, rng):
    table = rng.standard_normal((7, 24)).astype(np.float32)
    W = rng.standard_normal((24, 40)).astype(np.float32)
    ids = rng.integers(-7, 7, (30, 5))

    def product(table, W, ids):
        return np.transpose(table[ids], order) @ W

    got, program = run(product, table, W, ids)
    np.testing.assert_allclose(got, product(table, W, ids), rtol=1e-5, atol=1e-5)
    assert cost(program).flops < 2 * 10 * 24 * 40  # of 7 rows, not of 150


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2)])
def test_gradients_of_repeated_rows_are_added_up_before_the_products(order, rng):
    table = Variable(rng.standard_normal((7, 24)).astype(np.float32))
    W = Variable(rng.standard_normal((24, 40)).astype(np.float32))
    ids, c = rng.integers(-7, 7, (30, 5)), rng.standard_normal((150, 40), np.float32)

    def step(ids, c):
        table.cleargrad()
        W.cleargrad()
        x = np.reshape(np.transpose(table[ids], order), (150, 24))
        np.sum((x @ W) * c).backward()
        return table.grad, W.grad

    expected = [g.data.copy() for g in step(ids, c)]
    compiled = ondol.compile(step)
    compiled(ids, c)
    for got, right in zip(compiled(ids, c), expected, strict=True):
        np.testing.assert_allclose(got.data, right, rtol=1e-4, atol=1e-4)
    assert compiled.cost.flops < 60_000  # one product with 150 rows has 288,000


def test_a_table_that_is_longer_than_what_is_taken_stays_as_it_is(rng):
    table, ids = rng.standard_normal((90, 24)), rng.integers(0, 90, 10)
    W = rng.standard_normal((24, 40))
    got, program = run(lambda t, W, i: t[i] @ W, table, W, ids)
    np.testing.assert_allclose(got, table[ids] @ W, rtol=1e-12)
    assert cost(program).flops < 2 * 11 * 24 * 40


def test_a_few_products_with_one_matrix_are_left_to_blas(rng):
    xs = rng.standard_normal((3, 8, 130)).astype(np.float32)
    W = rng.standard_normal((130, 48)).astype(np.float32)
    _, program = run(lambda xs, W: np.stack([x @ W for x in xs]), xs, W)
    assert "  panel(" not in program.source.text


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("function", "arrays"),
    [
        (lambda x: np.sum(np.exp(x)), shapes(300_001)),
        (lambda x: np.sum(x * x), shapes((70, 80, 90))),
        (lambda x: np.max(x) + np.min(x), shapes(300_001)),
        (lambda x: np.sum(x, axis=0), shapes((3000, 200))),
        (lambda x: np.sum(x, axis=0), shapes((90_001, 7))),
        (lambda x: np.sum(x, axis=(0, 2)), shapes((40, 100, 130))),
        (lambda x: np.sum(x, axis=(0, 1)), shapes((40, 100, 130))),
        (lambda x: np.max(x, axis=1), shapes((300, 2000))),
        (lambda x: x / np.sum(x * x, axis=0), shapes((3000, 200))),
        (lambda x, y: np.concatenate([x, y, x]), shapes((300, 400), (200, 400))),
        (lambda x, y: np.concatenate([x, y], axis=1), shapes((900, 200), (900, 150))),
        (lambda x: np.stack([x[i] for i in range(20)], axis=1), shapes((20, 200, 99))),
        (lambda x: np.where(x > 0, x, 2 * x) * (x > 0), shapes((700, 800))),
        (lambda a, b: a @ b, shapes((1, 300), (300, 1100))),
        (lambda a, b: a @ b.T, shapes((1, 300), (1100, 300))),
        (lambda a, b: a @ b, shapes((1100, 300), (300, 1))),
        (lambda a, b: a.T @ b, shapes((300, 1100), (300, 1))),
        (lambda a, b: a @ b, shapes((1100,), (1100, 300))),
        (lambda a, b: a @ b, shapes((70, 130), (130, 210))),
        (lambda a, b: a.T @ b, shapes((130, 210), (130, 70))),
        (lambda a, b: a @ b.T, shapes((210, 130), (71, 130))),
        (lambda a, b: a.T @ b.T, shapes((130, 70), (210, 130))),
        (lambda a, b: a @ b, shapes((3, 70, 130), (3, 130, 90))),
        (lambda a, b: a @ b, shapes((12, 70, 130), (130, 90))),
        (lambda a, b: a @ b, shapes((12, 1, 130), (12, 130, 90))),
    ],
)  # fmt: skip
def test_large_arrays(function, arrays, dtype):
    arrays = [x.astype(dtype) for x in arrays]
    got, _ = run(function, *arrays)
    expected = function(*(x.astype(np.float64) for x in arrays))
    assert got.dtype == dtype
    scale = np.abs(expected).max()
    np.testing.assert_allclose(
        got, expected, rtol=2e-5 if dtype == np.float32 else 1e-11,
        atol=scale * (2e-6 if dtype == np.float32 else 1e-14),
    )  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_product_is_rounded_before_it_is_added(dtype, rng):
    x = rng.normal(size=10_000).astype(dtype)
    got, _ = run(lambda a, b: a * a - b * b, x, x)
    assert not got.any()


FOLDED = [
    np.add, np.multiply, np.maximum, np.minimum, np.logical_or, np.logical_and,
    np.logical_xor, np.subtract, np.divide, np.fmax, np.hypot, np.logaddexp,
    np.bitwise_or,
]  # fmt: skip


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("kind", ["?", "i1", "u1", "i8", "f4", "f8"])
@pytest.mark.parametrize("ufunc", FOLDED)
def test_every_ufunc_folds_as_in_numpy(ufunc, kind, axis, rng):
    x = rng.integers(1, 100, (5, 6)).astype(kind)
    try:
        expected = ufunc.reduce(x, axis=axis)
    except TypeError:  # it has no loop for such numbers
        with pytest.raises(TypeError):
            run(lambda x: ufunc.reduce(x, axis=axis), x)
        return
    got, _ = run(lambda x: ufunc.reduce(x, axis=axis), x)
    assert got.dtype == expected.dtype
    np.testing.assert_allclose(got, expected, rtol=1e-5)


@pytest.mark.parametrize(
    "ufunc",
    [np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal],
)
def test_signed_integers_against_unsigned_ones(ufunc):
    a = np.array([-1, -(2**62), 0, 5, 2**62] * 3)
    b = np.array([2**64 - 1, 0, 0, 4, 2**62] * 3, np.uint64)
    for pair in ((a, b), (b, a)):
        got, _ = run(lambda a, b: ufunc(a, b), *pair)
        assert got.tolist() == ufunc(*pair).tolist()
