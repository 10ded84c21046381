import numpy as np
import pytest

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import State, Variable
from ondol.errors import ArgumentError, DtypeError, ShapeError
from ondol.io import load_weights, save_weights
from ondol.testing import check_grads
from ondol.tree import walk

# Each layer, lazy and not, with an input, and the axis it takes its size from.
SIZED = {
    "layer": (lambda n=None, **k: L.LayerNorm(n, **k), (4, 3, 6), -1),
    "rms": (lambda n=None, **k: L.RMSNorm(n, **k), (4, 3, 6), -1),
    "group": (lambda n=None, **k: L.GroupNorm(2, n, **k), (4, 6, 3), 1),
    "instance": (lambda n=None, **k: L.InstanceNorm(n, **k), (4, 6, 3), 1),
}
sized = pytest.mark.parametrize(("make", "shape", "axis"), SIZED.values(), ids=SIZED)


def data(shape, dtype=np.float32):
    return np.random.default_rng(0).normal(size=shape).astype(dtype)


@sized
def test_parameters_are_made_at_the_first_call(make, shape, axis):
    lazy, eager = make(), make(shape[axis])
    assert lazy.size is None
    y = lazy(data(shape))
    assert lazy.size == eager.size == shape[axis]
    np.testing.assert_array_equal(y.data, eager(data(shape)).data)
    assert repr(lazy) == repr(eager)


@sized
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtypes(make, shape, axis, dtype):
    layer, x = make(dtype=dtype), Variable(data(shape, dtype))
    y = layer(x)
    np.sum(y * y).backward()
    assert {y.dtype, x.grad.dtype} == {np.dtype(dtype)}
    assert {p.grad.dtype for p in layer.params()} == {np.dtype(dtype)}


@sized
def test_another_size_names_the_layer(make, shape, axis):
    layer = make(shape[axis])
    wrong = list(shape)
    wrong[axis] = 2
    with pytest.raises(ShapeError, match="expected an input of shape"):
        layer(data(wrong))


def test_the_settings_are_passed_on():
    x = data((4, 6, 3))
    for layer, expected in (
        (L.LayerNorm(eps=0.5), F.layer_norm(x, eps=0.5)),
        (L.RMSNorm(eps=0.5), F.rms_norm(x, eps=0.5)),
        (L.GroupNorm(3, eps=0.5), F.group_norm(x, 3, eps=0.5)),
        (L.InstanceNorm(eps=0.5), F.instance_norm(x, eps=0.5)),
    ):
        np.testing.assert_allclose(layer(x).data, expected.data, rtol=1e-6)
    assert [name for name, _ in L.RMSNorm(2).named_params()] == ["gamma"]
    assert [name for name, _ in L.LayerNorm(2).named_params()] == ["gamma", "beta"]


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: L.LayerNorm(0), ArgumentError),
        (lambda: L.LayerNorm(2, eps=0), ArgumentError),
        (lambda: L.RMSNorm(2.0), DtypeError),
        (lambda: L.GroupNorm(0), ArgumentError),
        (lambda: L.InstanceNorm(dtype=int), DtypeError),
        (lambda: L.PReLU(0), ArgumentError),
        (lambda: L.PReLU(dtype=int), DtypeError),
        (lambda: L.WeightNorm(L.Dropout()), ArgumentError),
        (lambda: L.SpectralNorm(np.ones(2)), ArgumentError),
        (lambda: L.SpectralNorm(L.Linear(2), eps=0), ArgumentError),
    ],
)
def test_bad_settings_are_refused(make, error):
    with pytest.raises(error, match=r"expected|real numbers"):
        make()


def test_prelu_trains_its_slopes():
    layer, x = L.PReLU(3), -np.ones((2, 3, 4), np.float32)
    y = layer(x)
    np.testing.assert_array_equal(y.data, -0.25 * np.ones_like(x))
    y.backward()
    np.testing.assert_array_equal(layer.slope.grad.data, [-8, -8, -8])


# -- around a layer --------------------------------------------------------------------

INNER = {
    "linear": (lambda **k: L.Linear(4, **k), (5, 3), 1),
    "conv": (lambda **k: L.Conv2d(4, 3, **k), (2, 3, 5, 5), 0),
    "transpose": (lambda **k: L.ConvTranspose2d(4, 3, **k), (2, 3, 5, 5), 1),
}
inner = pytest.mark.parametrize(("make", "shape", "out"), INNER.values(), ids=INNER)


@inner
def test_weight_norm_begins_with_what_the_layer_does(make, shape, out):
    ondol.seed(0)
    x, layer = data(shape), L.WeightNorm(make())
    y = layer(x)
    np.testing.assert_allclose(y.data, layer.layer(x).data, rtol=1e-4, atol=1e-5)
    assert layer.g.size == layer.layer.W.shape[out] == 4
    y.backward()
    assert all(p.grad is not None for p in layer.params())
    # Only the direction of W counts.
    layer.layer.W.data = layer.layer.W.data * 7
    np.testing.assert_allclose(layer(x).data, y.data, rtol=1e-4, atol=1e-5)


@inner
def test_spectral_norm_makes_the_largest_singular_value_1(make, shape, out):
    ondol.seed(0)
    x, layer = data(shape), L.SpectralNorm(make(nobias=True))
    for _ in range(100):
        y = layer(x)
    W = np.moveaxis(layer.layer.W.data, out, 0).reshape(4, -1)
    top = np.linalg.svd(W, compute_uv=False)[0]
    np.testing.assert_allclose(y.data, layer.layer(x).data / top, rtol=1e-3, atol=1e-5)
    before = layer.u.data
    with ondol.test_mode():
        layer(x)
    assert layer.u.data is before
    assert [name for name, _ in walk(layer, State)] == ["u", "v"]


# The vectors of the spectral norm count as constants, so its second derivative is less.
@pytest.mark.parametrize(("wrap", "order"), [(L.WeightNorm, 2), (L.SpectralNorm, 1)])
def test_gradients_pass_through(wrap, order):
    ondol.seed(0)
    layer = wrap(L.Linear(2, dtype=np.float64, in_size=3))
    x = data((4, 3), np.float64)
    plain = layer.layer.W

    def f(W):
        layer.layer.W = W
        return layer(x)

    with ondol.test_mode():
        check_grads(f, plain.data, order=order)


@pytest.mark.parametrize("wrap", [L.WeightNorm, L.SpectralNorm])
def test_wrapped_layers_are_saved(wrap, tmp_path):
    x = data((4, 3))
    layer, twin = wrap(L.Linear(2)), wrap(L.Linear(2))
    layer(x)
    save_weights(tmp_path / "w.npz", layer)
    load_weights(tmp_path / "w.npz", twin)
    with ondol.test_mode():
        np.testing.assert_array_equal(twin(x).data, layer(x).data)


def test_the_layer_gets_its_parameter_back_after_an_error():
    layer = L.WeightNorm(L.Linear(2, in_size=3))
    W = layer.layer.W
    with pytest.raises(ShapeError):
        layer(data((4, 5)))
    assert layer.layer.W is W
