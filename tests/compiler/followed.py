"""Products that loops follow on blocks of rows, and what they give.

Sizes are odd, so that blocks, tiles and vectors end in the middle.
"""

from functools import partial
from itertools import product

import numpy as np

from compiler.traced import new_builder
from ondol import threads
from ondol.compiler.program import Program
from ondol.compiler.schedule import Call, Loop
from ondol.compiler.tracer import Tracer

# rows, columns, inner; with more than 512 inner and 4096 columns there is more than one
# block; with few rows columns are shared out to threads; 300 is no multiple of a tile.
SIZES = [
    (104, 96, 70),
    (62, 142, 1030),
    (202, 64, 513),
    (48, 4110, 20),
    (50, 300, 300),
    (333, 20, 150),
    (10, 1040, 60),
]


def rectified(x, w, b, r):
    return np.maximum(x @ w + b, 0)


def bent(x, w, b, r):
    return np.tanh(x @ w + b) * np.exp(-np.abs(r))


def normed(x, w, b, r):
    y = x @ w + b + r
    y = y - np.mean(y, axis=-1, keepdims=True)
    return y / np.sqrt(np.mean(y * y, axis=-1, keepdims=True) + 1e-5)


def softmax(x, w, b, r):
    y = np.exp(x @ w - np.max(x @ w, axis=-1, keepdims=True))
    return y / np.sum(y, axis=-1, keepdims=True)


def gated(x, w, b, r):
    """Each row is read at several places, and results have half of its columns."""
    y = x @ w + b
    half = y.shape[-1] // 2
    return np.tanh(y[..., :half]) * y[..., half:] + np.flip(r, -1)[..., :half]


def by_heads(x, w, b, r):
    """Rows of rows, of which the squares are added up."""
    y = np.reshape(x @ w + r, (*r.shape[:-1], 2, -1))
    return y / (1 + np.sum(y * y, axis=-1, keepdims=True))


def across(x, w, b, r):
    """Sums along rows over an axis that is not the last."""
    y = np.reshape(x @ w + r, (*r.shape[:-1], 2, -1))
    return np.sum(y * y, axis=-2)


def kept(x, w, b, r):
    """Others read the product later: another one, and who gets it."""
    y = x @ w
    return np.maximum(y + b, 0), np.swapaxes(y, -1, -2) @ r, y


def twice(x, w, b, r):
    """Two loops of their own read it, and another product, before."""
    first = np.swapaxes(x, -1, -2) @ r
    y = x @ w
    return np.tanh(y + b), np.sum(y * r, axis=-1), y + np.mean(first)


ALL = (rectified, bent, normed, softmax, gated, by_heads, across, kept, twice)
FUNCTIONS = {f.__name__: f for f in ALL}


# -- reductions of rows that loops follow ----------------------------------------------


def row_softmax(x, r):
    y = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return y / np.sum(y, axis=-1, keepdims=True)


def row_log_softmax(x, r):
    y = x - np.max(x, axis=-1, keepdims=True)
    return y - np.log(np.sum(np.exp(y), axis=-1, keepdims=True)), np.max(x, axis=-1)


def row_norm(x, r):
    y = x - np.mean(x, axis=-1, keepdims=True)
    return y / np.sqrt(np.mean(y * y, axis=-1, keepdims=True) + 1e-5) * r[0] + r


def row_softmax_slope(x, r):
    return x * (r - np.sum(x * r, axis=-1, keepdims=True))


def two_axes(x, r):
    """Rows of which two axes are folded, and one that is left between them."""
    x, r = (np.reshape(a, (-1, 2, 1, a.shape[-1] // 2)) for a in (x, r))
    return (x + r) / (1 + np.sum(x * x, axis=(1, 3), keepdims=True))


ROW_FUNCTIONS = {
    f.__name__: f
    for f in (row_softmax, row_log_softmax, row_norm, row_softmax_slope, two_axes)
}
ROW_SIZES = [(64, 34), (70, 5002), (4099, 16), (129, 640), (2000, 2)]


def check_rows(name, sizes, dtype=np.float32):
    """The same, of reductions of rows."""
    function = ROW_FUNCTIONS[name]
    rng = np.random.default_rng(0)
    return check_program(
        function, [rng.standard_normal(sizes).astype(dtype) for _ in range(2)]
    )


def arrays(sizes, batch=(), dtype=np.float32, seed=0):
    """A product's factors, a row that is added, and an array like the product."""
    m, n, k = sizes
    rng = np.random.default_rng(seed)
    shapes = (*batch, m, k), (*batch, k, n), (n,), (*batch, m, n)
    return [(rng.standard_normal(s) / k**0.25).astype(dtype) for s in shapes]


def program_for(function, given):
    """The program of a function of arrays, and how many results it has."""
    b = new_builder()
    inputs = [b.input(x.shape, x.dtype) for x in given]
    y = function(*(Tracer(b, node) for node in inputs))
    results = [x.node for x in (y if isinstance(y, tuple) else (y,))]
    return Program(results, inputs)


def followers(program):
    """How many loops follow each product."""
    calls = [step for step in program.schedule.steps if isinstance(step, Call)]
    return [len(call.epilogue) for call in calls if call.node.op == "matmul"]


def led_by_loops(program):
    """How many loops follow each reduction of rows that has any."""
    steps = (step for step in program.schedule.steps if isinstance(step, Loop))
    return [len(step.epilogue) for step in steps if step.epilogue]


def check(name, sizes, batch=(), dtype=np.float32):
    """What a product and its loops give, beside NumPy's float64; on 1 to 3 threads."""
    return check_program(FUNCTIONS[name], arrays(sizes, batch, dtype))


def check_program(function, given):
    dtype = given[0].dtype
    program = program_for(function, given)
    expected = function(*(x.astype(np.float64) for x in given))
    expected = expected if isinstance(expected, tuple) else (expected,)
    may_vary = bool(followers(program))  # BLAS cuts products up for its threads
    first = {}
    for count in (1, 2, 3, 2):
        with threads.limit(count):
            got = [x.copy() for x in program.run(given)]
        for x, y in zip(got, expected, strict=True):
            size = np.abs(y).max()
            close = 3e-5 if dtype == np.float32 else 1e-12
            np.testing.assert_allclose(x, y, rtol=3 * close, atol=close * size)
        same = first.setdefault(count if may_vary else 0, got)
        for x, y in zip(got, same, strict=True):
            np.testing.assert_array_equal(x, y)
    return program


def check_all(step=1):
    """Everything, or every so many, for those who watch."""
    checks = [partial(check_rows, *both) for both in product(ROW_FUNCTIONS, ROW_SIZES)]
    for name in FUNCTIONS:
        checks += [partial(check, name, sizes) for sizes in SIZES]
        checks.append(partial(check, name, (62, 98, 71), dtype=np.float64))
        checks.append(partial(check, name, (42, 64, 50), batch=(3, 4)))
    for one in checks[::step]:
        one()
