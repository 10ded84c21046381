"""The C that a handful of networks become, kept as files to be read and compared.

python tests/compiler/golden.py            shows what has changed
python tests/compiler/golden.py --write    writes the files anew
"""

import difflib
import sys
from pathlib import Path

FOLDER = Path(__file__).with_name("golden")


def generated(name):
    """The C of a network as it is made now, without the lines that all share."""
    from compiler.small_networks import compiled
    from ondol.compiler.emit_c import HEAD

    step, arguments, _ = compiled(name)
    step(*arguments)
    return step.source.removeprefix(HEAD).lstrip()


def difference(name):
    """The lines of a network's C that are not as in its file."""
    path = FOLDER / f"{name}.c"
    before = path.read_text() if path.exists() else ""
    lines = (text.splitlines() for text in (before, generated(name)))
    return "\n".join(difflib.unified_diff(*lines, str(path), "now", lineterm=""))


def main():
    from compiler.small_networks import NETWORKS

    for name in NETWORKS:
        if "--write" in sys.argv:
            FOLDER.mkdir(exist_ok=True)
            (FOLDER / f"{name}.c").write_text(generated(name))
        else:
            print(difference(name))


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parents[1]))
    main()
