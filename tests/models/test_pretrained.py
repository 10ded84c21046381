import numpy as np
import pytest

import ondol
import ondol.functions as F
from ondol import optimizers
from ondol.errors import ArgumentError
from ondol.io import WeightsError, load_arrays, save_arrays, save_weights
from ondol.models import VGG16, ResNet, SqueezeNet
from ondol.models.pretrained import Pretrained, own_name
from ondol.random import generator


class Net(Pretrained):
    image_shape = (3, 6, 6)

    def __init__(self, weights=None, pretrained=False):
        self.conv1 = self.parts.Conv2d(2, 3)
        self.bn1 = self.parts.BatchNorm()
        self.fc = self.parts.Linear(4)
        self._start(weights, pretrained)

    def forward(self, x):
        return self.fc(F.flatten(F.relu(self.bn1(self.conv1(x)))))


SHAPES = {
    "conv1/W": (2, 3, 3, 3),
    "conv1/b": (2,),
    "bn1/avg_mean": (2,),
    "bn1/avg_var": (2,),
    "bn1/gamma": (2,),
    "bn1/beta": (2,),
    "fc/W": (32, 4),
    "fc/b": (4,),
}


@pytest.fixture
def arrays(rng):
    """What the book's package would save of such a network."""
    return {k: rng.uniform(0.5, 1, s).astype(np.float32) for k, s in SHAPES.items()}


@pytest.fixture
def path(arrays, tmp_path):
    save_arrays(tmp_path / "net.npz", arrays)
    return tmp_path / "net.npz"


@pytest.fixture
def x(rng):
    return rng.normal(size=(2, 3, 6, 6)).astype(np.float32)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("fc8/b", "fc8.b"),
        ("res2/b1/bn1/avg_mean", "res2.b1.bn1.mean"),
        ("bn1/avg_var", "bn1.var"),
        ("bn1.var", "bn1.var"),
        ("avg_var/W", "avg_var.W"),
        ("W", "W"),
    ],
)
def test_names_in_the_books_files(key, name):
    assert own_name(key) == name


def test_weights_of_the_book_are_read(path, arrays, x):
    net = Net(path)
    a = {key: array.astype(float) for key, array in arrays.items()}
    y = F.conv2d(x, a["conv1/W"], a["conv1/b"]).data
    per_channel = (1, 2, 1, 1)
    mean, var, gamma, beta = (
        a[f"bn1/{name}"].reshape(per_channel)
        for name in ("avg_mean", "avg_var", "gamma", "beta")
    )
    y = np.maximum(gamma * (y - mean) / np.sqrt(var + 2e-5) + beta, 0)
    expected = y.reshape(2, -1) @ a["fc/W"] + a["fc/b"]
    np.testing.assert_allclose(net.predict(x), expected, rtol=1e-5)
    assert net.predict(x).dtype == np.float32


@pytest.mark.parametrize("suffix", ["npz", "safetensors"])
def test_weights_of_our_own_are_read(suffix, path, tmp_path, x):
    net, ours = Net(path), tmp_path / f"ours.{suffix}"
    save_weights(ours, net)
    assert {*load_arrays(ours)} == {own_name(key) for key in SHAPES}
    np.testing.assert_array_equal(Net(ours).predict(x), net.predict(x), strict=True)


def test_loaded_weights_can_be_trained(path, x):
    net = Net(path)
    optimizer = optimizers.SGD(0.01).setup(net)
    np.sum(net(x) ** 2).backward()
    before = [p.data.copy() for p in net.params()]
    optimizer.update()
    changed = zip(net.params(), before, strict=True)
    assert all((p.data != old).any() for p, old in changed)


def test_loading_draws_no_random_numbers(path):
    before = generator.counter.copy()
    Net(path)
    np.testing.assert_array_equal(generator.counter, before)


def test_doubles_in_a_file_become_the_dtype_of_the_model(path, arrays, x):
    expected = Net(path).predict(x)
    save_arrays(path, {k: a.astype(np.float64) for k, a in arrays.items()})
    np.testing.assert_array_equal(Net(path).predict(x), expected, strict=True)


def test_everything_that_does_not_fit_is_listed(path, arrays):
    del arrays["fc/b"]
    arrays["fc9/W"] = arrays["fc/W"]
    arrays["conv1/W"] = arrays["conv1/W"][:, :, :2]
    arrays["bn1/gamma"] = arrays["bn1/gamma"][:1]
    save_arrays(path, arrays)
    with pytest.raises(WeightsError, match="does not fit this Net") as caught:
        Net(path)
    assert str(caught.value).splitlines()[1:-1] == [
        "  missing from the file: fc.b",
        "  only in the file: fc9.W",
        "  shape of conv1.W: the model has float32 (2, 3, 3, 3), "
        "the file float32 (2, 3, 2, 3)",
        "  shape of bn1.gamma: the model has float32 (2,), the file float32 (1,)",
    ]


def test_two_arrays_for_one_parameter_are_refused(path, arrays):
    save_arrays(path, arrays | {"bn1.mean": arrays["bn1/avg_mean"]})
    with pytest.raises(WeightsError, match=r"is one of two arrays for 'bn1\.mean'"):
        Net(path)


def test_a_file_that_is_not_there_or_damaged(tmp_path):
    with pytest.raises(FileNotFoundError):
        Net(tmp_path / "none.npz")
    (tmp_path / "half.npz").write_bytes(b"PK\3\4 and no more")
    with pytest.raises(WeightsError, match="cannot be read"):
        Net(tmp_path / "half.npz")


def test_pretrained_downloads_what_the_url_says(path, x, monkeypatch):
    asked = []
    fetch = lambda url: asked.append(url) or path
    monkeypatch.setattr("ondol.models.pretrained.fetch", fetch)
    monkeypatch.setattr(Net, "url", "https://example.org/net.npz")
    net = Net(pretrained=True)
    assert asked == ["https://example.org/net.npz"]
    np.testing.assert_array_equal(net.predict(x), Net(path).predict(x))


def test_the_published_weights():
    release = "https://github.com/koki0702/dezero-models/releases/download/v0.1/"
    assert VGG16.url == release + "vgg16.npz"
    assert ResNet(101).url == release + "resnet101.npz"
    assert SqueezeNet.url is None


def test_pretrained_and_weights_are_not_both(path):
    with pytest.raises(ArgumentError, match=r"Net: either weights=.*, not both"):
        Net(path, pretrained=True)


def test_pretrained_without_published_weights():
    with pytest.raises(ArgumentError, match="no weights are published"):
        SqueezeNet(pretrained=True)


def test_without_weights_all_sizes_come_from_the_input(x):
    net = Net()
    assert net.conv1.in_channels is None
    with ondol.no_grad(), ondol.test_mode():
        assert net(x[:, :1, :5]).shape == (2, 4)
    assert net.fc.in_size == 24
