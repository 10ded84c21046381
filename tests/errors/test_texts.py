"""The table of messages: whole, in both languages, and used."""

import ast
import re
import string
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

import ondol
from ondol import Variable
from ondol.errors import ShapeError, tell
from ondol.errors.texts import FOLDER, LANGUAGES, table

PACKAGE = Path(ondol.__file__).parent
CALLS = {"tell": 1, "errors.tell": 1, "text": 0, "errors.text": 0}  # where the code is
WORDS = "word-"  # what stands around a message has no fix


def codes_in(path):
    return [*tomllib.loads(path.read_text(encoding="utf-8"))]


def placeholders(template):
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def strings(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_no_code_stands_in_two_files():
    codes = [code for path in FOLDER.glob("*.toml") for code in codes_in(path)]
    assert len(codes) == len({*codes}) == len(table()) > 0


@pytest.mark.parametrize("code", table())
def test_every_text_exists_in_every_language_with_the_same_placeholders(code):
    parts = ("",) if code.startswith(WORDS) else ("", "_fix")
    entry = table()[code]
    assert {*entry} == {language + part for language in LANGUAGES for part in parts}
    assert all(text.strip() == text != "" for text in entry.values())
    for part in parts:
        assert len({frozenset(placeholders(entry[n + part])) for n in LANGUAGES}) == 1
    assert any("가" <= letter <= "힣" for letter in entry["ko"])


# A particle that depends on the sound before it, right behind a placeholder; or both.
PARTICLE = re.compile(
    "}['\"`)\\]]*[은는이가을를과와로으나며면고라여야]|[이은을과으]?\\([이가은는을를과와로으]\\)"
)
# What stands in the place of the words that head words.toml.
OTHER_WORDS = re.compile(
    "십시오|파라미터|모양|라벨|색인|(?<!계)층|에포크|원핫|아이디|특징|걸음|참거짓|"
    "부르세|불리지|반환|그래디언트"
)


def test_korean_suits_every_value_and_has_one_word_for_each_thing():
    for code, entry in table().items():
        for korean in (entry["ko"], entry.get("ko_fix", "")):
            assert not PARTICLE.search(re.sub("{{|}}", "", korean)), code
            assert not OTHER_WORDS.search(korean), code


def test_every_code_of_the_table_is_used():
    used = {text for path in PACKAGE.rglob("*.py") for text in strings(path)}
    assert {*table()} - used == set()


def test_every_code_that_is_used_is_in_the_table():
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in CALLS:
                code = node.args[CALLS[ast.unparse(node.func)]]
                if isinstance(code, ast.Constant):
                    assert code.value in table(), (path, node.lineno)


def test_the_table_is_read_when_the_first_error_asks():
    code = """
import numpy as np
import ondol.functions as F
from ondol.errors.texts import table
assert table.cache_info().misses == 0
try:
    F.flatten(np.array(1.0))
except ValueError as error:
    assert error.code == "flatten-axes"
assert table.cache_info().misses == 1
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.fixture
def entry(monkeypatch):
    texts = {
        "en": "{name} is too long",
        "en_fix": "cut {name}",
        "ko": "{name} 길다",
        "ko_fix": "{name} 자르기",
    }
    monkeypatch.setitem(table(), "test-long", texts)


def test_an_error_says_what_is_wrong_shows_its_operands_and_says_what_to_do(
    entry, monkeypatch
):
    monkeypatch.delenv("ONDOL_LANG", raising=False)
    x = Variable(np.zeros((2, 3), np.float32), name="x")
    error = tell(ShapeError, "test-long", [x, 5], name="rope")
    first, operand, number, fix = str(error).split("\n")
    assert first == "rope is too long"
    assert operand.startswith("  argument 1: float32 (2, 3), named 'x', made at ")
    assert "test_texts.py" in operand
    assert number == "  argument 2: int 5"
    assert fix == "  fix: cut rope [test-long]"
    assert error.code == "test-long"
    assert isinstance(error, ShapeError)


def test_operands_may_have_names(entry):
    error = tell(ShapeError, "test-long", {"W": np.zeros(3)}, name="rope")
    assert "\n  W: float64 (3,)\n" in str(error)


@pytest.mark.parametrize("asked", ["ko", "ko_KR.UTF-8", "KO"])
def test_korean_on_request(entry, monkeypatch, asked):
    monkeypatch.setenv("ONDOL_LANG", asked)
    x = Variable(np.zeros(2), name="x")
    text = str(tell(ShapeError, "test-long", [x], name="밧줄"))
    assert text.startswith("밧줄 길다\n  인수 1: float64 (2,), 이름 'x', 만든 곳 ")
    assert text.endswith("\n  해결: 밧줄 자르기 [test-long]")


@pytest.mark.parametrize("asked", ["en", "", "fr", "C.UTF-8"])
def test_other_languages_are_answered_in_english(entry, monkeypatch, asked):
    monkeypatch.setenv("ONDOL_LANG", asked)
    text = str(tell(ShapeError, "test-long", name="rope"))
    assert text.startswith("rope is too long")


def test_an_operand_that_is_no_array_is_quoted():
    layer = ondol.layers.Linear(3)  # it has a dtype, and no shape
    assert "Linear(out_size=3)" in str(
        tell(ShapeError, "layer-dtype", [layer], name="x", got=1)
    )
