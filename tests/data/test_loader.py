from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ondol.data import ArrayDataset, DataLoader


def numbers(n):
    return ArrayDataset(np.arange(n))


def epoch(loader):
    return [t.tolist() for (t,) in loader]


@given(st.integers(1, 30), st.integers(1, 40), st.booleans(), st.integers(0, 2**70))
def test_each_epoch_holds_every_sample_once(n, batch_size, shuffle, seed):
    loader = DataLoader(numbers(n), batch_size, shuffle, seed)
    for _ in range(2):
        batches = epoch(loader)
        assert len(batches) == len(loader)
        assert all(len(batch) == batch_size for batch in batches[:-1])
        assert 1 <= len(batches[-1]) <= batch_size
        assert sorted(chain(*batches)) == list(range(n))


@given(st.integers(1, 30), st.data())
def test_drop_last_leaves_out_only_a_smaller_batch(n, data):
    batch_size = data.draw(st.integers(1, n))
    loader = DataLoader(numbers(n), batch_size, seed=0, drop_last=True)
    batches = epoch(loader)
    assert len(batches) == len(loader) == n // batch_size
    assert all(len(batch) == batch_size for batch in batches)


def test_without_shuffle_in_the_order_of_the_dataset():
    loader = DataLoader(numbers(5), 2, shuffle=False)
    assert epoch(loader) == epoch(loader) == [[0, 1], [2, 3], [4]]


def test_order_is_a_function_of_seed_and_epoch():
    loader = DataLoader(numbers(20), 20, seed=3)
    for e in range(3):
        order = np.random.default_rng([3, e]).permutation(20)
        assert epoch(loader) == [order.tolist()]


def test_epochs_and_seeds_differ_in_order():
    a, b = (DataLoader(numbers(50), 50, seed=seed) for seed in (1, 2))
    orders = [epoch(a)[0], epoch(a)[0], epoch(b)[0]]
    assert len({tuple(order) for order in orders}) == 3


def test_resumes_at_an_epoch():
    loader = DataLoader(numbers(20), 3, seed=5)
    epochs = [epoch(loader) for _ in range(4)]
    resumed = DataLoader(numbers(20), 3, seed=5)
    resumed.epoch = 2
    assert [epoch(resumed), epoch(resumed)] == epochs[2:]
    assert resumed.epoch == 4


def test_a_drawn_seed_is_shown_and_repeats_the_order():
    loader = DataLoader(numbers(50), 50)
    assert epoch(loader) == epoch(DataLoader(numbers(50), 50, seed=loader.seed))
    assert loader.seed != DataLoader(numbers(50), 50).seed


def test_break_does_not_leak_into_the_next_epoch():
    stopped, whole = (DataLoader(numbers(10), 3, seed=1) for _ in range(2))
    for _ in stopped:
        break
    epoch(whole)
    assert epoch(stopped) == epoch(whole)


def test_iterators_that_are_alive_together_do_not_interfere():
    loader, alone = (DataLoader(numbers(10), 3, seed=1) for _ in range(2))
    one, two = iter(loader), iter(loader)
    assert loader.epoch == 2
    mixed = [(a[0].tolist(), b[0].tolist()) for b, a in zip(two, one, strict=True)]
    assert [list(e) for e in zip(*mixed, strict=True)] == [epoch(alone), epoch(alone)]


def test_global_random_state_is_left_alone():
    before = np.random.get_state()[1].copy()
    epoch(DataLoader(numbers(10), 3))
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_a_tuple_of_arrays_is_a_dataset_of_rows():
    x, t = np.arange(6.0).reshape(3, 2), np.arange(3)
    ((bx, bt),) = DataLoader((x, t), 5, shuffle=False)
    np.testing.assert_array_equal(bx, x)
    np.testing.assert_array_equal(bt, t)
    assert not np.shares_memory(bx, x)


def test_fields_of_single_samples_are_stacked():
    samples = [(np.full((2, 3), i, np.float32), i) for i in range(5)]
    batches = list(DataLoader(samples, 2, shuffle=False))
    assert [(x.shape, x.dtype.name) for x, _ in batches] == [
        *([((2, 2, 3), "float32")] * 2),
        ((1, 2, 3), "float32"),
    ]
    assert [t.tolist() for _, t in batches] == [[0, 1], [2, 3], [4]]


def test_reads_anything_with_len_and_index():
    class Squares:
        def __len__(self):
            return 4

        def __getitem__(self, i):
            assert type(i) is int
            return i, i * i

    (batch,) = DataLoader(Squares(), 4, shuffle=False)
    assert [field.tolist() for field in batch] == [[0, 1, 2, 3], [0, 1, 4, 9]]


def test_a_tuple_of_samples_is_not_a_tuple_of_arrays():
    (batch,) = DataLoader(((1, 2), (3, 4)), 2, shuffle=False)
    assert [field.tolist() for field in batch] == [[1, 3], [2, 4]]


@pytest.mark.parametrize(
    ("odd", "shapes"),
    [
        (
            (np.ones(3), 0),
            r"sample 2 has \[\(3,\), \(\)\], but sample 0 has \[\(2,\), ",
        ),
        ((np.ones(2),), r"sample 2 has \[\(2,\)\], but sample 0 has \[\(2,\), \(\)\]"),
    ],
)
def test_uneven_samples_are_named(odd, shapes):
    samples = [(np.ones(2), 0), (np.ones(2), 1), odd]
    with pytest.raises(ValueError, match=shapes):
        list(DataLoader(samples, 3, shuffle=False))


def test_uneven_samples_are_compared_with_the_first_of_their_batch():
    samples = [(np.ones(n),) for n in (1, 1, 2, 3)]
    with pytest.raises(ValueError, match=r"sample 3 has \[\(3,\)\], but sample 2 has"):
        list(DataLoader(samples, 2, shuffle=False))


@pytest.mark.parametrize("sample", [np.ones(2), [1, 2], 3, (), None])
def test_samples_are_tuples(sample):
    with pytest.raises(TypeError, match=r"sample 1 is .* expected a tuple of fields"):
        list(DataLoader([(1, 2), sample], 1, shuffle=False))


@pytest.mark.parametrize("dataset", [[], (), numbers(0), (np.ones((0, 2)),)])
def test_an_empty_dataset_is_an_error(dataset):
    with pytest.raises(ValueError, match="empty"):
        DataLoader(dataset, 1)


def test_an_epoch_without_a_batch_is_an_error():
    with pytest.raises(ValueError, match=r"only 3 samples, as batch_size is 4"):
        DataLoader(numbers(3), 4, drop_last=True)


@pytest.mark.parametrize(
    "dataset",
    [None, 3, iter([(1, 2)]), {"x": np.ones(2)}, "ab"],
    ids=lambda dataset: type(dataset).__name__,
)
def test_a_dataset_has_len_and_index(dataset):
    with pytest.raises(TypeError, match="a dataset is an ArrayDataset, a tuple of arr"):
        DataLoader(dataset, 1)


@pytest.mark.parametrize("value", [True, 2.0, "2", None, np.bool_(True)])
def test_batch_size_is_an_int(value):
    with pytest.raises(TypeError, match="batch_size must be an int, got"):
        DataLoader(numbers(3), value)


@pytest.mark.parametrize("value", [0, -1])
def test_batch_size_is_positive(value):
    with pytest.raises(ValueError, match="batch_size must be at least 1, got"):
        DataLoader(numbers(3), value)


def test_batch_size_may_be_a_numpy_integer():
    assert len(DataLoader(numbers(3), np.int32(2))) == 2


@pytest.mark.parametrize(("value", "error"), [(-1, ValueError), (0.5, TypeError)])
def test_seed_and_epoch_are_natural_numbers(value, error):
    with pytest.raises(error, match="seed must be"):
        DataLoader(numbers(3), 1, seed=value)
    loader = DataLoader(numbers(3), 1)
    with pytest.raises(error, match="epoch must be"):
        loader.epoch = value
