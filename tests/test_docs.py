"""Every piece of code in the documentation runs and gives the answers shown."""

import contextlib
import io
import linecache
import re
import sys
from pathlib import Path
from typing import NamedTuple

import device
import numpy as np
import pytest
from test_layout import OPTIONAL

import ondol
import ondol.functions as F
from ondol import optimizers
from ondol.models import MLP

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "README.ko.md", *sorted(ROOT.glob("docs/*.md"))]
LINKED = [*PAGES, ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md"]

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PRINTS = re.compile(r"# prints (.*)$", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
ANCHOR = re.compile(r"\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)

# What is said to need nothing but NumPy.
BARE = ["README.md", "docs/training.md", "docs/daily-tasks.md"]


class Block(NamedTuple):
    """A piece of code, and the lines that it is said to print."""

    line: int
    code: str
    answer: list[str]


def blocks(text):
    """The Python code of a page.

    The answer stands in comments, `# prints ...`, or in a block of `text` that follows
    with nothing in between.
    """
    found = list(FENCED.finditer(text))
    for block, after in zip(found, [*found, None][1:], strict=True):
        language, code = block.groups()
        if language != "python":
            continue
        answer = PRINTS.findall(code)
        if (
            after
            and after[1] == "text"
            and not text[block.end() : after.start()].strip()
        ):
            answer += after[2].splitlines()
        yield Block(text.count("\n", 0, block.start()) + 2, code, answer)


def run(code, names):
    """What a piece of code prints, where errors can quote it as ``example.py``."""
    lines = code.splitlines(keepends=True)
    linecache.cache["example.py"] = (len(code), None, lines, "example.py")
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(code, "example.py", "exec"), names)
    return printed.getvalue().splitlines()


def agrees(shown, printed):
    """Is this the line that the page shows? ``about 0.97`` allows 2 percent."""
    if not shown.startswith("about "):
        return shown == printed
    return float(printed) == pytest.approx(
        float(shown.removeprefix("about ")), rel=0.02
    )


def check(text):
    """Run the code of a page in order, as one program."""
    names = {"__name__": "example"}
    for line, code, answer in blocks(text):
        printed = run(code, names)
        same = len(answer) == len(printed) and all(map(agrees, answer, printed))
        assert same, f"line {line}: shown {answer}, printed {printed}"


@pytest.fixture(autouse=True)
def in_a_new_folder(tmp_path, monkeypatch):
    """What a page writes stays nowhere, and neither does a `dezero`."""
    monkeypatch.chdir(tmp_path)
    yield
    for name in [name for name in sys.modules if name.split(".")[0] == "dezero"]:
        del sys.modules[name]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_code_of_a_page_gives_the_answers_shown(page):
    check(page.read_text(encoding="utf-8"))


def prose(page):
    """The text of a page without its code."""
    return FENCED.sub("", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", LINKED, ids=lambda page: page.name)
def test_what_a_page_links_to_is_there(page):
    links = LINK.findall(prose(page))
    assert [link for link in links if not (page.parent / link).exists()] == []


def anchors(page):
    """The names that GitHub gives to the headings of a page."""
    for heading in HEADING.findall(prose(page)):
        yield re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-")


@pytest.mark.parametrize("page", LINKED, ids=lambda page: page.name)
def test_a_link_into_a_page_finds_its_heading(page):
    links = ANCHOR.findall(prose(page))
    assert [
        (other, name)
        for other, name in links
        if name not in anchors(page.parent / other if other else page)
    ] == []


@pytest.mark.filterwarnings("ignore:there is no picture of the learning curves")
@pytest.mark.parametrize("page", BARE)
def test_only_numpy_is_needed(page, monkeypatch):
    for library in OPTIONAL:
        monkeypatch.setitem(sys.modules, library, None)
    check((ROOT / page).read_text(encoding="utf-8"))


def test_the_index_has_every_page_and_example():
    index = ROOT / "docs/README.md"
    linked = {(index.parent / link).resolve() for link in LINK.findall(prose(index))}
    there = {*ROOT.glob("docs/*.md"), *ROOT.glob("examples/*.py")}
    assert there - linked == {index}


def test_the_names_for_users_of_other_libraries_are_there():
    text = (ROOT / "docs/from-other-libraries.md").read_text(encoding="utf-8")
    names = {"__name__": "example"}
    run(next(blocks(text)).code, names)
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| ")]
    for row in rows[1:]:
        found = re.findall(r"`([\w.]+)`", row[3])
        assert found, row
        assert all(eval(name, names) is not None for name in found)
    assert len(rows) > 40


def test_the_way_onto_a_gpu_is_one(monkeypatch):
    text = (ROOT / "docs/daily-tasks.md").read_text(encoding="utf-8")
    (code,) = [code for language, code in FENCED.findall(text) if language == "py"]
    monkeypatch.setitem(sys.modules, "cupy", device.cupy())
    model, rng = MLP((8, 3)), np.random.default_rng(0)
    batch = rng.normal(size=(4, 5)).astype(np.float32), np.array([0, 1, 2, 0])
    names = {"ondol": ondol, "F": F, "optimizers": optimizers}
    names |= {"model": model, "loader": [batch] * 2}
    exec(code, names)
    assert names["optimizer"].t == 2
    for parameter in model.params():
        assert isinstance(parameter.data, device.Array)


def test_the_readme_answers_in_its_first_lines():
    first = next(blocks((ROOT / "README.md").read_text(encoding="utf-8")))
    assert first.line <= 10
    assert first.answer == ["3.297442541400256"]


@pytest.mark.parametrize("page", PAGES[:2], ids=lambda page: page.name)
def test_the_readme_counts_the_findings_of_the_doctor(page):
    found = (ROOT / "docs/doctor.md").read_text(encoding="utf-8").count("\n### ")
    counts = re.findall(r"and (\d+)\s+more|그 밖의 (\d+)가지", prose(page))
    assert [int(english or korean) for english, korean in counts] == [found - 3]


def test_both_readmes_show_the_same_code():
    english, korean = (
        FENCED.findall(page.read_text(encoding="utf-8")) for page in PAGES[:2]
    )
    assert korean == english


def test_the_rule_shown_to_contributors_is_one_of_the_package():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rule = next(block.code for block in blocks(text))
    source = (ROOT / "src/ondol/functions/math.py").read_text(encoding="utf-8")
    assert f"\n{rule}" in source


@pytest.mark.parametrize(
    "text",
    [
        "```python\nprint(1)  # prints 2\n```",
        "```python\nprint(1)\n```",
        "```python\nprint(1)\n```\n\n```text\n2\n```",
        "```python\nx = 1  # prints 1\n```",
        "```python\nprint(1.1)  # prints about 1\n```",
        "```python\nprint(1)\n```\nand\n```text\n1\n```",
    ],
)
def test_a_wrong_or_missing_answer_is_found(text):
    with pytest.raises(AssertionError, match="line 2: shown"):
        check(text + "\n")


def test_code_goes_on_from_block_to_block():
    check("```python\nx = 1\n```\n```python\nprint(x, 2)\n```\n```text\n1 2\n```\n")
    check("```python\nprint(0.99)  # prints about 1\n```\n")
