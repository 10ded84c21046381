import sys

import numpy as np
import pytest
from PIL import Image

from ondol.dezero.transforms import (
    AsType,
    CenterCrop,
    Compose,
    Convert,
    Flatten,
    Normalize,
    RandomHorizontalFlip,
    Resize,
    ToArray,
    ToFloat,
    ToInt,
    ToPIL,
    on_batch,
)


@pytest.fixture
def pixels(rng):
    return rng.integers(0, 256, (6, 8, 3), np.uint8)  # height, width, channels


@pytest.fixture
def picture(pixels):
    return Image.fromarray(pixels)


# -- pictures --------------------------------------------------------------------------


def test_compose_applies_in_order():
    assert Compose([lambda x: x + 1, lambda x: x * 10])(2) == 30
    assert Compose()(2) == 2


def test_compositions_do_not_share_their_lists():
    first = Compose()
    first.transforms.append(str)
    assert Compose().transforms == []


def test_convert(picture, pixels):
    assert Convert()(picture.convert("L")).mode == "RGB"
    assert Convert("L")(picture).mode == "L"
    swapped = Convert("BGR")(picture)
    assert swapped.mode == "RGB"
    np.testing.assert_array_equal(np.asarray(swapped), pixels[..., ::-1])


@pytest.mark.parametrize(("size", "expected"), [(5, (5, 5)), ((4, 3), (4, 3))])
def test_resize(picture, size, expected):
    resized = Resize(size)(picture)
    assert resized.size == expected
    same = picture.resize(expected, Image.Resampling.BILINEAR)
    assert resized.tobytes() == same.tobytes()
    nearest = Resize(size, Image.Resampling.NEAREST)(picture)
    assert nearest.tobytes() != same.tobytes()


@pytest.mark.parametrize(
    ("size", "rows", "columns"),
    [((4, 2), (2, 4), (2, 6)), (3, (1, 4), (2, 5)), (5, (0, 5), (1, 6))],
)
def test_center_crop(picture, pixels, size, rows, columns):
    cropped = np.asarray(CenterCrop(size)(picture))
    np.testing.assert_array_equal(cropped, pixels[slice(*rows), slice(*columns)])


def test_center_crop_of_a_picture_that_is_too_small(picture, pixels):
    cropped = np.asarray(CenterCrop((10, 8))(picture))
    np.testing.assert_array_equal(cropped[1:7, 1:9], pixels)
    assert cropped[[0, -1]].max() == cropped[:, [0, -1]].max() == 0


def test_to_array(picture, pixels):
    array = ToArray()(picture)
    assert array.dtype == np.float32
    np.testing.assert_array_equal(array, pixels.transpose(2, 0, 1))
    assert ToArray(np.uint8)(picture).dtype == np.uint8
    assert ToArray()(array) is array


def test_grey_pictures_have_one_channel(picture):
    grey = picture.convert("L")
    array = ToArray()(grey)
    assert array.shape == (1, 6, 8)
    np.testing.assert_array_equal(array[0], np.asarray(grey))
    assert ToPIL()(array).tobytes() == grey.tobytes()


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_to_pil_takes_back_to_array(picture, mode):
    original = picture.convert(mode)
    for dtype in (np.uint8, np.float32, np.int64):
        back = ToPIL()(ToArray(dtype)(original))
        assert (back.mode, back.tobytes()) == (mode, original.tobytes())


def test_to_pil_rounds():
    assert ToPIL()(np.full((1, 1, 1), 7.6)).getpixel((0, 0)) == 8


@pytest.mark.parametrize("value", [-0.1, 255.1, np.nan])
def test_to_pil_refuses_values_that_are_no_colours(value):
    with pytest.raises(ValueError, match="expected values from 0 to 255, got"):
        ToPIL()(np.full((3, 2, 2), value))


@pytest.mark.parametrize("shape", [(2, 2), (2, 4, 4), (4, 4, 3, 1)])
def test_to_pil_refuses_shapes_that_are_no_pictures(shape):
    with pytest.raises(ValueError, match=r"expected \(C, H, W\) with 1, 3 or 4"):
        ToPIL()(np.zeros(shape, np.uint8))


def test_to_array_refuses_what_is_no_picture():
    with pytest.raises(TypeError, match="expected a picture, got list"):
        ToArray()([[1]])


def test_to_array_refuses_numbers_of_a_palette(picture):
    with pytest.raises(ValueError, match=r"apply Convert\('RGB'\) first"):
        ToArray()(picture.convert("P"))


def test_without_pillow_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match="pip install pillow"):
        ToArray()("picture")


def test_random_flips_of_arrays_and_pictures(picture, pixels):
    np.random.seed(0)
    draws = np.random.rand(20) < 0.5
    np.random.seed(0)
    flip, array = RandomHorizontalFlip(), ToArray()(picture)
    for i, flipped in enumerate(draws):
        expected = array[..., ::-1] if flipped else array
        got = flip(array) if i % 2 else ToArray()(flip(picture))
        np.testing.assert_array_equal(got, expected)
    assert {*draws} == {True, False}


def test_flips_that_are_sure():
    x = np.arange(6).reshape(1, 2, 3)
    assert RandomHorizontalFlip(p=1)(x).tolist() == [[[2, 1, 0], [5, 4, 3]]]
    assert RandomHorizontalFlip(p=0)(x) is x
    with pytest.raises(ValueError, match=r"p: expected a number in \[0, 1\], got 2"):
        RandomHorizontalFlip(p=2)


# -- arrays ----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("number", [float, int, np.float64, np.float32, np.array])
def test_normalize_keeps_dtypes_of_fractions(dtype, number):
    x = np.array([[1, 2], [3, 4]], dtype)
    y = Normalize(number(1), number(2))(x)
    assert y.dtype == dtype
    assert y.tolist() == [[0, 0.5], [1, 1.5]]


def test_normalize_does_nothing_by_default():
    x = np.array([1.5, 2], np.float32)
    np.testing.assert_array_equal(Normalize()(x), x, strict=True)


@pytest.mark.parametrize("mean", [0.5, [0.5]])
@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.bool_])
def test_normalize_of_integers_has_fractions(dtype, mean):
    y = Normalize(mean, [0.25])(np.array([[0, 1]], dtype))
    np.testing.assert_array_equal(y, [[-2.0, 2.0]], strict=True)


def test_normalize_of_small_unsigned_numbers_does_not_wrap_around():
    assert Normalize(128)(np.array([0, 255], np.uint8)).tolist() == [-128, 127]


def test_normalize_by_channel(rng):
    x = rng.random((3, 2, 4)).astype(np.float32)
    mean, std = np.array([1, 2, 3], "f4"), np.array([4, 5, 6], "f4")
    y = Normalize([1, 2, 3], (4, 5, 6))(x)
    expected = (x - mean[:, None, None]) / std[:, None, None]
    np.testing.assert_array_equal(y, expected, strict=True)


def test_normalize_by_one_number_in_a_list_is_for_all_channels(rng):
    x = rng.random((3, 2, 4))
    y = Normalize([0.5], [0.25])(x)
    np.testing.assert_array_equal(y, Normalize(0.5, 0.25)(x))


@pytest.mark.parametrize("mean", [[1, 2], [[1, 2, 3]], []])
def test_normalize_refuses_other_numbers_of_channels(mean):
    message = r"mean has the shape .* each channel of a sample \(3, 2\)"
    for array, function in [
        (np.zeros((3, 2)), Normalize(mean)),
        (np.zeros((5, 3, 2)), on_batch(Normalize(mean), 2)),
    ]:
        with pytest.raises(ValueError, match=message):
            function(array)


def test_flatten_and_dtypes(rng):
    x = rng.random((1, 2, 3)) * 9
    assert Flatten()(x).shape == (6,)
    assert not np.shares_memory(Flatten()(x), x)
    assert ToFloat is AsType
    assert ToFloat()(x).dtype == np.float32
    assert AsType(np.uint8)(x).dtype == np.uint8
    y = ToInt()(x)
    assert y.dtype == np.int64
    np.testing.assert_array_equal(y, np.trunc(x))


# -- whole batches ---------------------------------------------------------------------

MNIST = Compose([Flatten(), ToFloat(), Normalize(0.0, 255.0)])
CIFAR = Compose([ToFloat(), Normalize(mean=0.5, std=0.5)])
CHANNELS = Compose([Normalize([1, 2.5, 3], [4, 5, 0.6]), ToFloat(np.float16)])
NESTED = Compose([CHANNELS, Compose([]), Flatten(), ToInt(np.int32)])

SAME = [MNIST, CIFAR, CHANNELS, NESTED, Flatten(), ToInt(), Normalize(), Compose()]


@pytest.mark.parametrize("transform", SAME)
@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(3,), (3, 4), (3, 4, 2)])
@pytest.mark.parametrize("n", [1, 5])
def test_a_batch_at_once_is_the_samples_one_by_one(transform, dtype, shape, n, rng):
    x = (rng.random((n, *shape)) * 99).astype(dtype)
    one_by_one = np.array([transform(sample) for sample in x])
    at_once = on_batch(transform, len(shape))(x)
    np.testing.assert_array_equal(at_once, one_by_one, strict=True)


class Twice(Flatten):
    def __call__(self, array):
        return np.concatenate([super().__call__(array)] * 2)


@pytest.mark.parametrize(
    ("transform", "ndim"),
    [
        (Twice(), 2),
        (Compose([ToFloat(), Twice()]), 2),
        (lambda x: x, 2),
        (np.sqrt, 2),
        (RandomHorizontalFlip(), 2),
        (ToPIL(), 3),
        (AsType("U8"), 1),
        (AsType(object), 1),
        (Flatten(), 0),
        (Normalize(), 0),
    ],
)
def test_what_is_not_known_to_be_the_same_is_not_done_at_once(transform, ndim):
    assert on_batch(transform, ndim) is None
