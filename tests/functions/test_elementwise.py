import numpy as np
import pytest

import ondol.functions as F
from ondol import Variable
from ondol.errors import DtypeError, UnsupportedError
from ondol.testing import check_grads


def grads(function, *xs, dtype=float):
    """The gradients of the sum of a function, one for each argument."""
    inputs = [Variable(np.array(x, dtype)) for x in xs]
    function(*inputs).backward()
    return [x.grad.data for x in inputs]


def test_degrees_and_radians_are_other_names():
    x = Variable(np.array([90.0, -180.0]))
    np.testing.assert_allclose(np.radians(x).data, np.deg2rad(x.data))
    np.testing.assert_allclose(np.degrees(x).data, np.rad2deg(x.data))
    (slope,) = grads(np.degrees, [1.0])
    np.testing.assert_allclose(slope, 180 / np.pi)


def test_logaddexp2_does_not_overflow():
    a, b = grads(F.logaddexp2, [5000.0, -5000.0], [0.0, 0.0])
    assert a.tolist() == [1, 0]
    assert b.tolist() == [0, 1]


# -- sinc ------------------------------------------------------------------------------


def derivatives(function, x, order):
    x = Variable(np.asarray(x))
    y = function(x)
    for _ in range(order):
        x.cleargrad()
        y.backward(create_graph=True)
        y = x.grad
    return y.data


@pytest.mark.parametrize(
    ("order", "expected"),
    [(1, 0), (2, -(np.pi**2) / 3), (3, 0), (4, np.pi**4 / 5), (6, -(np.pi**6) / 7)],
)
def test_derivatives_of_sinc_at_0(order, expected):
    y = derivatives(F.sinc, [0.0, 1e-300], order)
    np.testing.assert_allclose(y, expected, rtol=1e-14, atol=1e-290)


@pytest.mark.parametrize("x", [1e-8, -1e-4, 0.01])
def test_slope_of_sinc_near_0_is_not_lost_in_rounding(x):
    series = -(np.pi**2) / 3 * x + np.pi**4 / 30 * x**3 - np.pi**6 / 840 * x**5
    np.testing.assert_allclose(derivatives(F.sinc, [x], 1), series, rtol=1e-12)


def test_the_two_ways_to_sinc_meet():
    at = np.array([1.0, -1.0])
    for order in (1, 2, 3):
        inside = derivatives(F.sinc, np.nextafter(at, 0), order)
        outside = derivatives(F.sinc, at, order)
        np.testing.assert_allclose(inside, outside, rtol=1e-12, atol=1e-12)


def test_sinc_far_away():
    check_grads(F.sinc, np.array([-7.3, 3.2, 20.1]), order=3, rtol=1e-4)


# -- parts of a number -----------------------------------------------------------------


def test_copysign_at_0_has_gradient_0():
    a, b = grads(F.copysign, [0.0, 2.0, -2.0, 2.0], [-1.0, -0.0, 3.0, 3.0])
    assert a.tolist() == [0, -1, -1, 1]
    assert b.tolist() == [0] * 4


def test_gradients_of_both_parts_of_modf():
    x = Variable(np.array([1.5, -2.25]))
    rest, whole = F.modf(x)
    (rest * 2 + whole * 5).backward()
    assert x.grad.data.tolist() == [2, 2]


def test_frexp_and_ldexp_undo_each_other():
    x = Variable(np.array([3.0, -0.4, 0.0, 1e300]))
    y = F.ldexp(*F.frexp(x))
    assert y.data.tolist() == x.data.tolist()
    y.backward()
    assert x.grad.data.tolist() == [1] * 4


def test_ldexp_needs_a_whole_exponent():
    with pytest.raises(DtypeError, match="ldexp"):
        F.ldexp(Variable(np.ones(2)), np.ones(2))


def test_what_is_replaced_takes_no_gradient():
    (g,) = grads(F.nan_to_num, [np.nan, np.inf, -np.inf, 2.0])
    assert g.tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize("options", [{"copy": False}, {"copy": True}])
def test_nan_to_num_never_works_in_place(options):
    with pytest.raises(UnsupportedError, match="nan, posinf, neginf"):
        np.nan_to_num(Variable(np.ones(2)), **options)


def test_spacing_and_nextafter_of_float32():
    x = Variable(np.ones(2, np.float32))
    assert F.spacing(x).data.tolist() == [2.0**-23] * 2
    y = F.nextafter(x, 2)
    assert y.dtype == np.float32
    y.backward()
    assert x.grad.data.tolist() == [1, 1]
