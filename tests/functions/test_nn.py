import numpy as np
import pytest

import ondol.functions as F
from ondol import Variable
from ondol.errors import DtypeError, IndexingError, ShapeError
from ondol.testing import check_grads


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


def test_the_row_of_the_padding_gets_no_gradient():
    W, ids = Variable(np.ones((3, 2))), np.array([[1, 2], [0, 1]])
    y = F.embedding(ids, W, padding_index=1)
    np.testing.assert_array_equal(y.data, F.embedding(ids, W).data)
    y.backward()
    np.testing.assert_array_equal(W.grad.data, [[1, 1], [0, 0], [1, 1]])


@pytest.mark.parametrize("padding", [3, -1])
def test_the_padding_is_an_id(padding):
    with pytest.raises(IndexingError, match="outside of 0 to 2"):
        F.embedding([0], Variable(np.ones((3, 2))), padding)


@pytest.mark.parametrize(
    "shapes",
    [
        ((2, 3), (2, 4), (4, 3, 5)),
        ((2, 3), (1, 4), (3, 4, 5)),
        ((2, 3), (2, 4), (3, 4)),
        ((2, 3), (2, 4), (3, 4, 5), (1,)),
        ((), (4,), (3, 4, 5)),
    ],
)
def test_bilinear_shapes(shapes):
    with pytest.raises(ShapeError, match=r"W \(inputs, other inputs, outputs\)"):
        F.bilinear(*(Variable(np.ones(shape)) for shape in shapes))
