import pickle

import numpy as np
import pytest

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import models
from ondol.errors import ArgumentError, DtypeError, ShapeError
from ondol.models import MLP, Model, Sequential

X = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)


def test_layers_are_named_in_order():
    model = MLP((4, 2), in_size=3)
    shapes = {name: p.shape for name, p in model.named_params()}
    assert shapes == {
        "layers.0.W": (3, 4),
        "layers.0.b": (4,),
        "layers.1.W": (4, 2),
        "layers.1.b": (2,),
    }


@pytest.mark.parametrize("activation", [F.sigmoid, np.tanh, lambda x: x * 2])
def test_the_activation_is_between_layers_only(activation):
    model = MLP([4, 4, 2], activation)
    first, second, last = model.layers
    expected = last(activation(second(activation(first(X)))))
    np.testing.assert_array_equal(model(X).data, expected.data, strict=True)
    assert MLP((2,), activation)(X).shape == (5, 2)


def test_only_the_input_size_is_lazy():
    model = MLP((4, 2))
    assert [p.data is None for p in model.params()] == [True, False, False, False]
    model(X)
    assert model.layers[0].in_size == 3
    with pytest.raises(ShapeError, match=r"Linear\(out_size=4, in_size=3\)"):
        model(X[:, :2])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_is_that_of_all_parameters(dtype):
    model = MLP((4, 2), dtype=dtype, in_size=3)
    assert {p.dtype for p in model.params()} == {np.dtype(dtype)}
    assert model(X.astype(dtype)).dtype == dtype


@pytest.mark.parametrize("sizes", [3, (), None, iter([3])])
def test_sizes_are_a_sequence(sizes):
    with pytest.raises(DtypeError, match=r"such as \(1000, 10\), got"):
        MLP(sizes)


def test_bad_arguments_are_refused_at_construction():
    with pytest.raises(
        ArgumentError, match="out_size: expected a whole number of 1 or more, got -1"
    ):
        MLP((3, -1))
    with pytest.raises(
        ArgumentError, match="in_size: expected a whole number of 1 or more, got 0"
    ):
        MLP((3,), in_size=0)
    with pytest.raises(DtypeError, match=r"MLP activation: .* got 'relu'"):
        MLP((3,), "relu")


def test_predict_gives_a_plain_array_in_test_mode_without_a_graph():
    ondol.seed(0)
    model = Sequential(L.Linear(4), L.BatchNorm(), L.Dropout(0.5))
    model(X)
    mean = model.layers[1].mean.data.copy()
    y = model.predict(X)
    assert type(y) is np.ndarray
    assert y.dtype == np.float32
    np.testing.assert_array_equal(y, model.predict(X))
    np.testing.assert_array_equal(model.layers[1].mean.data, mean)
    assert all(p.grad is None for p in model.params())
    assert ondol.config.train
    assert ondol.config.enable_backprop


def test_predict_restores_the_modes_after_an_error():
    with pytest.raises(ShapeError):
        MLP((2,), in_size=2).predict(X)
    assert ondol.config.train
    assert ondol.config.enable_backprop


def test_predict_gives_a_tuple_for_a_tuple():
    class Twins(Model):
        def __init__(self):
            self.a, self.b = L.Linear(1), L.Linear(2)

        def forward(self, x, y):
            return self.a(x), self.b(y)

    first, second = Twins().predict(X, X[:2])
    assert (type(first), first.shape) == (np.ndarray, (5, 1))
    assert (type(second), second.shape) == (np.ndarray, (2, 2))


def test_a_model_with_a_shared_layer_trains():
    ondol.seed(0)
    shared = L.Linear(3, in_size=3)
    model = Sequential(shared, np.tanh, shared, np.tanh, L.Linear(1))
    assert len(list(model.params())) == 4
    optimizer = ondol.optimizers.SGD(lr=0.1).setup(model)
    losses = []
    for _ in range(20):
        loss = F.mean_squared_error(model(X), X[:, :1])
        model.cleargrads()
        loss.backward()
        optimizer.update()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 2


def test_a_model_with_an_activation_can_be_pickled():
    model = MLP((4, 2), F.relu, in_size=3)
    twin = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(twin.predict(X), model.predict(X), strict=True)
    assert twin.activation is F.relu


def test_public_names():
    assert models.__all__ == [
        "GPT",
        "MLP",
        "VGG16",
        "Model",
        "ResNet",
        "Sequential",
        "SqueezeNet",
    ]
    assert models.Sequential is L.Sequential
    assert issubclass(MLP, Model)
    assert issubclass(Sequential, Model)
    assert issubclass(Model, L.Layer)
