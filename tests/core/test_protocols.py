"""NumPy's names and operators on Variables: they differentiate, or they say why not."""

import operator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

import ondol.functions as F
from ondol import Variable
from ondol.errors import DtypeError, ShapeError, UnsupportedError

ARITHMETIC = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "//": operator.floordiv,
    "%": operator.mod,
}
MATRIX = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


# -- both ways round ------------------------------------------------------------------


@pytest.mark.parametrize("name", ARITHMETIC)
@pytest.mark.parametrize(
    "other",
    [2, 2.5, np.float64(2.5), np.int64(2), np.array(1.5), np.arange(1.0, 4.0), MATRIX],
    ids=lambda x: type(x).__name__ + str(np.shape(x)),
)
def test_operators_with_numbers_and_arrays(name, other):
    op = ARITHMETIC[name]
    x = Variable(MATRIX)
    for got, expected in [
        (op(x, other), op(MATRIX, other)),
        (op(other, x), op(other, MATRIX)),
        (op(x, Variable(np.asarray(other))), op(MATRIX, np.asarray(other))),
    ]:
        assert type(got) is Variable
        assert got.creator is not None
        np.testing.assert_allclose(got.data, expected)
        assert got.dtype == expected.dtype


@pytest.mark.parametrize("other", [[1.0, 2.0, 3.0], (1.0, 2.0, 3.0)])
def test_operators_with_lists(other):
    x = Variable(MATRIX)
    np.testing.assert_array_equal((x + other).data, MATRIX + other)
    np.testing.assert_array_equal((other - x).data, other - MATRIX)
    y = other * x
    np.sum(y).backward()
    np.testing.assert_array_equal(x.grad.data, [[1.0, 2.0, 3.0]] * 2)


@pytest.mark.parametrize("name", ["+", "-", "*", "/", "**"])
def test_gradients_both_ways_round(name):
    op = ARITHMETIC[name]
    a, eps = 1.7, 1e-6
    for f in (
        lambda x: op(x, 2.5),
        lambda x: op(2.5, x),
        lambda x: op(np.array(2.5), x),
    ):
        x = Variable(np.array(a))
        f(x).backward()
        expected = (f(a + eps) - f(a - eps)) / (2 * eps)
        np.testing.assert_allclose(x.grad.data, expected, rtol=1e-6)


def test_matrix_product_both_ways_round():
    x, array = Variable(MATRIX), np.arange(6.0).reshape(3, 2)
    for y, expected in [(x @ array, MATRIX @ array), (array @ x, array @ MATRIX)]:
        np.testing.assert_array_equal(y.data, expected)
        x.cleargrad()
        y.backward()
    np.testing.assert_array_equal(x.grad.data, np.outer(array.sum(0), np.ones(3)))


def test_unary_operators():
    x = Variable(np.array([-1.0, 2.0]))
    for y, expected, slope in [
        (-x, [1.0, -2.0], [-1.0, -1.0]),
        (+x, [-1.0, 2.0], [1.0, 1.0]),
        (abs(x), [1.0, 2.0], [-1.0, 1.0]),
    ]:
        np.testing.assert_array_equal(y.data, expected)
        x.cleargrad()
        y.backward()
        np.testing.assert_array_equal(x.grad.data, slope)


@pytest.mark.parametrize(
    "f",
    [np.add, np.subtract, np.multiply, np.divide, np.maximum, np.arctan2, np.hypot],
    ids=lambda f: f.__name__,
)
def test_ufuncs_of_two_arguments_both_ways_round(f):
    array = np.array([2.0, 3.0, 4.0])
    x = Variable(MATRIX)
    for got, expected in [
        (f(x, array), f(MATRIX, array)),
        (f(array, x), f(array, MATRIX)),
        (f(x, 2), f(MATRIX, 2)),
        (f(2, x), f(2, MATRIX)),
    ]:
        assert type(got) is Variable
        np.testing.assert_array_equal(got.data, expected)
        x.cleargrad()
        got.backward()
        assert x.grad.shape == MATRIX.shape


@pytest.mark.parametrize("name", ["exp", "sin", "tanh", "sqrt", "log", "square"])
def test_a_numpy_name_is_the_ondol_name(name):
    x = Variable(MATRIX)
    by_numpy, by_ondol = getattr(np, name)(x), getattr(F, name)(x)
    np.testing.assert_array_equal(by_numpy.data, by_ondol.data)
    by_numpy.backward()
    first = x.grad.data.copy()
    x.cleargrad()
    by_ondol.backward()
    np.testing.assert_array_equal(x.grad.data, first)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.sum(x, axis=0, keepdims=True),
        lambda x: np.sum(a=x, axis=(0, 1)),
        lambda x: np.mean(x, axis=1),
        lambda x: np.max(x, axis=-1, keepdims=True),
        lambda x: np.reshape(x, (3, 2)),
        lambda x: np.transpose(x),
        lambda x: np.concatenate([x, MATRIX], axis=1),
        lambda x: np.concatenate((MATRIX, x)),
        lambda x: np.stack([x, MATRIX], axis=-1),
        lambda x: np.vstack([MATRIX, x]),
        lambda x: np.hstack([x, x]),
        lambda x: np.where(MATRIX > 2, x, MATRIX),
        lambda x: np.where(MATRIX > 2, 0.0, x),
        lambda x: np.clip(x, 2.5, 5.5),
        lambda x: np.matmul(x, np.ones((3, 4))),
        lambda x: np.einsum("ij,kj->ik", x, MATRIX),
        lambda x: np.einsum("ij,kj->ik", MATRIX, x),
        lambda x: np.tensordot(x, MATRIX, axes=2),
        lambda x: np.dot(MATRIX.T, x),
        lambda x: np.outer(x, np.arange(2.0)),
        lambda x: np.broadcast_to(x, (4, 2, 3)),
        lambda x: np.expand_dims(x, 1),
        lambda x: np.squeeze(np.expand_dims(x, axis=0)),
        lambda x: np.pad(x, 1),
        lambda x: np.cumsum(x, axis=1),
        lambda x: np.roll(x, 1, axis=0),
        lambda x: np.flip(x, axis=1),
        lambda x: np.tile(x, (2, 1)),
        lambda x: np.repeat(x, 2, axis=1),
        lambda x: np.take(x, [0, 2], axis=1),
        lambda x: np.var(x, axis=0),
        lambda x: np.swapaxes(x, 0, 1),
        lambda x: np.moveaxis(x, 0, -1),
        lambda x: np.sort(x, axis=1),
        lambda x: np.trace(x),
        lambda x: np.diagonal(x),
        lambda x: np.tril(x),
        lambda x: np.prod(x, axis=1),
    ],
)
def test_array_functions_record(call):
    x = Variable(MATRIX)
    y = call(x)
    assert type(y) is Variable
    np.testing.assert_allclose(y.data, call(MATRIX))
    np.sum(y).backward()
    # exact for the linear ones, close enough for the others
    step = 1e-6 * np.arange(1.0, 7.0).reshape(2, 3)
    expected = (np.sum(call(MATRIX + step)) - np.sum(call(MATRIX - step))) / 2
    np.testing.assert_allclose(np.sum(x.grad.data * step), expected, rtol=1e-5)


def test_split_gives_several_variables():
    x = Variable(MATRIX)
    a, b, c = np.split(x, 3, axis=1)
    np.sum(a * c + b).backward()
    np.testing.assert_array_equal(x.grad.data, [[3.0, 1.0, 1.0], [6.0, 1.0, 4.0]])


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (np.shape, (2, 3)),
        (np.ndim, 2),
        (np.size, 6),
        (np.result_type, np.float64),
        (np.iscomplexobj, False),
        (lambda x: np.allclose(x, MATRIX), True),
        (lambda x: np.array_equal(MATRIX, x), True),
    ],
)
def test_questions_about_the_array(question, expected):
    answer = question(Variable(MATRIX))
    assert not isinstance(answer, Variable)
    assert answer == expected


# -- Variables where a setting is expected --------------------------------------------


def bounds_of(x, low, high):
    return [np.clip(x, low, high), np.clip(x, min=low, max=high)]


def test_a_variable_as_a_keyword_is_differentiated():
    x = np.array([0.0, 1.0, 2.0, 3.0])
    for i in range(2):
        low, high = Variable(np.array(0.5)), Variable(np.array(1.5))
        y = bounds_of(x, low, high)[i]
        np.testing.assert_array_equal(y.data, [0.5, 1.0, 1.5, 1.5])
        np.sum(y).backward()
        assert (low.grad.data, high.grad.data) == (1.0, 2.0)
    low = Variable(np.array(0.5))
    np.sum(np.clip(x, a_min=low, a_max=None)).backward()
    assert low.grad.data == 1.0


@pytest.mark.parametrize(
    "call",
    [
        lambda x, v: np.sum(x, initial=v),
        lambda x, v: np.max(x, initial=v),
        lambda x, v: np.pad(x, 1, constant_values=v),
        lambda x, v: np.sum(x, where=v),
        lambda x, v: np.mean(x, axis=v),
        lambda x, v: np.add(x, 1.0, out=v),
        lambda x, v: np.add(x, 1.0, where=v),
        lambda x, v: np.full_like(x, v),
        lambda x, v: np.nan_to_num(x, nan=v),
    ],
)
def test_a_variable_is_never_a_silent_constant(call):
    x, v = Variable(np.ones(3)), Variable(np.array(2.0))
    try:
        y = call(x, v)
    except (TypeError, ValueError):
        return
    np.sum(y).backward()
    assert v.grad is not None


# -- what raises ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "divide", "power"])
def test_in_place_operators_on_arrays(name):
    array, x = np.ones((2, 3)), Variable(MATRIX)
    with pytest.raises(UnsupportedError, match=r"a = a \+ b"):
        getattr(operator, "i" + {"divide": "truediv"}.get(name, name[:3]))(array, x)
    np.testing.assert_array_equal(array, np.ones((2, 3)))


def test_in_place_operators_on_variables_make_new_ones():
    x = Variable(MATRIX)
    y = x
    y += 1
    y *= 2
    assert y is not x
    np.testing.assert_array_equal(x.data, MATRIX)
    y.backward()
    np.testing.assert_array_equal(x.grad.data, np.full((2, 3), 2.0))


@pytest.mark.parametrize(
    "call",
    [
        lambda x, a: np.add(x, a, out=a),
        lambda x, a: np.add(a, a, out=(x,)),
        lambda x, a: np.exp(x, a),
        lambda x, a: np.add(x, a, where=a > 0),
        lambda x, a: np.add(a, 1, where=x > 0),
        lambda x, a: np.add(x, a, dtype=np.float32),
        lambda x, a: np.sin(x, casting="unsafe"),
        lambda x, a: np.add.reduce(x),
        lambda x, a: np.add.accumulate(x),
        lambda x, a: np.multiply.outer(x, a),
        lambda x, a: np.add.reduceat(x, [0]),
        lambda x, a: np.add.at(a, [0], x),
        lambda x, a: np.sum(x, out=a),
        lambda x, a: np.sum(x, dtype=np.float32),
        lambda x, a: np.sum(x, where=a > 0),
        lambda x, a: np.sum(x, initial=3.0),
        lambda x, a: np.max(x, out=a),
        lambda x, a: np.roots(x),
        lambda x, a: np.packbits(x),
        lambda x, a: np.copyto(a, x),
        lambda x, a: np.einsum_path("ij->i", x),
    ],
)
def test_unsupported_calls_raise(call):
    x, a = Variable(MATRIX), np.full((2, 3), 0.5)
    with pytest.raises(UnsupportedError, match=r"np\.|numpy") as info:
        call(x, a)
    assert isinstance(info.value, TypeError)
    np.testing.assert_array_equal(a, np.full((2, 3), 0.5))


@pytest.mark.parametrize(
    ("f", "near"),
    [
        (np.histogramdd, "np.histogram"),
        (np.unique_values, "np.unique"),
        (np.unpackbits, ""),
        (np.roots, ""),
        (np.packbits, ""),
    ],
    ids=lambda f: getattr(f, "__name__", f),
)
def test_unsupported_names_show_a_way_out(f, near):
    with pytest.raises(UnsupportedError) as info:
        f(Variable(MATRIX))
    message = str(info.value)
    assert f.__name__ in message
    assert near in message
    assert "x.data" in message
    assert "Function" in message


@pytest.mark.parametrize("bad", [None, "text", ["a", "b", "c"], object(), {}])
@pytest.mark.parametrize("name", ["+", "-", "*", "/"])
def test_operands_that_numpy_refuses(name, bad):
    x = Variable(MATRIX)
    for call in (lambda: ARITHMETIC[name](x, bad), lambda: ARITHMETIC[name](bad, x)):
        with pytest.raises(DtypeError) as info:
            call()
        assert isinstance(info.value, TypeError)
        assert "float64 (2, 3)" in str(info.value)
        shown = "<U1 (3,)" if isinstance(bad, list) else type(bad).__name__
        assert shown in str(info.value)


def test_none_in_a_matrix_product():
    with pytest.raises(TypeError):
        Variable(MATRIX) @ None


def test_shapes_that_do_not_fit():
    with pytest.raises(ShapeError):
        Variable(MATRIX) + np.ones(4)
    with pytest.raises(ShapeError):
        Variable(MATRIX) @ MATRIX
    with pytest.raises(ShapeError):
        np.ones(4) * Variable(MATRIX)
    with pytest.raises(ValueError, match="reshape"):
        Variable(MATRIX).reshape(4, 4)


# -- dtypes as NumPy gives them -------------------------------------------------------

OTHERS = [
    2,
    2.0,
    True,
    np.float64(2.0),
    np.float32(2.0),
    np.float16(2.0),
    np.int64(2),
    np.int8(2),
    np.array(2.0),
    np.array(2),
    np.array([2.0, 3.0]),
    np.array([2, 3], np.int16),
]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int32])
@pytest.mark.parametrize("shape", [(), (2,)])
@pytest.mark.parametrize("other", OTHERS, ids=repr)
def test_promotion_is_numpys(dtype, shape, other):
    array = np.full(shape, 3, dtype)
    x = Variable(array)
    for op in (operator.add, operator.mul, operator.truediv, np.maximum, operator.pow):
        # Of arrays ** squares in the dtype of its base before NumPy 2.2.
        numpys = np.power if op is operator.pow else op
        for got, expected in [
            (op(x, other), numpys(array, other)),
            (op(other, x), numpys(other, array)),
        ]:
            assert got.dtype == expected.dtype
            np.testing.assert_array_equal(got.data, expected)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("shape", [(), (3,)])
def test_python_numbers_do_not_promote(dtype, shape):
    x = Variable(np.full(shape, 0.5, dtype))
    y = (2 * x + 1.5) ** 2 / 3 - 1 + np.maximum(x, 0) + F.sigmoid(x) + F.gelu(x)
    assert y.dtype == dtype
    y.backward(create_graph=True)
    assert x.grad.dtype == dtype
    gx = x.grad
    x.cleargrad()
    gx.backward()
    assert x.grad.dtype == dtype


# -- broadcasting ---------------------------------------------------------------------


def summed_to(g, shape):
    """The plain definition: add up every element that came from the same one."""
    out = np.zeros(shape)
    source = np.broadcast_to(np.arange(out.size).reshape(shape), g.shape)
    np.add.at(out.reshape(-1), source.reshape(-1), g.reshape(-1))
    return out


BROADCASTING = {
    "add": (np.add, lambda a, b: (1 + 0 * a * b, 1 + 0 * a * b)),
    "subtract": (np.subtract, lambda a, b: (1 + 0 * a * b, -1 + 0 * a * b)),
    "multiply": (np.multiply, lambda a, b: (b + 0 * a, a + 0 * b)),
    "divide": (np.divide, lambda a, b: (1 / b + 0 * a, -a / b**2)),
    "power": (np.power, lambda a, b: (b * a ** (b - 1), a**b * np.log(a))),
    "maximum": (np.maximum, lambda a, b: (1.0 * (a > b), 1.0 * (b > a))),
    "arctan2": (np.arctan2, lambda a, b: (b / (a**2 + b**2), -a / (a**2 + b**2))),
    "logaddexp": (
        np.logaddexp,
        lambda a, b: (1 / (1 + np.exp(b - a)), 1 / (1 + np.exp(a - b))),
    ),
}


@settings(max_examples=40, deadline=None)
@given(
    shapes=npst.mutually_broadcastable_shapes(
        num_shapes=2, max_dims=4, min_side=0, max_side=3
    ),
    seed=st.integers(0, 2**32 - 1),
)
@pytest.mark.parametrize("name", BROADCASTING)
def test_broadcasting_is_undone(name, shapes, seed):
    f, slopes = BROADCASTING[name]
    rng = np.random.default_rng(seed)
    a, b = (rng.uniform(0.5, 2, shape) for shape in shapes.input_shapes)
    weights = rng.normal(size=shapes.result_shape)
    va, vb = Variable(a), Variable(b)
    np.sum(f(va, vb) * weights).backward()
    for v, slope in zip((va, vb), slopes(a, b), strict=True):
        assert v.grad.shape == v.shape
        expected = summed_to(np.asarray(slope * weights), v.shape)
        np.testing.assert_allclose(v.grad.data, expected, rtol=1e-9, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    shapes=npst.mutually_broadcastable_shapes(
        num_shapes=3, max_dims=3, min_side=0, max_side=3
    ),
    seed=st.integers(0, 2**32 - 1),
)
def test_broadcasting_of_where_is_undone(shapes, seed):
    rng = np.random.default_rng(seed)
    c, a, b = (rng.normal(size=shape) for shape in shapes.input_shapes)
    va, vb = Variable(a), Variable(b)
    y = np.where(c > 0, va, vb)
    assert y.shape == shapes.result_shape
    y.backward()
    yes = np.broadcast_to(1.0 * (c > 0), y.shape)
    np.testing.assert_array_equal(va.grad.data, summed_to(yes, a.shape))
    np.testing.assert_array_equal(vb.grad.data, summed_to(1 - yes, b.shape))


@settings(max_examples=40, deadline=None)
@given(
    shapes=npst.mutually_broadcastable_shapes(
        signature=np.matmul.signature, max_dims=2, min_side=0, max_side=3
    )
)
def test_broadcasting_of_matrix_products_is_undone(shapes):
    rng = np.random.default_rng(0)
    a, b = (rng.normal(size=shape) for shape in shapes.input_shapes)
    va, vb = Variable(a), Variable(b)
    y = va @ vb
    weights = rng.normal(size=y.shape)
    np.sum(y * weights).backward()
    da, db = rng.normal(size=a.shape), rng.normal(size=b.shape)
    along = np.sum(va.grad.data * da) + np.sum(vb.grad.data * db)
    np.testing.assert_allclose(
        along, np.sum((da @ b + a @ db) * weights), rtol=1e-9, atol=1e-9
    )


@settings(max_examples=25, deadline=None)
@given(shapes=npst.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3))
def test_broadcasting_is_undone_in_second_derivatives(shapes):
    rng = np.random.default_rng(0)
    a, b = (rng.uniform(0.5, 2, shape) for shape in shapes.input_shapes)
    va, vb = Variable(a), Variable(b)
    np.sum(va * va * vb).backward(create_graph=True)
    gb = vb.grad  # a**2, summed to the shape of b
    va.cleargrad()
    vb.cleargrad()
    np.sum(gb * gb).backward()
    full = np.broadcast_to(a**2, shapes.result_shape)
    g = np.broadcast_to(summed_to(full, b.shape), shapes.result_shape)
    np.testing.assert_allclose(va.grad.data, summed_to(g * 4 * a, a.shape), rtol=1e-9)


# -- Variables in lists ---------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        lambda x: F.sum([x, x]),
        lambda x: F.exp([x, x]),
        lambda x: Variable(np.ones(3)) - [x[0], x[1], x[2]],
        lambda x: [x[0], x[1], x[2]] * Variable(np.ones(3)),
        lambda x: F.maximum(0.0, [x[0], x[1]]),
        lambda x: np.where([True, False, True], Variable(np.ones(3)), [x[0], x[1], 0]),
        lambda x: np.stack([x[0], x[1]]),
    ],
)
def test_variables_in_lists_are_no_silent_constants(call):
    x = Variable(np.array([1.0, 2.0, 3.0]))
    try:
        y = call(x)
    except TypeError:
        return
    np.sum(y).backward()
    assert np.any(x.grad.data[:2] != 0)
    # every use counts: compare with the change along the first element
    step = 1e-6
    ends = [
        np.sum(call(Variable(x.data + s * np.array([1.0, 0, 0]))).data)
        for s in (step, -step)
    ]
    np.testing.assert_allclose(x.grad.data[0], (ends[0] - ends[1]) / (2 * step), 1e-6)


def test_python_sums_and_maxima():
    x = Variable(np.array([1.0, 3.0, 2.0]))
    (sum(x) + max(x)).backward()
    np.testing.assert_array_equal(x.grad.data, [1.0, 2.0, 1.0])


@pytest.mark.parametrize("other", [[[1.0], [2.0], [3.0]], ((1.0,), (2.0,), (3.0,))])
def test_lists_and_tuples_take_part_in_gradients(other):
    x = Variable(MATRIX)
    (x @ other).backward()
    np.testing.assert_array_equal(x.grad.data, [[1.0, 2.0, 3.0]] * 2)
    x.cleargrad()
    (x * other[0]).backward(create_graph=True)
    np.testing.assert_array_equal(x.grad.data, np.ones((2, 3)))


def test_an_empty_list_as_an_index_chooses_nothing():
    x = Variable(MATRIX)
    y = x[[]]
    assert y.shape == (0, 3)
    y.backward()
    np.testing.assert_array_equal(x.grad.data, np.zeros((2, 3)))


def test_an_update_that_forgets_data_is_told_what_to_write():
    x = Variable(MATRIX.copy())
    x.grad = np.ones((2, 3))
    with pytest.raises(UnsupportedError, match=r"x\.data -= lr \* x\.grad\.data"):
        x.data -= 0.1 * x.grad
    with pytest.raises(DtypeError, match=r"its \.data"):
        x.data = Variable(MATRIX)
