import numpy as np
import pytest

from ondol.data import ArrayDataset


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
    with pytest.raises(IndexError, match=r"out of bounds|did not match"):
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
    with pytest.raises(TypeError, match=r"argument 1 is a \w+\n.*convert it with np"):
        ArrayDataset(np.ones(2), value)
