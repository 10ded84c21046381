import gzip
import hashlib
import sys

import numpy as np
import pytest
import servers
from datafiles import FASHION, idx_bytes, mnist_arrays, mnist_files, write_all

from ondol.data import (
    FASHION_MNIST_LABELS,
    DataFileError,
    DownloadError,
    fashion_mnist,
    mnist,
)

MODULE = sys.modules["ondol.data.mnist"]
KINDS = {"mnist": mnist, "fashion-mnist": fashion_mnist}

each = pytest.mark.parametrize(("name", "load"), KINDS.items(), ids=KINDS)


@pytest.fixture
def folder(tmp_path):
    return write_all(tmp_path, mnist_files())


@pytest.fixture(scope="module")
def fashion(tmp_path_factory):
    """The real files where they are installed, small ones of our own elsewhere."""
    if (FASHION / "train-images-idx3-ubyte.gz").exists():
        return FASHION
    return write_all(tmp_path_factory.mktemp("fashion"), mnist_files(60))


@each
@pytest.mark.parametrize(("train", "n", "seed"), [(True, 20, 0), (False, 21, 1)])
def test_local_files(folder, name, load, train, n, seed):
    x, t = load(train, root=folder)
    images, labels = mnist_arrays(n, seed)
    assert (x.shape, x.dtype) == ((n, 1, 28, 28), np.float32)
    assert (t.shape, t.dtype) == ((n,), np.int64)
    np.testing.assert_array_equal(x[:, 0], images.astype(np.float32) / 255)
    np.testing.assert_array_equal(t, labels)
    assert (x.min(), x.max()) == (0, 1)
    x[:], t[:] = 0, 0


def test_local_files_may_be_unpacked(folder):
    expected = mnist(root=folder)
    for path in folder.glob("*.gz"):
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
    for a, b in zip(mnist(root=str(folder)), expected, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("train", [True, False])
def test_fashion_mnist_from_a_folder(fashion, train):
    x, t = fashion_mnist(train, root=fashion)
    real = fashion == FASHION
    n = (60_000 if train else 10_000) if real else len(t)
    assert (x.shape, x.dtype) == ((n, 1, 28, 28), np.float32)
    assert (t.shape, t.dtype) == ((n,), np.int64)
    assert np.bincount(t).tolist() == [n // 10 + (i < n % 10) for i in range(10)]
    assert (x.min(), x.max()) == (0, 1)


def test_ten_names_for_ten_classes():
    assert len({*FASHION_MNIST_LABELS}) == 10
    assert FASHION_MNIST_LABELS[9] == "ankle boot"


# -- downloads -------------------------------------------------------------------------


@pytest.fixture
def site(monkeypatch, tmp_path):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("ONDOL_HOME", str(tmp_path / "cache"))
    with servers.site() as site:
        yield site


def serve(site, monkeypatch, name, folder, cuts=()):
    """Put the files of a folder on the site, and have the data set look there."""
    files = [file for part in (True, False) for file in MODULE._FILES[part]]
    data = [(folder / file).read_bytes() for file in files]
    digests = tuple(hashlib.md5(d).hexdigest() for d in data)
    monkeypatch.setitem(MODULE._MIRRORS, name, (site.root + "gone/", site.root))
    monkeypatch.setitem(MODULE._MD5, name, digests)
    for file, content in zip(files, data, strict=True):
        site.put(file, content, cuts=[*cuts])


@pytest.mark.parametrize("train", [True, False])
def test_fashion_mnist_is_downloaded(site, monkeypatch, fashion, train, tmp_path):
    serve(site, monkeypatch, "fashion-mnist", fashion, cuts=[10, 20])
    for _ in range(2):
        x, t = fashion_mnist(train)
    expected = fashion_mnist(train, root=fashion)
    np.testing.assert_array_equal(x, expected[0])
    np.testing.assert_array_equal(t, expected[1])
    assert len(site.asked) == 2 * 4  # files: gone, whole, the rest, the rest
    kept = {p.name for p in (tmp_path / "cache" / "fashion-mnist").glob("*.gz")}
    assert kept == {*MODULE._FILES[train]}


def test_mnist_is_downloaded_beside_fashion_mnist(site, monkeypatch, folder, tmp_path):
    serve(site, monkeypatch, "mnist", folder)
    assert mnist()[0].shape == (20, 1, 28, 28)
    assert (tmp_path / "cache" / "mnist" / MODULE._FILES[True][0]).exists()


def test_a_wrong_file_is_not_taken(site, monkeypatch, folder, tmp_path):
    serve(site, monkeypatch, "mnist", folder)
    site.put(MODULE._FILES[True][0], b"something else")
    with pytest.raises(DownloadError, match="wrong file: expected md5"):
        mnist()
    assert [*(tmp_path / "cache").rglob("train*")] == []


def test_the_checksums_are_those_of_the_published_files():
    # As the MNIST loaders of other frameworks and the repository of Fashion-MNIST say.
    assert MODULE._MD5["mnist"][0] == "f68b3c2dcbeaaa9fbdd348bbdeb94873"
    assert MODULE._MD5["fashion-mnist"][0] == "8d4fb7e6c68d591d4c3dfef9ec88bf0d"
    for digests in MODULE._MD5.values():
        assert [len(digest) for digest in digests] == [32] * 4
        assert len({*digests}) == 4


def test_published_files_are_known_by_their_checksums(site, monkeypatch, folder):
    for train in (True, False):
        assert not MODULE.has_published(folder, "mnist", train)
    serve(site, monkeypatch, "mnist", folder)
    for train in (True, False):
        assert MODULE.has_published(folder, "mnist", train)
    path = folder / MODULE._FILES[True][1]
    path.write_bytes(path.read_bytes()[:-1])
    assert not MODULE.has_published(folder, "mnist", True)
    path.unlink()
    assert not MODULE.has_published(folder, "mnist", True)
    assert MODULE.has_published(folder, "mnist", False)


# -- what is refused -------------------------------------------------------------------


def test_a_missing_file_is_named_with_its_addresses(folder):
    (folder / "train-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(FileNotFoundError) as caught:
        mnist(root=folder)
    for part in (
        "no train-labels-idx1-ubyte.gz",
        str(folder),
        "https://ossci-",
        " or ",
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("file", "array", "message"),
    [
        ("images-idx3", np.zeros((20, 28, 27), "u1"), r"uint8 \(20, 28, 27\)"),
        ("images-idx3", np.zeros((20, 784), "u1"), r"uint8 \(20, 784\)"),
        ("images-idx3", np.zeros((20, 28, 28), "f4"), r"float32 \(20, 28, 28\)"),
        ("labels-idx1", np.zeros(19, "u1"), r"each of the 20 images, .* \(19,\)"),
        ("labels-idx1", np.zeros((20, 1), "u1"), r"holds uint8 \(20, 1\)"),
        ("labels-idx1", np.zeros(20, "i4"), r"holds int32 \(20,\)"),
        ("labels-idx1", np.full(20, 10, "u1"), "labels go from 0 to 9, found 10"),
    ],
)
def test_files_that_hold_something_else(folder, file, array, message):
    path = folder / f"train-{file}-ubyte.gz"
    path.write_bytes(gzip.compress(idx_bytes(array)))
    with pytest.raises(DataFileError, match=message) as caught:
        mnist(root=folder)
    assert str(path) in str(caught.value)


@each
@pytest.mark.parametrize("train", ["test", 0, None])
def test_refuses_what_is_not_a_bool(folder, name, load, train):
    with pytest.raises(TypeError, match=f"{name}: train must be True or False, got"):
        load(train, root=folder)
