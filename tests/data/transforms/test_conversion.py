import builtins
import sys

import numpy as np
import pytest
from PIL import Image

from ondol import dezero
from ondol.data import transforms as T


@pytest.fixture
def bytes_(rng):
    return rng.integers(0, 256, (3, 4, 5), np.uint8)


def test_a_picture_becomes_an_array_and_back(bytes_):
    picture = T.ToPIL()(bytes_)
    assert (picture.mode, picture.size) == ("RGB", (5, 4))
    np.testing.assert_array_equal(T.ToArray()(picture), bytes_)
    assert T.ToPIL()(picture) is picture
    assert T.ToArray()(bytes_) is bytes_
    assert T.ToArray()(Image.new("L", (3, 2))).shape == (1, 2, 3)


def test_floats_go_from_0_to_1(bytes_):
    x = T.ToFloat()(bytes_)
    assert x.dtype == np.float32
    np.testing.assert_allclose(x, bytes_ / 255.0, rtol=1e-6)
    np.testing.assert_array_equal(T.ToFloat()(T.ToPIL()(bytes_)), x)
    assert (
        T.ToFloat(np.float64)(np.full((2, 2), 65535, np.uint16)).tolist()
        == [[1, 1]] * 2
    )
    assert T.ToFloat()(np.full((2, 2), 7)).tolist() == [[7, 7], [7, 7]]
    np.testing.assert_array_equal(T.ToPIL()(x), T.ToPIL()(bytes_))


def test_the_array_is_the_books(bytes_):
    picture = T.ToPIL()(bytes_)
    np.testing.assert_array_equal(
        T.AsType(np.float32)(T.ToArray()(picture)), dezero.transforms.ToArray()(picture)
    )


@pytest.mark.parametrize(
    ("array", "error", "message"),
    [
        (np.ones((2, 3, 4), np.uint8), ValueError, "of 1, 3 or 4 channels"),
        (np.ones((3, 4), np.uint8), ValueError, "of 1, 3 or 4 channels"),
        (np.full((1, 2, 2), 1.5), ValueError, "go from 1.5 to 1.5"),
        (np.ones((1, 2, 2), int), TypeError, "ToPIL takes uint8, or floats"),
    ],
)
def test_what_is_no_picture(array, error, message):
    with pytest.raises(error, match=message):
        T.ToPIL()(array)


def test_without_pillow_the_error_says_so(monkeypatch, bytes_):
    original = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name.partition(".")[0] == "PIL":
            raise ImportError(name)
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    for name in [name for name in sys.modules if name.partition(".")[0] == "PIL"]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ImportError, match=r"(?s)Pillow.*pip install pillow"):
        T.ToPIL()(bytes_)
    assert T.RandomCrop(2)(bytes_, np.random.default_rng(0)).shape == (3, 2, 2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
def test_normalize_by_channel(rng, dtype):
    x = rng.random((3, 4, 5)).astype(dtype)
    mean, std = (0.4, 0.5, 0.6), (0.1, 0.2, 0.3)
    y = T.Normalize(mean, std)(x)
    assert y.dtype == dtype
    for channel in range(3):
        expected = (x[channel] - dtype(mean[channel])) / dtype(std[channel])
        np.testing.assert_array_equal(y[channel], expected)
    np.testing.assert_array_equal(T.Normalize(0.5, 2)(x), (x - dtype(0.5)) / dtype(2))
    np.testing.assert_array_equal(y, dezero.transforms.Normalize(mean, std)(x))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: T.Normalize(0.5)(np.ones((1, 2, 2), np.uint8)),
            r"(?s)floats.*ToFloat",
        ),
        (lambda: T.Normalize(0.5)(Image.new("L", (2, 2))), r"(?s)floats.*ToFloat"),
        (lambda: T.Normalize((1, 2))(np.ones((3, 2, 2))), "one for each channel"),
        (lambda: T.Normalize((1, 2))(np.array(1.0)), "one for each channel"),
        (lambda: T.Normalize(0, 0), "std, which must be above 0"),
        (lambda: T.Normalize(0, (1, -1)), "std, which must be above 0"),
    ],
)
def test_normalize_refuses(make, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make()


def test_flatten_and_types(bytes_):
    assert T.Flatten()((bytes_, 1))[0].shape == (60,)
    assert T.AsType(np.int16)(bytes_).dtype == np.int16


def test_one_hot():
    assert T.OneHot(3)(2).tolist() == [0, 0, 1]
    rows = T.OneHot(3, np.float64)(np.array([[0], [1]]))
    assert (rows.shape, rows.dtype) == ((2, 1, 3), np.float64)
    assert T.OneHot(2)(np.zeros(0, int)).shape == (0, 2)
    with pytest.raises(
        IndexError, match="3 classes, numbered from 0, but the labels go from 1 to 3"
    ):
        T.OneHot(3)(np.array([1, 3]))
    with pytest.raises(IndexError, match="labels go from -1"):
        T.OneHot(3)(-1)
    with pytest.raises(TypeError, match="OneHot takes numbers of classes"):
        T.OneHot(3)(np.ones(2))
