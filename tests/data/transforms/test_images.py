"""The pixels of images, beside what Pillow makes of the same pictures."""

import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from ondol.data import transforms as T
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


FILLED = [
    T.CenterCrop(40, fill=(10, 20, 30)),
    T.RandomCrop(40, padding=20, fill=(10, 20, 30)),
    T.RandomRotation(40, fill=(10, 20, 30)),
    T.RandomAffine(translate=(1, 1), fill=[10, 20, 30], interpolation="nearest"),
]


@pytest.mark.parametrize("transform", FILLED, ids=repr)
@pytest.mark.parametrize("kind", [np.asarray, images.picture], ids=["array", "picture"])
def test_each_channel_is_filled_with_its_value(transform, kind):
    image = kind(np.full((3, 30, 30), 200, np.uint8))
    random = isinstance(transform, T.RandomImageTransform)
    filled = transform(image, *[np.random.default_rng(2)] * random)
    corners = T.ToArray()(filled)[:, [0, 0, -1, -1], [0, -1, 0, -1]].T.tolist()
    assert [10, 20, 30] in corners
    assert all(corner in ([10, 20, 30], [200] * 3) for corner in corners)


@pytest.mark.parametrize("kind", [np.asarray, images.picture], ids=["array", "picture"])
@pytest.mark.parametrize("value", [-1, 256, 0.5, np.nan, (0, 0, 300)])
@pytest.mark.parametrize(
    "change",
    [
        lambda image, value, rng: T.CenterCrop(40, value)(image),
        lambda image, value, rng: T.RandomRotation(9, fill=value)(image, rng),
        lambda image, value, rng: T.RandomErasing(1, value=value)(image, rng),
        lambda image, value, rng: T.Cutout(3, value)(image, rng),
    ],
    ids=["crop", "rotation", "erasing", "cutout"],
)
def test_what_the_pixels_cannot_hold_is_told(kind, value, change, rng):
    image = kind(np.ones((3, 30, 30), np.uint8))
    with pytest.raises(ValueError, match="pixels of dtype uint8 cannot hold the value"):
        change(image, value, rng)
    with pytest.raises(ValueError, match=r"one for each of 3 channels, got \[1, 2\]"):
        change(image, [1, 2], rng)


def test_gray_images_without_an_axis_of_channels_have_one(rng):
    flat = np.ones((30, 30))
    assert T.RandomRotation(9, fill=(0.5,))(flat, rng).shape == (30, 30)
    with pytest.raises(ValueError, match="one for each of 1 channels"):
        T.CenterCrop(40, fill=(1, 2))(flat)


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr", "HSV", "LAB"])
def test_a_picture_does_not_change_its_mode_in_silence(mode, rng):
    picture = Image.new("RGB", (30, 30), (9, 99, 199)).convert(mode)
    assert T.RandomRotation(9)(picture, rng).mode == mode
    for transform in (T.RandomCrop(9, padding=1), T.GaussianBlur()):
        with pytest.raises(
            ValueError, match=rf"(?s)of mode {mode}.*Convert\(\"RGB\"\)"
        ):
            transform(picture, rng)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "RGB", "RGBA", "F"])
def test_a_picture_of_any_other_mode_keeps_it(mode, rng):
    picture = Image.new("RGB", (30, 30), (9, 99, 199)).convert(mode)
    assert T.RandomCrop(9, padding=1)(picture, rng).mode == mode


def test_truth_is_what_is_more_than_half(rng):
    mask = np.zeros((1, 20, 20), bool)
    mask[0, 5:15, 5:15] = True
    turned = T.RandomRotation(45)(mask, rng)
    assert turned.dtype == bool
    assert abs(int(turned.sum()) - 100) <= 4


@pytest.mark.parametrize(
    "transform", [T.GaussianNoise(0.1), T.ColorJitter(0.1)], ids=repr
)
def test_integers_with_a_sign_have_no_full_brightness(transform, rng):
    with pytest.raises(
        TypeError, match=r"(?s)integers with a sign.*astype\(np.uint8\)"
    ):
        transform(np.ones((3, 8, 8), np.int64), rng)


PROGRAM = """
import hashlib
import numpy as np
from ondol.data import transforms as T

rng = np.random.default_rng(0)
image = rng.random((3, 500, 613)).astype(np.float32)
turn = T.RandomAffine(20, (0.1, 0.1), (0.8, 1.2), 10)
jitter = T.ColorJitter(0.3, 0.3, 0.3, 0.1)
change = T.Compose([T.Resize(400), T.GaussianBlur(), turn, jitter])
print(hashlib.sha256(change(image, rng).tobytes()).hexdigest())
"""


def test_results_do_not_depend_on_the_threads_of_blas():
    """Workers have one, and the batches are to be the same."""
    results = set()
    for threads in ("1", "2", "5"):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        environment = {**os.environ, **dict.fromkeys(names, threads)}
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**environment, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        )
        results.add(run.stdout)
    assert len(results) == 1
