"""A loader that goes on in the middle of an epoch."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ondol.data import Buckets, DataLoader, Weighted


def new_loader(n=10, batch_size=3, **arguments):
    arguments = {"seed": 7, "transform": noisy, **arguments}
    return DataLoader((np.arange(n),), batch_size, **arguments)


def noisy(sample, rng):
    return sample[0], rng.random()


def run(loader, epochs):
    return [[[f.tolist() for f in batch] for batch in loader] for _ in range(epochs)]


@given(st.integers(0, 12), st.sampled_from([0, 3]), st.booleans())
def test_a_resumed_training_sees_what_an_uninterrupted_one_sees(steps, workers, drop):
    settings = {"workers": workers, "worker_kind": "thread", "drop_last": drop}
    expected = [b for epoch in run(new_loader(**settings), 5) for b in epoch]
    loader, seen = new_loader(**settings), []
    while len(seen) < steps:
        for batch in loader:
            seen.append([f.tolist() for f in batch])
            if len(seen) == steps:
                break
    state = json.loads(json.dumps(loader.state_dict()))
    resumed = new_loader(
        seed=99, workers=3 - workers, worker_kind="thread", drop_last=drop
    )
    resumed.load_state_dict(state)
    assert resumed.state_dict() == state
    while len(seen) < len(expected):
        seen += [[f.tolist() for f in batch] for batch in resumed]
    assert seen == expected


def test_the_state_in_the_loop_counts_the_batch_in_hand():
    loader = new_loader()
    assert loader.state_dict()["position"] == 0
    places = [
        (loader.state_dict()["epoch"], loader.state_dict()["position"]) for _ in loader
    ]
    assert places == [(0, 1), (0, 2), (0, 3), (1, 0)]
    assert loader.epoch == 1


def test_a_loop_that_goes_on_ends_with_its_epoch():
    loader, resumed = new_loader(), new_loader()
    run(loader, 1)
    for _ in loader:
        break
    resumed.load_state_dict(loader.state_dict())
    assert resumed.epoch == 1
    rest, following = run(resumed, 2)
    assert (len(rest), len(following), resumed.epoch) == (3, 4, 3)


def test_after_a_break_the_loader_itself_begins_an_epoch():
    loader = new_loader()
    next(iter(loader))
    assert loader.state_dict()["position"] == 1
    assert len(run(loader, 1)[0]) == 4


def test_setting_the_epoch_begins_it():
    loader = new_loader()
    next(iter(loader))
    loader.epoch = 0
    assert loader.state_dict()["position"] == 0
    assert run(loader, 1) == run(new_loader(), 1)


def test_a_batch_that_failed_is_tried_again():
    broken = [True]

    def fragile(sample, rng):
        if broken[0] and sample[0] == 9:
            raise OSError("disk")
        return noisy(sample, rng)

    loader, seen = new_loader(transform=fragile, shuffle=False), []
    with pytest.raises(OSError, match="disk"):
        seen.extend(x.tolist() for x, _ in loader)
    broken[0] = False
    resumed = new_loader(transform=fragile, shuffle=False)
    resumed.load_state_dict(loader.state_dict())
    assert seen + [x.tolist() for x, _ in resumed] == [
        [0, 1, 2],
        [3, 4, 5],
        [6, 7, 8],
        [9],
    ]


def test_own_orders_are_resumed_too():
    lengths = np.random.default_rng(0).integers(1, 50, 20)

    def bucketed():
        sampler = Buckets(lengths, 3)
        return DataLoader((np.arange(20),), batch_sampler=sampler, seed=1)

    loader = bucketed()
    iterator = iter(loader)
    next(iterator)
    next(iterator)
    resumed = bucketed()
    resumed.load_state_dict(loader.state_dict())
    assert [x.tolist() for (x,) in resumed] == [x.tolist() for (x,) in iterator]


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"n": 11}, "the saved loader had samples = 10, this one has 11"),
        ({"batch_size": 4}, "the saved loader had batches = 4, this one has 3"),
        ({"n": 10, "batch_size": 3, "drop_last": True}, "had batches = 4"),
        ({"shuffle": False}, "epoch 0 has another order here"),
        ({"sampler": Weighted(np.ones(10))}, "epoch 0 has another order here"),
    ],
)
def test_a_loader_that_does_not_fit_stays_as_it_was(other, message):
    saved = new_loader()
    next(iter(saved))
    loader = new_loader(**other, **({} if "seed" in other else {"seed": 1}))
    run(loader, 1)
    before = loader.state_dict()
    with pytest.raises(ValueError, match=message):
        loader.load_state_dict(saved.state_dict())
    assert loader.state_dict() == before
    assert loader.epoch == 1


def test_another_batch_size_with_as_many_batches():
    saved = new_loader(n=4, batch_size=2)
    with pytest.raises(ValueError, match="had batch_size = 2, this one has 3"):
        new_loader(n=4, batch_size=3).load_state_dict(saved.state_dict())


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"position": 4}, ValueError),
        ({"position": -1}, ValueError),
        ({"epoch": 0.5}, TypeError),
        ({"extra": 1}, TypeError),
    ],
)
def test_what_is_no_state(change, error):
    loader = new_loader()
    with pytest.raises(error, match=r"position|epoch|not the state"):
        loader.load_state_dict({**loader.state_dict(), **change})
    with pytest.raises(TypeError, match="not the state of a DataLoader"):
        loader.load_state_dict(None)
