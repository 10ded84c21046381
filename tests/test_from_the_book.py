"""The pages for the book's readers: what they name is there, the same in both."""

import functools
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ondol.dezero import Variable, layers, optimizers

ROOT = Path(__file__).resolve().parents[1]
ENGLISH, KOREAN = (
    ROOT / "docs" / name for name in ("from-the-book.md", "from-the-book.ko.md")
)
PAGES = pytest.mark.parametrize("page", [ENGLISH, KOREAN], ids=lambda page: page.name)

FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| (.*) \|$", re.MULTILINE)
STEP = re.compile(r"(\d+), [^0-9]")
NAME = re.compile(r"`([^`]+)`")
FILE = re.compile(r"\[([\w/]+\.py)\]((?: `[^`]+`,?)*)")
TARGET = re.compile(r"^\[([\w/]+\.py)\]: (\S+)$", re.MULTILINE)
SHORT = {"F": "functions", "L": "layers"}

# The functions and layers that the book's programs may call.
BOOK_F = """
add sub rsub mul div neg pow sin cos tanh exp log reshape transpose get_item
expand_dims flatten sum sum_to broadcast_to average mean matmul linear linear_simple
sigmoid relu leaky_relu softmax log_softmax mean_squared_error softmax_cross_entropy
sigmoid_cross_entropy binary_cross_entropy accuracy dropout batch_nrom embed_id max min
clip conv2d deconv2d pooling average_pooling im2col col2im
"""
BOOK_L = "Layer Linear Conv2d Deconv2d RNN LSTM EmbedID BatchNorm"
BOOK_O = """
Optimizer SGD MomentumSGD AdaGrad AdaDelta Adam WeightDecay ClipGrad FreezeParam
"""
BOOK = [
    *(f"F.{name}" for name in BOOK_F.split()),
    *(f"L.{name}" for name in BOOK_L.split()),
    *(f"optimizers.{name}" for name in BOOK_O.split()),
]


def rows(page):
    """The cells of all tables of a page."""
    return [row.split(" | ") for row in ROW.findall(page.read_text(encoding="utf-8"))]


def steps(page):
    """Step -> what to read there."""
    found = [(STEP.match(row[0]), row) for row in rows(page)]
    return [(int(number[1]), row[1]) for number, row in found if number]


def names(page):
    """The book's name, ondol's name, and the names in the remark, of each row."""
    cells = [row for row in rows(page) if row[0][0] == row[1][0] == "`"]
    return [(row[0].strip("`"), row[1].strip("` |"), row[-1]) for row in cells]


def named_files(text):
    """Pairs of a file and a name in it."""
    for path, listed in FILE.findall(text):
        for name in NAME.findall(listed):
            yield path, name


def module(package, path):
    """The module that a file of the package is."""
    return importlib.import_module(".".join([package, *path.split("/")]))


def look_up(package, name):
    """What ``data.mnist`` or ``F.exp`` is there; AttributeError if there is none."""
    first, *rest = name.split(".")
    first = SHORT.get(first, first)
    if not rest:
        return getattr(importlib.import_module(package), first)
    return functools.reduce(getattr, rest, module(package, first))


@PAGES
def test_each_of_the_sixty_steps_comes_once(page):
    assert [number for number, _ in steps(page)] == list(range(1, 61))


@PAGES
def test_every_step_names_something_to_read(page):
    assert [n for n, read in steps(page) if not list(named_files(read))] == []


@PAGES
def test_what_is_to_be_read_is_there(page):
    for number, read in steps(page):
        for path, name in named_files(read):
            owner = module("ondol", path.removesuffix(".py"))
            found = functools.reduce(inspect.getattr_static, name.split("."), owner)
            home = getattr(found, "__module__", owner.__name__)
            same = home in (owner.__name__, "ondol.functions")
            assert same, f"step {number}: {name} is in {home}, not in {path}"


@PAGES
def test_the_files_of_a_page_are_linked(page):
    text = page.read_text(encoding="utf-8")
    targets = dict(TARGET.findall(text))
    assert {path for path, _ in FILE.findall(text)} == targets.keys()
    for path, target in targets.items():
        assert (page.parent / target).resolve() == ROOT / "src" / "ondol" / path
        assert (ROOT / "src" / "ondol" / path).is_file()


@PAGES
def test_the_names_are_those_of_the_two_packages(page):
    assert len(names(page)) > 40
    for book, ours, _ in names(page):
        look_up("ondol.dezero", book)
        look_up("ondol", ours)


@PAGES
def test_a_name_in_no_table_is_the_same_in_both(page):
    told = {book for book, *_ in names(page)} | {"F.rsub", "F.sum_to"}
    for name in set(BOOK) - told:
        look_up("ondol.dezero", name)
        look_up("ondol", name)


@pytest.mark.parametrize("name", ["F.rsub", "F.sum_to"])
def test_what_only_the_books_package_has(name):
    look_up("ondol.dezero", name)
    with pytest.raises(AttributeError):
        look_up("ondol", name)


def test_a_name_that_is_not_there_is_found():
    with pytest.raises(AttributeError):
        look_up("ondol", "F.batch_nrom")
    with pytest.raises(AttributeError):
        look_up("ondol", "L.Layer.save_weights")


def test_both_pages_have_the_same_code_and_tables():
    english, korean = (
        FENCED.findall(page.read_text(encoding="utf-8")) for page in (ENGLISH, KOREAN)
    )
    assert english == korean
    assert steps(ENGLISH) == steps(KOREAN)
    assert [row[:2] for row in names(ENGLISH)] == [row[:2] for row in names(KOREAN)]
    for mine, other in zip(rows(ENGLISH), rows(KOREAN), strict=True):
        assert sorted(code(mine)) == sorted(code(other))


SPAWNS = """
import ondol.dezero
ondol.dezero.install()

import multiprocessing
import dezero

def name():
    print(dezero.__name__)

if __name__ == "__main__":
    child = multiprocessing.get_context("spawn").Process(target=name)
    child.start()
    child.join()
"""


def test_a_script_that_installs_at_its_top_may_spawn_processes(tmp_path):
    script = tmp_path / "spawns.py"
    script.write_text(SPAWNS, encoding="utf-8")
    command = [sys.executable, "-m", "ondol.dezero", str(script)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout == "ondol.dezero\n"


def test_the_differences_that_a_script_can_see():
    one = Variable(np.array([[2.0]])).data
    assert (float(one), isinstance(one, np.ndarray)) == (2.0, True)
    assert type(one) is not np.ndarray
    assert type(Variable(np.ones(2)).data) is np.ndarray

    linear = layers.Linear(3)
    linear(np.ones((1, 2)))
    optimizer = optimizers.Adam(alpha=0.5).setup(linear)
    for parameter in linear.params():
        parameter.grad = Variable(np.ones(parameter.shape, parameter.dtype))
    optimizer.update()
    assert optimizer.lr == 0.5

    assert (layers.Linear(3).in_size, linear.in_size) == (None, 2)
    for layer in (layers.Linear(3), linear):
        with pytest.raises(AttributeError):
            layer.in_size = 4


def code(row):
    """The pieces of code in the cells of a row."""
    return NAME.findall(" ".join(row))
