import numpy as np
import pytest

import ondol.functions as F
from ondol import Variable
from ondol.errors import ArgumentError, DtypeError, ShapeError
from ondol.testing import check_grads


def test_the_mean_is_over_all_elements():
    assert F.mean_squared_error(np.zeros((2, 3)), np.full((2, 3), 2.0)).data == 4


@pytest.mark.parametrize(
    "loss", [F.mean_squared_error, F.sigmoid_cross_entropy, F.binary_cross_entropy]
)
def test_integer_targets_keep_float32(loss):
    p = Variable(np.array([0.25, 0.75], np.float32))
    y = loss(p, np.array([0, 1]))
    y.backward()
    assert y.dtype == p.grad.dtype == np.float32


def test_bytes_do_not_wrap():
    x, t = np.array([0, 255], np.uint8), np.array([255, 0], np.uint8)
    assert F.mean_squared_error(x, t).data == 255**2


def test_targets_get_a_gradient_too():
    x, t = Variable(np.array([1.0, 2.0])), Variable(np.array([0.0, 4.0]))
    F.mean_squared_error(x, t).backward()
    np.testing.assert_array_equal(x.grad.data, -t.grad.data)


@pytest.mark.parametrize(
    "loss",
    [
        F.mean_squared_error,
        F.mean_absolute_error,
        F.huber_loss,
        F.smooth_l1_loss,
        F.poisson_nll_loss,
        F.sigmoid_cross_entropy,
        F.binary_cross_entropy,
        F.focal_loss,
        F.dice_loss,
        F.hinge_loss,
        F.soft_margin_loss,
        F.multilabel_margin_loss,
        F.multilabel_soft_margin_loss,
        F.kl_divergence,
        lambda x, t: F.gaussian_nll_loss(x, x, t),
        lambda x, t: F.margin_ranking_loss(x, x, t),
        lambda x, t: F.triplet_margin_loss(x, x, t),
        lambda x, t: F.contrastive_loss(x, t, np.ones(3)),
        lambda x, t: F.cosine_embedding_loss(x, t, np.ones(3)),
    ],
)
def test_a_loss_does_not_broadcast(loss):
    column = Variable(np.full((3, 1), 0.5))
    with pytest.raises(ShapeError, match=r"perhaps t.reshape\(\(3, 1\)\)"):
        loss(column, np.ones(3))
    with pytest.raises(ShapeError, match="does not broadcast"):
        loss(Variable(np.full((2, 3), 0.5)), np.ones(3))


def test_reductions(rng):
    x, t = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    losses = F.mean_squared_error(x, t, "none")
    np.testing.assert_array_equal(losses.data, (x - t) ** 2)
    total = F.mean_squared_error(x, t, reduction="sum")
    np.testing.assert_allclose(total.data, losses.data.sum())
    for wrong in ("average", None, 1):
        with pytest.raises(ArgumentError, match="'mean', 'sum' or 'none'"):
            F.mean_squared_error(x, t, reduction=wrong)


@pytest.mark.parametrize("loss", [F.huber_loss, F.smooth_l1_loss])
def test_huber_is_smooth_at_its_joints(loss):
    x = Variable(np.array([-1.0, 0.0, 1.0, 5.0, -5.0]))
    y = loss(x, np.zeros(5), reduction="none")
    y.backward()
    np.testing.assert_array_equal(y.data, [0.5, 0, 0.5, 4.5, 4.5])
    np.testing.assert_array_equal(x.grad.data, [-1, 0, 1, 1, -1])
    check_grads(lambda x: loss(x, np.zeros(2), 2.0), np.array([0.0, 0.5]))


def test_huber_of_large_differences_in_float16():
    x = np.array([6e4, -6e4], np.float16)
    y = F.huber_loss(x, np.zeros(2, np.float16), reduction="none")
    np.testing.assert_allclose(y.data, [6e4, 6e4], rtol=1e-3)


def test_absolute_error_has_no_gradient_where_there_is_no_error():
    x = Variable(np.array([1.0, 2.0, 3.0]))
    F.mean_absolute_error(x, np.array([2.0, 2.0, 2.0]), "sum").backward()
    np.testing.assert_array_equal(x.grad.data, [-1, 0, 1])


def test_gaussian_nll_loss_of_no_variance_is_finite():
    var, one = Variable(np.array([0.0, 1e-9], np.float32)), np.ones(2, np.float32)
    y = F.gaussian_nll_loss(one, one, var)
    y.backward()
    np.testing.assert_allclose(y.data, np.log(1e-6) / 2, rtol=1e-6)
    np.testing.assert_array_equal(var.grad.data, 0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: F.huber_loss(x, x, 0), "delta: expected a number above 0"),
        (lambda x: F.smooth_l1_loss(x, x, -1.0), "beta: expected a number above 0"),
        (lambda x: F.gaussian_nll_loss(x, x, -x), "variances are 0 or more"),
        (lambda x: F.poisson_nll_loss(-x, x, False), "expected counts are 0 or more"),
        (lambda x: F.huber_loss(x[:0], x[:0]), "no mean of no losses"),
    ],
)
def test_settings_of_losses_of_numbers(call, message):
    with pytest.raises(ArgumentError, match=message):
        call(Variable(np.ones(3)))


def test_no_mean_of_nothing_but_a_sum():
    assert F.huber_loss(np.zeros((0, 3)), np.zeros((0, 3)), reduction="sum").data == 0


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_squares_of_complex_numbers_are_no_loss(reduction):
    z, x = np.array([1j, 2.0]), np.array([1.0, 2.0])
    for a, b in ((z, x), (x, z)):
        with pytest.raises(DtypeError, match="expected real numbers"):
            F.mean_squared_error(a, b, reduction=reduction)


def test_no_differences_have_no_mean_square():
    with pytest.raises(ArgumentError, match="no mean of no losses"):
        F.mean_squared_error(np.zeros((0, 2)), np.zeros((0, 2)))
