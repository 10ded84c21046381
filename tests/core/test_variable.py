"""What a Variable holds and answers."""

import copy
import pickle

import numpy as np
import pytest

import ondol.functions as F
import ondol.layers as L
from ondol import Parameter, State, Variable, as_variable, no_grad
from ondol.errors import DtypeError, IndexingError, ShapeError, UnsupportedError


def variable(value, dtype=np.float64):
    return Variable(np.array(value, dtype))


# -- data -----------------------------------------------------------------------------


def test_data_is_not_copied():
    array = np.ones(3)
    assert Variable(array).data is array


@pytest.mark.parametrize("dtype", [np.bool_, np.int8, np.uint64, np.float16, complex])
def test_numbers_of_every_kind(dtype):
    assert Variable(np.ones(2, dtype)).dtype == dtype


BAD_DATA = [
    1.0,
    [1.0],
    (1.0,),
    "text",
    {},
    np.array(["a", "b"]),
    np.array([None, 1]),
    np.array([[1], [2, 3]], dtype=object),
    np.array(["2020-01-01"], "M8[D]"),
    np.ma.array([1.0, 2.0], mask=[True, False]),
    np.array([(1, 2.0)], dtype=[("a", int), ("b", float)]),
]


@pytest.mark.parametrize("bad", BAD_DATA, ids=[str(type(b)) for b in BAD_DATA])
def test_bad_data_is_refused_at_birth_and_later(bad):
    with pytest.raises(DtypeError):
        Variable(bad)
    x = variable([1.0])
    with pytest.raises(TypeError):
        x.data = bad
    np.testing.assert_array_equal(x.data, [1.0])


def test_a_numpy_scalar_becomes_an_array():
    x = variable(2.0)
    x.data = x.data - 1.5  # NumPy answers with a scalar here
    assert type(x.data) is np.ndarray
    assert x.data == 0.5
    assert type(Variable(np.float32(1.0)).data) is np.ndarray
    assert Variable(np.float32(1.0)).dtype == np.float32


def test_data_can_be_set_later():
    x = Variable(None, "late")
    x.data = np.ones((2, 3))
    assert (x.shape, x.ndim, x.size, x.dtype) == ((2, 3), 2, 6, np.float64)
    np.sum(x * x).backward()
    np.testing.assert_array_equal(x.grad.data, np.full((2, 3), 2.0))


def test_data_can_be_cleared():
    x = variable([1.0])
    x.data = None
    assert x.data is None


def test_name():
    assert variable(1.0).name is None
    x = Variable(np.array(1.0), "length")
    assert x.name == "length"
    x.name = "width"
    assert x.name == "width"


def test_shape_properties():
    x = variable(np.ones((2, 3)), np.float32)
    assert (x.shape, x.ndim, x.size, x.dtype, len(x)) == ((2, 3), 2, 6, np.float32, 2)


def test_a_variable_is_not_wrapped_twice():
    x = variable(1.0)
    assert as_variable(x) is x
    with pytest.raises(TypeError):
        Variable(x)


def test_as_variable():
    array = np.ones(2)
    assert as_variable(array).data is array
    with pytest.raises(TypeError):
        as_variable("text")


# -- conversions ----------------------------------------------------------------------


def test_to_numpy():
    x = variable([1.0, 2.0])
    assert type(np.asarray(x)) is np.ndarray
    np.testing.assert_array_equal(np.asarray(x), [1.0, 2.0])
    assert np.asarray(x, np.float32).dtype == np.float32
    assert np.shares_memory(np.asarray(x), x.data)
    assert not np.shares_memory(np.array(x), x.data)


def test_to_python():
    x = variable(2.75)
    assert float(x) == 2.75
    assert int(x) == 2
    assert x.item() == 2.75
    assert type(x.item()) is float
    assert bool(x) is True
    assert bool(variable(0.0)) is False
    assert float(variable([[2.5]])) == 2.5
    assert variable([3.0]).item() == 3.0


@pytest.mark.parametrize("convert", [float, int, bool, lambda x: x.item()])
def test_several_elements_are_no_number(convert):
    with pytest.raises((ValueError, TypeError)):
        convert(variable([1.0, 2.0]))


def test_len_and_iter():
    x = variable([[1.0, 2.0], [3.0, 4.0]])
    rows = list(x)
    assert len(x) == len(rows) == 2
    (rows[0] * rows[1]).sum().backward()
    np.testing.assert_array_equal(x.grad.data, [[3.0, 4.0], [1.0, 2.0]])
    a, b = variable([1.0, 2.0])
    assert (float(a), float(b)) == (1.0, 2.0)


def test_no_len_without_axes():
    with pytest.raises(TypeError):
        len(variable(1.0))
    with pytest.raises(TypeError):
        list(variable(1.0))


def test_format():
    assert f"{variable(1.23456):.2f}" == "1.23"
    assert f"{variable([1.0, 2.0])}" == "[1. 2.]"
    assert f"{variable([[7.0]]):5.1f}" == "  7.0"
    with pytest.raises((ValueError, TypeError)):
        format(variable([1.0, 2.0]), ".2f")


def test_comparisons_are_elementwise():
    x = variable([1.0, 2.0, 3.0])
    for got, expected in [
        (x == 2, [False, True, False]),
        (x != 2, [True, False, True]),
        (x < 2, [True, False, False]),
        (x <= 2, [True, True, False]),
        (x > 2, [False, False, True]),
        (x >= 2, [False, True, True]),
        (np.array([3.0, 2.0, 1.0]) < x, [False, False, True]),
        (np.float64(2) > x, [True, False, False]),
    ]:
        np.testing.assert_array_equal(np.asarray(got), expected)
        assert got.dtype == np.bool_


def test_logic_on_comparisons():
    x = variable([1.0, 2.0, 3.0])
    inside = (x > 1) & (x < 3)
    np.testing.assert_array_equal(np.asarray(inside), [False, True, False])
    np.testing.assert_array_equal(np.asarray(~inside), [True, False, True])
    np.testing.assert_array_equal(np.asarray(inside | (x == 1)), [True, True, False])


def test_variables_are_members_of_sets_and_dicts():
    a, b = variable([1.0]), variable([1.0])
    assert len({a, b, a}) == 2
    assert {a: "a", b: "b"}[b] == "b"
    assert hash(a) != hash(b)


def test_equality_with_none_is_no_error():
    assert not np.any(np.asarray(variable([1.0]) == None))  # noqa: E711


# -- indexing -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "index",
    [
        0,
        -1,
        slice(1, None),
        slice(None, None, -2),
        (1, 2),
        (..., 0),
        None,
        (slice(None), None, 1),
        [0, 2, 0],
        np.array([1, 1]),
        np.array([True, False, True]),
        np.eye(3, dtype=bool),
        ([0, 0, 1], [1, 1, 2]),
        (slice(None), np.array([2, 2])),
        np.int64(1),
    ],
    ids=str,
)
def test_indexing_and_its_gradient(index):
    array = np.arange(9.0).reshape(3, 3)
    x = Variable(array)
    y = x[index]
    np.testing.assert_array_equal(y.data, array[index])
    np.sum(y * y).backward()
    expected = np.zeros((3, 3))
    np.add.at(expected, index, 2 * array[index])
    np.testing.assert_array_equal(x.grad.data, expected)


def test_indexing_by_variables():
    x = variable([1.0, 2.0, 3.0])
    rows = Variable(np.array([2, 0, 2]))
    np.testing.assert_array_equal(x[rows].data, [3.0, 1.0, 3.0])
    np.testing.assert_array_equal(x[x > 1].data, [2.0, 3.0])
    m = variable(np.arange(6.0).reshape(2, 3))
    np.testing.assert_array_equal(m[:, Variable(np.array([1]))].data, [[1.0], [4.0]])
    np.sum(x[rows]).backward()
    np.testing.assert_array_equal(x.grad.data, [1.0, 0.0, 2.0])


def test_indexing_an_array_by_a_variable():
    table = np.array([10.0, 20.0, 30.0])
    index = Variable(np.array(2))
    np.testing.assert_array_equal(table[np.asarray(index)], 30.0)


@pytest.mark.parametrize("index", [3, -4, "a", 1.5, (0, 0, 0), np.array([5])])
def test_bad_indices(index):
    with pytest.raises(IndexError) as info:
        variable(np.ones((3, 2)))[index]
    assert isinstance(info.value, IndexingError)
    assert "(3, 2)" in str(info.value)


def test_item_assignment_is_refused_with_a_way_out():
    x = variable([1.0, 2.0])
    with pytest.raises(UnsupportedError, match=r"x\.at\[index\].*x\.data\[index\]"):
        x[0] = 5.0
    np.testing.assert_array_equal(x.data, [1.0, 2.0])
    with pytest.raises(TypeError):
        x[0] += 1.0


# -- gradients ------------------------------------------------------------------------


def test_grad_is_a_variable_and_the_same_one_each_time():
    x = variable([1.0, 2.0])
    assert x.grad is None
    np.sum(x * 2).backward()
    assert isinstance(x.grad, Variable)
    assert x.grad is x.grad
    x.grad.data[0] = 7.0
    np.testing.assert_array_equal(x.grad.data, [7.0, 2.0])


def test_grad_can_be_set_and_cleared():
    x = variable([1.0, 2.0])
    x.grad = np.array([3.0, 4.0])
    np.testing.assert_array_equal(x.grad.data, [3.0, 4.0])
    x.grad = None
    assert x.grad is None
    g = variable([5.0, 6.0])
    x.grad = g
    assert x.grad is g


def test_a_wrong_grad_names_the_variable():
    x = Variable(np.ones((2, 3)), "weights")
    with pytest.raises(ShapeError, match="weights"):
        x.grad = np.ones(3)


# -- cutting the graph ----------------------------------------------------------------


def test_unchain():
    x = variable(2.0)
    a = x * 3
    y = a * a
    a.unchain()
    y.backward()
    assert a.creator is None
    assert x.grad is None
    assert a.grad.data == 12.0


def test_unchain_of_a_leaf_changes_nothing():
    x = variable(2.0)
    x.unchain()
    (x * x).backward()
    assert x.grad.data == 4.0


def test_unchain_backward_keeps_the_newest_call():
    w = variable(0.5)
    h = variable(1.0)
    a = h * w
    b = a * w
    loss = b * b
    loss.unchain_backward()
    assert loss.creator is not None
    assert b.creator is a.creator is None
    loss.backward()
    assert b.grad.data == 2 * b.data
    assert w.grad is None


def test_unchain_backward_of_a_leaf_changes_nothing():
    x = variable(2.0)
    x.unchain_backward()
    assert x.creator is None


def test_truncated_backpropagation_through_time():
    """Steps 59 and 60: every block of two steps trains by its own steps only."""
    w = variable(0.9)
    h = variable(1.0)
    for block in range(3):
        start = h.data.copy()
        for _ in range(2):
            h = h * w
        w.cleargrad()
        loss = h * 1.0
        loss.backward()
        loss.unchain_backward()
        np.testing.assert_allclose(w.grad.data, 2 * start * 0.9)
        np.testing.assert_allclose(start, 0.9 ** (2 * block))


def test_unchain_backward_visits_shared_ancestors_once():
    x = variable(1.0)
    y = x
    for _ in range(200):  # 2**200 paths
        y = y + y
    y.unchain_backward()
    y.backward()
    assert x.grad is None


def test_detach():
    x = variable([1.0, 2.0])
    y = x * 2
    d = y.detach()
    assert d.creator is None
    assert d.data is y.data
    np.sum(d * x).backward()
    np.testing.assert_array_equal(x.grad.data, y.data)


def test_results_of_no_grad_are_constants_in_what_follows():
    x = variable(2.0)
    with no_grad():
        y = x * x
    (y * x).backward()
    assert x.grad.data == 4.0
    assert y.grad is None


def test_a_variable_of_a_results_data_is_a_leaf():
    x = variable(2.0)
    with no_grad():
        y = x * x
    leaf = Variable(y.data)
    (leaf * 3).backward()
    assert leaf.grad.data == 3.0
    assert x.grad is None


# -- methods --------------------------------------------------------------------------

METHODS = {
    "sum": ("sum", (), {}),
    "sum axis": ("sum", (1,), {}),
    "sum keepdims": ("sum", (), {"axis": 0, "keepdims": True}),
    "mean": ("mean", (), {"axis": -1}),
    "max": ("max", (), {"axis": 0}),
    "min": ("min", (1,), {}),
    "prod": ("prod", (1,), {}),
    "var": ("var", (), {"axis": 0}),
    "std": ("std", (), {"axis": 0, "ddof": 1}),
    "reshape": ("reshape", (3, 2), {}),
    "reshape tuple": ("reshape", ((6,),), {}),
    "reshape -1": ("reshape", (-1,), {}),
    "transpose": ("transpose", (), {}),
    "transpose axes": ("transpose", (1, 0), {}),
    "transpose tuple": ("transpose", ((1, 0),), {}),
    "dot": ("dot", (np.arange(3.0),), {}),
    "cumsum": ("cumsum", (1,), {}),
    "clip": ("clip", (1.0, 3.0), {}),
    "ravel": ("ravel", (), {}),
    "swapaxes": ("swapaxes", (0, 1), {}),
    "repeat": ("repeat", (2, 0), {}),
    "astype": ("astype", (np.float32,), {}),
    "copy": ("copy", (), {}),
    "argmax": ("argmax", (1,), {}),
    "argmin": ("argmin", (), {}),
}


@pytest.mark.parametrize("case", METHODS)
def test_methods_do_what_arrays_do(case):
    name, args, kwargs = METHODS[case]
    array = np.array([[0.5, 3.5, 2.0], [1.5, 0.25, 4.0]])
    x = Variable(array)
    y = getattr(x, name)(*args, **kwargs)
    expected = getattr(array, name)(*args, **kwargs)
    assert isinstance(y, Variable)
    np.testing.assert_allclose(y.data, expected)
    assert y.shape == np.shape(expected)
    assert y.dtype == expected.dtype
    if expected.dtype.kind == "f":
        np.sum(y).backward()
        assert x.grad.shape == array.shape


def test_any_all_squeeze_T():
    x = variable([[0.0], [2.0]])
    assert bool(x.any())
    assert not bool(x.all())
    assert x.squeeze().shape == (2,)
    assert x.T.shape == (1, 2)
    np.sum(x.T @ x).backward()
    np.testing.assert_array_equal(x.grad.data, [[0.0], [4.0]])


# -- copies ---------------------------------------------------------------------------

COPIES = {
    "pickle": lambda x: pickle.loads(pickle.dumps(x)),
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("kind", [Variable, Parameter, State])
def test_copies_of_leaves(how, kind):
    x = kind(np.array([1.0, 2.0], np.float32), "x")
    y = COPIES[how](x)
    assert type(y) is kind
    assert (y.name, y.dtype) == ("x", np.float32)
    np.testing.assert_array_equal(y.data, x.data)
    assert not np.shares_memory(y.data, x.data)
    np.sum(y * y).backward()
    assert x.grad is None
    np.testing.assert_array_equal(y.grad.data, [2.0, 4.0])


@pytest.mark.parametrize("how", COPIES)
def test_copies_of_results_leave_the_graph_behind(how):
    x = variable([1.0, 2.0])
    y = np.exp(x) * 2
    z = COPIES[how](y)
    np.testing.assert_array_equal(z.data, y.data)
    assert z.creator is None
    np.sum(y).backward()
    assert x.grad is not None


def test_copies_of_results_with_a_very_long_graph():
    y = variable(1.0)
    for _ in range(20_000):
        y = y + 1.0
    assert copy.deepcopy(y).data == pickle.loads(pickle.dumps(y)).data == 20_001.0


@pytest.mark.parametrize("how", COPIES)
def test_copies_of_empty_variables(how):
    assert COPIES[how](Parameter(None, "W")).data is None


def test_a_shallow_copy_shares_the_array():
    x = Variable(np.array([1.0, 2.0]), "x")
    y = copy.copy(x)
    assert y is not x
    assert y.data is x.data
    assert y.name == "x"


@pytest.mark.parametrize("how", COPIES)
def test_copies_of_layers(how):
    layer = L.Linear(3, in_size=2)
    other = COPIES[how](layer)
    x = np.ones((1, 2), np.float32)
    np.testing.assert_array_equal(other(x).data, layer(x).data)
    other.W.data[...] = 0
    assert np.any(layer.W.data)


@pytest.mark.parametrize("how", COPIES)
def test_a_variable_shared_inside_a_structure_stays_shared(how):
    x = variable([1.0])
    a, b = COPIES[how]([x, x])
    assert a is b


def test_parameters_and_states_are_variables():
    w, s = Parameter(np.ones(2)), State(np.ones(2))
    assert isinstance(w, Variable)
    assert isinstance(s, Variable)
    F.sum(w * 2 + s).backward()
    np.testing.assert_array_equal(w.grad.data, [2.0, 2.0])
