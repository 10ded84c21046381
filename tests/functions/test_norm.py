import numpy as np
import pytest

import ondol.functions as F
from ondol import State, Variable, test_mode
from ondol.errors import ArgumentError, DtypeError, ShapeError

predicting = test_mode  # pytest would take the name for that of a test
del test_mode


# -- batch norm ------------------------------------------------------------------------


def states(size, dtype=np.float64):
    return State(np.zeros(size, dtype)), State(np.ones(size, dtype))


@pytest.mark.parametrize("shape", [(8, 3), (4, 3, 5), (2, 3, 4, 4)])
def test_batch_norm_normalises_each_channel(shape, rng):
    x = rng.normal(3, 2, shape)
    y = F.batch_norm(x, np.ones(3), np.zeros(3), *states(3), eps=0).data
    axes = (0, *range(2, len(shape)))
    np.testing.assert_allclose(y.mean(axes), 0, atol=1e-12)
    np.testing.assert_allclose(y.std(axes), 1)


def test_batch_norm_moves_the_running_statistics(rng):
    x = rng.normal(3, 2, (8, 2, 5))
    mean, var = states(2)
    F.batch_norm(x, np.ones(2), np.zeros(2), mean, var, momentum=0.25)
    np.testing.assert_allclose(mean.data, 0.25 * x.mean((0, 2)))
    np.testing.assert_allclose(var.data, 0.75 + 0.25 * x.var((0, 2), ddof=1))


def test_batch_norm_leaves_the_arrays_of_the_statistics_alone(rng):
    mean, var = states(2)
    before = mean.data, var.data
    F.batch_norm(rng.normal(size=(4, 2)), np.ones(2), np.zeros(2), mean, var)
    np.testing.assert_array_equal(before, [[0, 0], [1, 1]])


def test_batch_norm_learns_nothing_while_testing(rng):
    mean, var = State(rng.normal(size=2)), State(rng.uniform(1, 2, 2))
    before = mean.data.copy(), var.data.copy()
    x, gamma, beta = rng.normal(size=(1, 2)), rng.normal(size=2), rng.normal(size=2)
    with predicting():
        y = F.batch_norm(Variable(x), gamma, beta, mean, var)
        expected = gamma * (x - mean.data) / np.sqrt(var.data + 1e-5) + beta
        np.testing.assert_allclose(y.data, expected)
        y.backward()
    np.testing.assert_array_equal((mean.data, var.data), before)
    assert mean.grad is None
    assert var.grad is None


def test_batch_norm_while_training_gives_the_statistics_no_gradient(rng):
    mean, var = states(2)
    x = Variable(rng.normal(size=(4, 2)))
    F.batch_norm(x, np.ones(2), np.zeros(2), mean, var).backward()
    assert mean.grad is None
    assert var.grad is None


def test_batch_norm_of_a_batch_of_one():
    x, mean, var = Variable(np.array([[3.0, -2.0]])), *states(2)
    y = F.batch_norm(x, np.ones(2), np.array([5.0, 6.0]), mean, var)
    np.testing.assert_array_equal(y.data, [[5, 6]])
    np.testing.assert_array_equal(var.data, [0.9, 0.9])
    y.backward()
    np.testing.assert_array_equal(x.grad.data, [[0, 0]])


def test_batch_norm_keeps_the_dtype_of_the_statistics(rng):
    mean, var = states(2, np.float32)
    F.batch_norm(rng.normal(size=(4, 2)), np.ones(2), np.zeros(2), mean, var)
    assert mean.dtype == var.dtype == np.float32


def test_batch_norm_in_float32(rng):
    x = Variable(rng.normal(size=(4, 2)).astype(np.float32))
    one, zero = np.ones(2, np.float32), np.zeros(2, np.float32)
    y = F.batch_norm(x, one, zero, *states(2, np.float32))
    y.backward()
    assert y.dtype == x.grad.dtype == np.float32


@pytest.mark.parametrize("wrong", range(5))
def test_batch_norm_shapes(wrong):
    operands = [Variable(np.ones((4, 3))), np.ones(3), np.ones(3), *states(3)]
    operands[wrong] = Variable(np.ones(1 if wrong else 3))
    with pytest.raises(ShapeError, match=r"\(C,\) for gamma"):
        F.batch_norm(*operands)


def test_batch_norm_of_an_empty_batch_spoils_no_statistics():
    mean, var = states(3)
    with pytest.raises(ArgumentError, match="has 0"):
        F.batch_norm(np.ones((0, 3)), np.ones(3), np.ones(3), mean, var)
    np.testing.assert_array_equal((mean.data, var.data), [[0] * 3, [1] * 3])


@pytest.mark.parametrize("which", range(3))
def test_what_is_detached_gets_no_gradient(which, rng):
    operands = [Variable(rng.normal(size=s)) for s in ((4, 3), (3,), (3,))]
    operands[which] = operands[which].detach()
    for norm in (F.layer_norm, lambda *xs: F.batch_norm(*xs, *states(3))):
        F.sum(norm(*operands)).backward()
        assert [x.grad is None for x in operands] == [i == which for i in range(3)]


# -- by the statistics of a sample -----------------------------------------------------


@pytest.mark.parametrize(
    ("function", "axes"),
    [
        (F.layer_norm, (3,)),
        (lambda x, **k: F.layer_norm(x, axis=(1, 2, 3), **k), (1, 2, 3)),
        (F.instance_norm, (2, 3)),
        (lambda x, **k: F.group_norm(x, 1, **k), (1, 2, 3)),
        (lambda x, **k: F.group_norm(x, 4, **k), (2, 3)),
    ],
)
def test_mean_0_and_variance_1(function, axes, rng):
    y = function(rng.normal(3, 2, (2, 4, 5, 6)), eps=1e-12).data
    np.testing.assert_allclose(y.mean(axes), 0, atol=1e-12)
    np.testing.assert_allclose(y.std(axes), 1)


def test_rms_norm_has_mean_square_1_and_keeps_the_direction(rng):
    x = rng.normal(3, 2, (4, 5))
    y = F.rms_norm(x, eps=1e-12).data
    np.testing.assert_allclose((y * y).mean(-1), 1)
    np.testing.assert_allclose(F.normalize(y).data, F.normalize(x).data)


@pytest.mark.parametrize("function", [F.layer_norm, F.rms_norm])
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_large_and_equal_numbers(function, dtype):
    x = Variable(np.array([[3e4, -3e4, 3e4, -3e4], [0, 0, 0, 0]], dtype))
    y = function(x)
    y.backward()
    assert y.dtype == x.grad.dtype == dtype
    np.testing.assert_allclose(y.data, [[1, -1, 1, -1], [0] * 4], rtol=1e-3)
    assert np.isfinite(x.grad.data).all()


def test_local_response_norm_of_a_lonely_channel():
    x = np.zeros((1, 6))
    x[0, 2] = 2.0
    y = F.local_response_norm(x, size=3, alpha=3.0, beta=1.0).data
    np.testing.assert_allclose(y, x / 5)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: F.layer_norm(x, np.ones(3)), ShapeError, r"of shape \(4,\)"),
        (lambda x: F.layer_norm(x, np.ones(1)), ShapeError, r"of shape \(4,\)"),
        (
            lambda x: F.layer_norm(x, None, np.ones((2, 4))),
            ShapeError,
            "gamma and beta",
        ),
        (lambda x: F.layer_norm(x, axis=2), ArgumentError, "axis"),
        (lambda x: F.layer_norm(x, eps=0), ArgumentError, "eps: expected a number"),
        (lambda x: F.layer_norm(x, axis=()), ShapeError, "nothing to average"),
        (lambda x: F.rms_norm(x[:, :0]), ShapeError, "nothing to average"),
        (lambda x: F.rms_norm(x, np.ones(())), ShapeError, "gamma and beta"),
        (lambda x: F.group_norm(x, 3), ShapeError, "multiple of 3 groups"),
        (
            lambda x: F.group_norm(x, 0),
            ArgumentError,
            "groups: expected a number above",
        ),
        (lambda x: F.group_norm(x, 1.5), ShapeError, "multiple of 1.5"),
        (lambda x: F.group_norm(x, 2, np.ones(2)), ShapeError, r"of shape \(4,\)"),
        (lambda x: F.instance_norm(x), ShapeError, "with positions"),
        (lambda x: F.local_response_norm(x, 1.5), ArgumentError, "whole size"),
        (lambda x: F.local_response_norm(x[0]), ArgumentError, r"\(N, C, ...\)"),
        (lambda x: F.local_response_norm(x, k=0), ArgumentError, "k: expected"),
    ],
)
def test_what_norms_refuse(call, error, message):
    with pytest.raises(error, match=message):
        call(Variable(np.ones((2, 4))))


def norm_of(x, **settings):
    ones, zeros = np.ones(2, x.dtype), np.zeros(2, x.dtype)
    mean, var = State(zeros), State(ones)
    return F.batch_norm(x, ones, zeros, mean, var, **settings)


def test_batch_norm_adds_nothing_negative():
    with pytest.raises(ArgumentError, match="batch_norm: eps"):
        norm_of(np.ones((4, 2)), eps=-1)


def test_batch_norm_of_complex_numbers_is_refused():
    with pytest.raises(DtypeError, match="expected real numbers"):
        norm_of(np.ones((4, 2), complex))


def test_batch_norm_of_large_float16(rng):
    x = (rng.normal(size=(64, 2)) * 300).astype(np.float16)
    y = norm_of(x, momentum=0.1)
    assert y.dtype == np.float16
    np.testing.assert_allclose(y.data.std(axis=0), 1, rtol=1e-2)
