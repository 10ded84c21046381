"""The book's convolution and pooling: its numbers, and right where it was not.

``NUMBERS`` is what the original package answers (at commit b5f3cf1, with NumPy 1.26).
"""

import numpy as np
import pytest

import ondol.dezero as dezero
import ondol.dezero.functions as F
import ondol.dezero.functions_conv as conv
from ondol.dezero import Variable
from ondol.testing import check_grads

# The call, the shape and the elements of its result y, and the gradient of the sum of
# ``y * (1, 2, 3, ...)`` by each operand. In place of more than six elements stand their
# sum, and that of ``elements * (1, 2, 3, ...)``.
NUMBERS = """
F.conv2d(x, W)
    1 3 2 4 | 23.90029 324.955
    x: 4.678965 -8497.421
    W: 329.8413 7639.207
F.conv2d(x, W, b)
    1 3 2 4 | 35.90029 570.955
    x: 4.678965 -8497.421
    W: 329.8413 7639.207
    b: 36 100 164
F.conv2d(x, W, b, 2, 1)
    1 3 2 3 | 13.56949 204.6517
    x: -191.3805 -5678.512
    W: 93.75657 2118.237
    b: 21 57 93
F.conv2d(x, W, b, stride=(2, 1), pad=(1, 0))
    1 3 2 4 | 23.03013 448.2261
    x: -354.5221 -11214.28
    W: 297.6062 7071.473
    b: 36 100 164
F.conv2d_simple(x, W, b, 2, 1)
    1 3 2 3 | 13.56949 204.6517
    x: -191.3805 -5678.512
    W: 93.75657 2118.237
    b: 21 57 93
F.deconv2d(x, D)
    1 3 6 6 | 0.1414114 -38.78105
    x: -2161.133 -38857.6
    D: 633.0355 25757.95
F.deconv2d(x, D, b, 2, 1)
    1 3 7 8 | 66.40159 10153.34
    x: -439.2334 54867.88
    b: 1596 4732 7868
    D: 1728.562 71104.25
F.deconv2d(x, D, b, stride=(2, 1), pad=(1, 0))
    1 3 7 6 | 50.56673 5782.733
    x: -446.4447 49525.89
    b: 903 2667 4431
    D: 1020.403 41424.11
F.deconv2d(x, D, stride=2, pad=1, outsize=(8, 9))
    1 3 8 9 | -4.223255 -354.0893
    x: -5838.556 -86693.52
    D: 1874.858 76546.49
F.pooling(x, 2)
    1 2 3 4 | 16.82275 210.2184
    x: 300 7819
F.pooling(x, 2, 2)
    1 2 2 2 | 5.36648 21.92573
    x: 36 893
F.pooling(x, (3, 2), stride=(1, 2))
    1 2 2 2 | 7.145803 32.62989
    x: 36 874
F.pooling_simple(x[:, :1], 2, 2)
    1 1 2 2 | 0.841471 0.9893582 0.6502878 0.420167
    x: 10 124
F.average_pooling(x, 2)
    1 2 3 4 | 2.123801 28.8534
    x: 300 7940
F.average_pooling(x, 2, 2, 1)
    1 2 3 3 | 0.2882746 2.430442
    x: 97 2561
F.im2col(x, (3, 2))
    8 12 | 8.495203 454.5446
    x: 4656 106192
F.im2col(x, 3, 2, 1)
    6 18 | 5.908667 271.2078
    x: 4235 96070
F.im2col(x, (3, 2), stride=1, pad=(1, 0), to_matrix=False)
    1 2 3 2 4 4 | 11.57021 1318.507
    x: 15440 404240
F.col2im(col, (1, 2, 4, 5), (3, 2))
    1 2 4 5 | 0.5885878 82.04018
    col: 1968 106192
"""


def inputs():
    """The operands of the table, new each time."""
    arrays = {
        "x": np.sin(np.arange(40.0)).reshape(1, 2, 4, 5),
        "W": np.cos(np.arange(36.0)).reshape(3, 2, 3, 2),
        "b": np.array([0.5, -1.0, 2.0]),
        "D": np.cos(np.arange(36.0)).reshape(2, 3, 3, 2),
        "col": np.sin(np.arange(96.0)).reshape(8, 12),
    }
    return {name: Variable(data) for name, data in arrays.items()}


def rows(text):
    """Call -> the lines below it."""
    calls = {}
    for line in text.strip().splitlines():
        if not line.startswith(" "):
            below = calls[line] = []
        else:
            below.append(line.strip())
    return calls


def agree(got, numbers):
    got = got.ravel()
    if got.size > 6:
        got = [got.sum(), (got * np.arange(1, got.size + 1)).sum()]
    expected = [float(n) for n in numbers.split()]
    np.testing.assert_allclose(got, expected, rtol=2e-6, atol=1e-9)


ROWS = rows(NUMBERS)


@pytest.mark.parametrize("call", ROWS)
def test_numbers_of_the_original(call):
    operands, expected = inputs(), ROWS[call]
    y = eval(call, {"F": F}, operands)
    shape, numbers = expected[0].split("|")
    assert isinstance(y, Variable)
    assert y.shape == tuple(map(int, shape.split()))
    agree(y.data, numbers)
    (y * np.arange(1.0, y.size + 1).reshape(y.shape)).backward()
    for line in expected[1:]:
        name, numbers = line.split(":")
        agree(operands[name].grad.data, numbers)


# -- names and forms -------------------------------------------------------------------

ONES = np.ones((1, 1, 2, 2))
KEYWORDS = {
    "conv2d": {"x": ONES, "W": ONES, "b": np.ones(1), "stride": 1, "pad": 0},
    "conv2d_simple": {"x": ONES, "W": ONES, "b": np.ones(1), "stride": 1, "pad": 0},
    "deconv2d": {
        "x": ONES,
        "W": ONES,
        "b": np.ones(1),
        "stride": 1,
        "pad": 0,
        "outsize": (3, 3),
    },
    "pooling": {"x": ONES, "kernel_size": 2, "stride": 1, "pad": 0},
    "pooling_simple": {"x": ONES, "kernel_size": 2, "stride": 1, "pad": 0},
    "average_pooling": {"x": ONES, "kernel_size": 2, "stride": 1, "pad": 0},
    "im2col": {"x": ONES, "kernel_size": 2, "stride": 1, "pad": 0, "to_matrix": True},
    "col2im": {
        "x": np.ones((1, 4)),
        "input_shape": (1, 1, 2, 2),
        "kernel_size": 2,
        "stride": 1,
        "pad": 0,
        "to_matrix": True,
    },
}


@pytest.mark.parametrize("name", KEYWORDS)
def test_arguments_have_the_names_of_the_book(name):
    function, keywords = getattr(F, name), KEYWORDS[name]
    assert function is getattr(conv, name)
    by_name, by_place = function(**keywords), function(*keywords.values())
    assert isinstance(by_name, Variable)
    np.testing.assert_array_equal(by_name.data, by_place.data)


@pytest.mark.parametrize(
    ("call", "same"),
    [
        ("conv.Conv2d(2, 1)(x, W, None)", "F.conv2d(x, W, None, 2, 1)"),
        ("conv.Conv2d(stride=2, pad=1)(x, W, b)", "F.conv2d(x, W, b, 2, 1)"),
        ("conv.Deconv2d()(x, D, None)", "F.deconv2d(x, D)"),
        (
            "conv.Deconv2d(stride=2, pad=1, outsize=(8, 9))(x, D, b)",
            "F.deconv2d(x, D, b, 2, 1, (8, 9))",
        ),
        ("conv.Pooling(2)(x)", "F.pooling(x, 2)"),
        ("conv.Pooling(2, stride=2, pad=1)(x)", "F.pooling(x, 2, 2, 1)"),
        ("conv.AveragePooling(2, 2, 1)(x)", "F.average_pooling(x, 2, 2, 1)"),
        ("conv.Im2col(2, 1, 0, True)(x)", "F.im2col(x, 2)"),
        (
            "conv.Col2im((1, 2, 4, 5), (3, 2), 1, 0, True)(col)",
            "F.col2im(col, (1, 2, 4, 5), (3, 2))",
        ),
    ],
)
def test_functions_as_classes(call, same):
    names = {"F": F, "conv": conv}
    y = eval(call, names, inputs())
    np.testing.assert_array_equal(y.data, eval(same, names, inputs()).data)


def test_the_array_versions_take_and_give_arrays():
    x = inputs()["x"]
    for to_matrix in (True, False):
        col = conv.im2col_array(x.data, (3, 2), 1, 0, to_matrix=to_matrix)
        assert type(col) is np.ndarray
        np.testing.assert_array_equal(
            col, F.im2col(x, (3, 2), to_matrix=to_matrix).data
        )
        image = conv.col2im_array(col, x.shape, (3, 2), 1, 0, to_matrix=to_matrix)
        assert type(image) is np.ndarray
        counts = conv.im2col_array(np.ones(x.shape), (3, 2), 1, 0, to_matrix)
        counts = conv.col2im_array(counts, x.shape, (3, 2), 1, 0, to_matrix)
        np.testing.assert_allclose(image, x.data * counts)


def test_rows_and_columns_of_im2col():
    x = np.arange(12.0).reshape(1, 1, 3, 4)
    assert F.im2col(x, 2).data.tolist()[:2] == [[0, 1, 4, 5], [1, 2, 5, 6]]
    assert F.im2col(x, 2, 1, 0, False).data[0, 0, :, :, 0, 0].tolist() == [
        [0, 1],
        [4, 5],
    ]


def test_the_step_of_pooling_is_1_unless_told():
    assert F.pooling(np.ones((1, 1, 4, 4)), 2).shape == (1, 1, 3, 3)
    assert F.average_pooling(np.ones((1, 1, 4, 4)), 2).shape == (1, 1, 3, 3)


@pytest.mark.parametrize("name", ["conv2d", "deconv2d", "pooling", "average_pooling"])
def test_float32_stays_float32(name):
    x = Variable(np.ones((1, 2, 4, 4), np.float32))
    W = np.ones((2, 2, 3, 3), np.float32)
    y = getattr(F, name)(x, 2 if "pooling" in name else W)
    y.backward()
    assert (y.dtype, x.grad.dtype) == (np.float32, np.float32)


# -- right where the original was not --------------------------------------------------


def test_the_second_derivative_of_a_convolution_by_its_filters(rng):  # quirk 49
    x, W, b = rng.normal(size=(1, 2, 4, 3)), rng.normal(size=(2, 2, 3, 2)), [0.5, 1.0]
    check_grads(lambda x, W: F.conv2d(x, W, None, 2, 1), x, W)
    check_grads(F.conv2d, x, W, np.array(b))


def test_second_derivatives_of_a_deconvolution(rng):  # quirk 49
    x, W = rng.normal(size=(1, 2, 3, 2)), rng.normal(size=(2, 3, 3, 2))
    check_grads(lambda x, W, b: F.deconv2d(x, W, b, 2, 1), x, W, np.ones(3))
    check_grads(lambda x, W: F.deconv2d(x, W, None, (2, 1), 0, (8, 3)), x, W)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: F.pooling(x, 2) ** 3,
        lambda x: F.pooling_simple(x, (3, 2), 1, 1) ** 3,
        lambda x: F.average_pooling(x, 2, 2, 1) ** 3,
        lambda x: F.im2col(x, (3, 2), 1, (1, 0)) ** 2,
        lambda x: F.im2col(x, 2, 2, 0, to_matrix=False) ** 2,
    ],
)
def test_derivatives_to_the_third_order(function, rng):  # quirk 50
    x = rng.permutation(24).reshape(1, 2, 4, 3) / 10 + 0.5
    check_grads(function, x, order=3)


@pytest.mark.parametrize("to_matrix", [True, False])
def test_derivatives_of_col2im(to_matrix, rng):
    col = rng.normal(size=(4, 8) if to_matrix else (1, 2, 2, 2, 2, 2))
    check_grads(lambda x: F.col2im(x, (1, 2, 3, 3), 2, 1, 0, to_matrix) ** 2, col)


def test_padding_never_wins_the_maximum():  # quirk 51
    x = -np.ones((1, 1, 2, 2))
    for pool in (F.pooling, F.pooling_simple):
        assert pool(x, 2, 2, 1).data.tolist() == x.tolist()


def test_the_first_of_equals_gets_the_gradient():  # quirk 51
    for pool in (F.pooling, F.pooling_simple):
        x = Variable(np.ones((1, 1, 2, 2)))
        pool(x, 2).backward()
        assert x.grad.data.tolist() == [[[[1, 0], [0, 0]]]]


def test_average_pooling_counts_the_padding():  # quirk 52, the book's rule
    y = F.average_pooling(np.ones((1, 1, 2, 2)), 2, 2, 1)
    assert y.data.tolist() == [[[[0.25, 0.25], [0.25, 0.25]]]]


def test_average_pooling_of_oblong_windows_has_a_gradient(rng):  # quirk 52
    x = rng.normal(size=(1, 2, 4, 5))
    check_grads(lambda x: F.average_pooling(x, (2, 3), (1, 2), (1, 0)), x)


@pytest.mark.parametrize("k", [5, 6])
@pytest.mark.parametrize("name", ["conv2d", "pooling", "average_pooling", "im2col"])
def test_a_window_larger_than_the_image_is_an_error(name, k):  # quirk 53
    x = np.ones((1, 1, 4, 4))
    kernel = np.ones((1, 1, k, k)) if name == "conv2d" else k
    with pytest.raises(ValueError, match=r"window|larger"):
        getattr(F, name)(x, kernel)


@pytest.mark.parametrize("two", [(2, 2), [2, 2], np.int64(2)])
def test_sizes_of_any_kind(two):  # quirk 53
    x = np.arange(16.0).reshape(1, 1, 4, 4)
    assert F.pooling(x, two, two).data.tolist() == F.pooling(x, 2, 2).data.tolist()
    assert (
        F.im2col(x, two, two, two).data.tolist() == F.im2col(x, 2, 2, 2).data.tolist()
    )
    W = np.ones((1, 1, 2, 2))
    y = F.conv2d(x, W, None, two, two)
    assert y.data.tolist() == F.conv2d(x, W, None, 2, 2).data.tolist()


@pytest.mark.parametrize("size", [(1, 2, 3), 0, -1, 1.5, "2", None])
def test_sizes_that_cannot_be(size):  # quirk 53
    x = np.ones((1, 1, 4, 4))
    for pool in (F.pooling, F.average_pooling):
        with pytest.raises((ValueError, TypeError), match="size"):
            pool(x, size)
    with pytest.raises((ValueError, TypeError), match="size"):
        F.im2col(x, size)


@pytest.mark.parametrize(
    "name",
    [
        "conv2d",
        "pooling",
        "average_pooling",
        "im2col",
    ],
)
def test_images_have_four_axes(name):  # quirk 53
    kernel = np.ones((1, 1, 2, 2)) if name == "conv2d" else 2
    with pytest.raises(ValueError, match=r"N, C, H, W"):
        getattr(F, name)(np.ones((1, 4, 4)), kernel)


def test_channels_that_do_not_fit_are_named():  # quirk 53
    with pytest.raises(ValueError, match=r"conv2d.*C = 3"):
        F.conv2d(np.ones((1, 3, 4, 4)), np.ones((2, 2, 3, 3)))
    with pytest.raises(ValueError, match="C = 3"):
        F.deconv2d(np.ones((1, 3, 4, 4)), np.ones((2, 2, 3, 3)))


# -- batch normalisation ---------------------------------------------------------------

X = np.array([[1.0, -2.0, 0.5], [3.0, 0.25, -1.0], [0.0, 1.0, 4.0]])


def normalised(x, mean=None, var=None, **settings):
    mean = np.zeros(3) if mean is None else mean
    var = np.ones(3) if var is None else var
    gamma, beta = np.array([1.0, 2.0, -1.0]), np.array([0.0, 0.5, 1.0])
    return F.batch_nrom(x, gamma, beta, mean, var, **settings)


def test_batch_norm_gives_the_numbers_of_the_original():
    x, mean, var = Variable(X.copy()), np.zeros(3), np.ones(3)
    y = normalised(x, mean, var)
    expected = [
        -0.26725952,
        -2.245609,
        1.3182222,
        1.3362976,
        1.2844597,
        2.0342221,
        -1.0690381,
        2.4611493,
        -0.3524443,
    ]
    np.testing.assert_allclose(y.data.ravel(), expected, rtol=1e-6)
    np.testing.assert_allclose(mean, [0.13333333, -0.025, 0.11666667], rtol=1e-6)
    np.testing.assert_allclose(var, [1.1333333, 1.14375, 1.5583333], rtol=1e-6)
    (y * y * y).backward()
    expected = [
        -1.9880612,
        3.0078411,
        1.0841449,
        0.66270179,
        -12.031331,
        -0.75891418,
        1.3253594,
        9.0234902,
        -0.32523072,
    ]
    np.testing.assert_allclose(x.grad.data.ravel(), expected, rtol=1e-5)


def test_batch_norm_in_test_mode_uses_the_running_statistics():
    mean, var = np.array([1.0, 0.0, -1.0]), np.array([4.0, 1.0, 0.25])
    with dezero.test_mode():
        y = normalised(X, mean, var, eps=0.0)
    expected = np.array([1, 2, -1]) * (X - mean) / np.sqrt(var) + np.array([0, 0.5, 1])
    np.testing.assert_allclose(y.data, expected)
    assert mean.tolist() == [1, 0, -1]
    assert var.tolist() == [4, 1, 0.25]


def test_batch_norm_moves_its_statistics_by_decay():
    mean, var = np.zeros(3), np.ones(3)
    normalised(X, mean, var, decay=0.5)
    np.testing.assert_allclose(mean, X.mean(axis=0) / 2)
    np.testing.assert_allclose(var, 0.5 + X.var(axis=0, ddof=1) / 2)


def test_second_derivatives_of_batch_norm(rng):  # quirk 55
    def norm(x, gamma, beta):
        return F.batch_nrom(x, gamma, beta, np.zeros(2), np.ones(2)) ** 2

    check_grads(norm, rng.normal(size=(4, 2)), np.array([1.0, 2]), np.array([0.5, -1]))
    check_grads(norm, rng.normal(size=(2, 2, 2, 2)), np.ones(2), np.zeros(2))


def test_frozen_statistics_can_be_trained_through(rng):  # quirk 56
    def norm(x, gamma, beta):
        with dezero.test_mode():
            return F.batch_nrom(x, gamma, beta, np.zeros(2), np.full(2, 4.0)) ** 2

    check_grads(norm, rng.normal(size=(3, 2)), np.array([1.0, 2]), np.array([0.5, -1]))


def test_batch_norm_of_three_axes(rng):  # quirk 56
    x = rng.normal(size=(4, 3, 5))
    y = normalised(x).data
    np.testing.assert_allclose(
        y.transpose(0, 2, 1).reshape(20, 3),
        normalised(x.transpose(0, 2, 1).reshape(20, 3)).data,
    )


def test_batch_norm_of_one_sample():  # quirk 56, the book's rule
    mean, var = np.zeros(3), np.ones(3)
    assert normalised(X[:1], mean, var).data.tolist() == [[0, 0.5, 1]]
    np.testing.assert_allclose(mean, X[0] / 10)
    np.testing.assert_allclose(var, 0.9)


def test_batch_norm_of_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match="batch_norm"):
        normalised(np.ones((2, 4)))
    with pytest.raises(ValueError, match="batch_norm"):
        normalised(np.ones(3))
