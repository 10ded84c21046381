import numpy as np
import pytest

import ondol.functions as F
from ondol import Variable
from ondol.errors import ArgumentError, DtypeError, ShapeError
from ondol.testing import check_grads

IMAGES = Variable(np.arange(32.0).reshape(1, 2, 4, 4))


def test_a_stride_that_does_not_divide_leaves_the_rest_out():
    y = F.conv2d(IMAGES, np.ones((1, 2, 2, 2)), stride=3)
    assert y.shape == (1, 1, 1, 1)


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


@pytest.mark.parametrize("stride", [1, 2, 3, 5])
@pytest.mark.parametrize("span", [1, 2, 3, 4])
def test_same_makes_one_result_for_each_step(stride, span):
    """TensorFlow's convention: ceil(n / stride) of them, the odd zero at the end."""
    for n in range(1, 9):
        x = np.arange(1.0, n + 1)[None, None]
        y = F.conv1d(x, np.ones((1, 1, span)), stride=stride, pad="same")
        assert y.shape == (1, 1, -(-n // stride))
        back = F.conv_transpose1d(y, np.ones((1, 1, span)), stride=stride, pad="same")
        assert back.shape == (1, 1, stride * y.shape[2])
    if (stride, span) == (1, 2):
        assert y.data[0, 0].tolist() == [3, 5, 7, 9, 11, 13, 15, 8]


@pytest.mark.parametrize("size", [7, 8, 9])
def test_the_transpose_of_same_is_that_of_each_size(size, rng):
    """<conv(x), y> = <x, conv_transpose(y)>, with the padding of that size."""
    W, x = rng.normal(size=(3, 2, 4)), rng.normal(size=(2, 2, size))
    y = F.conv1d(x, W, stride=3, pad="same").data
    assert y.shape[2] == 3
    y2 = rng.normal(size=y.shape)
    back = F.conv_transpose1d(y2, W, stride=3, pad="same", out_size=size)
    np.testing.assert_allclose((y * y2).sum(), (x * back.data).sum())


@pytest.mark.parametrize("groups", [1, 2])
def test_both_ways_to_the_transpose_give_the_same(groups, monkeypatch, rng):
    y, W = rng.normal(size=(2, 6, 5, 4)), rng.normal(size=(6, 3, 3, 2))
    settings = {"pad": ((0, 2), (1, 0)), "dilation": (2, 1), "groups": groups}
    results = []
    for copying in (0, np.inf):  # windows added up, then filters turned around
        monkeypatch.setattr("ondol.functions.conv.COPYING", copying)
        results.append(F.conv_transpose2d(y, W, **settings).data)
    assert results[0].shape == (2, 3 * groups, 7, 4)
    np.testing.assert_allclose(*results, rtol=1e-12)


def test_valid_is_no_padding(rng):
    x, W = rng.normal(size=(1, 2, 5, 5)), rng.normal(size=(3, 2, 3, 3))
    np.testing.assert_array_equal(F.conv2d(x, W, pad="valid").data, F.conv2d(x, W).data)


def test_sides_may_be_padded_unlike(rng):
    x, W = rng.normal(size=(1, 2, 4, 5)), rng.normal(size=(3, 2, 2, 3))
    y = F.conv2d(x, W, pad=((0, 1), (2, 0)))
    padded = np.pad(x, ((0, 0), (0, 0), (0, 1), (2, 0)))
    np.testing.assert_allclose(y.data, F.conv2d(padded, W).data)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_groups_are_convolutions_side_by_side(rank, rng):
    conv = getattr(F, f"conv{rank}d")
    back = getattr(F, f"conv_transpose{rank}d")
    x = rng.normal(size=(2, 6, *(4, 3, 5)[:rank]))
    W = rng.normal(size=(3, 4, 2, *(2, 1, 3)[:rank]))  # three groups
    y = conv(x, W.reshape(12, *W.shape[2:]), groups=3).data
    parts = [conv(x[:, 2 * i : 2 * i + 2], W[i]).data for i in range(3)]
    np.testing.assert_allclose(y, np.concatenate(parts, 1))
    wide = back(y, W.reshape(12, *W.shape[2:]), groups=3).data
    parts = [back(y[:, 4 * i : 4 * i + 4], W[i]).data for i in range(3)]
    np.testing.assert_allclose(wide, np.concatenate(parts, 1))


def test_a_depthwise_convolution_has_second_derivatives(rng):
    x, W = rng.normal(size=(2, 3, 4, 4)), rng.normal(size=(6, 1, 2, 2))
    check_grads(lambda x, W: F.conv2d(x, W, None, 2, "same", 1, 3), x, W)


def test_fold_adds_up_what_unfold_took(rng):
    x = rng.normal(size=(2, 3, 5, 6))
    settings = {"size": (2, 3), "stride": (1, 2), "pad": 1, "dilation": (2, 1)}
    columns = F.unfold(x, **settings)
    back = F.fold(columns, (5, 6), **settings).data
    times = F.fold(F.unfold(np.ones_like(x), **settings), (5, 6), **settings).data
    np.testing.assert_allclose(back, x * times)
    W = rng.normal(size=(4, 3, 2, 3))
    y = W.reshape(4, -1) @ columns.data
    expected = F.conv2d(x, W, None, (1, 2), 1, (2, 1)).data
    np.testing.assert_allclose(y.reshape(expected.shape), expected)


def test_float32_stays_float32():
    x, W = np.ones((1, 2, 4), np.float32), np.ones((2, 1, 2), np.float32)
    y = F.conv1d(Variable(x), W, np.zeros(2, np.float32), 2, "same", 1, 2)
    assert y.dtype == np.float32


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
        (lambda: F.conv2d(IMAGES, W, stride=True), "conv2d stride.*got True"),
        (lambda: F.conv2d(IMAGES, W, stride=(1, 1, 1)), "conv2d stride.*H, W"),
        (lambda: F.conv2d(IMAGES, W, pad="SAME"), "conv2d pad.*'SAME'"),
        (lambda: F.conv2d(IMAGES, W, pad=((1, 2, 3), 0)), "a pair for before"),
        (lambda: F.conv2d(IMAGES, W, pad=((1, -1), 0)), "a pair for before"),
        (lambda: F.conv2d(IMAGES, W, groups=0), "conv2d groups.*got 0"),
        (lambda: F.conv2d(IMAGES, W, groups=2), "groups = 2 and filters"),
        (lambda: F.conv2d(IMAGES, W[:, :1], groups=2), "groups that divide C and O"),
        (lambda: F.conv2d(IMAGES, W, groups=1.0), "conv2d groups.*got 1.0"),
        (lambda: F.conv1d(IMAGES, W), r"expected images \(N, C, L\)"),
        (lambda: F.conv3d(IMAGES, W), r"expected images \(N, C, D, H, W\)"),
        (lambda: F.conv1d(IMAGES[0], W[0]), r"filters \(O, C / groups, K\)"),
        (lambda: F.conv_transpose2d(IMAGES, V, groups=3), "groups that divide C"),
        (lambda: F.conv_transpose2d(IMAGES, V, groups=None), "groups.*got None"),
        (
            lambda: F.conv_transpose2d(IMAGES, V, None, 2, "same", 9),
            r"from \(7, 7\) to \(8, 8\)",
        ),
        (
            lambda: F.conv_transpose2d(IMAGES, V, None, 2, "same", 6),
            r"from \(7, 7\) to \(8, 8\)",
        ),
        (lambda: F.conv_transpose2d(IMAGES, V, pad="full"), "pad.*'full'"),
        (lambda: F.unfold(None, 2), "unfold: expected an array of numbers"),
        (lambda: F.fold("x", (3, 3), 2), "fold: expected an array of numbers"),
        (lambda: F.unfold(IMAGES[0, 0], 2), r"\(N, C, H, W\)"),
        (lambda: F.unfold(IMAGES, 5), "unfold: a window of"),
        (lambda: F.fold(np.ones((1, 8, 3)), (3, 3), 2), r"\(N, C \* 4, 4\)"),
        (lambda: F.fold(np.ones((1, 7, 4)), (3, 3), 2), r"\(N, C \* 4, 4\)"),
        (lambda: F.fold(np.ones((8, 4)), (3, 3), 2), r"\(N, C \* 4, 4\)"),
        (lambda: F.fold(np.ones((1, 8, 4)), (3, 3), 4), "fold: a window of"),
        (lambda: F.fold(np.ones((1, 8, 4)), (3, 0), 2), "fold out_size"),
        (lambda: F.fold(np.ones((1, 8, 4)), (3,) * 4, 2), "fold out_size"),
        (lambda: F.conv_transpose2d(IMAGES[0], V), r"x\[None\]"),
        (lambda: F.conv_transpose2d(IMAGES, W), "got C = 2, groups = 1"),
        (lambda: F.conv_transpose2d(IMAGES, V, np.ones(2)), "each of 3 filters"),
        (lambda: F.conv_transpose2d(IMAGES, V, stride=0), "conv_transpose2d stride"),
        (lambda: F.conv_transpose2d(IMAGES, V, pad=3), "nothing is left"),
        (lambda: F.conv_transpose2d(IMAGES[:, :, :0], V), "nothing is left"),
        (lambda: F.conv_transpose2d(IMAGES, V, out_size=4), r"\(5, 5\) to \(5, 5\)"),
        (
            lambda: F.conv_transpose2d(IMAGES, V, stride=2, out_size=10),
            r"got \(10, 10\)",
        ),
        (lambda: F.conv_transpose2d(IMAGES, V, out_size="a"), "out_size.*'a'"),
    ],
)
def test_what_does_not_fit_is_explained(call, message):
    with pytest.raises((ShapeError, ArgumentError, DtypeError), match=message):
        call()


def test_conv2d_takes_a_list_as_bias(rng):
    x, W = rng.normal(size=(1, 1, 3, 3)), rng.normal(size=(2, 1, 2, 2))
    plain = F.conv2d(x, W).data
    np.testing.assert_allclose(
        F.conv2d(x, W, [1.0, 2.0]).data, plain + np.reshape([1.0, 2.0], (2, 1, 1))
    )
