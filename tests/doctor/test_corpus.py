"""Each broken script has exactly its finding, and a healthy one has none."""

import re
from pathlib import Path

import numpy as np
import pytest

import ondol
from ondol import dezero
from ondol.doctor import __main__ as command
from ondol.doctor.doctor import codes

HERE = Path(__file__).parent
BROKEN = sorted((HERE / "broken").glob("*.py"))
HEALTHY = sorted((HERE / "healthy").glob("*.py"))
STEPS = HERE.parent / "dezero" / "steps"
BOOK = [43, 44, 45, 46, 48, 49, 50, 51, 59, 60]


def marked(script, word):
    """What stands in the script behind ``# word``."""
    found = re.search(rf"^# {word} (.*)$", script.read_text(encoding="utf-8"), re.M)
    return found[1].split() if found else []


@pytest.fixture
def findings(monkeypatch, capsys):
    """Run the command, and return what its doctor has found, and its exit code."""

    def visit(*arguments):
        ondol.seed(0)
        monkeypatch.setattr(np.random, "seed", lambda seed: None)
        doctors = []
        monkeypatch.setattr(
            command, "Visit", lambda *a, **kw: recorded(doctors, *a, **kw)
        )
        code = command.main([*map(str, arguments)])
        printed = capsys.readouterr().out
        assert all(one.message in printed for one in doctors[0].findings)
        return doctors[0].findings, code

    def recorded(doctors, *arguments, **settings):
        doctors.append(Visit(*arguments, **settings))
        return doctors[-1]

    Visit = command.Visit
    return visit


@pytest.mark.parametrize("script", BROKEN, ids=lambda script: script.stem)
def test_a_broken_script_has_exactly_its_finding(script, findings):
    (expected,) = marked(script, "finds")
    found, code = findings(*marked(script, "options"), script)
    assert [one.code for one in found] == [expected]
    assert code == 1
    assert found[0].place.startswith(f"{script}:")


@pytest.mark.parametrize("script", HEALTHY, ids=lambda script: script.stem)
def test_a_healthy_script_has_none(script, findings):
    found, code = findings(*marked(script, "options"), script)
    assert [one.message for one in found] == []
    assert code == 0


@pytest.mark.parametrize("step", BOOK)
def test_the_scripts_of_the_book_are_healthy(step, findings, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    for home in ("HOME", "USERPROFILE", "ONDOL_HOME"):  # scripts move the caches
        monkeypatch.setenv(home, str(tmp_path))
    monkeypatch.setitem(vars(dezero.utils), "cache_dir", str(tmp_path))
    dezero.install()
    # The book's data are float64, and its weights float32.
    settings = "--steps", "8", "--silence", "doctor-float64"
    found, _ = findings(*settings, STEPS / f"step{step}.py")
    assert [one.message for one in found] == []


def test_the_corpus_is_large_and_has_every_finding():
    assert len(BROKEN) >= 40
    assert len(HEALTHY) >= 20
    assert {code for script in BROKEN for code in marked(script, "finds")} == {*codes()}


def test_the_page_has_every_finding_in_the_order_of_the_table():
    page = (HERE.parents[1] / "docs" / "doctor.md").read_text(encoding="utf-8")
    sections = re.findall(
        r"^### `([\w-]+)`\n\n(.*?)\n\n```diff\n(.*?)^```$", page, re.M | re.S
    )
    assert [code for code, _, _ in sections] == codes()
    assert all(text and re.search("^[+-]", diff, re.M) for _, text, diff in sections)
