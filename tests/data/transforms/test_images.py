"""The pixels of images, beside what Pillow makes of the same pictures."""

import numpy as np
import pytest
from PIL import Image

from ondol.data.transforms import images


@pytest.fixture
def floats(rng):
    return rng.random((3, 20, 30)).astype(np.float32)


def of_pillow(x, function):
    """A function of pictures of floats, on each channel of an array."""
    return np.stack([np.asarray(function(Image.fromarray(channel))) for channel in x])


@pytest.mark.parametrize("how", images.INTERPOLATIONS)
@pytest.mark.parametrize("size", [(10, 12), (33, 41), (20, 7), (1, 1), (20, 30)])
def test_resize_is_pillows(floats, size, how):
    ours = images.resize(floats, size, how)
    number = {
        "nearest": Image.Resampling.NEAREST,
        "bilinear": Image.Resampling.BILINEAR,
    }
    theirs = of_pillow(floats, lambda p: p.resize(size[::-1], number[how]))
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, theirs, atol=3e-7)


def test_resize_of_bytes_is_pillows_but_for_rounding(rng):
    x = rng.integers(0, 256, (3, 24, 31), np.uint8)
    ours = images.resize(x, (9, 40), "bilinear")
    theirs = images.pixels(images.resize(images.picture(x), (9, 40), "bilinear"))
    assert ours.dtype == theirs.dtype == np.uint8
    assert np.abs(ours.astype(int) - theirs).max() <= 1


MATRICES = [
    np.array([[0.91, 0.32, -2.3], [-0.21, 1.13, 1.31]]),
    np.array([[0.5, 0.01, 3.3], [0.02, 2.1, -4.4]]),
    np.array([[-1.0, 0.0, 30.0], [0.0, 1.0, 0.0]]),
]


@pytest.mark.parametrize("matrix", MATRICES)
def test_bilinear_affine_is_pillows(floats, matrix):
    ours = images.affine(floats, matrix, "bilinear", 0.5)
    theirs = of_pillow(floats, lambda p: images.affine(p, matrix, "bilinear", 0.5))
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize("matrix", MATRICES)
def test_nearest_affine_is_pillows_but_between_two_pixels(floats, matrix):
    ours = images.affine(floats, matrix, "nearest", 0.5)
    theirs = of_pillow(floats, lambda p: images.affine(p, matrix, "nearest", 0.5))
    assert np.mean(ours != theirs) < 0.01
    assert {*ours.ravel()} <= {*floats.ravel(), np.float32(0.5)}


def test_affine_of_a_picture_in_colours_fills_every_channel():
    picture = Image.new("RGB", (4, 4), (10, 20, 30))
    away = np.array([[1.0, 0, 100], [0, 1, 0]])
    assert (np.asarray(images.affine(picture, away, "nearest", 7)) == 7).all()


@pytest.mark.parametrize("axis", [-1, -2])
def test_flips_agree(rng, axis):
    x = rng.integers(0, 256, (3, 5, 7), np.uint8)
    flipped = images.flip(images.picture(x), axis)
    np.testing.assert_array_equal(images.pixels(flipped), np.flip(x, axis))
    np.testing.assert_array_equal(images.flip(x, axis), np.flip(x, axis))


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "F", "I", "1"])
def test_a_picture_there_and_back(mode, rng):
    noise = Image.fromarray(rng.integers(0, 256, (5, 7, 3), np.uint8))
    picture = noise.convert("L").convert(mode)
    back = images.picture(images.pixels(picture))
    assert back.mode == mode
    assert back.tobytes() == picture.tobytes()


def test_a_palette_is_no_array():
    with pytest.raises(ValueError, match=r"(?s)palette.*Convert"):
        images.pixels(Image.new("P", (2, 2)))


@pytest.mark.parametrize("odd", [np.ones(3), 3, "cat", None, [[1, 2], [3, 4]]])
def test_what_is_no_image(odd):
    with pytest.raises(TypeError, match="an image is a PIL picture or an array"):
        images.size_of(odd)


def test_integers_are_rounded_and_cut_off():
    x = np.array([[0, 100, 255]], np.uint8)
    assert images.in_floats(x, lambda v: v * 1.014 - 2).tolist() == [[0, 99, 255]]
    assert images.in_floats(x.astype(np.int16), lambda v: v * 200).max() == 32767
