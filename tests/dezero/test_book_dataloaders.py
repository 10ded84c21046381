import sys
import types

import numpy as np
import pytest

from ondol.dezero import DataLoader, Dataset, SeqDataLoader
from ondol.dezero.transforms import Compose, Flatten, Normalize, ToFloat, ToInt


class Numbers(Dataset):
    """0, 1, 2, ... with tenfold labels."""

    def __init__(self, n, **options):
        self.n = n
        super().__init__(**options)

    def prepare(self):
        self.data = np.arange(self.n)
        self.label = np.arange(self.n) * 10


def samples(loader):
    return [x.tolist() for x, _ in loader]


# -- the book's draws ------------------------------------------------------------------


def test_orders_are_drawn_as_the_book_draws_them():
    np.random.seed(0)
    expected = [np.random.permutation(5) for _ in range(3)]
    after = np.random.rand()
    np.random.seed(0)
    loader = DataLoader(Numbers(5), 2)
    for order in expected[:2]:
        batches = [*loader]
        assert [len(x) for x, _ in batches] == [2, 2, 1]
        np.testing.assert_array_equal(np.concatenate([x for x, _ in batches]), order)
        np.testing.assert_array_equal(
            np.concatenate([t for _, t in batches]), order * 10
        )
    # One order ahead: the third is drawn when the second ends.
    np.testing.assert_array_equal(loader.index, expected[2])
    assert np.random.rand() == after


def test_without_shuffling_nothing_is_drawn():
    np.random.seed(0)
    expected = np.random.rand()
    np.random.seed(0)
    loader = DataLoader(Numbers(5), 2, shuffle=False)
    assert samples(loader) == samples(loader) == [[0, 1], [2, 3], [4]]
    assert np.random.rand() == expected


def test_attributes_of_the_book():
    loader = DataLoader(Numbers(5), batch_size=2)
    found = (loader.batch_size, loader.data_size, loader.max_iter, loader.iteration)
    assert found == (2, 5, 3, 0)
    assert loader.shuffle
    assert loader.gpu is False
    assert len(loader) == 3
    assert iter(loader) is loader


def test_batches_one_at_a_time():
    loader = DataLoader(Numbers(3), 2, shuffle=False)
    x, t = loader.next()
    assert (x.tolist(), t.tolist()) == ([0, 1], [0, 10])
    assert loader.iteration == 1
    assert next(loader)[0].tolist() == [2]
    with pytest.raises(StopIteration):
        next(loader)
    assert next(loader)[0].tolist() == [0, 1]
    loader.reset()
    assert next(loader)[0].tolist() == [0, 1]


def test_a_loop_begins_at_the_beginning_also_after_a_break():
    loader = DataLoader(Numbers(5), 2, shuffle=False)
    for _ in loader:
        break
    assert samples(loader) == [[0, 1], [2, 3], [4]]


def test_after_a_break_the_order_is_a_new_one():
    np.random.seed(0)
    loader = DataLoader(Numbers(50), 10)
    first = next(loader)[0]
    assert sorted(i for batch in samples(loader) for i in batch) == [*range(50)]
    assert (next(iter(loader))[0] != first).any()


# -- series ----------------------------------------------------------------------------


def test_a_series_is_cut_into_stretches():
    loader = SeqDataLoader(Numbers(6), 2)
    for _ in range(2):
        batches = [(x.tolist(), t.tolist()) for x, t in loader]
        assert batches == [
            ([0, 3], [0, 30]),
            ([1, 4], [10, 40]),
            ([2, 5], [20, 50]),
        ]


def test_a_rest_makes_stretches_overlap_as_in_the_book():
    loader = SeqDataLoader(Numbers(10), batch_size=3)
    assert samples(loader) == [[0, 3, 6], [1, 4, 7], [2, 5, 8], [3, 6, 9]]


def test_a_series_draws_nothing():
    np.random.seed(0)
    expected = np.random.rand()
    np.random.seed(0)
    samples(SeqDataLoader(Numbers(6), 2))
    assert np.random.rand() == expected


def test_more_stretches_than_samples():
    assert samples(SeqDataLoader(Numbers(3), 3)) == [[0, 1, 2]]
    with pytest.raises(ValueError, match="a series of 3 samples into 4 stretches"):
        SeqDataLoader(Numbers(3), 4)


# -- batches at once, or one by one ----------------------------------------------------


class Counting(Numbers):
    """Counts samples that are taken one by one."""

    taken = 0

    def _target(self, index):
        self.taken += 1
        return super()._target(index)


class Images(Dataset):
    def prepare(self):
        rng = np.random.default_rng(0)
        self.data = rng.integers(0, 256, (23, 1, 4, 5), np.uint8)
        self.label = rng.integers(0, 10, 23, np.uint8)


class Doubled(Images):
    def __getitem__(self, index):
        x, t = super().__getitem__(index)
        return x * 2, t


def loaders(make):
    return [DataLoader(make(), 4, shuffle=False), SeqDataLoader(make(), 4)]


def by_hand(loader):
    """Batches as the book gathers them."""
    for _ in range(loader.max_iter):
        pairs = [loader.dataset[int(i)] for i in loader._indices()]
        loader.iteration += 1
        yield np.array([x for x, _ in pairs]), np.array([t for _, t in pairs])
    loader.reset()


TRANSFORMS = [
    {},
    {"transform": Compose([Flatten(), ToFloat(), Normalize(0.0, 255.0)])},
    {"transform": ToFloat(), "target_transform": ToInt()},
    {"transform": Normalize([0.5], [0.25]), "target_transform": ToFloat(np.float16)},
    {"transform": lambda x: x.sum()},
    {"target_transform": lambda t: t + 1.5},
    {"target_transform": Flatten()},
    {"target_transform": Normalize(1, 2)},
]


@pytest.mark.parametrize("options", TRANSFORMS)
@pytest.mark.parametrize("kind", [Images, Doubled])
@pytest.mark.parametrize("which", [0, 1])
def test_batches_are_those_of_the_book_bit_by_bit(kind, options, which):
    loader = loaders(lambda: kind(**options))[which]
    expected = [*by_hand(loader)]
    got = [*loader]
    assert len(got) == len(expected)
    for batch, other in zip(got, expected, strict=True):
        for a, b in zip(batch, other, strict=True):
            np.testing.assert_array_equal(a, b, strict=True)


@pytest.mark.parametrize(
    ("options", "taken"),
    [({}, 0), ({"transform": ToFloat()}, 0), ({"transform": lambda x: x}, 8)],
)
def test_batches_are_gathered_at_once_where_it_makes_no_difference(options, taken):
    dataset = Counting(8, **options)
    samples(DataLoader(dataset, 3))
    assert dataset.taken == taken


def test_batches_are_the_callers_own():
    dataset = Numbers(4)
    x, t = DataLoader(dataset, 4, shuffle=False).next()
    x[:], t[:] = -1, -1
    assert dataset.data.tolist() == [0, 1, 2, 3]
    assert dataset.label.tolist() == [0, 10, 20, 30]


@pytest.mark.parametrize(
    "data",
    [
        [1.5, 2.5],
        np.array(["a", "b"]),
        np.ma.masked_array([1, 2]),
        np.array([1, 2], ">i4"),
    ],
)
def test_other_kinds_of_data(data):
    dataset = Dataset()
    dataset.data, dataset.label = data, np.array([3, 4])
    x, t = DataLoader(dataset, 2, shuffle=False).next()
    np.testing.assert_array_equal(x, np.array([data[0], data[1]]), strict=True)
    assert type(x) is np.ndarray
    assert t.tolist() == [3, 4]


def test_a_data_set_is_anything_with_a_length_and_pairs():
    pairs = [(np.full(2, i, np.float32), i) for i in range(3)]
    x, t = DataLoader(pairs, 2, shuffle=False).next()
    np.testing.assert_array_equal(x, np.array([[0, 0], [1, 1]], "f4"), strict=True)
    np.testing.assert_array_equal(t, [0, 1], strict=True)


@pytest.mark.parametrize("transform", [None, lambda x: x])
def test_without_labels_there_are_none(transform):
    dataset = Numbers(3, transform=transform)
    dataset.label = None
    x, t = DataLoader(dataset, 2, shuffle=False).next()
    assert x.tolist() == [0, 1]
    assert t is None


# -- GPU -------------------------------------------------------------------------------


class Moved:
    """What a stand-in for CuPy makes of an array."""

    def __init__(self, array):
        self.array = array


def test_batches_for_the_gpu(monkeypatch):
    monkeypatch.setattr("ondol.dezero.cuda.as_cupy", Moved)
    loader = DataLoader(Numbers(4), 2, shuffle=False, gpu=True)
    x, t = loader.next()
    assert (x.array.tolist(), t.array.tolist()) == ([0, 1], [0, 10])
    loader.to_cpu()
    assert loader.next()[0].tolist() == [2, 3]
    loader.to_gpu()
    loader.reset()
    assert loader.next()[0].array.tolist() == [0, 1]


def test_samples_that_are_on_the_gpu_stay_there(monkeypatch):
    class Array(np.ndarray):
        pass

    cupy = types.ModuleType("cupy")
    cupy.ndarray = Array
    cupy.array = lambda values: ("joined by cupy", values)
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    x = np.zeros(2).view(Array)
    assert DataLoader([(x, 1)], 1).next()[0][0] == "joined by cupy"


# -- what is refused -------------------------------------------------------------------


@pytest.mark.parametrize("kind", [DataLoader, SeqDataLoader])
@pytest.mark.parametrize("size", [0, -1, 2.0, "2", None])
def test_refuses_what_is_no_size_of_a_batch(kind, size):
    with pytest.raises((TypeError, ValueError), match="batch_size: expected"):
        kind(Numbers(3), size)


def test_samples_of_different_shapes():
    pairs = [(np.zeros(2), 0), (np.zeros(3), 1)]
    with pytest.raises(ValueError, match=r"there are \[\(2,\), \(3,\)\]\n.*crop or"):
        DataLoader(pairs, 2).next()


def test_an_empty_data_set_has_no_batches():
    assert samples(DataLoader([], 2)) == []
