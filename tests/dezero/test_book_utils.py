import gc
import os
import re
import sys
import types
import urllib.request
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import ondol.dezero.functions as F
from ondol.dezero import Function, Variable, utils
from ondol.errors import ArgumentError, ShapeError

NODE = re.compile(
    r'^(c?\w+) \[label="(.*)", color=(orange|lightblue), style=filled(, shape=box)?\]$'
)


def parse(text):
    """Name -> label of the nodes, and the arrows; every line has to be one of them."""
    first, *lines, last = text.split("\n")
    assert (first, last) == ("digraph g {", "}")
    found = [match for line in lines if (match := NODE.match(line))]
    nodes = {match[1]: match[2] for match in found}
    assert len(nodes) == len(found)  # each once
    arrows = [tuple(line.split(" -> ")) for line in lines if not NODE.match(line)]
    assert all(start in nodes and end in nodes for start, end in arrows)
    assert {match[3] for match in found if match[4]} <= {"lightblue"}
    return nodes, arrows


def labels(text):
    return Counter(parse(text)[0].values())


# -- graph pictures --------------------------------------------------------------------


def test_one_variable_in_dot():
    x = Variable(np.random.randn(2, 3))
    assert utils._dot_var(x) == f'{id(x)} [label="", color=orange, style=filled]\n'
    x.name = "x"
    assert '[label="x", ' in utils._dot_var(x)
    assert '[label="x: (2, 3) float64", ' in utils._dot_var(x, verbose=True)
    x.name = None
    assert '[label="(2, 3) float64", ' in utils._dot_var(x, True)
    assert '[label="p", ' in utils._dot_var(Variable(None, "p"), True)


def test_one_call_in_dot():
    x0, x1 = Variable(np.array(1.0)), Variable(np.array(1.0))
    y = x0 + x1
    f = y.creator
    assert utils._dot_func(f) == (
        f'{id(f)} [label="Add", color=lightblue, style=filled, shape=box]\n'
        f"{id(x0)} -> {id(f)}\n{id(x1)} -> {id(f)}\n{id(f)} -> {id(y)}\n"
    )


def test_constants_of_operators_are_nodes_as_in_the_book():
    x = Variable(np.array(1.0), "x")
    nodes, arrows = parse(utils.get_dot_graph(x * 2))
    assert sorted(nodes.values()) == ["() float64", "() int64", "Mul", "x: () float64"]
    drawn = sorted((nodes[a], nodes[b]) for a, b in arrows)
    into = [("() int64", "Mul"), ("Mul", "() float64"), ("x: () float64", "Mul")]
    assert drawn == into


def test_settings_are_not_nodes():
    x = Variable(np.ones((2, 3)), "x")
    y = F.sum(F.reshape(x, (3, 2)) ** 2, axis=1)[np.array([0, 1])]
    found = labels(utils.get_dot_graph(y, verbose=False))
    assert found == {"x": 1, "": 4, "Reshape": 1, "Pow": 1, "Sum": 1, "GetItem": 1}


def goldstein(x, y):
    """The function of Goldstein and Price (steps 24 and 26)."""
    a = 19 - 14 * x + 3 * x**2 - 14 * y + 6 * x * y + 3 * y**2
    b = 18 - 32 * x + 12 * x**2 + 48 * y - 36 * x * y + 27 * y**2
    return (1 + (x + y + 1) ** 2 * a) * (30 + (2 * x - 3 * y) ** 2 * b)


def test_the_graph_of_step_26_is_the_books():
    z = goldstein(Variable(np.array(1.0), "x"), Variable(np.array(1.0), "y"))
    z.name = "z"
    nodes, arrows = parse(utils.get_dot_graph(z, verbose=False))
    named = {"x": 1, "y": 1, "z": 1, "": 54}
    assert Counter(nodes.values()) == named | {"Mul": 17, "Add": 10, "Pow": 6, "Sub": 5}
    assert len(arrows) == 108


# Counted in what the book's package draws, NumPy 1.26: calls, Variables, arrows.
TANH = {
    1: ({"Mul": 2, "Sub": 1, "Tanh": 1}, 7, 11),
    2: ({"Mul": 5, "Sub": 1, "Tanh": 1, "Add": 1, "Neg": 1}, 13, 25),
    3: ({"Mul": 12, "Sub": 2, "Tanh": 1, "Add": 4, "Neg": 2}, 27, 60),
    4: ({"Mul": 29, "Sub": 3, "Tanh": 1, "Add": 13, "Neg": 5}, 59, 147),
}


@pytest.mark.parametrize("order", TANH)
def test_the_graphs_of_step_35_are_the_books(order):
    x = Variable(np.array(1.0))
    y = F.tanh(x)
    y.backward(create_graph=True)
    for _ in range(order - 1):
        gx = x.grad
        x.cleargrad()
        gx.backward(create_graph=True)
    nodes, arrows = parse(utils.get_dot_graph(x.grad, verbose=False))
    calls, variables, count = TANH[order]
    assert Counter(nodes.values()) == calls | {"": variables}
    assert len(arrows) == count


@pytest.mark.parametrize(
    ("name", "f"),
    [
        ("Add", lambda x: x + x),
        ("Sub", lambda x: x - x),
        ("Mul", lambda x: x * x),
        ("Div", lambda x: x / x),
        ("Neg", lambda x: -x),
        ("Pow", lambda x: x**3),
        ("Sin", F.sin),
        ("Cos", F.cos),
        ("Tanh", F.tanh),
        ("Exp", F.exp),
        ("Log", F.log),
        ("Transpose", F.transpose),
        ("GetItem", lambda x: x[0]),
        ("Sum", F.sum),
        ("BroadcastTo", lambda x: F.broadcast_to(x, (3, 2, 2))),
        ("MatMul", lambda x: F.matmul(x, x)),
        ("Linear", lambda x: F.linear(x, x, x[0])),
        ("Sigmoid", F.sigmoid),
        ("ReLU", F.relu),
        ("Max", F.max),
    ],
)
def test_a_call_has_the_name_of_the_books_class(name, f):
    y = f(Variable(np.ones((2, 2))))
    assert labels(utils.get_dot_graph(y, False))[name] == 1


class Halves(Function):
    def forward(self, x):
        return x[:1], x[1:]

    def backward(self, g, h):
        return F.exp(g), h


def test_no_phantom_of_an_output_that_is_gone():
    first, second = Halves()(Variable(np.ones(2), "x"))
    both = labels(utils.get_dot_graph(first, False))
    assert both == {"x": 1, "Halves": 1, "": 2}
    del second
    gc.collect()
    one = labels(utils.get_dot_graph(first, False))
    assert one == {"x": 1, "Halves": 1, "": 1}


def test_a_leaf_is_drawn_alone():
    x = Variable(np.ones(2), "x")
    assert labels(utils.get_dot_graph(x)) == {"x: (2,) float64": 1}


def test_quotes_in_a_name_do_not_break_the_text():
    x = Variable(np.ones(2), 'the "x" \\')
    assert r'label="the \"x\" \\"' in utils.get_dot_graph(x, verbose=False)


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("a graph.png", b"\x89PNG"),
        ("g.svg", b"<?xml"),
        ("g.pdf", b"%PDF"),
        ("g.dot", b"d"),
    ],
)
def test_a_picture_without_dot_and_with_spaces_in_its_path(
    name, start, tmp_path, monkeypatch
):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "IPython.display", None)
    folder = tmp_path / "my files"
    folder.mkdir()
    x = Variable(np.array(1.0), "x")
    assert utils.plot_dot_graph(x * 2 + 1, to_file=str(folder / name)) is None
    assert os.listdir(folder) == [name]
    assert (folder / name).read_bytes().startswith(start)
    assert (folder / name).stat().st_size > 300


def test_the_picture_goes_to_graph_png_if_nothing_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    utils.plot_dot_graph(Variable(np.array(1.0)))
    assert os.listdir(tmp_path) == ["graph.png"]


def test_a_notebook_gets_the_picture(tmp_path, monkeypatch):
    display = types.ModuleType("IPython.display")
    display.Image = types.SimpleNamespace
    monkeypatch.setitem(sys.modules, "IPython", types.ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    y = Variable(np.array(1.0)) + 1
    path = str(tmp_path / "graph.png")
    assert utils.plot_dot_graph(y, to_file=path).filename == path
    assert utils.plot_dot_graph(y, to_file=str(tmp_path / "graph.svg")) is None


def test_a_failure_is_an_error_not_a_success(tmp_path):
    with pytest.raises(ArgumentError, match=r"\.png, \.svg"):
        utils.plot_dot_graph(Variable(np.array(1.0)), to_file=tmp_path / "graph.xyz")


# -- shapes ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wide", "shape"),
    [
        ((2, 3), (2, 3)),
        ((2, 3), (1, 3)),
        ((2, 3), (2, 1)),
        ((4, 2, 3), (3,)),
        ((4, 2, 3), (2, 1)),
        ((2, 3), ()),
        ((), ()),
        ((1, 1), (1,)),
    ],
)
def test_sum_to_undoes_a_broadcast(wide, shape):
    x = np.random.default_rng(0).normal(size=wide)
    y = utils.sum_to(x, shape)
    assert type(y) is np.ndarray
    assert y.shape == shape
    # The sum of x * (a repeated over the axes) is that of sum_to(x) * a.
    a = np.random.default_rng(1).normal(size=shape)
    np.testing.assert_allclose(np.sum(x * a), np.sum(y * a))


def test_sum_to_of_a_variable_is_one():
    x = Variable(np.ones((2, 3)))
    y = utils.sum_to(x, (3,))
    y.backward()
    assert y.data.tolist() == [2, 2, 2]
    assert x.grad.shape == (2, 3)


@pytest.mark.parametrize("shape", [(2,), (2, 2, 3), (3, 3)])
def test_sum_to_a_shape_that_does_not_broadcast(shape):
    with pytest.raises(ShapeError, match="does not broadcast"):
        utils.sum_to(np.ones((2, 3)), shape)


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize(
    "axis", [None, 0, 1, -1, (0, 2), (2, 0), (-1, -3), np.int64(1)]
)
def test_the_gradient_of_a_sum_gets_its_axes_back(axis, keepdims):
    x = np.ones((2, 3, 4))
    gy = x.sum(axis=axis, keepdims=keepdims)
    got = utils.reshape_sum_backward(Variable(np.array(gy)), x.shape, axis, keepdims)
    plain = axis is None and not keepdims
    assert got.shape == (() if plain else x.sum(axis=axis, keepdims=True).shape)


def test_the_gradient_of_a_sum_of_a_number():
    assert utils.reshape_sum_backward(np.array(1.0), (), None, False).shape == ()


@pytest.mark.parametrize("axis", [None, 0, 2, -1, (0, 1), (-1, 0), np.int64(2)])
def test_the_shape_for_the_gradient_of_max(axis):
    x = np.ones((2, 3, 4))
    expected = list(x.max(axis=axis, keepdims=True).shape)
    assert utils.max_backward_shape(x, axis) == expected
    assert utils.max_backward_shape(Variable(x), axis) == expected


@pytest.mark.parametrize("axis", [3, -4, (0, 0)])
def test_axes_that_are_not_there(axis):
    with pytest.raises(ValueError, match="axis"):
        utils.max_backward_shape(np.ones((2, 3, 4)), axis)


def test_logsumexp():
    x = np.array([[1000.0, 1000.0], [0.0, 1.0], [-np.inf, -np.inf], [np.inf, 0.0]])
    before = x.copy()
    with np.errstate(divide="ignore"):  # the logarithm of 0
        y = utils.logsumexp(x)
    expected = [[1000 + np.log(2)], [np.log(1 + np.e)], [-np.inf], [np.inf]]
    np.testing.assert_allclose(y, expected)
    np.testing.assert_array_equal(x, before)
    assert utils.logsumexp(x[:2].astype(np.float32)).dtype == np.float32
    assert utils.logsumexp(x[:2], axis=0).shape == (1, 2)
    np.testing.assert_allclose(utils.logsumexp(np.array([[0, 0]])), [[np.log(2)]])


def test_sizes_of_convolutions():
    assert utils.get_conv_outsize(4, 3, 1, 1) == 4
    assert utils.get_conv_outsize(7, 3, 2, 0) == 3
    assert utils.get_deconv_outsize(4, 3, 1, 1) == 4
    assert utils.get_deconv_outsize(3, 3, 2, 0) == 7


@pytest.mark.parametrize("x", [2, np.int64(2), (2, 2)])
def test_pair(x):
    assert utils.pair(x) == (2, 2)


@pytest.mark.parametrize("x", [2.0, (1, 2, 3), (1,), "ab", [1, 2], None])
def test_what_is_not_a_pair(x):
    with pytest.raises(ValueError, match="an integer or a tuple of two"):
        utils.pair(x)


# -- gradient checks -------------------------------------------------------------------


def test_numerical_gradient_of_integers_is_right():
    x = np.array([3, 4])
    gradient = utils.numerical_grad(lambda x: x**2, x)
    np.testing.assert_allclose(gradient, [6, 8])
    assert x.tolist() == [3, 4]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numerical_gradient_keeps_the_dtype_and_the_array(dtype):
    x = np.array([[0.5, 1.0], [2.0, 3.0]], dtype)
    before = x.copy()
    gradient = utils.numerical_grad(F.log, Variable(x))
    assert gradient.dtype == dtype
    np.testing.assert_allclose(gradient, 1 / before, rtol=1e-6)
    np.testing.assert_array_equal(x, before)


def test_numerical_gradient_hands_arguments_on():
    x = np.array([1.0, 2.0])
    gradient = utils.numerical_grad(lambda x, a, b: x * a * b, x, 3.0, b=2.0)
    np.testing.assert_allclose(gradient, [6, 6])


def test_gradient_check_leaves_the_callers_variables_as_they_are():
    x = Variable(np.array([[1, 2], [3, 4]], np.float32))
    w = Variable(np.ones((2, 2)))
    data = x.data
    for _ in range(2):  # the original fails the second time
        assert utils.gradient_check(F.matmul, x, w) is True
    assert x.data is data
    assert x.dtype == np.float32
    assert x.grad is None
    assert w.grad is None


@pytest.mark.parametrize("x", [np.ones(3), np.array([1, 2]), np.array(0.5), 2.0])
def test_gradient_check_takes_arrays_and_numbers(x):
    assert utils.gradient_check(lambda x: F.tanh(x) * 3, x)


def test_gradient_check_sums_several_outputs():
    assert utils.gradient_check(lambda x: [F.sin(x), x**2], np.array([0.3, 0.4]))


def test_gradient_check_of_a_constant():
    assert utils.gradient_check(lambda x: Variable(np.ones(2)), np.ones(3))
    assert utils.gradient_check(lambda x: x > 0, np.ones(3))


class WrongSquare(Function):
    def forward(self, x):
        return x**2

    def backward(self, gy):
        (x,) = self.inputs
        return 3 * x * gy


def test_gradient_check_prints_what_differs(capsys):
    x = np.full((2, 10), 2.0)
    assert utils.gradient_check(lambda x: WrongSquare()(x), x) is False
    printed = capsys.readouterr().out
    assert "FAILED (Gradient Check)" in printed
    numerical, backprop = printed.split("Backprop Grad")
    assert "Numerical Grad\n shape: (2, 10)\n values: 4. 4." in numerical
    assert backprop.startswith("\n shape: (2, 10)\n values: 6. 6.")


def test_gradient_check_takes_tolerances():
    def f(x):
        return WrongSquare()(x)

    assert utils.gradient_check(f, np.array(2.0), rtol=0.6)
    assert utils.gradient_check(f, np.array(2.0), atol=3.0)


@pytest.mark.parametrize("x", [[1.0, 2.0], None, "x"])
def test_gradient_check_of_what_is_no_array(x):
    with pytest.raises((TypeError, ValueError), match=r"is not supported|no array"):
        utils.gradient_check(F.sin, x)


def test_comparisons_take_variables_and_arrays():
    x = np.array([1.0, 2.0])
    assert utils.array_equal(Variable(x), x.copy())
    assert not utils.array_equal(x, Variable(x + 1e-9))
    assert not utils.array_equal(x, x[:1])
    assert utils.array_allclose(x, Variable(x + 1e-5))
    assert not utils.array_allclose(Variable(x), x + 1e-3)
    assert utils.array_allclose(x, x + 1e-3, atol=1e-2)
    assert utils.array_allclose(x, x * 1.01, rtol=0.1)


# -- downloads -------------------------------------------------------------------------


def test_the_cache_follows_ondols_setting(monkeypatch, tmp_path):
    monkeypatch.setenv("ONDOL_HOME", str(tmp_path))
    assert utils.cache_dir == str(tmp_path)
    with pytest.raises(AttributeError, match="no attribute 'cache_dirs'"):
        utils.cache_dirs  # noqa: B018


@pytest.fixture
def home(monkeypatch, tmp_path):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    return tmp_path


def test_a_file_is_fetched_under_its_name(home, monkeypatch):
    asked = []
    monkeypatch.setattr(
        utils, "fetch", lambda *request: asked.append(request) or home / "there"
    )
    assert utils.get_file("http://example.org/a.gz") == str(home / "there")
    assert utils.get_file("http://example.org/a.gz", "b.gz") == str(home / "there")
    url = "http://example.org/a.gz"
    assert asked == [(url, None), (url, "b.gz")]


@pytest.mark.parametrize("name", [None, "a.npz"])
def test_a_file_that_the_book_has_downloaded_is_used(home, monkeypatch, name):
    monkeypatch.setattr(utils, "fetch", None)
    earlier = home / ".dezero" / "a.npz"
    earlier.parent.mkdir()
    earlier.touch()
    url = "http://example.org/" + ("other" if name else "a.npz")
    assert utils.get_file(url, name) == str(earlier)


def test_progress(capsys):
    utils.show_progress(5, 10, 200)
    assert capsys.readouterr().out == "\r[#######.......................] 25.00%"
    utils.show_progress(21, 10, 200)
    assert capsys.readouterr().out == f"\r[{'#' * 30}] 100.00%"


@pytest.mark.parametrize("size", [0, -1])
def test_progress_of_a_file_of_unknown_size(size, capsys):
    utils.show_progress(3, 100, size)
    assert capsys.readouterr().out == "\r300 bytes"


def test_progress_is_a_hook_for_urlretrieve(tmp_path, capsys):
    source = tmp_path / "a"
    source.write_bytes(bytes(20000))
    urllib.request.urlretrieve(source.as_uri(), tmp_path / "b", utils.show_progress)
    assert capsys.readouterr().out.endswith("100.00%")
