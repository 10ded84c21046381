import numpy as np
import pytest

import ondol.functions as F
from ondol import Variable
from ondol.errors import ArgumentError, OndolError, ShapeError

X = np.arange(6.0).reshape(2, 3)


def test_triangles_of_booleans_stay_boolean():
    assert F.tril(np.ones((3, 3), bool)).dtype == bool
    assert F.triu(np.ones((3, 3), bool)).dtype == bool


def test_powers_of_zero_have_finite_gradients():
    x = Variable(np.zeros(1))
    F.vander(x, 3).backward()
    np.testing.assert_array_equal(x.grad.data, [1])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: F.tril(x[0]), "expected a matrix"),
        (lambda x: F.triu(x[0]), "expected a matrix"),
        (lambda x: F.diagonal(x[0]), "out of bounds"),
        (lambda x: F.diag(x[None]), "a vector or a matrix"),
        (lambda x: F.vander(x), "expected a vector"),
        (lambda x: F.vander(x[0], -1), "0 or more powers, got -1"),
    ],
)
def test_what_does_not_fit_is_explained(call, message):
    with pytest.raises((ShapeError, ArgumentError), match=message):
        call(Variable(X))


@pytest.mark.parametrize("offset", [None, "abc", 1.5, np.arange(2), Variable(X)])
@pytest.mark.parametrize("name", ["diagonal", "trace", "diag", "diagflat"])
def test_an_offset_is_a_whole_number(name, offset):
    with pytest.raises(OndolError, match=name):
        getattr(F, name)(Variable(X), offset)


@pytest.mark.parametrize("n", [10**30, 10_001, -1, 1.5])
def test_powers_without_end_are_refused(n):
    with pytest.raises(OndolError, match="vander"):
        F.vander(X[0], n)
