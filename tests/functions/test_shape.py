import numpy as np
import pytest

import ondol.functions as F
from ondol import Variable
from ondol.errors import ArgumentError, DtypeError, ShapeError

X = np.arange(6.0).reshape(2, 3)


def grad(function, x):
    x = Variable(np.array(x, float))
    function(x).backward()
    return x.grad.data


# -- conventions -----------------------------------------------------------------------


def test_full_like_gives_the_gradient_to_the_value():
    v = Variable(np.array(2.0))
    F.full_like(Variable(X), v).backward()
    assert v.grad.data == 6


def test_order_a_is_that_in_memory():
    x = Variable(np.asfortranarray(X))
    y = np.reshape(x, (3, 2), order="A") * np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(
        y.data, X.reshape((3, 2), order="F") * [[0, 1], [2, 3], [4, 5]]
    )
    y.backward()
    np.testing.assert_array_equal(x.grad.data, [[0, 4, 3], [2, 1, 5]])


def test_an_element_gets_the_gradients_of_all_its_windows():
    got = grad(lambda x: F.sliding_window_view(x, 2), [1, 2, 3])
    np.testing.assert_array_equal(got, [1, 2, 1])


def test_results_do_not_change_their_operands():
    x = X.copy()
    F.copy(x).data[...] = 9
    np.testing.assert_array_equal(x, X)


# -- errors ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: F.reshape(x, (4,)), "size 6 into shape"),
        (lambda x: F.transpose(x, (0,)), "axes don't match"),
        (lambda x: F.moveaxis(x, 0, 2), "axis 2 is out of bounds"),
        (lambda x: F.squeeze(x, 0), "size not equal to one"),
        (lambda x: F.broadcast_to(x, (3, 3)), "could not be broadcast"),
        (lambda x: F.flatten(x[0, 0]), "no axes"),
        (lambda x: F.ravel(x, "K"), 'expected order "C" or "F"'),
        (lambda x: F.resize(x, (2, -1)), "lengths are 0 or more"),
        (lambda x: F.matrix_transpose(x[0]), "expected a matrix"),
        (lambda x: F.rollaxis(x, 2), r"axis is one of the \d axes of x, got 2"),
        (lambda x: F.rollaxis(x, 0, 3), "start 3 is out of bounds"),
        (lambda x: F.fliplr(x[0]), "out of bounds"),
        (lambda x: F.rot90(x[0]), "out of bounds"),
        (lambda x: F.rot90(x, axes=(0, 0)), "each axis once"),
        (lambda x: F.rot90(x, axes=(0, 1, 0)), "expected two axes"),
        (lambda x: F.broadcast_arrays(x, x[:, :2]), "broadcast_arrays"),
        (lambda x: F.meshgrid(x[0], indexing="yx"), '"xy" or "ij"'),
        (lambda x: F.sliding_window_view(x, 2), "one length of a window"),
        (lambda x: F.sliding_window_view(x, (1, 1), (0, 0)), "each axis once"),
        (lambda x: F.sliding_window_view(x, (3, 1)), "does not fit"),
        (lambda x: F.sliding_window_view(x, 0, 0), "1 or more"),
    ],
)
def test_what_does_not_fit_is_explained(call, message):
    with pytest.raises((ShapeError, ArgumentError), match=message):
        call(Variable(X))


def test_turns_and_lengths_are_whole_numbers():
    for call in (lambda: F.rot90(X, 1.5), lambda: F.resize(X, (2, 1.5))):
        with pytest.raises(DtypeError, match=r"(rot90|resize): .*'float'"):
            call()
