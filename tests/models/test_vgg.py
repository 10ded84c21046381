import numpy as np
import pytest
from PIL import Image

import ondol
import ondol.functions as F
from ondol.errors import ArgumentError, DtypeError, ShapeError
from ondol.layers.initial import undrawn
from ondol.models import VGG16

CHANNELS = {"1": (64,) * 2, "2": (128,) * 2, "3": (256,) * 3, "4": (512,) * 3}


class Tiny(VGG16):
    blocks = (2, 3), (2,), (3, 2)
    hidden = 5
    image_shape = (3, 16, 16)


def images(n=2, size=16):
    return np.random.default_rng(0).normal(size=(n, 3, size, size)).astype(np.float32)


@pytest.fixture(scope="module")
def shapes():
    model = VGG16()
    with undrawn(), ondol.no_grad(), ondol.test_mode():
        assert model(np.zeros((0, 3, 224, 224), np.float32)).shape == (0, 1000)
    return {name: p.shape for name, p in model.named_params()}


def test_names_and_shapes_are_those_of_the_published_weights(shapes):
    expected, channels = {}, 3
    for block, widths in (CHANNELS | {"5": (512,) * 3}).items():
        for i, width in enumerate(widths, 1):
            expected[f"conv{block}_{i}.W"] = (width, channels, 3, 3)
            expected[f"conv{block}_{i}.b"] = (width,)
            channels = width
    for name, sizes in {
        "fc6": (512 * 7 * 7, 4096),
        "fc7": (4096, 4096),
        "fc8": (4096, 1000),
    }.items():
        expected |= {f"{name}.W": sizes, f"{name}.b": sizes[1:]}
    assert shapes == expected
    assert list(shapes) == list(expected)


def test_the_number_of_parameters(shapes):
    assert sum(np.prod(shape) for shape in shapes.values()) == 138_357_544


def test_forward_is_what_the_paper_says():
    model, x = Tiny(classes=4), images()
    y = model.predict(x)
    for layers in (("conv1_1", "conv1_2"), ("conv2_1",), ("conv3_1", "conv3_2")):
        for name in layers:
            conv = getattr(model, name)
            x = np.maximum(F.conv2d(x, conv.W, conv.b, 1, 1).data, 0)
        n, c, h, w = x.shape
        x = x.reshape(n, c, h // 2, 2, w // 2, 2).max(axis=(3, 5))
    x = x.reshape(2, -1)
    for name in ("fc6", "fc7"):
        fc = getattr(model, name)
        x = np.maximum(x @ fc.W.data + fc.b.data, 0)
    expected = x @ model.fc8.W.data + model.fc8.b.data
    assert y.shape == (2, 4)
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-7)


def test_dropout_is_in_training_only():
    model, x = Tiny(), images(50)
    assert (model.predict(x) == model.predict(x)).all()
    ondol.seed(0)
    first, second = model(x).data, model(x).data
    assert (first != second).any()


def test_gradients_reach_every_parameter():
    ondol.seed(1)
    model = Tiny(classes=3)
    F.softmax_cross_entropy(model(images(8)), np.arange(8) % 3).backward()
    assert all(p.grad is not None for p in model.params())


def test_images_that_are_too_small_are_refused():
    with pytest.raises(ShapeError, match="max_pool2d: a window"):
        Tiny().predict(images(size=7))


def test_classes_are_a_whole_number():
    with pytest.raises(
        ArgumentError, match="VGG16 classes: expected a whole number of 1 or more"
    ):
        VGG16(classes=0)


# -- pictures --------------------------------------------------------------------------


def test_preprocess_gives_blue_green_and_red_less_their_means():
    pixels = np.array([[[10, 20, 30], [0, 0, 0]]], np.uint8)
    y = VGG16.preprocess(Image.fromarray(pixels), size=None)
    mean = np.float32([103.939, 116.779, 123.68])
    expected = np.float32([[30, 20, 10], [0, 0, 0]]) - mean
    assert (y.shape, y.dtype) == ((3, 1, 2), np.float32)
    np.testing.assert_array_equal(y[:, 0].T, expected)
    assert y.flags.c_contiguous


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "1"])
def test_preprocess_takes_pictures_of_any_mode_and_size(mode):
    image = Image.new(mode, (30, 20))
    assert VGG16.preprocess(image).shape == (3, 224, 224)
    assert VGG16.preprocess(image, (4, 5), np.float64).shape == (3, 5, 4)
    assert VGG16.preprocess(image, None, np.float64).dtype == np.float64
    assert image.mode == mode


def test_preprocess_refuses_arrays_and_integers():
    with pytest.raises(DtypeError, match=r"got ndarray\n.*PIL\.Image\.fromarray"):
        VGG16.preprocess(np.zeros((4, 4, 3)))
    with pytest.raises(DtypeError, match="preprocess dtype"):
        VGG16.preprocess(Image.new("RGB", (4, 4)), dtype=np.uint8)
