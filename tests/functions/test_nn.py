import numpy as np
import pytest

import ondol
import ondol.functions as F
from ondol import State, Variable, test_mode
from ondol.errors import ArgumentError, DtypeError, IndexingError, ShapeError
from ondol.testing import check_grads

predicting = test_mode  # pytest would take the name for that of a test
del test_mode

# -- dropout ---------------------------------------------------------------------------


def test_dropout_keeps_the_mean():
    ondol.seed(0)
    y = F.dropout(np.ones((200, 500), np.float32), 0.2).data
    np.testing.assert_allclose(np.unique(y), [0, 1.25])
    assert abs((y == 0).mean() - 0.2) < 0.005
    assert abs(y.mean() - 1) < 0.01


def test_dropout_is_repeatable():
    def draw(seed):
        ondol.seed(seed)
        return [F.dropout(np.ones(100)).data for _ in range(2)]

    first, again, other = draw(1), draw(1), draw(2)
    np.testing.assert_array_equal(first, again)
    assert (first[0] != first[1]).any()
    assert (first[0] != other[0]).any()


def test_dropout_gradient_has_the_same_holes():
    x = Variable(np.ones(100))
    y = F.dropout(x)
    y.backward()
    np.testing.assert_array_equal(x.grad.data, y.data)


def test_dropout_does_nothing_in_test_mode():
    x = Variable(np.ones(100))
    with predicting():
        assert F.dropout(x, 0.9) is x
    assert F.dropout(x, 0.0) is x


def test_dropout_of_integers():
    ondol.seed(0)
    y = F.dropout(np.ones(50, int), 0.5)
    assert y.dtype == np.float64
    assert set(y.data) == {0.0, 2.0}


@pytest.mark.parametrize("ratio", [1, -0.1, 1.5, np.nan])
def test_dropout_ratios(ratio):
    with pytest.raises(ArgumentError, match="ratio"):
        F.dropout(Variable(np.ones(3)), ratio)


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


# -- linear and embedding --------------------------------------------------------------


def test_linear_computes_no_gradient_of_plain_data():
    W, b = Variable(np.ones((3, 2))), Variable(np.zeros(2))
    y = F.linear(np.ones((4, 3)), W, b)
    y.backward()
    np.testing.assert_array_equal(W.grad.data, np.full((3, 2), 4))
    np.testing.assert_array_equal(b.grad.data, [4, 4])
    assert set(y.creator.inputs) == {W, b}


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (((4, 3), (2, 3)), r"x \(..., inputs\) needs W \(inputs, outputs\)"),
        (((4, 3), (3,)), "needs W"),
        (((), (3, 2)), "needs W"),
        (((4, 3), (3, 2), (3,)), "each of 2 outputs"),
        (((4, 3), (3, 2), (1, 2)), "each of 2 outputs"),
        (((4, 3), (3, 2), ()), "each of 2 outputs"),
    ],
)
def test_linear_shapes(shapes, message):
    with pytest.raises(ShapeError, match=message):
        F.linear(*(Variable(np.ones(shape)) for shape in shapes))


def test_an_id_met_twice_gets_both_gradients():
    W = Variable(np.ones((3, 2)))
    F.embedding(np.array([[1, 1], [0, 1]]), W).backward()
    np.testing.assert_array_equal(W.grad.data, [[1, 1], [3, 3], [0, 0]])
    check_grads(lambda W: F.embedding(np.array([1, 1, 0]), W) ** 2, W.data)


@pytest.mark.parametrize(
    ("ids", "error", "message"),
    [
        ([0.0], DtypeError, "integers from 0 to 2, got float64"),
        ([True], DtypeError, "got bool"),
        ([3], IndexingError, "id 3 is outside of 0 to 2"),
        ([0, -1], IndexingError, "id -1 is outside"),
    ],
)
def test_embedding_ids(ids, error, message):
    with pytest.raises(error, match=message):
        F.embedding(ids, Variable(np.ones((3, 2))))


def test_embedding_needs_a_table():
    with pytest.raises(ShapeError, match=r"\(vocabulary, features\)"):
        F.embedding([0], Variable(np.ones(3)))
