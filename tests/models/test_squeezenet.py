import numpy as np
import pytest

import ondol
import ondol.functions as F
from ondol.errors import ArgumentError
from ondol.io import save_arrays
from ondol.layers.initial import undrawn
from ondol.models import SqueezeNet
from ondol.models.squeezenet import Fire

VERSIONS = ["1.0", "1.1"]
versions = pytest.mark.parametrize("version", VERSIONS)


def images(n=2, size=64):
    return np.random.default_rng(0).normal(size=(n, 3, size, size)).astype(np.float32)


def sized(model, size=227):
    with undrawn(), ondol.no_grad(), ondol.test_mode():
        model(np.zeros((0, 3, size, size), np.float32))
    return model


@pytest.mark.parametrize(("version", "n"), [("1.0", 1_248_424), ("1.1", 1_235_496)])
def test_numbers_of_parameters(version, n):
    assert sum(p.size for p in sized(SqueezeNet(version)).params()) == n


def test_names_are_those_of_the_authors():
    names = [name for name, _ in SqueezeNet().named_params()]
    parts = ["squeeze1x1", "expand1x1", "expand3x3"]
    layers = [f"fire{i}.{part}" for i in range(2, 10) for part in parts]
    layers = ["conv1", *layers, "conv10"]
    assert names == [f"{layer}.{leaf}" for layer in layers for leaf in "Wb"]


def sizes(version, size):
    """Channels and height after each part."""
    model, seen = SqueezeNet(version), {}
    for name in ["conv1", *(f"fire{i}" for i in range(2, 10)), "conv10"]:
        layer = getattr(model, name)
        run = layer.forward
        layer.forward = lambda x, run=run, name=name: seen.setdefault(name, run(x))
    sized(model, size)
    return {name: y.shape[1:3] for name, y in seen.items()}


def test_sizes_are_those_of_the_papers_table():
    assert sizes("1.0", 227) == {
        "conv1": (96, 111),
        "fire2": (128, 55),
        "fire3": (128, 55),
        "fire4": (256, 55),
        "fire5": (256, 27),
        "fire6": (384, 27),
        "fire7": (384, 27),
        "fire8": (512, 27),
        "fire9": (512, 13),
        "conv10": (1000, 13),
    }


def test_version_1_1_pools_earlier():
    seen = sizes("1.1", 227)
    assert seen["conv1"] == (64, 113)
    assert [seen[f"fire{i}"][1] for i in range(2, 10)] == [56, 56, 28, 28] + [14] * 4


def test_pooling_windows_hang_over_the_edge():
    assert sizes("1.0", 224)["fire2"] == (128, 54)  # 53 where they do not


def test_a_fire_module_lays_two_convolutions_side_by_side():
    fire, x = Fire(2, 3), images(size=5)
    y = fire(x)

    def conv(layer, x, pad):
        return np.maximum(F.conv2d(x, layer.W, layer.b, 1, pad).data, 0)

    small = conv(fire.squeeze1x1, x, 0)
    sides = conv(fire.expand1x1, small, 0), conv(fire.expand3x3, small, 1)
    np.testing.assert_array_equal(y.data, np.concatenate(sides, axis=1), strict=True)
    assert y.shape == (2, 6, 5, 5)


@versions
def test_scores_are_means_over_the_image(version):
    ondol.seed(0)
    model = SqueezeNet(version, classes=7)
    seen = []
    run = model.conv10.forward
    model.conv10.forward = lambda x: seen.append(run(x)) or seen[-1]
    y = model.predict(images())
    assert y.shape == (2, 7)
    expected = np.maximum(seen[0].data, 0).mean(axis=(2, 3))
    np.testing.assert_allclose(y, expected, rtol=1e-5)


@versions
def test_a_step_against_the_gradient_lowers_the_loss(version):
    ondol.seed(0)
    model, x, t = SqueezeNet(version, classes=3), images(2, 32), np.array([0, 1])
    optimizer = ondol.optimizers.SGD(0.1).setup(model)
    with ondol.test_mode():
        loss = F.softmax_cross_entropy(model(x), t)
        loss.backward()
        assert all(p.grad is not None for p in model.params())
        optimizer.update()
        assert F.softmax_cross_entropy(model(x), t).item() < loss.item() - 1e-4


def test_dropout_is_in_training_only():
    model, x = SqueezeNet("1.1", classes=5), images()
    assert (model.predict(x) == model.predict(x)).all()
    assert (model(x).data != model(x).data).any()


def test_weights_with_slashes_are_read(tmp_path):
    model, x = SqueezeNet("1.1", classes=5), images()
    y = model.predict(x)
    path = tmp_path / "w.npz"
    arrays = {name.replace(".", "/"): p.data for name, p in model.named_params()}
    save_arrays(path, arrays)
    twin = SqueezeNet("1.1", path, classes=5)
    np.testing.assert_array_equal(twin.predict(x), y, strict=True)


@pytest.mark.parametrize("version", ["1.2", 1.0, None])
def test_other_versions_are_refused(version):
    with pytest.raises(ArgumentError, match=r"expected one of '1\.0', '1\.1', got"):
        SqueezeNet(version)
