import numpy as np
import pytest

import ondol.functions as F
from ondol import Variable
from ondol.errors import ArgumentError, OndolError, ShapeError

X = np.arange(6.0).reshape(2, 3)


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


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: F.split(x, 2, axis=1), "3 elements do not divide into 2"),
        (lambda x: F.split(x, 0), "1 to 10000 parts, got 0"),
        (lambda x: F.split(x, 1.5), "1 to 10000 parts, got 1.5"),
        (lambda x: F.array_split(x, -1), "1 to 10000 parts, got -1"),
        (lambda x: F.split(x, 2, axis=2), r"axis is one of the \d axes of x, got 2"),
        (lambda x: F.vsplit(x[0], 3), "vsplit: expected 2 or more axes"),
        (lambda x: F.hsplit(x[0, 0], 1), "hsplit: expected 1 or more axes"),
        (lambda x: F.dsplit(x, 1), "dsplit: expected 3 or more axes"),
        (lambda x: F.unstack(x[0, 0]), r"axis is one of the \d axes of x, got 0"),
        (lambda x: F.repeat(x, 2, axis=2), r"axis is one of the \d axes of x, got 2"),
        (lambda x: F.repeat(x, [1, 2, 3], axis=0), "each of 2 elements along axis 0"),
        (lambda x: F.repeat(x, -1), "0 or more"),
        (lambda x: F.stack([x, x[0]]), "one shape"),
        (lambda x: F.concatenate([x, x[0]]), "number of dimensions"),
        (lambda x: F.concatenate([x, x], axis=2), "axis 2 is out of bounds"),
        (lambda x: F.concatenate([]), "at least one array"),
        (lambda x: F.hstack([]), "at least one array"),
        (lambda x: F.apply_along_axis(F.sum, 2, x), "axes of x, got 2"),
        (lambda x: F.apply_along_axis(F.sum, 0, x[:0]), "no vector to call it with"),
        (lambda x: F.apply_over_axes(F.sum, x, [0, 2]), "axes of x, got 2"),
        (lambda x: F.block([[x], x]), r"the depths \[1, 2\]"),
        (lambda x: F.block([]), r"the depths \[-1\]"),
        (lambda x: F.block([x, x[:1]]), "must match exactly"),
        (lambda x: F.column_stack([x, x[0]]), "must match exactly"),
    ],
)
def test_what_does_not_fit_is_explained(call, message):
    with pytest.raises((ShapeError, ArgumentError), match=message):
        call(Variable(X))


@pytest.mark.parametrize("cut", [F.split, F.array_split, F.vsplit, F.hsplit])
def test_parts_without_end_are_refused(cut):
    assert len(F.array_split(X, 9000)) == 9000
    with pytest.raises(ArgumentError, match="split: expected 1 to 10000 parts"):
        cut(X, 10**30)


@pytest.mark.parametrize("axis", [(), {}, [], "", 0.0])
def test_only_none_flattens_what_is_repeated(axis):
    with pytest.raises(ArgumentError, match="repeat: axis"):
        F.repeat(X, 2, axis)


def test_an_error_of_the_function_that_is_applied_stays_as_it_is():
    class MyError(ValueError):
        pass

    def fails(*_):
        raise MyError("why")

    for call in (F.apply_along_axis, F.apply_over_axes):
        with pytest.raises(MyError, match=r"^why$"):
            call(fails, *((0, X) if call is F.apply_along_axis else (X, 0)))


@pytest.mark.parametrize("repeats", [[1.5, 2], 1.5, np.ones(2), "a", None])
def test_elements_are_repeated_a_whole_number_of_times(repeats):
    with pytest.raises(OndolError, match="repeat"):
        F.repeat(X, repeats, 0)
