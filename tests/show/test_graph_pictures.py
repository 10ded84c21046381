import itertools
import os
import re
import struct
import sys

import numpy as np
import pytest

from ondol import Function, Variable, no_grad
from ondol.errors import ArgumentError, DtypeError, UsageError
from ondol.show import dot_text, graph, save_graph

NODE = re.compile(r'^  (\w+) \[label="((?:[^"\\]|\\.)*)", (.*)\]$', re.MULTILINE)
EDGE = re.compile(r"^  (\w+) -> (\w+)$", re.MULTILINE)


def nodes(text):
    """Name -> label, of a text in which no name is declared twice."""
    found = [(name, label) for name, label, _ in NODE.findall(text)]
    assert len({name for name, _ in found}) == len(found)
    return dict(found)


def arrows(text):
    """Pairs of labels."""
    labels = nodes(text)
    return [(labels[a], labels[b]) for a, b in EDGE.findall(text)]


def goldstein_price(x, y):
    """Of step 26."""
    a = 19 - 14 * x + 3 * x**2 - 14 * y + 6 * x * y + 3 * y**2
    b = 18 - 32 * x + 12 * x**2 + 48 * y - 36 * x * y + 27 * y**2
    return (1 + (x + y + 1) ** 2 * a) * (30 + (2 * x - 3 * y) ** 2 * b)


def goldstein_graph():
    x, y = Variable(np.array(1.0), "x"), Variable(np.array(1.0), "y")
    z = goldstein_price(x, y)
    z.name = "z"
    return z


def tanh_graph(order):
    """The derivative of tanh of some order, with the graph that computed it (35)."""
    x = Variable(np.array(1.0), "x")
    y = np.tanh(x)
    y.name = "y"
    for _ in range(order):
        x.cleargrad()
        y.backward(create_graph=True)
        y = x.grad
    y.name = f"gx{order}"
    return y


GRAPHS = {
    "goldstein": goldstein_graph,
    "tanh": lambda: tanh_graph(1),
    "tanh, 2nd": lambda: tanh_graph(2),
    "tanh, 4th": lambda: tanh_graph(4),
}


# -- the text --------------------------------------------------------------------------


def test_arrows_run_from_operands_over_calls_to_results():
    x, W = Variable(np.ones((2, 3)), "x"), Variable(np.ones((3, 4)), "W")
    y = np.matmul(x, W)
    y.name = "y"
    text = dot_text(y)
    assert sorted(nodes(text).values()) == ["W", "matmul", "x", "y"]
    assert sorted(arrows(text)) == [("W", "matmul"), ("matmul", "y"), ("x", "matmul")]


def test_the_calls_are_boxes_and_the_variables_are_not():
    looks = {label: look for _, label, look in NODE.findall(dot_text(tanh_graph(1)))}
    assert "shape=box" in looks["tanh"]
    assert "shape" not in looks["x"] + looks["y"]
    assert looks["x"] != looks["y"]  # an input, and a result


def test_verbose_shows_shapes_and_dtypes():
    x = Variable(np.ones((2, 3), np.float32), "x")
    text = dot_text(np.sum(x), verbose=True)
    assert [*nodes(text).values()] == ["() float32", "sum", r"x\n(2, 3) float32"]
    assert [*nodes(dot_text(np.sum(x))).values()] == ["", "sum", "x"]


def test_each_variable_and_each_call_is_there_once():
    x = Variable(np.array(2.0), "x")
    text = dot_text(x * x + x)
    assert sorted(nodes(text).values()) == ["", "", "add", "multiply", "x"]
    assert arrows(text).count(("x", "multiply")) == 2
    assert len(arrows(text)) == 6


def test_numbers_and_arrays_are_left_out():
    x = Variable(np.ones(3), "x")
    text = dot_text(np.reshape(x * 2 + np.ones(3), (3, 1)))
    assert sorted(nodes(text).values()) == [
        "",
        "",
        "",
        "add",
        "multiply",
        "reshape",
        "x",
    ]


def test_the_same_computation_gives_the_same_text():
    assert dot_text(goldstein_graph(), True) == dot_text(goldstein_graph(), True)


def test_the_graph_of_step_26_without_its_constants():
    labels = [*nodes(dot_text(goldstein_graph())).values()]
    count = {name: labels.count(name) for name in ("multiply", "add", "power")}
    assert count == {"multiply": 17, "add": 10, "power": 6}
    assert labels.count("subtract") == 5
    assert labels.count("x") == labels.count("y") == labels.count("z") == 1
    assert len(labels) == 2 * 38 + 2


class Halves(Function):
    def forward(self, x):
        return x[:1] + 0, x[1:] + 0

    def backward(self, g, h):
        return np.concatenate([g, h])


def test_outputs_that_the_result_does_not_need_are_left_out():
    first, second = Halves()(Variable(np.ones(2), "x"))
    text = dot_text(first * 3)
    assert sorted(nodes(text).values()) == ["", "", "Halves", "multiply", "x"]
    both = nodes(dot_text(first + second)).values()
    assert sorted(both) == ["", "", "", "Halves", "add", "x"]


class Square(Function):
    def forward(self, x):
        return x**2

    def backward(self, gy):
        (x,) = self.inputs
        return 2 * x * gy


def test_what_a_recorded_backward_read_is_the_same_variable():
    x = Variable(np.array(3.0), "x")
    Square()(x).backward(create_graph=True)
    assert [*nodes(dot_text(x.grad)).values()].count("x") == 1


def test_operands_in_a_list_are_found():
    a, b = Variable(np.ones(2), "a"), Variable(np.ones(2), "b")
    assert {"a", "b"} < {*nodes(dot_text(np.concatenate([a, b]))).values()}


def test_a_graph_deeper_than_the_stack_of_python():
    y = x = Variable(np.array(1.0), "x")
    depth = 10 * sys.getrecursionlimit()
    for _ in range(depth):
        y = y + x
    text = dot_text(y)
    assert len(nodes(text)) == 2 * depth + 1
    assert len(EDGE.findall(text)) == 3 * depth


@pytest.mark.parametrize(
    "name",
    ['say "x"', "back\\slash", "two\nlines", "a &amp; b -> {c}", "가중치", "\\", "<b>"],
)
def test_a_name_may_hold_anything(name, tmp_path):
    text = dot_text(np.exp(Variable(np.ones(2), name)))
    label = nodes(text)["v2"]
    shown = label.replace(r"\n", "\n").replace("&amp;", "&")
    assert re.sub(r"\\(.)", r"\1", shown) == name
    svg = save_graph(np.exp(Variable(np.ones(2), name)), tmp_path / "a.svg").read_text()
    drawn = [part for part in re.findall("<text.*>(.*)</text>", svg) if part != "exp"]
    escaped = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = escaped.replace('"', "&quot;").replace("-&gt;", "&#45;&gt;")
    assert "\n".join(drawn) == escaped


@pytest.mark.parametrize("x", [np.ones(2), None, 1.0, "y"])
def test_only_a_variable_has_a_picture(x):
    with pytest.raises(DtypeError, match=f"of a Variable, got {type(x).__name__}"):
        dot_text(x)


def test_a_variable_without_a_graph_is_refused_and_named():
    x = Variable(np.ones(2), "weights")
    with pytest.raises(UsageError, match=r"no graph to draw.*\n.*named 'weights'"):
        dot_text(x)
    with no_grad(), pytest.raises(UsageError, match="no_grad"):
        dot_text(np.exp(x))


# -- the layout ------------------------------------------------------------------------


def layout(text):
    """Name -> (x, y, width, height) of each node; y runs upwards."""
    plain = graph._drawn(text.encode(), "plain").decode()
    rows = [line.split() for line in plain.splitlines()]
    return {row[1]: tuple(map(float, row[2:6])) for row in rows if row[0] == "node"}


@pytest.mark.parametrize("verbose", [False, True])
@pytest.mark.parametrize("name", GRAPHS)
def test_no_two_nodes_overlap_and_all_arrows_point_downwards(name, verbose):
    text = dot_text(GRAPHS[name](), verbose)
    places = layout(text)
    assert {*places} == {*nodes(text)}
    for (x, y, w, h), (u, v, a, b) in itertools.combinations(places.values(), 2):
        assert abs(x - u) > (w + a) / 2 or abs(y - v) > (h + b) / 2
    for start, end in EDGE.findall(text):
        assert places[start][1] > places[end][1]


# -- the files -------------------------------------------------------------------------


@pytest.fixture
def no_dot(monkeypatch):
    """A machine without the `dot` program."""
    monkeypatch.setenv("PATH", "")


@pytest.fixture
def fake_dot(monkeypatch, tmp_path):
    """Puts Python code as `dot` on the PATH, as the only program there."""

    def install(code, first=f"#!{sys.executable}"):
        folder = tmp_path / "bin"
        folder.mkdir()
        program = folder / "dot"
        program.write_text(f"{first}\nimport sys, time, pathlib\n{code}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(folder))
        return program

    return install


def png_size(path):
    content = path.read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert content.endswith(b"IEND\xaeB`\x82")
    return struct.unpack(">II", content[16:24])


@pytest.mark.usefixtures("no_dot")
def test_a_png_without_dot(tmp_path):
    path = save_graph(goldstein_graph(), tmp_path / "graph.png")
    assert path == tmp_path / "graph.png"
    width, height = png_size(path)
    assert 500 < width < 3000
    assert 500 < height < 3000
    assert len({*path.read_bytes()}) > 200  # there is something in it
    assert os.listdir(tmp_path) == ["graph.png"]


@pytest.mark.usefixtures("no_dot")
def test_an_svg_without_dot_holds_every_label_as_text(tmp_path):
    svg = save_graph(tanh_graph(2), tmp_path / "graph.svg").read_text()
    assert svg.startswith("<?xml")
    assert svg.endswith("</svg>\n")
    labels = sorted(re.findall("<text.*>(.*)</text>", svg))
    assert labels == sorted(filter(None, nodes(dot_text(tanh_graph(2))).values()))


@pytest.mark.usefixtures("no_dot")
def test_a_pdf_without_dot(tmp_path):
    content = save_graph(tanh_graph(1), tmp_path / "graph.PDF").read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")
    assert len(content) > 1000


@pytest.mark.parametrize("name", ["graph.dot", "graph.gv", "GRAPH.DOT"])
def test_the_text_needs_no_graphviz(name, tmp_path, monkeypatch, no_dot):
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    y = tanh_graph(1)
    path = save_graph(y, str(tmp_path / name), verbose=True)
    assert path.read_text(encoding="utf-8") == dot_text(y, verbose=True)


@pytest.mark.usefixtures("no_dot")
def test_without_graphviz_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    with pytest.raises(ImportError, match=r"pip install 'ondol\[graph\]'.*`dot`"):
        save_graph(tanh_graph(1), tmp_path / "graph.png")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["graph", "graph.jpeg", "png", "graph.png.txt"])
def test_an_unknown_suffix_is_refused_before_anything_is_done(name, tmp_path, fake_dot):
    fake_dot("raise SystemExit('called')")
    with pytest.raises(ArgumentError, match=r"\.png, \.svg, \.pdf, \.dot, \.gv"):
        save_graph(tanh_graph(1), tmp_path / name)


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="make its folder first"):
        save_graph(tanh_graph(1), tmp_path / "none" / "graph.dot")


def test_a_file_that_may_not_be_changed(tmp_path):
    path = tmp_path / "graph.dot"
    path.write_text("mine")
    path.chmod(0o444)
    with pytest.raises(PermissionError, match="read-only"):
        save_graph(tanh_graph(1), path)
    assert path.read_text() == "mine"


# -- the `dot` program -----------------------------------------------------------------


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_dot_is_called_with_the_format_and_given_the_text(kind, tmp_path, fake_dot):
    code = "print(sys.argv[1:], sys.stdin.buffer.read().decode(), end='')"
    fake_dot(code)
    y = tanh_graph(1)
    path = save_graph(y, tmp_path / f"$(touch a) '; \" picture.{kind}")
    assert path.read_text(encoding="utf-8") == f"['-T{kind}'] {dot_text(y)}"
    assert sorted(os.listdir(tmp_path)) == sorted(["bin", path.name])


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("sys.exit('syntax error in line 3')", "exit status 1: syntax error in line 3"),
        ("sys.exit(7)", "exit status 7: it said nothing"),
        ("print('half'); sys.exit(2)", "exit status 2"),
        ("pass", "exit status 0: it said nothing"),
        ("time.sleep(60)", r"took longer than 0\.5 seconds: .* too large to draw"),
    ],
)
def test_when_dot_fails_the_old_picture_is_kept(
    code, message, tmp_path, fake_dot, monkeypatch
):
    program = fake_dot(code)
    limit = 0.5 if "sleep" in code else 30.0
    monkeypatch.setattr(graph, "TIME_LIMIT", limit)
    path = tmp_path / "graph.png"
    path.write_text("old")
    with pytest.raises(UsageError, match=f"Graphviz.*{message}") as caught:
        save_graph(tanh_graph(1), path)
    assert str(program) in str(caught.value)
    assert "ends in .dot" in str(caught.value)
    assert path.read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["bin", "graph.png"]


def test_a_dot_that_cannot_be_started(tmp_path, fake_dot):
    fake_dot("", first="#!/no/such/program")
    with pytest.raises(UsageError, match="cannot be started"):
        save_graph(tanh_graph(1), tmp_path / "graph.png")
