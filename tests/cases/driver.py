"""One test for all calls of a row: it goes on after a failure, and names them all.

What a test costs besides its work, about a millisecond, is more than most calls need.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cases.makers import Case

FAILURES = Exception, pytest.fail.Exception  # what pytest.raises raises is no Exception


def each_call(rows: dict[str, tuple[Case, Any]]) -> Callable[..., Any]:
    """Make a test for each row of the table, from one that takes a single call.

    The test made takes no fixtures; the one given takes the row, the call (or what else
    there is to be tried), and new random numbers, the same for each call.

    Args:
        rows: the calls to be made; their names say where a failure was.
    """
    together: dict[str, dict[str, tuple[Case, Any]]] = {}
    for name, (case, call) in rows.items():
        together.setdefault(case.name, {})[name] = case, call

    def decorate(check: Callable[..., None]) -> Callable[..., None]:
        @pytest.mark.parametrize("calls", together.values(), ids=together)
        def test(calls):
            run_all(check, calls)

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        return test

    return decorate


def run_all(check: Callable[..., None], calls: dict[str, tuple[Case, Any]]) -> None:
    """Run a check for each call, and raise what went wrong together at the end."""
    failures = []
    for name, (case, call) in calls.items():
        try:
            check(case, call, np.random.default_rng(0))
        except FAILURES as error:
            error.add_note(f"in {check.__name__}, {name}")
            failures.append(error)
    if failures:
        raise BaseExceptionGroup(
            f"{check.__name__}: wrong for {len(failures)} of {len(calls)} calls",
            failures,
        )
