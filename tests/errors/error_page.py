"""The page docs/errors.md: `python tests/errors/error_page.py` writes it."""

import ast
import builtins
import inspect
import tomllib
from functools import cache
from pathlib import Path

from ondol.errors import kinds
from ondol.errors.texts import FOLDER

PACKAGE = FOLDER.parents[1]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "errors.md"
WORD = "word-"  # with which the codes begin of what stands around a message
HEAD = """\
# Every error, by its code

```text
linear: x (..., inputs) needs W (inputs, outputs)
  argument 1: float64 (32, 400), named 'images', made at train.py:7: x = Variable(batch)
  argument 2: float64 (512, 10), named 'W', made at train.py:3: W = Parameter(start)
  fix: make the last axis of x as long as the first of W: ... [linear-shapes]
```

The first line says what is wrong. A line for each operand shows its dtype, shape and
name, and the line of the program that made it. The last one says what to write instead,
and ends with the code, which is also `error.code`. The environment variable
`ONDOL_LANG=ko` makes the messages Korean.

What stands in braces below is filled in. `python tests/errors/error_page.py` writes
this page from the tables of messages, `src/ondol/errors/texts/`.

## What to catch

Each kind is an `ondol.errors.OndolError`, and what Python would raise.

| kind | is also | for |
|---|---|---|
"""


def classes():
    """The kinds of error, in the order of their module."""
    for kind in vars(kinds).values():
        if inspect.isclass(kind) and kind is not kinds.OndolError:
            yield kind


def row(kind):
    builtin = next(k for k in kind.__mro__ if getattr(builtins, k.__name__, 0) is k)
    what = " ".join(inspect.getdoc(kind).partition("\n\n")[0].split())
    return f"| `{kind.__name__}` | `{builtin.__name__}` | {what} |\n"


def is_told(node):
    """Is it a call of `tell`, rather than one of a file's?"""
    if not isinstance(node, ast.Call) or len(node.args) < 2:
        return False
    return ast.unparse(node.func).split(".")[-1] == "tell"


@cache
def kinds_of_codes():
    """Code -> the kinds that it is told with, as far as the source names them."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if is_told(node):
                *_, kind = ast.unparse(node.args[0]).split(".")
                code = getattr(node.args[1], "value", None)
                if kind[:1].isupper() and kind not in found.setdefault(code, []):
                    found[code].append(kind)
    return found


def entry(code, texts):
    said = " or ".join(f"`{kind}`" for kind in kinds_of_codes().get(code, []))
    title = f"\n### {code}\n\n" + (f"{said}\n\n" if said else "")
    return f"{title}```text\n{texts['en']}\n  fix: {texts['en_fix']}\n```\n"


def section(path):
    """One file of texts, under the comment at its head; "" if it holds words alone."""
    text = path.read_text(encoding="utf-8")
    head = text[: text.index("\n\n")].replace("# ", "").replace("\n", " ")
    pairs = tomllib.loads(text).items()
    entries = [entry(*pair) for pair in pairs if not pair[0].startswith(WORD)]
    return f"\n## {head.rstrip('.')}\n{''.join(entries)}" if entries else ""


def page():
    sections = map(section, sorted(FOLDER.glob("*.toml")))
    return HEAD + "".join(map(row, classes())) + "".join(sections)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}")
