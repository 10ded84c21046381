import numpy as np
import pytest

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import Parameter, State, Variable
from ondol.models import GPT, MLP, VGG16, Model, ResNet, SqueezeNet
from ondol.random import Generator
from ondol.show import Summary


@pytest.fixture
def no_draws(monkeypatch):
    """Large models are made in no time, of zeros."""

    def zeros(self, shape, dtype=np.float32):
        return np.zeros(shape, dtype)

    monkeypatch.setattr(Generator, "normal", zeros)


# -- known networks --------------------------------------------------------------------


@pytest.mark.usefixtures("no_draws")
def test_vgg16_has_the_parameters_and_operations_that_are_told_of_it():
    """138 million weights, 15.5 billion multiply-adds for an image of 224 pixels."""
    found = VGG16().summary(np.zeros((1, 3, 32, 32), np.float32))
    first, *rest = (512 * 4096, 4096 * 4096, 4096 * 1000)  # fully connected
    larger = 7 * 7 * first
    assert found.parameters - first + larger == 138_357_544
    convolutions = found.multiply_adds - first - sum(rest)
    assert convolutions * 7 * 7 + larger + sum(rest) == 15_470_264_320
    assert 2 < found.flops / found.multiply_adds < 2.02
    assert found.parameter_bytes == 4 * found.parameters


@pytest.mark.usefixtures("no_draws")
def test_resnet50_has_the_parameters_and_operations_that_are_told_of_it():
    """25.6 million weights, 3.8 billion multiply-adds (He and others 2015, table 1).

    They are proportional to the number of pixels, but for the last layer.
    """
    found = ResNet(50).summary(np.zeros((1, 3, 64, 64), np.float32))
    assert found.parameters == 25_557_032 + 64  # the first convolution has a bias here
    assert found.states == 53_120
    last = 2048 * 1000
    whole = (found.multiply_adds - last) * (224 / 64) ** 2 + last
    assert whole == pytest.approx(3.8e9, rel=0.02)


@pytest.mark.usefixtures("no_draws")
def test_squeezenet_is_small():
    found = SqueezeNet().summary(np.zeros((1, 3, 96, 96), np.float32))
    assert found.parameters == pytest.approx(1.24e6, rel=0.01)


def test_gpt_by_formula():
    vocabulary, context, layers, heads, d, t = 50, 16, 3, 4, 32, 12
    model = GPT(vocabulary, context, depth=layers, size=d, heads=heads)
    found = model.summary(np.zeros((2, t), np.int64))
    block = 12 * d * d * t + 2 * t * t * d
    assert found.multiply_adds == 2 * (layers * block + d * vocabulary * t)


def test_a_recurrent_layer_by_formula():
    n, t, inputs, h = 2, 5, 3, 4
    found = L.SequenceLSTM(h).summary(np.zeros((n, t, inputs), np.float32))
    assert found.multiply_adds == n * t * 4 * h * (inputs + h)


def test_convolutions_by_formula():
    x = np.zeros((2, 4, 9, 9), np.float32)
    grouped = L.Conv2d(6, 3, groups=2, nobias=True).summary(x)
    assert grouped.multiply_adds == 2 * 6 * 7 * 7 * 2 * 9
    back = L.ConvTranspose2d(5, 3, nobias=True).summary(x)
    assert back.multiply_adds == x.size * 5 * 9


# -- what is counted -------------------------------------------------------------------


class Of(Model):
    """A model of one function."""

    def __init__(self, function):
        self.function = function

    def forward(self, *xs):
        return self.function(*xs)


@pytest.mark.parametrize(
    ("function", "products", "others", "bytes"),
    [
        (lambda x: np.exp(x), 0, 12, 96),
        (lambda x: x + 1.0, 0, 12, 96),
        (lambda x: x.T, 0, 0, 0),
        (lambda x: x.reshape(2, 6), 0, 0, 0),
        (lambda x: x[1:], 0, 0, 0),
        (lambda x: np.sum(x), 0, 12, 8),
        (lambda x: np.max(x, axis=0), 0, 12, 32),
        (lambda x: x @ x.T, 36, 0, 72),
        (lambda x: np.einsum("ij,kj->ik", x, x), 36, 0, 72),
        (lambda x: F.linear(x, np.ones((4, 5))), 60, 0, 120),
        (lambda x: F.softmax(x), 0, 12, 96),
    ],
)
def test_operations_and_memory_of_a_function(function, products, others, bytes):
    found = Of(function).summary(Variable(np.ones((3, 4))))
    assert found.multiply_adds == products
    assert found.flops == 2 * products + others
    assert found.activations == bytes


def test_memory_is_that_of_parameters_states_and_results():
    model = L.Sequential(L.Conv2d(2, 3, nobias=True), L.BatchNorm(), F.relu)
    found = model.summary(np.zeros((1, 1, 4, 4), np.float32))
    assert (found.parameter_bytes, found.state_bytes) == (4 * (18 + 4), 4 * 4)
    assert found.memory == found.activations + 4 * 26
    assert found.activations >= 3 * 4 * 8  # the results of the three


# -- the rows --------------------------------------------------------------------------


class Net(Model):
    def __init__(self):
        self.blocks = [L.Linear(3), L.Sequential(L.Linear(3), L.Linear(2))]
        self.unused = L.Linear(7, in_size=2)
        self.scale = Parameter(np.ones(5), "scale")
        self.mean = State(np.zeros(2), "mean")

    def forward(self, x, y=None, times=1):
        for _ in range(times):
            x = self.blocks[0](x)
        return {"out": self.blocks[1](x), "both": (x, [y])}


def rows(found):
    return {row.name: row for row in found.rows}


def test_a_row_for_each_layer_in_the_order_of_the_model():
    found = Net().summary(np.zeros((4, 3), np.float32), np.zeros(6), times=2)
    assert isinstance(found, Summary)
    assert [(row.level, row.label, row.kind) for row in found.rows] == [
        (0, "", "Net"),
        (1, "blocks.0", "Linear"),
        (1, "blocks.1", "Sequential"),
        (2, "layers.0", "Linear"),
        (2, "layers.1", "Linear"),
        (1, "unused", "Linear"),
    ]
    first = rows(found)["blocks.0"]
    assert (first.calls, first.parameters, first.output) == (2, 12, (4, 3))
    assert first.multiply_adds == 2 * 4 * 3 * 3
    assert rows(found)["unused"].output is None
    assert rows(found)["unused"].parameters == 21
    assert found.rows[0].output == {"out": (4, 2), "both": [(4, 3), [(6,)]]}
    assert found.parameters == 12 + 12 + 8 + 21 + 5
    assert found.states == 2
    inner = sum(rows(found)[f"blocks.1.layers.{i}"].flops for i in (0, 1))
    assert rows(found)["blocks.1"].flops == inner
    assert found.flops == inner + first.flops


def test_it_is_printed_as_a_table():
    lines = repr(Net().summary(np.zeros((4, 3), np.float32), times=2)).splitlines()
    assert lines[0].split() == [
        "layer", "output", "parameters", "multiply-adds", "activations",
    ]  # fmt: skip
    assert lines[3].split() == [
        "blocks.0:", "Linear,", "2", "calls", "(4,", "3)", "12", "72", "96", "B",
    ]  # fmt: skip
    assert "    layers.1: Linear" in lines[6]
    assert "not called" in lines[7]
    assert "parameters   58 (252 B)" in lines
    assert lines[-1].startswith("operations   132 multiply-adds, ")


def test_the_table_may_end_at_a_level():
    found = Net().summary(np.zeros((4, 3), np.float32), depth=1)
    assert "layers.1" not in repr(found)
    assert "blocks.1: Sequential" in repr(found)
    assert len(found.rows) == 6
    shown = repr(Net().summary(np.zeros((4, 3), np.float32), depth=0)).splitlines()
    assert shown[3] == ""


def test_shared_layers_and_parameters_are_counted_once():
    class Tied(Model):
        def __init__(self):
            self.a = L.Linear(3)
            self.b = self.a
            self.c = L.Linear(3)
            self.c.W = self.a.W

        def forward(self, x):
            return self.c(self.b(self.a(x)))

    found = Tied().summary(np.zeros((1, 3), np.float32))
    assert [row.name for row in found.rows] == ["", "a", "c"]
    assert found.rows[1].calls == 2
    assert found.parameters == 9 + 3 + 3


# -- what it leaves behind -------------------------------------------------------------


class Counting(Model):
    """A model with all kinds of state."""

    def __init__(self):
        self.linear, self.norm = L.Linear(3), L.BatchNorm()
        self.count, self.calls = np.zeros(()), 0

    def forward(self, x):
        self.count += 1
        self.calls += 1
        noise = ondol.random.generator.normal((3,))
        return F.dropout(self.norm(self.linear(x)), 0.5) + noise


def test_it_leaves_no_trace():
    ondol.seed(5)
    model, x = Counting(), np.ones((4, 3), np.float32)
    before = ondol.random.generator.counter.copy()
    model.summary(x)
    assert model.linear.W.data is None
    assert (model.calls, model.count) == (0, 0)
    assert ondol.random.generator.counter == before
    first = model(x).data
    mean, calls = model.norm.mean.data.copy(), model.calls
    model.summary(x)
    assert np.array_equal(model.norm.mean.data, mean)
    assert model.calls == calls
    ondol.seed(5)
    assert np.array_equal(Counting()(x).data, first)  # as without any summary


def test_a_call_that_fails_leaves_no_trace_either():
    model = MLP((3, 2))
    with pytest.raises(ValueError, match="linear"):
        Of(lambda x: F.linear(model.layers[0](x), np.ones((9, 9)))).summary(
            np.zeros((1, 2), np.float32)
        )
    assert model.layers[0].W.data is None


def test_gradients_are_not_touched_and_no_graph_is_made():
    model, x = MLP((3, 2)), np.ones((1, 2), np.float32)
    np.sum(model(x)).backward()
    grads = [p.grad.data.copy() for p in model.params()]
    model.summary(x)
    now = [p.grad.data for p in model.params()]
    assert all(map(np.array_equal, now, grads))


def test_the_model_is_in_use_not_in_training_and_records_nothing():
    def forward(x):
        y = F.dropout(x, 0.5) * Variable(np.ones(20))
        assert np.array_equal(y.data, x)
        assert y.creator is None
        return y

    assert Of(forward).summary(np.ones((4, 20))).rows[0].output == (4, 20)


def test_compiled_parts_are_counted_too():
    layer = L.Linear(2)
    model = Of(ondol.compile(lambda x: layer(x)))
    x = np.ones((1, 3), np.float32)
    for _ in range(3):
        model(x)
    assert model.summary(x).multiply_adds == 6
