from operator import getitem

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, basic_indices, integer_array_indices

import ondol.functions as F
from ondol import Variable
from ondol.errors import (
    ArgumentError,
    DtypeError,
    IndexingError,
    OndolError,
    ShapeError,
    UnsupportedError,
)
from ondol.testing import check_grads

X = np.arange(6.0).reshape(2, 3)


def grad(function, x):
    x = Variable(np.array(x, float))
    function(x).backward()
    return x.grad.data


# -- selecting -------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_indexing_is_numpys_and_its_gradient_adds(data):
    shape = data.draw(array_shapes(max_dims=3, max_side=4))
    kinds = basic_indices(shape, allow_newaxis=True), integer_array_indices(shape)
    index = data.draw(st.one_of(kinds))
    x = Variable(np.arange(float(np.prod(shape))).reshape(shape))
    y = x[index]
    np.testing.assert_array_equal(y.data, x.data[index])
    y.grad = Variable(np.random.default_rng(0).normal(size=y.shape))
    y.backward()
    expected = np.zeros(shape)
    np.add.at(expected, index, y.grad.data)
    np.testing.assert_allclose(x.grad.data, expected)


def test_an_element_taken_twice_gets_both_gradients():
    np.testing.assert_array_equal(grad(lambda x: F.take(x, [0, 0, -1]), [1, 2]), [2, 1])
    np.testing.assert_array_equal(grad(lambda x: x[[1, 1, 1]], [1, 2]), [0, 3])


def test_indices_may_be_variables():
    order = F.argsort(Variable(np.array([3.0, 1.0, 2.0])))
    for take in (
        getitem,
        F.take,
        lambda x, i: x[i, None],
        lambda x, i: x[:, None][i, 0],
    ):
        check_grads(lambda x, take=take: take(x, order) ** 2, np.array([1.0, 2.0, 4.0]))
    mask = Variable(np.array([3.0, 1.0, 2.0])) > 1
    check_grads(lambda x: x[mask] ** 2, np.array([1.0, 2.0, 4.0]))


def test_zeros_are_trimmed_at_the_ends_alone():
    x = [0, 0, 1, 0, 2, 0]
    for trim, mask in {"fb": [0, 0, 1, 1, 1, 0], "f": [0, 0, 1, 1, 1, 1]}.items():
        np.testing.assert_array_equal(grad(lambda x: np.trim_zeros(x, trim), x), mask)  # noqa: B023
    assert F.trim_zeros(np.zeros(3)).shape == (0,)


def test_indices_of_others_are_answered_with_arrays():
    x = Variable(np.ones((3, 3)))
    np.testing.assert_array_equal(np.tril_indices_from(x), np.tril_indices(3))
    np.testing.assert_array_equal(np.ix_(F.argsort(x[0]))[0], [0, 1, 2])
    np.testing.assert_array_equal(np.nonzero(x > 0), np.nonzero(x.data))
    np.testing.assert_array_equal(x[np.nonzero(x > 0)].data, np.ones(9))


def test_a_mask_says_before_which_elements_to_insert():
    mask = [True, False, True]
    got = F.insert(X, mask, [[8.0], [9.0]], axis=1)
    np.testing.assert_array_equal(got.data, np.insert(X, [0, 2], [[8], [9]], axis=1))
    np.testing.assert_array_equal(F.delete(X, mask, 1).data, X[:, 1:2])


# -- changing --------------------------------------------------------------------------


def test_an_update_is_a_new_variable():
    x = Variable(X.copy())
    y = x.at[0].set(7.0)
    np.testing.assert_array_equal(y.data, [[7, 7, 7], [3, 4, 5]])
    np.testing.assert_array_equal(x.data, X)
    y.backward()
    np.testing.assert_array_equal(x.grad.data, [[0, 0, 0], [1, 1, 1]])


@pytest.mark.parametrize(
    ("change", "expected", "gx", "gv"),
    [
        ("set", [3, 2], [0, 1], [0, 0, 1]),
        ("add", [7, 2], [1, 1], [1, 1, 1]),
        ("multiply", [6, 2], [6, 1], [6, 3, 2]),
        ("max", [3, 2], [0, 1], [0, 0, 1]),
        ("min", [1, 2], [0.5, 1], [0.5, 0, 0]),  # a tie
    ],
)
def test_repeated_indices(change, expected, gx, gv):
    x, v = Variable(np.array([1.0, 2.0])), Variable(np.array([1.0, 2.0, 3.0]))
    y = getattr(x.at[[0, 0, 0]], change)(v)
    y.backward()
    np.testing.assert_array_equal(y.data, expected)
    np.testing.assert_array_equal(x.grad.data, gx)
    np.testing.assert_array_equal(v.grad.data, gv)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_set_lets_the_last_win_in_any_layout(data):
    index = data.draw(integer_array_indices((3, 2)))
    value = np.arange(1.0, 1 + np.zeros((3, 2))[index].size)
    value = np.asfortranarray(value.reshape(np.zeros((3, 2))[index].shape))
    places = np.arange(6).reshape(3, 2)[tuple(map(np.asfortranarray, index))]
    expected = dict(zip(places.ravel(), value.ravel(), strict=True))
    x, v = Variable(np.zeros((3, 2))), Variable(value)
    y = x.at[tuple(map(np.asfortranarray, index))].set(v)
    assert [expected.get(i, 0) for i in range(6)] == y.data.ravel().tolist()
    y.backward()
    won = [expected[i] == n for i, n in zip(places.ravel(), value.ravel(), strict=True)]
    assert v.grad.data.ravel().tolist() == won


def test_products_of_zeros_have_gradients_of_every_order():
    check_grads(
        lambda x, v: x.at[[0, 0, 1]].multiply(v),
        np.array([2.0, 0.0]), np.array([0.0, 0.0, 3.0]), order=3,
    )  # fmt: skip


def test_of_a_nan_and_a_number_the_nan_is_the_larger_and_gets_the_gradient():
    x, v = Variable(np.array([1.0, np.nan])), Variable(np.array([np.nan, 2.0]))
    x.at[:].max(v).backward()
    np.testing.assert_array_equal(x.grad.data, [0, 1])
    np.testing.assert_array_equal(v.grad.data, [1, 0])


def test_an_update_keeps_the_dtype():
    x = Variable(np.ones(3, np.float32))
    v = Variable(np.ones(2, np.float64))
    for name in ("set", "add", "multiply", "min", "max"):
        y = getattr(x.at[[0, 0]], name)(v)
        assert y.dtype == np.float32
        v.cleargrad()
        y.backward()
        assert v.grad.dtype == np.float64
    assert Variable(np.zeros(2, np.uint8)).at[0].set(3).dtype == np.uint8


def test_updates_in_a_row():
    def cumulative(x):
        y = F.zeros_like(x)
        for i in range(3):
            y = y.at[i].set(x[i] * x[i] + (y[i - 1] if i else 0))
        return y

    check_grads(cumulative, np.array([1.0, 2.0, 3.0]))


# -- errors ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        lambda x: F.take(x, [3], axis=1),
        lambda x: F.take(x, -7),
        lambda x: F.take(x, 1.5),
        lambda x: F.take(x[:0], [1], axis=0, mode="wrap"),
        lambda x: F.take_along_axis(x, np.array([[5]]), 1),
        lambda x: F.take_along_axis(x, np.array([[0.5]]), 1),
        lambda x: F.put_along_axis(x, np.array([[5]]), 0.0, 1),
        lambda x: F.get_item(x, (0, 0, 0)),
        lambda x: x[0.5],
        lambda x: x[np.array([0.5])],
        lambda x: x[[True, False, True]],
        lambda x: x[2],
        lambda x: x["a"],
        lambda x: x.at[2].set(0),
        lambda x: x.at[0.5].add(0),
        lambda x: F.choose(np.array([0, 2]), [x[0, :2], x[1, :2]]),
        lambda x: F.delete(x, 7),
        lambda x: F.insert(x, 7, 0.0),
    ],
)
def test_positions_that_are_not_there(call):
    with pytest.raises(IndexingError):
        call(Variable(X))


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (
            lambda x: F.take(x, [0], axis=-3),
            ArgumentError,
            r"axis is one of the \d axes of x, got -3",
        ),
        (lambda x: F.take(x, 0, mode="no"), ArgumentError, '"raise", "wrap" or "clip"'),
        (lambda x: F.take_along_axis(x, np.array([1]), 1), OndolError, "dimension"),
        (lambda x: F.compress([[True]], x), ShapeError, "expected a vector"),
        (lambda x: F.trim_zeros(x), ArgumentError, "expected a vector"),
        (lambda x: F.trim_zeros(x[0], "c"), ArgumentError, "got 'c'"),
        (lambda x: F.select([], []), ArgumentError, "0 conditions and 0 choices"),
        (lambda x: F.select([x], [x]), DtypeError, "conditions are masks"),
        (lambda x: F.piecewise(x, [x > 1], []), ArgumentError, "1 or 2 functions"),
        (lambda x: x.at[0].set(np.ones(2)), ShapeError, r"broadcast to \(3,\)"),
        (lambda x: x.at[0].add(np.ones((2, 3))), ShapeError, r"got \(2, 3\)"),
        (lambda x: x.at[0].set(1j), DtypeError, "do not fit into float64"),
        (lambda x: x.at[0].set("a"), DtypeError, "do not fit into float64"),
        (lambda x: x.at[0].set(None), DtypeError, "do not fit into float64"),
        (lambda x: F.astype(x, int).at[0].set(0.5), DtypeError, "fit into int64"),
        (lambda x: F.astype(x, np.uint8).at[0].set(300), DtypeError, "fit into uint8"),
        (lambda x: F.insert(x, [0, 1], np.ones(3)), ShapeError, "insert"),
        (
            lambda x: F.delete(x, 0, axis=2),
            ArgumentError,
            r"axis is one of the \d axes of x, got 2",
        ),
        (lambda x: x.__setitem__(0, 1), UnsupportedError, r"x\.at\[index\]\.set"),
    ],
)
def test_what_does_not_fit_is_explained(call, kind, message):
    with pytest.raises(kind, match=message):
        call(Variable(X))


@pytest.mark.parametrize("mask", [[True, False], [True] * 4, [[True] * 3], True, []])
def test_insert_refuses_a_mask_of_another_length(mask):
    mask = np.array(mask, bool) if isinstance(mask, list) else mask
    with pytest.raises(ShapeError, match="insert: expected a mask of 3 elements"):
        F.insert(X, mask, 9.0, 1)


@pytest.mark.parametrize("words", [np.array(["a", ""]), [None, None], [object()]])
def test_conditions_are_numbers(words):
    for call in (
        lambda: F.compress(words, X, 0),
        lambda: F.extract(words, X),
        lambda: F.piecewise(X[:, 0], [words], [1.0]),
    ):
        with pytest.raises(DtypeError, match=r"compress|extract|piecewise"):
            call()


@pytest.mark.parametrize("mask", [None, True, np.zeros(0, bool), np.ones((3, 2), bool)])
def test_piecewise_refuses_conditions_of_another_shape(mask):
    with pytest.raises(OndolError, match="piecewise"):
        F.piecewise(X, [mask], [1.0])


def test_piecewise_takes_conditions_of_rows():
    masks, pieces = [np.array([True, False])], [5.0, lambda x: -x]
    expected = np.piecewise(X, [masks[0], ~masks[0]], pieces)
    np.testing.assert_array_equal(
        F.piecewise(X, [masks[0], ~masks[0]], pieces).data, expected
    )


def test_insert_refuses_complex_values_among_real_ones():
    with pytest.raises(DtypeError, match="insert: complex values"):
        F.insert(X, 0, 1j, 1)
