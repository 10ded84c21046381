"""The book's functions: its numbers, its names, and right where it was not.

``NUMBERS`` is what the original package answers (at commit b5f3cf1, with NumPy 1.26).
"""

import warnings

import numpy as np
import pytest

import ondol.dezero as dezero
import ondol.dezero.core as core
import ondol.dezero.functions as F
from ondol.dezero import Variable
from ondol.testing import check_grads

# The call, the shape and the elements of its result y, and the gradient of the sum of
# ``y * (1, 2, 3, ...)`` by each operand (by y itself if it is one number). In place of
# more than six elements stand their sum, and that of ``elements * (1, 2, 3, ...)``.
NUMBERS = """
F.sin(x)
    2 3 | 0.841471 -0.9092974 0.4794255 0.14112 0.247404 -0.841471
    x: 0.5403023 -0.8322937 2.632748 -3.95997 4.844562 3.241814
F.cos(x)
    2 3 | 0.5403023 -0.4161468 0.8775826 -0.9899925 0.9689124 0.5403023
    x: -0.841471 1.818595 -1.438277 -0.56448 -1.23702 5.048826
F.tanh(x)
    2 3 | 0.7615942 -0.9640276 0.4621172 0.9950548 0.2449187 -0.7615942
    x: 0.4199743 0.1413016 2.359343 0.03946415 4.700074 2.519846
F.exp(x)
    2 3 | 2.718282 0.1353353 1.648721 20.08554 1.284025 0.3678794
    x: 2.718282 0.2706706 4.946164 80.34215 6.420127 2.207277
F.log(p)
    2 3 | -2.302585 -0.3566749 -0.6931472 -0.1053605 -1.386294 -0.9162907
    p: 10 2.857143 6 4.444444 20 15
F.add(x, y)
    2 3 | 1.5 -1 -0.5 5 -0.25 3
    x: 1 2 3 4 5 6
    y: 1 2 3 4 5 6
F.add(x, 2)
    2 3 | 3 0 2.5 5 2.25 1
    x: 1 2 3 4 5 6
F.sub(x, v)
    2 3 | 0 -4 1 2 -1.75 -0.5
    x: 1 2 3 4 5 6
    v: -5 -7 -9
F.rsub(x, y)
    2 3 | -0.5 3 -1.5 -1 -0.75 5
    x: -1 -2 -3 -4 -5 -6
    y: 1 2 3 4 5 6
F.mul(x, v)
    2 3 | 1 -4 -0.25 3 0.5 0.5
    x: 1 4 -1.5 4 10 -3
    v: 13 -2.75 -4.5
F.div(x, y)
    2 3 | 2 -2 -0.5 1.5 -0.5 -0.25
    x: 2 2 -3 2 -10 1.5
    y: -4 4 -1.5 -3 -5 0.375
F.neg(x)
    2 3 | -1 2 -0.5 -3 -0.25 1
    x: -1 -2 -3 -4 -5 -6
F.pow(x, 3)
    2 3 | 1 -8 0.125 27 0.015625 -1
    x: 3 24 2.25 108 0.9375 18
F.reshape(x, (3, 2))
    3 2 | 1 -2 0.5 3 0.25 -1
    x: 1 2 3 4 5 6
x.reshape(-1)
    6 | 1 -2 0.5 3 0.25 -1
    x: 1 2 3 4 5 6
x.reshape(3, 2)
    3 2 | 1 -2 0.5 3 0.25 -1
    x: 1 2 3 4 5 6
x.reshape([1, 6])
    1 6 | 1 -2 0.5 3 0.25 -1
    x: 1 2 3 4 5 6
F.transpose(x)
    3 2 | 1 3 -2 0.25 0.5 -1
    x: 1 3 5 2 4 6
x.T
    3 2 | 1 3 -2 0.25 0.5 -1
    x: 1 3 5 2 4 6
x.transpose()
    3 2 | 1 3 -2 0.25 0.5 -1
    x: 1 3 5 2 4 6
x.transpose(1, 0)
    3 2 | 1 3 -2 0.25 0.5 -1
    x: 1 3 5 2 4 6
x.transpose((0, 1))
    2 3 | 1 -2 0.5 3 0.25 -1
    x: 1 2 3 4 5 6
F.transpose(W.reshape(3, 2, 2), (2, 0, 1))
    2 3 2 | 0 16
    W: 78 595
F.get_item(x, 1)
    3 | 3 0.25 -1
    x: 0 0 0 1 2 3
x[:, 1:]
    2 2 | -2 0.5 0.25 -1
    x: 0 1 2 0 3 4
x[[0, 0, 1]]
    3 3 | 1.25 9.5
    x: 5 7 9 7 8 9
x[np.array([1, 0]), np.array([2, 2])]
    2 | -1 0.5
    x: 0 0 2 0 0 1
x[x.data > 0]
    4 | 1 0.5 3 0.25
    x: 1 0 2 3 4 0
F.expand_dims(x, 0)
    1 2 3 | 1 -2 0.5 3 0.25 -1
    x: 1 2 3 4 5 6
F.expand_dims(x, 1)
    2 1 3 | 1 -2 0.5 3 0.25 -1
    x: 1 2 3 4 5 6
F.expand_dims(x, 2)
    2 3 1 | 1 -2 0.5 3 0.25 -1
    x: 1 2 3 4 5 6
F.flatten(W.reshape(2, 3, 2))
    2 6 | 0 26
    W: 78 650
F.sum(x)
     | 1.75
    x: 1 1 1 1 1 1
F.sum(x, axis=0)
    3 | 4 -1.75 -0.5
    x: 1 2 3 1 2 3
F.sum(x, 1, True)
    2 1 | -0.5 2.25
    x: 1 1 1 2 2 2
x.sum(axis=-1)
    2 | -0.5 2.25
    x: 1 1 1 2 2 2
F.sum(x, (0, 1))
     | 1.75
    x: 1 1 1 1 1 1
F.sum_to(x, (1, 3))
    1 3 | 4 -1.75 -0.5
    x: 1 2 3 1 2 3
F.sum_to(x, (2, 1))
    2 1 | -0.5 2.25
    x: 1 1 1 2 2 2
F.sum_to(x, (3,))
    3 | 4 -1.75 -0.5
    x: 1 2 3 1 2 3
F.broadcast_to(v, (2, 3))
    2 3 | 1 2 -0.5 1 2 -0.5
    v: 5 7 9
F.average(x)
     | 0.2916667
    x: 0.1666667 0.1666667 0.1666667 0.1666667 0.1666667 0.1666667
F.mean(x, axis=1)
    2 | -0.1666667 0.75
    x: 0.3333333 0.3333333 0.3333333 0.6666667 0.6666667 0.6666667
F.average(x, 0, True)
    1 3 | 2 -0.875 -0.25
    x: 0.5 1 1.5 0.5 1 1.5
F.matmul(x, W)
    2 4 | -13.09091 -77.68182
    x: -6.363636 0.9090909 8.181818 -18 0.9090909 19.81818
    W: 53.5 -79.5
x.matmul(W)
    2 4 | -13.09091 -77.68182
    x: -6.363636 0.9090909 8.181818 -18 0.9090909 19.81818
    W: 53.5 -79.5
x.dot(W)
    2 4 | -13.09091 -77.68182
    x: -6.363636 0.9090909 8.181818 -18 0.9090909 19.81818
    W: 53.5 -79.5
F.matmul(v, v)
     | 5.25
    v: 2 4 -1
F.linear(x, W)
    2 4 | -13.09091 -77.68182
    x: -6.363636 0.9090909 8.181818 -18 0.9090909 19.81818
    W: 53.5 -79.5
F.linear(x, W, b)
    2 4 | -1.090909 -13.68182
    x: -6.363636 0.9090909 8.181818 -18 0.9090909 19.81818
    W: 53.5 -79.5
    b: 6 8 10 12
F.linear_simple(x, W, b)
    2 4 | -1.090909 -13.68182
    x: -6.363636 0.9090909 8.181818 -18 0.9090909 19.81818
    W: 53.5 -79.5
    b: 6 8 10 12
F.sigmoid(x)
    2 3 | 0.7310586 0.1192029 0.6224593 0.9525741 0.5621765 0.2689414
    x: 0.1966119 0.2099872 0.7050111 0.1807066 1.23067 1.179672
F.sigmoid_simple(x)
    2 3 | 0.7310586 0.1192029 0.6224593 0.9525741 0.5621765 0.2689414
    x: 0.1966119 0.2099872 0.7050111 0.1807066 1.23067 1.179672
F.relu(x)
    2 3 | 1 0 0.5 3 0.25 0
    x: 1 0 3 4 5 0
F.leaky_relu(x)
    2 3 | 1 -0.4 0.5 3 0.25 -0.2
    x: 1 0.4 3 4 5 1.2
F.leaky_relu(x, 0.5)
    2 3 | 1 -1 0.5 3 0.25 -0.5
    x: 1 1 3 4 5 3
F.softmax(x)
    2 3 | 0.6037489 0.03005889 0.3661922 0.9240065 0.05906976 0.01692377
    x: -0.4603243 0.00714069 0.4531836 -0.08585618 0.05358116 0.03227503
F.softmax(x, axis=0)
    2 3 | 0.1192029 0.09534946 0.8175745 0.8807971 0.9046505 0.1824255
    x: -0.3149808 -0.2587738 -0.4474394 0.3149808 0.2587738 0.4474394
F.softmax_simple(x)
    2 3 | 0.6037489 0.03005889 0.3661922 0.9240065 0.05906976 0.01692377
    x: -0.4603243 0.00714069 0.4531836 -0.08585618 0.05358116 0.03227503
F.log_softmax(x)
    2 3 | -0.5045969 -3.504597 -1.004597 -0.0790362 -2.829036 -4.079036
    x: -2.622493 1.819647 0.8028467 -9.860097 4.113954 5.746143
F.mean_squared_error(x, y)
     | 19.03125
    x: 0.5 -3 1.5 1 0.75 -5
    y: -0.5 3 -1.5 -1 -0.75 5
F.mean_squared_error_simple(x, y)
     | 19.03125
    x: 0.5 -3 1.5 1 0.75 -5
    y: -0.5 3 -1.5 -1 -0.75 5
F.mean_squared_error(v, v * v)
     | 1.520833
    v: 0 4 -1
F.softmax_cross_entropy(x, np.array([2, 0]))
     | 0.5418166
    x: 0.3018744 0.01502944 -0.3169039 -0.03799676 0.02953488 0.008461884
F.softmax_cross_entropy_simple(x, np.array([2, 0]))
     | 0.5418166
    x: 0.3018744 0.01502944 -0.3169039 -0.03799676 0.02953488 0.008461884
F.sigmoid_cross_entropy(x, np.array([[1, 0, 1], [0, 0, 1]]))
     | 3.051028
    x: -0.1344707 0.05960146 -0.1887703 0.4762871 0.2810883 -0.3655293
F.sigmoid_cross_entropy(v, np.array([[1, 0, 1]]))
     | 1.138089
    v: -0.08964714 0.293599 -0.2074864
F.binary_cross_entropy(p, np.array([[1, 0, 1], [0, 0, 1]]))
     | 3.853131
    p: -5 1.666667 -1 5 0.6666667 -1.25
F.embed_id(np.array([2, 0, 2]), W)
    3 4 | 2.909091 21.63636
    W: 78 626
F.max(x)
     | 3
    x: 0 0 0 1 0 0
F.max(x, axis=1)
    2 | 1 3
    x: 1 0 0 2 0 0
F.max(x, 0, True)
    1 3 | 3 0.25 0.5
    x: 0 0 3 1 2 0
x.max(axis=1, keepdims=True)
    2 1 | 1 3
    x: 1 0 0 2 0 0
F.min(x, axis=1)
    2 | -2 -1
    x: 0 1 0 0 0 2
x.min()
     | -2
    x: 0 1 0 0 0 0
F.clip(x, -1.5, 2.0)
    2 3 | 1 -1.5 0.5 2 0.25 -1
    x: 1 0 3 0 5 6
"""


def inputs():
    """The operands of the table, new each time."""
    arrays = {
        "x": np.array([[1.0, -2.0, 0.5], [3.0, 0.25, -1.0]]),
        "y": np.array([[0.5, 1.0, -1.0], [2.0, -0.5, 4.0]]),
        "p": np.array([[0.1, 0.7, 0.5], [0.9, 0.25, 0.4]]),
        "v": np.array([1.0, 2.0, -0.5]),
        "W": np.linspace(-1, 1, 12).reshape(3, 4),
        "b": np.array([0.0, 1.0, 2.0, 3.0]),
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


def abridged(array):
    flat = array.ravel()
    if flat.size <= 6:
        return flat
    return [flat.sum(), (flat * np.arange(1, flat.size + 1)).sum()]


def agree(got, numbers):
    expected = [float(n) for n in numbers.split()]
    np.testing.assert_allclose(abridged(got), expected, rtol=2e-6, atol=1e-9)


def check_row(call, expected, operands):
    y = eval(call, {"np": np, "F": F}, operands)
    shape, numbers = expected[0].split("|")
    assert isinstance(y, Variable)
    assert y.shape == tuple(map(int, shape.split()))
    agree(y.data, numbers)
    weights = np.arange(1.0, y.size + 1).reshape(y.shape)
    (y * weights if y.ndim else y).backward()
    for line in expected[1:]:
        name, numbers = line.split(":")
        agree(operands[name].grad.data, numbers)
    named = {line.split(":")[0] for line in expected[1:]}
    assert named == {name for name, v in operands.items() if v.grad is not None}


ROWS = rows(NUMBERS)


@pytest.mark.parametrize("call", ROWS)
def test_numbers_of_the_original(call):
    check_row(call, ROWS[call], inputs())


# -- names and forms -------------------------------------------------------------------

x22 = np.array([[1.0, 2.0], [3.0, 4.0]])
ids = np.array([0, 1])
one, zero = np.ones(2), np.zeros(2)

# By the names of the book's arguments, all of them.
KEYWORDS = {
    "sin": {"x": x22},
    "cos": {"x": x22},
    "tanh": {"x": x22},
    "exp": {"x": x22},
    "log": {"x": x22},
    "reshape": {"x": x22, "shape": (4,)},
    "transpose": {"x": x22, "axes": (1, 0)},
    "get_item": {"x": x22, "slices": 0},
    "expand_dims": {"x": x22, "axis": 0},
    "flatten": {"x": x22},
    "sum": {"x": x22, "axis": 0, "keepdims": True},
    "sum_to": {"x": x22, "shape": (1, 2)},
    "broadcast_to": {"x": x22, "shape": (2, 2, 2)},
    "average": {"x": x22, "axis": 0, "keepdims": True},
    "mean": {"x": x22, "axis": 0, "keepdims": True},
    "matmul": {"x": x22, "W": x22},
    "linear": {"x": x22, "W": x22, "b": one},
    "linear_simple": {"x": x22, "W": x22, "b": one},
    "sigmoid": {"x": x22},
    "sigmoid_simple": {"x": x22},
    "relu": {"x": x22},
    "leaky_relu": {"x": x22, "slope": 0.1},
    "softmax": {"x": x22, "axis": 0},
    "softmax_simple": {"x": x22, "axis": 0},
    "log_softmax": {"x": x22, "axis": 0},
    "mean_squared_error": {"x0": x22, "x1": x22},
    "mean_squared_error_simple": {"x0": x22, "x1": x22},
    "softmax_cross_entropy": {"x": x22, "t": ids},
    "softmax_cross_entropy_simple": {"x": x22, "t": ids},
    "sigmoid_cross_entropy": {"x": x22, "t": x22 / 4},
    "binary_cross_entropy": {"p": x22 / 5, "t": x22 / 4},
    "accuracy": {"y": x22, "t": ids},
    "dropout": {"x": x22, "dropout_ratio": 0.0},
    "batch_nrom": {
        "x": x22,
        "gamma": one,
        "beta": zero,
        "mean": zero,
        "var": one,
        "decay": 1.0,
        "eps": 2e-5,
    },
    "embed_id": {"x": ids, "W": x22},
    "max": {"x": x22, "axis": 0, "keepdims": True},
    "min": {"x": x22, "axis": 0, "keepdims": True},
    "clip": {"x": x22, "x_min": 2, "x_max": 3},
    "add": {"x0": x22, "x1": x22},
    "sub": {"x0": x22, "x1": x22},
    "rsub": {"x0": x22, "x1": x22},
    "mul": {"x0": x22, "x1": x22},
    "div": {"x0": x22, "x1": x22},
    "neg": {"x": x22},
    "pow": {"x": x22, "c": 2},
}


@pytest.mark.parametrize("name", KEYWORDS)
def test_arguments_have_the_names_of_the_book(name):
    function, keywords = getattr(F, name), KEYWORDS[name]
    by_name, by_place = function(**keywords), function(*keywords.values())
    assert isinstance(by_name, Variable)
    np.testing.assert_array_equal(by_name.data, by_place.data)


CLASSES = {
    "F.Sin()(x)": "F.sin(x)",
    "F.Cos()(x)": "F.cos(x)",
    "F.Tanh()(x)": "F.tanh(x)",
    "F.Exp()(x)": "F.exp(x)",
    "F.Log()(p)": "F.log(p)",
    "F.Reshape((6,))(x)": "F.reshape(x, (6,))",
    "F.Transpose()(x)": "F.transpose(x)",
    "F.Transpose((0, 1))(x)": "x",
    "F.GetItem(1)(x)": "x[1]",
    "F.Sum(0, True)(x)": "F.sum(x, 0, True)",
    "F.Sum(axis=None, keepdims=False)(x)": "F.sum(x)",
    "F.SumTo((1, 3))(x)": "F.sum_to(x, (1, 3))",
    "F.BroadcastTo((2, 3))(v)": "F.broadcast_to(v, (2, 3))",
    "F.MatMul()(x, W)": "F.matmul(x, W)",
    "F.Linear()(x, W, b)": "F.linear(x, W, b)",
    "F.Linear()(x, W, None)": "F.linear(x, W)",
    "F.Sigmoid()(x)": "F.sigmoid(x)",
    "F.ReLU()(x)": "F.relu(x)",
    "F.LeakyReLU(0.1)(x)": "F.leaky_relu(x, 0.1)",
    "F.Softmax()(x)": "F.softmax(x)",
    "F.Softmax(axis=0)(x)": "F.softmax(x, 0)",
    "F.LogSoftmax(axis=0)(x)": "F.log_softmax(x, 0)",
    "F.MeanSquaredError()(x, y)": "F.mean_squared_error(x, y)",
    "F.SoftmaxCrossEntropy()(x, t)": "F.softmax_cross_entropy(x, t)",
    "F.BatchNorm(z, o, 0.9, 2e-5)(x, v, v)": "F.batch_nrom(x, v, v, z, o)",
    "F.Max(axis=1, keepdims=True)(x)": "F.max(x, 1, True)",
    "F.Min(1)(x)": "F.min(x, 1)",
    "F.Clip(-1, 1)(x)": "F.clip(x, -1, 1)",
    "core.Add()(x, y)": "x + y",
    "core.Sub()(x, y)": "x - y",
    "core.Mul()(x, y)": "x * y",
    "core.Div()(x, y)": "x / y",
    "core.Neg()(x)": "-x",
    "core.Pow(3)(x)": "x ** 3",
    "core.rdiv(x, y)": "y / x",
    "core.rsub(x, y)": "y - x",
}


@pytest.mark.parametrize("call", CLASSES)
def test_functions_as_classes(call):
    names = {"np": np, "F": F, "core": core, "t": np.array([2, 0])}
    names |= {"z": np.zeros(3), "o": np.ones(3)}
    y = eval(call, names, inputs())
    np.testing.assert_array_equal(y.data, eval(CLASSES[call], names, inputs()).data)


def test_classes_are_functions():
    assert isinstance(F.Sin(), dezero.Function)
    assert issubclass(core.Pow, dezero.Function)


@pytest.mark.parametrize(
    "name", ["sin", "exp", "relu", "sigmoid", "softmax", "flatten"]
)
def test_plain_arrays_give_variables(name):
    y = getattr(F, name)(x22)
    assert isinstance(y, Variable)
    assert repr(y).startswith("variable([[")


def test_numbers_are_operands_on_both_sides():  # quirk 44
    x = Variable(np.array([1.0, 2.0]))
    assert F.add(1.0, x).data.tolist() == [2, 3]
    assert F.sub(1.0, x).data.tolist() == [0, -1]
    assert F.sin(0.0).data == 0
    two = [1, 2]
    assert (x + two).data.tolist() == [2, 4]
    with pytest.raises(TypeError, match="NoneType"):
        x + None


# -- dtypes ----------------------------------------------------------------------------

FLOAT32 = [
    "x * 2.0",
    "2.0 * x",
    "x + 1",
    "1 - x",
    "x / 2",
    "1 / x",
    "x ** 2",
    "F.pow(x, 2)",
    "F.mul(x, 2.0)",
    "F.sin(x)",
    "F.sigmoid(x)",
    "F.tanh(x)",
    "F.relu(x)",
    "F.leaky_relu(x)",
    "F.softmax(x)",
    "F.log_softmax(x)",
    "F.dropout(x)",
    "F.clip(x, 0, 1)",
    "F.max(x, axis=1)",
    "F.mean(x)",
    "F.mean_squared_error(x, np.ones((2, 3), np.float32))",
    "F.softmax_cross_entropy(x, np.array([0, 1]))",
    "F.sigmoid_cross_entropy(x, np.array([[0, 1, 1], [0, 0, 1]]))",
    "F.batch_nrom(x, g, g, np.zeros(3, np.float32), np.ones(3, np.float32))",
]


@pytest.mark.parametrize("call", FLOAT32)
def test_float32_stays_float32(call):  # quirks 1 to 4
    x = Variable(np.array([[1, -2, 0.5], [3, 0.25, -1]], np.float32))
    y = eval(call, {"F": F, "np": np, "g": np.ones(3, np.float32)}, {"x": x})
    y.backward()
    assert (y.dtype, x.grad.dtype) == (np.float32, np.float32)


def test_integers_become_real_numbers_where_they_must():  # quirk 6
    x = Variable(np.array([[-1, 2]]))
    assert F.leaky_relu(x).data.tolist() == [[-0.2, 2]]
    assert F.linear(x, np.ones((2, 1), int), np.array([0.5])).data.tolist() == [[1.5]]
    assert F.log_softmax(x).dtype == np.float64
    assert (x / 2).data.tolist() == [[-0.5, 1]]


# -- right where the original was not --------------------------------------------------


def grad(function, x):
    x = Variable(np.array(x))
    function(x).backward()
    return x.grad.data.tolist()


def test_mean_squared_error_refuses_shapes_that_differ():  # quirk 29
    with pytest.raises(ValueError, match="mean_squared_error"):
        F.mean_squared_error(np.ones((3, 1)), np.ones(3))
    with pytest.raises(ValueError, match="shape"):
        F.mean_squared_error_simple(np.ones(3), np.ones((3, 1)))


def test_mean_squared_error_of_two_numbers():  # quirk 29
    assert F.mean_squared_error(np.array(3.0), np.array(1.0)).data == 4


def test_mean_squared_error_divides_by_the_first_axis():  # quirk 29, the book's rule
    assert F.mean_squared_error(np.ones((2, 5)), np.zeros((2, 5))).data == 5


def test_class_ids_in_a_column():  # quirk 30
    t = np.array([[2], [0]])
    flat = grad(lambda x: F.softmax_cross_entropy(x, t.ravel()), np.eye(2, 3))
    assert grad(lambda x: F.softmax_cross_entropy(x, t), np.eye(2, 3)) == flat


@pytest.mark.parametrize(
    ("t", "error"),
    [
        ([-1, 0], IndexError),
        ([3, 0], IndexError),
        ([1.0, 0.0], TypeError),
        (np.eye(2, 3, dtype=int), ValueError),
        ([0, 1, 2], ValueError),
    ],
)
def test_class_ids_that_cannot_be(t, error):  # quirk 30
    with pytest.raises(error):
        F.softmax_cross_entropy(np.eye(2, 3), np.array(t))
    with pytest.raises((IndexError, error)):
        F.softmax_cross_entropy_simple(np.eye(2, 3), np.array(t))


def test_the_simple_forms_are_exact_for_large_scores():  # quirk 30
    t = np.array([1])
    g = grad(lambda x: F.softmax_cross_entropy_simple(x, t), [[100.0, 0.0]])
    np.testing.assert_allclose(g, [[1, -1]])
    np.testing.assert_allclose(F.softmax_simple(np.array([[1e3, 0.0]])).data, [[1, 0]])


@pytest.mark.parametrize("score", [40.0, -40.0, 1000.0, -1000.0])
def test_sigmoid_cross_entropy_of_large_scores(score):  # quirk 31
    x, t = np.array([[score]]), np.array([[float(score > 0)]])
    assert 0 <= F.sigmoid_cross_entropy(x, t).data < 1e-15
    np.testing.assert_allclose(F.sigmoid_cross_entropy(x, 1 - t).data, abs(score))
    wrong = grad(lambda x: F.sigmoid_cross_entropy(x, 1 - t), x)
    np.testing.assert_allclose(wrong, [[np.sign(score)]])


def test_binary_cross_entropy_near_0_and_1():  # quirk 32
    p, t = np.array([[1.0], [0.0]]), np.array([[1], [0]])
    assert F.binary_cross_entropy(p, t).data < 1e-6
    assert F.binary_cross_entropy(p, 1 - t).data > 15
    g = grad(lambda p: F.binary_cross_entropy(p, np.array([[0.0]])), [[0.9995]])
    np.testing.assert_allclose(g, [[2000]])


@pytest.mark.parametrize("loss", [F.sigmoid_cross_entropy, F.binary_cross_entropy])
def test_flat_targets_take_the_shape_of_the_scores(loss):
    x, t = np.array([[0.2], [0.7]]), np.array([0, 1])
    assert loss(x, t).data == loss(x, t[:, None]).data
    assert loss(x, Variable(t)).data == loss(x, t).data
    with pytest.raises(ValueError, match="shape"):
        loss(x, np.array([0, 1, 1]))


@pytest.mark.parametrize(
    "loss",
    [
        F.mean_squared_error,
        F.sigmoid_cross_entropy,
        F.binary_cross_entropy,
    ],
)
def test_targets_that_are_variables_get_gradients(loss):  # quirk 20
    t = Variable(np.array([[0.25, 0.75]]))
    loss(np.array([[0.5, 0.5]]), t).backward()
    assert t.grad.shape == (1, 2)


@pytest.mark.parametrize(
    ("function", "x", "expected"),
    [
        (F.max, [3.0, 3.0, 1.0], [0.5, 0.5, 0]),
        (F.min, [3.0, 1.0, 1.0], [0, 0.5, 0.5]),
    ],
)
def test_equals_share_the_gradient(function, x, expected):  # quirk 33
    assert grad(function, x) == expected


@pytest.mark.parametrize("axis", [-1, (-1,), (0, -1), -2])
def test_max_and_min_over_negative_axes(axis):  # quirk 33
    x = np.array([[3.0, 1.0, 2.0], [6.0, 4.0, 5.0]])
    for function in (F.max, F.min):
        places = tuple(a % 2 for a in np.atleast_1d(axis))
        expected = grad(lambda x, f=function, p=places: f(x, p), x)
        assert grad(lambda x, f=function: f(x, axis), x) == expected


def test_clip_with_one_bound():  # quirk 34
    assert grad(lambda x: F.clip(x, None, 1), [-1.0, 1.0, 2.0]) == [1, 1, 0]
    assert grad(lambda x: F.clip(x, 0, None), [-1.0, 1.0, 2.0]) == [0, 1, 1]


def test_gradients_at_a_corner_are_the_books():  # quirks 34 and 35
    assert grad(F.relu, [-1.0, 0.0, 1.0]) == [0, 0, 1]
    assert grad(F.leaky_relu, [-1.0, 0.0, 1.0]) == [0.2, 0.2, 1]
    assert grad(lambda x: F.clip(x, 0, 1), [-1.0, 0.0, 1.0, 2.0]) == [0, 1, 1, 0]


def test_powers_of_variables():  # quirk 36
    x, c = Variable(np.array([2.0])), Variable(np.array([3.0]))
    (x**c).backward()
    np.testing.assert_allclose(x.grad.data, [12])
    np.testing.assert_allclose(c.grad.data, [8 * np.log(2)])
    np.testing.assert_allclose(grad(lambda x: 2**x, [3.0]), [8 * np.log(2)])


def test_power_0_has_a_gradient_at_0():  # quirk 36
    assert grad(lambda x: x**0, [0.0]) == [0]


def test_indexing_by_a_variable():  # quirk 37
    i = Variable(np.array([0, 0, 1]))
    assert grad(lambda x: x[i], [1.0, 2.0, 3.0]) == [2, 1, 0]
    W = Variable(x22)
    assert F.embed_id(Variable(ids), W).data.tolist() == x22.tolist()


@pytest.mark.parametrize(("axis", "shape"), [(-1, (2, 3, 1)), (-2, (2, 1, 3))])
def test_expand_dims_with_a_negative_axis(axis, shape):  # quirk 38
    assert F.expand_dims(np.ones((2, 3)), axis).shape == shape


@pytest.mark.parametrize(
    ("shape", "wish"), [((4,), (2,)), ((3,), (2, 3)), ((2, 3), (3, 1)), ((2, 3), (2,))]
)
def test_sum_to_refuses_what_does_not_broadcast_back(shape, wish):  # quirk 39
    with pytest.raises(ValueError, match="does not broadcast"):
        F.sum_to(np.ones(shape), wish)


@pytest.mark.parametrize("ratio", [1.0, -1, 2, float("nan")])
def test_dropout_refuses_a_ratio_that_cannot_be(ratio):  # quirk 40
    with pytest.raises(ValueError, match="dropout"):
        F.dropout(np.ones(3), ratio)


def test_dropout_draws_the_books_numbers():
    np.random.seed(0)
    x = Variable(np.ones(5))
    y = F.dropout(x, 0.6)
    y.backward()
    np.random.seed(0)
    expected = (np.random.rand(5) > 0.6) / 0.4
    np.testing.assert_allclose(y.data, expected)
    np.testing.assert_allclose(x.grad.data, expected)


def test_dropout_in_test_mode_gives_back_the_variable():  # quirk 40
    x = Variable(np.ones(5))
    with dezero.test_mode():
        assert F.dropout(x) is x


def test_dropout_of_integers():
    y = F.dropout(np.array([4] * 20)).data
    assert set(y.tolist()) <= {0, 8}


@pytest.mark.parametrize("function", [F.softmax, F.log_softmax])
def test_softmax_of_one_row_needs_an_axis(function):  # quirk 41
    row = np.array([1.0, 2.0])
    assert function(row, axis=0).shape == function(row, axis=-1).shape == (2,)
    with pytest.raises(ValueError, match="softmax"):
        function(row)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((2, 3, 4), (2, 4, 5)),
        ((2, 3, 4), (4, 5)),
        ((3,), (3, 2)),
        ((2, 3), (3,)),
        ((3,), (3,)),
    ],
)
def test_matmul_of_any_shapes_with_gradients(a, b, rng):  # quirk 42
    check_grads(F.matmul, rng.normal(size=a), rng.normal(size=b))
    a, b = rng.normal(size=a), rng.normal(size=b)
    for y in (Variable(a) @ b, a @ Variable(b), F.matmul(a, b), Variable(a).matmul(b)):
        np.testing.assert_allclose(y.data, a @ b)


def test_numpy_speaks_to_variables():  # quirk 45
    x = Variable(np.array([0.0, 2.0]))
    assert np.sin(x).data.tolist() == np.sin(x.data).tolist()
    assert np.array(x).dtype == np.float64
    assert x.mean().data == 1
    assert abs(-x).data.tolist() == [0, 2]
    assert (x > 1).data.tolist() == [False, True]
    assert float(x[1]) == 2


def test_numpys_scalars_and_arrays_on_the_left():
    x = Variable(np.array([1.0, 2.0]))
    for y in (np.float64(2) * x, np.array([2.0, 2.0]) * x, np.float32(2) * x):
        assert isinstance(y, Variable)
        assert y.data.tolist() == [2, 4]


def test_batch_norm_has_both_names():  # quirk 47
    assert F.batch_norm is F.batch_nrom


def test_nan_and_infinity_pass_as_in_numpy():  # quirk 48
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        np.testing.assert_array_equal(
            F.log(np.array([0.0, -1])).data, [-np.inf, np.nan]
        )
    assert np.isnan(F.relu(np.array([np.nan])).data).all()


def test_accuracy_counts_the_hits():
    y = np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]])
    assert F.accuracy(y, np.array([[1], [0], [0]])).data == 2 / 3
    for t in ([1, 0, 0], [0, 1, 0]):
        accuracy = F.accuracy(y, np.array(t))
        assert (accuracy.ndim, accuracy.dtype) == (0, np.float64)
        np.testing.assert_allclose(accuracy.data, 2 / 3 if t[0] else 0)


def test_embedding_refuses_an_unknown_id():
    with pytest.raises(IndexError, match="3"):
        F.embed_id(np.array([3]), Variable(x22))


# -- derivatives of the formulas that are the package's own ----------------------------


@pytest.mark.parametrize(
    "function",
    [
        F.sigmoid,
        F.sigmoid_simple,
        F.average,
        lambda x: F.average(x, 0),
        lambda x: F.average(x, 1, True),
        lambda x: F.sum_to(x, (1, 3)),
        lambda x: F.sum_to(x, ()),
        lambda x: F.sum_to(x, x.shape),
        F.flatten,
        F.softmax,
        F.log_softmax,
        F.leaky_relu,
        lambda x: F.softmax_cross_entropy(x, np.array([1, 0])),
        lambda x: F.max(x, -1),
        lambda x: F.clip(x, -0.9, 0.9),
    ],
)
def test_derivatives(function, rng):
    check_grads(function, rng.normal(size=(2, 3)))


def test_derivatives_of_the_losses(rng):
    x, t = rng.normal(size=(2, 3)), rng.uniform(0.1, 0.9, (2, 3))
    check_grads(F.mean_squared_error, x, t)
    check_grads(lambda x: F.sigmoid_cross_entropy(x, t), x)
    check_grads(lambda p: F.binary_cross_entropy(p, t), rng.uniform(0.1, 0.9, (2, 3)))
    check_grads(F.sigmoid_cross_entropy, x, t)
    check_grads(F.binary_cross_entropy, rng.uniform(0.1, 0.9, (2, 3)), t)


def test_derivatives_of_targets_in_one_row(rng):
    x, t = rng.normal(size=(3, 1)), rng.uniform(0.1, 0.9, 3)
    check_grads(F.sigmoid_cross_entropy, x, t)


def test_derivatives_of_an_embedding(rng):
    check_grads(lambda W: F.embed_id(np.array([0, 2, 2]), W), rng.normal(size=(3, 2)))


def test_derivatives_of_dropout(rng):
    def seeded(x):
        np.random.seed(3)
        return F.dropout(x, 0.3) ** 2

    check_grads(seeded, rng.normal(size=(3, 4)))


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.int64])
@pytest.mark.parametrize("shape", [(9,), (3, 3), ()])
def test_a_sigmoid_at_the_ends_of_the_number_range(shape, dtype):
    ends = np.array([0, 1, -1, 30, -30, 800, -800, 30_000, -30_000])
    x = np.resize(ends.astype(dtype), shape)
    y = F.sigmoid(x).data
    with np.errstate(over="ignore"):
        expected = 1 / (1 + np.exp(-x.astype(np.float64)))
    close = {"e": 1e-3, "f": 1e-7}.get(y.dtype.char, 1e-15)
    np.testing.assert_allclose(y, expected, rtol=close, atol=close)
    assert y.shape == x.shape


def test_a_sigmoid_of_what_is_no_number():
    y = F.sigmoid(np.array([np.nan, np.inf, -np.inf])).data
    np.testing.assert_allclose(y, [np.nan, 1, 0], atol=1e-300)
