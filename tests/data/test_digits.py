import hashlib
import sys
from importlib.resources import files

import numpy as np
import pytest

from ondol.data import DataFileError, digits

COUNTS = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


@pytest.fixture(scope="module")
def original():
    with np.load(files("ondol.data") / "digits.npz", allow_pickle=False) as arrays:
        return arrays["images"], arrays["labels"]


def rows(x, t):
    return sorted((t.item(), *x.ravel()) for x, t in zip(x * 16, t, strict=True))


@pytest.mark.parametrize(("train", "n"), [(True, 1438), (False, 359)])
def test_shapes_dtypes_and_ranges(train, n):
    x, t = digits(train)
    assert (x.shape, x.dtype) == ((n, 1, 8, 8), np.float32)
    assert (t.shape, t.dtype) == ((n,), np.int64)
    assert (x.min(), x.max()) == (0, 1)
    assert set(t.tolist()) == set(range(10))


def test_both_parts_together_are_the_whole_set_once(original):
    images, labels = original
    assert images.shape == (1797, 8, 8)
    parts = [rows(*digits(train)) for train in (True, False)]
    assert sorted(parts[0] + parts[1]) == rows(images.astype(np.float32) / 16, labels)
    assert not set(parts[0]) & set(parts[1])


def test_the_file_is_the_set_that_scikit_learn_ships(original):
    # Of load_digits() of scikit-learn 1.9: images and target, as uint8.
    digest = hashlib.sha256(b"".join(array.tobytes() for array in original))
    assert digest.hexdigest() == (
        "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"
    )


def test_each_digit_is_held_out_in_proportion():
    held_out = np.bincount(digits(train=False)[1])
    assert held_out.tolist() == [round(n / 5) for n in COUNTS]


def test_held_out_images_are_every_fifth_of_their_digit(original):
    images, labels = original
    x, t = digits(train=False)
    np.testing.assert_array_equal(x[t == 7, 0] * 16, images[labels == 7][2::5])


def test_the_split_is_the_same_whatever_the_random_state():
    first = digits()
    np.random.seed(1)
    for a, b in zip(first, digits(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_callers_may_change_what_they_get():
    digits()[0][:] = -1
    assert digits()[0].min() == 0


@pytest.mark.parametrize("train", ["test", 0, None])
def test_refuses_what_is_not_a_bool(train):
    with pytest.raises(TypeError, match="True or False, got"):
        digits(train)


def test_says_where_it_comes_from():
    text = (files("ondol.data") / "digits.md").read_text("utf-8")
    for word in ("10.24432/C50P49", "CC BY 4.0", "Alpaydin", "Kaynak"):
        assert word in text


@pytest.mark.parametrize("content", [b"", b"damaged", None])
def test_a_damaged_package_is_told(tmp_path, monkeypatch, content):
    monkeypatch.setattr(sys.modules["ondol.data.digits"], "files", lambda _: tmp_path)
    if content is not None:
        (tmp_path / "digits.npz").write_bytes(content)
    with pytest.raises(DataFileError, match="comes with ondol, is damaged") as caught:
        digits()
    assert "install ondol again" in str(caught.value)
