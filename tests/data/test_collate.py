from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ondol.data import DataLoader, Pad, stack
from ondol.data.collate import unstack


def test_stack_gives_an_array_for_each_field():
    x, t = stack([(np.ones(2), 1), (np.zeros(2), 2)])
    assert x.tolist() == [[1, 1], [0, 0]]
    assert t.tolist() == [1, 2]


def test_stack_counts_samples_that_have_no_names():
    with pytest.raises(ValueError, match=r"sample 1 has \[\(3,\)\], but sample 0 has"):
        stack([(np.ones(2),), (np.ones(3),)])


class Point(NamedTuple):
    x: np.ndarray
    label: str


def test_stack_keeps_what_holds_the_fields():
    def sample(i):
        inner = {"boxes": np.full((2, 4), i), "size": (i, np.full(3, i))}
        return {"image": np.full(2, i), "target": inner, "name": f"{i}.jpg"}

    batch = stack([sample(i) for i in range(3)])
    assert [*batch] == ["image", "target", "name"]
    assert batch["image"].tolist() == [[0, 0], [1, 1], [2, 2]]
    assert batch["target"]["boxes"].shape == (3, 2, 4)
    numbers, threes = batch["target"]["size"]
    assert (numbers.tolist(), threes.shape) == ([0, 1, 2], (3, 3))
    assert batch["name"].tolist() == ["0.jpg", "1.jpg", "2.jpg"]
    points = stack([Point(np.ones(2), "a"), Point(np.zeros(2), "b")])
    assert type(points) is Point
    assert points.label.tolist() == ["a", "b"]


@given(st.integers(1, 5))
def test_unstack_takes_a_batch_apart(n):
    samples = [{"x": np.arange(i, i + 3), "t": i} for i in range(n)]
    for one, again in zip(samples, unstack(stack(samples)), strict=True):
        assert [*again] == ["x", "t"]
        np.testing.assert_array_equal(again["x"], one["x"])
        assert again["t"] == one["t"]


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ({"a": 1}, {"b": 1}, r"sample 1 has \{'b': \(\)\}, but sample 0 has \{'a': "),
        (
            {"a": (np.ones(2),)},
            {"a": (np.ones(3),)},
            r"\{'a': \[\(3,\)\]\}, but sample 0 has \{'a': \[\(2,\)\]\}",
        ),
        ((1,), {"a": 1}, r"sample 1 has \{'a': \(\)\}, but sample 0 has \[\(\)\]"),
        ((1,), ([[1], [2, 3]],), "sample 1 has a list whose parts have unequal shapes"),
        ((1,), (None,), "sample 1 has a field that is neither numbers nor text: None"),
        ((1,), (len,), "sample 1 has a field that is neither numbers nor text: <built"),
    ],
)
def test_samples_that_are_not_alike_are_told(first, second, message):
    with pytest.raises((ValueError, TypeError), match=message):
        stack([first, second])


def test_a_picture_in_a_batch_is_told():
    with pytest.raises(TypeError, match=r"(?s)sample 1 still holds a picture.*ToFloat"):
        stack([(np.ones(2), 1), (Image.new("L", (2, 2)), 1)])
    with pytest.raises(TypeError, match="sample 0 still holds a picture"):
        stack([{"image": Image.new("L", (2, 2))}])


@given(st.lists(st.integers(0, 6), min_size=1, max_size=6), st.integers(1, 4))
def test_padding_keeps_every_value_and_masks_the_rest(lengths, multiple):
    samples = [(np.arange(1, n + 1), i) for i, n in enumerate(lengths)]
    pad = Pad(value=-1, masks=(0,), multiple=multiple)
    x, t, counts, mask = pad(samples)
    assert x.shape == mask.shape
    assert x.shape[1] % multiple == 0
    assert max(lengths) <= x.shape[1] < max(lengths) + multiple
    assert t.tolist() == [*range(len(lengths))]
    assert counts.tolist() == mask.sum(1).tolist() == lengths
    for row, (value, _), seen in zip(x, samples, mask, strict=True):
        np.testing.assert_array_equal(row[seen], value)
        assert (row[~seen] == -1).all()


def test_fields_are_padded_each_with_its_value_and_keep_what_is_behind():
    source = [np.ones((n, 2), np.float32) for n in (1, 3)]
    target = [np.arange(n) for n in (2, 1)]
    x, t, n, m = Pad(value=(0.5, -100), lengths=(0, 1))(
        [*zip(source, target, strict=True)]
    )
    assert x.dtype == np.float32
    assert x[0].tolist() == [[1, 1], [0.5, 0.5], [0.5, 0.5]]
    assert t.tolist() == [[0, 1], [0, -100]]
    assert n.tolist() == [1, 3]
    assert m.tolist() == [2, 1]


def test_padding_in_a_loader():
    samples = [(np.full(n, n), n) for n in (1, 4, 2, 3)]
    loader = DataLoader(samples, 2, shuffle=False, collate=Pad(lengths=()))
    assert [x.tolist() for x, _ in loader] == [
        [[1, 0, 0, 0], [4, 4, 4, 4]],
        [[2, 2, 0], [3, 3, 3]],
    ]


@pytest.mark.parametrize("other", [np.ones((2, 4)), np.ones(2), 1.0])
def test_only_lengths_may_differ(other):
    with pytest.raises(ValueError, match=r"differ in more than that.*\(3, 3\)"):
        Pad()([(np.ones((3, 3)),), (other,)])


@pytest.mark.parametrize("which", ["lengths", "masks"])
def test_a_number_has_no_length(which):
    with pytest.raises(ValueError, match="field 1 holds single numbers"):
        Pad(**{which: (1,)})([(np.ones(2), 1), (np.ones(3), 2)])


def test_an_empty_list_does_not_make_floats_of_tokens():
    words, n = Pad()([([],), ([3, 4],)])
    assert words.dtype == np.int64
    assert (words.tolist(), n.tolist()) == ([[0, 0], [3, 4]], [0, 2])
    assert Pad(lengths=())([(np.zeros(0, np.int32),)])[0].dtype == np.int32


@pytest.mark.parametrize(("value", "dtype"), [(-1, "uint16"), (0.5, "int64")])
def test_a_value_that_a_field_cannot_hold_is_told(value, dtype):
    with pytest.raises(ValueError, match=f"cannot write {value} into .* dtype {dtype}"):
        Pad(value)([(np.ones(2, dtype),), (np.ones(3, dtype),)])


@pytest.mark.parametrize(
    "settings", [{"value": (0, 1, 2)}, {"lengths": (2,)}, {"masks": (-1,)}]
)
def test_settings_for_fields_that_are_not_there_are_told(settings):
    with pytest.raises(ValueError, match="the samples have 2 fields"):
        Pad(**settings)([(np.ones(2), np.ones(2))])


def test_pad_wants_tuples():
    with pytest.raises(TypeError, match=r"sample 0 is .*ndarray"):
        Pad()([np.ones(2)])
