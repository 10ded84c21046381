import numpy as np
import pytest

import ondol.functions as F
from ondol import Variable
from ondol.errors import ArgumentError, DtypeError, IndexingError, ShapeError

SCORES = np.random.default_rng(0).normal(size=(2, 5, 3))


def test_scores_and_their_log_probabilities_give_the_same():
    t = [[1, 2], [2, 1]]
    expected = F.ctc_loss(SCORES, t).data
    np.testing.assert_allclose(F.ctc_loss(F.log_softmax(SCORES), t).data, expected)


def test_what_is_behind_the_end_does_not_matter():
    t = np.array([[1, 2, 0], [2, 7, -9]])
    x, steps, labels = Variable(SCORES), np.array([3, 5]), [2, 1]
    loss = F.ctc_loss(x, t, steps, labels)
    short = F.ctc_loss(SCORES[:1, :3], t[:1, :2]).data, F.ctc_loss(SCORES[1:], [[2]])
    np.testing.assert_allclose(loss.data, (short[0] + short[1].data) / 2)
    loss.backward()
    np.testing.assert_array_equal(x.grad.data[0, 3:], 0)
    assert x.grad.data[0, :3].all()


def test_a_target_with_just_enough_steps():
    p = F.softmax(SCORES[:1, :3]).data[0]
    loss = F.ctc_loss(SCORES[:1, :3], [[1, 1]])
    np.testing.assert_allclose(np.exp(-loss.data), p[0, 1] * p[1, 0] * p[2, 1])


def test_no_labels_are_blanks_alone():
    p = F.softmax(SCORES).data
    loss = F.ctc_loss(SCORES, np.zeros((2, 0), int), reduction="none")
    np.testing.assert_allclose(np.exp(-loss.data), p[..., 0].prod(-1))


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_long_sequences_neither_underflow_nor_lose_their_dtype(dtype, rng):
    x = Variable(rng.normal(size=(1, 300, 5)).astype(dtype))
    loss = F.ctc_loss(x, np.tile([1, 2, 3, 4], 15)[None])
    loss.backward()
    assert loss.dtype == x.grad.dtype == dtype
    assert 100 < loss.data < 1000
    # The gradients of a step's softmax sum to 0.
    np.testing.assert_allclose(x.grad.data.sum(-1), 0, atol=2e-2)


def test_labels_that_are_impossible_cost_infinity():
    x = SCORES.copy()
    x[0, :, 1] = -np.inf
    x = Variable(x)
    loss = F.ctc_loss(x, [[1], [2]], reduction="none")
    assert loss.data[0] == np.inf
    assert np.isfinite(loss.data[1])
    loss.backward()
    assert np.isfinite(x.grad.data).all()


@pytest.mark.parametrize(
    ("args", "error", "message"),
    [
        ((SCORES[0], [[1, 2]]), ShapeError, r"expected scores \(N, steps, classes\)"),
        ((SCORES, [1, 2]), ShapeError, r"targets \(N, labels\)"),
        ((SCORES, [[1, 2]]), ShapeError, r"targets \(N, labels\)"),
        ((SCORES[:, :0], [[1], [2]]), ShapeError, "expected scores"),
        ((SCORES, [[1.0], [2.0]]), DtypeError, "expected ids"),
        ((SCORES, [[1], [3]]), IndexingError, "id 3 is outside of 0 to 2"),
        ((SCORES, [[1], [-1]]), IndexingError, "id -1 is outside"),
        ((SCORES, [[1], [2]], None, None, 3), IndexingError, "id 3 is outside"),
        ((SCORES, [[1], [0]]), ArgumentError, "class 0 is the blank"),
        ((SCORES, [[1], [2]], None, None, 2), ArgumentError, "class 2 is the blank"),
        ((SCORES, [[1, 1, 1], [1, 2, 1]], [5, 2]), ArgumentError, "more between"),
        ((SCORES[:, :4], [[1, 1, 1], [1, 2, 1]]), ArgumentError, "steps of"),
        ((SCORES, [[1], [2]], [5, 6]), ArgumentError, "input_lengths are from 1 to 5"),
        ((SCORES, [[1], [2]], [0, 5]), ArgumentError, "input_lengths are from 1 to 5"),
        ((SCORES, [[1], [2]], [5.0, 5.0]), DtypeError, "input_lengths of shape"),
        ((SCORES, [[1], [2]], 5), ShapeError, r"input_lengths of shape \(2,\)"),
        ((SCORES, [[1], [2]], None, [1, 2]), ArgumentError, "from 0 to 1"),
    ],
)
def test_what_is_refused(args, error, message):
    with pytest.raises(error, match=message):
        F.ctc_loss(Variable(args[0]), *args[1:])
