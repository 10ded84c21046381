"""Batches of what can only be read from its beginning."""

import itertools
import json

import numpy as np
import pytest
import slow_samples
from hypothesis import given
from hypothesis import strategies as st

from ondol.data import DataLoader, StreamLoader

KINDS = [{}, *({"workers": 2, "worker_kind": kind} for kind in ("thread", "process"))]


class Lines:
    """A stream that notes how far it was read."""

    def __init__(self, n=10):
        self.n = n
        self.read = 0

    def __iter__(self):
        for i in range(self.n):
            self.read = i + 1
            yield (i,)


def noisy(sample, rng):
    return sample[0], rng.random()


def run(loader, epochs=1):
    return [[[f.tolist() for f in batch] for batch in loader] for _ in range(epochs)]


@pytest.mark.parametrize("drop_last", [False, True])
def test_each_epoch_reads_the_stream_from_its_beginning(drop_last):
    batches = [[[0, 1, 2]], [[3, 4, 5]], [[6, 7, 8]], [[9]]][: 3 if drop_last else 4]
    loader = StreamLoader(Lines(), 3, drop_last=drop_last)
    assert run(loader, 2) == [batches, batches]
    assert loader.epoch == 2


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_the_same_batches_whoever_makes_them(kind):
    def loader(**kind):
        return StreamLoader(Lines(), 3, 4, seed=5, transform=slow_samples.noise, **kind)

    assert run(loader(**kind), 2) == run(loader(), 2)


def test_random_numbers_are_those_of_a_data_loader():
    stream = StreamLoader(Lines(), 3, seed=5, transform=noisy)
    loader = DataLoader([*Lines()], 4, shuffle=False, seed=5, transform=noisy)
    for _ in range(2):
        ours, theirs = (
            [pair for x, r in one for pair in zip(x, r, strict=True)]
            for one in (stream, loader)
        )
        assert ours == theirs


@given(st.integers(1, 30), st.integers(0, 12), st.integers(0, 3))
def test_a_buffer_shuffles_and_loses_nothing(n, size, seed):
    (epoch,) = run(StreamLoader(Lines(n), 4, size, seed=seed))
    order = [i for (batch,) in epoch for i in batch]
    assert sorted(order) == [*range(n)]
    # A sample is drawn as soon as it is among those that are held.
    assert all(i <= place + size for place, i in enumerate(order))
    if size < 2:
        assert order == [*range(n)]


def test_orders_differ_from_epoch_to_epoch():
    first, second = run(StreamLoader(Lines(50), 50, 20, seed=0), 2)
    assert first != second


def test_a_function_of_the_epoch_begins_the_stream():
    loader = StreamLoader(lambda epoch: ((10 * epoch + i,) for i in range(2)), 2)
    assert run(loader, 2) == [[[[0, 1]]], [[[10, 11]]]]


def test_a_stream_may_be_endless_and_is_read_no_further_than_needed():
    loader = StreamLoader(lambda epoch: ((i,) for i in itertools.count()), 4)
    assert [x.tolist() for (x,) in itertools.islice(loader, 2)] == [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
    ]
    lines = Lines()
    next(iter(StreamLoader(lines, 3)))
    assert lines.read == 3


@given(st.integers(0, 12), st.integers(0, 5), st.integers(0, 11), st.booleans())
def test_a_resumed_training_sees_what_an_uninterrupted_one_sees(steps, size, n, drop):
    def loader(seed=7):
        return StreamLoader(
            Lines(n + 3), 3, size, seed=seed, drop_last=drop, transform=noisy
        )

    expected = [batch for epoch in run(loader(), 20) for batch in epoch]
    first, seen = loader(), []
    while len(seen) < steps:
        for batch in first:
            seen.append([f.tolist() for f in batch])
            if len(seen) == steps:
                break
    state = json.loads(json.dumps(first.state_dict()))
    resumed = loader(seed=99)
    resumed.load_state_dict(state)
    while len(seen) < len(expected):
        epoch = [[f.tolist() for f in batch] for batch in resumed]
        assert epoch
        seen += epoch
    assert seen[: len(expected)] == expected


def test_after_the_last_batch_the_state_is_that_of_the_next_epoch():
    loader = StreamLoader(Lines(), 3, seed=0)
    run(loader)
    state = loader.state_dict()
    assert (state["epoch"], state["position"]) == (1, 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 4}, "had batch_size = 3, this one has 4"),
        ({"shuffle_buffer": 2}, "had shuffle_buffer = 0, this one has 2"),
    ],
)
def test_another_loader_refuses_the_state(arguments, message):
    saved = StreamLoader(Lines(), 3, seed=0).state_dict()
    loader = StreamLoader(Lines(), **{"batch_size": 3, "seed": 1, **arguments})
    with pytest.raises(ValueError, match=message):
        loader.load_state_dict(saved)
    assert loader.seed == 1
    with pytest.raises(TypeError, match="not the state of a StreamLoader"):
        loader.load_state_dict({})


class Torn(Lines):
    def __iter__(self):
        yield from super().__iter__()
        raise OSError("torn")


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_an_error_names_the_sample(kind):
    with pytest.raises(OSError, match="torn") as info:
        run(StreamLoader(Torn(4), 3, **kind))
    assert info.value.__notes__ == ["while reading sample 4 of the stream (epoch 0)"]
    with pytest.raises(ValueError, match=r"sample 4 has \[\(3,\)\], but sample 3 has"):
        run(StreamLoader([(np.ones(n),) for n in (1, 1, 1, 2, 3)], 3, **kind))


def test_an_epoch_without_a_batch_is_told():
    samples = iter([(1,), (2,)])
    loader = StreamLoader(lambda epoch: samples, 2)
    assert len(list(loader)) == 1
    with pytest.raises(ValueError, match=r"(?s)no batch in epoch 1.*begin it anew"):
        list(loader)
    with pytest.raises(ValueError, match="no batch in epoch 0"):
        list(StreamLoader([(1,)], 2, drop_last=True))


@pytest.mark.parametrize(
    "source",
    [iter([(1,)]), 3, None, "ab", {"x": 1}],
    ids=lambda x: type(x).__name__,
)
def test_what_cannot_be_begun_anew_is_told(source):
    with pytest.raises(TypeError, match="StreamLoader begins its source anew"):
        StreamLoader(source, 2)
