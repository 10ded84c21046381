import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ondol.data import (
    ArrayDataset,
    Concat,
    DataLoader,
    Mapped,
    Subset,
    random_split,
    stack,
)
from ondol.data.dataset import occurrence


@pytest.fixture
def xs():
    return np.arange(12.0).reshape(6, 2)


@pytest.fixture
def dataset(xs):
    return ArrayDataset(xs, np.arange(6))


def test_length_is_the_number_of_rows(dataset):
    assert len(dataset) == 6


@pytest.mark.parametrize(
    "index",
    [
        *(0, -1, np.int64(2), slice(1, 4), slice(None, None, -2)),
        *(
            [0, 0, 5],
            [],
            np.array([3, 1]),
            np.array([], int),
            np.array([[0, 1], [2, 3]]),
        ),
        *(np.array([1, 2], np.uint8), np.arange(6) % 2 == 0, [True, False] * 3),
    ],
    ids=repr,
)
def test_indexes_every_array_alike(dataset, xs, index):
    x, t = dataset[index]
    np.testing.assert_array_equal(x, xs[index])
    np.testing.assert_array_equal(t, np.arange(6)[index])


def test_one_array_still_gives_tuples(xs):
    (row,) = ArrayDataset(xs)[1]
    assert row.tolist() == [2, 3]


def test_iterates_over_samples_and_stops(dataset):
    assert [t.item() for _, t in dataset] == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("index", [6, -7, [0, 6], np.array([True, False])])
def test_refuses_rows_that_are_not_there(dataset, index):
    with pytest.raises(IndexError, match="outside of a dataset of 6 rows"):
        dataset[index]


@pytest.mark.parametrize(
    "index",
    [(0, 1), (), None, ..., True, 1.0, "0", np.array([0.5]), np.eye(6) > 0, {"a": 1}],
    ids=repr,
)
def test_refuses_what_numpy_would_read_as_several_axes(dataset, index):
    with pytest.raises(TypeError, match="an int, a slice, an array of ints or a mask"):
        dataset[index]


def test_lengths_must_agree():
    with pytest.raises(ValueError, match=r"(?s)same length.*\(3, 2\).*\(4,\)"):
        ArrayDataset(np.ones((3, 2)), np.ones(4))


def test_needs_an_array():
    with pytest.raises(ValueError, match="at least one array"):
        ArrayDataset()


def test_needs_an_axis_of_samples():
    with pytest.raises(ValueError, match="argument 1 has no axis"):
        ArrayDataset(np.ones(3), np.array(3))


@pytest.mark.parametrize("value", [[1, 2], None, "ab", 3.0])
def test_holds_only_arrays(value):
    with pytest.raises(
        TypeError, match=r"argument 1 is of type \w+\n.*convert it with np"
    ):
        ArrayDataset(np.ones(2), value)


# -- made of others --------------------------------------------------------------------


class Slow:
    """A dataset that has no `rows_at`."""

    def __len__(self):
        return 6

    def __getitem__(self, i):
        return i, -i


@pytest.mark.parametrize("whole", [Slow(), (np.arange(6), -np.arange(6))])
@pytest.mark.parametrize(
    "indices", [[4, 1, 1], np.isin(range(6), [1, 4]), range(0, 6, 2)]
)
def test_a_subset_has_the_samples_that_were_named(whole, indices):
    subset = Subset(whole, indices)
    expected = np.arange(6)[indices]
    assert [x for x, _ in (subset[i] for i in range(len(subset)))] == expected.tolist()
    ((x, t),) = DataLoader(subset, 6, shuffle=False)
    assert x.tolist() == expected.tolist()
    assert t.tolist() == (-expected).tolist()


@pytest.mark.parametrize(
    ("indices", "error"),
    [
        ([6], ValueError),
        ([-1], ValueError),
        ([0.5], TypeError),
        ([True] * 5, TypeError),
    ],
)
def test_a_subset_refuses_rows_that_are_not_there(indices, error):
    with pytest.raises(error, match=r"row numbers|outside of a dataset"):
        Subset(Slow(), indices)


def test_concat_counts_through():
    joined = Concat((np.arange(3),), (np.arange(10, 12),), Subset(Slow(), [5]))
    values = [joined[i][0] for i in range(len(joined))]
    assert values == [0, 1, 2, 10, 11, 5]
    assert joined[-1][0] == 5
    with pytest.raises(IndexError):
        joined[6]
    with pytest.raises(ValueError, match="at least one dataset"):
        Concat()


def test_concat_takes_many_rows_at_once_if_all_datasets_do():
    x, more = np.arange(8.0).reshape(4, 2), np.arange(20, 24).reshape(2, 2)
    joined = Concat((x, np.arange(4)), Subset((more, np.arange(2)), [1, 0]))
    rows = np.array([5, 0, 4, 3, 0])
    one_by_one = [joined[row] for row in rows]
    for field, expected in zip(joined.rows_at(rows), stack(one_by_one), strict=True):
        np.testing.assert_array_equal(field, expected)
    assert Concat((x, np.arange(4)), Slow()).rows_at(rows) is None


def test_a_slice_of_a_subset_is_rows_of_its_arrays():
    x = np.arange(12).reshape(6, 2)
    (part,) = Subset(Subset((x,), [5, 4, 1, 0]), [2, 0, 1])[:2]
    assert part.tolist() == [[2, 3], [10, 11]]


def test_mapped_changes_samples_when_they_are_asked_for(dataset):
    asked = []

    def double(sample):
        asked.append(int(sample[1]))
        return 2 * sample[1], sample[1]

    mapped = Mapped(dataset, double)
    assert (len(mapped), asked) == (6, [])
    assert mapped[3] == (6, 3)
    assert asked == [3]


@given(
    st.integers(1, 60),
    st.lists(st.integers(1, 9), min_size=1, max_size=4),
    st.integers(0, 5),
)
def test_a_split_deals_every_sample_to_one_part(n, weights, seed):
    parts = np.array(weights) / sum(weights)
    split = random_split((np.arange(n),), parts, seed)
    assert sorted(np.concatenate([s.indices for s in split])) == [*range(n)]
    for subset, part in zip(split, parts, strict=True):
        assert abs(len(subset) - part * n) < 1
    again = random_split((np.arange(n),), parts, seed)
    assert all(
        (a.indices == b.indices).all() for a, b in zip(split, again, strict=True)
    )


def test_a_split_by_numbers_of_samples():
    assert [len(s) for s in random_split(Slow(), (5, 0, 1))] == [5, 0, 1]
    assert [len(s) for s in random_split(Slow(), (6,))] == [6]


@given(st.lists(st.sampled_from("abc"), min_size=4, max_size=80), st.floats(0.1, 0.9))
def test_a_stratified_split_gives_each_part_its_share_of_each_class(labels, share):
    labels = np.array(labels)
    first, second = random_split((labels,), (share, 1 - share), stratify=labels)
    assert len(first) + len(second) == len(labels)
    for name in set(labels):
        wanted = share * np.count_nonzero(labels == name)
        assert abs(np.count_nonzero(labels[first.indices] == name) - wanted) <= 1.5


def test_a_stratified_part_is_in_random_order():
    labels = np.repeat([0, 1], 50)
    first, _ = random_split((labels,), (0.5, 0.5), stratify=labels)
    changes = np.count_nonzero(np.diff(labels[first.indices]))
    assert 10 < changes < 40


@pytest.mark.parametrize("parts", [(0.5, 0.6), (3, 4), (-1, 2), (), 0.5, (np.nan, 1)])
def test_parts_have_to_sum_up(parts):
    with pytest.raises(ValueError, match="neither are fractions that sum to 1 nor"):
        random_split(Slow(), parts)


def test_stratify_has_a_class_for_each_sample():
    with pytest.raises(ValueError, match=r"each of the 6 samples.*its shape is \(5,\)"):
        random_split(Slow(), (0.5, 0.5), stratify=np.zeros(5))


@given(st.lists(st.integers(0, 4), max_size=20))
def test_occurrence_counts_what_came_before(values):
    expected = [values[:i].count(v) for i, v in enumerate(values)]
    assert occurrence(np.array(values, int)).tolist() == expected


def test_arrays_may_stay_in_a_file(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(12.0).reshape(6, 2))
    x = np.load(tmp_path / "x.npy", mmap_mode="r")
    loader = DataLoader((x, np.arange(6)), 4, shuffle=False)
    first, _ = loader
    assert type(first[0]) is np.ndarray
    assert first[0].tolist() == x[:4].tolist()
