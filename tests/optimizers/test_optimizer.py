import gc
import tracemalloc

import numpy as np
import pytest

from ondol.core import Parameter, Variable
from ondol.optimizers import SGD, Adam, MomentumSGD, Optimizer
from ondol.tree import Tree


class Linear(Tree):
    def __init__(self, W, b=None):
        self.size = 3  # what is no parameter is passed over
        self.W = Parameter(W)
        self.b = None if b is None else Parameter(b)


class Model(Tree):
    def __init__(self):
        self.first = Linear(np.ones((2, 2)), np.ones(2))
        self.blocks = [Linear(np.ones(3)), (Linear(np.ones(1)),)]
        self.heads = {"cat": Linear(np.ones(4)), 7: Parameter(np.ones(5))}


NAMES = [
    "first.W",
    "first.b",
    "blocks.0.W",
    "blocks.1.0.W",
    "heads.cat.W",
    "heads.7",
]


def one(value=1.0, grad=1.0):
    parameter = Parameter(np.array([value, value]))
    parameter.grad = np.array([grad, grad])
    return parameter


def read_only(array):
    array.flags.writeable = False
    return array


def test_setup_returns_the_optimizer():
    optimizer = SGD(0.1)
    assert optimizer.setup(Model()) is optimizer


def test_every_parameter_of_a_tree_is_found_and_updated():
    model = Model()
    optimizer = Adam().setup(model)
    assert list(optimizer.parameters()) == NAMES
    for parameter in optimizer.parameters().values():
        parameter.grad = np.ones_like(parameter.data)
    optimizer.update()
    for parameter in optimizer.parameters().values():
        assert (parameter.data < 1).all()
    assert list(optimizer.state) == NAMES


def test_targets_may_be_any_collection():
    for collect in (list, tuple, iter, lambda ps: dict(zip("ab", ps, strict=True))):
        parameters = [one(), one()]
        SGD(0.5).setup(collect(parameters)).update()
        for parameter in parameters:
            np.testing.assert_array_equal(parameter.data, [0.5, 0.5])


def test_a_target_may_be_a_list_of_models():
    models = [Model(), Model()]
    assert len(SGD().setup(models).parameters()) == 2 * len(NAMES)


def test_the_iterator_of_a_setup_serves_every_update():
    parameter = one()
    optimizer = SGD(0.25).setup(p for p in [parameter])
    optimizer.update()
    optimizer.update()
    np.testing.assert_array_equal(parameter.data, [0.5, 0.5])


def test_a_lazy_parameter_is_updated_once_it_has_data():
    model = Model()
    model.lazy = Linear(None)
    optimizer = Adam().setup(model)
    model.first.W.grad = np.ones((2, 2))
    optimizer.update()
    assert list(optimizer.state) == ["first.W"]
    model.lazy.W.data = np.ones(2)
    model.lazy.W.grad = np.ones(2)
    optimizer.update()
    assert (model.lazy.W.data < 1).all()
    assert optimizer.t == 2


def test_a_parameter_that_is_added_later_is_found():
    parameters = [one()]
    optimizer = SGD(0.5).setup(parameters)
    optimizer.update()
    parameters.append(one())
    optimizer.update()
    np.testing.assert_array_equal(parameters[1].data, [0.5, 0.5])


def test_a_tied_parameter_is_updated_once():
    model = Model()
    model.tied = model.first
    model.again = model.first.W
    model.first.W.grad = np.ones((2, 2))
    optimizer = SGD(0.25).setup(model)
    optimizer.update()
    assert list(optimizer.parameters()) == NAMES
    np.testing.assert_array_equal(model.again.data, np.full((2, 2), 0.75))


def test_parameters_without_a_gradient_are_left_alone():
    a, b = one(), one()
    b.cleargrad()
    optimizer = Adam().setup([a, b])
    optimizer.update()
    assert (a.data < 1).all()
    np.testing.assert_array_equal(b.data, [1, 1])
    assert list(optimizer.state) == ["0"]


def test_the_array_is_updated_in_place():
    parameter = one()
    holder = parameter.data
    view = holder[:1]
    SGD(0.5).setup([parameter]).update()
    assert parameter.data is holder
    np.testing.assert_array_equal(view, [0.5])


def test_a_strided_array_is_updated_in_place():
    base = np.ones((4, 3))
    parameter = Parameter(base[::2].T)
    parameter.grad = np.ones((3, 2))
    MomentumSGD(0.5).setup([parameter]).update()
    np.testing.assert_array_equal(base, [[0.5] * 3, [1] * 3] * 2)


@pytest.mark.parametrize("rule", [SGD, MomentumSGD, Adam])
def test_gradients_are_never_written_to(rule):
    shared = read_only(np.array([1.0, 2.0]))
    spread = np.broadcast_to(np.array(1.0), (2,))
    ps = [Parameter(np.ones(2)) for _ in range(3)]
    for parameter, grad in zip(ps, (shared, shared, spread), strict=True):
        parameter.grad = grad
    optimizer = rule(0.5).setup(ps)
    optimizer.update()
    optimizer.update()
    np.testing.assert_array_equal(ps[0].data, ps[1].data)
    np.testing.assert_array_equal(shared, [1, 2])
    np.testing.assert_array_equal(spread, [1, 1])


@pytest.mark.parametrize("rule", [SGD, MomentumSGD, Adam])
def test_a_writable_gradient_is_not_kept_in_the_state(rule):
    parameters = [one(), one()]
    grad = np.ones(2)
    optimizer = rule(0.5, *([0.0] if rule is not SGD else [])).setup(parameters)
    ends = []
    for parameter in parameters:
        parameter.grad = grad
    for scratch in (1.0, 1.0):
        grad[:] = scratch
        optimizer.update()
        grad[:] = 1e6  # a caller that reuses its buffer
        ends.append(parameters[0].data.copy())
    parameter = one()
    other = rule(0.5, *([0.0] if rule is not SGD else [])).setup([parameter])
    for end in ends:
        other.update()
        np.testing.assert_array_equal(parameter.data, end)


def test_a_gradient_that_is_a_variable_with_a_graph_will_do():
    parameter = Parameter(np.ones(2))
    parameter.grad = Variable(np.ones(2))
    SGD(0.5).setup([parameter]).update()
    assert type(parameter.data) is np.ndarray
    np.testing.assert_array_equal(parameter.data, [0.5, 0.5])


def test_the_learning_rate_may_change_at_any_time():
    parameter = one()
    optimizer = SGD(0.5).setup([parameter])
    optimizer.update()
    optimizer.lr = 0
    optimizer.update()
    np.testing.assert_array_equal(parameter.data, [0.5, 0.5])
    optimizer.lr = 0.25
    optimizer.update()
    np.testing.assert_array_equal(parameter.data, [0.25, 0.25])


def test_t_counts_the_updates():
    optimizer = SGD().setup([one()])
    t = optimizer.t
    assert (t.shape, t.dtype, t) == ((), np.int64, 0)
    optimizer.update()
    optimizer.update()
    assert optimizer.t is t
    assert t == 2


def test_sgd_makes_one_temporary_array():
    parameter = Parameter(np.ones(1 << 20, np.float32))
    parameter.grad = np.ones_like(parameter.data)
    optimizer = SGD().setup([parameter])
    optimizer.update()
    gc.collect()
    tracemalloc.start()
    try:
        optimizer.update()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1.1 * parameter.data.nbytes


# -- An optimizer of one's own --------------------------------------------------------


class Sign(Optimizer):
    def __init__(self, lr=0.5):
        super().__init__(lr)

    def step(self, grad, state, param):
        return self.lr * np.sign(grad), state


def test_a_new_optimizer_is_a_step():
    parameter = one(grad=9.0)
    Sign().setup([parameter]).update()
    np.testing.assert_array_equal(parameter.data, [0.5, 0.5])


def test_an_optimizer_without_a_step_says_what_it_needs():
    optimizer = Optimizer(0.1).setup([one()])
    with pytest.raises(NotImplementedError, match=r"step\(self, grad, state, param\)"):
        optimizer.update()


# -- Mistakes -------------------------------------------------------------------------


def test_update_without_setup_shows_the_code():
    with pytest.raises(RuntimeError, match=r"optimizer = Adam\(lr=0.5\).setup\(model"):
        Adam(0.5).update()


@pytest.mark.parametrize(
    "target", [None, 3, "model", np.ones(3), Parameter(np.ones(3)), object()]
)
def test_setup_refuses_what_is_no_model(target):
    with pytest.raises(TypeError, match=rf"got {type(target).__name__}\n.*write setup"):
        SGD().setup(target)


@pytest.mark.parametrize(
    ("target", "item"),
    [
        ([Parameter(np.ones(1)), np.ones(1)], "item 1 is of type ndarray"),
        ([Variable(np.ones(1))], "item 0 is of type Variable"),
        ({"W": 3}, "item W is of type int"),
        (iter("ab"), "item 0 is of type str"),
    ],
)
def test_setup_refuses_items_that_are_no_parameters(target, item):
    with pytest.raises(TypeError, match=item):
        SGD().setup(target)


@pytest.mark.parametrize("target", [[], {}, (), iter([])])
def test_setup_refuses_an_empty_collection(target):
    with pytest.raises(ValueError, match="empty"):
        SGD().setup(target)


def test_an_optimizer_that_has_worked_keeps_its_target():
    first, second = [one()], [one()]
    optimizer = Adam().setup(first).setup(second).setup(first)
    optimizer.update()
    assert optimizer.setup(first) is optimizer
    with pytest.raises(RuntimeError, match="1 updates on another target"):
        optimizer.setup(second)
    assert optimizer.target is first


def test_no_gradient_at_all_is_a_forgotten_backward():
    model = Model()
    optimizer = Adam().setup(model)
    with pytest.raises(RuntimeError, match=r"(?s)none of the 6 .* loss.backward\(\)"):
        optimizer.update()
    assert optimizer.t == 0


def test_a_model_without_parameters_is_reported():
    with pytest.raises(RuntimeError, match="none of the 0 parameters"):
        SGD().setup(Tree()).update()


@pytest.mark.parametrize("dtype", [int, bool, complex])
def test_only_float_parameters_can_be_trained(dtype):
    good, bad = one(), Parameter(np.ones(2, dtype))
    bad.grad = np.ones(2)
    optimizer = Adam().setup([good, bad])
    with pytest.raises(
        TypeError, match=rf"(?s)parameter 1 is {dtype.__name__}.*float32"
    ):
        optimizer.update()
    nothing_changed(optimizer, good)


def test_an_integer_parameter_without_a_gradient_is_allowed():
    table = Parameter(np.arange(3))
    SGD().setup([one(), table]).update()
    np.testing.assert_array_equal(table.data, [0, 1, 2])


def test_a_complex_gradient_is_refused():
    good, bad = one(), Parameter(np.ones(2))
    bad.grad = np.ones(2, complex)
    optimizer = Adam().setup([good, bad])
    with pytest.raises(TypeError, match=r"its gradient complex128 \(2,\)"):
        optimizer.update()
    nothing_changed(optimizer, good)


def test_a_parameter_whose_data_was_taken_away_is_refused():
    good, bad = one(), one()
    bad.data = None
    optimizer = Adam().setup([good, bad])
    with pytest.raises(TypeError, match="parameter 1 is None"):
        optimizer.update()
    nothing_changed(optimizer, good)


def test_a_read_only_parameter_is_refused_before_anything_changes():
    good, bad = one(), Parameter(read_only(np.ones(2)))
    bad.grad = np.ones(2)
    optimizer = Adam().setup([good, bad])
    with pytest.raises(
        ValueError, match=r"(?s)parameter 1 is a read-only .*\.copy\(\)"
    ):
        optimizer.update()
    nothing_changed(optimizer, good)


def nothing_changed(optimizer, parameter):
    np.testing.assert_array_equal(parameter.data, [1, 1])
    assert optimizer.t == 0
    assert optimizer.state == {}


def test_a_stale_gradient_is_refused():
    parameter = one()
    optimizer = SGD().setup([parameter])
    parameter.data = np.ones((3, 2))
    with pytest.raises(ValueError, match=r"shape \(3, 2\) but its gradient .*\(2,\)"):
        optimizer.update()


@pytest.mark.parametrize("data", [np.ones(3), np.ones(2, np.float32)])
def test_a_parameter_that_changed_its_shape_or_dtype_needs_a_new_state(data):
    parameter = one()
    optimizer = Adam().setup([parameter])
    optimizer.update()
    parameter.data = data
    parameter.grad = np.ones_like(data)
    with pytest.raises(ValueError, match=r"optimizer\.state\.pop\('0'\)"):
        optimizer.update()
    assert optimizer.t == 1
    optimizer.state.pop("0")
    optimizer.update()
    assert (parameter.data < 1).all()
    assert optimizer.state["0"]["m"].dtype == data.dtype


def test_two_parameters_of_one_name_are_refused():
    optimizer = SGD().setup({1: one(), "1": one(), "2": one()})
    with pytest.raises(ValueError, match="both called '1'"):
        optimizer.update()
