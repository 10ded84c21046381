"""The page docs/functions.md: `python tests/functions/reference.py` writes it."""

import inspect
from pathlib import Path
from types import ModuleType

import ondol.functions as F

PAGE = Path(__file__).resolve().parents[2] / "docs" / "functions.md"
HEAD = """\
# Every function

`import ondol.functions as F`. Functions that NumPy has too are called by either name:
`np.tanh(x)` of a Variable is `F.tanh(x)`. `help(F.name)` tells the rest.
`python tests/functions/reference.py` writes this page from the docstrings.
"""


def modules():
    """The modules of `ondol.functions` that list names of their own, in order."""
    for name, module in sorted(vars(F).items()):
        if isinstance(module, ModuleType) and getattr(module, "__all__", None):
            yield name, module


def first_sentence(function):
    text = " ".join(inspect.getdoc(function).partition("\n\n")[0].split())
    return text.replace("|", r"\|")


def entry(prefix, name, function):
    """A row of the table; what only repeats NumPy's name needs no more words."""
    text = first_sentence(function)
    return None if text.endswith(", recorded.") else f"| `{prefix}{name}` | {text} |"


def section(name, module):
    prefix = f"{name}." if name in F.__all__ else ""
    title = inspect.getdoc(module).partition("\n\n")[0].replace("\n", " ")
    parts = [(key, getattr(module, key)) for key in module.__all__]
    rows = {key: entry(prefix, key, part) for key, part in parts}
    lines = [f"\n## {title.rstrip('.')}\n", f"In `functions/{name}.py`.\n"]
    if numpys := [f"`{prefix}{key}`" for key, row in rows.items() if row is None]:
        lines.append(f"As in NumPy: {', '.join(numpys)}.\n")
    if own := [row for row in rows.values() if row]:
        lines += ["| function | what it does |", "|---|---|", *own, ""]
    return "\n".join(lines)


def page():
    return HEAD + "".join(section(*pair) for pair in modules())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}")
