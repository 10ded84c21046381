import pickle

import numpy as np
import pytest

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import Variable
from ondol.errors import ArgumentError, DtypeError, OndolError, ShapeError
from ondol.io import load_weights, save_weights
from ondol.testing import check_grads

RANKS = pytest.mark.parametrize("rank", [1, 2, 3])
IMAGE = (5, 4, 6)


def data(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def conv(rank, *args, **kwargs):
    return getattr(L, f"Conv{rank}d")(*args, **kwargs)


def transpose(rank, *args, **kwargs):
    return getattr(L, f"ConvTranspose{rank}d")(*args, **kwargs)


# -- filters ---------------------------------------------------------------------------


@RANKS
def test_filters_hand_their_settings_on(rank):
    x = data(2, 4, *IMAGE[:rank])
    layer = conv(rank, 6, 2, 2, "same", dilation=2, groups=2)
    assert layer.in_channels is None
    y = layer(x)
    assert layer.W.shape == (6, 2, *(2,) * rank)
    assert layer.in_channels == 4
    function = getattr(F, f"conv{rank}d")
    expected = function(x, layer.W, layer.b, 2, "same", 2, 2)
    np.testing.assert_array_equal(y.data, expected.data, strict=True)


@RANKS
def test_transposed_filters_hand_their_settings_on(rank):
    x = data(2, 4, *IMAGE[:rank])
    layer = transpose(rank, 6, 3, 2, pad=1, dilation=2, groups=2)
    y = layer(x)
    assert layer.W.shape == (4, 3, *(3,) * rank)
    assert layer.in_channels == 4
    function = getattr(F, f"conv_transpose{rank}d")
    expected = function(x, layer.W, layer.b, 2, 1, None, 2, 2)
    np.testing.assert_array_equal(y.data, expected.data, strict=True)
    larger = tuple(n + 1 for n in y.shape[2:])
    assert layer(x, out_size=larger).shape[2:] == larger


@pytest.mark.parametrize("make", [conv, transpose])
@RANKS
def test_channels_may_be_given_or_found(make, rank):
    ondol.seed(1)
    given = make(rank, 4, 3, in_channels=6, groups=2)
    ondol.seed(1)
    found = make(rank, 4, 3, groups=2)
    found(data(1, 6, *IMAGE[:rank]))
    np.testing.assert_array_equal(given.W.data, found.W.data, strict=True)


@pytest.mark.parametrize("make", [conv, transpose])
def test_the_filters_of_a_group_keep_the_scale_of_a_signal(make):
    W = make(2, 300, (5, 4), in_channels=60, groups=3).W.data
    assert W.std() == pytest.approx(1 / 20, rel=0.02)


def test_the_transpose_goes_back_to_the_size_it_came_from():
    x = data(1, 3, 7, 8)
    down, up = L.Conv2d(5, 3, 2, "same"), L.ConvTranspose2d(3, 3, 2, "same")
    assert down(x).shape == (1, 5, 4, 4)
    assert up(down(x)).shape == (1, 3, 8, 8)
    assert up(down(x), out_size=(7, 8)).shape == x.shape


def test_filters_can_be_saved(tmp_path):
    model = L.Sequential(L.Conv1d(4, 3, groups=2), L.ConvTranspose1d(2, 3))
    x = data(2, 2, 6)
    y = model(x)
    save_weights(tmp_path / "w.npz", model)
    other = L.Sequential(L.Conv1d(4, 3, groups=2), L.ConvTranspose1d(2, 3))
    other(x)
    load_weights(tmp_path / "w.npz", other)
    np.testing.assert_array_equal(other(x).data, y.data, strict=True)


def test_a_separable_convolution_can_be_trained():
    model = L.Sequential(
        L.Conv2d(3, 3, pad="same", groups=3, dtype=np.float64),
        F.tanh,
        L.Conv2d(2, 1, dtype=np.float64),
        L.MaxPool2d(2),
        F.global_avg_pool,
    )
    x = data(2, 3, 4, 4).astype(np.float64)
    assert model(x).shape == (2, 2)
    check_grads(model, x)
    model(x).backward()
    assert all(p.grad is not None for p in model.params())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: L.Conv2d(4, 3, groups=3), "Conv2d groups.*out_channels 4, got 3"),
        (lambda: L.Conv2d(4, 3, groups=0), "Conv2d groups"),
        (lambda: L.Conv2d(4, 3, groups=2, in_channels=3), "in_channels 3, got 2"),
        (lambda: L.Conv2d(4, 3, groups=2)(data(1, 3, 5, 5)), "in_channels 3, got 2"),
        (lambda: L.Conv2d(4, 3, groups=1.0), "Conv2d groups.*1.0"),
        (lambda: L.Conv2d(4, 3, dilation=0), "Conv2d dilation"),
        (lambda: L.Conv1d(4, (3, 3)), "one for each of 1 spatial axes"),
        (lambda: L.Conv3d(4, (3, 3)), "one for each of 3 spatial axes"),
        (lambda: L.Conv2d(4, 3, pad="full"), "Conv2d pad.*'full'"),
        (lambda: L.Conv2d(4, 3, pad=((1, 2, 3), 1)), r"pair.*\(1, 2, 3\)"),
        (lambda: L.Conv2d(4, 3, pad=((1, -1), 1)), "Conv2d pad"),
        (lambda: L.Conv2d(4, 3, pad=(1, 1, 1)), "one for each of 2 spatial axes"),
        (lambda: L.Conv2d(4, 3, pad=1.5), "Conv2d pad.*1.5"),
        (lambda: L.Conv1d(4, 3)(data(1, 2, 5, 5)), r"conv1d: expected.*\(N, C, L\)"),
        (lambda: L.Conv3d(4, 3)(data(2, 5, 5)), r"\(N, in_channels, D, H, W\)"),
        (lambda: L.MaxPool2d(0), "MaxPool2d size"),
        (lambda: L.MaxPool1d((2, 2)), "MaxPool1d size"),
        (lambda: L.MaxPool2d(2, 0), "MaxPool2d stride"),
        (lambda: L.MaxPool2d(2, dilation=0), "MaxPool2d dilation"),
        (lambda: L.AvgPool3d(2, pad="all"), "AvgPool3d pad.*'all'"),
        (lambda: L.AvgPool2d(2)(data(1, 2, 5)), r"avg_pool2d: expected images"),
        (lambda: L.Upsample(), "a size or a scale"),
        (lambda: L.Upsample(2, scale=2), "a size or a scale"),
    ],
)
def test_what_does_not_fit_these_layers_is_explained(make, message):
    with pytest.raises((ArgumentError, DtypeError, ShapeError), match=message):
        make()


def test_a_refused_input_leaves_the_filters_unmade():
    layer = L.Conv2d(4, 3, groups=2)
    with pytest.raises(OndolError):
        layer(data(1, 3, 5, 5))
    assert layer.W.data is None
    assert layer(data(1, 2, 5, 5)).shape == (1, 4, 3, 3)


# -- pools -----------------------------------------------------------------------------


@RANKS
def test_pools_hand_their_settings_on(rank):
    x = data(2, 3, *IMAGE[:rank])
    largest, mean = getattr(L, f"MaxPool{rank}d"), getattr(L, f"AvgPool{rank}d")
    max_pool = getattr(F, f"max_pool{rank}d")
    avg_pool = getattr(F, f"avg_pool{rank}d")
    for layer, expected in [
        (largest(2), max_pool(x, 2)),
        (
            largest(2, 1, pad=1, ceil_mode=True, dilation=2),
            max_pool(x, 2, 1, 1, True, 2),
        ),
        (mean(2), avg_pool(x, 2)),
        (
            mean(3, 2, pad=((0, 1),) * rank, ceil_mode=True, count_include_pad=False),
            avg_pool(x, 3, 2, ((0, 1),) * rank, True, False),
        ),
    ]:
        np.testing.assert_array_equal(layer(x).data, expected.data, strict=True)
        assert not list(layer.params())


def test_upsample_hands_its_settings_on():
    x = Variable(data(2, 3, 4, 5))
    settings = {"mode": "linear", "align_corners": True}
    y, expected = L.Upsample(7, **settings)(x), F.interpolate(x, 7, **settings)
    np.testing.assert_array_equal(y.data, expected.data, strict=True)
    assert L.Upsample(scale=2)(x).shape == (2, 3, 8, 10)


def test_these_layers_show_and_pickle_their_settings():
    model = L.Sequential(
        L.Conv1d(4, 3, pad="same", dilation=2, groups=2),
        L.MaxPool1d(2, pad=1),
        L.AvgPool1d(2, 1, count_include_pad=False),
        L.Upsample(scale=2.0),
        L.ConvTranspose3d(2, 1, in_channels=1),
    )
    assert repr(model).splitlines()[1:-1] == [
        "  layers.0: Conv1d(out_channels=4, kernel_size=(3,), pad='same', "
        "dilation=(2,), groups=2),",
        "  layers.1: MaxPool1d(size=(2,), pad=(1,)),",
        "  layers.2: AvgPool1d(size=(2,), stride=(1,), count_include_pad=False),",
        "  layers.3: Upsample(scale=2.0),",
        "  layers.4: ConvTranspose3d(out_channels=2, kernel_size=(1, 1, 1), "
        "in_channels=1)",
    ]
    assert repr(pickle.loads(pickle.dumps(model))) == repr(model)
