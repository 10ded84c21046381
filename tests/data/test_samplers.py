import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ondol import dezero
from ondol.data import (
    ArrayDataset,
    Buckets,
    DataLoader,
    InOrder,
    Sharded,
    Shuffled,
    Streams,
    Weighted,
)


def new_rng(seed=0):
    return np.random.default_rng(seed)


def order(loader):
    return [i for (batch,) in loader for i in batch.tolist()]


def test_orders_of_rows_or_of_their_number(rng):
    assert InOrder(3).order(rng).tolist() == [0, 1, 2]
    assert InOrder([5, 3]).order(rng).tolist() == [5, 3]
    assert sorted(Shuffled(50).order(rng)) == [*range(50)]
    shuffled = Shuffled(range(0, 100, 2)).order(rng).tolist()
    assert sorted(shuffled) == [*range(0, 100, 2)] != shuffled


def test_the_loader_shuffles_as_the_sampler_does():
    data = (np.arange(20),)
    assert order(DataLoader(data, 6, seed=3)) == order(
        DataLoader(data, 6, seed=3, sampler=Shuffled(20))
    )


def test_a_sampler_may_leave_samples_out():
    loader = DataLoader((np.arange(20),), 4, seed=0, sampler=Shuffled([3, 7, 9, 1, 2]))
    assert len(loader) == 2
    first, second = order(loader), order(loader)
    assert sorted(first) == sorted(second) == [1, 2, 3, 7, 9]
    assert first != second


class Said:
    """Says one length and gives another order."""

    def __len__(self):
        return 4

    def __init__(self, order):
        self.given = order

    def order(self, rng):
        return self.given


@pytest.mark.parametrize("given", [range(3), range(6), iter(range(4)), [[0, 1, 2, 3]]])
def test_an_order_is_as_long_as_it_says(given):
    loader = DataLoader((np.arange(9),), 2, sampler=Said(given))
    with pytest.raises(ValueError, match=r"row numbers of shape \(4,\)"):
        list(loader)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 2, "sampler": [2, 1]}, r"sampler needs .* method order\(rng\)"),
        ({"batch_sampler": [[2, 1]]}, r"batch_sampler needs .* method batches\(rng\)"),
    ],
)
def test_a_list_is_no_sampler(arguments, message):
    with pytest.raises(TypeError, match=message + "; a list does not"):
        DataLoader((np.arange(3),), **arguments)


def test_weights_are_probabilities():
    drawn = Weighted([1, 0, 3], size=40_000).order(new_rng())
    np.testing.assert_allclose(np.bincount(drawn) / 40_000, [0.25, 0, 0.75], atol=0.01)


def test_without_replacement_no_row_comes_twice():
    sampler = Weighted([0, 1, 2, 3, 1e-9], size=4, replace=False)
    assert sorted(sampler.order(new_rng())) == [1, 2, 3, 4]


def test_balanced_weights_draw_all_classes_equally_often():
    labels = np.array(["a"] * 90 + ["b"] * 9 + ["c"])
    sampler = Weighted.balanced(labels, size=30_000)
    assert len(Weighted.balanced(labels)) == 100
    _, counts = np.unique(labels[sampler.order(new_rng())], return_counts=True)
    np.testing.assert_allclose(counts / 30_000, 1 / 3, atol=0.01)


@pytest.mark.parametrize(
    "weights", [[], [0, 0], [-1, 2], [np.nan, 1], [[1, 2]], [np.inf]]
)
def test_weights_that_are_none(weights):
    with pytest.raises(ValueError, match=r"weights must be numbers|size must be"):
        Weighted(weights)


def test_more_rows_than_have_a_weight():
    with pytest.raises(ValueError, match=r"cannot draw 3 rows without .* only 2 have"):
        Weighted([1, 0, 1], replace=False)


@given(st.integers(1, 40), st.integers(1, 5))
def test_shards_share_out_one_order(n, ranks):
    shards = [Sharded(n, rank, ranks).order(new_rng()) for rank in range(ranks)]
    assert {len(shard) for shard in shards} == {-(-n // ranks)}
    dealt = np.stack(shards, axis=1).ravel()
    assert dealt[:n].tolist() == new_rng().permutation(n).tolist()
    assert len(dealt) - n < ranks


def test_shards_of_a_loader_need_a_seed():
    data = (np.arange(9),)
    parts = [
        order(DataLoader(data, 2, seed=1, sampler=Sharded(9, r, 3))) for r in range(3)
    ]
    assert sorted(i for part in parts for i in part) == [*range(9)]
    with pytest.raises(ValueError, match=r"need the same seed.*\n.*seed=0"):
        DataLoader(data, 2, sampler=Sharded(9, 0, 3))
    with pytest.raises(ValueError, match="rank 3 is not one of 3 ranks"):
        Sharded(9, 3, 3)


@given(
    st.lists(st.integers(0, 50), min_size=1, max_size=60),
    st.integers(1, 7),
    st.booleans(),
    st.booleans(),
    st.integers(1, 4),
)
def test_buckets_hold_every_row_once(lengths, size, shuffle, drop_last, spread):
    sampler = Buckets(lengths, size, shuffle, drop_last, spread)
    batches = sampler.batches(new_rng())
    assert len(batches) == len(sampler)
    odd = [batch for batch in batches if len(batch) != size]
    assert len(odd) <= (not drop_last)
    rows = [row for batch in batches for row in batch]
    assert len({*rows}) == len(rows)
    assert len(lengths) - len(rows) < (size if drop_last else 1)


def test_buckets_leave_little_to_pad_and_are_shuffled():
    lengths = new_rng(1).integers(1, 200, 1000)

    def padding(batches):
        return sum(int((lengths[b].max() - lengths[b]).sum()) for b in batches)

    sampler = Buckets(lengths, 10)
    one, two = (sampler.batches(new_rng(seed)) for seed in (1, 2))
    plain = np.split(new_rng().permutation(1000), 100)
    assert padding(one) < padding(plain) / 10
    assert {tuple(b) for b in one}.isdisjoint(tuple(b) for b in two)
    means = np.array([lengths[b].mean() for b in one])
    assert abs(np.corrcoef(means, np.arange(100))[0, 1]) < 0.3
    ordered = Buckets(lengths, 10, shuffle=False).batches(new_rng())
    assert (np.diff(np.concatenate([lengths[b] for b in ordered])) >= 0).all()


def test_buckets_in_a_loader():
    lengths = [5, 1, 4, 2, 3]
    data = ArrayDataset(np.array(lengths))
    loader = DataLoader(data, batch_sampler=Buckets(lengths, 2, shuffle=False))
    assert [batch.tolist() for (batch,) in loader] == [[1, 2], [3, 4], [5]]


def test_streams_read_a_series_as_the_books_loader_does():
    x, t = np.arange(24.0).reshape(12, 2), np.arange(12)
    ours = [*DataLoader((x, t), batch_sampler=Streams(12, 3))]
    books = [*dezero.SeqDataLoader([*zip(x, t, strict=True)], 3)]
    assert len(ours) == len(books) == 4
    for a, b in zip(ours, books, strict=True):
        np.testing.assert_array_equal(a[0], b[0])
        np.testing.assert_array_equal(a[1], b[1])


def test_streams_leave_out_what_is_left_over():
    batches = Streams(11, 3).batches(new_rng())
    assert np.stack(batches).T.tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    with pytest.raises(ValueError, match="2 rows cannot be cut into 3 stretches"):
        Streams(2, 3)


class Odd:
    def __init__(self, batches, says=1):
        self.made, self.says = batches, says

    def __len__(self):
        return self.says

    def batches(self, rng):
        return self.made


@pytest.mark.parametrize(
    ("sampler", "message"),
    [
        (Odd([[0, 1]], says=2), "made 1 batches, but its len.. is 2"),
        (Odd([[0, 9]]), "9 is outside of a dataset of 9 rows"),
        (Odd([[0, -1]]), "-1 is outside of a dataset"),
        (Odd([[0.5]]), "must be row numbers"),
        (Odd([[[0]]]), "must be row numbers"),
    ],
)
def test_what_a_sampler_gives_is_looked_at(sampler, message):
    with pytest.raises((ValueError, TypeError), match=message):
        list(DataLoader((np.arange(9),), batch_sampler=sampler))


def test_batches_are_made_by_one_of_them():
    with pytest.raises(ValueError, match="batch_sampler makes whole batches"):
        DataLoader((np.arange(9),), 3, batch_sampler=Streams(9, 3))
    with pytest.raises(ValueError, match="batch_sampler makes whole batches"):
        DataLoader((np.arange(9),), sampler=InOrder(9), batch_sampler=Streams(9, 3))


def test_weights_that_are_no_numbers_are_told():
    with pytest.raises(TypeError, match="one for each row"):
        Weighted(["cat", "dog"])
