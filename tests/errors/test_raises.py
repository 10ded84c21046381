"""No error is written where it is raised: its text stands in the table."""

import ast
import builtins
import inspect
from functools import cache

import pytest
from error_page import PACKAGE
from test_texts import placeholders

from ondol.errors import kinds
from ondol.errors.texts import table

# What Python says about a module; `__getattr__` of a module says the same.
PYTHON_SAYS = "AttributeError(f'module {__name__!r} has no attribute {name!r}')"
PYTHONS = (ValueError, TypeError, LookupError, RuntimeError, AttributeError, OSError)
SOURCES = sorted(PACKAGE.rglob("*.py"))


def name_of(path):
    return path.relative_to(PACKAGE).as_posix()


@cache
def walk(path):
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def nodes(path, kind):
    return [node for node in walk(path) if isinstance(node, kind)]


def last_name(node):
    return ast.unparse(node).split(".")[-1]


@cache
def errors():
    """The names of all kinds of ours, wherever they are defined, and of Python's."""
    ours = {name for name, kind in vars(kinds).items() if inspect.isclass(kind)}
    for path in SOURCES:
        for node in nodes(path, ast.ClassDef):
            if {last_name(base) for base in node.bases} & ours:
                ours.add(node.name)
    return ours | {
        name
        for name, kind in vars(builtins).items()
        if inspect.isclass(kind) and issubclass(kind, PYTHONS)
    }


def has_words(call):
    return any(
        isinstance(part, ast.Constant) and isinstance(part.value, str)
        for argument in call.args
        for part in ast.walk(argument)
    )


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_errors_are_made_by_tell(path):
    written = [
        call.lineno
        for call in nodes(path, ast.Call)
        if last_name(call.func) in errors()
        and has_words(call)
        and ast.unparse(call) != PYTHON_SAYS
    ]
    assert written == []


WHOLE = ("tell", "told", "warn", "text")  # no others fill in what they are not given


def code_in(call):
    """The code of a message that a call names, and where; or None."""
    for at, argument in enumerate(call.args[:2]):
        code = getattr(argument, "value", None)
        if isinstance(code, str) and code in table():
            return code, at
    return None


def open_places(call, code, at):
    """What the texts leave open that a call asks for; of `text` that is one of them."""
    parts = ["en"] if last_name(call.func) == "text" else ["en", "en_fix"]
    if parts == ["en"] and len(call.args) > at + 1:
        parts = ["en" + ast.literal_eval(call.args[at + 1])]
    used = {
        name for part in parts for name in placeholders(table()[code].get(part, ""))
    }
    return {name.partition(".")[0] for name in used}


def fields(call, at):
    """What a call fills in behind the code, and whether that is all of it."""
    given = {keyword.arg for keyword in call.keywords}
    about = call.args[at + 1] if len(call.args) > at + 1 else None
    if isinstance(about, ast.Dict):
        given |= {getattr(key, "value", None) for key in about.keys}
    dict_of_a_name = isinstance(about, ast.Name)
    return given - {None}, None not in given and not dict_of_a_name


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_what_the_texts_leave_open_is_filled_in(path):
    for call in nodes(path, ast.Call):
        if found := code_in(call):
            used, (given, all_of_it) = open_places(call, *found), fields(call, found[1])
            whole = all_of_it and last_name(call.func) in WHOLE
            assert not whole or used <= given, (found, call.lineno)
            assert {keyword.arg for keyword in call.keywords} - {None} <= used, found


def test_what_is_looked_for_is_found():
    call = ast.parse('tell(K, "core-grad-shape", {"x": x}, got=1)').body[0].value
    assert code_in(call) == ("core-grad-shape", 1)
    assert open_places(call, "core-grad-shape", 1) == {"expected", "got"}
    assert fields(call, 1) == ({"x", "got"}, True)
    call = ast.parse('text("fit-whole", "_fix", name=1, **more)').body[0].value
    assert open_places(call, *code_in(call)) == {"name", "least"}
    assert fields(call, 0) == ({"name"}, False)
    words, none = (
        ast.parse(text).body[0].value for text in ('E(f"a {b}")', "E(errno, words)")
    )
    assert has_words(words)
    assert not has_words(none)
    assert {"ShapeError", "FileNotFoundError", "CompilerError"} <= errors()
    assert "UserWarning" not in errors()
