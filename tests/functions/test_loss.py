import numpy as np
import pytest

import ondol.functions as F
from ondol import Variable
from ondol.errors import ArgumentError, DtypeError, IndexingError, ShapeError

SCORES = Variable(np.arange(6.0).reshape(2, 3))
VECTOR = Variable(np.arange(3.0))


# -- values ----------------------------------------------------------------------------


def test_the_mean_is_over_all_elements():
    assert F.mean_squared_error(np.zeros((2, 3)), np.full((2, 3), 2.0)).data == 4


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


def test_accuracy():
    y = F.accuracy(SCORES, np.array([2, 0]))
    assert y.data == 0.5
    assert y.shape == ()
    assert F.accuracy(np.zeros((2, 5, 3)), np.zeros((2, 5), int)).data == 1


# -- refusals --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "loss", [F.mean_squared_error, F.sigmoid_cross_entropy, F.binary_cross_entropy]
)
def test_a_loss_does_not_broadcast(loss):
    column = Variable(np.full((3, 1), 0.5))
    with pytest.raises(ShapeError, match=r"perhaps t.reshape\(\(3, 1\)\)"):
        loss(column, np.ones(3))
    with pytest.raises(ShapeError, match="does not broadcast"):
        loss(Variable(np.full((2, 3), 0.5)), np.ones(3))


@pytest.mark.parametrize("function", [F.softmax_cross_entropy, F.accuracy])
@pytest.mark.parametrize(
    ("t", "error", "message"),
    [
        ([0.0, 1.0], DtypeError, "expected ids, integers from 0 to 2, got float64"),
        ([True, False], DtypeError, "got bool"),
        (np.eye(3)[:2], DtypeError, r"one-hot rows become ids by t.argmax\(-1\)"),
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


def test_scores_need_classes():
    with pytest.raises((ShapeError, IndexingError)):
        F.softmax_cross_entropy(Variable(np.array(1.0)), 0)


@pytest.mark.parametrize("p", [1.5, -0.5])
def test_scores_are_no_probabilities(p):
    with pytest.raises(ArgumentError, match="for scores take sigmoid_cross_entropy"):
        F.binary_cross_entropy(Variable(np.array([0.5, p])), np.array([0, 1]))
