import numpy as np
import pytest

from ondol.core import Parameter
from ondol.optimizers import SGD, AdaDelta, AdaGrad, Adam, AdamW, MomentumSGD, RMSprop
from ondol.tree import Tree

RULES = [SGD, MomentumSGD, AdaGrad, AdaDelta, RMSprop, Adam, AdamW]


class Net(Tree):
    def __init__(self, dtype=np.float32):
        rng = np.random.default_rng(0)
        self.W = Parameter(rng.normal(size=(3, 2)).astype(dtype))
        self.scale = Parameter(np.array(1.5, dtype))
        self.blocks = [{"b": Parameter(np.zeros(2, dtype))}]

    def parameters(self):
        return [self.W, self.scale, self.blocks[0]["b"]]


def train(net, optimizer, steps):
    for step in steps:
        rng = np.random.default_rng(step)
        for p in net.parameters():
            p.grad = np.asarray(p.data + rng.normal(size=p.shape), p.dtype)
        optimizer.update()


def copy_data(source, target):
    pairs = zip(source.parameters(), target.parameters(), strict=True)
    for a, b in pairs:
        b.data = a.data.copy()


def assert_same(one, other):
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    for a, b in pairs:
        np.testing.assert_array_equal(a.data, b.data)


@pytest.mark.parametrize("when", ["before setup", "after setup"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("rule", [*RULES, lambda: MomentumSGD(nesterov=True)])
def test_a_resumed_run_equals_one_that_never_stopped(rule, dtype, when):
    net = Net(dtype)
    optimizer = rule().setup(net)
    train(net, optimizer, range(4))
    saved = optimizer.state_arrays()
    resumed = Net(dtype)
    copy_data(net, resumed)
    train(net, optimizer, range(4, 9))

    again = rule()
    if when == "before setup":
        again.load_state_arrays(saved)
        again.setup(resumed)
    else:
        again.setup(resumed).load_state_arrays(saved)
    train(resumed, again, range(4, 9))
    assert_same(net, resumed)
    one, other = optimizer.state_arrays(), again.state_arrays()
    assert list(one) == list(other)
    for name in one:
        np.testing.assert_array_equal(one[name], other[name])
        assert one[name].dtype == other[name].dtype


def test_flat_names_and_kinds():
    net = Net()
    optimizer = Adam().setup(net)
    assert list(optimizer.state_arrays()) == ["t"]
    train(net, optimizer, range(2))
    arrays = optimizer.state_arrays()
    assert list(arrays) == [
        *("t", "W.m", "W.v", "scale.m", "scale.v", "blocks.0.b.m", "blocks.0.b.v")
    ]
    assert arrays["t"].shape == ()
    assert arrays["t"].dtype == np.int64
    assert arrays["t"] == 2
    assert arrays["scale.m"].shape == ()
    assert {type(array) for array in arrays.values()} == {np.ndarray}


def test_saved_arrays_are_copies_and_loaded_ones_too():
    net = Net()
    optimizer = Adam().setup(net)
    train(net, optimizer, range(1))
    arrays = optimizer.state_arrays()
    kept = {name: array.copy() for name, array in arrays.items()}
    train(net, optimizer, range(1, 3))
    for name, array in kept.items():
        np.testing.assert_array_equal(arrays[name], array)
    other = Adam()
    other.load_state_arrays(arrays)
    for array in arrays.values():
        array[...] = 77
    for name, array in other.state_arrays().items():
        np.testing.assert_array_equal(array, kept[name])


def test_the_count_keeps_its_array_and_dtype():
    optimizer = SGD()
    t = optimizer.t
    optimizer.load_state_arrays({"t": np.array(5, np.int32)})
    assert optimizer.t is t
    assert t == 5
    assert t.dtype == np.int64
    optimizer.load_state_arrays({"t": np.int64(6)})
    assert t == 6


def test_a_state_waits_for_its_lazy_parameter():
    lazy = Parameter(None)
    optimizer = MomentumSGD(lr=0.0).setup({"lazy": lazy})
    optimizer.load_state_arrays({"t": np.array(3), "lazy.v": np.array([1.0, 2.0])})
    lazy.data = np.zeros(2)
    lazy.grad = np.zeros(2)
    optimizer.update()
    np.testing.assert_array_equal(lazy.data, [-0.9, -1.8])
    assert optimizer.t == 4


def test_a_waiting_state_that_does_not_fit_is_refused_at_the_update():
    optimizer = MomentumSGD()
    optimizer.load_state_arrays({"t": np.array(3), "0.v": np.ones(3)})
    parameter = Parameter(np.zeros(2))
    parameter.grad = np.ones(2)
    optimizer.setup([parameter])
    with pytest.raises(ValueError, match=r"float64 \(2,\) but its state v is .*\(3,\)"):
        optimizer.update()


def test_loading_replaces_what_was_there():
    net = Net()
    optimizer = MomentumSGD().setup(net)
    train(net, optimizer, range(2))
    optimizer.load_state_arrays({"t": np.array(1), "scale.v": np.array(1, np.float32)})
    assert list(optimizer.state) == ["scale"]
    optimizer.load_state_arrays({"t": np.array(0)})
    assert optimizer.state == {}


def test_all_problems_are_listed_and_nothing_is_loaded():
    net = Net()
    optimizer = Adam().setup(net)
    train(net, optimizer, range(2))
    before = optimizer.state_arrays()
    arrays = {
        "W.m": np.zeros((2, 2), np.float32),
        "W.v": np.zeros((3, 2), np.float64),
        "scale.v": np.zeros((), np.float32),
        "blocks.0.b.m": np.zeros(2, int),
        "blocks.0.b.v": [0.0, 0.0],
        "W.momentum": np.zeros(2),
        "loose": np.zeros(2),
    }
    with pytest.raises(ValueError, match="this Adam") as caught:
        optimizer.load_state_arrays(arrays)
    lines = [line.strip() for line in str(caught.value).splitlines()]
    assert lines[0].endswith("(each parameter has m, v); nothing was loaded:")
    assert lines[-1].endswith("[optimizer-state-misfit]")
    assert lines[1:-1] == [
        "t is missing (the number of updates, a 0-d integer array)",
        "scale.m is missing",
        "W.m is float32 (2, 2), its parameter float32 (3, 2)",
        "W.v is float64 (3, 2), its parameter float32 (3, 2)",
        "blocks.0.b.m must be an array of floats, got int64 (2,)",
        "blocks.0.b.v must be an array of floats, got [0.0, 0.0] of type list",
        "W.momentum is unknown",
        "loose is unknown",
    ]
    after = optimizer.state_arrays()
    assert list(after) == list(before)
    for name, array in before.items():
        np.testing.assert_array_equal(after[name], array)


@pytest.mark.parametrize(
    ("t", "problem"),
    [
        (np.array(-1), "not negative"),
        (np.array([3]), "one number"),
        (np.array(2.0), r"integer array, got float64 \(\)"),
        (3, "integer array, got 3 of type int"),
        ("3", "integer array, got '3' of type str"),
        (np.array([1, 2]), "one number"),
        (np.array(True), r"integer array, got bool \(\)"),
    ],
)
def test_a_wrong_count_is_refused(t, problem):
    optimizer = SGD()
    with pytest.raises(ValueError, match=problem):
        optimizer.load_state_arrays({"t": t})
    assert optimizer.t == 0


@pytest.mark.parametrize("target", RULES)
@pytest.mark.parametrize("source", RULES)
def test_the_state_of_another_rule_is_refused(source, target):
    net = Net()
    optimizer = source().setup(net)
    train(net, optimizer, range(2))
    arrays = optimizer.state_arrays()
    other = target()
    if source is target or {source, target} == {Adam, AdamW}:
        other.load_state_arrays(arrays)
        assert other.t == 2
        return
    with pytest.raises(ValueError, match="nothing was loaded"):
        other.load_state_arrays(arrays)
    assert other.t == 0


def test_a_waiting_state_is_saved_again():
    optimizer = MomentumSGD()
    optimizer.load_state_arrays({"t": np.array(3), "late.v": np.ones(3)})
    arrays = optimizer.state_arrays()
    assert list(arrays) == ["t", "late.v"]
    np.testing.assert_array_equal(arrays["late.v"], np.ones(3))
