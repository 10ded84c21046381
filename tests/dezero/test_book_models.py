"""The book's networks: its names, its draws of np.random, its files of weights."""

import numpy as np
import pytest

import ondol.dezero as dezero
from ondol import models as own
from ondol.dezero import functions as F
from ondol.dezero import layers as L
from ondol.dezero import models
from ondol.errors import ArgumentError, DtypeError
from ondol.io import WeightsError

X = np.sin(np.arange(8)).reshape(2, 4).astype(np.float32)
IMAGES = np.sin(np.arange(2 * 3 * 6 * 6)).reshape(2, 3, 6, 6).astype(np.float32)
CLOSE = {"rtol": 1e-5, "atol": 1e-6}


class OwnVGG(own.VGG16):
    blocks = (2, 2), (3,)
    hidden = 5
    image_shape = (3, 6, 6)


class VGG(models.VGG16):
    blocks, hidden = OwnVGG.blocks, OwnVGG.hidden

    def _twin(self, path):
        return OwnVGG(path)


class OwnResNet(own.ResNet):
    channels = 2, 2, 2, 2
    image_shape = (3, 32, 32)


class ResNet(models.ResNet):
    channels = OwnResNet.channels

    def _twin(self, path):
        return OwnResNet(self.n_layers, path)


def parameters(layer):
    found = {}
    layer._flatten_params(found)
    return found


def randn(*shape):
    scale = np.float32(np.sqrt(1 / np.prod(shape[:-1])))
    return np.random.randn(*shape).astype(np.float32) * scale


# -- Model, Sequential, MLP ------------------------------------------------------------


def test_layers_of_a_stack_are_numbered():
    first, last = L.Linear(3), L.Linear(2)
    model = models.Sequential(first, F.relu, last)
    assert model.layers == [first, F.relu, last]
    assert (model.l0, model.l1, model.l2) == (first, F.relu, last)
    assert {*parameters(model)} == {"l0/W", "l0/b", "l2/W", "l2/b"}
    assert len(list(model.params())) == 4
    mlp = models.MLP([5, 4, 3])
    assert mlp.layers == [mlp.l0, mlp.l1, mlp.l2]
    assert list(parameters(mlp)) == ["l0/W", "l0/b", "l1/W", "l1/b", "l2/W", "l2/b"]


def test_an_mlp_draws_its_weights_in_order_at_the_first_call():
    model = models.MLP((3, 2))
    assert model.l1.W.data is None
    np.random.seed(0)
    y = model(X)
    np.random.seed(0)
    W0, W1 = randn(4, 3), randn(3, 2)
    np.testing.assert_array_equal(model.l0.W.data, W0, strict=True)
    np.testing.assert_array_equal(model.l1.W.data, W1, strict=True)
    assert isinstance(y, dezero.Variable)
    hidden = 1 / (1 + np.exp(-(X @ W0)))  # sigmoid is the default
    np.testing.assert_allclose(y.data, hidden @ W1, **CLOSE)


@pytest.mark.parametrize("activation", [F.relu, np.tanh, lambda x: x * 2])
def test_any_activation_between_the_layers(activation):
    model = models.MLP((3, 2), activation)
    y = model(X)
    expected = model.l1(activation(model.l0(X)))
    np.testing.assert_array_equal(y.data, expected.data, strict=True)
    assert model.activation is activation


def test_mistakes_in_a_stack_are_refused():
    with pytest.raises(DtypeError, match=r"MLP activation.*got 'relu'"):
        models.MLP((3,), "relu")
    with pytest.raises(DtypeError, match=r"make one of it: Linear\(\.\.\.\)"):
        models.Sequential(L.Linear)


def test_weights_of_a_stack_are_saved_under_the_books_names(tmp_path):
    model, twin = models.MLP((3, 2)), models.MLP((3, 2))
    y = model(X).data
    model.save_weights(tmp_path / "w.npz")
    with np.load(tmp_path / "w.npz") as file:
        assert {*file.files} == {"l0/W", "l0/b", "l1/W", "l1/b"}
    twin.load_weights(tmp_path / "w.npz")
    np.testing.assert_array_equal(twin(X).data, y, strict=True)


def test_plot_writes_a_picture_of_the_graph(tmp_path):
    models.MLP((3, 2)).plot(X, to_file=tmp_path / "model.dot")
    text = (tmp_path / "model.dot").read_text()
    assert text.startswith("digraph")
    assert "float32" in text


def test_plot_of_a_model_with_a_call_of_its_own(tmp_path):
    class Twice(models.Model):
        def __call__(self, x):
            return 2 * dezero.Variable(x)

    Twice().plot(X, to_file=tmp_path / "model.dot")
    assert "Mul" in (tmp_path / "model.dot").read_text()


def test_a_model_may_hold_a_parameter_alone():
    model = models.Model()
    model.param = dezero.Parameter(X)
    assert [p is model.param for p in model.params()] == [True]


# -- VGG16 -----------------------------------------------------------------------------


def test_vgg16_has_the_books_names():
    model = models.VGG16()
    names = [f"conv{i}_{j}" for i, n in enumerate((2, 2, 3, 3, 3), 1)
             for j in range(1, n + 1)]  # fmt: skip
    names += ["fc6", "fc7", "fc8"]
    assert list(parameters(model)) == [f"{name}/{p}" for name in names for p in "Wb"]
    assert all(isinstance(getattr(model, name), L.Layer) for name in names)
    assert model.url == model.WEIGHTS_PATH
    assert models.VGG16.preprocess is own.VGG16.preprocess


def test_vgg16_draws_weights_and_dropout_in_order():
    model = VGG()
    np.random.seed(0)
    y = model(IMAGES)
    np.random.seed(0)
    x = IMAGES
    for name in ("conv1_1", "conv1_2", "conv2_1"):
        conv = getattr(model, name)
        scale = np.float32(np.sqrt(1 / np.prod(conv.W.shape[1:])))
        drawn = np.random.randn(*conv.W.shape).astype(np.float32) * scale
        np.testing.assert_array_equal(conv.W.data, drawn, strict=True)
        x = F.relu(F.conv2d(x, drawn, None, 1, 1))
        x = x if name == "conv1_1" else F.pooling(x, 2, 2)
    x = x.data.reshape(2, -1)
    for size in (5, 5):
        x = np.maximum(x @ randn(x.shape[1], size), 0)
        x = x * (np.random.rand(*x.shape) > 0.5) * 2
    np.testing.assert_allclose(y.data, x @ randn(5, 1000), **CLOSE)
    assert isinstance(y, dezero.Variable)


def test_the_output_of_a_layer_inside_can_be_reached():
    model = VGG()
    y = model(IMAGES)
    inside = model.conv2_1.outputs[0]()
    assert inside.shape == (2, 3, 3, 3)
    F.sum(y).backward(retain_grad=True)
    assert inside.grad.shape == inside.shape


# -- ResNet ----------------------------------------------------------------------------


def test_resnet_has_the_books_names():
    for kind, depth, arrays in (
        (models.ResNet50, 50, 268),
        (models.ResNet101, 101, 523),
        (models.ResNet152, 152, 778),
    ):
        model = kind()
        names = parameters(model)
        assert isinstance(model, models.ResNet)
        assert (model.n_layers, len(names)) == (depth, arrays)
        assert model.url == model.WEIGHTS_PATH.format(depth)
    assert {"conv1/b", "res2/a/conv4/W", "res2/b2/bn3/avg_var", "fc6/b"} <= {*names}
    assert not {"res2/a/conv1/b", "res2/b1/conv4/W"} & {*names}
    assert models.ResNet().n_layers == 152
    assert isinstance(model.res3, models.BuildingBlock)
    assert isinstance(model.res3.a, models.BottleneckA)
    assert isinstance(model.res3.b1, models.BottleneckB)
    assert isinstance(model.res3.a.bn1, L.BatchNorm)


def test_another_depth_is_a_value_error():
    with pytest.raises(ValueError, match="50, 101, 152"):
        models.ResNet(18)


def test_numbers_of_the_original():
    """Printed by the book's package on NumPy 1.26, after the same lines."""
    np.random.seed(0)
    block = models.BuildingBlock(2, 3, 2, 4, 2, True)
    y = block(IMAGES)
    assert y.shape == (2, 4, 3, 3)
    expected = [[0, 2.44601, 3.689827, 3.680837], [0, 0.98474, 1.221327, 0]]
    np.testing.assert_allclose(y.data[:, :, 1, 1], expected, rtol=1e-5)
    assert y.data.sum() == pytest.approx(62.17373, rel=1e-6)
    with dezero.test_mode():
        tested = block(IMAGES).data[0, :, 0, 2]
    np.testing.assert_allclose(tested, [0.264271, 0.373398, 0, 0], rtol=1e-5)
    np.random.seed(0)
    y = models.MLP((3, 2))(IMAGES.reshape(2, -1)[:, :4])
    expected = [[0.880933, 0.137464], [0.854287, 0.151584]]
    np.testing.assert_allclose(y.data, expected, rtol=1e-5)
    np.random.seed(0)
    model = models.Sequential(L.Linear(3), F.relu, L.Linear(2))
    expected = [[0.803117, 0.238685], [0.901919, 0.279065]]
    y = model(IMAGES.reshape(2, -1)[:, :4])
    np.testing.assert_allclose(y.data, expected, rtol=1e-5)


def test_where_a_bottleneck_has_its_stride():
    block = models.BottleneckA(3, 2, 4)
    assert (block.conv1.stride, block.conv2.stride) == ((2, 2), (1, 1))
    block = models.BottleneckA(3, 2, 4, 3, downsample_fb=True)
    assert (block.conv1.stride, block.conv2.stride) == ((1, 1), (3, 3))
    assert block(IMAGES).shape == (2, 4, 2, 2)
    keep = models.BottleneckB(3, 2)
    assert keep(IMAGES).shape == IMAGES.shape
    assert {name.split("/")[0] for name in parameters(keep)} == {
        "conv1", "bn1", "conv2", "bn2", "conv3", "bn3"
    }  # fmt: skip


def test_global_average_pooling():
    y = models._global_average_pooling_2d(IMAGES)
    np.testing.assert_allclose(y.data, IMAGES.mean(axis=(2, 3)), **CLOSE)


# -- files of weights ------------------------------------------------------------------


@pytest.fixture
def published(tmp_path, monkeypatch):
    """Let downloads give the file of a model that is saved with this."""
    path, asked = tmp_path / "w.npz", []
    monkeypatch.setattr(
        "ondol.dezero.utils.get_file", lambda url: asked.append(url) or str(path)
    )

    def save(model, x):
        with dezero.test_mode():
            y = model(x).data
        model.save_weights(path)
        return y, asked

    return save


@pytest.mark.parametrize(
    ("make", "size"), [(VGG, 6), (lambda **k: ResNet(50, **k), 32)]
)
def test_pretrained_weights_are_downloaded_and_read(make, size, published, rng):
    x = rng.normal(size=(2, 3, size, size)).astype(np.float32)
    model = make()
    model(x)  # a ResNet's running statistics
    y, asked = published(model, x)
    before = np.random.get_state()[1].copy()
    twin = make(pretrained=True)
    assert (np.random.get_state()[1] == before).all()
    assert asked == [twin.url]
    with dezero.test_mode():
        np.testing.assert_array_equal(twin(x).data, y, strict=True)
    assert all(type(p) is dezero.Parameter for p in twin.params())


def test_weights_that_do_not_fit_are_listed(published):
    class Wider(VGG):
        hidden = 6

    published(Wider(), IMAGES)
    with pytest.raises(
        WeightsError, match=r"shape of fc6\.W: the model has .*\(3, 5\)"
    ):
        VGG(pretrained=True)


# -- SqueezeNet ------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_squeezenet_is_made_of_the_books_layers(version):
    model = models.SqueezeNet(version=version)
    names = parameters(model)
    assert len(names) == 52
    assert {"conv1/W", "fire2/squeeze1x1/W", "fire9/expand3x3/b"} <= {*names}
    assert isinstance(model.fire2, L.Layer)
    assert isinstance(model.fire2.expand1x1, L.Conv2d)


def test_squeezenet_runs():
    model = models.SqueezeNet(version="1.1")
    np.random.seed(0)
    y = model(np.ones((1, 3, 32, 32), np.float32))
    assert isinstance(y, dezero.Variable)
    assert y.shape == (1, 1000)


def test_squeezenet_has_no_published_weights():
    with pytest.raises(ArgumentError, match="no weights are published"):
        models.SqueezeNet(pretrained=True)
