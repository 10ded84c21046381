from operator import attrgetter

import numpy as np
import pytest

import ondol.functions as F
from ondol import Variable
from ondol.errors import ArgumentError, ShapeError
from ondol.functions import products
from ondol.hot import numpy_only
from ondol.testing import check_grads

X = Variable(np.arange(6.0).reshape(2, 3))
V = Variable(np.arange(3.0))


def test_matrices_of_a_stack_share_one_product(rng):
    """The gradient of a shared matrix sums over the whole stack."""
    a, b = rng.normal(size=(4, 5, 2, 3)), Variable(rng.normal(size=(3, 2)))
    F.matmul(a, b).backward()
    np.testing.assert_allclose(b.grad.data, np.repeat(a.sum((0, 1, 2))[:, None], 2, 1))


@pytest.mark.parametrize("dtypes", ["dd", "fd", "df", "ff", "lf", "ll"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_tall_matrix_is_multiplied_by_rows(rng, dtypes, order, monkeypatch):
    a = np.asarray(rng.normal(size=(9001, 5)) * 9, dtypes[0], order=order)
    b = np.asarray(rng.normal(size=(12, 14)) * 9, dtypes[1])[::2, ::2][:5]
    with monkeypatch.context() as patch:
        blocks, dot = [], np.dot
        patch.setattr(np, "dot", lambda *x, out: blocks.append(dot(*x, out=out)))
        with numpy_only():
            y = products.product(a, b)
    assert [len(block) for block in blocks] == [7489, 1512]  # (1 << 18) // 35, the rest
    assert y.dtype == (a @ b).dtype
    np.testing.assert_allclose(y, a @ b, rtol=1e-4, atol=1e-4)


def test_a_tall_matrix_without_columns():
    assert products.product(np.ones((9001, 0)), np.ones((0, 5))).sum() == 0
    assert products.product(np.ones((9001, 5)), np.ones((5, 0))).shape == (9001, 0)


def test_products_keep_float32(rng):
    a, b = (Variable(rng.normal(size=(3, 3)).astype(np.float32)) for _ in range(2))
    for y in (a @ b, F.dot(a, b), F.inner(a, b), F.outer(a, b), F.einsum("ii->i", a)):
        assert y.dtype == np.float32


def test_products_conjugate_as_numpys_do(rng):
    a, b = rng.normal(size=(2, 3, 3)) + 1j * rng.normal(size=(2, 3, 3))
    np.testing.assert_allclose(F.vdot(a, b).data, np.vdot(a, b))
    np.testing.assert_allclose(F.vecdot(a, b).data, (a.conj() * b).sum(-1))
    np.testing.assert_allclose(F.vecmat(a[0], b).data, a[0].conj() @ b)
    np.testing.assert_allclose(F.matvec(a, b[0]).data, a @ b[0])


def test_an_array_beside_a_variable_gets_no_gradient():
    W = Variable(np.ones((3, 2)))
    for y in (
        F.matmul(X.data, W), F.dot(X.data, W), F.tensordot(X.data, W, 1),
        F.einsum("ij,jk", X.data, W), F.outer(X.data, W),
    ):  # fmt: skip
        leaves, todo = set(), [y]
        while todo:
            v = todo.pop()
            todo += v.creator.inputs if v.creator else ()
            leaves |= set() if v.creator else {v}
        assert leaves == {W}


def test_einsum_of_one_operand_twice():
    check_grads(lambda x: F.einsum("ij,kj->ik", x, x), X.data)
    check_grads(lambda x: F.einsum("i,j,k->ijk", x, x, x), V.data)


def test_a_diagonal_in_the_middle_of_a_product(rng):
    a, b = rng.normal(size=(3, 2, 3)), rng.normal(size=(3, 3))
    np.testing.assert_allclose(
        F.einsum("iji,ik->jk", a, b).data, np.einsum("iji,ik->jk", a, b)
    )
    check_grads(lambda a, b: F.einsum("iji,ik->jk", a, b), a, b)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: F.matmul(X, X), "np.matmul.*mismatch"),
        (lambda: F.dot(X, X), "mismatch"),
        (lambda: F.inner(X, X[:, :2]), "they have to be equal"),
        (lambda: F.vdot(X, V), "as many elements in both"),
        (lambda: F.vecdot(X, X[:, :2]), r"vecdot: expected \(\.\.\., n\) and"),
        (lambda: F.matvec(V, V), r"expected \(\.\.\., m, n\) and \(\.\.\., n\)"),
        (lambda: F.vecmat(V, V), r"expected \(\.\.\., n\) and \(\.\.\., n, m\)"),
        (lambda: F.vecmat(X, X), "vecmat: expected"),
        (lambda: F.cross(X[:, :2], X), "vectors of 3 elements along axis -1"),
        (lambda: F.cross(X, X, axis=2), r"axis is one of the \d axes of x, got 2"),
        (lambda: F.tensordot(X, V, axes=((0,), (0,))), "they have to be equal"),
        (lambda: F.tensordot(X, V, axes=2), "a number of axes that both have"),
        (lambda: F.tensordot(X, X, axes=-1), "a number of axes that both have"),
        (lambda: F.tensordot(X, X, axes="a"), "a pair of theirs"),
        (lambda: F.tensordot(X, X, axes=((2,), (0,))), "a pair of theirs"),
        (lambda: F.einsum("ij,jk", X), "names 2 operands, got 1"),
        (lambda: F.einsum("ijk", X), "too many subscripts"),
        (lambda: F.einsum("i->ij", V), "output subscript"),
        (lambda: F.einsum("ij,jk->ik", X, X), "einsum"),
        (lambda: F.einsum("...i->i", X), "write it behind the arrow too"),
        (lambda: F.einsum(X, [0, 1]), "such as 'ij,jk->ik'"),
    ],
)
def test_what_does_not_fit_is_explained(call, message):
    with pytest.raises((ShapeError, ArgumentError), match=message):
        call()


def test_masks_are_multiplied_as_masks():
    """NumPy's conjugate of a mask is of int8, in which 300 are 44."""
    mask = np.ones(300, bool)
    for name in ("vdot", "vecdot", "vecmat", "correlate", "linalg.vecdot"):
        args = (mask, mask[:, None]) if name == "vecmat" else (mask, mask)
        got = attrgetter(name)(F)(*args)
        assert got.dtype == bool
        assert got.data.all()
