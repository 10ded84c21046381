import numpy as np
import pytest

import ondol.functions as F
from ondol import Variable
from ondol.errors import ArgumentError, ShapeError

X = Variable(np.arange(6.0).reshape(2, 3))
V = Variable(np.arange(1.0, 4.0))


def test_the_empty_polynomial_is_zero():
    np.testing.assert_array_equal(F.polyval([], X).data, np.zeros((2, 3)))


def test_products_begin_with_their_first_power():
    zero = Variable(np.zeros(3))
    np.testing.assert_array_equal(F.polymul(F.append([0.0, 0.0], V), V).data,
                                  np.polymul([0, 0, 1, 2, 3], [1, 2, 3]))  # fmt: skip
    np.testing.assert_array_equal(F.polymul(zero, V).data, [0, 0, 0])


def test_integration_undoes_differentiation():
    np.testing.assert_allclose(
        F.polyder(F.polyint(V, 3, k=[1.0, 2, 3]), 3).data, V.data
    )


def test_the_zeros_of_a_polynomial_from_its_zeros():
    np.testing.assert_allclose(F.polyval(F.poly(V), V).data, [0, 0, 0], atol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: F.polyval(X, V), "vector of coefficients"),
        (lambda: F.polyadd(X, V), "vector of coefficients"),
        (lambda: F.poly(X), "vector of coefficients"),
        (lambda: F.polyder(V, -1), "0 or more, got -1"),
        (lambda: F.polyint(V, 1.5), "0 or more, got 1.5"),
        (lambda: F.polyint(V, 2, k=[1.0, 2, 3]), "1 or 2 constants"),
    ],
)
def test_what_does_not_fit_is_explained(call, message):
    with pytest.raises((ShapeError, ArgumentError), match=message):
        call()


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint8, np.int64])
def test_coefficients_in_small_integers_do_not_wrap_around(dtype):
    p = np.ones(300, dtype)
    for f in (F.polyder, F.polyint):
        expected = getattr(np, f.__name__)(p)
        np.testing.assert_allclose(f(p).data, expected, rtol=1e-12)
        assert f(p).dtype == expected.dtype


def test_more_derivatives_than_coefficients_leave_nothing():
    assert F.polyder(V, 10**30).shape == (0,)


def test_integrals_without_end_are_refused():
    assert F.polyint(V, 1000).shape == (1003,)
    with pytest.raises(ArgumentError, match="polyint: m is 1000 at most"):
        F.polyint(V, 10**30)


def test_complex_constants_of_integration_stay_complex():
    p = V.data.astype(np.float32)
    y = F.polyint(p, 2, [1j, 2.0])
    np.testing.assert_allclose(y.data, np.polyint(p, 2, [1j, 2.0]), rtol=1e-6)
    assert y.dtype == np.complex64
