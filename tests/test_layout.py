"""The house plan: how large things may grow, and who may import whom."""

import ast
import io
import re
import statistics
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "ondol"
SOURCES = sorted(PACKAGE.rglob("*.py"))

# What may import what. Nobody imports `demo` but the command line, and nobody at all
# imports the command line. "ondol" is the package itself, as its users import it.
BASE = {"errors", "arrays"}
CORE = BASE | {"random", "primitives", "writes", "core"}
MAY_IMPORT = {
    "errors": set(),
    "arrays": set(),
    "random": BASE,
    "primitives": BASE,
    "writes": BASE,
    "threads": BASE,
    "core": BASE | {"writes"},
    "debug": CORE | {"functions", "hot", "tree", "layers", "optimizers", "compiler"},
    "hot": CORE,
    "functions": CORE | {"hot"},
    "tree": BASE,
    "transformations": CORE | {"functions", "tree"},
    "testing": CORE | {"functions"},
    "distributions": CORE | {"functions"},
    "layers": CORE | {"functions", "tree", "ondol"},  # its name for `show`
    "models": CORE | {"functions", "tree", "layers", "io", "data"},
    "optimizers": BASE | {"core", "hot", "tree", "writes"},
    "data": BASE,
    "io": BASE | {"core", "tree"},
    "show": CORE
    | {"functions", "tree", "layers", "io", "debug", "threads", "compiler", "ondol"},
    "compiler": CORE | {"functions", "hot", "threads"},
    "doctor": CORE | {"functions", "tree", "layers", "optimizers", "data", "compiler"},
    "ondol": CORE | {"functions", "hot", "threads"},
}
MAY_IMPORT["train"] = {*MAY_IMPORT}
MAY_IMPORT["dezero"] = {*MAY_IMPORT} - {"train"}
MAY_IMPORT["demo"] = {*MAY_IMPORT} - {"dezero"}
MAY_IMPORT["__main__"] = {"demo", "errors", "ondol"}

READMES = [ROOT / "README.md", ROOT / "README.ko.md"]
ROW = re.compile(r"^\| ((?:`[\w.]+/?` )+)\|", re.MULTILINE)

OPTIONAL = {
    "IPython",
    "cupy",
    "matplotlib",
    "PIL",
    "safetensors",
    "tensorboardX",
    "threadpoolctl",
    "tqdm",
}

ONE_SITTING = ("arrays.py", "core", "functions/math.py", "tree.py")


def name_of(path):
    return path.relative_to(PACKAGE).as_posix()


# -- counting --------------------------------------------------------------------------


def code_lines(text):
    """The numbers of the lines that are not blank, comment, docstring or contents."""
    nothing = {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in nothing:
            lines.update(range(token.start[0], token.end[0] + 1))
    tree = ast.parse(text)
    for node in (*docstrings(tree), *contents(tree)):
        lines.difference_update(range(node.lineno, node.end_lineno + 1))
    return lines


def contents(tree):
    """The list of public names of a module, which tells what is there already."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            yield node


def docstrings(tree):
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.walk(tree):
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            yield node.body[0]


def functions(text):
    """Line, name and number of code lines of each function, nested ones too."""
    lines = code_lines(text)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            span = range(node.lineno, node.end_lineno + 1)
            yield f"{node.lineno}: {node.name}", len(lines.intersection(span))


def size(path):
    return len(code_lines(path.read_text()))


EXAMPLE = '''"""Module
docstring."""

__all__ = [
    "f",
]
# a comment
x = """not a
docstring"""


def f():
    """Docstring."""
    x = [  # a comment beside code

        1,
    ]

    def g():
        return x
    return g
'''


def test_only_code_is_counted():
    assert code_lines(EXAMPLE) == {8, 9, 12, 14, 16, 17, 19, 20, 21}
    assert dict(functions(EXAMPLE)) == {"12: f": 7, "19: g": 2}


# -- sizes -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def function_sizes():
    return {
        f"{name_of(path)}:{name}": n
        for path in SOURCES
        for name, n in functions(path.read_text())
    }


def test_the_sources_are_found():
    assert len(SOURCES) > 30


def test_no_line_is_longer_than_88_columns():
    assert [
        f"{name_of(path)}:{i}"
        for path in SOURCES
        for i, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > 88
    ] == []


def test_no_file_has_more_than_500_code_lines():
    assert {name_of(p): size(p) for p in SOURCES if size(p) > 500} == {}


def test_no_function_has_more_than_40_code_lines(function_sizes):
    assert {name: n for name, n in function_sizes.items() if n > 40} == {}


def test_the_median_function_has_at_most_5_code_lines(function_sizes):
    assert statistics.median(function_sizes.values()) <= 5


def test_nine_functions_in_ten_have_at_most_15_code_lines(function_sizes):
    long = {name: n for name, n in function_sizes.items() if n > 15}
    assert len(long) <= len(function_sizes) / 10, long


def test_the_core_can_be_read_in_one_sitting():
    parts = (PACKAGE / part for part in ONE_SITTING)
    files = [
        f for part in parts for f in ([part] if part.is_file() else part.iterdir())
    ]
    sizes = {name_of(f): size(f) for f in files if f.suffix == ".py"}
    assert "core/graph.py" in sizes
    assert sum(sizes.values()) <= 755, sizes


# -- arrows ----------------------------------------------------------------------------


def part_of(path):
    """The part of the house that a file belongs to."""
    return part_named(path.relative_to(PACKAGE).parts[0])


def part_named(name):
    """The part that a file or folder of the package is: ``core/`` is ``core``."""
    part = name.removesuffix("/").removesuffix(".py")
    return "ondol" if part == "__init__" else part


def modules(node, package):
    """The full names of the modules that an import statement asks for."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    base = [*package[: len(package) + 1 - node.level]] if node.level else []
    base += node.module.split(".") if node.module else []
    if base == ["ondol"]:
        return [
            f"ondol.{alias.name}" if alias.name in MAY_IMPORT else "ondol"
            for alias in node.names
        ]
    return [".".join(base)]


def imports(path):
    """Pairs (module, is it imported inside a function?) for each import of a file."""
    package = ("ondol", *path.relative_to(PACKAGE).parts[:-1])
    tree = ast.parse(path.read_text())
    inner = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for module in modules(node, package):
                yield module, id(node) in inner


def parts_imported(path):
    for module, _ in imports(path):
        first, _, rest = module.partition(".")
        if first == "ondol":
            yield rest.split(".")[0] or "ondol"


def test_every_part_of_the_house_is_in_the_plan():
    assert {part_of(path) for path in SOURCES} == {*MAY_IMPORT}


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_arrows_run_one_way(path):
    part = part_of(path)
    assert {*parts_imported(path)} - {part} - MAY_IMPORT[part] == set()


def rows(readme):
    """The rows of the table of the house, each a list of parts."""
    section = readme.read_text(encoding="utf-8").partition("`src/ondol/`")[2]
    table = section.partition("\n\n")[0]
    return [
        [*map(part_named, re.findall("`(.+?)`", row))] for row in ROW.findall(table)
    ]


@pytest.mark.parametrize("readme", READMES, ids=lambda readme: readme.name)
def test_a_row_of_the_readme_may_import_from_the_rows_above_it_alone(readme):
    above = set()
    for row in rows(readme):
        assert {part for part in row if MAY_IMPORT[part] - above} == set()
        above.update(row)
    assert above == {*MAY_IMPORT}


@pytest.mark.parametrize("readme", READMES, ids=lambda readme: readme.name)
def test_what_the_table_of_the_readme_names_is_there(readme):
    table = readme.read_text(encoding="utf-8").partition("`src/ondol/`")[2]
    for row in ROW.findall(table):
        for name in re.findall("`(.+?)`", row):
            path = PACKAGE / name
            assert path.is_dir() if name.endswith("/") else path.is_file(), name


def test_both_readmes_have_the_same_rows():
    english, korean = map(rows, READMES)
    assert english == korean


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_optional_libraries_are_imported_where_they_are_needed(path):
    ours = {"ondol", "numpy", "__future__", *sys.stdlib_module_names}
    for module, inside in imports(path):
        first = module.split(".")[0]
        assert first in (OPTIONAL if inside else ours), module


def test_arrows_are_seen_however_an_import_is_written():
    def parts(text, package=("ondol", "layers")):
        (node,) = ast.parse(text).body
        return modules(node, package)

    assert parts("import ondol.functions as F") == ["ondol.functions"]
    assert parts("from ondol import Variable, io") == ["ondol", "ondol.io"]
    assert parts("from .. import functions as F") == ["ondol.functions"]
    assert parts("from ..core.graph import apply") == ["ondol.core.graph"]
    assert parts("from .basic import Linear") == ["ondol.layers.basic"]
    assert parts("from .core import Variable", ("ondol",)) == ["ondol.core"]


def test_importing_ondol_loads_numpy_and_the_core_alone():
    code = """
import sys, numpy
before = set(sys.modules)
import ondol
print(*sorted(set(sys.modules) - before))
"""
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = run.stdout.split()
    libraries = {name.split(".")[0] for name in loaded}
    assert libraries - {"ondol", "numpy"} <= sys.stdlib_module_names
    ours = {name.split(".")[1] for name in loaded if name.startswith("ondol.")}
    assert "core" in ours
    assert ours <= MAY_IMPORT["ondol"]


# -- tests -----------------------------------------------------------------------------


def test_no_two_test_files_have_the_same_name():
    files = (ROOT / "tests").rglob("*.py")
    shared = {"conftest.py", "__init__.py"}
    names = [path.name for path in files if path.name not in shared]
    assert sorted({*names}) == sorted(names)
