import colorsys

import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from ondol.data import transforms as T
from ondol.data.transforms import colour, images


def new_rng(seed=0):
    return np.random.default_rng(seed)


@pytest.fixture
def floats(rng):
    return rng.random((3, 8, 9)).astype(np.float32)


@pytest.fixture
def coloured(rng):
    return Image.fromarray(rng.integers(0, 256, (8, 9, 3), np.uint8))


RANDOM = [
    T.ColorJitter(0.4, 0.4, 0.4, 0.1),
    T.GaussianNoise(0.1),
    T.GaussianBlur(),
    T.RandomErasing(),
    T.Cutout(3, value=(1, 0, 1)),
]


@pytest.mark.parametrize("transform", RANDOM, ids=repr)
def test_random_transforms_depend_on_their_rng_alone(transform, floats, coloured):
    for image in (floats, coloured):
        before = np.array(image)
        results = [np.array(transform(image, new_rng(i))) for i in range(6)]
        for i, result in enumerate(results):
            np.testing.assert_array_equal(
                result, np.array(transform(image, new_rng(i)))
            )
            assert result.dtype == before.dtype
            assert result.shape == before.shape
        assert len({result.tobytes() for result in results}) > 1
        np.testing.assert_array_equal(np.array(image), before)
    with pytest.raises(RuntimeError, match="draws random numbers"):
        transform(floats)


@pytest.mark.parametrize("transform", [*RANDOM, T.Grayscale(3)], ids=repr)
def test_what_is_shown_makes_the_same_transform(transform):
    assert vars(eval(repr(transform), vars(T))) == vars(transform)


# -- colours ---------------------------------------------------------------------------


def test_gray_is_pillows(coloured):
    theirs = np.asarray(coloured.convert("L")).astype(int)
    gray = T.Grayscale()(coloured)
    assert gray.mode == "L"
    assert np.abs(np.asarray(gray) - theirs).max() <= 1
    three = T.Grayscale(3)(images.pixels(coloured))
    assert three.shape == (3, 8, 9)
    np.testing.assert_array_equal(three[0], three[2])


ENHANCERS = {
    "brightness": ImageEnhance.Brightness,
    "contrast": ImageEnhance.Contrast,
    "saturation": ImageEnhance.Color,
}


@pytest.mark.parametrize("name", ENHANCERS)
@pytest.mark.parametrize("factor", [0.0, 0.3, 1.7])
def test_factors_are_pillows(coloured, name, factor):
    theirs = np.asarray(ENHANCERS[name](coloured).enhance(factor)).astype(float) / 255
    changes = dict.fromkeys([*ENHANCERS, "hue"], 0.0) | {name: factor - 1}
    ours = colour.jitter(images.pixels(coloured) / 255, **changes).transpose(1, 2, 0)
    np.testing.assert_allclose(ours, theirs, atol=2.1 / 255)


@given(st.floats(-0.5, 0.5), st.integers(0, 20))
def test_hue_is_that_of_hsv(turn, seed):
    x = new_rng(seed).random((3, 2, 3))
    x[:, 0, 0] = 0.4
    ours = colour.turn_hue(x, turn)
    for i in np.ndindex(2, 3):
        h, s, v = colorsys.rgb_to_hsv(*x[:, i[0], i[1]])
        theirs = colorsys.hsv_to_rgb((h + turn) % 1, s, v)
        np.testing.assert_allclose(ours[:, i[0], i[1]], theirs, atol=1e-9)


def test_jitter_draws_from_the_whole_range():
    gray = np.full((1, 2, 2), 0.5)
    rng = new_rng()
    drawn = [T.ColorJitter(brightness=0.4)(gray, rng).mean() for _ in range(500)]
    assert (min(drawn) > 0.3, max(drawn) < 0.7) == (True, True)
    assert (min(drawn) < 0.31, max(drawn) > 0.69) == (True, True)


def test_no_jitter_changes_nothing(floats):
    np.testing.assert_allclose(T.ColorJitter()(floats, new_rng()), floats, atol=1e-6)


def test_colours_need_three_channels():
    with pytest.raises(ValueError, match="three channels"):
        T.ColorJitter(saturation=0.5)(np.ones((1, 4, 4)), new_rng())
    with pytest.raises(ValueError, match="three channels"):
        T.Grayscale()(np.ones((4, 4)))


def test_jitter_wants_floats_from_0_to_1(floats):
    with pytest.raises(ValueError, match=r"(?s)these go from -\d.*before Normalize"):
        T.ColorJitter(0.5)(T.Normalize(0.5, 0.25)(floats), new_rng())


def test_convert_changes_the_mode(coloured):
    assert T.Convert("L")(coloured).mode == "L"
    with pytest.raises(TypeError, match=r"(?s)Convert takes PIL pictures.*ToPIL"):
        T.Convert()(np.ones((3, 2, 2)))


# -- noise and blur --------------------------------------------------------------------


def test_noise_has_its_deviation():
    noisy = T.GaussianNoise(0.2)(np.zeros((1, 200, 200), np.float32), new_rng())
    assert abs(noisy.std() - 0.2) < 0.005
    assert abs(noisy.mean()) < 0.005
    noisy = T.GaussianNoise(0.1)(np.full((1, 200, 200), 128, np.uint8), new_rng())
    assert abs(noisy.std() - 25.5) < 0.5
    assert T.GaussianNoise(9)(np.zeros((1, 9, 9), np.uint8), new_rng()).max() == 255


def test_blur_is_scipys_away_from_the_edges(rng):
    x = rng.random((3, 40, 40))
    ours = T.GaussianBlur((1.5, 1.5))(x, new_rng())
    theirs = scipy.ndimage.gaussian_filter(x, (0, 1.5, 1.5), truncate=8)
    np.testing.assert_allclose(ours[:, 14:-14, 14:-14], theirs[:, 14:-14, 14:-14])
    np.testing.assert_allclose(T.GaussianBlur()(np.ones((1, 9, 9)), new_rng()), 1)


# -- blots -----------------------------------------------------------------------------


def blot(image, before):
    """Rows and columns of the rectangle that was changed; all of it is."""
    changed = (image != before).any(0)
    rows, columns = np.flatnonzero(changed.any(1)), np.flatnonzero(changed.any(0))
    assert changed.sum() == len(rows) * len(columns)
    return len(rows), len(columns)


def test_erasing_wipes_out_a_rectangle():
    x = np.ones((3, 50, 50), np.float32)
    shares = []
    for seed in range(50):
        h, w = blot(T.RandomErasing(1, (0.1, 0.2))(x, new_rng(seed)), x)
        shares.append(h * w / 2500)
    assert (min(shares) > 0.08, max(shares) < 0.22) == (True, True)
    erased = sum((T.RandomErasing(0.3)(x, new_rng(i)) != x).any() for i in range(1000))
    assert abs(erased / 1000 - 0.3) < 0.05


def test_cutout_wipes_out_a_square_that_may_reach_beyond_the_edges():
    x = np.ones((3, 12, 12))
    sizes = [blot(T.Cutout(5)(x, new_rng(seed)), x) for seed in range(300)]
    assert (5, 5) in sizes
    assert min(min(size) for size in sizes) == 3
    assert max(max(size) for size in sizes) == 5
    wiped = T.Cutout(40, value=(0.1, 0.2, 0.3))(x, new_rng())
    np.testing.assert_array_equal(
        wiped, np.broadcast_to([[[0.1]], [[0.2]], [[0.3]]], x.shape)
    )
