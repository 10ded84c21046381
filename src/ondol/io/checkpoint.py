"""A training in one file: model, optimizer, random state and whatever else has state.

The file is described in ``docs/checkpoints.md``.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import tell, text
from .archive import CheckpointError, read, write
from .atomic import PathLike
from .parts import Part, as_parts, reasons


def save_checkpoint(path: PathLike, parts: Mapping[str, Any], **notes: Any) -> None:
    """Write the state of all parts of a training, whole or not at all.

    Args:
        path: the file to write or replace; ``.ckpt`` is the custom.
        parts: name -> model (or list, tuple or dict of models), optimizer, NumPy's
            random `Generator`, or anything with ``state_dict()`` and
            ``load_state_dict(state)``, as `ondol.random.generator`, schedules, loaders
            and compiled functions have it.
        **notes: plain values and arrays that belong to it: ``step=100``.

    Raises:
        ArgumentError: a ValueError; a part without state, or a value in it that a
            checkpoint cannot hold.
        OSError: the file cannot be written; an old one is then untouched.
    """
    write(path, {name: part.state for name, part in as_parts(parts).items()}, notes)


def load_checkpoint(path: PathLike, parts: Mapping[str, Any]) -> dict[str, Any]:
    """Give parts the state of a checkpoint: all of them or, on any error, none.

    Layers that have not run yet get their arrays from the file. Parameters get new
    arrays; what has been read from ``parameter.data`` before keeps its numbers.

    Args:
        path: a file that `save_checkpoint` wrote.
        parts: name -> object, as it was saved; what else is in the file is left alone.

    Returns:
        The notes.

    Raises:
        CheckpointError: a ValueError that lists everything that does not fit; or the
            file is damaged (`DamagedError`), or from a newer ondol.
        OSError: there is no such file, or it may not be read.
    """
    wanted = as_parts(parts)
    states, notes = read(path, wanted)
    problems = [line for name in wanted for line in _problems(name, wanted, states)]
    if problems:
        raise _misfit(path, problems)
    ordered = sorted(wanted.items(), key=lambda pair: pair[1].turn)
    with contextlib.ExitStack() as undo:
        for _, part in reversed(ordered):  # the last one that goes in is called first
            undo.callback(_go_back, part.undo())
        for name, part in ordered:
            _load(path, name, part, states.pop(name))  # some copy it
        undo.pop_all()
    return notes


def read_checkpoint(path: PathLike) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a checkpoint holds, without any object to put it in.

    Returns:
        The parts by name, nested dicts and lists with arrays in their places
        (``parts["model"]["conv.W"]``), and the notes.

    Raises:
        CheckpointError, OSError: as `load_checkpoint`.
    """
    return read(path)


def _problems(name: str, wanted: dict[str, Part], states: dict[str, Any]) -> list[str]:
    """Why one part cannot take what the file has for it."""
    if name not in states:
        return [f"{name}: {text('word-no-part', names=', '.join(states))}"]
    try:
        return [f"{name}: {line}" for line in wanted[name].problems(states[name])]
    except Exception:  # of many kinds: it is that of another kind of part altogether
        return [f"{name}: {text('word-other-kind')}"]


def _load(path: PathLike, name: str, part: Part, state: Any) -> None:
    try:
        part.load(state)
    except Exception as error:
        raise _misfit(path, [f"{name}: {line}" for line in reasons(error)]) from error


def _go_back(undo: Callable[[], None]) -> None:
    with contextlib.suppress(Exception):  # the error that led here says more
        undo()


def _misfit(path: PathLike, problems: list[str]) -> CheckpointError:
    lines = "".join(f"\n  {problem}" for problem in problems)
    return tell(CheckpointError, "checkpoint-misfit", (), lines, path=os.fspath(path))
