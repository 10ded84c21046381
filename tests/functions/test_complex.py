"""Complex numbers: the convention of the gradient, and rules that treat them apart."""

import numpy as np
import pytest

import ondol
import ondol.functions as F
from ondol import Variable
from ondol.errors import GradientError
from ondol.testing import check_grads


def draw(rng, shape=(2, 3)):
    return rng.normal(size=shape), rng.normal(size=shape)


def grad(f, x):
    x = Variable(x)
    f(x).backward()
    return x.grad.data


# -- the convention --------------------------------------------------------------------


def test_the_gradient_of_a_leaf_is_the_direction_of_steepest_ascent():
    z = np.array([1 + 2j, -0.5j, 3.0])
    np.testing.assert_allclose(grad(lambda z: np.sum(np.abs(z) ** 2), z), 2 * z)
    np.testing.assert_allclose(grad(lambda z: np.sum(np.real(z)), z), [1, 1, 1])
    np.testing.assert_allclose(grad(lambda z: np.sum(np.imag(z)), z), [1j, 1j, 1j])


def test_a_step_against_the_gradient_descends():
    z = Variable(np.array([1 + 2j, -0.5j]))
    before = np.sum(np.abs(z * z - 3j) ** 2)
    before.backward()
    z.data -= 1e-3 * z.grad.data
    assert np.sum(np.abs(z * z - 3j) ** 2).item() < before.item()


def test_gradients_add_up_over_calls_and_paths():
    z = Variable(np.array(1 + 2j))
    np.imag(z + 2 * z).backward()
    np.imag(z).backward()
    assert z.grad.item() == 4j


def test_a_real_input_takes_the_real_part():
    x = Variable(np.array([1.0, 2.0]))
    np.sum(np.imag((2 + 3j) * x)).backward()
    assert x.grad.dtype == np.float64
    np.testing.assert_array_equal(x.grad.data, [3, 3])


def test_an_integer_input_takes_the_real_part():
    x = Variable(np.array([1, 2]))
    np.sum(np.imag((2 + 3j) * x)).backward()
    np.testing.assert_array_equal(x.grad.data, [3, 3])


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_dtypes_are_kept(dtype):
    z = Variable(np.array([1 + 2j], dtype))
    y = np.sum(np.abs(z * np.conj(z)))
    assert y.dtype == np.zeros((), dtype).real.dtype
    y.backward()
    assert z.grad.dtype == dtype


def test_results_in_between_keep_the_same_convention():
    z = Variable(np.array(1 + 2j))
    y = z * 1j
    np.imag(y).backward(retain_grad=True)
    assert y.grad.item() == 1j
    assert z.grad.item() == 1


def test_a_complex_result_is_no_loss():
    z = Variable(np.array([1 + 2j]))
    with pytest.raises(
        GradientError, match=r"(?s)a loss has to be real.*complex128 \(1,\)"
    ):
        (z * z).backward()


def test_a_seed_starts_at_a_complex_result():
    z = Variable(np.array([1 + 2j]))
    y = z * 2j
    y.grad = np.array([1j])  # that of a loss Im(y)
    y.backward()
    np.testing.assert_array_equal(z.grad.data, grad(lambda z: np.imag(z * 2j), z.data))
    np.testing.assert_array_equal(y.grad.data, [1j])


def test_create_graph_leaves_the_same_gradient():
    z = Variable(np.array([1 + 2j, -0.5j]))
    np.sum(np.abs(np.exp(z))).backward(create_graph=True)
    first = grad(lambda z: np.sum(np.abs(np.exp(z))), z.data)
    np.testing.assert_allclose(z.grad.data, first)
    assert z.grad.creator is not None


def test_the_gradient_penalty_of_a_complex_input(rng):
    def penalty(a, b):
        z = a + 1j * b
        np.sum(np.abs(np.sin(z)) ** 2).backward(retain_grad=True, create_graph=True)
        g = z.grad
        return np.sum(np.abs(g) ** 2)

    (a, b), h = draw(rng, (3,)), 1e-6
    x = Variable(a)
    y = penalty(x, b)
    x.cleargrad()
    y.backward()
    for i, step in enumerate(np.eye(3) * h):
        ends = [penalty(Variable(a + s), b).item() for s in (step, -step)]
        np.testing.assert_allclose(x.grad.data[i], (ends[0] - ends[1]) / (2 * h), 1e-6)


# -- transformations -------------------------------------------------------------------


def loss(z):
    return np.sum(np.abs(z) ** 3 * np.real(np.sin(z)))


def test_grad_gives_what_backward_leaves(rng):
    z = draw(rng, (3,))[0] + 1j * draw(rng, (3,))[1]
    np.testing.assert_allclose(ondol.grad(loss)(z).data, grad(loss, z))


def test_vjp_starts_from_what_backward_leaves(rng):
    z = np.array([1 + 2j, 0.3j, -1.0])
    _, pullback = ondol.vjp(np.sin, z)
    got = pullback(grad(lambda y: np.sum(np.abs(y) ** 2), np.sin(z)))[0]
    np.testing.assert_allclose(
        got.data, grad(lambda z: np.sum(np.abs(np.sin(z)) ** 2), z)
    )


def test_jvp_and_hvp_are_directional_derivatives(rng):
    z, d, h = np.array([1 + 2j, 0.3j, -1.0]), np.array([1j, 2 - 1j, 1.0]), 1e-6
    _, dy = ondol.jvp(loss, (z,), (d,))
    expected = (loss(z + h * d) - loss(z - h * d)) / (2 * h)
    np.testing.assert_allclose(dy.data, expected, rtol=1e-6)
    (dg,) = ondol.hvp(loss, (z,), (d,))
    expected = (grad(loss, z + h * d) - grad(loss, z - h * d)) / (2 * h)
    np.testing.assert_allclose(dg.data, expected, rtol=1e-6)


# -- complex Variables in everyday use -------------------------------------------------


def test_everyday_use():
    z = Variable(np.array([1 + 2j, 3.0]))
    assert str(z) == "[1.+2.j 3.+0.j]"
    assert repr(z[:1]) == "variable([1.+2.j])"
    assert (z == np.array([1 + 2j, 0])).data.tolist() == [True, False]
    assert z[0].item() == 1 + 2j


# -- rules -----------------------------------------------------------------------------

REAL_OF_COMPLEX = {
    "absolute": np.abs,
    "sign": lambda z: np.real(np.sign(z)) + 2 * np.imag(np.sign(z)),
    "conjugate": lambda z: np.real(np.conj(z) * z * z),
    "exp": lambda z: np.real(np.exp(z) * np.conj(np.sin(z))),
    "power": lambda z: np.imag(z ** (2 + 1j)),
    "power of a number": lambda z: np.imag(2**z),
    "cube": lambda z: np.real(z**3),
    "log": lambda z: np.real(np.sqrt(z) + np.log(z)),
    "log2": lambda z: np.real(np.expm1(z) + np.log1p(z) + np.exp2(z) + np.log2(z)),
    "divide": lambda z: np.abs(z / (z * z + 1)),
    "reciprocal": lambda z: np.real(np.reciprocal(z)),
    "tanh": lambda z: np.real(np.tanh(z) + np.sinh(z) * np.cosh(z) + np.tan(z)),
    "arcsin": lambda z: np.real(np.arcsin(z) + np.arctan(z)),
    "arccosh": lambda z: np.real(np.arccosh(z) + np.arcsinh(z) + np.arctanh(z)),
    "arccos": lambda z: np.imag(np.arccos(z)),
    "sum": lambda z: np.abs(np.sum(z, axis=0)),
    "mean": lambda z: np.abs(np.mean(z)),
    "prod": lambda z: np.real(np.prod(z)),
    "var": lambda z: np.var(z, axis=1),
    "std": lambda z: np.std(z, ddof=1),
    "cumsum": lambda z: np.abs(np.cumsum(z)),
    "max": lambda z: np.imag(np.max(z, axis=1)),
    "maximum": lambda z: np.imag(np.maximum(z, z[::-1])),
    "sort": lambda z: np.imag(np.sort(z, axis=0)) * np.arange(6).reshape(2, 3),
    "where": lambda z: np.imag(np.where(np.imag(z) > 0, z, z * z)),
    "matmul": lambda z: np.abs(z @ np.conj(z.T)),
    "einsum": lambda z: np.imag(np.einsum("ij,kj->ik", z, z)),
    "index": lambda z: np.imag(z[0, [1, 1]]),
    "concatenate": lambda z: np.imag(np.concatenate([z, z * 1j])),
}


@pytest.mark.parametrize("name", REAL_OF_COMPLEX)
def test_values_and_derivatives(name, rng):
    f = REAL_OF_COMPLEX[name]
    a, b = draw(rng)
    got = f(Variable(a + 1j * b)).data
    np.testing.assert_allclose(got, f(a + 1j * b), rtol=1e-12)
    check_grads(lambda a, b: f(a + 1j * b), a, b)


@pytest.mark.parametrize("name", ["real", "imag", "conjugate", "angle"])
def test_numpy_spelling_is_the_same_function(name, rng):
    a, b = draw(rng)
    for x in (a + 1j * b, a):
        ours, numpys = getattr(F, name)(Variable(x)), getattr(np, name)(Variable(x))
        np.testing.assert_array_equal(ours.data, getattr(np, name)(x))
        np.testing.assert_array_equal(numpys.data, ours.data)
        assert numpys.creator is None or numpys.creator.name == name


@pytest.mark.parametrize(
    "f",
    [np.abs, lambda z: np.real(np.sign(z)), np.angle, lambda z: np.abs(np.abs(z))],
)
def test_at_0_where_there_is_no_direction_the_gradient_is_0(f):
    np.testing.assert_array_equal(grad(f, np.array([0j])), [0])


@pytest.mark.parametrize("x", [-1.5, 2.0])
def test_the_parts_of_real_numbers(x):
    for f, expected in ((F.real, 1), (F.imag, 0), (F.conjugate, 1), (F.angle, 0)):
        got = grad(lambda x, f=f: f(x) + 0 * x, np.array(x))
        assert got.dtype == np.float64
        assert got == expected
