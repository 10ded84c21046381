"""The command line: ``python -m ondol``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import ondol
from ondol import __version__
from ondol.demo import demo
from ondol.errors import OndolError, tell, text

INTERRUPTED = 130  # 128 + the number of the signal, as shells count


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: the arguments; None takes them from the command line.

    Returns:
        The exit code: 0 if all went well, 1 if not, 130 after Ctrl-C. Arguments that
        are wrong, ``--help`` and ``--version`` raise SystemExit, as argparse does.
    """
    parser = build_parser()
    arguments = parser.parse_args(argv)
    if arguments.command is None:
        parser.print_help()
        return 0
    if arguments.command == "info":
        return guarded(lambda: print(ondol.info()))
    return guarded(lambda: demo(arguments.seed, arguments.epochs, arguments.out))


def build_parser() -> argparse.ArgumentParser:
    """All commands and their arguments."""
    parser = argparse.ArgumentParser(
        "python -m ondol",
        description="Deep learning whose core can be read in one sitting.",
        epilog="For a script of yours: python -m ondol.doctor SCRIPT finds mistakes in "
        "a training, python -m ondol.dezero SCRIPT runs what was made for the book.",
    )
    parser.add_argument("--version", action="version", version=f"ondol {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command")
    what = "show versions, processor, BLAS, compiler and GPU, for a report"
    commands.add_parser("info", help=what, description=what.capitalize() + ".")
    what = "train a small convolutional network on handwritten digits"
    command = commands.add_parser(
        "demo",
        help=what,
        description=what.capitalize() + ".",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    argument = command.add_argument
    argument("--seed", type=at_least(0), default=0, help="the same seed, the same run")
    argument("--epochs", type=at_least(1), default=12, help="passes over the images")
    argument("--out", type=Path, default=Path("ondol-demo"), help="folder to write to")
    return parser


def at_least(least: int) -> Callable[[str], int]:
    """Read a whole number from the command line."""

    def read(said: str) -> int:
        try:
            number = int(said)
        except ValueError:
            number = least - 1
        if number < least:
            told = tell(OndolError, "command-number", least=least, got=said)
            raise argparse.ArgumentTypeError(str(told))
        return number

    return read


def guarded(command: Callable[[], None]) -> int:
    """The exit code of a command; what goes wrong is told without a traceback."""
    try:
        command()
    except BrokenPipeError:  # the reader, as in `| head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        failure, code = text("word-interrupted"), INTERRUPTED
    except (OndolError, OSError) as error:
        failure, code = str(error), 1
    else:
        return 0
    # Not inside `except`: there the traceback would still hold the progress bar open.
    print(failure, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
