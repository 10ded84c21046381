import numpy as np
import pytest

import ondol.functions as F
from ondol import Variable
from ondol.errors import ArgumentError, DtypeError, IndexingError


def grads(function, *xs):
    """The gradients of the sum of a function, one for each argument."""
    inputs = [Variable(np.array(x, dtype=float)) for x in xs]
    function(*inputs).backward()
    return [x.grad.data.tolist() for x in inputs]


NAN = np.nan


@pytest.mark.parametrize("function", [F.maximum, F.minimum])
def test_a_nan_is_what_is_chosen(function):
    a, b = grads(function, [NAN, 1, NAN, 1], [1, NAN, NAN, 1])
    assert a == [1, 0, 0.5, 0.5]
    assert b == [0, 1, 0.5, 0.5]


@pytest.mark.parametrize("function", [F.fmax, F.fmin])
def test_a_nan_is_chosen_if_there_is_nothing_else(function):
    a, b = grads(function, [NAN, 1, NAN, 1], [1, NAN, NAN, 1])
    assert a == [0, 1, 0.5, 0.5]
    assert b == [1, 0, 0.5, 0.5]


@pytest.mark.parametrize("function", [F.maximum, F.minimum, F.fmax, F.fmin])
def test_infinities_and_signed_zeros_tie(function):
    a, b = grads(function, [np.inf, 0.0, -np.inf], [np.inf, -0.0, -np.inf])
    assert a == b == [0.5] * 3


def test_clip_of_a_nan_is_the_nan():
    x, low, high = grads(F.clip, [NAN, 0, 0], [-1, NAN, -1], [1, 1, NAN])
    assert x == [1, 0, 0]
    assert low == [0, 1, 0]
    assert high == [0, 0, 1]


def test_clip_takes_each_bound_once():
    x = Variable(np.array([0.0, 5.0]))
    assert F.clip(x, 1, max=2).data.tolist() == [1, 2]
    for bounds in ({"min": 0}, {"max": 3}):
        with pytest.raises(ArgumentError, match="a_min or min, a_max or max"):
            np.clip(x, 1, 2, **bounds)


def test_heaviside_takes_its_value_at_0_from_the_second():
    x, h = grads(F.heaviside, [-1, 0, 2, NAN], [0.5] * 4)
    assert x == [0] * 4
    assert h == [0, 1, 0, 0]


def test_round_to_places():
    x = Variable(np.array([1.25, -17.0]))
    assert F.round(x, 1).data.tolist() == [1.2, -17.0]
    assert np.around(x, decimals=-1).data.tolist() == [0, -20]
    assert grads(F.round, [0.5, 1.0]) == [[0, 0]]


def test_fix_is_trunc():
    y = np.fix(Variable(np.array([-1.5, 1.5])))
    assert y.data.tolist() == [-1, 1]
    assert y.creator.name == "trunc"


def test_divmod_by_0_warns_as_numpy_does():
    with pytest.warns(RuntimeWarning):
        quotient, rest = F.divmod(Variable(np.array([1.0])), 0.0)
    assert np.isinf(quotient.data)
    assert np.isnan(rest.data)


@pytest.mark.parametrize(
    ("ids", "kind", "error"),
    [
        ([0, 3], IndexingError, "id 3 is outside of 0 to 2"),
        ([0.0, 1.0], DtypeError, "expected ids"),
    ],
)
def test_ids_that_have_no_place(ids, kind, error):
    with pytest.raises(kind, match=f"one_hot.*{error}"):
        F.one_hot(Variable(np.array(ids)), 3)


def test_one_hot_needs_a_number_of_classes():
    with pytest.raises(DtypeError, match=r"number of classes, got 2\.5"):
        F.one_hot(np.array([0, 1]), 2.5)


def test_isin_of_a_list():
    y = np.isin(Variable(np.array([1.0, 2.0])), [2.0, 3.0])
    assert y.data.tolist() == [False, True]
    assert y.creator is None
