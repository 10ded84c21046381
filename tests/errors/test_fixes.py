"""What the messages tell users to write is there, and takes such arguments."""

import ast
import importlib
import inspect
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

import ondol
import ondol.data
import ondol.dezero.transforms
import ondol.distributions as D
import ondol.doctor
import ondol.functions as F
import ondol.io
import ondol.layers as L
import ondol.optimizers
import ondol.testing
import ondol.train.metrics
from ondol.errors.texts import table

ROOTS = {
    "ondol": ondol,
    "np": np,
    "F": F,
    "L": L,
    "D": D,
    "optimizers": ondol.optimizers,
    "metrics": ondol.train.metrics,
}
# Where a name without a module in front of it may come from.
BARE = [ondol, F, L, D, ondol.optimizers, ondol.data, ondol.data.transforms, ondol.io]
BARE += [
    ondol.models,
    ondol.testing,
    ondol.train,
    ondol.doctor,
    ondol.dezero.transforms,
]
NAME = re.compile(rf"(?<![\w./'@])({'|'.join(ROOTS)})((?:\.[a-zA-Z_]\w*)+)", re.ASCII)
CALL = re.compile(r"(?<![\w.@])((?:[a-zA-Z_]\w*\.)*[a-zA-Z_]\w*)\(", re.ASCII)
EXTRA = re.compile(r"ondol\[(\w+)\]")


def without_placeholders(template):
    return re.sub(r"\{[^{}]*\}", "X", re.sub(r"\{\{|\}\}", "", template))


TEXTS = [
    (f"{code}.{part}", without_placeholders(template))
    for code, entry in table().items()
    for part, template in entry.items()
]


def found(path):
    """What a dotted name stands for, perhaps a module that is not yet imported."""
    root, *names = path.split(".")
    here = ROOTS[root]
    for at, name in enumerate(names, 2):
        if not hasattr(here, name):
            importlib.import_module(".".join(path.split(".")[:at]))
        here = getattr(here, name)
    return here


def calls(text):
    """The calls that are written in a text, each with the name of what is called."""
    for match in CALL.finditer(text):
        end, depth = match.end(), 1
        while depth and end < len(text):
            depth += (text[end] in "([{") - (text[end] in ")]}")
            end += 1
        if not depth:
            yield match[1], text[match.start() : end]


def called(name):
    """All that a name may stand for; nothing if it is a variable's or of no module."""
    root, _, rest = name.partition(".")
    if not rest:
        return list(filter(callable, (getattr(m, name, None) for m in BARE)))
    return [found(name)] if root in ROOTS else []


def takes(function, call):
    """Does a function, as far as it says, take the arguments of a call?"""
    try:
        bind = inspect.signature(function).bind_partial
        bind(*call.args, **{word.arg: word for word in call.keywords if word.arg})
    except ValueError:  # it does not say
        return True
    except TypeError:
        return False
    return True


def misfits(text):
    """The calls in a text that what they call does not take; names have to be there."""
    for root, rest in NAME.findall(text):
        found(root + rest)
    for name, source in calls(text):
        call = ast.parse(source, mode="eval").body
        functions = called(name)
        if functions and not any(takes(f, call) for f in functions):
            yield source


def test_what_the_texts_name_is_there_and_takes_what_they_give_it():
    assert {where: wrong for where, text in TEXTS if (wrong := [*misfits(text)])} == {}


def test_extras_are_those_of_the_package():
    source = Path(__file__).parents[2] / "pyproject.toml"
    project = tomllib.loads(source.read_text(encoding="utf-8"))["project"]
    named = {extra for _, text in TEXTS for extra in EXTRA.findall(text)}
    assert {"demo", "compiler"} <= named <= {*project["optional-dependencies"]}


def test_what_is_not_there_is_found():
    with pytest.raises(ModuleNotFoundError):
        [*misfits("write F.no_such(x)")]
    wrong = ["L.Linear(1, size=2)", "Adam(speed=1)", "F.exp(x, y, z, 4)"]
    assert [*misfits(f"{wrong}, not F.exp(x) or Adam(lr=1)")] == wrong
