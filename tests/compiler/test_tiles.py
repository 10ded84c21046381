"""Products, convolutions and attention in tiles of registers."""

import os

import numpy as np
import pytest

import ondol
import ondol.functions as F
from compiler import tiled
from ondol import threads
from ondol.compiler import build, epilogues

pytestmark = pytest.mark.skipif(
    build.compiler() is None, reason="there is no C compiler on this machine"
)


@pytest.mark.parametrize("sizes", tiled.PRODUCTS, ids=str)
@pytest.mark.parametrize("order", tiled.ORDERS)
def test_products(order, sizes):
    assert "  product(" in tiled.check_product(order, *sizes)


@pytest.mark.parametrize(
    "sizes", [(40, 300, 300), (300, 49, 300), (60, 60, 60)], ids=str
)
def test_products_that_fill_no_tiles_or_are_small_are_left_to_blas(sizes):
    assert "  product(" not in tiled.check_product("plain", *sizes)


def test_many_products_side_by_side():
    assert "  float scratch[" in tiled.check_batch()


@pytest.mark.parametrize("name", tiled.CONVOLUTIONS)
def test_convolutions_and_their_gradients(name):
    source = tiled.check_convolution(name)
    assert ("  convolve(" in source) == ("strided" not in name)
    assert "  convolve_back(" in source


def test_any_number_of_filters():
    source = tiled.check_numbers_of_filters(40)
    assert source.count("  convolve(") == 40


@pytest.mark.parametrize(
    ("image", "filters", "settings"),
    [
        ((2, 6, 12, 12), (8, 3, 3, 3), {"groups": 2}),
        ((2, 5, 20, 20), (8, 5, 20, 20), {}),  # between two places lies a whole row
        ((1, 2, 5, 5), (2, 2, 3, 3), {}),  # next to nothing to do
        ((1, 1, 8300, 20), (2, 1, 3, 3), {}),  # more rows than fit on a stack
    ],
    ids=["groups", "large_filters", "small", "rows"],
)
def test_other_convolutions_are_products_of_windows(image, filters, settings, rng):
    x, W = (rng.standard_normal(s, np.float32) for s in (image, filters))
    step = ondol.compile(lambda x, W: F.conv2d(x, W, **settings))
    for _ in range(2):
        y = step(x, W)
    assert "  convolve(" not in step.source
    np.testing.assert_allclose(y.data, F.conv2d(x, W, **settings).data, atol=1e-4)


@pytest.mark.parametrize("name", tiled.ATTENTION)
def test_attention_and_its_gradients(name):
    source = tiled.check_attention(name)
    assert "  attend(&a" in source
    assert "  attend_back(&a" in source


@pytest.mark.parametrize("count", [1, 2, 3])
def test_sums_do_not_depend_on_the_threads(count, monkeypatch):
    flags = os.environ.get("ONDOL_CFLAGS", "")
    monkeypatch.setenv("ONDOL_CFLAGS", f"{flags} -DTILES")  # BLAS promises less
    monkeypatch.setattr(epilogues, "PARALLEL", 0)
    rng = np.random.default_rng(0)
    x, W = (rng.standard_normal(s, np.float32) for s in ((3, 6, 20, 20), (50, 6, 3, 3)))
    a, b = (rng.standard_normal(s, np.float32) for s in ((130, 1100), (1100, 79)))
    q = ondol.Variable(rng.standard_normal((5, 130, 16), np.float32))

    def step(x, W, a, b):
        W = ondol.Variable(W)
        y = F.conv2d(x, W, pad=1)
        q.cleargrad()
        z = F.scaled_dot_product_attention(q, q, q, causal=True)
        (np.sum(y * y) + np.sum(z * z)).backward()
        return y, W.grad, a @ b, -(a @ (2 * b)), z, q.grad

    compiled = ondol.compile(step)
    with threads.limit(1):
        compiled(x, W, a, b)
        expected = [y.data for y in compiled(x, W, a, b)]
    assert "(char *[]){" in compiled.source  # something follows a product
    with threads.limit(count):
        for _ in range(10):  # nor on which of them is the quicker
            for got, y in zip(compiled(x, W, a, b), expected, strict=True):
                np.testing.assert_array_equal(got.data, y)
