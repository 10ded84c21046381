import numpy as np
import pytest

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import State, Variable, no_grad
from ondol.errors import ArgumentError, DtypeError, ShapeError
from ondol.io import load_weights, save_weights
from ondol.testing import check_grads
from ondol.tree import walk

# Each layer, lazy and not, with the axis it takes its size from.
SIZED = {
    "linear": (lambda n=None, **k: L.Linear(5, in_size=n, **k), (4, 3), -1),
    "conv": (lambda n=None, **k: L.Conv2d(5, 3, in_channels=n, **k), (2, 3, 4, 5), 1),
    "transpose": (
        lambda n=None, **k: L.ConvTranspose2d(5, 3, in_channels=n, **k),
        (2, 3, 4, 5),
        1,
    ),
    "norm": (lambda n=None, **k: L.BatchNorm(size=n, **k), (4, 3, 2), 1),
}
DTYPES = [np.float16, np.float32, np.float64]

sized = pytest.mark.parametrize(("make", "shape", "axis"), SIZED.values(), ids=SIZED)


def data(shape, dtype=np.float32):
    return np.random.default_rng(0).normal(size=shape).astype(dtype)


@sized
def test_parameters_are_made_at_the_first_call(make, shape, axis):
    layer = make()
    assert any(p.data is None for p in layer.params())
    before = [id(p) for p in layer.params()]
    layer(data(shape))
    assert [id(p) for p in layer.params()] == before
    shapes = [p.shape for p in layer.params()]
    assert shapes == [p.shape for p in make(shape[axis]).params()]


@sized
def test_a_given_size_makes_the_parameters_at_once(make, shape, axis):
    layer = make(shape[axis])
    assert all(p.data is not None for p in layer.params())
    first = [p.data for p in layer.params()]
    layer(data(shape))
    assert all(p.data is d for p, d in zip(layer.params(), first, strict=True))


@sized
def test_lazy_and_given_size_draw_the_same_numbers(make, shape, axis):
    x = data(shape)
    ondol.seed(3)
    lazy = make()
    y = lazy(x)
    ondol.seed(3)
    np.testing.assert_array_equal(make(shape[axis])(x).data, y.data, strict=True)


@sized
def test_the_first_call_works_without_recording(make, shape, axis):
    layer = make()
    with no_grad():
        layer(data(shape))
    np.sum(layer(data(shape))).backward()
    assert all(p.grad.shape == p.shape for p in layer.params())


@sized
@pytest.mark.parametrize("dtype", DTYPES)
def test_parameters_results_and_gradients_keep_the_dtype(make, shape, axis, dtype):
    layer = make(dtype=dtype)
    x = Variable(data(shape, dtype))
    y = layer(x)
    np.sum(y).backward()
    assert y.dtype == dtype
    assert x.grad.dtype == dtype
    assert {p.dtype for p in layer.params()} == {np.dtype(dtype)}
    assert {p.grad.dtype for p in layer.params()} == {np.dtype(dtype)}


@sized
def test_parameters_are_float32_whatever_comes_in(make, shape, axis):
    layer = make()
    layer(np.ones(shape, np.int8))
    assert {p.dtype for p in layer.params()} == {np.dtype(np.float32)}


@sized
def test_another_size_later_names_the_layer(make, shape, axis):
    layer = make()
    layer(data(shape))
    wrong = list(shape)
    wrong[axis] = 1  # would broadcast
    with pytest.raises(ShapeError, match="expected an input of shape") as caught:
        layer(data(wrong))
    message = str(caught.value)
    assert message.startswith(repr(layer))
    assert f"got {tuple(wrong)}" in message
    assert f" {shape[axis]}" in message


@sized
@pytest.mark.parametrize("bad", [(), (0,), (3, 0)])
def test_a_first_input_of_no_use_makes_nothing(make, shape, axis, bad):
    layer = make()
    with pytest.raises(ShapeError, match="expected an input of shape"):
        layer(np.ones(bad, np.float32))
    assert any(p.data is None for p in layer.params())


@sized
@pytest.mark.parametrize("suffix", ["npz", "safetensors"])
def test_a_lazy_layer_takes_saved_weights(make, shape, axis, suffix, tmp_path):
    path, x = tmp_path / f"w.{suffix}", data(shape)
    layer, twin = make(), make()
    layer(x)
    save_weights(path, layer)
    load_weights(path, twin)
    assert repr(twin) == repr(layer)
    with ondol.test_mode():
        np.testing.assert_array_equal(twin(x).data, layer(x).data, strict=True)


def test_linear_is_the_matrix_product_of_the_last_axis():
    layer = L.Linear(2)
    x = data((4, 5, 3))
    y = layer(x)
    layer.b.data += 1
    expected = x @ layer.W.data + layer.b.data
    np.testing.assert_allclose(layer(x).data, expected, rtol=1e-6)
    np.testing.assert_allclose(y.data, expected - 1, rtol=1e-4, atol=1e-6)
    assert layer(x[0, 0]).shape == (2,)


def test_linear_weights_keep_the_scale_of_a_signal():
    ondol.seed(0)
    W = L.Linear(300, in_size=400).W.data
    assert W.std() == pytest.approx(1 / 20, rel=0.02)
    assert abs(W.mean()) < 0.001
    for kind in (L.Conv2d, L.ConvTranspose2d):
        W = kind(300, (5, 4), in_channels=20).W.data
        assert W.std() == pytest.approx(1 / 20, rel=0.02)


def test_sizes_and_bias_can_be_asked_for():
    linear, conv, norm = L.Linear(2), L.Conv2d(2, 1, nobias=True), L.BatchNorm()
    assert (linear.in_size, conv.in_channels, norm.size) == (None, None, None)
    assert (linear.nobias, conv.nobias) == (False, True)
    assert conv.b is None
    linear(data((1, 3))), conv(data((1, 4, 1, 1))), norm(data((2, 5)))
    assert (linear.in_size, conv.in_channels, norm.size) == (3, 4, 5)


def test_conv2d_passes_its_settings_on():
    layer = L.Conv2d(4, (3, 2), stride=(2, 1), pad=(0, 1))
    x = data((2, 3, 7, 6))
    y = layer(x)
    expected = F.conv2d(x, layer.W, layer.b, (2, 1), (0, 1))
    assert y.shape == (2, 4, 3, 7)
    np.testing.assert_array_equal(y.data, expected.data, strict=True)


def test_conv_transpose2d_passes_its_settings_on():
    layer = L.ConvTranspose2d(4, (3, 2), stride=(2, 1), pad=(0, 1))
    x = data((2, 3, 7, 6))
    y = layer(x)
    expected = F.conv_transpose2d(x, layer.W, layer.b, (2, 1), (0, 1))
    assert y.shape == (2, 4, 15, 5)
    assert layer.W.shape == (3, 4, 3, 2)
    np.testing.assert_array_equal(y.data, expected.data, strict=True)
    assert not isinstance(layer, L.Conv2d)
    assert L.ConvTranspose2d(4, 3, nobias=True).b is None


def test_batch_norm_normalises_by_the_batch_while_training():
    layer, x = L.BatchNorm(), 3 + 2 * data((50, 4, 3))
    y = layer(x).data
    np.testing.assert_allclose(y.mean(axis=(0, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(y.std(axis=(0, 2)), 1, atol=1e-3)
    batch = x.transpose(1, 0, 2).reshape(4, -1)
    np.testing.assert_allclose(layer.mean.data, 0.1 * batch.mean(1), rtol=1e-5)
    expected = 0.9 + 0.1 * batch.var(1, ddof=1)
    np.testing.assert_allclose(layer.var.data, expected, rtol=1e-5)


def test_batch_norm_uses_and_keeps_its_statistics_in_test_mode():
    layer, x = L.BatchNorm(eps=1e-3), data((50, 4))
    layer(x)
    mean, var = layer.mean.data.copy(), layer.var.data.copy()
    with ondol.test_mode():
        y = layer(x).data
        one = layer(x[:1]).data
    np.testing.assert_allclose(
        y, (x - mean) / np.sqrt(var + 1e-3), rtol=1e-4, atol=1e-6
    )
    np.testing.assert_array_equal(layer.mean.data, mean)
    np.testing.assert_array_equal(layer.var.data, var)
    np.testing.assert_allclose(one, y[:1], rtol=1e-6)


def test_batch_norm_statistics_are_state_not_parameters():
    layer = L.BatchNorm(size=2)
    assert [name for name, _ in layer.named_params()] == ["gamma", "beta"]
    assert [name for name, _ in walk(layer, State)] == ["mean", "var"]
    np.sum(layer(data((4, 2)))).backward()
    assert layer.mean.grad is None
    assert layer.var.grad is None


def test_batch_norm_statistics_are_saved(tmp_path):
    layer, twin = L.BatchNorm(), L.BatchNorm()
    layer(data((4, 2)))
    save_weights(tmp_path / "w.npz", layer)
    load_weights(tmp_path / "w.npz", twin)
    np.testing.assert_array_equal(twin.var.data, layer.var.data, strict=True)


def test_batch_norm_keeps_its_dtype_with_other_data():
    layer = L.BatchNorm()
    layer(data((4, 2), np.float64))
    assert layer.mean.dtype == layer.var.dtype == np.float32


@pytest.mark.parametrize("train", [True, False])
def test_gradients_of_batch_norm_are_right_in_both_modes(train):
    layer = L.BatchNorm(size=3, dtype=np.float64)

    def f(x, gamma, beta):
        layer.gamma, layer.beta = gamma, beta
        return layer(x)

    with ondol.using_config("train", train):
        check = data((4, 3)), np.array([1.0, 2.0, 0.5]), np.array([0.0, 1.0, -1.0])
        check_grads(f, *check)


def test_dropout_drops_while_training_only():
    ondol.seed(0)
    layer, x = L.Dropout(0.25), np.ones((100, 100), np.float32)
    y = layer(x).data
    assert set(np.unique(y)) == {np.float32(0), np.float32(1 / 0.75)}
    assert (y == 0).mean() == pytest.approx(0.25, abs=0.02)
    with ondol.test_mode():
        np.testing.assert_array_equal(layer(x).data, x, strict=True)
    np.testing.assert_array_equal(L.Dropout(0)(x).data, x, strict=True)


def test_embedding_takes_rows_and_sends_gradients_back_to_them():
    layer = L.Embedding(5, 3)
    ids = np.array([[0, 2], [2, 4]])
    y = layer(ids)
    np.testing.assert_array_equal(y.data, layer.W.data[ids], strict=True)
    np.sum(y).backward()
    assert layer.W.grad.data[:, 0].tolist() == [1, 0, 2, 0, 1]
    assert layer.W.dtype == layer.W.grad.dtype == np.float32


def test_sequential_runs_layers_and_plain_functions():
    model = L.Sequential(L.Linear(2), np.tanh, F.relu, lambda x: x * 2)
    x = data((3, 4))
    expected = 2 * np.maximum(np.tanh(model.layers[0](x).data), 0)
    np.testing.assert_array_equal(model(x).data, expected, strict=True)
    assert [name for name, _ in model.named_params()] == ["layers.0.W", "layers.0.b"]


def test_sequential_of_nothing_or_of_functions_gives_a_variable():
    x = np.ones(2)
    assert L.Sequential()(x).data is x
    assert isinstance(L.Sequential(np.tanh)(x), Variable)


WRONG_VALUES = [
    lambda: L.Linear(0),
    lambda: L.Linear(-3),
    lambda: L.Linear(3, in_size=0),
    lambda: L.Conv2d(0, 3),
    lambda: L.Conv2d(3, 0),
    lambda: L.Conv2d(3, (3, -1)),
    lambda: L.Conv2d(3, (3, 3, 3)),
    lambda: L.Conv2d(3, 3, stride=0),
    lambda: L.Conv2d(3, 3, pad=-1),
    lambda: L.Conv2d(3, 3, in_channels=-1),
    lambda: L.ConvTranspose2d(0, 3),
    lambda: L.ConvTranspose2d(3, 3, stride=0),
    lambda: L.ConvTranspose2d(3, 3, in_channels=0),
    lambda: L.RNN(0),
    lambda: L.RNN(3, in_size=0),
    lambda: L.LSTM(-1),
    lambda: L.LSTM(3, in_size=-1),
    lambda: L.BatchNorm(momentum=1.5),
    lambda: L.BatchNorm(momentum=float("nan")),
    lambda: L.BatchNorm(eps=0),
    lambda: L.BatchNorm(eps=float("inf")),
    lambda: L.BatchNorm(size=0),
    lambda: L.Dropout(1),
    lambda: L.Dropout(-0.1),
    lambda: L.Dropout(float("nan")),
    lambda: L.Embedding(0, 3),
    lambda: L.Embedding(3, -1),
]
WRONG_KINDS = [
    lambda: L.Linear(2.0),
    lambda: L.Linear("3"),
    lambda: L.Linear(True),
    lambda: L.Linear((3, 2)),
    lambda: L.Linear(np.ones(2)),
    lambda: L.Linear(3, dtype=np.int32),
    lambda: L.Linear(3, dtype="no dtype"),
    lambda: L.Conv2d(3, 2.5),
    lambda: L.Conv2d(3, None),
    lambda: L.Conv2d(3, 3, dtype=complex),
    lambda: L.ConvTranspose2d(3, 2.5),
    lambda: L.RNN(2.0),
    lambda: L.RNN(2, dtype=int),
    lambda: L.LSTM(None),
    lambda: L.LSTM(3, in_size=True),
    lambda: L.BatchNorm(momentum="0.1"),
    lambda: L.BatchNorm(dtype=bool),
    lambda: L.Dropout(None),
    lambda: L.Dropout(True),
    lambda: L.Embedding(3.5, 3),
    lambda: L.Embedding(3, 3, dtype=int),
    lambda: L.Sequential([L.Linear(1)]),
    lambda: L.Sequential(L.Linear),
    lambda: L.Sequential(None),
]


@pytest.mark.parametrize("make", WRONG_VALUES)
def test_a_value_out_of_range_is_refused_at_construction(make):
    with pytest.raises(ArgumentError, match=r"^\w+ \w+: expected .*, got"):
        make()


@pytest.mark.parametrize("make", WRONG_KINDS)
def test_a_value_of_another_kind_is_refused_at_construction(make):
    with pytest.raises(DtypeError, match=r"^\w+ \w+.*: .*got"):
        make()


def test_the_refusal_says_what_to_do_with_a_class():
    with pytest.raises(DtypeError, match=r"make one of it: Linear\(\.\.\.\)"):
        L.Sequential(F.relu, L.Linear)


def test_numpy_numbers_are_as_good_as_pythons():
    assert repr(L.Linear(np.int64(3), in_size=np.uint8(2))) == (
        "Linear(out_size=3, in_size=2)"
    )
    assert repr(L.Conv2d(np.int64(3), [np.int64(2), 3])) == (
        "Conv2d(out_channels=3, kernel_size=(2, 3))"
    )
    norm = L.BatchNorm(momentum=np.float64(0.5))
    assert norm(data((4, 2))).dtype == np.float32
    assert norm.mean.dtype == np.float32


def test_embedding_refuses_what_is_no_id():
    layer = L.Embedding(5, 3)
    for ids in ([-1], [5]):
        with pytest.raises(IndexError, match="outside of 0 to 4"):
            layer(np.array(ids))
    with pytest.raises(DtypeError, match="float64"):
        layer(np.array([1.0]))


def test_the_id_of_the_padding_is_one_of_the_table():
    with pytest.raises(ArgumentError, match="padding_index: expected one of 3 ids"):
        L.Embedding(3, 2, padding_index=3)


@pytest.mark.parametrize(
    "make",
    [
        lambda: L.Linear(64, 1),
        lambda: L.Conv2d(1, 16, 3, 1, 8),
        lambda: L.Bilinear(2, 3, 4, 5),
        lambda: L.MultiHeadAttention(8, 2, causal=1),
        lambda: L.MultiHeadAttention(8, 2, nobias="no"),
        lambda: L.TransformerEncoderBlock(8, 2, pre_norm=0),
        lambda: L.SequenceLSTM(8, 2, bidirectional=2),
    ],
)
def test_a_size_in_the_place_of_a_truth_is_refused(make):
    with pytest.raises(
        DtypeError, match=r"expected True or False, got [\s\S]*\[layer-flag"
    ):
        make()


def test_a_truth_of_numpys_is_one():
    assert L.Linear(2, np.bool(True)).b is None
    assert L.Linear(2, np.bool(False)).b is not None
