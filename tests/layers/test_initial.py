import tracemalloc

import numpy as np
import pytest

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol.errors import ArgumentError, DtypeError, ShapeError
from ondol.layers import initial
from ondol.layers.initial import fan_normal, undrawn
from ondol.random import generator


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_scale_and_dtype(dtype):
    ondol.seed(0)
    W = fan_normal((400, 50), 100, dtype)
    assert W.dtype == dtype
    assert W.std() == pytest.approx(0.1, rel=0.02)


def test_the_numbers_are_the_next_of_the_generator():
    ondol.seed(4)
    expected = generator.normal((5, 3)) * np.float32(0.5)
    ondol.seed(4)
    np.testing.assert_array_equal(fan_normal((5, 3), 4, np.float32), expected)


def test_large_weights_are_drawn_in_slabs(monkeypatch):
    monkeypatch.setattr("ondol.layers.initial._SLAB", 8)
    ondol.seed(4)
    expected = [generator.normal((n, 3)) for n in (2, 2, 1)]
    ondol.seed(4)
    W = fan_normal((5, 3), 1, np.float32)
    np.testing.assert_array_equal(W, np.concatenate(expected))


def test_undrawn_weights_have_shape_and_dtype_and_take_nothing():
    before = generator.counter.copy()
    tracemalloc.start()
    with undrawn():
        W = L.Linear(4096, in_size=25088, nobias=True).W
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (W.shape, W.dtype) == ((25088, 4096), np.float32)
    assert peak < 1e6
    np.testing.assert_array_equal(generator.counter, before)
    with pytest.raises(ValueError, match="read-only"):
        W.data[0] = 1
    assert L.Linear(2, in_size=3).W.data.any()


def test_weights_are_drawn_again_after_an_error():
    with pytest.raises(ZeroDivisionError), undrawn():
        raise ZeroDivisionError
    assert L.Linear(2, in_size=3).W.data.any()


# -- the public initialisers -----------------------------------------------------------

LAYOUTS = {(300, 200): (300, 200), (40, 30, 5, 2): (300, 400), (50, 100, 4): (400, 200)}


@pytest.mark.parametrize(("shape", "fans"), LAYOUTS.items())
def test_fans_of_matrices_and_filters(shape, fans):
    assert initial.fans(shape) == fans


@pytest.mark.parametrize(("shape", "fans"), LAYOUTS.items())
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("kind", ["lecun", "glorot", "he"])
def test_variance_by_fans(shape, fans, dtype, kind):
    ondol.seed(0)
    variance = {"lecun": 1 / fans[0], "glorot": 2 / sum(fans), "he": 2 / fans[0]}[kind]
    even = getattr(initial, f"{kind}_uniform")(shape, dtype)
    bell = getattr(initial, f"{kind}_normal")(shape, dtype)
    for W in (even, bell):
        assert (W.shape, W.dtype) == (shape, dtype)
        assert W.astype(float).var() == pytest.approx(variance, rel=0.05)
        assert abs(W.astype(float).mean()) < 0.05 * variance**0.5
    assert np.abs(even).max() == pytest.approx((3 * variance) ** 0.5, rel=0.02)
    assert np.abs(bell).max() > 1.8 * np.abs(even).max()


@pytest.mark.parametrize("shape", [(20, 30), (30, 20), (12, 3, 2, 2)])
def test_orthogonal(shape):
    ondol.seed(0)
    W = initial.orthogonal(shape, np.float64, scale=2.0).reshape(shape[0], -1)
    gram = W @ W.T if W.shape[0] <= W.shape[1] else W.T @ W
    np.testing.assert_allclose(gram, 4 * np.eye(len(gram)), atol=1e-12)


def test_initialisers_with_settings():
    ondol.seed(0)
    shape = 300, 200
    W = initial.normal(0.5, 2.0)(shape)
    assert W.dtype == np.float32
    assert (W.mean(), W.std()) == pytest.approx((2, 0.5), rel=0.02)
    W = initial.uniform(-1, 3)(shape)
    assert (W.min(), W.max()) == pytest.approx((-1, 3), abs=0.01)
    W = initial.truncated_normal(0.5, 1.0)(shape)
    assert np.abs(W - 1).max() <= 1
    assert W.std() == pytest.approx(0.88 * 0.5, rel=0.02)
    W = initial.sparse(0.9)(shape)
    assert ((W == 0).sum(0) == 270).all()
    assert W[W != 0].std() == pytest.approx(0.01, rel=0.05)
    assert (initial.constant(3)(shape, np.float64) == 3).all()
    assert not initial.zeros(shape).any()
    assert initial.ones(shape).all()


def test_identity_and_dirac_hand_on():
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 5))
    np.testing.assert_array_equal(x @ initial.identity((5, 5), float), x)
    W = initial.dirac((4, 3, 3, 3), np.float64)
    y = F.conv2d(x, W, pad=1).data
    np.testing.assert_array_equal(y[:, :3], x)
    assert not y[:, 3].any()


def test_layers_take_an_initialiser():
    W = L.Linear(2, in_size=3, W_init=initial.constant(0.5)).W
    np.testing.assert_array_equal(W.data, np.full((3, 2), 0.5))
    layer = L.Linear(2, W_init=initial.orthogonal)
    layer(np.ones((1, 2), np.float32))
    np.testing.assert_allclose(layer.W.data.T @ layer.W.data, np.eye(2), atol=1e-6)
    assert repr(layer) == "Linear(out_size=2, in_size=2)"
    table = L.Embedding(4, 3, padding_index=1, W_init=initial.ones)
    np.testing.assert_array_equal(table.W.data[:, 0], [1, 0, 1, 1])
    np.sum(table(np.array([0, 1]))).backward()
    np.testing.assert_array_equal(table.W.grad.data[:, 0], [1, 0, 0, 0])
    with undrawn():
        assert not L.Linear(2, in_size=3, W_init=initial.ones).W.data.any()


@pytest.mark.parametrize(
    "call",
    [
        lambda: initial.he_normal((3,)),
        lambda: initial.identity((3, 3, 3)),
        lambda: initial.dirac((3, 3)),
        lambda: initial.sparse(0.5)((3, 3, 3)),
        lambda: initial.sparse(1.5),
        lambda: initial.uniform(1, 0),
        lambda: initial.truncated_normal(bound=0),
        lambda: L.Linear(2, in_size=3, W_init=lambda shape, dtype: np.ones(3)),
        lambda: L.Linear(2, in_size=3, W_init=lambda shape, dtype: np.ones(shape)),
    ],
)
def test_bad_initialisers_are_refused(call):
    with pytest.raises((ShapeError, ArgumentError)):
        call()


def test_an_initialiser_is_a_function():
    with pytest.raises(DtypeError, match="W_init"):
        L.Linear(2, W_init="he")


@pytest.mark.parametrize("kind", [L.Conv1d, L.Conv2d, L.ConvTranspose2d])
def test_filters_take_an_initialiser(kind):
    ondol.seed(0)
    W = kind(60, 5, in_channels=40, W_init=initial.he_normal).W.data
    fan_in = 40 * np.prod(W.shape[2:])
    assert W.dtype == np.float32
    assert W.flags.c_contiguous
    assert W.var() == pytest.approx(2 / fan_in, rel=0.05)
    with undrawn():
        kind(60, 5, in_channels=40, W_init=initial.he_normal)
    with pytest.raises(DtypeError, match="W_init"):
        kind(2, 3, W_init="he")


def test_bilinear():
    ondol.seed(0)
    layer = L.Bilinear(20, 30, 40)
    assert layer.W.data.var() == pytest.approx(1 / 1200, rel=0.05)
    x, z = np.ones((5, 30), np.float32), np.ones((5, 40), np.float32)
    y = layer(x, z)
    np.testing.assert_array_equal(y.data, F.bilinear(x, z, layer.W, layer.b).data)
    assert (y.shape, y.dtype) == ((5, 20), np.float32)
    y.backward()
    assert layer.b.grad.data.tolist() == [5] * 20
    assert L.Bilinear(2, 3, 4, nobias=True).b is None
    assert repr(L.Bilinear(2, 3, 4)) == "Bilinear(out_size=2, in_size=3, other_size=4)"
    with pytest.raises(ShapeError):
        layer(z, x)


def matrices(layer):
    return [p.data for p in layer.params() if p.ndim == 2]


@pytest.mark.parametrize(
    "make",
    [
        lambda **options: L.RNN(4, 4, **options),
        lambda **options: L.LSTM(4, 4, **options),
        lambda **options: L.GRU(4, 4, **options),
        lambda **options: L.SequenceRNN(4, 2, in_size=4, **options),
        lambda **options: L.SequenceLSTM(4, in_size=4, **options),
        lambda **options: L.SequenceGRU(4, bidirectional=True, in_size=4, **options),
        lambda **options: L.MultiHeadAttention(4, 2, **options),
        lambda **options: L.TransformerEncoderBlock(4, 2, 4, **options),
        lambda **options: L.TransformerDecoder(2, 4, 2, hidden_size=4, **options),
    ],
)
def test_networks_take_an_initialiser_of_each_matrix(make):
    layer = make(W_init=initial.orthogonal)
    assert matrices(layer)
    for W in matrices(layer):
        for one in np.split(W, W.shape[1] // 4, axis=1):  # the gates side by side
            np.testing.assert_allclose(one @ one.T, np.eye(4), atol=1e-6)
    with undrawn():
        assert not any(W.any() for W in matrices(make(W_init=initial.orthogonal)))
    with pytest.raises(DtypeError, match="W_init"):
        make(W_init="he")


def test_recurrent_weights_made_by_the_first_input_take_an_initialiser():
    layer = L.SequenceLSTM(3, W_init=initial.constant(0.5))
    layer(np.ones((1, 2, 5), np.float32))
    np.testing.assert_array_equal(layer.cells[0][0].Wx.data, np.full((5, 12), 0.5))


def test_bilinear_and_prelu_take_an_initialiser():
    assert L.Bilinear(2, 3, 4, W_init=initial.ones).W.data.sum() == 24
    slopes = L.PReLU(3, W_init=initial.uniform(0, 1)).slope.data
    assert slopes.dtype == np.float32
    assert len({*slopes.tolist()}) == 3
    for make in (lambda: L.Bilinear(2, 3, 4, W_init=3), lambda: L.PReLU(W_init=3)):
        with pytest.raises(DtypeError, match="W_init"):
            make()
