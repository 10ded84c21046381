import numpy as np
import pytest

import ondol
from ondol.compiler import build
from ondol.core import Parameter
from ondol.optimizers import (
    SGD,
    Adam,
    AdaptiveClip,
    ClipGrad,
    ClipValue,
    FreezeParam,
    WeightDecay,
)
from ondol.tree import Tree


def make(data, grad, dtype=float):
    parameter = Parameter(np.array(data, dtype))
    grad = np.array(grad, dtype)
    grad.flags.writeable = False  # hooks make new gradients
    parameter.grad = grad
    return parameter


class Layer(Tree):
    def __init__(self):
        self.W = make([1, 1], [1, 1])
        self.b = make([1], [1])


# -- Any callable ---------------------------------------------------------------------


def test_hooks_run_in_order_before_the_rule():
    parameter = make([1.0], [1.0])
    seen = []

    def double(parameters):
        seen.append("double")
        for p in parameters:
            p.grad = p.grad.data * 2

    def add(parameters):
        seen.append("add")
        for p in parameters:
            p.grad = p.grad.data + 1

    optimizer = SGD(1.0).setup([parameter]).add_hook(double).add_hook(add)
    optimizer.update()
    assert seen == ["double", "add"]
    np.testing.assert_array_equal(parameter.data, [-2.0])  # 1 - (2 * 1 + 1)


def test_hooks_see_only_parameters_that_still_have_a_gradient():
    first, second, third = (make([1], [1]) for _ in range(3))
    third.cleargrad()
    seen = []
    optimizer = SGD().setup([first, second, third])
    optimizer.add_hook(lambda ps: seen.append([id(p) for p in ps]))
    optimizer.add_hook(FreezeParam(first))
    optimizer.add_hook(lambda ps: seen.append([id(p) for p in ps]))
    optimizer.update()
    assert seen == [[id(first), id(second)], [id(second)]]


def test_a_hook_may_skip_the_step():
    parameter = make([1.0], [np.nan])
    after = []

    def skip_nan(parameters):
        if any(np.isnan(p.grad.data).any() for p in parameters):
            for p in parameters:
                p.cleargrad()

    optimizer = Adam().setup([parameter]).add_hook(skip_nan).add_hook(after.append)
    optimizer.update()
    assert after == []
    assert optimizer.t == 0
    np.testing.assert_array_equal(parameter.data, [1.0])


def test_a_hook_that_fails_leaves_parameters_and_count():
    parameter = make([1.0], [1.0])

    def fail(parameters):
        raise ZeroDivisionError

    optimizer = SGD().setup([parameter]).add_hook(fail)
    with pytest.raises(ZeroDivisionError):
        optimizer.update()
    assert optimizer.t == 0
    np.testing.assert_array_equal(parameter.data, [1.0])


@pytest.mark.parametrize("hook", [None, 3, "clip"])
def test_a_hook_must_be_callable(hook):
    optimizer = SGD()
    with pytest.raises(TypeError, match=f"takes a list of parameters.*{hook!r}"):
        optimizer.add_hook(hook)
    assert optimizer.hooks == []


# -- WeightDecay ----------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_weight_decay_adds_to_the_gradient(dtype):
    parameter = make([2, -4], [1, 1], dtype)
    WeightDecay(0.25)([parameter])
    np.testing.assert_array_equal(parameter.grad.data, [1.5, 0])
    assert parameter.grad.data.dtype == dtype


def test_weight_decay_is_the_gradient_of_half_the_square():
    parameter = make([2.0], [0.0])
    SGD(0.5).setup([parameter]).add_hook(WeightDecay(0.5)).update()
    np.testing.assert_array_equal(parameter.data, [1.5])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_hooks_keep_the_gradient_of_a_scalar_parameter_an_array(dtype):
    parameter = make(2, 3, dtype)
    WeightDecay(0.5)([parameter])
    assert type(parameter.grad.data) is np.ndarray
    assert (parameter.grad.data, parameter.grad.data.dtype) == (4, dtype)
    ClipGrad(2.0)([parameter])
    assert type(parameter.grad.data) is np.ndarray
    assert parameter.grad.data.dtype == dtype
    assert parameter.grad.data == pytest.approx(2, rel=1e-3)


# -- ClipGrad -------------------------------------------------------------------------


def norm(parameters):
    return np.sqrt(sum(np.sum(p.grad.data.astype(float) ** 2) for p in parameters))


def test_clipping_scales_all_gradients_by_one_factor():
    parameters = [make([0, 0], [3, 0]), make([[0]], [[4]])]
    ClipGrad(1.0)(parameters)
    np.testing.assert_allclose(parameters[0].grad.data, [0.6, 0], rtol=1e-6)
    np.testing.assert_allclose(parameters[1].grad.data, [[0.8]], rtol=1e-6)
    assert norm(parameters) == pytest.approx(5 / (5 + 1e-6), rel=1e-15)


def test_small_gradients_are_left_exactly_as_they_are():
    grad = np.random.default_rng(0).normal(size=9) / 10
    parameter = make(np.zeros(9), grad)
    ClipGrad(5.0)([parameter])
    np.testing.assert_array_equal(parameter.grad.data, grad)


def test_clipping_leaves_zero_gradients_at_zero():
    parameter = make([0, 0], [0, 0])
    ClipGrad(1.0)([parameter])
    np.testing.assert_array_equal(parameter.grad.data, [0, 0])


@pytest.mark.parametrize(
    ("dtype", "large"), [(np.float16, 6e4), (np.float32, 1e30), (np.float64, 1e100)]
)
def test_clipping_keeps_the_dtype_and_does_not_overflow(dtype, large):
    parameters = [make([0, 0], [large, large], dtype), make([0], [1], dtype)]
    ClipGrad(2.0)(parameters)
    assert {p.grad.data.dtype for p in parameters} == {np.dtype(dtype)}
    assert norm(parameters) == pytest.approx(2.0, rel=1e-2)


def test_clipping_mixes_dtypes_without_mixing_them_up():
    parameters = [make([0], [3], np.float32), make([0], [4], np.float64)]
    ClipGrad(1.0)(parameters)
    assert [p.grad.data.dtype for p in parameters] == [np.float32, np.float64]
    assert norm(parameters) == pytest.approx(1.0, rel=1e-6)


def test_a_nan_is_not_hidden_by_clipping():
    parameters = [make([0], [1]), make([0], [np.nan])]
    ClipGrad(1.0)(parameters)
    assert np.isnan(norm(parameters))


# -- FreezeParam ----------------------------------------------------------------------


def test_frozen_layers_and_parameters_stay():
    layers = [Layer(), Layer(), Layer()]
    optimizer = Adam().setup(layers)
    optimizer.add_hook(FreezeParam(layers[0], layers[1].b))
    optimizer.update()
    for frozen in (layers[0].W, layers[0].b, layers[1].b):
        np.testing.assert_array_equal(frozen.data, np.ones_like(frozen.data))
        assert frozen.grad is None
    for trained in (layers[1].W, layers[2].W, layers[2].b):
        assert (trained.data < 1).all()
    assert list(optimizer.state) == ["1.W", "2.W", "2.b"]


def test_lists_and_dicts_of_layers_can_be_frozen():
    layers = [Layer(), Layer()]
    FreezeParam([layers[0]], {"x": layers[1].W})([layers[0].W, layers[1].W])
    assert layers[0].W.grad is None
    assert layers[1].W.grad is None


def test_a_parameter_that_comes_later_is_frozen_too():
    layer, other = Layer(), make([1], [1])
    optimizer = SGD().setup([layer, other]).add_hook(FreezeParam(layer))
    optimizer.update()
    layer.late = make([1], [1])
    optimizer.update()
    np.testing.assert_array_equal(layer.late.data, [1])
    assert (other.data < 1).all()


def test_freezing_comes_before_clipping():
    frozen, trained = make([0], [1e9]), make([0], [1])
    optimizer = SGD(1.0).setup([frozen, trained])
    optimizer.add_hook(FreezeParam(frozen)).add_hook(ClipGrad(10.0))
    optimizer.update()
    np.testing.assert_array_equal(trained.data, [-1])


def test_freezing_everything_changes_nothing():
    layer = Layer()
    optimizer = SGD().setup(layer).add_hook(FreezeParam(layer))
    optimizer.update()
    np.testing.assert_array_equal(layer.W.data, [1, 1])
    assert optimizer.t == 0


def test_freezing_something_else_is_refused():
    with pytest.raises(TypeError, match=r"got \(\)"):
        FreezeParam()
    with pytest.raises(TypeError, match=r"got ndarray, str\n.*write FreezeParam"):
        FreezeParam(Layer(), np.ones(2), "W")
    with pytest.raises(TypeError, match=r"FreezeParam\(\*parameters\)"):
        FreezeParam(p for p in [make([1], [1])])


# -- ClipGrad reports the norm --------------------------------------------------------


def test_clipping_tells_the_norm_it_saw():
    clip = ClipGrad(1.0)
    assert np.isnan(clip.norm)
    assert clip.norm.shape == ()
    parameters = [make([0, 0], [3, 0], np.float32), make([[0]], [[4]], np.float16)]
    clip(parameters)
    assert (clip.norm, clip.norm.dtype) == (5, np.float64)
    assert type(clip.norm) is np.ndarray
    clip(parameters)
    assert clip.norm == pytest.approx(1, rel=1e-3)


@pytest.mark.skipif(build.compiler() is None, reason="no C compiler on this machine")
def test_clipping_tells_the_norm_in_a_compiled_step(tmp_path, monkeypatch):
    monkeypatch.setenv("ONDOL_CACHE", str(tmp_path))
    parameter = Parameter(np.array([1.0, -2.0]))
    clip = ClipGrad(1.0)
    optimizer = SGD(0.5).setup([parameter]).add_hook(clip).add_hook(ClipValue(0.5))

    @ondol.compile
    def step(x):
        loss = np.sum(x * parameter * parameter)
        parameter.cleargrad()
        loss.backward()
        optimizer.update()
        return loss

    for scale in (1.0, 3.0, 0.1, 0.2):
        data = parameter.data.copy()
        step(np.array(scale))
        norm = np.linalg.norm(2 * scale * data)
        assert clip.norm == pytest.approx(norm, rel=1e-12)
        grad = np.clip(2 * scale * data * min(1, 1 / (norm + 1e-6)), -0.5, 0.5)
        np.testing.assert_allclose(parameter.data, data - 0.5 * grad, rtol=1e-12)
    assert len(step.programs) == 1


# -- ClipValue ------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_values_are_brought_into_a_range(dtype):
    parameters = [make([0] * 4, [-9, -0.25, 0.5, 7], dtype), make(0, 3, dtype)]
    ClipValue(0.5)(parameters)
    np.testing.assert_array_equal(parameters[0].grad.data, [-0.5, -0.25, 0.5, 0.5])
    assert {p.grad.data.dtype for p in parameters} == {np.dtype(dtype)}
    assert type(parameters[1].grad.data) is np.ndarray


def test_a_nan_is_not_hidden_by_a_range():
    parameter = make([0, 0], [np.nan, np.inf])
    ClipValue(1.0)([parameter])
    np.testing.assert_array_equal(parameter.grad.data, [np.nan, 1])


# -- AdaptiveClip ---------------------------------------------------------------------


def test_units_are_clipped_by_the_size_of_their_weights():
    W = make([[3, 0], [4, 10]], [[6, 1], [8, 0]])  # columns of norms 5 and 10
    AdaptiveClip(0.5)([W])
    expected = [[6 * 2.5 / 10, 1], [8 * 2.5 / 10, 0]]
    np.testing.assert_allclose(W.grad.data, expected, rtol=1e-6)


def test_kernels_have_a_unit_for_each_output():
    rng = np.random.default_rng(0)
    data, grad = rng.normal(size=(3, 2, 5, 5)), rng.normal(size=(3, 2, 5, 5))
    kernel = make(data, grad)
    AdaptiveClip(0.1)([kernel])
    for w, g, got in zip(data, grad, kernel.grad.data, strict=True):
        largest = 0.1 * np.linalg.norm(w)
        factor = min(1, largest / np.linalg.norm(g))
        np.testing.assert_allclose(got, factor * g, rtol=1e-5)


def test_biases_and_scalars_are_one_unit():
    bias, scale = make([3, 4], [30, 40]), make(2.0, -1.0)
    AdaptiveClip(0.5)([bias, scale])
    np.testing.assert_allclose(bias.grad.data, [1.5, 2.0], rtol=1e-6)
    assert scale.grad.data == -1
    assert type(scale.grad.data) is np.ndarray


def test_weights_of_0_can_be_trained():
    zero = make([0, 0], [3, 4])
    AdaptiveClip(0.5, eps=0.1)([zero])
    np.testing.assert_allclose(zero.grad.data, [0.03, 0.04], rtol=1e-6)


@pytest.mark.parametrize(("dtype", "large"), [(np.float16, 6e4), (np.float32, 1e30)])
def test_units_keep_their_dtype_and_do_not_overflow(dtype, large):
    W = make(np.ones((2, 2)), np.full((2, 2), large), dtype)
    AdaptiveClip(0.5)([W])
    assert W.grad.data.dtype == dtype
    np.testing.assert_allclose(W.grad.data, 0.5, rtol=2e-3)


def test_a_nan_stays_in_its_unit():
    W = make(np.ones((2, 2)), [[np.nan, 1e9], [0, 0]])
    AdaptiveClip(0.5)([W])
    assert np.isnan(W.grad.data[:, 0]).all()
    assert np.isfinite(W.grad.data[:, 1]).all()
