import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ondol.functions as F
from ondol import Variable
from ondol.errors import ArgumentError, ShapeError
from ondol.functions.padding import MODES

X = np.arange(6.0).reshape(2, 3)
SIDES = st.tuples(st.integers(0, 9), st.integers(0, 9))


@settings(max_examples=150, deadline=None)
@given(
    n=st.integers(1, 5),
    widths=st.tuples(SIDES, SIDES),
    mode=st.sampled_from(MODES),
    odd=st.booleans(),
)
def test_every_mode_is_numpys(n, widths, mode, odd):
    x = np.random.default_rng(n).normal(size=(n, 2))
    turn = {"reflect_type": "odd"} if odd and mode in ("reflect", "symmetric") else {}
    got = np.pad(Variable(x), widths, mode, **turn).data
    np.testing.assert_allclose(got, np.pad(x, widths, mode, **turn), rtol=1e-12)


def test_infinities_stay_where_they_are():
    x = np.array([1.0, np.inf, 3.0])
    for mode in ("edge", "linear_ramp"):
        expected = np.pad(x, 2, mode)
        np.testing.assert_array_equal(F.pad(x, 2, mode).data, expected)


def test_widths_may_name_their_axes():
    got = F.pad(X, {-1: (1, 2)}, constant_values=7).data
    np.testing.assert_array_equal(got, np.pad(X, ((0, 0), (1, 2)), constant_values=7))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: F.pad(x, -1), "0 or more"),
        (lambda x: F.pad(x, 1.5), "whole number"),
        (lambda x: F.pad(x, ((1, 2), (3, 4), (5, 6))), "such pair for each axis"),
        (lambda x: F.pad(x, 1, "empty"), "'empty'"),
        (lambda x: F.pad(x, 1, lambda *_: None), "one of the modes"),
        (lambda x: F.pad(x, 1, "reflect", reflect_type="even odd"), "reflect_type"),
        (lambda x: F.pad(x, 1, "mean", stat_length=0), "stat_length is whole numbers"),
        (lambda x: F.pad(x, 1, constant_values=((1, 2),) * 3), "such pair for each"),
        (lambda x: F.pad(x, 1, constant_values=x[0, 0]), "take numbers"),
        (lambda x: F.pad(x[:0], 1, "edge"), "axis 0 has no elements"),
    ],
)
def test_what_does_not_fit_is_explained(call, message):
    with pytest.raises((ShapeError, ArgumentError), match=message):
        call(Variable(X))


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("edge", {"constant_values": 3}),
        ("constant", {"end_values": 3}),
        ("reflect", {"stat_length": 3}),
        ("wrap", {"reflect_type": "odd"}),
    ],
)
def test_options_of_another_mode_are_refused(mode, options):
    (name,) = options
    with pytest.raises(ArgumentError, match=f"pad: {name} is for mode .*, not '{mode}"):
        F.pad(X, 1, mode, **options)
    with pytest.raises(ValueError, match="unsupported keyword"):
        np.pad(X, 1, mode, **options)


def test_widths_by_axis_name_axes_that_there_are():
    np.testing.assert_array_equal(
        F.pad(X, {-1: (1, 2)}).data, np.pad(X, ((0, 0), (1, 2)))
    )
    with pytest.raises(ArgumentError, match="pad: axis is one of the 2"):
        F.pad(X, {5: 1})
