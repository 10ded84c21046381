import gzip
import hashlib
import io
import sys

import numpy as np
import pytest
from datafiles import (
    cifar10_members,
    cifar100_members,
    cifar_records,
    mnist_arrays,
    mnist_files,
    tar_bytes,
    write_all,
)

from ondol.dezero import datasets, utils
from ondol.dezero.datasets import (
    CIFAR10,
    CIFAR100,
    MNIST,
    Dataset,
    ImageNet,
    Shakespear,
    SinCurve,
    Spiral,
    get_spiral,
    load_cache_npz,
    save_cache_npz,
)
from ondol.errors import OndolError

MODULE = sys.modules["ondol.data.mnist"]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("ONDOL_HOME", str(folder))
    for home in ("HOME", "USERPROFILE"):  # where the book's own package keeps files
        monkeypatch.setenv(home, str(tmp_path))
    return folder


@pytest.fixture
def folder(tmp_path):
    write_all(tmp_path, mnist_files())
    for name, members in [("10", cifar10_members()), ("100", cifar100_members())]:
        data = gzip.compress(tar_bytes(members), 1)
        (tmp_path / f"cifar-{name}-binary.tar.gz").write_bytes(data)
    (tmp_path / "input.txt").write_text("hello\nworld")
    return tmp_path


# -- Dataset ---------------------------------------------------------------------------


class Squares(Dataset):
    def prepare(self):
        self.data = np.arange(4)
        self.label = np.arange(4) ** 2 if self.train else None


def test_a_data_set_is_prepared_and_indexed():
    dataset = Squares()
    assert len(dataset) == 4
    assert dataset[3] == (3, 9)
    assert dataset[np.int64(-1)] == (3, 9)
    assert [*dataset] == [(0, 0), (1, 1), (2, 4), (3, 9)]
    with pytest.raises(IndexError):
        dataset[4]


def test_transforms_are_applied():
    dataset = Squares(transform=lambda x: x + 0.5, target_transform=str)
    assert dataset[2] == (2.5, "4")
    assert dataset.transform(1) == 1.5
    assert Squares().transform("same") == "same"


def test_without_labels_there_is_none():
    assert Squares(train=False, target_transform=str)[2] == (2, None)


@pytest.mark.parametrize("index", [slice(2), [0, 1], 1.0, "a", None, np.arange(2)])
def test_an_index_is_one_int(index):
    with pytest.raises(TypeError, match=r"by one int, got .*\n.* DataLoader gives"):
        Squares()[index]


@pytest.mark.parametrize("kind", [Dataset, ImageNet])
def test_a_data_set_that_prepared_nothing_says_so(kind):
    for use in (len, lambda dataset: dataset[0]):
        with pytest.raises(RuntimeError, match=f"{kind.__name__} has no samples"):
            use(kind())


# -- made by formulas ------------------------------------------------------------------

# Of the original package with NumPy 1.26.
SPIRAL = {
    True: (
        [-0.13981389, -0.0072165737, 0.37049392, 0.5820947, 0.1374263, -0.17179643],
        [1, 1, 2, 0, 1, 2, 0, 0],
        0.8646111339647672,
    ),
    False: (
        [0.13246453, 0.13620993, -0.31427157, 0.24745378, -0.4163083, -0.7525207],
        [0, 1, 0, 1, 2, 2, 1, 2],
        0.4325824939257069,
    ),
}


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("load", [get_spiral, lambda train: unpack(Spiral(train))])
def test_the_spiral_is_the_books_and_seeds_what_comes_after_it(train, load):
    x, t = load(train)
    points, arms, after = SPIRAL[train]
    np.testing.assert_allclose(x[:3].ravel(), points, rtol=1e-6)
    assert t[:8].tolist() == arms
    assert (x.dtype, t.dtype) == (np.float32, np.int64)
    assert np.random.rand() == after


def unpack(dataset):
    return dataset.data, dataset.label


@pytest.mark.parametrize("train", [True, False])
def test_the_sine_takes_its_noise_from_the_global_random_state(train):
    np.random.seed(0)
    dataset = SinCurve(train)
    after = np.random.rand()
    np.random.seed(0)
    noise = np.random.uniform(-0.05, 0.05, 1000)
    assert np.random.rand() == after
    x = np.linspace(0, 2 * np.pi, 1000)
    y = np.sin(x) + noise if train else np.cos(x)
    np.testing.assert_array_equal(dataset.data, y[:-1, np.newaxis], strict=True)
    np.testing.assert_array_equal(dataset.label, y[1:, np.newaxis], strict=True)
    assert dataset[0][0].shape == (1,)


# -- images ----------------------------------------------------------------------------


@pytest.mark.parametrize(("train", "n", "seed"), [(True, 20, 0), (False, 21, 1)])
def test_mnist(folder, train, n, seed):
    dataset = MNIST(train, root=folder)
    images, labels = mnist_arrays(n, seed)
    np.testing.assert_array_equal(dataset.data, images[:, np.newaxis], strict=True)
    np.testing.assert_array_equal(dataset.label, labels, strict=True)
    x, t = dataset[3]
    expected = images[3].ravel().astype(np.float32) / np.float32(255)
    np.testing.assert_array_equal(x, expected, strict=True)
    assert (t, t.dtype) == (3, np.uint8)
    assert MNIST.labels() == {i: str(i) for i in range(10)}


def test_mnist_without_a_transform(folder):
    assert MNIST(transform=None, root=folder)[0][0].shape == (1, 28, 28)


def test_mnist_from_the_cache_folder(folder, cache):
    (cache / "mnist").mkdir(parents=True)
    write_all(cache / "mnist", mnist_files())
    assert len(MNIST()) == 20


@pytest.fixture
def earlier(tmp_path, monkeypatch):
    """The folder of the book's own package, with files that pass for the published."""
    files = mnist_files()
    digests = tuple(hashlib.md5(data).hexdigest() for data in files.values())
    monkeypatch.setitem(MODULE._MD5, "mnist", digests)
    folder = tmp_path / ".dezero"
    folder.mkdir()
    return write_all(folder, files)


def test_mnist_that_the_books_own_package_downloaded(cache, earlier):
    assert len(MNIST()) == 20
    assert len(MNIST(train=False)) == 21
    assert not (cache / "mnist").exists()


def test_damaged_mnist_of_the_books_own_package_is_passed_over(cache, earlier):
    (cache / "mnist").mkdir(parents=True)
    write_all(cache / "mnist", mnist_files(30))
    path = earlier / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:1000])
    assert len(MNIST()) == 30
    assert len(MNIST(train=False)) == 21  # which is whole


def test_a_folder_that_is_given_is_read_whatever_the_checksums(folder, earlier):
    write_all(folder, mnist_files(40))
    assert len(MNIST(root=folder)) == 40


def test_cifar10_is_small_and_of_one_dtype(folder):
    for train, n in [(True, 20), (False, 4)]:
        dataset = CIFAR10(train, root=folder)
        assert (dataset.data.shape, dataset.data.dtype) == ((n, 3, 32, 32), np.uint8)
        assert (dataset.label.shape, dataset.label.dtype) == ((n,), np.int64)
    x, _ = dataset[0]
    assert x.dtype == np.float32
    expected = (dataset.data[0].astype(np.float32) - np.float32(0.5)) / np.float32(0.5)
    np.testing.assert_array_equal(x, expected)
    assert CIFAR10.labels()[0] == "ariplane"
    assert CIFAR10.labels()[9] == "truck"


def test_fine_and_coarse_labels_of_cifar100_are_not_mixed(folder):
    labels, _ = cifar_records(6, (20, 100), 0)
    for _ in range(2):
        fine = CIFAR100(root=folder)
        coarse = CIFAR100(label_type="coarse", root=folder)
        assert fine.label.tolist() == labels[:, 1].tolist()
        assert coarse.label.tolist() == labels[:, 0].tolist()


def test_names_of_cifar100():
    fine, coarse = CIFAR100.labels(), CIFAR100.labels("coarse")
    assert (len(fine), fine[0], fine[99]) == (100, "apple", "worm")
    assert (len(coarse), coarse[0]) == (20, "aquatic mammals")
    for call in (CIFAR100.labels, lambda kind: CIFAR100(label_type=kind)):
        with pytest.raises(ValueError, match="expected 'fine' or 'coarse', got 'both'"):
            call("both")


def test_names_of_imagenet(cache):
    cache.mkdir()
    text = "{0: 'tench, Tinca tinca', 1: 'goldfish, Carassius auratus'}"
    (cache / "imagenet1000_clsidx_to_labels.txt").write_text(text)
    assert ImageNet.labels()[1] == "goldfish, Carassius auratus"
    assert ImageNet().labels() == ImageNet.labels()


@pytest.mark.parametrize(
    ("kind", "shape"), [(MNIST, (56, 84)), (CIFAR10, (64, 96, 3)), (CIFAR100, None)]
)
def test_images_are_shown(folder, monkeypatch, kind, shape):
    import matplotlib.pyplot as plt

    shown = []
    monkeypatch.setattr(plt, "imshow", lambda image, **how: shown.append((image, how)))
    monkeypatch.setattr(plt, "axis", lambda which: None)
    monkeypatch.setattr(plt, "show", lambda: shown.append("shown"))
    dataset = kind(root=folder)
    np.random.seed(0)
    first = np.random.randint(0, len(dataset) - 1)
    np.random.seed(0)
    dataset.show(row=2, col=3)
    (image, how), last = shown
    assert image.shape == shape or shape is None
    assert how["cmap"] == ("gray" if kind is MNIST else None)
    size = dataset.data.shape[-1]
    corner = np.moveaxis(image.reshape(*image.shape[:2], -1)[:size, :size], -1, 0)
    np.testing.assert_array_equal(corner, dataset.data[first] / 255)
    assert last == "shown"


def test_showing_says_what_to_install(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"pip install 'ondol\[demo\]'"):
        MNIST(root=folder).show()


# -- text ------------------------------------------------------------------------------


def test_letters_are_numbered_as_they_come(folder):
    dataset = Shakespear(root=folder)
    assert dataset.data.tolist() == [0, 1, 2, 2, 3, 4, 5, 3, 6, 2]
    assert dataset.label.tolist() == [1, 2, 2, 3, 4, 5, 3, 6, 2, 7]
    assert dataset.data.dtype == np.int64
    assert "".join(dataset.id_to_char[i] for i in dataset.data) == "hello\nworl"
    assert dataset.char_to_id == {c: i for i, c in dataset.id_to_char.items()}
    assert dataset[0] == (0, 1)


# -- arrays kept between runs ----------------------------------------------------------


def test_arrays_are_kept_apart_for_training_and_testing(cache, capsys):
    url = "https://a.b/c/data.tar.gz"
    assert load_cache_npz(url, train=True) == (None, None)
    x, t = np.arange(6.0).reshape(2, 3), np.array([1, 2])
    path = save_cache_npz(x, t, url, train=True)
    assert path == str(cache / "data.tar.gz.train.npz")
    assert capsys.readouterr().out == "Saving: data.tar.gz.train.npz\n Done\n"
    for a, b in zip(load_cache_npz(url, train=True), (x, t), strict=True):
        np.testing.assert_array_equal(a, b, strict=True)
    assert load_cache_npz(url) == (None, None)
    assert save_cache_npz(x + 1, t, url, train=True) == path
    np.testing.assert_array_equal(load_cache_npz(url, train=True)[0], x)


def test_what_cannot_be_kept_leaves_nothing_behind(cache, monkeypatch):
    def full(*args, **kwargs):
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(OSError, match="disk full"):
        save_cache_npz(np.zeros(1), np.zeros(1), "x")
    assert [*cache.iterdir()] == []


def npy(array):
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def npz(**arrays):
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


OBJECTS = np.array([print], object)
NOT_PLAIN = "damaged, cut short or not a npz file of plain arrays"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (npz(data=OBJECTS, label=OBJECTS), NOT_PLAIN),
        (npz(data=np.zeros(9), label=np.zeros(9))[:-30], NOT_PLAIN),
        (npy(np.zeros(9)), NOT_PLAIN),
        (npy(OBJECTS), NOT_PLAIN),
        (b"<html>", NOT_PLAIN),
        (b"", NOT_PLAIN),
        (npz(data=np.zeros(9)), "expected the arrays data and label, .* holds data\n"),
        (npz(), "it holds -\n  fix: delete the"),
    ],
)
def test_kept_files_that_hold_something_else(cache, content, message):
    cache.mkdir()
    path = cache / "x.test.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as caught:
        load_cache_npz("x")
    assert str(path) in str(caught.value)
    assert isinstance(caught.value, OndolError)


# -- names -----------------------------------------------------------------------------

BOOKS = {
    *("Dataset", "Spiral", "MNIST", "CIFAR10", "CIFAR100", "ImageNet", "SinCurve"),
    *("Shakespear", "get_spiral", "load_cache_npz", "save_cache_npz"),
}
FOR_DATALOADERS = {"whole_batch"}


def test_what_is_defined_here_and_is_not_the_books_is_private():
    defined = {
        name
        for name, value in vars(datasets).items()
        if getattr(value, "__module__", None) == datasets.__name__
    }
    public = {name for name in defined if not name.startswith("_")}
    assert public == BOOKS | FOR_DATALOADERS


def test_the_cache_folder_is_that_of_utils(cache, monkeypatch):
    assert datasets.cache_dir == str(cache)
    monkeypatch.setenv("ONDOL_HOME", str(cache / "other"))
    assert datasets.cache_dir == utils.cache_dir == str(cache / "other")
    assert datasets.get_file is utils.get_file
    with pytest.raises(
        AttributeError, match=r"datasets' has no attribute 'cache_dirs'"
    ):
        datasets.cache_dirs  # noqa: B018
