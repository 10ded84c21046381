"""Products, convolutions, attention that are large enough for tiles; what they give.

Sizes are odd, so that tiles, blocks and panels end in the middle.
"""

from functools import partial
from itertools import product

import numpy as np

import ondol
import ondol.functions as F
from compiler.traced import new_builder
from ondol import threads
from ondol.compiler.program import Program
from ondol.compiler.tracer import Tracer

# rows, columns, inner; beyond 512 inner and 4096 columns there is more than one block.
PRODUCTS = [
    (104, 96, 70),
    (61, 142, 1030),
    (200, 63, 513),
    (48, 4107, 20),
    (64, 64, 65),
]
ORDERS = {"plain": (0, 0), "first_turned": (1, 0), "second_turned": (0, 1)}

# images, filters, and the settings
CONVOLUTIONS = {
    "2d": ((3, 5, 14, 14), (9, 5, 3, 3), {"pad": 1}),
    "2d_valid": ((2, 4, 20, 9), (17, 4, 3, 2), {}),
    "2d_uneven": ((2, 3, 11, 19), (7, 3, 2, 4), {"pad": ((0, 2), (3, 1))}),
    "2d_dilated": ((2, 3, 17, 16), (8, 3, 3, 3), {"pad": 2, "dilation": 2}),
    "2d_large": ((1, 70, 12, 40), (70, 70, 3, 3), {"pad": 1}),
    "2d_many_filters": ((1, 64, 8, 9), (460, 64, 3, 3), {"pad": 1}),
    "2d_many": ((6, 3, 24, 24), (8, 3, 3, 3), {"pad": 1}),
    "2d_strided": ((3, 5, 15, 17), (33, 5, 3, 3), {"pad": 1, "stride": 2}),
    "2d_one_row": ((2, 40, 1, 50), (40, 40, 1, 3), {"pad": ((0, 0), (1, 1))}),
    "2d_no_window": ((2, 40, 9, 10), (40, 40, 1, 1), {}),
    "2d_eight": ((5, 9, 3, 8), (41, 9, 3, 3), {"pad": 1}),
    "1d_short": ((7, 40, 15), (35, 40, 3), {"pad": 1}),
    "1d": ((3, 6, 100), (19, 6, 5), {"pad": 2}),
    "3d": ((2, 3, 5, 6, 7), (10, 3, 2, 3, 3), {"pad": 1}),
}


# queries, keys, values, which are seen, and the settings
ATTENTION = {
    "self": ((2, 4, 101, 32), (2, 4, 101, 32), (2, 4, 101, 32), None, {}),
    "causal": ((2, 4, 130, 16), (2, 4, 130, 16), (2, 4, 130, 48), None,
               {"causal": True, "scale": 0.4}),
    "cross": ((3, 4, 61, 48), (3, 4, 103, 48), (3, 4, 103, 16), None, {}),
    "padding": ((2, 4, 97, 16), (2, 4, 97, 16), (2, 4, 97, 16), (2, 1, 1, 97), {}),
    "masked": ((2, 4, 97, 16), (2, 4, 97, 16), (2, 4, 97, 16), (97, 97),
               {"causal": True}),
    "shared": ((2, 6, 90, 16), (2, 2, 79, 16), (2, 2, 79, 32), (6, 90, 1),
               {"causal": True}),
    "one_key_head": ((1, 3, 150, 16), (1, 1, 160, 16), (1, 1, 160, 16), None, {}),
    "next_tokens": ((2, 4, 17, 16), (2, 4, 530, 16), (2, 4, 530, 16), None,
                    {"causal": True}),
    "blind": ((2, 4, 120, 16), (2, 4, 80, 16), (2, 4, 80, 16), None,
              {"causal": True}),
    "no_heads": ((260, 32), (270, 32), (270, 16), (270,), {}),
    "no_batch": ((3, 160, 32), (3, 160, 32), (3, 160, 16), (1, 1), {"causal": True}),
    "two_batches": ((2, 3, 2, 80, 16), (2, 3, 2, 80, 16), (2, 3, 2, 80, 16), None, {}),
}  # fmt: skip


def compute(function, *arrays):
    """A function of arrays, compiled; and the program that it has become."""
    b = new_builder()
    inputs = [b.input(x.shape, x.dtype) for x in arrays]
    y = function(*(Tracer(b, node) for node in inputs))
    program = Program([y.node], inputs)
    return program.run(arrays)[0], program


def check_product(order, m, n, k):
    """A product, whose factors may be transposes."""
    rng = np.random.default_rng(m)
    turned = ORDERS[order]
    shapes = [(m, k), (k, n)]
    a, b = (
        rng.standard_normal(s[::-1] if t else s, np.float32)
        for s, t in zip(shapes, turned, strict=True)
    )

    def product(a, b):
        return (a.T if turned[0] else a) @ (b.T if turned[1] else b)

    got, program = compute(product, a, b)
    expected = product(a.astype(np.float64), b.astype(np.float64))
    np.testing.assert_allclose(got, expected, atol=1e-5 * k**0.5 * 5, rtol=1e-4)
    return program.source.text


def check_batch():
    """Many products, each of which one thread computes."""
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal(s, np.float32) for s in ((9, 70, 60), (9, 60, 80)))
    got, program = compute(lambda a, b: a @ b, a, b)
    np.testing.assert_allclose(got, a.astype(np.float64) @ b, atol=1e-4, rtol=1e-4)
    return program.source.text


def check_convolution(name):
    """A convolution and the gradients of its images and filters, beside float64."""
    image, filters, settings = CONVOLUTIONS[name]
    rng = np.random.default_rng(0)
    x, W = (rng.standard_normal(s, np.float32) for s in (image, filters))
    convolve = {3: F.conv1d, 4: F.conv2d, 5: F.conv3d}[x.ndim]

    def step(x, W, weights):
        y = convolve(x, W, **settings)
        x.cleargrad()
        W.cleargrad()
        np.sum(y * weights).backward()
        return y, x.grad, W.grad

    with ondol.no_grad():
        shape = convolve(x, W, **settings).shape
    weights = rng.standard_normal(shape, np.float32)
    variables = [ondol.Variable(a) for a in (x, W)]
    compiled = ondol.compile(step)
    got = [compiled(*variables, weights) for _ in range(2)][-1]
    wide = [ondol.Variable(a.astype(np.float64)) for a in (x, W)]
    for ours, expected in zip(
        got, step(*wide, weights.astype(np.float64)), strict=True
    ):
        assert ours.dtype == np.float32
        size = np.abs(expected.data).max()
        np.testing.assert_allclose(
            ours.data, expected.data, atol=2e-5 * size, rtol=1e-4
        )
    return compiled.source


def check_numbers_of_filters(most):
    """From one filter on: tiles of each height, on one thread and on several."""
    rng = np.random.default_rng(0)
    x, W = (
        rng.standard_normal(s, np.float32) for s in ((6, 8, 12, 12), (most, 8, 3, 3))
    )
    step = ondol.compile(
        lambda x, W: [F.conv2d(x, W[:n], pad=1) for n in range(1, most + 1)]
    )
    expected = F.conv2d(x.astype(np.float64), W.astype(np.float64), pad=1).data
    step(x, W)
    for count in (1, 2, 3):
        with threads.limit(count):
            ys = [y.data for y in step(x, W)]
        for n, y in enumerate(ys, 1):
            np.testing.assert_allclose(y, expected[:, :n], atol=1e-4)
            np.testing.assert_array_equal(y, ys[-1][:, :n])
    return step.source


def check_attention(name):
    """Attention and its gradients, beside float64, whose scores are in one matrix."""
    *shapes, seen, settings = ATTENTION[name]
    rng = np.random.default_rng(0)
    q, k, v = (rng.standard_normal(s, np.float32) for s in shapes)
    g = rng.standard_normal((*q.shape[:-1], v.shape[-1]), np.float32)
    mask = None if seen is None else rng.random(seen) > 0.2

    def step(q, k, v, g):
        xs = [ondol.Variable(x) for x in (q, k, v)]
        y = F.scaled_dot_product_attention(*xs, mask, **settings)
        np.sum(y * g).backward()
        return y, *(x.grad for x in xs)

    compiled = ondol.compile(step)
    got = [compiled(q, k, v, g) for _ in range(2)][-1]
    eager = step(q, k, v, g)
    wide = step(*(x.astype(np.float64) for x in (q, k, v, g)))
    for ys in (got, eager):
        for y, expected in zip(ys, wide, strict=True):
            assert y.dtype == np.float32
            size = np.abs(expected.data).max()
            np.testing.assert_allclose(y.data, expected.data, atol=3e-6 * size)
    return compiled.source


def check_all(step=1):
    """Everything above, or every so many, for those who watch."""
    pairs = product(ORDERS, PRODUCTS)
    checks = [partial(check_product, order, *sizes) for order, sizes in pairs]
    checks += [partial(check_convolution, name) for name in CONVOLUTIONS]
    checks += [partial(check_attention, name) for name in ATTENTION]
    checks += [partial(check_numbers_of_filters, 40), check_batch]
    for one in checks[::step]:
        one()
