"""The book's layers: its random numbers, its attributes, its files of weights.

Numbers to compare with are those of the original package (at commit b5f3cf1, with
NumPy 1.26).
"""

import inspect
import os
import pickle
import subprocess
import sys
import weakref

import numpy as np
import pytest

import ondol.dezero as dezero
import ondol.dezero.functions as F
import ondol.dezero.layers as L
from ondol.dezero import Layer, Model, Parameter, Variable


def flat(layer):
    params = {}
    layer._flatten_params(params)
    return params


class Net(Model):
    def __init__(self):
        super().__init__()
        self.l1 = L.Linear(3)
        self.l2 = L.Linear(1)
        self.scale = Parameter(np.ones(1), "scale")
        self.n = 3
        self.buffer = Variable(np.ones(1))

    def forward(self, x):
        return self.l2(F.sigmoid(self.l1(x))) * self.scale


def net():
    np.random.seed(0)
    model = Net()
    model(np.ones((2, 2)))
    return model


# -- the names -------------------------------------------------------------------------

SIGNATURES = {
    "Layer": "()",
    "Linear": "(out_size, nobias=False, dtype=float32, in_size=None)",
    "Conv2d": "(out_channels, kernel_size, stride=1, pad=0, nobias=False, "
    "dtype=float32, in_channels=None)",
    "Deconv2d": "(out_channels, kernel_size, stride=1, pad=0, nobias=False, "
    "dtype=float32, in_channels=None)",
    "RNN": "(hidden_size, in_size=None)",
    "LSTM": "(hidden_size, in_size=None)",
    "EmbedID": "(in_size, out_size)",
    "BatchNorm": "()",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures(name):
    said = []
    for parameter in inspect.signature(getattr(L, name)).parameters.values():
        default = parameter.default
        shown = "float32" if default is np.float32 else repr(default)
        bare = default is parameter.empty
        said.append(parameter.name if bare else f"{parameter.name}={shown}")
    assert f"({', '.join(said)})".startswith(SIGNATURES[name][:-1])  # or more


def test_all_are_layers_of_the_package():
    for name in SIGNATURES:
        assert issubclass(getattr(L, name), dezero.Layer)
    assert dezero.Layer is L.Layer
    assert issubclass(dezero.Model, dezero.Layer)


# -- what they draw and compute --------------------------------------------------------


def test_linear_draws_the_books_weights():
    np.random.seed(0)
    layer = L.Linear(2, in_size=3)
    y = layer(np.ones((1, 3), np.float32))
    expected = [1.0184761, 0.23103087, 0.5650746, 1.2937802, 1.0782351, -0.56423163]
    np.testing.assert_allclose(layer.W.data.ravel(), expected, rtol=1e-6)
    np.testing.assert_allclose(y.data, [[2.6617858, 0.9605794]], rtol=1e-6)
    assert (layer.W.name, layer.b.name, layer.b.data.tolist()) == ("W", "b", [0, 0])
    assert {layer.W.dtype, layer.b.dtype, y.dtype} == {np.dtype(np.float32)}  # quirk 2
    assert type(layer.W) is Parameter


def test_linear_takes_its_size_from_the_first_input():
    np.random.seed(0)
    layer = L.Linear(2)
    assert (layer.W.data, layer.in_size) == (None, None)
    layer(np.ones((1, 3)))
    assert (layer.W.shape, layer.in_size, layer.out_size) == ((3, 2), 3, 2)
    np.testing.assert_allclose(layer.W.data[0], [1.0184761, 0.23103087], rtol=1e-6)


def test_linear_without_bias_by_place():
    np.random.seed(0)
    layer = L.Linear(2, True, np.float64, 2)
    assert layer.b is None
    assert layer.W.dtype == np.float64
    expected = [1.24737338, 0.28295388, 0.69207227, 1.58455078]
    np.testing.assert_allclose(layer.W.data.ravel(), expected, rtol=1e-7)


def test_linear_of_more_axes():  # quirk 43
    layer = L.Linear(2)
    y = layer(np.ones((2, 3, 4)))
    y.backward()
    assert (y.shape, layer.in_size, layer.W.grad.shape) == ((2, 3, 2), 4, (4, 2))


def test_conv2d_draws_the_books_weights():
    np.random.seed(0)
    layer = L.Conv2d(2, 3)
    y = layer(np.ones((1, 2, 4, 4), np.float32))
    assert (layer.W.shape, y.shape, y.dtype) == ((2, 2, 3, 3), (1, 2, 2, 2), np.float32)
    np.testing.assert_allclose(layer.W.data.sum(), 2.5358405, rtol=1e-6)
    np.random.seed(0)
    layer = L.Conv2d(2, (3, 2), stride=2, pad=(1, 0), nobias=True, in_channels=2)
    assert (layer.W.shape, layer.b) == ((2, 2, 3, 2), None)
    np.testing.assert_allclose(layer.W.data.sum(), 2.7740502, rtol=1e-6)
    assert layer(np.ones((1, 2, 5, 5))).shape == (1, 2, 3, 2)


def test_deconv2d_draws_the_books_weights():
    np.random.seed(0)
    layer = L.Deconv2d(2, 4, 2, 1)
    y = layer(np.ones((1, 3, 4, 4), np.float32))
    assert (layer.W.shape, y.shape, y.dtype) == ((3, 2, 4, 4), (1, 2, 8, 8), np.float32)
    np.testing.assert_allclose(layer.W.data.sum(), 0.5276301, rtol=1e-6)


SEQUENCE = np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3)

# Sums of h after one step and two, and of the gradients of the second h by each weight.
RECURRENT = {
    "RNN": [-0.6123931, -0.4223413, 0.3974228, 1.524768, 3.367826],
    "LSTM": [
        0.7813379,
        0.9927202,
        0.1507345,
        0.188287,
        0.4474065,
        0.454531,
        0.3361264,
        0.09556083,
        0.4712335,
        0.2453851,
        0.7614216,
        0.3127811,
        0.01774848,
        1.434567,
    ],
    "LSTM in_size": [
        -0.333534,
        -0.4389517,
        0.01148506,
        0.009031117,
        0.05940166,
        -0.119051,
        -0.05584874,
        -0.04930507,
        0.03434497,
        -0.07250927,
        -0.20104,
        -0.2535756,
        -0.5931891,
        1.346105,
    ],
}


@pytest.mark.parametrize("name", RECURRENT)
def test_recurrent_layers_give_the_books_numbers(name):
    np.random.seed(0)
    kind, *given = name.split()
    layer = getattr(L, kind)(4, in_size=3 if given else None)
    first, second = layer(Variable(SEQUENCE)), layer(Variable(SEQUENCE))
    second.backward()
    sums = [float(y.data.sum()) for y in (first, second)]
    grads = {key: float(p.grad.data.sum()) for key, p in flat(layer).items()}
    h1, h2, *expected = RECURRENT[name]
    np.testing.assert_allclose(sums, [h1, h2], rtol=1e-5)
    np.testing.assert_allclose([grads[k] for k in sorted(grads)], expected, rtol=1e-4)
    assert second.shape == (2, 4)
    assert second.dtype == np.float32
    layer.reset_state()
    assert layer.h is None
    np.testing.assert_array_equal(layer(SEQUENCE).data, first.data)


def test_an_rnn_may_be_told_its_input_size():  # quirk 65
    layer = L.RNN(5, in_size=1)
    layer(np.ones((2, 1)))
    assert layer(np.ones((2, 1))).shape == (2, 5)
    assert (layer.x2h.W.shape, layer.h2h.W.shape) == ((1, 5), (5, 5))


@pytest.mark.parametrize("kind", [L.RNN, L.LSTM])
def test_a_new_batch_size_needs_a_new_state(kind):  # quirk 65
    layer = kind(4)
    layer(np.ones((2, 3)))
    with pytest.raises(ValueError, match="reset_state"):
        layer(np.ones((5, 3)))
    layer.reset_state()
    assert layer(np.ones((5, 3))).shape == (5, 4)


def test_a_sequence_can_be_cut():  # steps 59 and 60
    layer = L.LSTM(2)
    x = Variable(np.ones((1, 1)))
    y = layer(x)
    y.backward()
    y.unchain_backward()
    x.cleargrad()
    layer(np.ones((1, 1))).backward()
    assert layer.h2f.W.grad is not None
    assert x.grad is None


def test_embed_id():
    np.random.seed(0)
    layer = L.EmbedID(3, 2)
    y = layer(np.array([0, 2, 2]))
    y.backward()
    np.random.seed(0)
    W = np.random.randn(3, 2)
    np.testing.assert_array_equal(layer.W.data, W)
    assert layer.W.dtype == np.float64  # quirk 5, the book's numbers
    np.testing.assert_array_equal(y.data, W[[0, 2, 2]])
    assert layer.W.grad.data.tolist() == [[1, 1], [0, 0], [2, 2]]
    np.testing.assert_array_equal(layer([1]).data, W[[1]])
    np.testing.assert_array_equal(layer(1).data, W[1])
    np.testing.assert_array_equal(layer(Variable(np.array([1]))).data, W[[1]])  # 37


def test_batch_norm_keeps_statistics():
    layer = L.BatchNorm()
    assert layer.gamma.data is None
    x = np.arange(6.0).reshape(3, 2) ** 2
    layer(x)
    y = layer(x)
    expected = [-0.98058046, -1.06904486, -0.39223219, -0.26726122, 1.37281265]
    np.testing.assert_allclose(y.data.ravel()[:5], expected, rtol=1e-6)
    np.testing.assert_allclose(layer.avg_mean.data, [1.26666667, 2.21666667])
    np.testing.assert_allclose(layer.avg_var.data, [13.98333333, 29.18333333])
    with dezero.test_mode():
        tested = layer(x)
    np.testing.assert_allclose(tested.data[1], [0.73094876, 1.25567013], rtol=1e-6)
    (y * y * y).backward()
    np.testing.assert_allclose(layer.gamma.grad.data, [4.75204173, 3.43621493])
    assert layer.avg_mean.grad is None
    assert sorted(flat(layer)) == ["avg_mean", "avg_var", "beta", "gamma"]


def test_batch_norm_takes_the_dtype_of_the_first_input():
    layer = L.BatchNorm()
    y = layer(np.ones((2, 3, 4, 4), np.float32))
    assert {p.dtype for p in layer.params()} == {np.dtype(np.float32)}
    assert y.dtype == np.float32


# -- Layer -----------------------------------------------------------------------------


def test_params_and_their_names():
    model = net()
    assert sorted(model._params) == ["l1", "l2", "scale"]
    assert sorted(flat(model)) == ["l1/W", "l1/b", "l2/W", "l2/b", "scale"]
    assert len(list(model.params())) == 5
    params = {}
    model._flatten_params(params, "net")
    assert sorted(params)[0] == "net/l1/W"


def test_params_come_in_the_order_they_were_set():  # quirk 63
    code = (
        "import ondol.dezero as d, ondol.dezero.layers as L; m = d.Model(); "
        "m.b = L.Linear(1); m.a = L.Linear(1); m.c = d.Parameter(None); p = {}; "
        "m._flatten_params(p); print(*p, [n in p for n in ('b/W',)])"
    )
    words = "b/W b/b a/W a/b c [True]\n"
    for seed in ("0", "1"):
        env = {**os.environ, "PYTHONHASHSEED": seed}
        got = subprocess.run(
            [sys.executable, "-c", code], env=env, capture_output=True, text=True
        )
        assert (got.stdout, got.stderr) == (words, "")


def test_clearing_gradients():
    model = net()
    model(np.ones((2, 2))).backward()
    assert all(p.grad is not None for p in model.params())
    model.cleargrads()
    assert all(p.grad is None for p in model.params())


def test_calls_leave_weak_references():  # grad_cam
    model, x = net(), Variable(np.ones((2, 2)))
    y = model(x)
    assert model.inputs[0]() is x
    assert model.outputs[0]() is y
    assert isinstance(model.outputs[0], weakref.ref)
    assert model.l1.outputs[0]() is not None
    del y
    assert model.outputs[0]() is None


def test_embed_id_and_batch_norm_know_their_outputs_too():  # quirk 69
    for layer, x in ((L.EmbedID(2, 2), np.array([0, 1])), (L.BatchNorm(), np.eye(2))):
        y = layer(x)
        assert layer.outputs[0]() is y


class Wrap(Layer):
    def __init__(self, function=None):
        super().__init__()
        self.function = function

    def forward(self, *xs):
        return self.function(*xs)


@pytest.mark.parametrize("x", [3, 2.5, [3], None, "text", (1, 2), {"a": 1}])
def test_layers_take_anything(x):  # quirk 66
    assert repr(Wrap(lambda x: Variable(np.ones(1)))(x)) == "variable([1.])"


@pytest.mark.parametrize(
    "y",
    [
        [Variable(np.ones(1)), Variable(np.ones(1))],
        (Variable(np.ones(1)), np.ones(1)),
        3,
        None,
        {"a": 1},
        (Variable(np.ones(1)), None),
        [],
    ],
)
def test_layers_give_anything(y):  # quirk 14
    assert Wrap(lambda x: y)(Variable(np.ones(1))) is y


def test_layers_in_a_list_are_found():  # quirk 64
    model = Layer()
    model.layers = [L.Linear(1, in_size=1), L.Linear(1, in_size=1)]
    model.table = {"p": Parameter(np.ones(1))}
    assert len(list(model.params())) == 5


def test_a_layer_may_be_taken_away():  # quirk 64
    model = net()
    model.l1 = None
    model.cleargrads()
    assert sorted(flat(model)) == ["l2/W", "l2/b", "scale"]


def test_a_layer_under_two_names_counts_once():  # quirk 63
    model = Layer()
    model.a = model.b = L.Linear(1, in_size=1)
    assert len(list(model.params())) == 2


def test_a_constructor_may_forget_super():  # quirk 64
    class Careless(Model):
        def __init__(self):
            self.l1 = L.Linear(1, in_size=1)

        def forward(self, x):
            return self.l1(x)

    assert Careless()(np.ones((1, 1))).shape == (1, 1)
    assert len(list(Careless().params())) == 2


def test_a_layer_with_a_call_of_its_own():  # step 59 style
    class Called(Model):
        def __init__(self):
            super().__init__()
            self.fc = L.Linear(1, in_size=1)

        def __call__(self, x):
            return self.fc(x)

    y = Called()(np.ones((1, 1)))
    y.backward()
    assert y.shape == (1, 1)


def test_a_forward_that_is_missing_is_named():
    with pytest.raises(NotImplementedError, match="Layer"):
        Layer()(np.ones(1))


def test_parameters_of_ondol_become_the_books():
    import ondol

    layer = Layer()
    layer.p = ondol.Parameter(np.ones(1), "p")
    assert type(layer.p) is Parameter
    assert repr(layer.p * 2) == "variable([2.])"
    assert type(layer.p * 2) is Variable


def test_moving_to_the_cpu_keeps_the_data():
    model = net()
    before = {key: p.data for key, p in flat(model).items()}
    model.to_cpu()
    for key, p in flat(model).items():
        assert np.shares_memory(p.data, before[key])


# -- files of weights ------------------------------------------------------------------


def test_weights_come_back(tmp_path):
    model, path = net(), tmp_path / "net.npz"
    model.save_weights(path)
    assert os.listdir(tmp_path) == ["net.npz"]
    with np.load(path) as file:
        assert sorted(file.files) == ["l1/W", "l1/b", "l2/W", "l2/b", "scale"]
        assert file["l1/W"].dtype == np.float32
    again = Net()
    again.load_weights(str(path))
    x = np.ones((2, 2))
    np.testing.assert_array_equal(again(x).data, model(x).data)


def test_a_file_written_by_the_original_is_read(tmp_path):
    arrays = {"l1/W": np.ones((2, 3)), "l1/b": np.ones(3), "l2/W": np.ones((3, 1))}
    arrays |= {"l2/b": np.ones(1), "scale": np.ones(1)}
    np.savez_compressed(tmp_path / "net.npz", **arrays)
    model = Net()
    model.load_weights(tmp_path / "net.npz")
    for key, p in flat(model).items():
        np.testing.assert_array_equal(p.data, arrays[key])
    assert model(np.ones((1, 2))).shape == (1, 1)


def test_the_suffix_may_be_left_away(tmp_path):  # quirk 68
    model = net()
    model.save_weights(tmp_path / "nn")
    assert os.listdir(tmp_path) == ["nn.npz"]
    model.l1.W.data = np.zeros_like(model.l1.W.data)
    model.load_weights(tmp_path / "nn")
    assert model.l1.W.data.any()


def test_there_is_nothing_to_save_before_the_first_call(tmp_path):  # quirk 68
    with pytest.raises(RuntimeError, match=r"l1/W.*\n.*in_size"):
        Net().save_weights(tmp_path / "net.npz")
    assert os.listdir(tmp_path) == []


def test_a_file_of_another_architecture_is_refused(tmp_path):  # quirk 68
    model, path = net(), tmp_path / "l1.npz"
    model.l1.save_weights(path)
    before = {key: p.data.copy() for key, p in flat(model).items()}
    with pytest.raises(ValueError, match=r"l2/W is missing"):
        model.load_weights(path)
    other = L.Linear(7, in_size=2)
    with pytest.raises(ValueError, match=r"W has shape \(2, 3\), the model's \(2, 7\)"):
        other.load_weights(path)
    for key, p in flat(model).items():
        np.testing.assert_array_equal(p.data, before[key])


def test_a_file_that_is_not_there_or_no_npz(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing"):
        Net().load_weights(tmp_path / "nothing.npz")
    (tmp_path / "text.npz").write_text("text")
    with pytest.raises(ValueError, match="is damaged, cut short or not a npz file"):
        Net().load_weights(tmp_path / "text.npz")


def test_a_hostile_file_is_not_run(tmp_path):
    arrays = {key: p.data for key, p in flat(net()).items()}
    arrays["l1/W"] = np.array([lambda: None], dtype=object)[:0]
    np.savez(tmp_path / "net.npz", **arrays)
    with pytest.raises(ValueError, match="Python objects"):
        Net().load_weights(tmp_path / "net.npz")


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    model, path = net(), tmp_path / "net.npz"
    model.save_weights(path)
    before = path.read_bytes()

    def full(file, **arrays):
        file.write(b"half")
        raise OSError("no space left")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(OSError, match="no space"):
        model.save_weights(path)
    assert os.listdir(tmp_path) == ["net.npz"]
    assert path.read_bytes() == before


@pytest.mark.parametrize("wrong", [np.array(["a", "b", "c"]), np.zeros(3, np.int64)])
def test_a_file_of_anything_but_real_numbers_changes_nothing(tmp_path, wrong):
    model = net()
    before = {key: p.data.copy() for key, p in flat(model).items()}
    np.savez(tmp_path / "net.npz", **before | {"l1/b": wrong})
    with pytest.raises(ValueError, match=r"l1/b|damaged"):
        model.load_weights(tmp_path / "net.npz")
    for key, p in flat(model).items():
        np.testing.assert_array_equal(p.data, before[key])


def test_a_network_can_be_pickled_after_a_call():
    model = dezero.models.MLP((3, 2), activation=F.relu)
    x = np.ones((2, 2), np.float32)
    y = model(x)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again(x).data, y.data)
    assert pickle.loads(pickle.dumps(F.sigmoid)) is F.sigmoid


def test_a_layer_tells_that_it_was_not_called():
    with pytest.raises(AttributeError, match="this Linear has not been called yet"):
        L.Linear(3).outputs  # noqa: B018
