import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ondol.functions as F
from ondol import Variable
from ondol.errors import ArgumentError, DtypeError, ShapeError
from ondol.testing import check_grads

IMAGES = Variable(np.arange(32.0).reshape(1, 2, 4, 4))
INF = np.inf


def grad(function, x):
    x = Variable(np.array(x, float))
    function(x).backward()
    return x.grad.data


# -- max -------------------------------------------------------------------------------


def test_the_first_of_equals_gets_the_gradient():
    got = grad(lambda x: F.max_pool2d(x, 2), np.ones((1, 1, 2, 4)))
    np.testing.assert_array_equal(got, [[[[1, 0, 1, 0], [0, 0, 0, 0]]]])


def test_the_first_is_that_of_the_highest_row():
    x = [[[[0, 0, 5], [5, 0, 0], [5, 0, 5]]]]
    for pool in (
        lambda x: F.max_pool2d(x, 3),
        lambda x: F.adaptive_max_pool2d(x, 1),
        F.global_max_pool,
    ):
        got = grad(pool, x)
        np.testing.assert_array_equal(got[0, 0].nonzero(), [[0], [2]])


def test_a_nan_wins_its_window():
    x = np.zeros((1, 1, 2, 4))
    x[0, 0, 1, 1] = np.nan
    np.testing.assert_array_equal(F.max_pool2d(x, 2).data, [[[[np.nan, 0]]]])
    np.testing.assert_array_equal(F.adaptive_max_pool2d(x, 1).data, [[[[np.nan]]]])
    np.testing.assert_array_equal(F.global_max_pool(x).data, [[np.nan]])


def test_the_first_nan_gets_the_gradient():
    x = np.full((1, 1, 3, 3), np.nan)
    x[0, 0, 0] = 9
    for pool in (
        lambda x: F.max_pool2d(x, 3),
        lambda x: F.max_pool2d(x, 3, 4, pad=((0, 1), (0, 1))),
        lambda x: F.adaptive_max_pool2d(x, 1),
        F.global_max_pool,
    ):
        np.testing.assert_array_equal(grad(pool, x)[0, 0].nonzero(), [[1], [0]])


def test_large_windows_do_not_multiply_memory():
    x = Variable(np.zeros((1, 1, 64, 64)))
    tracemalloc.start()
    try:
        np.sum(F.max_pool2d(x, 32, 1)).backward()
        assert tracemalloc.get_traced_memory()[1] < 30 * x.data.nbytes
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, bool])
def test_max_pool_of_integers(dtype):
    x = np.array([[[[0, 1], [1, 0]]]], dtype)
    y = F.max_pool2d(x, 2, stride=1, pad=1)
    assert y.dtype == dtype
    np.testing.assert_array_equal(y.data, [[[[0, 1, 1], [1, 1, 1], [1, 1, 0]]]])


def test_padding_never_wins():
    x = np.full((1, 1, 2, 2), -5.0)
    np.testing.assert_array_equal(F.max_pool2d(x, 2, pad=1).data, x)


def test_padding_does_not_win_against_minus_infinity():
    y = F.max_pool2d(np.full((1, 1, 2, 2), -INF), 2, pad=1)
    np.testing.assert_array_equal(y.data, np.full((1, 1, 2, 2), -INF))
    got = grad(lambda x: F.max_pool2d(x, 3, 1, 1), np.full((1, 1, 2, 2), -INF))
    np.testing.assert_array_equal(got, [[[[4, 0], [0, 0]]]])


def test_padding_between_the_elements_of_a_wide_window():
    """The window of -1, 1 and 3 has no element at 0, though it is the nearest to -1."""
    x = np.array([[[5, -INF, 5, -INF]]])
    y = F.max_pool1d(x, 3, pad=1, dilation=2)
    np.testing.assert_array_equal(y.data, [[[-INF]]])


def test_ceil_mode_uses_what_the_stride_leaves_out():
    x = np.arange(16.0).reshape(1, 1, 4, 4)
    np.testing.assert_array_equal(F.max_pool2d(x, 3, 2).data, [[[[10]]]])
    y = F.max_pool2d(x, 3, 2, ceil_mode=True)
    np.testing.assert_array_equal(y.data, [[[[10, 11], [14, 15]]]])
    got = grad(lambda x: F.max_pool2d(x, 3, 2, ceil_mode=True), x)
    assert got.ravel().nonzero()[0].tolist() == [10, 11, 14, 15]


def test_ceil_mode_changes_nothing_where_the_stride_divides():
    x = np.arange(25.0).reshape(1, 1, 5, 5)
    y = F.max_pool2d(x, 3, 2, ceil_mode=True)
    np.testing.assert_array_equal(y.data, F.max_pool2d(x, 3, 2).data)


def test_a_stride_that_does_not_divide_leaves_the_rest_out():
    got = grad(lambda x: F.max_pool2d(x, 3), np.ones((1, 1, 5, 5)))
    assert got[:, :, 3:].sum() == got[..., 3:].sum() == 0


def test_an_element_gets_the_gradient_of_every_window_it_wins():
    got = grad(lambda x: F.max_pool1d(x, 3, 1), [[[0, 1, 5, 2, 3]]])
    np.testing.assert_array_equal(got, [[[0, 0, 3, 0, 0]]])


SIDES = st.integers(1, 6)


@settings(max_examples=40, deadline=None)
@given(height=SIDES, width=SIDES, rows=SIDES, columns=SIDES, seed=st.integers(0, 99))
def test_adaptive_pools_cover_every_element(height, width, rows, columns, seed):
    x = np.random.default_rng(seed).normal(size=(1, 1, height, width))
    y = F.adaptive_max_pool2d(x, (rows, columns)).data
    assert y.shape == (1, 1, rows, columns)
    assert y.max() == x.max()
    got = grad(lambda x: F.adaptive_avg_pool2d(x, (rows, columns)), x)
    assert (got > 0).all()
    np.testing.assert_allclose(got.sum(), rows * columns)


# -- mean and norm ---------------------------------------------------------------------


def test_padding_counts_in_a_mean():
    y = F.avg_pool2d(np.ones((1, 1, 2, 2)), 2, pad=1)
    np.testing.assert_array_equal(y.data, np.full((1, 1, 2, 2), 0.25))


def test_padding_does_not_count_if_it_is_not_to():
    y = F.avg_pool2d(np.ones((1, 1, 2, 2)), 2, pad=1, count_include_pad=False)
    np.testing.assert_array_equal(y.data, np.ones((1, 1, 2, 2)))


def test_what_hangs_over_the_edge_never_counts():
    x = np.ones((1, 1, 5))
    np.testing.assert_array_equal(F.avg_pool1d(x, 2, ceil_mode=True).data, [[[1] * 3]])
    y = F.avg_pool1d(x, 4, 3, 1, ceil_mode=True).data  # but the padding does
    np.testing.assert_array_equal(y, [[[0.75, 0.75]]])
    y = F.avg_pool1d(np.ones((1, 1, 6)), 4, 3, 1, ceil_mode=True).data
    np.testing.assert_array_equal(y, [[[0.75, 1, 0.5]]])


def test_a_mean_of_float16_does_not_overflow():
    x = np.full((1, 1, 3, 3), 60000, np.float16)
    for y in (
        F.avg_pool2d(x, 3),
        F.avg_pool2d(x, 2, 2, ceil_mode=True),
        F.adaptive_avg_pool2d(x, 2),
        F.global_avg_pool(x),
    ):
        assert y.dtype == np.float16
        assert np.isfinite(y.data).all()


def test_infinity_stays_in_its_windows():
    x = np.array([[[INF, 1, 2, 3, 4]]])
    np.testing.assert_array_equal(F.avg_pool1d(x, 2, 1).data, [[[INF, 1.5, 2.5, 3.5]]])
    y = F.adaptive_avg_pool1d(x, 3).data  # windows of two, three and two elements
    np.testing.assert_array_equal(y, [[[INF, 2, 3.5]]])


def test_lp_pool_of_zeros_has_gradient_zero():
    for p in (1, 2, 3, 2.5):
        got = grad(lambda x, p=p: F.lp_pool2d(x, 2, p=p), np.zeros((1, 1, 2, 2)))
        np.testing.assert_array_equal(got, np.zeros((1, 1, 2, 2)))


def test_lp_pool_has_second_derivatives_beside_a_zero():
    check_grads(lambda x: F.lp_pool1d(x, 2), np.array([[[0.0, 1.0, -2.0, 0.5]]]))


def test_lp_pool_takes_absolute_values():
    y = F.lp_pool1d(np.array([[[-1.0, 2.0]]]), 2, p=3)
    np.testing.assert_allclose(y.data, [[[9 ** (1 / 3)]]])


def test_pools_take_lists():
    assert F.max_pool1d([[[1.0, 3.0, 2.0, 0.0]]], 2).data.tolist() == [[[3, 2]]]


# -- what does not fit -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: F.max_pool2d(IMAGES, 0), "max_pool2d size.*got 0"),
        (lambda: F.max_pool2d(IMAGES, True), "max_pool2d size.*got True"),
        (lambda: F.max_pool2d(IMAGES, (2,)), r"max_pool2d size.*H, W.*got \(2,\)"),
        (lambda: F.max_pool2d(IMAGES, 2, 0), "max_pool2d stride.*got 0"),
        (lambda: F.max_pool2d(IMAGES, 2, dilation=0), "max_pool2d dilation.*got 0"),
        (lambda: F.max_pool2d(IMAGES, 2, pad=2), "nothing but padding"),
        (lambda: F.max_pool1d(np.ones((1, 1, 1)), 2, 1, 1, dilation=2), "nothing but"),
        (lambda: F.max_pool2d(IMAGES, 5), "does not fit into images"),
        (lambda: F.max_pool3d(IMAGES, 2), r"expected images \(N, C, D, H, W\)"),
        (lambda: F.max_pool1d(IMAGES, 2), r"expected images \(N, C, L\)"),
        (lambda: F.max_pool2d(IMAGES.data + 1j, 2), "no order"),
        (lambda: F.max_pool2d(IMAGES, 2, pad="full"), "max_pool2d pad.*'full'"),
        (lambda: F.max_pool2d(IMAGES, 2, 2, 0, 1), "ceil_mode: expected True.*got 1"),
        (lambda: F.avg_pool2d(IMAGES, 2, 2, 0, False, None), "count_include_pad.*None"),
        (lambda: F.avg_pool2d(IMAGES, 2, 0), "avg_pool2d stride.*got 0"),
        (lambda: F.avg_pool2d(IMAGES[0, 0], 2), r"expected images \(N, C, H, W\)"),
        (
            lambda: F.avg_pool2d(IMAGES, 2, pad=2, count_include_pad=False),
            "avg_pool2d.*nothing but padding",
        ),
        (lambda: F.lp_pool2d(IMAGES, 2, p=0.5), "lp_pool2d p.*0.5"),
        (lambda: F.lp_pool2d(IMAGES, 2, p=INF), "max_pool2d of the absolute values"),
        (lambda: F.lp_pool1d(IMAGES, 2), r"expected images \(N, C, L\)"),
        (lambda: F.adaptive_avg_pool2d(IMAGES, 0), "out_size.*got 0"),
        (lambda: F.adaptive_avg_pool2d(IMAGES, (1, 2, 3)), "out_size.*H, W"),
        (lambda: F.adaptive_avg_pool2d(IMAGES[:, :, :0], 1), "elements along them"),
        (lambda: F.adaptive_max_pool1d(IMAGES, 1), r"expected images \(N, C, L\)"),
        (lambda: F.adaptive_max_pool2d(IMAGES, None), "out_size.*None"),
        (lambda: F.max_pool2d(None, 2), "max_pool2d: expected an array of numbers"),
        (lambda: F.global_avg_pool("x"), "global_avg_pool: expected an array"),
        (lambda: F.global_avg_pool(IMAGES, 2), "global_avg_pool keepdims.*got 2"),
        (lambda: F.global_max_pool(IMAGES, None), "global_max_pool keepdims.*None"),
        (lambda: F.global_avg_pool(IMAGES[0, 0]), "one spatial axis or more"),
        (lambda: F.global_max_pool(IMAGES[..., :0]), "elements along them"),
    ],
)
def test_what_does_not_fit_a_pool_is_explained(call, message):
    with pytest.raises((ShapeError, ArgumentError, DtypeError), match=message):
        call()
