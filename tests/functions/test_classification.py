import numpy as np
import pytest

import ondol.functions as F
from ondol import Variable
from ondol.errors import ArgumentError, DtypeError, IndexingError, ShapeError
from ondol.functions.classification import _softmax_cross_entropy_grad

SCORES = Variable(np.arange(6.0).reshape(2, 3))


def test_softmax_cross_entropy_of_one_certain_and_one_wrong_sample():
    x = Variable(np.array([[1000.0, 0.0], [1000.0, 0.0]]))
    loss = F.softmax_cross_entropy(x, np.array([0, 1]))
    assert loss.data == 500
    loss.backward()
    np.testing.assert_array_equal(x.grad.data, [[0, 0], [0.5, -0.5]])


def test_softmax_cross_entropy_gradient_is_probability_less_target(rng):
    x, t = Variable(rng.normal(size=(4, 3))), np.array([0, 2, 1, 1])
    F.softmax_cross_entropy(x, t).backward()
    expected = (F.softmax(x.data).data - np.eye(3)[t]) / 4
    np.testing.assert_allclose(x.grad.data, expected)


class Stranger:
    """An array of another kind: neither NumPy's, nor a Variable."""

    shape = (1, 2)


def test_the_exponentials_are_kept_for_arrays_of_any_kind():
    t, kept = np.array([0]), [np.array([[1.0, 3.0]]), np.array([[4.0]])]
    g = _softmax_cross_entropy_grad(1.0, None, Stranger(), t, kept)
    np.testing.assert_allclose(g, [[-0.75, 0.75]])


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_class_ids_of_any_integer_dtype(dtype):
    x, t = np.eye(200, dtype=np.float32), np.arange(200).astype(dtype)
    loss = F.softmax_cross_entropy(Variable(x), t)
    assert loss.dtype == np.float32
    np.testing.assert_allclose(loss.data, np.log(199 + np.e) - 1, rtol=1e-5)


def test_class_ids_may_be_a_variable_or_a_list():
    expected = F.softmax_cross_entropy(SCORES, np.array([0, 2])).data
    for t in (Variable(np.array([0, 2])), [0, 2]):
        assert F.softmax_cross_entropy(SCORES, t).data == expected


def test_sigmoid_cross_entropy_of_large_scores():
    x = Variable(np.array([1000.0, -1000.0, 1000.0, -1000.0]))
    loss = F.sigmoid_cross_entropy(x, np.array([1, 0, 0, 1]))
    assert loss.data == 500
    loss.backward()
    np.testing.assert_array_equal(x.grad.data, [0, 0, 0.25, -0.25])


def test_both_binary_losses_agree(rng):
    x, t = rng.normal(size=(3, 2)), rng.integers(0, 2, (3, 2))
    got = F.binary_cross_entropy(F.sigmoid(x), t).data
    np.testing.assert_allclose(got, F.sigmoid_cross_entropy(x, t).data)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_binary_cross_entropy_of_certainty_is_finite(dtype):
    p = Variable(np.array([0.0, 1.0, 0.0, 1.0], dtype))
    loss = F.binary_cross_entropy(p, np.array([0, 1, 1, 0]))
    assert loss.dtype == dtype
    assert 3 < loss.data < 17
    loss.backward()
    np.testing.assert_array_equal(p.grad.data, 0)


def test_accuracy():
    y = F.accuracy(SCORES, np.array([2, 0]))
    assert y.data == 0.5
    assert y.shape == ()
    assert F.accuracy(np.zeros((2, 5, 3)), np.zeros((2, 5), int)).data == 1


@pytest.mark.parametrize("function", [F.softmax_cross_entropy, F.accuracy])
@pytest.mark.parametrize(
    ("t", "error", "message"),
    [
        ([0.0, 1.0], DtypeError, "expected ids, integers from 0 to 2, got float64"),
        ([True, False], DtypeError, "got bool"),
        (np.eye(3, dtype=int)[:2], ShapeError, r"expected \(2,\)"),
        ([[0], [1]], ShapeError, r"expected \(2,\)"),
        ([0], ShapeError, r"expected \(2,\)"),
        (1, ShapeError, r"expected \(2,\)"),
        ([0, 3], IndexingError, "id 3 is outside of 0 to 2"),
        ([-1, 0], IndexingError, "id -1 is outside of 0 to 2"),
    ],
)
def test_targets_that_are_no_class_ids(function, t, error, message):
    with pytest.raises(error, match=message):
        function(SCORES, t)


def test_shares_may_be_a_list():
    t = [[1.0, 0.0, 0.0]] * 2
    expected = F.softmax_cross_entropy(SCORES, np.array(t)).data
    assert F.softmax_cross_entropy(SCORES, t).data == expected
    with pytest.raises(DtypeError, match=r"rows become ids by t.argmax\(-1\)"):
        F.accuracy(SCORES, t)


@pytest.mark.parametrize("function", [F.softmax_cross_entropy, F.accuracy])
def test_no_samples_have_no_mean(function):
    with pytest.raises(ArgumentError, match=r"no (mean|share) of no"):
        function(np.zeros((0, 3)), np.zeros(0, int))


def test_sums_of_float16_do_not_overflow():
    x = Variable(np.zeros((1, 70_000), np.float16))
    loss = F.softmax_cross_entropy(x, [0])
    loss.backward()
    assert loss.dtype == x.grad.dtype == np.float16
    np.testing.assert_allclose(loss.data, np.log(70_000), rtol=1e-3)
    np.testing.assert_allclose(F.log_softmax(x).data[0, 0], -loss.data)
    np.testing.assert_allclose(F.softmax(x).data, 1 / 70_000, rtol=1e-2)
    many = np.tile(np.array([0, 30], np.float16), (5000, 1))
    assert F.softmax_cross_entropy(many, np.zeros(5000, int)).data == 30
    far = np.array([60_000, -60_000], np.float16)
    assert F.softmax(far).data.tolist() == [1, 0]


def test_scores_need_classes():
    with pytest.raises((ShapeError, IndexingError)):
        F.softmax_cross_entropy(Variable(np.array(1.0)), 0)


@pytest.mark.parametrize("p", [1.5, -0.5])
def test_scores_are_no_probabilities(p):
    with pytest.raises(ArgumentError, match="for scores take sigmoid_cross_entropy"):
        F.binary_cross_entropy(Variable(np.array([0.5, p])), np.array([0, 1]))


# -- softmax cross entropy with more than ids ------------------------------------------


def test_one_hot_targets_are_probabilities(rng):
    x, t = rng.normal(size=(4, 3)), np.array([0, 2, 1, 1])
    expected = F.softmax_cross_entropy(x, t).data
    np.testing.assert_allclose(F.softmax_cross_entropy(x, np.eye(3)[t]).data, expected)


def test_label_smoothing_spreads_a_share_evenly(rng):
    x, t = rng.normal(size=(4, 3)), np.array([0, 2, 1, 1])
    got = F.softmax_cross_entropy(x, t, label_smoothing=0.3).data
    shares = 0.7 * np.eye(3)[t] + 0.1
    np.testing.assert_allclose(got, F.softmax_cross_entropy(x, shares).data)


def test_the_mean_is_weighted_by_the_classes(rng):
    x, t, w = rng.normal(size=(4, 3)), np.array([0, 2, 1, 1]), np.array([1.0, 2, 3])
    losses = F.softmax_cross_entropy(x, t, reduction="none").data
    got = F.softmax_cross_entropy(x, t, w).data
    np.testing.assert_allclose(got, np.average(losses, weights=w[t]))


def test_classes_along_another_axis(rng):
    x, t = rng.normal(size=(2, 3, 4, 5)), rng.integers(0, 3, (2, 4, 5))
    expected = F.softmax_cross_entropy(np.moveaxis(x, 1, -1), t).data
    np.testing.assert_allclose(F.softmax_cross_entropy(x, t, axis=1).data, expected)
    losses = F.softmax_cross_entropy(x, t, axis=-3, reduction="none")
    assert losses.shape == (2, 4, 5)


@pytest.mark.parametrize("ignored", [-100, 1])
def test_ignored_samples_count_for_nothing(ignored, rng):
    x, t = Variable(rng.normal(size=(4, 3))), np.array([0, 2, ignored, ignored])
    loss = F.softmax_cross_entropy(x, t, ignore_index=ignored)
    expected = F.softmax_cross_entropy(x.data[:2], t[:2])
    np.testing.assert_allclose(loss.data, expected.data)
    loss.backward()
    np.testing.assert_array_equal(x.grad.data[2:], 0)


def test_the_mean_of_ignored_samples_alone_is_0(rng):
    x = Variable(rng.normal(size=(2, 3)))
    loss = F.softmax_cross_entropy(x, np.array([1, 1]), ignore_index=1)
    loss.backward()
    assert loss.data == 0
    np.testing.assert_array_equal(x.grad.data, 0)


def test_excluded_classes():
    x = Variable(np.array([[0.0, 0.0, -np.inf]]))
    for t in (np.array([1]), np.array([[0.5, 0.5, 0.0]])):
        loss = F.softmax_cross_entropy(x, t, reduction="sum")
        np.testing.assert_allclose(loss.data, np.log(2))
        loss.backward()
        assert np.isfinite(x.grad.data).all()
        x.cleargrad()


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_settings_keep_the_dtype(dtype, rng):
    x, weight = rng.normal(size=(2, 3)).astype(dtype), np.ones(3, dtype)
    shares = np.array([[0.5, 0.5, 0]] * 2, dtype)
    for t, extra in ((np.array([1, 5]), {"ignore_index": 5}), (shares, {})):
        loss = F.softmax_cross_entropy(
            Variable(x), t, weight, label_smoothing=0.1, **extra
        )
        assert loss.dtype == dtype


@pytest.mark.parametrize(
    ("t", "settings", "error", "message"),
    [
        ([0, 2], {"weight": np.ones(2)}, ShapeError, "one weight for each of 3"),
        ([0, 2], {"weight": np.ones((3, 1))}, ShapeError, "one weight for each"),
        ([0, 2], {"label_smoothing": 1.5}, ArgumentError, "from 0 to 1"),
        ([0, 2], {"label_smoothing": -0.1}, ArgumentError, "of 0 or more"),
        ([0, 2], {"label_smoothing": "a"}, ArgumentError, "of 0 or more"),
        ([0, 2], {"axis": 2}, ArgumentError, "axis is one of the 2 axes"),
        ([0, 1], {"axis": 0}, ShapeError, r"expected \(3,\)"),
        ([0, 2], {"reduction": "avg"}, ArgumentError, "'mean', 'sum' or 'none'"),
        ([0, 2], {"reduction": None}, ArgumentError, "'mean', 'sum' or 'none'"),
        ([0, 3], {"reduction": "sum"}, IndexingError, "id 3 is outside of 0 to 2"),
        ([0, -100], {"ignore_index": -1}, IndexingError, "id -100 is outside"),
        (np.array([0.0, 1.0]), {}, DtypeError, "expected ids"),
        (np.eye(3), {}, ShapeError, "differ in shape"),
        (np.eye(3)[:2], {"ignore_index": 1}, ArgumentError, "needs class ids"),
        (np.full((2, 3), 0.5), {}, ArgumentError, "sum to 1"),
        (np.array([[2.0, -1.0, 0.0]] * 2), {}, ArgumentError, "from 0 to 1"),
    ],
)
def test_settings_that_are_refused(t, settings, error, message):
    with pytest.raises(error, match=message):
        F.softmax_cross_entropy(SCORES, t, **settings)


def test_nll_loss_of_log_softmax_is_softmax_cross_entropy(rng):
    x, t = rng.normal(size=(4, 3)), np.array([0, 2, 1, 1])
    expected = F.softmax_cross_entropy(x, t).data
    np.testing.assert_allclose(F.nll_loss(F.log_softmax(x), t).data, expected)
    with pytest.raises(ArgumentError, match="take softmax_cross_entropy"):
        F.nll_loss(np.abs(x), t)


# -- labels and margins ----------------------------------------------------------------


def test_focal_loss_without_focus_is_the_cross_entropy(rng):
    x, t = rng.normal(size=(3, 2)), rng.integers(0, 2, (3, 2))
    got = F.focal_loss(x, t, alpha=None, gamma=0.0).data
    np.testing.assert_allclose(got, F.sigmoid_cross_entropy(x, t).data)


@pytest.mark.parametrize("loss", [F.focal_loss, F.sigmoid_cross_entropy])
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_binary_losses_of_large_scores(loss, dtype):
    x = Variable(np.array([1e4, -1e4, 1e4, -1e4], dtype))
    y = loss(x, np.array([1, 0, 0, 1]), reduction="none")
    y.backward()
    assert y.data[:2].tolist() == [0, 0]
    assert (y.data[2:] > 2e3).all()
    assert np.isfinite(x.grad.data).all()


def test_bends_of_the_margins_have_no_gradient():
    x = Variable(np.array([1.0, -1.0]))
    F.hinge_loss(x, np.array([1, -1])).backward()
    np.testing.assert_array_equal(x.grad.data, 0)
    x = Variable(np.array([[2.0, 1.0]]))
    F.multi_margin_loss(x, [0]).backward()
    np.testing.assert_array_equal(x.grad.data, 0)


def test_dice_loss_of_equal_and_of_disjoint_masks():
    t = np.array([[1, 1, 0, 0]])
    assert F.dice_loss(t * 1.0, t, eps=0).data == 0
    assert F.dice_loss(1.0 - t, t, eps=0).data == 1
    assert F.dice_loss(np.zeros((1, 4)), np.zeros((1, 4))).data == 0


BITS = [[1, 0, 1]] * 2


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: F.hinge_loss(x, BITS), ArgumentError, r"2 \* t - 1"),
        (lambda x: F.soft_margin_loss(x, [[0.5] * 3] * 2), ArgumentError, "1 or -1"),
        (lambda x: F.hinge_loss(x, [1, -1, 1]), ShapeError, "differ in shape"),
        (lambda x: F.multi_margin_loss(x, [0, 3]), IndexingError, "outside of 0 to 2"),
        (lambda x: F.multi_margin_loss(x, [0, 1], 3), ArgumentError, "p is 1 or 2"),
        (
            lambda x: F.multilabel_margin_loss(x, [[0, 2, -1]] * 2),
            ArgumentError,
            "targets are from 0 to 1",
        ),
        (lambda x: F.multilabel_margin_loss(1.0, 1), ShapeError, "classes"),
        (lambda x: F.multilabel_soft_margin_loss(1.0, 1), ArgumentError, "axis"),
        (lambda x: F.focal_loss(x, BITS, 2.0), ArgumentError, "alpha"),
        (lambda x: F.focal_loss(x, BITS, gamma=-1), ArgumentError, "gamma"),
        (lambda x: F.focal_loss(x, [[1, 0, 4]] * 2), ArgumentError, "from 0 to 1"),
        (lambda x: F.dice_loss(x, BITS), ArgumentError, "with sigmoid"),
        (
            lambda x: F.sigmoid_cross_entropy(x, BITS, np.ones((2, 1, 1))),
            ShapeError,
            "weights fit losses",
        ),
        (
            lambda x: F.sigmoid_cross_entropy(x, BITS, pos_weight=[1, 2]),
            ShapeError,
            "weights fit losses",
        ),
        (lambda x: F.sigmoid_cross_entropy(x, [[1, 0, 7]] * 2), ArgumentError, "to 1"),
    ],
)
def test_labels_and_margins_that_are_refused(call, error, message):
    with pytest.raises(error, match=message):
        call(SCORES)
