"""Nested values: what JSON holds, and the arrays beside it."""

import json
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from ondol.errors import ArgumentError
from ondol.io.values import DTYPES, join, split

dtypes = st.sampled_from(DTYPES).flatmap(
    lambda name: st.sampled_from("<>").map(np.dtype(name).newbyteorder)
)
arrays = npst.arrays(dtypes, npst.array_shapes(min_dims=0, max_dims=2, min_side=0))
plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
keys = st.text().filter(lambda key: not key.startswith("$"))
values = st.recursive(
    plain | arrays,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner),
    max_leaves=8,
)


def same(a, b):
    if isinstance(a, np.ndarray):
        return a.shape == b.shape and a.astype(b.dtype).tobytes() == b.tobytes()
    if isinstance(a, dict):
        return [*a] == [*b] and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float) and math.isnan(a):
        return math.isnan(b)
    return type(a) is type(b) and repr(a) == repr(b)  # -0.0 too


@given(values)
def test_what_is_taken_apart_is_put_together_again(value):
    found = {}
    text = json.dumps(split(value, "part", found), allow_nan=False)
    assert same(value, join(json.loads(text), found))


def test_arrays_are_named_after_their_places():
    x = np.ones(2)
    found = {}
    nested = {"conv.W": x, "a/b": x, "a_b": [x, {"..": x}], "가": x, "": x}
    split({"model": nested}, "", found)
    assert [*found] == [
        "model/conv.W",
        "model/a_b",
        "model/a_b/0",
        "model/a_b/1/_",
        "model/가",
        "model/",
    ]


def test_names_that_would_be_equal_are_made_different():
    found = {}
    nested = {"a?": np.zeros(1), "a*": np.ones(1), "long" * 99: np.ones(2)}
    assert same(nested, join(split(nested, "", found), found))
    assert [*found][:2] == ["a_", "a__"]
    assert max(map(len, found)) == 200


def test_scalars_of_numpy_become_pythons_and_tuples_lists():
    value = [np.float32(0.5), np.int64(3), np.bool(True), (1, 2)]
    assert same(split(value, "", {}), [0.5, 3, True, [1, 2]])


@pytest.mark.parametrize(
    "value",
    [
        {1, 2},
        b"bytes",
        1j,
        Fraction(1, 2),
        print,
        np.array([None]),
        np.array(["text"]),
        np.zeros(2, np.longdouble),
        np.ma.array([1.0, 2.0], mask=[True, False]),
        np.zeros(2, [("a", int)]),
    ],
    ids=lambda value: f"{value!r:.20}",
)
def test_what_a_file_could_not_hold_is_refused_by_its_place(value):
    with pytest.raises(ArgumentError, match="a checkpoint cannot hold part/a/1\n"):
        split({"a": [0, value]}, "part", {})


@pytest.mark.parametrize("key", [1, None, "$array", "$"])
def test_keys_that_would_come_back_as_something_else_are_refused(key):
    with pytest.raises(ArgumentError, match="part/a has the key"):
        split({"a": {key: 0}}, "part", {})


def test_a_reference_to_an_array_that_is_not_there_is_an_error():
    with pytest.raises(KeyError):
        join({"$array": "x"}, {})
