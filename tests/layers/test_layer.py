import copy
import pickle
import weakref

import numpy as np
import pytest

import ondol.functions as F
import ondol.layers as L
from ondol import Parameter, State, Variable
from ondol.errors import ArgumentError
from ondol.io import save_weights
from ondol.optimizers import SGD


class Block(L.Layer):
    def __init__(self, size):
        self.size = size
        self.first = L.Linear(size, in_size=size)
        self.scale = Parameter(np.ones(size, np.float32))
        self.branches = [L.Linear(1, in_size=size), (L.Linear(2, nobias=True),)]
        self.heads = {"cat": L.Linear(3, in_size=size), 7: Parameter(np.ones(1))}

    def forward(self, x):
        x = self.first(x) * self.scale
        return self.heads["cat"](x)


NAMES = [
    "first.W",
    "first.b",
    "scale",
    "branches.0.W",
    "branches.0.b",
    "branches.1.0.W",
    "heads.cat.W",
    "heads.cat.b",
    "heads.7",
]


def names(layer):
    return [name for name, _ in layer.named_params()]


def graph_free(layer):
    return all(p.creator is None and p.grad is None for p in layer.params())


def trained(layer, x):
    """The layer after a forward and backward pass."""
    layer.cleargrads()
    np.sum(layer(x)).backward()
    return layer


def test_parameters_come_in_definition_order_under_dotted_names():
    block = Block(2)
    assert names(block) == NAMES
    assert list(map(id, block.params())) == [id(p) for _, p in block.named_params()]


def test_variables_states_and_plain_values_are_no_parameters():
    layer = L.Layer()
    layer.x, layer.mean, layer.n = Variable(np.ones(1)), State(np.ones(1)), 3
    layer.array = np.ones(2)
    assert names(layer) == []


def test_a_layer_without_parameters_or_init_works():
    class Double(L.Layer):
        def forward(self, x):
            return x * 2

    double = Double()
    assert list(double.params()) == []
    assert double(Variable(np.ones(2))).data.tolist() == [2, 2]
    double.cleargrads()


def test_a_tied_parameter_comes_once_under_its_first_name():
    block = Block(2)
    block.last = L.Linear(2, in_size=2)
    block.last.W = block.first.W
    assert names(block) == [*NAMES, "last.b"]


def test_a_shared_layer_comes_once_and_gathers_both_gradients():
    linear = L.Linear(2, nobias=True, in_size=2)
    model = L.Sequential(linear, linear)
    assert names(model) == ["layers.0.W"]
    x = np.array([[1.0, 2.0]], np.float32)
    trained(model, x)
    W = linear.W.data
    ones = np.ones((1, 2), np.float32)
    expected = (x @ W).T @ ones + x.T @ (ones @ W.T)
    np.testing.assert_allclose(linear.W.grad.data, expected, rtol=1e-5)


def test_cleargrads_reaches_every_parameter():
    block = trained(Block(2), np.ones((1, 2), np.float32))
    with_grad = [name for name, p in block.named_params() if p.grad is not None]
    assert with_grad == ["first.W", "first.b", "scale", "heads.cat.W", "heads.cat.b"]
    block.cleargrads()
    assert all(p.grad is None for p in block.params())


def test_a_layer_set_to_none_is_gone():
    block = Block(2)
    block.first = None
    assert names(block) == NAMES[2:]
    block.cleargrads()


def test_a_replaced_layer_keeps_its_place():
    block = Block(2)
    block.first = L.Linear(2, nobias=True, in_size=2)
    assert names(block) == ["first.W", *NAMES[2:]]
    block.branches[0] = F.relu
    assert names(block) == ["first.W", "scale", *NAMES[5:]]


def test_a_deleted_layer_is_gone():
    block = Block(2)
    del block.heads["cat"], block.scale
    assert names(block) == [n for n in NAMES if "cat" not in n and n != "scale"]


def test_names_that_read_alike_are_both_walked_and_refused_where_it_matters(tmp_path):
    model = L.Layer()
    model.parts = {"a.b": Parameter(np.ones(1)), "a": {"b": Parameter(np.zeros(1))}}
    assert names(model) == ["parts.a.b", "parts.a.b"]
    trained_sum = sum(p.sum() for p in model.params())
    trained_sum.backward()
    with pytest.raises(ArgumentError, match=r"(?s)'parts\.a\.b'.*dots"):
        save_weights(tmp_path / "x.npz", model)
    with pytest.raises(ValueError, match=r"parts\.a\.b"):
        SGD(0.1).setup(model).update()


def test_a_dot_in_a_key_that_collides_with_nothing_is_fine():
    model = L.Layer()
    model.parts = {"a.b": Parameter(np.ones(1))}
    assert names(model) == ["parts.a.b"]


def test_a_reference_to_the_parent_is_not_followed():
    block = Block(2)
    block.heads["cat"].parent = block
    assert names(block) == NAMES
    assert "parent: ..." in repr(block)


def test_deepcopy_is_independent_and_free_of_the_graph():
    block = trained(Block(2), np.ones((1, 2), np.float32))
    twin = copy.deepcopy(block)
    assert names(twin) == NAMES
    assert graph_free(twin)
    for mine, theirs in zip(block.params(), twin.params(), strict=True):
        assert type(theirs) is Parameter
        assert mine.name == theirs.name
        if mine.data is not None:
            np.testing.assert_array_equal(mine.data, theirs.data, strict=True)
            assert not np.shares_memory(mine.data, theirs.data)
    assert block.first.W.grad is not None


def test_deepcopy_and_pickle_keep_ties():
    block = Block(2)
    block.heads["cat"] = block.first
    for twin in (copy.deepcopy(block), pickle.loads(pickle.dumps(block))):
        assert twin.heads["cat"] is twin.first
        assert names(twin) == names(block)


def test_pickle_keeps_every_parameter_and_state():
    model = L.Sequential(L.Linear(3, in_size=2), L.BatchNorm(), L.Dropout(0.2))
    x = np.array([[1.0, 2.0], [3.0, 5.0]], np.float32)
    trained(model, x)
    twin = pickle.loads(pickle.dumps(model))
    assert graph_free(twin)
    assert repr(twin) == repr(model)
    assert type(twin.layers[1].mean) is State
    np.testing.assert_array_equal(twin.predict(x), model.predict(x), strict=True)


def test_a_dropped_model_is_freed_at_once():
    model = trained(Block(2), np.ones((1, 2), np.float32))
    gone = weakref.ref(model)
    del model
    assert gone() is None


def test_a_layer_without_forward_says_so():
    class Empty(L.Layer):
        pass

    with pytest.raises(NotImplementedError, match="Empty defines no forward"):
        Empty()(np.ones(1))


def test_repr_shows_the_tree_as_constructor_calls():
    model = L.Sequential(
        L.Conv2d(4, 3, pad=(0, 1), nobias=True),
        L.BatchNorm(size=4),
        F.relu,
        L.Sequential(L.Dropout(0.25), L.Linear(10, in_size=2, dtype=np.float64)),
    )
    assert repr(model) == (
        "Sequential(\n"
        "  layers.0: Conv2d(out_channels=4, kernel_size=(3, 3), pad=(0, 1), "
        "nobias=True),\n"
        "  layers.1: BatchNorm(size=4),\n"
        "  layers.2: relu,\n"
        "  layers.3: Sequential(\n"
        "    layers.0: Dropout(ratio=0.25),\n"
        "    layers.1: Linear(out_size=10, dtype=float64, in_size=2)\n"
        "  )\n"
        ")"
    )


def test_repr_of_a_users_layer_shows_what_it_keeps():
    assert repr(Block(2)).splitlines() == [
        "Block(",
        "  size=2,",
        "  first: Linear(out_size=2, in_size=2),",
        "  branches.0: Linear(out_size=1, in_size=2),",
        "  branches.1.0: Linear(out_size=2, nobias=True),",
        "  heads.cat: Linear(out_size=3, in_size=2)",
        ")",
    ]
    assert repr(L.Layer()) == "Layer()"
