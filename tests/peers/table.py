"""The page docs/derivatives.md: ``python tests/peers/table.py`` writes it anew."""

import math
import re
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peers.compare import KINDS, Row, compare, operators

PAGE = Path(__file__).resolve().parents[2] / "docs" / "derivatives.md"
PLACES = ("generic", "edge")

HEAD = """\
# Derivatives beside PyTorch's

For every function that ondol shares with PyTorch, PyTorch's own database of operators
supplies sample inputs; ondol and PyTorch compute each of them in float64. The table has
the worst error that was seen, `abs(a - b) / (1 + abs(b))`, rounded up to a power of
ten: of the values, the first derivatives (for random weights of the results), the
second ones (for random weights of the first), and the forward derivative along a random
direction (against PyTorch's gradient). *edge* are samples with an empty or 0-d
array or one that is not contiguous, *generic* all others. At most 40 samples of one
operator are taken, evenly from all. Names are PyTorch's.

`python tests/peers/table.py` writes this page; `pytest tests/peers` compares everything
again and holds the page to it. It needs `pip install '.[peers]'`.

"""


def rows():
    """Compare everything that both have."""
    found = []
    for name, op, adapter in operators():
        row = Row(name)
        compare(op, adapter, row)
        found.append(row)
    return sorted(found, key=lambda row: row.name.replace("nn.functional.", ""))


def number(row, kinds=("value",)):
    return sum(row.counts.get((kind, place), 0) for kind in kinds for place in PLACES)


def rounded(error):
    """The power of ten above an error, as text."""
    if error is None:
        return ""
    return "0" if error == 0 else f"1e{math.ceil(math.log10(error)):d}"


def line(row):
    cells = [f"`{row.name}`", str(number(row))]
    for place in PLACES:
        cells += [rounded(row.errors.get((kind, place))) for kind in KINDS]
    return "| " + " | ".join(cells) + " |"


def page(rows):
    """The text of the page."""
    heads = ["function", "samples"] + [f"{k}, {p}" for p in PLACES for k in KINDS]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += map(line, rows)
    different = [row for row in rows if row.different]
    reasons = [
        f"| `{row.name}` | {row.left_out} | {'; '.join(row.different)} |"
        for row in different
    ]
    total = sum(map(number, rows))
    return (
        f"{HEAD}{len(rows)} functions, {total} samples.\n\n"
        + "\n".join(lines)
        + "\n\n## What is different by convention\n\nThese samples are left out: they "
        "mean something else in ondol, or nothing.\n\n| function | samples | why |\n"
        "|---|---|---|\n" + "\n".join(reasons) + "\n"
    )


def entries(text):
    """Function -> number of samples, as a page has it."""
    return {
        name: int(n) for name, n in re.findall(r"^\| `(\S+)` \| (\d+) \|", text, re.M)
    }


if __name__ == "__main__":
    PAGE.write_text(page(rows()), encoding="utf-8")
    print(f"wrote {PAGE}")
