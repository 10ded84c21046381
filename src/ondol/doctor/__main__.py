"""``python -m ondol.doctor script.py``: what is wrong with the training of a script?"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import runpy
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import copy_context
from pathlib import Path
from typing import Any

from ..core import Variable
from ..errors import ArgumentError, OndolError, tell, text
from ..errors.places import internal
from .doctor import Doctor
from .finding import DoctorWarning

HEALTHY, ILL, NOTHING_SEEN, INTERRUPTED = 0, 1, 2, 130


class Enough(BaseException):
    """The doctor has seen enough; no ``except Exception`` of the script holds it up."""


class Visit(Doctor):
    """A doctor who stops the program when all has been seen.

    Args:
        name: the variable of the program that holds validation data, or "".
        **settings: those of a `Doctor`.
    """

    def __init__(self, name: str = "", **settings: Any) -> None:
        super().__init__(**settings, validation=self.variable if name else None)
        self.name = name
        self.program: Any = None

    def before_backward(self, loss: Variable) -> None:
        """Keep the program, whose variables are needed when it has ended."""
        self.program = sys.modules["__main__"]
        super().before_backward(loss)

    def variable(self) -> Any:
        """The validation data."""
        return getattr(self.program, self.name, None)

    def has_missed(self) -> bool:
        """Is there no such variable?"""
        return bool(self.name) and self.variable() is None

    def finish(self) -> None:
        """Say what was found, and stop."""
        super().finish()
        raise Enough


def main(argv: Sequence[str] | None = None) -> int:
    """Run a script under the doctor, and print what was found.

    Returns:
        The exit code: 0 if nothing was found, 1 if something was, 2 if the script, or
        the doctor, failed, or if there was no ``backward()``, 130 after a Ctrl-C.
    """
    options = parser().parse_args(argv)
    try:
        doctor = Visit(options.validation, steps=options.steps, silence=options.silence)
    except OndolError as error:
        print(error, file=sys.stderr)
        return NOTHING_SEEN
    try:
        failed = copy_context().run(examine, doctor, options)  # where its modes stay
    except KeyboardInterrupt:
        print("\n" + report(doctor))
        return INTERRUPTED
    print("\n" + report(doctor))
    return exit_code(doctor, failed)


def exit_code(doctor: Visit, failed: bool) -> int:
    """What the shell is told."""
    if doctor.backwards and doctor.has_missed():
        wrong = tell(ArgumentError, "watch-validation", got=doctor.name)
        print(wrong, file=sys.stderr)
        failed = True
    if doctor.findings:
        return ILL
    unseen = failed or doctor.failed or not doctor.backwards
    return NOTHING_SEEN if unseen else HEALTHY


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    parser = argparse.ArgumentParser(
        "python -m ondol.doctor",
        description="Run a script for the first steps of its training, and say what is "
        "wrong with it. The script stops after these steps.",
    )
    argument = parser.add_argument
    argument("--steps", type=int, default=20, help="how many to watch (20)")
    argument(
        "--silence",
        action="append",
        default=[],
        metavar="CODE",
        help="do not tell this",
    )
    argument(
        "--validation",
        default="",
        metavar="NAME",
        help="the script's variable whose data must not be trained on",
    )
    argument("-m", dest="module", action="store_true", help="it is a module's name")
    argument("script")
    argument("arguments", nargs=argparse.REMAINDER, help="the script's own arguments")
    return parser


def examine(doctor: Doctor, options: Any) -> bool:
    """Run the script; has it failed?"""
    with as_program(options), warnings.catch_warnings():
        warnings.simplefilter("ignore", DoctorWarning)
        try:
            with doctor:
                run(options)
        except Enough:
            return False
        except SystemExit as error:
            if not isinstance(error.code, int | None):
                print(error.code, file=sys.stderr)
            return error.code not in (None, 0)
        except Exception as error:
            print_error(error)
            return True
    return False


def print_error(error: Exception) -> None:
    """The traceback, without the frames from here to the script."""
    trace = error.__traceback__
    while trace is not None and is_ours(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    traceback.print_exception(error.with_traceback(trace))


def is_ours(filename: str) -> bool:
    """Is it a file of ondol, or of what runs scripts?"""
    return internal[filename] or "runpy" in filename


@contextmanager
def as_program(options: Any) -> Iterator[None]:
    """Let the script see its own arguments, and what lies beside it."""
    argv, path = sys.argv, [*sys.path]
    sys.argv = [options.script, *options.arguments]
    if options.module:
        load_package(options.script)
    elif not sys.flags.safe_path:
        sys.path[0] = str(Path(options.script).resolve().parent)
    try:
        yield
    finally:
        sys.argv, sys.path[:] = argv, path


def load_package(name: str) -> None:
    """Import a package before the doctor looks what there is to be wrapped."""
    spec = importlib.util.find_spec(name)
    if spec is not None and spec.submodule_search_locations is not None:
        importlib.import_module(name)


def run(options: Any) -> None:
    """Run a script, or a module, as Python itself would."""
    if options.module:
        runpy.run_module(options.script, run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(os.path.abspath(options.script), run_name="__main__")


def report(doctor: Doctor) -> str:
    """All findings, and how much was seen."""
    found = [one.message for one in doctor.findings]
    if not doctor.backwards and not found:
        return text("word-doctor-nothing")
    last = text("word-doctor-report", backwards=doctor.backwards, count=len(found))
    return "\n\n".join([*found, last])


if __name__ == "__main__":
    sys.exit(main())
