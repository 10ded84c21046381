"""``python -m ondol.dezero script.py``, `install`, and the book's cuda module.

Every script runs in a folder of its own, beside one called ``dezero`` that must not be
found.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import ondol
import ondol.dezero as dezero
from ondol.dezero import Variable, cuda

SOURCES = str(Path(ondol.__file__).parents[1])


def python(*arguments, cwd, stdin=None):
    env = {**os.environ, "PYTHONPATH": SOURCES}
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env=env,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
    )


def run(*arguments, cwd, stdin=None):
    return python("-m", "ondol.dezero", *arguments, cwd=cwd, stdin=stdin)


@pytest.fixture
def folder(tmp_path):
    """A folder ``steps`` beside, and around, packages of the name dezero."""
    for parent in (tmp_path, tmp_path / "steps"):
        (parent / "dezero").mkdir(parents=True)
        (parent / "dezero" / "__init__.py").write_text("raise SystemExit('wrong')")
        (parent / "dezero" / "functions.py").write_text("sin = 'wrong'")
    return tmp_path / "steps"


MAIN = """
if '__file__' in globals():
    import os, sys
    sys.path.append(os.path.join(os.path.dirname(__file__), '..'))
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..'))
import dezero
import dezero.functions as F
import dezero.layers as L
import dezero.functions_conv, dezero.utils, dezero.cuda, dezero.core
from dezero import Variable, Parameter, Function, as_variable, optimizers, DataLoader
from dezero import datasets, dataloaders, transforms, models, utils, Model, Layer
from dezero.models import MLP, VGG16
from dezero.core_simple import Variable as Simple
from dezero.core_simple import setup_variable
setup_variable()
import numpy as np
print(F.sin(Variable(np.array(0.0))), Simple(np.array(1.0)) * 2)
print(dezero.functions is F, dezero.core_simple.Variable is Simple)
print(isinstance(L.Linear(1), Layer), issubclass(MLP, Model), dezero.is_simple_core)
print(dezero.__name__)
"""

PRINTED = """\
variable(0.0) variable(2.0)
True True
True True False
ondol.dezero
"""


def test_every_import_of_the_book_finds_this_package(folder):
    (folder / "step.py").write_text(MAIN)
    got = run("step.py", cwd=folder)
    assert (got.stdout, got.stderr, got.returncode) == (PRINTED, "", 0)


def test_install_in_a_notebook(folder):
    code = "import ondol.dezero\nondol.dezero.install()\n" + MAIN
    got = python("-c", code, cwd=folder)
    assert (got.stdout, got.stderr) == (PRINTED, "")


def test_install_replaces_what_was_imported_before(folder):
    for name in ("__init__.py", "core.py"):
        (folder / "dezero" / name).write_text("Variable = 'wrong'")
    code = (
        "import dezero, dezero.functions, dezero.core\n"
        "assert dezero.Variable == 'wrong'\n"
        "import ondol.dezero; ondol.dezero.install(); ondol.dezero.install()\n" + MAIN
    )
    got = python("-c", code, cwd=folder)
    assert (got.stdout, got.stderr) == (PRINTED, "")


def test_without_install_nothing_is_replaced(folder):
    code = "import ondol.dezero, sys; print('dezero' in sys.modules)"
    got = python("-c", code, cwd=folder)
    assert got.stdout == "False\n"


def test_a_module_that_the_package_does_not_have(folder):
    (folder / "step.py").write_text("import dezero.nothing")
    got = run("step.py", cwd=folder)
    assert "ModuleNotFoundError: No module named 'dezero.nothing'" in got.stderr
    assert got.returncode == 1


def test_a_script_sees_itself_as_python_shows_it(folder):
    text = """
import sys
print(sys.argv, __name__, __file__, sys.path[0])
import helper
print(helper.answer, sys.modules['__main__'].__file__ == __file__)
class C: pass
import pickle
print(type(pickle.loads(pickle.dumps(C()))) is C)
"""
    (folder / "my step.py").write_text(text)
    (folder / "helper.py").write_text("import dezero; answer = dezero.__name__")
    for cwd, script in ((folder, "my step.py"), (folder / "dezero", "../my step.py")):
        got = run(script, "a", "-b", "--help", cwd=cwd)
        lines = got.stdout.splitlines()
        shown = [[script, "a", "-b", "--help"], "__main__", script, folder.resolve()]
        assert lines[0] == " ".join(map(str, shown))
        assert lines[1:] == ["ondol.dezero True", "True"]
        assert got.stderr == ""


def test_a_script_reads_and_writes_as_usual(folder):
    (folder / "echo.py").write_text("print(input()[::-1])")
    assert run("echo.py", cwd=folder, stdin="abc\n").stdout == "cba\n"


@pytest.mark.parametrize(
    ("text", "code", "end"),
    [
        ("import sys; sys.exit(5)", 5, ""),
        ("import sys; sys.exit('too bad')", 1, "too bad\n"),
        ("raise SystemExit", 0, ""),
        ("x = 1\nassert x == 2, 'no'", 1, "AssertionError: no\n"),
        ("x = (", 1, "SyntaxError: '(' was never closed\n"),
        ("", 0, ""),
    ],
)
def test_exit_codes(folder, text, code, end):
    (folder / "script.py").write_text(text)
    got = run("script.py", cwd=folder)
    assert got.returncode == code
    assert got.stderr.endswith(end)
    assert bool(got.stderr) == bool(end)


def test_tracebacks_show_the_line_of_the_script(folder):
    (folder / "script.py").write_text("def f(x):\n    return 1 / x\n\n\nf(0)\n")
    got = run("script.py", cwd=folder)
    assert 'script.py", line 2, in f\n    return 1 / x' in got.stderr
    assert 'script.py", line 5, in <module>\n    f(0)' in got.stderr
    assert got.stderr.endswith("ZeroDivisionError: division by zero\n")


def test_errors_of_ondol_name_the_line_of_the_script(folder):
    text = (
        "import numpy as np\nfrom dezero import Variable\n"
        "a = Variable(np.ones(2))\nb = Variable(np.ones(3))\na + b\n"
    )
    (folder / "script.py").write_text(text)
    got = run("script.py", cwd=folder)
    assert "script.py:3: a = Variable(np.ones(2))" in got.stderr
    assert "script.py:4: b = Variable(np.ones(3))" in got.stderr


@pytest.mark.parametrize("name", ["nothing.py", ".", ""])
def test_a_script_that_is_not_there(folder, name):
    got = run(name, cwd=folder)
    assert got.returncode != 0
    assert got.stdout == ""
    assert "there is no script" in got.stderr
    assert "Traceback" not in got.stderr


def test_without_a_script_it_says_how_to_use_it(folder):
    bare, asked = run(cwd=folder), run("--help", cwd=folder)
    assert "usage: python -m ondol.dezero script.py" in bare.stderr
    assert (bare.returncode, bare.stdout) == (1, "")
    assert "usage: python -m ondol.dezero script.py" in asked.stdout
    assert (asked.returncode, asked.stderr) == (0, "")


def test_importing_asks_for_numpy_only(folder):  # quirks 75 and 76
    for name in ("matplotlib", "PIL", "IPython", "cupy", "tqdm", "safetensors"):
        (folder / f"{name}.py").write_text(f"raise ImportError('no {name}')")
    (folder / "step.py").write_text(MAIN)
    got = python("-W", "error", "-m", "ondol.dezero", "step.py", cwd=folder)
    assert (got.stdout, got.stderr) == (PRINTED, "")


def test_it_leaves_nothing_behind(folder):
    (folder / "step.py").write_text(MAIN)
    before = sorted(p.name for p in folder.iterdir())
    run("step.py", cwd=folder)
    assert sorted(p.name for p in folder.iterdir()) == before


# -- cuda ------------------------------------------------------------------------------


def test_arrays_of_numpy_belong_to_numpy():
    x = np.ones(2)
    for value in (x, Variable(x), [1, 2], 1.0):
        assert cuda.get_array_module(value) is np
    assert cuda.as_numpy(x) is x
    assert cuda.as_numpy(Variable(x)) is x
    assert cuda.as_numpy(2.0).shape == ()
    assert type(cuda.gpu_enable) is bool


def test_moving_to_the_cpu():
    x = Variable(np.ones(2))
    x.to_cpu()
    Variable(None).to_cpu()
    assert x.data.tolist() == [1, 1]


def test_without_a_gpu_moving_there_says_what_to_install(monkeypatch):
    monkeypatch.setattr(cuda, "_cupy", lambda: None)
    assert cuda.gpu_enable is False
    for move in (cuda.as_cupy, lambda x: Variable(x).to_gpu(), to_gpu):
        with pytest.raises(Exception, match="CuPy cannot be loaded"):
            move(np.ones(2))
    Variable(None).to_gpu()
    with pytest.raises(AttributeError, match="cupy"):
        cuda.cupy  # noqa: B018


def to_gpu(x):
    layer = dezero.layers.Linear(1, in_size=1)
    layer.to_gpu()
