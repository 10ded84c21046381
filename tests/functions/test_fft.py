"""Fourier transforms beyond the table: NumPy's spelling, errors, whole losses."""

import numpy as np
import pytest

import ondol.functions as F
from ondol import Variable
from ondol.errors import ArgumentError, OndolError, ShapeError
from ondol.testing import check_grads

HALF = {"irfft", "irfft2", "irfftn", "hfft"}
REAL = {"rfft", "rfft2", "rfftn", "ihfft"}


@pytest.mark.parametrize("name", F.fft.__all__)
def test_numpy_spelling_is_the_same_function(name, rng):
    x = rng.normal(size=(3, 4)) + (0 if name in REAL else 1j * rng.normal(size=(3, 4)))
    ours, numpys = getattr(F.fft, name), getattr(np.fft, name)
    y = numpys(Variable(x))
    assert y.creator.name == ours(Variable(x)).creator.name
    np.testing.assert_allclose(y.data, numpys(x), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", F.fft.__all__)
def test_single_precision_stays_single(name, rng):
    x = Variable(rng.normal(size=(3, 4)).astype(np.float32))
    y = getattr(F.fft, name)(x)
    np.sum(np.abs(y) ** 2).backward()
    assert y.dtype == getattr(np.fft, name)(x.data).dtype
    assert x.grad.dtype == np.float32


@pytest.mark.parametrize("norm", [None, "ortho", "forward"])
@pytest.mark.parametrize("n", [5, 6])
def test_back_and_forth_is_the_identity(n, norm, rng):
    x = Variable(rng.normal(size=n))
    y = F.fft.irfft(F.fft.rfft(x, norm=norm), n, norm=norm)
    np.testing.assert_allclose(y.data, x.data)
    (y * np.arange(n)).sum().backward()
    np.testing.assert_allclose(x.grad.data, np.arange(n), atol=1e-12)


def test_parseval(rng):
    x = Variable(rng.normal(size=8))
    np.sum(np.abs(np.fft.fft(x, norm="ortho")) ** 2).backward()
    np.testing.assert_allclose(x.grad.data, 2 * x.data)


def test_a_convolution_by_spectra_can_be_learned(rng):
    x, w = rng.normal(size=8), rng.normal(size=3)

    def f(x, w):
        return np.fft.irfft(np.fft.rfft(x, 10) * np.fft.rfft(w, 10), 10)

    np.testing.assert_allclose(f(x, w), np.convolve(x, w), atol=1e-12)
    check_grads(f, x, w)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: F.fft.fft(x, 0), "np.fft.fft.*float64 .2, 3."),
        (lambda x: F.fft.rfft(x, axis=2), "rfft: axis .*got 2.*float64 .2, 3."),
        (lambda x: F.fft.fft(x, norm="half"), "half.*float64 .2, 3."),
        (lambda x: F.fft.hfft(x, norm="half"), "half.*float64 .2, 3."),
        (lambda x: F.fft.fftn(x, s=(2, 2)), "axes=None.*float64 .2, 3."),
        (lambda x: F.fft.fft2(x, s=(2,)), "as many axes.*float64 .2, 3."),
        (lambda x: F.fft.rfftn(x, axes=()), "one axis or more.*float64 .2, 3."),
        (lambda x: F.fft.fftn(x, axes=(5,)), "fft: axis .*got 5.*float64 .2, 3."),
        (lambda x: F.fft.fftshift(x, axes=7), "fftshift: axis .*got"),
    ],
)
def test_wrong_calls_are_told(call, message):
    with pytest.raises(OndolError, match=f"(?s){message}") as told:
        call(Variable(np.ones((2, 3))))
    assert isinstance(told.value, ShapeError | ArgumentError)


def test_an_array_to_write_into_is_refused():
    x = Variable(np.ones((2, 3)))
    with pytest.raises(TypeError, match="out"):
        np.fft.fft(x, out=np.zeros((2, 3), complex))


@pytest.mark.parametrize("name", ["rfft", "ihfft"])
def test_transforms_of_real_numbers_refuse_complex_ones(name):
    with pytest.raises(OndolError, match="complex128"):
        getattr(F.fft, name)(Variable(np.ones(3, complex)))


def test_repeated_axes_are_transformed_again(rng):
    a, b = rng.normal(size=(2, 2, 3))

    def f(a, b):
        y = np.fft.fftn(a + 1j * b, axes=(1, 1))
        return np.real(y) + 2 * np.imag(y)

    np.testing.assert_allclose(f(Variable(a), b).data, f(a, b))
    check_grads(f, a, b)
