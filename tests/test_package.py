"""The package: its names, and what importing it costs."""

import importlib
import importlib.resources
import re
import subprocess
import sys

import pytest

import ondol

NAMES = [
    "Function",
    "Parameter",
    "State",
    "Variable",
    "as_array",
    "as_variable",
    "config",
    "errors",
    "functions",
    "no_grad",
    "seed",
    "test_mode",
    "train_mode",
    "using_config",
]
ON_DEMAND = ["data", "debug", "distributions", "io", "layers", "models"]
ON_DEMAND += ["compiler", "doctor", "optimizers", "show", "testing", "train"]
ON_DEMAND += ["transformations"]


def in_a_new_process(code):
    """What `code` prints in a Python that has imported nothing yet."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.split()


@pytest.mark.parametrize("name", NAMES)
def test_public_names(name):
    assert hasattr(ondol, name)
    assert name in ondol.__all__


def test_every_listed_name_is_there():
    for name in ondol.__all__:
        assert hasattr(ondol, name)
    assert len(set(ondol.__all__)) == len(ondol.__all__)


@pytest.mark.parametrize("module", ["functions", "core", *ON_DEMAND])
def test_every_name_that_a_subpackage_lists_is_there(module):
    module = importlib.import_module(f"ondol.{module}")
    for name in getattr(module, "__all__", []):
        assert getattr(module, name) is not None


def test_version():
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", ondol.__version__)


def test_a_prompt_can_complete_what_is_not_imported_yet():
    names = ["compile", "grad", "vmap", "info", "layers", "train", "doctor", "no_grad"]
    code = f"import ondol; print({{*{names}}} <= {{*dir(ondol)}})"
    assert in_a_new_process(code) == ["True"]
    for name in dir(ondol):
        assert getattr(ondol, name) is not None or name.startswith("_")


def test_unknown_names():
    with pytest.raises(AttributeError, match="no_such_thing"):
        getattr(ondol, "no_such_" + "thing")


def test_importing_loads_numpy_and_the_core_only():
    code = """
import sys, numpy
before = set(sys.modules)
import ondol
for name in sorted(set(sys.modules) - before):
    if name.split(".")[0] not in sys.stdlib_module_names:
        print(name)
"""
    loaded = in_a_new_process(code)
    assert {name.split(".")[0] for name in loaded} <= {"ondol", "numpy"}
    for name in ON_DEMAND:
        assert f"ondol.{name}" not in loaded


@pytest.mark.parametrize("name", ON_DEMAND)
def test_subpackages_on_demand_by_attribute(name):
    code = f"import ondol; print(ondol.{name}.__name__, ondol.{name} is ondol.{name})"
    assert in_a_new_process(code) == [f"ondol.{name}", "True"]


def test_the_books_imports():
    code = """
import ondol.functions as F
import ondol.layers as L
from ondol import optimizers, models, data
from ondol import Variable, Function, as_array
from ondol.functions import square, exp
print(optimizers.SGD.__name__, models.MLP.__name__, L.Linear.__name__, F.exp is exp)
"""
    assert in_a_new_process(code) == ["SGD", "MLP", "Linear", "True"]


def test_a_star_import_brings_the_listed_names():
    code = "from ondol import *; print(Variable.__name__, seed.__name__)"
    assert in_a_new_process(code) == ["Variable", "seed"]


def test_wrong_spellings_of_subpackages():
    with pytest.raises(ImportError):
        importlib.import_module("ondol.optimiser")


def test_the_package_is_marked_as_typed():
    assert importlib.resources.files("ondol").joinpath("py.typed").is_file()
