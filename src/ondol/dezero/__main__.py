"""``python -m ondol.dezero script.py [args]``: run a program written for the book."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from ..errors import MissingFileError, tell
from . import install

USAGE = """\
usage: python -m ondol.dezero script.py [arguments]

Runs a script whose `import dezero` means ondol.dezero.
To run a folder of scripts: python -m ondol.dezero.check FOLDER
"""


def main(arguments: list[str]) -> None:
    """Run a script as Python itself would, with the book's package in place."""
    if not arguments or arguments[0] in ("-h", "--help"):
        sys.exit(print(USAGE, end="") if arguments else USAGE)
    script = Path(arguments[0])
    if not script.is_file():
        sys.exit(str(tell(MissingFileError, "book-no-script", path=script)))
    install()
    sys.argv = arguments
    if not sys.flags.safe_path:  # else there is no entry for a folder to replace
        sys.path[0] = str(script.resolve().parent)
    runpy.run_path(str(script), run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
