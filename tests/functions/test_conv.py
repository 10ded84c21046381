import numpy as np
import pytest

import ondol.functions as F
from ondol import Variable
from ondol.errors import ArgumentError, ShapeError

IMAGES = Variable(np.arange(32.0).reshape(1, 2, 4, 4))


def grad(function, x):
    x = Variable(np.array(x, float))
    function(x).backward()
    return x.grad.data


def test_the_first_of_equals_gets_the_gradient():
    got = grad(lambda x: F.max_pool2d(x, 2), np.ones((1, 1, 2, 4)))
    np.testing.assert_array_equal(got, [[[[1, 0, 1, 0], [0, 0, 0, 0]]]])


def test_a_nan_wins_its_window():
    x = np.zeros((1, 1, 2, 4))
    x[0, 0, 1, 1] = np.nan
    np.testing.assert_array_equal(F.max_pool2d(x, 2).data, [[[[np.nan, 0]]]])


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, bool])
def test_max_pool_of_integers(dtype):
    x = np.array([[[[0, 1], [1, 0]]]], dtype)
    y = F.max_pool2d(x, 2, stride=1, pad=1)
    assert y.dtype == dtype
    np.testing.assert_array_equal(y.data, [[[[0, 1, 1], [1, 1, 1], [1, 1, 0]]]])


def test_padding_never_wins():
    x = np.full((1, 1, 2, 2), -5.0)
    np.testing.assert_array_equal(F.max_pool2d(x, 2, pad=1).data, x)


def test_padding_counts_in_a_mean():
    y = F.avg_pool2d(np.ones((1, 1, 2, 2)), 2, pad=1)
    np.testing.assert_array_equal(y.data, np.full((1, 1, 2, 2), 0.25))


def test_a_stride_that_does_not_divide_leaves_the_rest_out():
    y = F.conv2d(IMAGES, np.ones((1, 2, 2, 2)), stride=3)
    assert y.shape == (1, 1, 1, 1)
    got = grad(lambda x: F.max_pool2d(x, 3), np.ones((1, 1, 5, 5)))
    assert got[:, :, 3:].sum() == got[..., 3:].sum() == 0


@pytest.mark.parametrize("variable", ["x", "W", "b"])
def test_each_operand_may_be_the_only_variable(variable, rng):
    operands = {
        "x": rng.normal(size=(2, 2, 4, 4)),
        "W": rng.normal(size=(3, 2, 2, 2)),
        "b": rng.normal(size=3),
    }
    every = {name: Variable(value) for name, value in operands.items()}
    F.conv2d(**every, stride=2, pad=1).backward()
    one = Variable(operands[variable])
    F.conv2d(**(operands | {variable: one}), stride=2, pad=1).backward()
    np.testing.assert_allclose(one.grad.data, every[variable].grad.data)


def test_images_of_bytes_meet_weights_of_float32():
    y = F.conv2d(np.ones((1, 1, 3, 3), np.uint8), np.ones((1, 1, 2, 2), np.float32))
    assert y.dtype == np.float32


def test_conv_transpose2d_is_the_transpose_of_conv2d(rng):
    """<conv(x), y> = <x, conv_transpose(y)>, for every size that conv2d takes."""
    filters, settings = rng.normal(size=(3, 2, 3, 2)), {"stride": (2, 3), "pad": (1, 0)}
    for height, width in [(7, 8), (8, 9), (8, 10)]:
        x = rng.normal(size=(2, 2, height, width))
        y = F.conv2d(x, filters, **settings).data
        y2 = rng.normal(size=y.shape)
        back = F.conv_transpose2d(y2, filters, out_size=(height, width), **settings)
        np.testing.assert_allclose((y * y2).sum(), (x * back.data).sum())


def test_an_out_size_adds_zeros_that_no_filter_reached():
    x, W = np.ones((1, 1, 2, 2)), np.ones((1, 1, 1, 1))
    y = F.conv_transpose2d(x, W, [2.0], stride=2, out_size=4).data
    np.testing.assert_array_equal(y[0, 0, :3:2, :3:2], np.full((2, 2), 3))
    assert y.sum() == 4 + 2 * 16


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


W = np.ones((3, 2, 2, 2))
V = np.ones((2, 3, 2, 2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: F.conv2d(IMAGES[0], W), r"x\[None\]"),
        (lambda: F.conv2d(IMAGES, W[0]), "with the same C"),
        (lambda: F.conv2d(IMAGES, W[:, :1]), "got C = 2"),
        (lambda: F.conv2d(IMAGES, np.ones((1, 2, 5, 2))), "does not fit into images"),
        (lambda: F.conv2d(IMAGES, W, dilation=4), r"window of \(5, 5\) does not fit"),
        (lambda: F.conv2d(IMAGES, W, np.ones(2)), "each of 3 filters"),
        (lambda: F.conv2d(IMAGES, W, np.ones((3, 1))), "each of 3 filters"),
        (lambda: F.conv2d(IMAGES, W, stride=0), "conv2d stride.*got 0"),
        (lambda: F.conv2d(IMAGES, W, stride=1.5), "conv2d stride.*got 1.5"),
        (lambda: F.conv2d(IMAGES, W, pad=-1), "conv2d pad.*got -1"),
        (lambda: F.conv2d(IMAGES, W, pad=(1, 2, 3)), r"conv2d pad.*\(1, 2, 3\)"),
        (lambda: F.conv2d(IMAGES, W, dilation="a"), "conv2d dilation.*'a'"),
        (lambda: F.conv2d(IMAGES, np.ones((3, 2, 0, 2))), "conv2d size"),
        (lambda: F.conv_transpose2d(IMAGES[0], V), r"x\[None\]"),
        (lambda: F.conv_transpose2d(IMAGES, W), "got C = 2 and filters"),
        (lambda: F.conv_transpose2d(IMAGES, V, np.ones(2)), "each of 3 filters"),
        (lambda: F.conv_transpose2d(IMAGES, V, stride=0), "conv_transpose2d stride"),
        (lambda: F.conv_transpose2d(IMAGES, V, pad=3), "nothing is left"),
        (lambda: F.conv_transpose2d(IMAGES[:, :, :0], V), "nothing is left"),
        (lambda: F.conv_transpose2d(IMAGES, V, out_size=4), r"\(5, 5\) to \(5, 5\)"),
        (lambda: F.conv_transpose2d(IMAGES, V, stride=2, out_size=10), "got 10"),
        (lambda: F.conv_transpose2d(IMAGES, V, out_size="a"), "out_size.*'a'"),
        (lambda: F.max_pool2d(IMAGES, 0), "max_pool2d size.*got 0"),
        (lambda: F.max_pool2d(IMAGES, 2, 0), "max_pool2d stride.*got 0"),
        (lambda: F.max_pool2d(IMAGES, 2, pad=2), "nothing but padding"),
        (lambda: F.max_pool2d(IMAGES, 5), "does not fit into images"),
        (lambda: F.avg_pool2d(IMAGES, 2, 0), "avg_pool2d stride.*got 0"),
        (lambda: F.avg_pool2d(IMAGES[0, 0], 2), r"expected images \(N, C, H, W\)"),
    ],
)
def test_what_does_not_fit_is_explained(call, message):
    with pytest.raises((ShapeError, ArgumentError), match=message):
        call()


def test_conv2d_takes_a_list_as_bias(rng):
    x, W = rng.normal(size=(1, 1, 3, 3)), rng.normal(size=(2, 1, 2, 2))
    plain = F.conv2d(x, W).data
    np.testing.assert_allclose(
        F.conv2d(x, W, [1.0, 2.0]).data, plain + np.reshape([1.0, 2.0], (2, 1, 1))
    )
