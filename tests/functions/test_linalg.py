"""Linear algebra beyond the table: complex matrices, conventions, errors."""

import operator
import pickle
import re
from itertools import product

import numpy as np
import pytest

import ondol.functions as F
from ondol import Variable
from ondol.errors import (
    ArgumentError,
    DtypeError,
    GradientError,
    OndolError,
    ShapeError,
)
from ondol.testing import check_grads

LA = F.linalg


def grad(f, x):
    x = Variable(np.array(x))
    f(x).backward()
    return x.grad.data


def draw(rng, *shape):
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


# -- NumPy's names ---------------------------------------------------------------------

ARGUMENTS = {
    "cross": "vv", "outer": "vv", "vecdot": "vv", "matmul": "mm", "tensordot": "mm",
    "solve": "mm", "lstsq": "mv", "matrix_power": "m2", "tensorsolve": "tv",
    "tensorinv": "t1", "multi_dot": "l",
}  # fmt: skip


def arguments(name, wrap):
    m = np.array([[4.0, 1.0, 0.5], [1.0, -3.0, 0.2], [0.5, 0.2, 6.0]])
    m = m @ m if name == "cholesky" else m
    parts = {"m": m, "v": m[0], "t": m.reshape(3, 1, 3)}
    made = {key: wrap(x) for key, x in parts.items()}
    made |= {"l": [made["m"], made["m"], made["v"]], "2": 2, "1": 1}
    return [made[letter] for letter in ARGUMENTS.get(name, "m")]


def flat(y):
    return list(y) if isinstance(y, tuple) else [y]


@pytest.mark.parametrize("name", LA.__all__)
def test_numpy_spelling_is_the_same_function(name):
    numpys = getattr(np.linalg, name)
    expected = flat(numpys(*arguments(name, np.array)))
    got = flat(numpys(*arguments(name, Variable)))
    ours = flat(getattr(LA, name)(*arguments(name, Variable)))
    for e, g, o in zip(expected, got, ours, strict=True):
        assert isinstance(g, Variable)
        np.testing.assert_allclose(g.data, e, rtol=1e-12, atol=1e-14)
        np.testing.assert_array_equal(o.data, g.data)
    assert [y.creator and y.creator.name for y in got] == [
        y.creator and y.creator.name for y in ours
    ]


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("svd", "U S Vh"), ("eigh", "eigenvalues eigenvectors"), ("qr", "Q R"),
        ("eig", "eigenvalues eigenvectors"), ("slogdet", "sign logabsdet"),
    ],
)  # fmt: skip
def test_results_have_numpys_names(name, fields):
    m = np.array([[2.0, 1.0], [0.0, 3.0]])
    ours, numpys = getattr(np.linalg, name)(Variable(m)), getattr(np.linalg, name)(m)
    for field in fields.split():
        part = getattr(ours, field)
        np.testing.assert_array_equal(part.data, getattr(numpys, field))


@pytest.mark.parametrize("name", sorted({*LA.__all__} - {"matrix_rank"}))
def test_single_precision_stays_single(name):
    inputs = arguments(name, lambda x: Variable(x.astype(np.float32)))
    inputs = [v for x in inputs for v in (x if isinstance(x, list) else [x])]
    args = [inputs] if name == "multi_dot" else inputs
    single = [y for y in flat(getattr(LA, name)(*args)) if y.dtype.kind in "fc"]
    assert {y.dtype.name for y in single} <= {"float32", "complex64"}
    np.sum(np.real(single[0])).backward()  # from NumPy 2.5 on eigenvalues are complex
    leaves = [x for x in inputs if isinstance(x, Variable)]
    assert {x.grad.dtype.name for x in leaves} == {"float32"}


@pytest.mark.parametrize("space", [F.linalg, F.fft], ids=["linalg", "fft"])
def test_functions_can_be_pickled(space):
    for name in space.__all__:
        function = getattr(space, name)
        assert pickle.loads(pickle.dumps(function)) is function


# -- complex matrices ------------------------------------------------------------------


def regular(z):
    return z + np.diag([4, 5j + 1, -6])[: z.shape[-2], : z.shape[-1]]


def hermitian(z):
    z = regular(z)
    return z + np.conj(np.swapaxes(z, -1, -2))


def positive(z):
    return z @ np.conj(np.swapaxes(z, -1, -2)) + np.eye(z.shape[-1])


def size(z):
    return np.real(z) ** 2 + np.imag(z) ** 2


def both(z):
    return np.stack([np.real(z), np.imag(z)])


def of_eigenvectors(z):
    w, v = np.linalg.eigh(hermitian(z))
    return w, both(v[..., :, :1] @ np.conj(np.swapaxes(v[..., :, :1], -1, -2)))


def of_eig(z):
    w, v = np.linalg.eig(regular(z))
    return both(w), size(v)


def of_svd(z):
    u, s, vh = np.linalg.svd(regular(z), full_matrices=False)
    return s, size(u), size(vh), both(u[..., :, :1] @ vh[..., :1, :])


def of_qr(z):
    q, r = np.linalg.qr(regular(z))
    return both(q), both(r)


OF_COMPLEX = {
    "inv": lambda z: both(np.linalg.inv(regular(z))),
    "solve": lambda z: both(np.linalg.solve(regular(z), z[..., :2] * 1j)),
    "det": lambda z: both(np.linalg.det(z)),
    "slogdet": lambda z: (both(np.linalg.slogdet(z)[0]), np.linalg.slogdet(z)[1]),
    "cholesky": lambda z: both(np.linalg.cholesky(positive(z))),
    "cholesky, upper": lambda z: both(np.linalg.cholesky(positive(z), upper=True)),
    "qr": of_qr,
    "eigh": of_eigenvectors,
    "eigvalsh": lambda z: np.linalg.eigvalsh(hermitian(z), "U"),
    "eig": of_eig,
    "eigvals": lambda z: both(np.linalg.eigvals(regular(z))),
    "svd": of_svd,
    "svdvals": lambda z: np.linalg.svdvals(z),
    "pinv": lambda z: both(np.linalg.pinv(regular(z))),
    "norm": lambda z: np.linalg.norm(z),
    "norm 1": lambda z: np.linalg.norm(z, 1, axis=-1),
    "norm 3": lambda z: np.linalg.norm(z, 3, axis=-1),
    "norm inf": lambda z: np.linalg.norm(z, np.inf, axis=-1),
    "nuclear": lambda z: np.linalg.norm(z, "nuc", axis=(-2, -1)),
    "cond": lambda z: np.linalg.cond(regular(z)),
    "matrix_power": lambda z: both(np.linalg.matrix_power(regular(z), -3)),
    "vecdot": lambda z: both(np.linalg.vecdot(z, z * z)),
}
SQUARE, STACK, TALL, WIDE = (3, 3), (2, 2, 2), (3, 2), (2, 3)
SQUARES = {"qr", "svd", "svdvals", "pinv", "norm", "norm 3", "nuclear", "cond"}
COMPLEX_ROWS = [
    (name, shape)
    for name, shape in product(OF_COMPLEX, (SQUARE, STACK, TALL, WIDE))
    if shape in (SQUARE, STACK) or name in SQUARES
]


@pytest.mark.parametrize(("name", "shape"), COMPLEX_ROWS)
def test_complex_matrices(name, shape, rng):
    f, z = OF_COMPLEX[name], draw(rng, *shape)
    for y, e in zip(flat(f(Variable(z))), flat(f(z)), strict=True):
        np.testing.assert_allclose(y.data, e, rtol=1e-10, atol=1e-12)
    check_grads(lambda a, b: f(a + 1j * b), z.real, z.imag, rtol=1e-4, atol=1e-5)


def test_least_squares_of_complex_numbers(rng):
    a, b = draw(rng, 4, 2), draw(rng, 4)
    ours, numpys = np.linalg.lstsq(Variable(a), b), np.linalg.lstsq(a, b)
    for y, e in zip(ours, numpys, strict=True):
        np.testing.assert_allclose(y.data, e, rtol=1e-10)
    check_grads(
        lambda x, y: (lambda r: (both(r[0]), r[1]))(LA.lstsq(x + 1j * y, b)),
        a.real, a.imag, rtol=1e-4, atol=1e-5,
    )  # fmt: skip


# -- determinants of singular matrices -------------------------------------------------

SINGULAR = {
    "rank n-1": np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]]),
    "rank n-2": np.outer([1.0, 2, 3], [1.0, -1, 2]),
    "zero": np.zeros((3, 3)),
    "zero, 2": np.zeros((2, 2)),
    "zero, 1": np.zeros((1, 1)),
    "equal singular values": np.eye(3),
    "stack": np.stack([np.eye(2), np.zeros((2, 2)), np.ones((2, 2))]),
    "empty": np.zeros((0, 0)),
}


@pytest.mark.parametrize("name", SINGULAR)
def test_det_has_both_derivatives_at_every_matrix(name):
    check_grads(LA.det, SINGULAR[name])


def test_the_gradient_of_det_is_the_matrix_of_cofactors():
    got = grad(LA.det, SINGULAR["rank n-1"])
    np.testing.assert_allclose(got, [[-3, 6, -3], [6, -12, 6], [-3, 6, -3]], atol=1e-12)
    assert np.abs(grad(LA.det, SINGULAR["rank n-2"])).max() < 1e-13


def test_a_complex_singular_matrix(rng):
    z = draw(rng, 3, 1) @ draw(rng, 1, 3)
    check_grads(lambda a, b: both(LA.det(a + 1j * b)), z.real, z.imag)


def test_slogdet_does_not_overflow():
    x = np.eye(400) * 1e-3
    sign, logarithm = LA.slogdet(Variable(x))
    assert sign.item() == 1
    np.testing.assert_allclose(logarithm.item(), 400 * np.log(1e-3))
    np.testing.assert_allclose(grad(lambda x: LA.slogdet(x)[1], x), np.eye(400) * 1e3)


def test_slogdet_of_a_singular_matrix_has_no_gradient():
    x = Variable(np.ones((2, 2)))
    sign, logarithm = LA.slogdet(x)
    assert (sign.item(), logarithm.item()) == (0, -np.inf)
    with pytest.raises(GradientError, match="slogdet needs the inverse"):
        logarithm.backward()


# -- values that repeat ----------------------------------------------------------------

REPEATED = np.diag([2.0, 2.0, 5.0])


@pytest.mark.parametrize(
    "values", [LA.eigvalsh, lambda x: LA.eigh(x)[0], lambda x: LA.eigh(x, "U")[0]]
)
def test_repeated_eigenvalues_that_are_treated_alike(values):
    turn = np.linalg.qr(np.arange(9.0).reshape(3, 3) ** 2 + np.eye(3))[0]
    x = turn @ REPEATED @ turn.T
    got = grad(lambda x: np.sum(np.exp(values(x))), x)
    np.testing.assert_allclose(got, turn @ np.diag(np.exp([2, 2, 5])) @ turn.T)


@pytest.mark.parametrize(
    "values", [LA.svdvals, lambda x: LA.svd(x)[1], lambda x: LA.svd(x, False, False)]
)
def test_repeated_singular_values_that_are_treated_alike(values):
    got = grad(lambda x: np.sum(values(x) ** 3), REPEATED)
    np.testing.assert_allclose(got, 3 * REPEATED**2, atol=1e-12)


def test_repeated_eigenvalues_of_a_matrix_with_independent_vectors():
    got = grad(lambda x: np.sum(np.real(LA.eigvals(x)) ** 2), REPEATED)
    np.testing.assert_allclose(got, 2 * REPEATED)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: LA.eigh(x)[1],
        lambda x: LA.svd(x)[0],
        lambda x: LA.svd(x)[2],
        lambda x: np.real(LA.eig(x)[1]),
        lambda x: (lambda w, v: v @ (np.exp(w)[:, None] * v.T))(*LA.eigh(x)),
    ],
)
def test_vectors_of_repeated_values_have_no_gradient_and_it_shows(f):
    assert np.isnan(grad(lambda x: np.sum(f(x) * np.arange(3)), REPEATED)).any()


def test_a_singular_value_of_0_is_a_kink():
    x = np.outer([3.0, 4.0], [1.0, 0.0])
    expected = np.outer([0.6, 0.8], [1.0, 0.0])
    for f in (lambda x: np.sum(LA.svdvals(x)), lambda x: LA.norm(x, "nuc")):
        np.testing.assert_allclose(grad(f, x), expected, atol=1e-12)


@pytest.mark.parametrize("name", ["cholesky", "eigvalsh"])
def test_functions_of_symmetric_matrices_have_symmetric_gradients(name, rng):
    x = rng.normal(size=(3, 3))
    x = x @ x.T + np.eye(3)
    g = grad(lambda x: np.sum(getattr(LA, name)(x) ** 2 * np.arange(3)), x)
    np.testing.assert_allclose(g, g.T)


# -- norms -----------------------------------------------------------------------------

ORDERS = [2, 1, 3, 0.5, -1, -2.5, np.inf, -np.inf, 0]


@pytest.mark.parametrize("ord", ORDERS)
def test_the_gradient_of_a_norm_at_0_is_0(ord):
    x = Variable(np.zeros((2, 3)))
    y = LA.vector_norm(x, axis=1, ord=ord)
    np.testing.assert_array_equal(y.data, 0)
    if ord != 0:
        y.backward()
        np.testing.assert_array_equal(x.grad.data, 0)


@pytest.mark.parametrize("ord", ["fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf])
def test_the_gradient_of_a_matrix_norm_at_0_is_0(ord):
    np.testing.assert_array_equal(grad(lambda x: LA.norm(x, ord), np.zeros((2, 3))), 0)


@pytest.mark.parametrize("ord", [2, 1, 3, 0.5, np.inf])
def test_an_element_of_0_gets_the_gradient_0(ord):
    g = grad(lambda x: LA.norm(x, ord), [3.0, 0.0, -4.0])
    assert g[1] == 0
    assert np.isfinite(g).all()


@pytest.mark.parametrize("ord", [-1, -2.5])
def test_a_negative_order_of_a_vector_with_a_0(ord):
    with np.errstate(divide="ignore"):
        expected = np.linalg.norm([3.0, 0.0, -4.0], ord)
    assert LA.norm(Variable(np.array([3.0, 0.0, -4.0])), ord).item() == expected == 0
    assert np.isfinite(grad(lambda x: LA.norm(x, ord), [3.0, 0.0, -4.0])).all()


def test_the_order_0_counts():
    x = np.array([[1.0, 0.0, -2.0], [0.0, 0.0, 1.0]])
    y = LA.norm(Variable(x), 0, axis=1)
    np.testing.assert_array_equal(y.data, np.linalg.norm(x, 0, axis=1))
    assert y.dtype == x.dtype


def test_half_precision_where_numpy_has_it():
    x = np.array([3.0, 4.0], np.float16)
    y = LA.norm(Variable(x))
    assert (y.item(), y.dtype) == (5, np.float16)


@pytest.mark.parametrize("p", [None, 2])
def test_the_condition_of_a_singular_matrix_is_infinite(p):
    x = np.diag([2.0, 0.0])
    assert LA.cond(x, p).item() == np.linalg.cond(x, p) == np.inf


# -- least squares, powers, products ---------------------------------------------------


def test_least_squares_of_a_lower_rank(rng):
    a = np.outer(np.arange(1.0, 5.0), [1.0, 2.0, -1.0])
    b = rng.normal(size=(4, 2))
    for y, e in zip(LA.lstsq(a, b), np.linalg.lstsq(a, b), strict=True):
        np.testing.assert_allclose(y.data, e, atol=1e-12)


def test_a_power_of_0_is_the_unit_matrix():
    x = Variable(np.array([[2.0, 1.0], [0.0, 3.0]]))
    y = np.linalg.matrix_power(x, 0)
    np.testing.assert_array_equal(y.data, np.eye(2))
    y.backward()
    np.testing.assert_array_equal(x.grad.data, 0)


def test_a_product_of_many_takes_the_cheapest_order(rng):
    shapes = (10, 100), (100, 5), (5, 50), (50, 1)
    xs = [Variable(rng.normal(size=shape)) for shape in shapes]
    y = LA.multi_dot(xs)
    a, rest = y.creator.inputs
    assert a is xs[0]
    assert [x.shape for x in rest.creator.inputs] == [(100, 5), (5, 1)]
    np.testing.assert_allclose(y.data, np.linalg.multi_dot([x.data for x in xs]))


def test_numpys_rule_for_what_is_a_vector():
    """A b of one axis is one vector; of more axes it holds matrices."""
    a, b = np.stack([np.eye(2)] * 2), np.ones((2, 2))
    assert np.linalg.solve(Variable(a), b[0]).shape == (2, 2)
    assert np.linalg.solve(Variable(a), b).shape == (2, 2, 2)


# -- errors ----------------------------------------------------------------------------

FLAT, ROW, ONES = np.ones((2, 3)), np.ones(3), np.ones((2, 2))
WRONG = {
    "inv, not square": (lambda v: LA.inv(v(FLAT)), ArgumentError, "square"),
    "inv, singular": (lambda v: LA.inv(v(ONES)), ArgumentError, "Singular"),
    "inv, a vector": (lambda v: LA.inv(v(ROW)), ArgumentError, "two-dimensional"),
    "solve, singular": (lambda v: LA.solve(v(ONES), ROW[:2]), ArgumentError, "Singul"),
    "solve, lengths": (lambda v: LA.solve(v(np.eye(2)), ROW), ShapeError, "solve"),
    "det, not square": (lambda v: LA.det(v(FLAT)), ArgumentError, "square"),
    "cholesky": (lambda v: LA.cholesky(v(-ONES)), ArgumentError, "positive definite"),
    "cholesky, upper": (lambda v: LA.cholesky(v(FLAT), upper=True), ArgumentError,
                        "square"),
    "eigh": (lambda v: LA.eigh(v(FLAT)), ArgumentError, "square"),
    "eigh, UPLO": (lambda v: LA.eigh(v(ONES), "X"), ShapeError, "UPLO"),
    "eig, nan": (lambda v: LA.eig(v(ONES * np.nan)), ArgumentError, "NaN|infs"),
    "qr, mode": (lambda v: LA.qr(v(FLAT), "complete"), ArgumentError, "complete"),
    "svd, full": (lambda v: LA.svd(v(FLAT)), ArgumentError, "full_matrices=False"),
    "svd, a vector": (lambda v: LA.svd(v(ROW), False), ArgumentError, "svd"),
    "half": (lambda v: LA.inv(v(ONES.astype(np.float16))), DtypeError, "float16"),
    "norm, name": (lambda v: LA.norm(v(FLAT), "max"), ArgumentError, "'fro', 'nuc'"),
    "norm, of a vector": (lambda v: LA.norm(v(ROW), "fro"), ArgumentError, "a number"),
    "norm, axes": (lambda v: LA.norm(v(FLAT), axis=(0, 1, 2)), ArgumentError, "axis"),
    "norm, one axis twice": (lambda v: LA.norm(v(FLAT), axis=(0, 0)), ArgumentError,
                             "once"),
    "norm, of three axes": (lambda v: LA.norm(v(np.ones((2, 2, 2))), 2), ArgumentError,
                            "axis"),
    "vector_norm": (lambda v: LA.vector_norm(v(ROW), ord=None), ArgumentError, "ord"),
    "matrix_norm": (lambda v: LA.matrix_norm(v(FLAT), ord=3), ArgumentError, "ord"),
    "matrix_power, n": (lambda v: LA.matrix_power(v(ONES), 0.5), ArgumentError, "0.5"),
    "matrix_power": (lambda v: LA.matrix_power(v(FLAT), 2), ShapeError, "M, M"),
    "multi_dot, one": (lambda v: LA.multi_dot([v(ONES)]), ShapeError, "two or more"),
    "multi_dot, lengths": (lambda v: LA.multi_dot([v(ONES), FLAT, ONES]), ShapeError,
                           "matmul"),
    "matrix_power, far": (lambda v: LA.matrix_power(v(ONES), 10**300), ArgumentError,
                          "whole number"),
    "pinv, both": (lambda v: LA.pinv(v(FLAT), 1e-3, rtol=0.5), ArgumentError, "both"),
    "lstsq": (lambda v: LA.lstsq(v(FLAT), ROW), ShapeError, "lstsq"),
    "tensorinv": (lambda v: LA.tensorinv(v(FLAT), 1), ShapeError, "ind=1"),
    "tensorsolve": (lambda v: LA.tensorsolve(v(FLAT), ROW), ShapeError, "b.shape"),
    "outer": (lambda v: LA.outer(v(FLAT), ROW), ShapeError, "two vectors"),
    "cross": (lambda v: LA.cross(v(ONES), ONES), ShapeError, "3 elements"),
    "vecdot": (lambda v: LA.vecdot(v(FLAT), np.ones(2)), ShapeError, "n"),
    "matrix_transpose": (lambda v: LA.matrix_transpose(v(ROW)), ShapeError, "stack"),
}  # fmt: skip


@pytest.mark.parametrize("wrap", [Variable, operator.pos], ids=["Variable", "array"])
@pytest.mark.parametrize("name", WRONG)
def test_wrong_calls_are_told(name, wrap):
    call, kind, message = WRONG[name]
    with pytest.raises(OndolError, match=message) as told:
        call(wrap)
    assert type(told.value) is kind
    assert re.search(r"\n  (argument 1|[abmx]1?): float\d\d \(", str(told.value))


def test_a_gradient_through_dependent_columns_is_told():
    x = Variable(np.array([[1.0, 0.0], [1.0, 0.0]]))  # whatever the rounding
    with pytest.raises(GradientError, match="qr needs the inverse"):
        LA.qr(x)[0].backward()


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.linalg.multi_dot([x, x], out=np.zeros((2, 2))),
        lambda x: np.linalg.pinv(x, hermitian=True),
        lambda x: np.linalg.svd(x, hermitian=True),
        lambda x: np.linalg.trace(x, dtype=float),
    ],
)
def test_arguments_that_are_not_followed_are_refused(call):
    with pytest.raises(TypeError, match="unexpected keyword"):
        call(Variable(ONES))


@pytest.mark.parametrize("axis", [0, -1, -2])
@pytest.mark.parametrize("shapes", [((3, 3), (3,)), ((3, 3), (2, 3, 3))])
def test_vecdot_counts_the_axis_in_each_operand(axis, shapes, rng):
    a, b = (rng.normal(size=shape) for shape in shapes)
    if -axis > b.ndim:
        with pytest.raises(OndolError, match="vecdot"):
            LA.vecdot(a, b, axis=axis)
        return
    try:
        expected = np.linalg.vecdot(a, b, axis=axis)
    except ValueError:
        with pytest.raises(ShapeError, match="vecdot"):
            LA.vecdot(a, b, axis=axis)
        return
    np.testing.assert_allclose(LA.vecdot(a, b, axis=axis).data, expected)


def test_vecdot_takes_no_numbers():
    with pytest.raises(OndolError, match="vecdot"):
        LA.vecdot(2.0, np.ones(3))
