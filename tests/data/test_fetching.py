"""Batches made in this process: transforms, collate, and what errors say."""

import numpy as np
import pytest

from ondol.data import ArrayDataset, DataLoader, Mapped


def batches(loader):
    return [[field.tolist() for field in batch] for batch in loader]


def jump(sample, rng):
    return sample[0], rng.random()


def by_sample(loader):
    """Sample -> random number, over an epoch."""
    return {x: r for xs, rs in batches(loader) for x, r in zip(xs, rs, strict=True)}


def test_a_transform_changes_each_sample():
    data = (np.arange(4), np.arange(4) * 10)
    loader = DataLoader(data, 3, shuffle=False, transform=lambda s: (-s[0], s[1] + 1))
    assert batches(loader) == [[[0, -1, -2], [1, 11, 21]], [[-3], [31]]]


def test_random_numbers_belong_to_the_sample_and_the_epoch():
    data = (np.arange(20),)
    one = DataLoader(data, 3, seed=5, transform=jump)
    two = DataLoader(data, 7, shuffle=False, seed=5, transform=jump)
    three = DataLoader(Mapped(data, lambda s: s), 20, seed=5, transform=jump)
    first = by_sample(one)
    assert first == by_sample(two) == by_sample(three)
    assert len({*first.values()}) == 20
    second = by_sample(one)
    assert second == by_sample(two)
    assert {*first.values()}.isdisjoint(second.values())
    assert by_sample(DataLoader(data, 3, seed=6, transform=jump)) != first


class Same:
    def __len__(self):
        return 6

    def order(self, rng):
        return np.array([2, 0, 2, 2, 0, 1])


def test_a_sample_that_comes_again_has_new_random_numbers():
    data = (np.arange(3),)
    loaders = [
        DataLoader(data, n, seed=1, sampler=Same(), transform=jump) for n in (2, 6)
    ]
    one, two = ([r for _, rs in batches(loader) for r in rs] for loader in loaders)
    assert one == two
    assert len({*one}) == 6
    assert one[0] == by_sample(DataLoader(data, 3, seed=1, transform=jump))[2]


def test_a_transform_that_writes_spoils_no_dataset():
    x = np.ones((4, 2))

    def spoil(sample):
        sample[0][:] = 0
        return sample

    ((batch,),) = DataLoader((x,), 4, transform=spoil)
    assert not batch.any()
    assert x.all()


def test_collate_makes_the_batch():
    loader = DataLoader([1, 2, 3], 2, shuffle=False, collate=sum)
    assert list(loader) == [3, 3]


def test_collate_may_take_random_numbers_of_the_batch():
    def drawn(samples, rng):
        return rng.random()

    data = (np.arange(6),)
    a, b = (DataLoader(data, 2, seed=1, collate=drawn) for _ in range(2))
    first = list(a)
    assert first == list(b)
    assert len({*first, *a}) == 6


class Broken:
    def __len__(self):
        return 5

    def __getitem__(self, i):
        if i == 3:
            raise KeyError("lost")
        return (i,)


def fail(sample):
    if sample == (3,) or len(sample) > 1:
        raise OSError("failed")
    return sample


@pytest.mark.parametrize(
    ("arguments", "error", "note"),
    [
        (
            {"dataset": Broken()},
            KeyError,
            "while reading sample 3 of the dataset (epoch 0)",
        ),
        (
            {"transform": fail},
            OSError,
            "while transforming sample 3 of the dataset (epoch 0)",
        ),
        ({"collate": fail}, OSError, "while collating batch 0 of epoch 0"),
    ],
)
def test_an_error_keeps_its_kind_and_says_which_sample(arguments, error, note):
    arguments = {"dataset": (np.arange(5),), "shuffle": False, **arguments}
    with pytest.raises(error) as info:
        list(DataLoader(batch_size=2, **arguments))
    assert info.value.__notes__ == [note]


class AtOnce:
    """Samples are dicts, and many of them are one dict."""

    def __len__(self):
        return 5

    def __getitem__(self, i):
        raise AssertionError("the loader takes many rows at once")

    def rows_at(self, indices):
        if 3 in indices:
            raise OSError("lost")
        return {"x": indices * 10, "i": indices}


def test_many_rows_at_once_may_be_a_dict():
    loader = DataLoader(AtOnce(), 3, shuffle=False)
    assert next(iter(loader))["x"].tolist() == [0, 10, 20]
    changed = DataLoader(
        AtOnce(), 3, shuffle=False, transform=lambda s: {**s, "y": -s["x"]}
    )
    assert next(iter(changed))["y"].tolist() == [0, -10, -20]


def test_an_error_of_many_rows_names_them():
    with pytest.raises(OSError, match="lost") as info:
        list(DataLoader(AtOnce(), 2, shuffle=False))
    note = "while reading the samples 2, 3 of the dataset (epoch 0)"
    assert info.value.__notes__ == [note]


@pytest.mark.parametrize("name", ["transform", "collate"])
def test_what_cannot_be_called_is_no_transform(name):
    with pytest.raises(TypeError, match="3 is not a transform"):
        DataLoader((np.arange(5),), 2, **{name: 3})


def test_whole_rows_are_taken_at_once():
    class Counted(ArrayDataset):
        calls = 0

        def rows_at(self, indices):
            self.calls += 1
            return super().rows_at(indices)

    data = Counted(np.arange(100))
    assert sum(len(x) for (x,) in DataLoader(data, 25)) == 100
    assert data.calls == 4
