"""Layers, losses, backward, optimizers, data and files, together."""

import gc
import weakref

import numpy as np
import pytest

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import Variable, optimizers
from ondol.data import DataLoader, digits
from ondol.io import load_weights, save_weights
from ondol.models import MLP, Sequential

OPTIMIZERS = [
    cls
    for cls in map(vars(optimizers).get, optimizers.__all__)
    if isinstance(cls, type)
    and issubclass(cls, optimizers.Optimizer)
    and cls is not optimizers.Optimizer
]


def spiral():
    """Three interleaved arms of 100 points (book step 48)."""
    rng = np.random.default_rng(0)
    t = np.repeat(np.arange(3), 100)
    radius = np.tile(np.arange(100) / 100, 3)
    angle = 4 * (t + radius) + 0.2 * rng.standard_normal(300)
    x = np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1)
    return x.astype(np.float32), t


def train(model, optimizer, loader, epochs):
    """The mean loss of each epoch."""
    optimizer.setup(model)
    history = []
    for _ in range(epochs):
        losses = []
        for x, t in loader:
            loss = F.softmax_cross_entropy(model(x), t)
            model.cleargrads()
            loss.backward()
            optimizer.update()
            losses.append(loss.item())
        history.append(np.mean(losses))
    return history


def digit_model():
    return Sequential(
        L.Conv2d(8, 3, pad=1),
        L.BatchNorm(),
        F.relu,
        lambda x: F.max_pool2d(x, 2),
        lambda x: x.reshape(x.shape[0], -1),
        L.Linear(32),
        F.relu,
        L.Dropout(0.2),
        L.Linear(10),
    )


def weights(model):
    return [(name, p.data.tobytes()) for name, p in model.named_params()]


def test_the_spiral_of_the_book_is_learnt():
    ondol.seed(0)
    x, t = spiral()
    model = MLP((10, 3))
    loader = DataLoader((x, t), batch_size=30, seed=0)
    history = train(model, optimizers.SGD(lr=1.0), loader, 300)
    assert history[0] > 1
    assert history[-1] < 0.2
    assert F.accuracy(model.predict(x), t).item() > 0.95


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_optimizer_reduces_the_loss(optimizer, dtype):
    ondol.seed(1)
    x, t = spiral()
    model = MLP((10, 3), F.tanh, dtype=dtype)
    loader = DataLoader((x.astype(dtype), t), batch_size=100, seed=0)
    history = train(model, optimizer(), loader, 30)
    assert history[-1] < history[0]
    assert {p.dtype for p in model.params()} == {np.dtype(dtype)}


@pytest.fixture(scope="module")
def digit_reader():
    """A model that has seen some of the digits, and its losses on the way."""
    ondol.seed(0)
    x, t = digits()
    model = digit_model()
    loader = DataLoader((x[:600], t[:600]), batch_size=50, seed=0)
    history = train(model, optimizers.Adam(lr=0.01), loader, 6)
    return model, history


def test_digits_are_learnt(digit_reader):
    model, history = digit_reader
    x, t = digits(train=False)
    assert history[-1] < history[0] / 3
    assert F.accuracy(model.predict(x), t).item() > 0.9


@pytest.mark.parametrize("suffix", ["npz", "safetensors"])
def test_a_saved_model_predicts_the_same(digit_reader, suffix, tmp_path):
    model, _ = digit_reader
    x, _ = digits(train=False)
    path = tmp_path / f"digits.{suffix}"
    save_weights(path, model)
    ondol.seed(5)
    twin = digit_model()
    load_weights(path, twin)
    np.testing.assert_array_equal(twin.predict(x), model.predict(x), strict=True)


def train_digits(seed):
    ondol.seed(seed)
    model = digit_model()
    x, t = digits()
    loader = DataLoader((x[:100], t[:100]), batch_size=25, seed=0)
    train(model, optimizers.Adam(), loader, 2)
    return weights(model)


def test_training_twice_from_one_seed_gives_the_same_bits():
    first = train_digits(3)
    assert train_digits(3) == first
    assert train_digits(4) != first


def arrays_behind(*roots):
    """Every array in the graphs behind the roots, each with what made or took it."""
    todo, seen = list(roots), set()
    while todo:
        x = todo.pop()
        yield "leaf" if x.creator is None else f"result of {x.creator.name}", x.data
        node = x.creator
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        for arg in node._args:
            if isinstance(arg, Variable):
                todo.append(arg)
            elif hasattr(arg, "dtype"):
                yield f"operand of {node.name}", arg


def is_narrow(array):
    return array.dtype == np.float32 or array.dtype.kind in "biu"


def targets(y, t):
    return np.eye(y.shape[1], dtype=np.float32)[t]


MODELS = {
    "mlp": (lambda: MLP((6, 5)), (4, 3)),
    "relu": (lambda: MLP((6, 5), F.relu), (4, 3)),
    "cnn": (digit_model, (4, 1, 8, 8)),
}
LOSSES = {
    "softmax": F.softmax_cross_entropy,
    "squares": lambda y, t: F.mean_squared_error(y, targets(y, t)),
    "sigmoid": lambda y, t: F.sigmoid_cross_entropy(y, targets(y, t)),
    "binary": lambda y, t: F.binary_cross_entropy(F.sigmoid(y), targets(y, t)),
}


@pytest.mark.parametrize(("make", "shape"), MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("loss_of", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize("training", [True, False])
def test_float32_stays_float32_everywhere(make, shape, loss_of, training):
    ondol.seed(0)
    model = make()
    x = Variable(np.random.default_rng(0).random(shape, np.float32))
    with ondol.using_config("train", training):
        loss = loss_of(model(x), np.arange(4) % 5)
        loss.backward(create_graph=True)  # so that the work of the rules is seen too
    leaves = [x, *model.params()]
    grads = [leaf.grad for leaf in leaves]
    wide = {
        where for where, array in arrays_behind(loss, *grads) if not is_narrow(array)
    }
    assert wide == set()
    assert {g.dtype for g in grads} == {np.dtype(np.float32)}


@pytest.mark.parametrize(("make", "shape"), MODELS.values(), ids=MODELS)
def test_gradients_in_between_are_float32_too(make, shape):
    ondol.seed(0)
    model = make()
    x = Variable(np.random.default_rng(0).random(shape, np.float32))
    hidden = model(x)
    loss = F.softmax_cross_entropy(hidden, np.arange(4))
    loss.backward(retain_grad=True)
    grads, todo = [], [loss]
    while todo:
        y = todo.pop()
        grads.append(y.grad)
        todo.extend(y.creator.inputs if y.creator else ())
    assert hidden.grad is not None
    assert {g.dtype for g in grads if g is not None} == {np.dtype(np.float32)}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_update_keeps_parameters_and_state_float32(optimizer):
    model = MLP((4, 2), in_size=3)
    optimizer = optimizer().setup(model)
    y = model(np.ones((2, 3), np.float32))
    F.softmax_cross_entropy(y, np.array([0, 1])).backward()
    optimizer.update()
    arrays = optimizer.state_arrays()
    del arrays["t"]
    assert {p.dtype for p in model.params()} == {np.dtype(np.float32)}
    assert {a.dtype for a in arrays.values()} <= {np.dtype(np.float32)}


def test_a_step_leaves_no_graph_behind():
    model = MLP((4, 2), in_size=3)
    optimizer = optimizers.SGD(0.1).setup(model)
    gc.disable()
    try:
        y = model(np.ones((2, 3), np.float32))
        loss = F.softmax_cross_entropy(y, np.array([0, 1]))
        loss.backward()
        optimizer.update()
        gone = weakref.ref(y), weakref.ref(loss)
        del y, loss
        assert [link() for link in gone] == [None, None]
    finally:
        gc.enable()
