import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from ondol.core import Parameter, State, Variable
from ondol.errors import ArgumentError
from ondol.io import WeightsError, load_arrays, load_weights, save_arrays, save_weights
from ondol.tree import Tree, walk

SUFFIXES = (".safetensors", ".npz")


class Dense(Tree):
    def __init__(self, n_in, n_out, fill=0.0, dtype=np.float32):
        self.n_out = n_out
        self.W = Parameter(
            None if n_in is None else np.full((n_in, n_out), fill, dtype)
        )
        self.b = Parameter(np.full(n_out, fill, dtype))


class Norm(Tree):
    def __init__(self, n, fill=0.0):
        self.mean = State(np.full(n, fill))
        self.count = State(np.array(int(fill)))


class Net(Tree):
    def __init__(self, fill=0.0):
        self.name = "net"
        self.blocks = [Dense(2, 3, fill), Norm(3, fill)]
        self.parts = {"head": Dense(3, 1, fill, np.float64)}
        self.last_output = Variable(np.ones(3))


def weights(tree):
    return {name: leaf.data for name, leaf in walk(tree, (Parameter, State))}


def assert_weights(tree, expected):
    got = weights(tree)
    assert got.keys() == expected.keys()
    for name, array in got.items():
        np.testing.assert_array_equal(array, expected[name], strict=True)


@pytest.fixture(params=SUFFIXES)
def path(request, tmp_path):
    return tmp_path / f"weights{request.param}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("weights")


def refusal(path, tree, **options):
    """The text of the error of loading, which must leave the model as it was."""
    before = weights(tree)
    with pytest.raises(WeightsError) as caught:
        load_weights(path, tree, **options)
    after = weights(tree)
    assert all(after[name] is array for name, array in before.items())
    return str(caught.value)


# -- round trips -----------------------------------------------------------------------


def test_parameters_and_states_come_back(path):
    save_weights(path, Net(3.0))
    net = Net()
    assert load_weights(str(path), net) is None
    assert_weights(net, weights(Net(3.0)))


def test_the_file_has_the_names_of_the_walk(path):
    save_weights(path, Net())
    blocks = [f"blocks.{name}" for name in ("0.W", "0.b", "1.count", "1.mean")]
    assert sorted(load_arrays(path)) == [*blocks, "parts.head.W", "parts.head.b"]


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(
    st.lists(
        npst.arrays(
            npst.floating_dtypes(endianness="=", sizes=(32, 64)) | st.just(np.int64),
            npst.array_shapes(min_dims=0, min_side=0),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_round_trip(folder, suffix, arrays):
    path = folder / f"round{suffix}"
    save_weights(path, [Parameter(array) for array in arrays])
    fresh = [Parameter(np.zeros_like(array)) for array in arrays]
    load_weights(path, fresh)
    for parameter, array in zip(fresh, arrays, strict=True):
        np.testing.assert_array_equal(parameter.data, array, strict=True)


def test_tied_weights_stay_tied(path):
    tied = Net(2.0)
    tied.again = tied.blocks[0].W
    save_weights(path, tied)
    assert "again" not in load_arrays(path)
    net = Net()
    net.again = net.blocks[0].W
    load_weights(path, net)
    assert net.again is net.blocks[0].W
    assert net.again.data[0, 0] == 2


def test_loading_replaces_arrays_and_leaves_the_old_ones(path):
    save_weights(path, Net(1.0))
    net = Net()
    before = weights(net)
    load_weights(path, net)
    for name, array in weights(net).items():
        assert not np.shares_memory(array, before[name])
        assert not before[name].any()
        array[...] = 9
    assert_weights(Net(1.0), load_arrays(path))


# -- lazy layers -----------------------------------------------------------------------


def test_a_lazy_parameter_cannot_be_saved(path):
    save_weights(path, Dense(2, 3))
    old = path.read_bytes()
    with pytest.raises(
        WeightsError, match=r"0\.W, 1\.W of list hold no array yet\n  fix: run"
    ):
        save_weights(path, [Dense(None, 3), Dense(None, 3)])
    assert path.read_bytes() == old


def test_a_lazy_parameter_takes_shape_and_dtype_from_the_file(path):
    save_weights(path, Dense(2, 3, 1.0, np.float64))
    lazy = Dense(None, 3)
    load_weights(path, lazy)
    np.testing.assert_array_equal(lazy.W.data, np.ones((2, 3)), strict=True)
    assert lazy.b.dtype == np.float32


def test_a_lazy_parameter_stays_lazy_when_others_do_not_fit(path):
    save_weights(path, Dense(2, 3))
    assert "shape of b" in refusal(path, Dense(None, 4))


# -- what does not fit -----------------------------------------------------------------


def test_all_problems_are_told_at_once(path):
    save_arrays(
        path,
        {
            "blocks.0.W": np.ones((3, 2)),
            "blocks.0.b": np.ones(3, np.complex64),
            "blocks.1.mean": np.ones(3),
            "parts.head.b": np.ones(1),
            "x": np.ones(1),
            "y": np.ones(1),
        },
    )
    told, _, fix = refusal(path, Net()).rpartition("\n")
    assert fix.startswith("  fix: build the model as the saved one was; strict=False")
    assert told == (
        f"{path} does not fit this Net; nothing was loaded:\n"
        "  missing from the file: blocks.1.count, parts.head.W\n"
        "  only in the file: x, y\n"
        "  shape of blocks.0.W: the model has float32 (2, 3), the file float64 (3, 2)\n"
        "  dtype of blocks.0.b: the model has float32 (3,), the file complex64 (3,)"
    )


@pytest.mark.parametrize("names", [("W",), ("W", "b", "c"), ("b", "c"), ("c",), ()])
def test_strict_wants_the_same_names(path, names):
    save_arrays(path, {name: np.ones(1, np.float32) for name in names})
    told = refusal(path, {"W": Parameter(np.zeros(1)), "b": Parameter(np.zeros(1))})
    missing, extra = {"W", "b"} - set(names), set(names) - {"W", "b"}
    assert bool(missing) == ("missing from the file: " in told)
    assert bool(extra) == ("only in the file: c" in told)


def test_not_strict_loads_what_both_have(path):
    save_arrays(path, {"b": np.ones(3), "other": np.ones(2)})
    dense = Dense(2, 3)
    load_weights(path, dense, strict=False)
    assert_weights(dense, {**weights(Dense(2, 3)), "b": np.ones(3, np.float32)})


def test_not_strict_still_refuses_what_does_not_fit(path):
    save_arrays(path, {"W": np.ones((2, 3)), "b": np.ones(4)})
    told = refusal(path, Dense(2, 3), strict=False)
    assert "shape of b: the model has float32 (3,), the file float64 (4,)" in told
    assert "W" not in told.split("nothing was loaded:")[1]


def test_not_strict_with_nothing_in_common_is_an_error(path):
    save_arrays(path, {"module.W": np.ones((2, 3))})
    told = refusal(path, Dense(2, 3), strict=False)
    assert "missing from the file: W, b\n  only in the file: module.W" in told


# -- dtypes ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stored", "wanted"),
    [
        *(("float64", "float32"), ("float16", "float64"), ("int64", "float32")),
        *(("bool", "float32"), ("int64", "int32"), ("float32", "complex64")),
    ],
)
def test_arrays_take_the_dtype_of_the_parameter(path, stored, wanted):
    save_arrays(path, {"x": np.array([0, 1, 1], stored)})
    tree = {"x": State(np.zeros(3, wanted))}
    load_weights(path, tree)
    assert_weights(tree, {"x": np.array([0, 1, 1], wanted)})


@pytest.mark.parametrize(
    ("stored", "wanted"),
    [("float32", "int64"), ("complex64", "float32"), ("int8", "uint8")],
)
def test_dtypes_of_another_kind_are_refused(path, stored, wanted):
    save_arrays(path, {"x": np.ones(3, stored)})
    told = refusal(path, {"x": State(np.zeros(3, wanted))})
    assert f"dtype of x: the model has {wanted} (3,), the file {stored} (3,)" in told


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        *((np.array([1e300]), "float32"), (np.array([1e300j]), "complex64")),
        *((np.array([2**40]), "int32"), (np.array([70_000]), "float16")),
    ],
)
def test_values_too_large_for_the_parameter_are_refused(tmp_path, value, wanted):
    path = tmp_path / "x.npz"
    save_arrays(path, {"x": value})
    told = refusal(path, {"x": State(np.zeros(1, wanted))})
    assert f"range of values of x: the model has {wanted}" in told


def test_infinities_and_nans_are_kept(path):
    x = np.array([np.inf, -np.inf, np.nan])
    save_arrays(path, {"x": x})
    tree = {"x": State(np.zeros(3, np.float32))}
    load_weights(path, tree)
    np.testing.assert_array_equal(tree["x"].data, x.astype(np.float32), strict=True)


def test_text_is_no_weight_of_a_lazy_parameter(tmp_path):
    np.savez(tmp_path / "x.npz", W=np.array(["text"]), b=np.ones(3))
    assert "dtype of W: the model has no array yet, the file <U4 (1,)" in refusal(
        tmp_path / "x.npz", Dense(None, 3)
    )


# -- trees and files that cannot be ----------------------------------------------------


@pytest.mark.parametrize("tree", [[], object(), {"x": Variable(np.ones(1))}, None])
def test_a_tree_without_weights_is_an_error(path, tree):
    save_arrays(path, {})
    old = path.read_bytes()
    for call in (save_weights, load_weights):
        with pytest.raises(WeightsError, match="found no Parameter or State in this"):
            call(path, tree)
    assert path.read_bytes() == old


@pytest.mark.parametrize("keys", [(1, "1"), ("a.b", "a")])
def test_names_that_collide_are_an_error(path, keys):
    tree = {keys[0]: Parameter(np.ones(1)), keys[1]: Parameter(np.ones(1))}
    if keys == ("a.b", "a"):
        tree["a"] = {"b": tree["a"]}
    with pytest.raises(ArgumentError, match="two parts of the model are both called"):
        save_weights(path, tree)
    assert not path.exists()


def test_a_lone_parameter_has_no_name(path):
    with pytest.raises(
        WeightsError, match="cannot be the name of an array: it is empty"
    ):
        save_weights(path, Parameter(np.ones(1)))


def test_a_damaged_file_leaves_the_model(path):
    save_weights(path, Net(1.0))
    path.write_bytes(path.read_bytes()[:-1])
    assert "cannot be read" in refusal(path, Net())


def test_a_missing_file_is_missing(path):
    with pytest.raises(FileNotFoundError, match=path.name):
        load_weights(path, Net())


def test_a_failure_while_saving_leaves_the_old_file(path, monkeypatch):
    save_weights(path, Net(1.0))

    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(KeyboardInterrupt):
        save_weights(path, Net(2.0))
    monkeypatch.undo()
    net = Net()
    load_weights(path, net)
    assert_weights(net, weights(Net(1.0)))
    assert list(path.parent.iterdir()) == [path]
