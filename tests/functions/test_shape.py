import numpy as np
import pytest

import ondol.functions as F
from ondol import Variable
from ondol.errors import ArgumentError, IndexingError, ShapeError
from ondol.testing import check_grads

X = np.arange(6.0).reshape(2, 3)


def grad(function, x):
    x = Variable(np.array(x, float))
    function(x).backward()
    return x.grad.data


# -- conventions -----------------------------------------------------------------------


def test_sort_keeps_the_order_of_equal_elements():
    weights = np.array([1.0, 2.0, 3.0])
    got = grad(lambda x: F.sort(x) * weights, [5.0, 5.0, 1.0])
    np.testing.assert_array_equal(got, [2, 3, 1])


def test_an_element_taken_twice_gets_both_gradients():
    np.testing.assert_array_equal(grad(lambda x: F.take(x, [0, 0, -1]), [1, 2]), [2, 1])
    np.testing.assert_array_equal(grad(lambda x: x[[1, 1, 1]], [1, 2]), [0, 3])


def test_indices_may_be_variables():
    order = F.argsort(Variable(np.array([3.0, 1.0, 2.0])))
    check_grads(lambda x: x[order] * x[order], np.array([1.0, 2.0, 4.0]))
    check_grads(lambda x: F.take(x, order) ** 2, np.array([1.0, 2.0, 4.0]))


def test_concatenate_of_dtypes_gives_each_its_own_gradient():
    a, b = Variable(np.ones(2, np.float32)), Variable(np.ones(3, np.float64))
    y = F.concatenate([a, b, np.array([1, 2])])
    y.backward()
    assert [v.dtype for v in (y, a.grad, b.grad)] == [np.float64, np.float32, float]


def test_concatenate_takes_the_rows_of_one_variable():
    np.testing.assert_array_equal(F.concatenate(Variable(X)).data, X.ravel())


def test_split_lets_unused_parts_go():
    x = Variable(X.copy())
    F.split(x, 3, axis=1)[1].backward()
    np.testing.assert_array_equal(x.grad.data, [[0, 1, 0], [0, 1, 0]])


def test_tril_of_booleans_stays_boolean():
    assert F.tril(np.ones((3, 3), bool)).dtype == bool


def test_full_like_gives_the_gradient_to_the_value():
    v = Variable(np.array(2.0))
    F.full_like(Variable(X), v).backward()
    assert v.grad.data == 6


def test_results_do_not_change_their_operands():
    x = X.copy()
    F.copy(x).data[...] = 9
    np.testing.assert_array_equal(x, X)


# -- errors ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: F.split(x, 2, axis=1), "3 elements do not divide into 2"),
        (lambda x: F.split(x, 0), "1 part or more, got 0"),
        (lambda x: F.split(x, 1.5), "1 part or more, got 1.5"),
        (lambda x: F.array_split(x, -1), "1 part or more, got -1"),
        (lambda x: F.split(x, 2, axis=2), "axis 2 is out of bounds for 2 axes"),
        (lambda x: F.take(x, [0], axis=-3), "axis -3 is out of bounds for 2 axes"),
        (lambda x: F.repeat(x, 2, axis=2), "axis 2 is out of bounds for 2 axes"),
        (lambda x: F.repeat(x, [1, 2, 3], axis=0), "each of 2 elements along axis 0"),
        (lambda x: F.repeat(x, -1), "0 or more"),
        (lambda x: F.pad(x, -1), "0 or more"),
        (lambda x: F.pad(x, 1.5), "whole number"),
        (lambda x: F.pad(x, ((1, 2), (3, 4), (5, 6))), "such pair for each axis"),
        (lambda x: F.pad(x, 1, "mean"), "'mean'"),
        (lambda x: F.pad(x, 1, constant_values=(1, 2)), "with a number"),
        (lambda x: F.pad(x, 1, constant_values=x), "with a number"),
        (lambda x: F.stack([x, x[0]]), "one shape"),
        (lambda x: F.concatenate([x, x[0]]), "number of dimensions"),
        (lambda x: F.concatenate([x, x], axis=2), "axis 2 is out of bounds"),
        (lambda x: F.concatenate([]), "at least one array"),
        (lambda x: F.hstack([]), "at least one array"),
        (lambda x: F.reshape(x, (4,)), "size 6 into shape"),
        (lambda x: F.transpose(x, (0,)), "axes don't match"),
        (lambda x: F.moveaxis(x, 0, 2), "axis 2 is out of bounds"),
        (lambda x: F.squeeze(x, 0), "size not equal to one"),
        (lambda x: F.broadcast_to(x, (3, 3)), "could not be broadcast"),
        (lambda x: F.tril(x[0]), "expected a matrix"),
        (lambda x: F.triu(x[0]), "expected a matrix"),
        (lambda x: F.diagonal(x[0]), "out of bounds"),
        (lambda x: F.flatten(x[0, 0]), "no axes"),
    ],
)
def test_what_does_not_fit_is_explained(call, message):
    with pytest.raises((ShapeError, ArgumentError), match=message):
        call(Variable(X))


@pytest.mark.parametrize(
    "call",
    [
        lambda x: F.take(x, [3], axis=1),
        lambda x: F.take(x, -7),
        lambda x: F.take(x, 1.5),
        lambda x: F.take_along_axis(x, np.array([[5]]), 1),
        lambda x: F.get_item(x, (0, 0, 0)),
    ],
)
def test_positions_that_are_not_there(call):
    with pytest.raises(IndexingError):
        call(Variable(X))
