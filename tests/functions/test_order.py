import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import ondol.functions as F
from ondol import Variable
from ondol.errors import ArgumentError, OndolError

NAN = np.nan


def grad(function, x, weights):
    """The gradient of the weighted sum of a function."""
    x = Variable(np.array(x, dtype=float))
    (function(x) * np.array(weights)).backward()
    return x.grad.data.tolist()


# -- sorting ---------------------------------------------------------------------------


def test_equal_elements_keep_their_order_and_their_gradients():
    assert grad(F.sort, [5.0, 1.0, 5.0, 1.0], [1, 2, 3, 4]) == [3, 1, 4, 2]
    falling = grad(lambda x: F.sort(x, descending=True), [5, 1, 5, 1], [1, 2, 3, 4])
    assert falling == [1, 3, 2, 4]


def test_nan_is_last_and_in_falling_order_first():
    x = Variable(np.array([NAN, 1.0, -np.inf, np.inf]))
    np.testing.assert_array_equal(F.sort(x).data, [-np.inf, 1, np.inf, NAN])
    y = F.sort(x, descending=True)
    np.testing.assert_array_equal(y.data, [NAN, np.inf, 1, -np.inf])


@given(
    x=hnp.arrays(
        st.sampled_from(["f4", "i1", "u2", "?"]),
        hnp.array_shapes(max_dims=3),
    ),
    descending=st.booleans(),
    data=st.data(),
)
def test_sorting_is_taking_in_the_order_of_argsort(x, descending, data):
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1) | st.none())
    order = F.argsort(x, axis, descending=descending)
    flat = x.ravel() if axis is None else x
    expected = np.take_along_axis(flat, order.data, axis or 0)
    y = F.sort(x, axis, descending=descending)
    np.testing.assert_array_equal(y.data, expected)
    if not descending:
        np.testing.assert_array_equal(y.data, np.sort(x, axis))
        np.testing.assert_array_equal(order.data, np.argsort(x, axis, stable=True))
    elif not np.isnan(x).any():
        along = np.moveaxis(y.data, -1 if axis is None else axis, 0)
        assert (along[1:] <= along[:-1]).all()


def test_positions_are_no_function_of_the_elements():
    order = F.argsort(Variable(np.array([3.0, 1.0])))
    assert order.data.tolist() == [1, 0]
    assert order.creator is None


@pytest.mark.parametrize("function", [F.sort, F.argsort])
def test_there_is_no_such_axis(function):
    with pytest.raises(
        ArgumentError, match="sort: axis is one of the 2 axes of x, got 2"
    ):
        function(Variable(np.ones((2, 3))), 2)
    with pytest.raises(ArgumentError, match="0 axes"):
        function(Variable(np.array(1.0)))
    assert function(np.array(1.0), None).shape == (1,)


# -- the first few ---------------------------------------------------------------------


def test_topk_gives_the_elements_and_where_they_are():
    x = Variable(np.array([[3.0, 9.0, 1.0], [2.0, 2.0, 8.0]]))
    best, at = F.topk(x, 2)
    assert best.data.tolist() == [[9, 3], [8, 2]]
    assert at.data.tolist() == [[1, 0], [2, 0]]
    assert at.dtype == np.int64
    worst, at = F.topk(x, 1, axis=0, largest=False)
    assert worst.data.tolist() == [[2, 2, 1]]
    assert at.data.tolist() == [[1, 1, 0]]


def test_topk_takes_the_first_of_equal_elements():
    for largest in (True, False):
        assert grad(lambda x, b=largest: F.topk(x, 1, largest=b)[0], [2, 2], [1]) == [
            1,
            0,
        ]


@pytest.mark.parametrize("k", [-1, 4, 1.5, None, "two"])
def test_topk_of_more_than_there_are(k):
    with pytest.raises(ArgumentError, match=f"k from 0 to 3, got {k!r}"):
        F.topk(Variable(np.ones(3)), k)


@given(
    x=hnp.arrays(float, st.integers(1, 9), elements=st.floats(-3, 3)), data=st.data()
)
def test_partition_puts_one_in_its_place(x, data):
    kth = data.draw(st.integers(-len(x), len(x) - 1))
    v = Variable(x)
    y = F.partition(v, kth)
    np.testing.assert_array_equal(np.sort(y.data), np.sort(x))
    kth %= len(x)
    assert y.data[kth] == np.sort(x)[kth]
    assert (y.data[:kth] <= y.data[kth]).all()
    assert (y.data[kth:] >= y.data[kth]).all()
    y[kth].backward()
    assert v.grad.data.sum() == v.grad.data[x == y.data[kth]].sum() == 1


def test_partition_of_a_place_that_is_not_there():
    with pytest.raises(OndolError, match="argpartition"):
        np.partition(Variable(np.ones(3)), 3)


# -- places ----------------------------------------------------------------------------


def test_places_in_an_order():
    grid = np.array([0.0, 1.0, 2.0])
    x = Variable(np.array([1.0, 5.0, NAN]))
    assert np.searchsorted(grid, x).data.tolist() == [1, 3, 3]
    assert np.searchsorted(grid, x, side="right").data.tolist() == [2, 3, 3]
    assert np.digitize(x, grid).data.tolist() == [2, 3, 3]
    assert F.searchsorted(Variable(grid), x).creator is None


def test_order_by_several_keys():
    first, second = Variable(np.array([1, 0, 0, 1])), Variable(np.array([3, 4, 2, 1]))
    assert np.lexsort((second, first)).data.tolist() == [2, 1, 3, 0]
    assert F.lexsort(Variable(np.array([2.0, 1.0]))).creator is None


@pytest.mark.parametrize("bad", ["text", None, np.array([None, 1])])
def test_what_has_no_place_in_an_order(bad):
    x = Variable(np.arange(3.0))
    for call in (
        lambda: F.searchsorted(x, bad), lambda: F.searchsorted(bad, x),
        lambda: F.lexsort(bad), lambda: F.isin(x, bad), lambda: F.digitize(bad, x),
        lambda: F.unique(bad),
    ):  # fmt: skip
        with pytest.raises(OndolError):
            call()


def test_unique_elements_carry_no_gradient():
    values, counts = np.unique(Variable(np.array([2.0, 1.0, 2.0])), return_counts=True)
    assert values.data.tolist() == [1, 2]
    assert counts.data.tolist() == [1, 2]
    assert values.creator is None


@pytest.mark.parametrize("function", [F.sort, F.argsort])
def test_a_kind_that_there_is_not(function):
    with pytest.raises(ArgumentError, match="kinds, got 'bubble'"):
        function(Variable(np.ones(2)), kind="bubble")
