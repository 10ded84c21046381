import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ondol.data import transforms as T
from ondol.data.transforms import images
from ondol.data.transforms.geometry import random_box

IMAGE = np.arange(3 * 12 * 16).reshape(3, 12, 16).astype(np.uint8)
RANDOM = [
    T.RandomCrop(8),
    T.RandomCrop((9, 5), padding=3, mode="reflect"),
    T.RandomCrop((6, 20), fill=7),
    T.RandomHorizontalFlip(),
    T.RandomVerticalFlip(),
    T.RandomResizedCrop(8),
    T.RandomRotation(30),
    T.RandomAffine(10, (0.1, 0.2), (0.8, 1.2), 10, fill=3),
    T.RandomAffine(10, interpolation="nearest"),
]


def new_rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("transform", RANDOM, ids=repr)
def test_random_transforms_depend_on_their_rng_alone(transform):
    before = IMAGE.copy()
    results = [transform(IMAGE, new_rng(seed)).tolist() for seed in range(8)]
    assert results == [transform(IMAGE, new_rng(seed)).tolist() for seed in range(8)]
    assert len({str(result) for result in results}) > 1
    np.testing.assert_array_equal(IMAGE, before)


@pytest.mark.parametrize("transform", RANDOM, ids=repr)
def test_pictures_and_arrays_are_transformed_alike(transform):
    for seed in range(4):
        array = transform(IMAGE, new_rng(seed))
        picture = transform(images.picture(IMAGE), new_rng(seed))
        assert isinstance(picture, Image.Image)
        ours, theirs = array.astype(int), images.pixels(picture).astype(int)
        assert ours.shape == theirs.shape
        # Pillow computes bytes in fixed-point numbers.
        assert np.mean(np.abs(ours - theirs) > 1) < 0.02


@pytest.mark.parametrize("transform", RANDOM, ids=repr)
def test_a_tuple_is_changed_in_its_first_field(transform):
    image, label, more = transform((IMAGE, 3, "a"), new_rng())
    np.testing.assert_array_equal(image, transform(IMAGE, new_rng()))
    assert (label, more) == (3, "a")


@pytest.mark.parametrize("transform", RANDOM, ids=repr)
def test_random_transforms_want_an_rng(transform):
    words = rf"(?s){type(transform).__name__} draws random numbers.*default_rng"
    with pytest.raises(RuntimeError, match=words):
        transform(IMAGE)


@pytest.mark.parametrize("transform", [*RANDOM, T.Resize(5), T.CenterCrop(5)], ids=repr)
def test_what_is_shown_makes_the_same_transform(transform):
    again = eval(repr(transform), vars(T))
    assert vars(again) == vars(transform)


# -- crops and flips -------------------------------------------------------------------


@given(
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(0, 3),
)
def test_a_random_crop_is_a_part_of_what_was_padded(height, width, h, w, padding):
    x = np.arange(1, height * width + 1).reshape(1, height, width)
    y = T.RandomCrop((h, w), padding)(x, new_rng(height))
    assert y.shape == (1, h, w)
    rows, columns = max(padding, h), max(padding, w)
    padded = np.pad(x[0], [(rows, rows), (columns, columns)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, (h, w))
    assert (windows == y).all((2, 3)).any()


def test_every_place_of_a_crop_is_as_likely():
    x = np.arange(4).reshape(1, 1, 4)
    rng = new_rng()
    starts = [int(T.RandomCrop((1, 2))(x, rng)[0, 0, 0]) for _ in range(3000)]
    np.testing.assert_allclose(np.bincount(starts) / 3000, 1 / 3, atol=0.03)


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 12))
def test_a_center_crop_is_the_middle(n, height, width):
    x = np.ones((height, width))
    y = T.CenterCrop(n)(x)
    assert y.shape == (n, n)
    assert y.sum() == min(n, height) * min(n, width)
    rows, columns = np.flatnonzero(y.any(1)), np.flatnonzero(y.any(0))
    assert abs(rows[0] - (n - 1 - rows[-1])) <= 1
    assert abs(columns[0] - (n - 1 - columns[-1])) <= 1


def test_a_center_crop_of_a_small_picture_is_filled():
    picture = Image.new("L", (2, 2), 9)
    assert np.asarray(T.CenterCrop(4, fill=5)(picture))[0].tolist() == [5, 5, 5, 5]
    assert np.asarray(T.CenterCrop(4, fill=5)(picture))[1].tolist() == [5, 9, 9, 5]


@pytest.mark.parametrize(
    ("kind", "axis"), [(T.RandomHorizontalFlip, -1), (T.RandomVerticalFlip, -2)]
)
def test_flips_happen_with_their_probability(kind, axis):
    np.testing.assert_array_equal(kind(1)(IMAGE, new_rng()), np.flip(IMAGE, axis))
    np.testing.assert_array_equal(kind(1)(kind(1)(IMAGE, new_rng()), new_rng()), IMAGE)
    assert kind(0)(IMAGE, new_rng()) is IMAGE
    rng = new_rng()
    flips = sum(kind(0.2)(IMAGE, rng) is not IMAGE for _ in range(2000))
    assert abs(flips / 2000 - 0.2) < 0.03


# -- sizes -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "shape"),
    [
        ((6,), (6, 6)),
        (((5, 7),), (5, 7)),
        ((6, True), (6, 8)),
        ((24, True), (24, 32)),
    ],
)
def test_resize_gives_the_size(arguments, shape):
    resize = T.Resize(*arguments)
    assert resize(IMAGE).shape == (3, *shape)
    assert resize(images.picture(IMAGE)).size == shape[::-1]
    assert resize(np.ones((2, 4, 12, 16))).shape == (2, 4, *shape)


def test_a_constant_stays_constant():
    x = np.full((1, 9, 9), 0.3, np.float32)
    np.testing.assert_allclose(T.Resize(4)(x), 0.3, rtol=1e-6)
    np.testing.assert_allclose(T.Resize(20)(x), 0.3, rtol=1e-6)


def test_half_the_size_of_pairs_is_a_weighted_mean():
    # A triangle four pixels wide: 1/8, 3/8, 3/8, 1/8, less what is outside.
    x = np.array([[[0.0, 8, 0, 0]]])
    y = T.Resize((1, 2))(x)
    np.testing.assert_allclose(y, [[[8 * (3 / 8) / (7 / 8), 8 * (1 / 8) / (7 / 8)]]])


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 100))
def test_a_box_lies_inside(height, width, seed):
    y, x, h, w = random_box((height, width), (0.08, 1), (3 / 4, 4 / 3), new_rng(seed))
    assert 0 <= y < y + h <= height
    assert 0 <= x < x + w <= width


def test_a_box_has_the_area_and_proportions_asked_for():
    rng = new_rng()
    boxes = [random_box((1000, 1000), (0.1, 0.3), (0.5, 2), rng) for _ in range(500)]
    areas = np.array([h * w / 1e6 for _, _, h, w in boxes])
    ratios = np.array([w / h for _, _, h, w in boxes])
    assert (areas.min() > 0.095, areas.max() < 0.305) == (True, True)
    assert (ratios.min() > 0.49, ratios.max() < 2.05) == (True, True)
    assert abs(areas.mean() - 0.2) < 0.01
    assert abs(np.log(ratios).mean()) < 0.06


def test_the_whole_box_is_the_whole_image():
    transform = T.RandomResizedCrop((12, 16), scale=(1, 1), ratio=(16 / 12, 16 / 12))
    np.testing.assert_array_equal(transform(IMAGE, new_rng()), IMAGE)


# -- turns -----------------------------------------------------------------------------


class Fixed:
    """An rng whose uniform numbers are at the end of their range."""

    def uniform(self, low, high, size=None):
        return np.full(size or (), high)[()]


def turned(image, **arguments):
    return T.RandomAffine(interpolation="nearest", **arguments).apply(image, Fixed())


def test_a_quarter_turn_goes_to_the_left():
    x = np.arange(25.0).reshape(1, 5, 5)
    np.testing.assert_array_equal(turned(x, degrees=90), np.rot90(x, axes=(1, 2)))
    np.testing.assert_array_equal(turned(x, degrees=180), np.rot90(x, 2, axes=(1, 2)))
    picture = Image.fromarray(x[0])
    ours = T.RandomRotation(90, "nearest").apply(picture, Fixed())
    np.testing.assert_array_equal(np.asarray(ours), np.asarray(picture.rotate(90)))


def test_a_rotation_is_pillows(rng):
    picture = Image.fromarray(rng.random((21, 33)).astype(np.float32))
    theirs = np.asarray(picture.rotate(25, Image.Resampling.BILINEAR))
    ours = T.RandomRotation(25).apply(np.asarray(picture), Fixed())
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_moves_scales_and_shears():
    x = np.arange(1.0, 17).reshape(1, 4, 4)
    moved = turned(x, translate=(0.25, 0.5), fill=0)
    np.testing.assert_array_equal(moved[0, 1:, 2:], x[0, :3, :2])
    assert not moved[0, 0].any()
    assert not moved[0, :, :2].any()
    larger = turned(x, scale=(2, 2))
    np.testing.assert_array_equal(larger[0], np.kron(x[0, 1:3, 1:3], np.ones((2, 2))))
    sheared = turned(np.ones((1, 5, 5)), shear=45)[0]
    assert sheared.sum(1).tolist() == [3, 4, 5, 4, 3]
    assert (sheared[0, 0], sheared[0, 4], sheared[4, 0], sheared[4, 4]) == (1, 0, 0, 1)


def test_nothing_drawn_is_nothing_done():
    np.testing.assert_array_equal(T.RandomAffine()(IMAGE, new_rng()), IMAGE)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: T.Resize(0), "size must be at least 1"),
        (lambda: T.Resize((1, 2, 3)), "size must be one number or"),
        (lambda: T.Resize(2.5), "size must be an int"),
        (lambda: T.Resize(4, interpolation="cubic"), "interpolation is 'cubic'"),
        (lambda: T.RandomCrop(3, mode="wrap"), "mode is 'wrap'"),
        (lambda: T.RandomHorizontalFlip(1.5), "p must be a number from 0 to 1"),
        (lambda: T.RandomHorizontalFlip("a"), "p must be a number from 0 to 1"),
        (lambda: T.RandomRotation(200), "degrees must be a number from 0 to 180"),
        (lambda: T.RandomResizedCrop(3, scale=(1, 0.5)), "the least and the greatest"),
        (lambda: T.RandomResizedCrop(3, scale=0.5), "the least and the greatest"),
    ],
)
def test_arguments_are_looked_at(make, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make()
